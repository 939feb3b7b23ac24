"""Numbers and names of persons at every door of the log: none of them is in any table afterwards."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

import pytest

from data.access.actor import Actor
from data.access.scope import Holder, Scope
from data.attention.tables import Seen, acknowledge, keep_alerts
from data.errors import CommandCenterError, IncidentUnknown
from data.incidents.desk import IncidentDesk
from data.incidents.masking import REPORT_TEXTS, STEP_TEXTS
from data.incidents.model import Report, Step
from data.incidents.photos import attach
from data.incidents.queue_table import QueueQuestion, read_queue
from data.incidents.rules import FREE_TEXT, STEP_RULES, Rule
from data.incidents.search import search_of
from data.store.connection import Store
from geo.grids import GridSystem

MakeReport = Callable[..., Report]
MakePath = Callable[[datetime], list[Step]]
Query = Callable[..., list[tuple[Any, ...]]]

MOBILE = "13800138000"
PRIVATE = f"张先生 {MOBILE}"
_FRAME = b"\xff\xc0\x00\x0b\x08\x01\xe0\x02\x80\x01\x01\x11\x00"
PHOTO = b"\xff\xd8" + _FRAME + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x12\xff\xd9"


def test_every_text_of_a_report_and_of_a_step_has_a_treatment() -> None:
    hints = get_type_hints(Report)
    texts = {one.name for one in fields(Report) if "str" in str(hints[one.name]) or one.name in REPORT_TEXTS}
    assert texts == REPORT_TEXTS.keys()
    said = {name for rule in STEP_RULES.values() for name, says in rule.says.items() if says.type == "text"}
    assert said | FREE_TEXT.keys() == STEP_TEXTS.keys()
    # Whatever may be said in free words is no code.
    assert {name for name, treatment in STEP_TEXTS.items() if treatment == "code"} == {
        "unit", "person", "finish_limit", "sha256", "media_type",
    }  # fmt: skip


def everything(query: Query) -> str:
    """All that stands in any table."""
    tables = query("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    rows = (query(f"SELECT to_jsonb(one)::text FROM {name} AS one") for (name,) in tables)
    return "\n".join(text for table in rows for (text,) in table)


def test_no_number_comes_into_the_log_by_a_report(
    desk: IncidentDesk, make_report: MakeReport, whole_path: MakePath, query: Query
) -> None:
    private = dict.fromkeys(REPORT_TEXTS, PRIVATE) | {"coordinate_system": "wgs84"}
    [receipt] = desk.report_many([replace(make_report(1), **private)], Actor.nobody(PRIVATE))
    assert receipt.created
    path = whole_path(datetime.now(UTC) - timedelta(days=1))
    told = [
        replace(step, actor=Actor.nobody(PRIVATE), detail={**step.detail, "note": PRIVATE, "key": PRIVATE})
        for step in path
    ]
    assert desk.load_history([[(replace(make_report(2), source_id=MOBILE), told)]], Actor.nobody(PRIVATE)) == 1
    found = everything(query)
    assert MOBILE not in found
    assert "*先生 ***" in found
    # Codes of grids stay, whatever they look like.
    assert '"grid_code_given": "L3"' in (
        desk.report_many([replace(make_report(3), grid_code="L3")], Actor.nobody("api")) and everything(query)
    )


def test_no_number_comes_into_the_log_by_a_step(
    desk: IncidentDesk, make_report: MakeReport, query: Query, city: Scope
) -> None:
    """Each kind of step with a number in each of its texts, from a stage that allows it where that is near."""
    taken = set()
    earlier = {"filed": ["verified"], "dispatched": ["verified", "filed"]}
    needed = {"category": "0102", "grid_code": "L1"}
    for number, (kind, name) in enumerate(
        (kind, name) for kind, rule in STEP_RULES.items() for name in _texts_of(rule)
    ):
        [receipt] = desk.report_many([make_report(number)], Actor.nobody("api"))
        for before in earlier.get(kind, []):
            desk.take(receipt.id, Step(before, datetime.now(UTC), Actor.nobody("王芳")), city)
        detail = {one: needed[one] for one in STEP_RULES[kind].says if one in needed} | {
            "reason": "原因",
            name: PRIVATE,
        }
        if kind == "dispatched":
            detail.setdefault("handler", "保洁班")
        with suppress(CommandCenterError):
            desk.take(receipt.id, Step(kind, datetime.now(UTC), Actor.nobody(f"网格员 {MOBILE}"), detail), city)
            taken.add((kind, name))
            assert "网格员 ***" in desk.events(receipt.id, city)[-1].actor
    assert {("dispatched", "handler"), ("categorised", "category"), ("noted", "note"), ("verified", "key")} <= taken
    assert MOBILE not in everything(query)


def _texts_of(rule: Rule) -> list[str]:
    return [name for name, says in {**rule.says, **FREE_TEXT}.items() if says.type == "text"]


def test_ids_with_numbers_stay_different_and_are_the_same_when_sent_again(
    store: Store, desk: IncidentDesk, system: GridSystem, make_report: MakeReport, city: Scope
) -> None:
    reports = [replace(make_report(number), source_id=f"{MOBILE[:-1]}{number}") for number in range(5)]
    first = desk.report_many(reports, Actor.nobody("api"))
    again = desk.report_many([replace(report, title="anders") for report in reports], Actor.nobody("api"))
    assert [receipt.created for receipt in (*first, *again)] == [True] * 5 + [False] * 5
    assert [receipt.id for receipt in first] == [receipt.id for receipt in again]
    [found] = desk.newest(city, limit=9, source=reports[3].source, source_id=reports[3].source_id)
    assert found.id == first[3].id
    assert MOBILE[:-1] not in found.source_id
    assert desk.newest(city, limit=9, source=reports[3].source, source_id=found.source_id) == [found]
    search = search_of(reports[3].source_id, system, {})
    page = read_queue(store, QueueQuestion(city, (), found.edition_id, datetime.now(UTC), "all", search))
    assert [state.id for state in page.states] == [found.id]


def test_an_id_that_a_log_of_earlier_days_has_as_it_was_is_the_same_incident(
    desk: IncidentDesk, make_report: MakeReport, query: Query, city: Scope
) -> None:
    [receipt] = desk.report_many([replace(make_report(1), source_id="earlier")], Actor.nobody("api"))
    query("UPDATE incident SET source_id = %s WHERE id = %s", (MOBILE, receipt.id))
    [again] = desk.report_many([replace(make_report(1), source_id=MOBILE)], Actor.nobody("api"))
    assert (again.id, again.created) == (receipt.id, False)
    assert [state.id for state in desk.newest(city, limit=9, source=make_report(1).source, source_id=MOBILE)] == [
        receipt.id
    ]


def test_keys_with_numbers_stay_different_and_are_the_same_when_sent_again(
    desk: IncidentDesk, make_report: MakeReport, query: Query, city: Scope
) -> None:
    [receipt] = desk.report_many([make_report(1)], Actor.nobody("api"))
    steps = [
        Step("noted", datetime.now(UTC), Actor.nobody("王芳"), {"note": "n", "key": f"1380013800{n}"})
        for n in (1, 2, 1)
    ]
    assert [desk.take(receipt.id, step, city).n for step in steps] == [1, 2, 2]
    assert "1380013800" not in everything(query)


def test_no_number_comes_in_by_a_photo_or_by_a_note_on_an_alert(
    store: Store, desk: IncidentDesk, make_report: MakeReport, query: Query, city: Scope
) -> None:
    [receipt] = desk.report_many([make_report(1)], Actor.nobody("api"))
    assert attach(
        desk, store, receipt.id, PHOTO, "image/jpeg", scope=city, actor=Actor.nobody(f"网格员 {MOBILE}")
    ).created
    [(edition_id,)] = query("SELECT id FROM edition")
    now = datetime.now(UTC)
    keep_alerts(store, edition_id, [Seen("matter", "surge", {})], now, timedelta(hours=1), lambda *_: [None])
    [(key,)] = query("SELECT key FROM alert")
    noted = acknowledge(store, key, Actor.person(MOBILE, "王芳"), f"回访{PRIVATE}", now)
    assert noted.note == "回访*先生 ***"
    assert (noted.acknowledged_by or "").startswith("王芳 ***")
    assert (noted.acknowledged_by_id or "").startswith("person:***")
    assert MOBILE not in everything(query)


def test_somebody_with_a_number_for_an_id_is_known_again_without_it(
    store: Store, desk: IncidentDesk, make_report: MakeReport, query: Query
) -> None:
    """A photo across the border is for the reporter: also for one with a pseudonym, and for no other."""
    reporter, other = (
        Scope.of([(0, 1)], "grid_worker", Holder.person(number, "王芳")) for number in (MOBILE, f"{MOBILE[:-1]}1")
    )
    source = Actor.source(MOBILE)
    [receipt] = desk.report_many([make_report(5)], reporter.actor())
    assert desk.load_history([[(make_report(6), [Step("verified", make_report(6).reported_at, source)])]], source) == 1
    assert attach(desk, store, receipt.id, PHOTO, "image/jpeg", scope=reporter, actor=reporter.actor()).created
    with pytest.raises(IncidentUnknown):
        attach(desk, store, receipt.id, PHOTO, "image/jpeg", scope=other, actor=other.actor())
    assert MOBILE not in everything(query)
    [(person,), (photo,)] = query("SELECT actor_id FROM event WHERE incident_id = %s ORDER BY n", (receipt.id,))
    assert person == photo
    assert person.startswith("person:***")
