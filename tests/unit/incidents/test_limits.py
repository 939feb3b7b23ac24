"""Limits by category: what the file says, what a category gets, and what is refused."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.calendar.limits import LIMITS, CategoryLimits, Limit, Limits
from data.calendar.work_calendar import WorkCalendar
from data.errors import SettingInvalid

FILE = """
[default]
dispatch = "3h"
claim = "4h"
yellow_share = 0.2

[[category]]
name = "emergencies"
codes = ["04*"]
claim = "1h"
finish = "1d"

[[category]]
name = "pipes"
codes = ["040*", "0512"]
finish = "6h"
claim = "2h"

[[category]]
name = "gas"
codes = ["0403"]
yellow_share = 0.5
"""


def load(folder: Path, text: str) -> Limits:
    path = folder / "city.toml"
    path.write_text(text, encoding="utf-8")
    return Limits.load(path)


def test_the_default_is_the_same_for_all() -> None:
    limits = Limits.default()
    assert limits.of("") == limits.of("0403") == CategoryLimits()
    # None: the calendar's claim and finish.
    assert (limits.of("").claim, limits.of("").finish) == (None, None)


def test_jiangyin() -> None:
    limits = Limits.load("jiangyin")
    assert str(limits.of("0403").finish) == "2h"
    assert str(limits.of("0403").claim) == "0.5h"
    assert str(limits.of("H11").finish) == "20d"
    assert limits.of("unknown").finish is None
    assert limits.of("unknown").yellow_share == 0.25


@pytest.mark.parametrize(
    ("code", "claim", "finish", "share"),
    [
        ("0403", "2h", "6h", 0.5),  # its own group, on "040*"
        ("0402", "2h", "6h", 0.2),  # the longest beginning
        ("0410", "1h", "1d", 0.2),
        ("04", "1h", "1d", 0.2),
        ("0512", "2h", "6h", 0.2),  # a code in a group of beginnings
        ("05120", "4h", "None", 0.2),  # a code is no beginning
        ("", "4h", "None", 0.2),
    ],
)
def test_a_code_goes_before_a_beginning(tmp_path: Path, code: str, claim: str, finish: str, share: float) -> None:
    found = load(tmp_path, FILE).of(code)
    assert (str(found.claim), str(found.finish), found.yellow_share) == (claim, finish, share)
    assert str(found.dispatch) == "3h"
    assert str(found.close) == "2d"


def test_the_order_in_the_file_does_not_matter(tmp_path: Path) -> None:
    head, *groups = FILE.split("[[category]]")
    forth, back = load(tmp_path, FILE), load(tmp_path, "[[category]]".join([head, *reversed(groups)]))
    assert all(forth.of(code) == back.of(code) for code in ("0403", "0402", "0410", "0512", "0601"))


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "").of("0403") == CategoryLimits()


@given(number=st.integers(1, 366))
def test_days_are_written_as_they_are_read(number: int) -> None:
    limit = Limit.parse(f"{number}d")
    assert (limit.number, limit.unit, str(limit)) == (number, "d", f"{number}d")


@given(thousandths=st.integers(1, 2_000_000))
def test_hours_are_written_as_they_are_read(thousandths: int) -> None:
    limit = Limit.parse(f"{thousandths / 1000:.3f}h")
    assert limit.number == thousandths / 1000
    assert Limit.parse(str(limit)) == limit


@pytest.mark.parametrize("text", ["", "5", "h", "0h", "0d", "1.5d", "-1h", "2001h", "367d", "1e3h", "٣h", "5 d", "5D"])
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match=r"hours|days|more than"):
        Limit.parse(text)


def test_the_end_of_a_limit() -> None:
    calendar = WorkCalendar.load("jiangyin")
    start = datetime(2026, 6, 5, 16, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert Limit.parse("4h").due(calendar, start) == calendar.add_hours(start, 4)
    assert Limit.parse("5d").due(calendar, start) == calendar.add_days(start, 5)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('dispatch = "3h"', 'dispatch = "3 hours"', "default.dispatch"),
        ('dispatch = "3h"', "dispatch = 3", "default.dispatch"),
        ('dispatch = "3h"', 'dispatch = "0h"', "default.dispatch"),
        ('dispatch = "3h"', 'despatch = "3h"', "default.despatch"),
        ('claim = "4h"', 'claim = "1d"', "default.claim"),  # a claim is counted in office hours
        ("yellow_share = 0.2", "yellow_share = 1", "default.yellow_share"),
        ("yellow_share = 0.2", "yellow_share = -0.1", "default.yellow_share"),
        ("yellow_share = 0.2", "yellow_share = nan", "default.yellow_share"),
        ("yellow_share = 0.2", 'yellow_share = "a fifth"', "default.yellow_share"),
        ('finish = "1d"', 'finish = "1.5d"', "category.emergencies.finish"),
        ('finish = "1d"', 'finnish = "1d"', "category.emergencies.finnish"),
        # To claim later than to finish: said in one group, in two, or in [default] and a group.
        ('finish = "6h"', 'finish = "1h"', "category.pipes.claim"),
        ('claim = "2h"', 'claim = "7h"', "category.pipes.claim"),
        ("yellow_share = 0.5", 'claim = "7h"', "category.gas.claim"),
        ("yellow_share = 0.5", 'finish = "1h"', "category.gas.finish"),
        ('finish = "6h"\nclaim = "2h"', 'finish = "3h"', "category.pipes.finish"),  # 0512 claims by [default]: 4 h
        ('["0403"]', '["0403", "0403"]', "category.gas.codes"),
        ('["0403"]', '["0512"]', "category.gas.codes"),  # in another group as well
        ('["0403"]', '["040*"]', "category.gas.codes"),
        ('["0403"]', '["*"]', "category.gas.codes"),
        ('["0403"]', '["0*3"]', "category.gas.codes"),
        ('["0403"]', '[""]', "category.gas.codes"),
        ('["0403"]', "[403]", "category.gas.codes"),
        ('["0403"]', '"0403"', "category.gas.codes"),
        ('codes = ["0403"]', "", "category.gas.codes"),
        ("yellow_share = 0.5", "", "category.gas"),  # says nothing
        ("[default]", "[defaults]", "defaults"),
        ("[default]", "[[default]]", "default"),
    ],
)
def test_contradicting_files_are_refused(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert FILE.count(old) >= 1
    with pytest.raises(SettingInvalid) as caught:
        load(tmp_path, FILE.replace(old, new, 1))
    assert caught.value.values["name"] == key
    assert key in caught.value.message
    assert "city.toml" in caught.value.message


def test_categories_that_are_no_tables(tmp_path: Path) -> None:
    for text in ('category = "0403"', "category = [1]"):
        with pytest.raises(SettingInvalid, match="category"):
            load(tmp_path, text)


@pytest.mark.parametrize("name", ["atlantis", "/no/such/file.toml"])
def test_unknown_limits_name_the_known(name: str) -> None:
    with pytest.raises(SettingInvalid, match="jiangyin") as caught:
        Limits.load(name)
    assert caught.value.values == {"name": "limits", "value": name}


def test_every_file_kept_here_loads() -> None:
    files = sorted(LIMITS.glob("*.toml"))
    assert files
    for file in files:
        assert Limits.load(file.stem) == Limits(file.stem, *_parts(Limits.load(file)))


def _parts(limits: Limits) -> tuple[object, object, object]:
    return limits.fallback, limits.by_code, limits.by_prefix
