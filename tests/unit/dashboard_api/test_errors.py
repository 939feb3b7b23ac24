import importlib
import json
import math
import pkgutil
from datetime import UTC, datetime

import dashboard.subjects  # noqa: F401  # they declare their errors
import data
import geo
from dashboard.doors.errors import ECHO_LIMIT, STATUS, codes, error_document, plain, status_of
from dashboard.words.texts import entries
from geo.errors import CommandCenterError


def every_error_class(root: type[CommandCenterError]) -> set[type[CommandCenterError]]:
    return {root}.union(*(every_error_class(kind) for kind in root.__subclasses__()))


def test_every_error_class_is_in_the_table() -> None:
    for package in (geo, data):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    kinds = {kind for kind in every_error_class(CommandCenterError) if kind.__module__.startswith(("geo.", "data."))}
    # One without a code of its own is told apart by nobody outside, and has the status of the class above it.
    ours = {kind for kind in kinds if "code" in vars(kind)}
    assert len(ours) > 15
    assert ours - set(STATUS) == set()


def test_codes_are_one_per_class() -> None:
    assert len({kind.code for kind in STATUS}) == len(STATUS)
    assert {kind.code for kind in STATUS} <= codes()


def test_a_class_not_in_the_table_has_the_status_of_the_nearest_above() -> None:
    parent = next(kind for kind, status in STATUS.items() if status == 409)
    child = type("Child", (parent,), {})
    assert status_of(child("no")) == 409


def test_values_leave_as_strict_short_json() -> None:
    values = {
        "field": "title",
        "value": "x" * 10_000_000,
        "number": math.nan,
        "far": math.inf,
        "at": datetime(2026, 1, 2, tzinfo=UTC),
        "half": "\ud83d",
        "many": list(range(10_000)),
        "none": None,
        "yes": True,
    }
    text = json.dumps(error_document("report_invalid", "\ud83d" * 5000, values), allow_nan=False)
    text.encode()
    found = json.loads(text)["error"]
    assert (found["code"], found["values"]["number"], found["values"]["far"]) == ("report_invalid", "nan", "inf")
    assert found["values"]["value"].startswith("x" * ECHO_LIMIT)
    assert len(text) < 20_000


def test_plain_keeps_what_is_plain() -> None:
    assert plain({"a": [1, 2.5, "三", None, False]}) == {"a": [1, 2.5, "三", None, False]}


def test_every_code_has_a_text_in_each_language() -> None:
    assert {f"error.{code}" for code in codes()} - set(entries()) == set()
