"""The desk on both servers: idempotent reports, steps under contention, histories in bulk."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import pytest

from data.access.actor import Actor
from data.access.scope import Scope
from data.calendar.work_calendar import WorkCalendar
from data.errors import CommandCenterError, IncidentUnknown, ReportInvalid, StepIllegal, StepInvalid, StepOvertaken
from data.incidents.chain import event_hash
from data.incidents.desk import IncidentDesk
from data.incidents.folding import fold_all
from data.incidents.model import Report, State, Step
from data.store.connection import Store

MakeReport = Callable[..., Report]
MakePath = Callable[[datetime], list[Step]]
Query = Callable[..., list[tuple[Any, ...]]]


def filed(desk: IncidentDesk, report: Report, scope: Scope) -> State:
    """Report an incident and bring it to "filed"."""
    [receipt] = desk.report_many([report], Actor.nobody("test"))
    for kind in ("verified", "filed"):
        state = desk.take(receipt.id, Step(kind, datetime.now(UTC), Actor.nobody("王芳")), scope)
    return state


def test_a_report_becomes_event_and_state(desk: IncidentDesk, make_report: MakeReport, city: Scope) -> None:
    report = make_report(
        3, address="长江路\\1号\t后门", occurred_at=make_report(0).reported_at, coordinate_system="wgs84"
    )
    [receipt] = desk.report_many([report], Actor.nobody("api"))
    state = desk.get(receipt.id, city)
    assert (receipt.created, receipt.leaf, receipt.leaf_code, receipt.placed_by) == (True, 3, "L3", "coordinates")
    assert (state.leaf, state.leaf_code, state.stage, state.n) == (3, "L3", "reported", 0)
    for name in ("source", "source_id", "category", "title", "address", "reported_at", "occurred_at"):
        assert getattr(state, name) == getattr(report, name)
    assert (state.lon, state.lat) == (report.lon, report.lat) == (state.lon_given, state.lat_given)
    [event] = desk.events(receipt.id, city)
    assert (event.kind, event.actor, event.at, event.n) == ("reported", "api", report.reported_at, 0)
    assert event.actor_id == "nobody"
    assert event.hash == state.hash == event_hash(event)
    assert fold_all([event]) == state


def test_no_reports_no_receipts(desk: IncidentDesk, query: Query) -> None:
    assert desk.report_many([], Actor.nobody("test")) == []
    assert query("SELECT count(*) FROM event") == [(0,)]


def test_the_same_report_again_is_the_same_incident(desk: IncidentDesk, make_report: MakeReport, query: Query) -> None:
    first, second = make_report(1), make_report(2)
    one, same, other = desk.report_many([first, replace(first, title="anders"), second], Actor.nobody("test"))
    assert (one.created, same.created, other.created) == (True, False, True)
    assert one.id == same.id != other.id
    again = desk.report_many([second, make_report(4), first], Actor.nobody("test"))
    assert [receipt.created for receipt in again] == [False, True, False]
    assert (again[0], again[2]) == (replace(other, created=False), replace(one, created=False))
    assert again[1].id not in {one.id, other.id}
    assert query("SELECT count(*), count(DISTINCT incident_id) FROM event") == [(3, 3)]
    assert query("SELECT title FROM incident WHERE id = %s", (one.id,)) == [(first.title,)]


def test_the_same_id_of_another_source_is_another_incident(desk: IncidentDesk, make_report: MakeReport) -> None:
    one, other = desk.report_many([make_report(1), replace(make_report(1), source="patrol")], Actor.nobody("test"))
    assert one.created
    assert other.created
    assert one.id != other.id


def test_the_same_reports_from_many_threads_are_taken_once(
    desk: IncidentDesk, make_report: MakeReport, query: Query
) -> None:
    reports = [make_report(number) for number in range(60)]
    together = threading.Barrier(4)

    def send(part: int) -> list[Any]:
        together.wait()
        return desk.report_many(reports[part:] + reports[:part], Actor.nobody("test"))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(0, 60, 15)))
    created = [receipt.id for answer in answers for receipt in answer if receipt.created]
    assert len(created) == len(set(created)) == 60
    assert {receipt.id for answer in answers for receipt in answer} == set(created)
    assert query("SELECT count(*) FROM incident") == query("SELECT count(*) FROM event") == [(60,)]


def test_one_bad_report_stores_none_of_the_list(desk: IncidentDesk, make_report: MakeReport, query: Query) -> None:
    for bad in (make_report(2, lat=None), make_report(2, title="a\0"), make_report(2, lon=400.0),
                make_report(2, title="x" * (11 << 20))):  # fmt: skip
        with pytest.raises(CommandCenterError):
            desk.report_many([make_report(1), bad], Actor.nobody("test"))
    with pytest.raises(ReportInvalid) as caught:
        desk.report_many([make_report(2, reported_at=datetime.now(UTC) + timedelta(hours=1))], Actor.nobody("test"))
    assert caught.value.values["field"] == "reported_at"
    assert query("SELECT count(*) FROM event") == query("SELECT count(*) FROM incident") == [(0,)]


def test_a_whole_life(desk: IncidentDesk, make_report: MakeReport, whole_path: MakePath, city: Scope) -> None:
    report = make_report(6)
    [receipt] = desk.report_many([report], Actor.nobody("api"))
    for step in whole_path(report.reported_at):
        state = desk.take(receipt.id, step, city)
        assert state == desk.get(receipt.id, city)
    events = desk.events(receipt.id, city)
    assert [event.kind for event in events[1:]] == [step.kind for step in whole_path(report.reported_at)]
    assert fold_all(events) == state
    assert [event.n for event in events] == list(range(14))
    assert [event.prev_hash for event in events[1:]] == [event.hash for event in events[:-1]]
    assert (state.stage, state.means, state.level, state.leaf_code, state.placed_by) == (
        "closed", "management", 1, "L2", "hand",
    )  # fmt: skip


def test_a_dispatch_gets_its_deadlines_from_the_calendar(
    desk: IncidentDesk, make_report: MakeReport, city: Scope
) -> None:
    state = filed(desk, make_report(1), city)
    at = datetime.now(UTC)
    after = desk.take(state.id, Step("dispatched", at, Actor.nobody("王芳"), {"handler": "环卫站"}), city)
    calendar = WorkCalendar.load("jiangyin")
    assert (after.due_claim_at, after.due_at) == (calendar.add_hours(at, 4), calendar.add_days(at, 5))
    said = desk.events(state.id, city)[-1].detail
    assert said["due_at"] == calendar.add_days(at, 5).astimezone(ZoneInfo("Asia/Shanghai")).isoformat()
    assert said["due_at"].endswith("+08:00")


def test_deadlines_that_were_said_are_kept(desk: IncidentDesk, make_report: MakeReport, city: Scope) -> None:
    state = filed(desk, make_report(1), city)
    due = datetime.now(UTC) + timedelta(days=40)
    said = {"handler": "环卫站", "due_at": due.isoformat()}
    after = desk.take(state.id, Step("dispatched", datetime.now(UTC), Actor.nobody("王芳"), said), city)
    assert after.due_at == due
    assert after.due_claim_at is not None


def test_an_unlocated_incident_is_kept_and_located_by_hand(
    desk: IncidentDesk, make_report: MakeReport, city: Scope
) -> None:
    [receipt] = desk.report_many([make_report(1, leaf=-1, grid_code="A")], Actor.nobody("test"))
    assert (receipt.created, receipt.leaf, receipt.placed_by) == (True, -1, None)
    now = datetime.now(UTC)
    for said, field in (
        ({"lon": 10.0, "lat": 50.0}, "lon"),
        ({"grid_code": "nowhere"}, "grid_code"),
        ({"lon": 1.0}, "lat"),
    ):
        with pytest.raises(StepInvalid) as caught:
            desk.take(receipt.id, Step("located", now, Actor.nobody("王芳"), said), city)
        assert caught.value.values["field"] == field
    state = desk.take(receipt.id, Step("located", now, Actor.nobody("王芳"), {"lon": 120.215, "lat": 31.805}), city)
    assert (state.leaf, state.leaf_code, state.placed_by, state.lon) == (1, "L1", "hand", 120.215)
    assert fold_all(desk.events(receipt.id, city)) == state == desk.get(receipt.id, city)


def test_of_two_takers_one_wins_and_the_other_hears_why(
    desk: IncidentDesk, make_report: MakeReport, city: Scope
) -> None:
    receipts = desk.report_many([make_report(number) for number in range(12)], Actor.nobody("test"))
    together = threading.Barrier(2)

    def take(actor: str, incident_id: int) -> State | StepIllegal:
        together.wait()
        try:
            return desk.take(incident_id, Step("verified", datetime.now(UTC), Actor.nobody(actor)), city)
        except StepIllegal as refusal:
            return refusal

    with ThreadPoolExecutor(2) as pool:
        for receipt in receipts:
            answers = [future.result() for future in [pool.submit(take, who, receipt.id) for who in ("甲", "乙")]]
            [refusal] = [answer for answer in answers if isinstance(answer, StepIllegal)]
            assert refusal.values["stage"] == "verified"
            assert "filed" in refusal.values["allowed"]
            assert [event.n for event in desk.events(receipt.id, city)] == [0, 1]


def test_a_refused_step_leaves_nothing(desk: IncidentDesk, make_report: MakeReport, city: Scope, query: Query) -> None:
    [receipt] = desk.report_many([make_report(1)], Actor.nobody("test"))
    before = desk.get(receipt.id, city)
    now = datetime.now(UTC)
    refused = [
        Step("closed", now, Actor.nobody("a"), {"means": "service", "level": 1}),
        Step("verified", now, Actor.nobody("")),
        Step("verified", now + timedelta(hours=1), Actor.nobody("a")),
        Step("verified", now, Actor.nobody("a"), {"note": "x\0"}),
    ]
    for step in refused:
        with pytest.raises((StepIllegal, StepInvalid)):
            desk.take(receipt.id, step, city)
    assert desk.get(receipt.id, city) == before
    assert query("SELECT count(*) FROM event") == [(1,)]


def test_an_unknown_incident(desk: IncidentDesk, city: Scope) -> None:
    for incident_id in (0, -1, 10**30, 12345):
        for ask in (desk.get, desk.events):
            with pytest.raises(IncidentUnknown):
                ask(incident_id, city)
        with pytest.raises(IncidentUnknown):
            desk.take(incident_id, Step("verified", datetime.now(UTC), Actor.nobody("a")), city)


def test_outside_the_scope_is_unknown(desk: IncidentDesk, make_report: MakeReport, city: Scope) -> None:
    inside, outside, nowhere = desk.report_many(
        [make_report(1), make_report(5), make_report(2, leaf=-1)], Actor.nobody("test")
    )
    town = city.narrowed(0, 4)
    assert desk.get(inside.id, town).leaf == 1
    for receipt in (outside, nowhere):
        for ask in (desk.get, desk.events):
            with pytest.raises(IncidentUnknown):
                ask(receipt.id, town)
        with pytest.raises(IncidentUnknown):
            desk.take(receipt.id, Step("verified", datetime.now(UTC), Actor.nobody("a")), town)
        assert desk.get(receipt.id, city).n == 0


def test_merging_is_into_one_that_is_there_to_be_seen(desk: IncidentDesk, make_report: MakeReport, city: Scope) -> None:
    one, same, elsewhere, void = (
        one.id for one in desk.report_many([make_report(n) for n in (1, 2, 5, 3)], Actor.nobody("test"))
    )
    town, now = city.narrowed(0, 4), datetime.now(UTC)

    def merged(into: int) -> Step:
        return Step("merged", now, Actor.nobody("王芳"), {"into": into, "reason": "同一件"})

    desk.take(void, Step("voided", now, Actor.nobody("王芳"), {"reason": "误报"}), city)
    for into in (elsewhere, void, 999_999, 2**62):
        with pytest.raises(StepInvalid) as caught:
            desk.take(same, merged(into), town)
        assert caught.value.values["field"] == "into"
    after = desk.take(same, merged(one), town)
    assert (after.stage, after.merged_into) == ("voided", one)
    assert desk.get(one, town).stage == "reported"


def test_the_same_key_once_more_is_the_same_step(desk: IncidentDesk, make_report: MakeReport, city: Scope) -> None:
    [receipt] = desk.report_many([make_report(1)], Actor.nobody("test"))
    step = Step("noted", datetime.now(UTC), Actor.nobody("王芳"), {"note": "已联系", "key": "K-1"})
    first = desk.take(receipt.id, step, city)
    assert desk.take(receipt.id, step, city) == first == desk.get(receipt.id, city)
    assert desk.take(receipt.id, replace(step, detail={"note": "已联系", "key": "K-2"}), city).n == 2


def test_who_looked_too_long_hears_what_happened(desk: IncidentDesk, make_report: MakeReport, city: Scope) -> None:
    [receipt] = desk.report_many([make_report(1)], Actor.nobody("test"))
    now = datetime.now(UTC)
    desk.take(receipt.id, Step("verified", now, Actor.nobody("甲"), expect_n=0), city)
    with pytest.raises(StepOvertaken) as caught:
        desk.take(receipt.id, Step("voided", now, Actor.nobody("乙"), {"reason": "误报"}, expect_n=0), city)
    [since] = caught.value.values["since"]
    assert (since["n"], since["kind"], since["actor"], since["actor_id"]) == (1, "verified", "甲", "nobody")
    assert desk.get(receipt.id, city).stage == "verified"
    assert desk.take(receipt.id, Step("filed", now, Actor.nobody("乙"), expect_n=1), city).n == 2


def test_what_people_write_names_nobody(desk: IncidentDesk, make_report: MakeReport, city: Scope) -> None:
    [receipt] = desk.report_many([make_report(1)], Actor.nobody("test"))
    desk.take(receipt.id, Step("noted", datetime.now(UTC), Actor.nobody("王芳"), {"note": "请回电13812345678"}), city)
    assert "13812345678" not in desk.events(receipt.id, city)[-1].detail["note"]


def test_newest_is_a_plain_sort_of_what_may_be_seen(desk: IncidentDesk, make_report: MakeReport, city: Scope) -> None:
    # Two per minute, so that the id decides too; every ninth in no grid.
    reports = [replace(make_report(number // 2, leaf=-1 if number % 9 == 0 else number % 8), source_id=str(number))
               for number in range(40)]  # fmt: skip
    receipts = desk.report_many(reports, Actor.nobody("test"))
    for receipt in receipts[::5]:
        desk.take(receipt.id, Step("voided", datetime.now(UTC), Actor.nobody("a"), {"reason": "重复"}), city)
    states = [desk.get(receipt.id, city) for receipt in receipts]
    slow = sorted(states, key=lambda state: (state.reported_at, state.id), reverse=True)
    apart = Scope.of([(0, 2), (5, 6), (7, 8)], "screen")
    parts = (city.narrowed(0, 4), city.narrowed(3, 3), city.narrowed(7, 8), apart)
    for scope in (city, *parts, Scope.of([], "screen", unlocated=True)):
        seen = [state for state in slow if scope.sees(state.leaf)]
        assert desk.newest(scope, limit=100) == seen
        assert desk.newest(scope, limit=3) == seen[:3]
        assert desk.newest(scope, limit=100, open_only=True) == [one for one in seen if one.stage != "voided"]
        assert desk.newest(scope, limit=100, stages=["voided"]) == [one for one in seen if one.stage == "voided"]
        assert desk.newest(scope, limit=100, stages=["voided"], open_only=True) == []
        pages: list[State] = []
        while page := desk.newest(scope, limit=7, before_id=pages[-1].id if pages else None):
            pages += page
        assert pages == seen
    assert desk.newest(city, limit=0) == []
    assert desk.newest(city, limit=5, before_id=999_999) == []


def test_followers_are_told_after_the_commit(
    store: Store, desk: IncidentDesk, make_report: MakeReport, city: Scope
) -> None:
    heard = store.listen("incident_log", timeout_s=10)
    [receipt] = desk.report_many([make_report(1)], Actor.nobody("test"))
    assert int(next(heard) or 0) == desk.get(receipt.id, city).seq
    state = desk.take(receipt.id, Step("verified", datetime.now(UTC), Actor.nobody("a")), city)
    assert int(next(heard) or 0) == state.seq


def test_a_history_is_what_the_live_way_gives(
    desk: IncidentDesk, make_report: MakeReport, whole_path: MakePath, city: Scope
) -> None:
    report = make_report(5)
    steps = whole_path(report.reported_at)
    counted: list[int] = []
    batches = [[(report, steps), (make_report(6, leaf=-1), [])], [], [(make_report(7), steps[:1])]]
    assert desk.load_history(batches, Actor.nobody("demo"), counted.append) == 3
    assert counted == [2, 1]
    [loaded] = [state for state in desk.newest(city, limit=9) if state.source_id == report.source_id]
    [receipt] = desk.report_many([replace(report, source_id="live")], Actor.nobody("demo"))
    for step in steps:
        live = desk.take(receipt.id, step, city)
    unlike = ("id", "source_id", "seq", "hash", "recorded_at")
    assert replace(live, **{name: getattr(loaded, name) for name in unlike}) == loaded
    events = desk.events(loaded.id, city)
    assert fold_all(events) == loaded
    assert all(event.recorded_at == event.at and event_hash(event) == event.hash for event in events)
    assert (events[0].detail["loaded"]["by"], events[0].detail["loaded"]["events"]) == ("demo", 14)
    assert "loaded" not in desk.events(live.id, city)[0].detail
    desk.take(loaded.id + 2, Step("filed", datetime.now(UTC), Actor.nobody("a")), city)


def test_a_history_loaded_again_adds_nothing(
    desk: IncidentDesk, make_report: MakeReport, whole_path: MakePath, query: Query
) -> None:
    pairs = [(make_report(number), whole_path(make_report(number).reported_at)) for number in range(6)]
    assert desk.load_history([[*pairs[:3], pairs[0]]]) == 3
    assert desk.load_history([pairs[:2], pairs[2:], pairs]) == 3
    assert query("SELECT count(*) FROM incident") == [(6,)]
    assert query("SELECT count(*) FROM event") == [(6 * 14,)]


def test_a_history_obeys_the_same_rules(
    desk: IncidentDesk, make_report: MakeReport, whole_path: MakePath, query: Query
) -> None:
    good = [(make_report(1), whole_path(make_report(1).reported_at))]
    at = make_report(2).reported_at
    for kind, error in (("filed", StepIllegal), ("nonsense", StepInvalid)):
        bad = [
            (make_report(2), [Step("verified", at, Actor.nobody("a"))]),
            (make_report(3), [Step(kind, at, Actor.nobody("a"))]),
        ]
        with pytest.raises(error) as caught:
            desk.load_history([good, bad])
        assert (caught.value.values["source_id"], caught.value.values["n"]) == ("A-3", 1)
    with pytest.raises(StepInvalid):
        desk.load_history([[(make_report(2), [Step("verified", at - timedelta(hours=1), Actor.nobody("a"))])]])
    assert query("SELECT source_id FROM incident") == [("A-1",)]


KILLED = """
import os, signal, sys
from data.incidents import log
from data.store.connection import Store
from data.store.openers import System

store = Store.connect(sys.argv[1], migrate=False)
with store.transaction(System("test")) as cursor:
    state = log.begin_step(cursor, int(sys.argv[2]), None).state
    cursor.execute("INSERT INTO event SELECT seq + 1000, incident_id, n + 1, kind, at, recorded_at, actor, detail, "
                   "prev_hash, hash, actor_id FROM event WHERE incident_id = %s", (state.id,))
    cursor.execute("UPDATE incident SET stage = 'verified', n = 1, seq = seq + 1000 WHERE id = %s", (state.id,))
    print("in the middle", flush=True)
    sys.stdin.read()
"""


def test_a_writer_killed_in_the_middle_leaves_nothing_half(
    database_url: str, desk: IncidentDesk, make_report: MakeReport, city: Scope, query: Query
) -> None:
    [receipt] = desk.report_many([make_report(1)], Actor.nobody("test"))
    before = desk.get(receipt.id, city)
    checkout = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, database_url, str(receipt.id)],
        cwd=checkout, env={**os.environ, "PYTHONPATH": str(checkout)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(timeout=20) == -signal.SIGKILL
    assert desk.get(receipt.id, city) == before
    assert query("SELECT count(*) FROM event") == [(1,)]
    # The lock ended with its holder: the next writer gets through.
    assert desk.take(receipt.id, Step("verified", datetime.now(UTC), Actor.nobody("a")), city).n == 1


def test_an_error_after_the_event_was_written_takes_it_back(
    desk: IncidentDesk, make_report: MakeReport, city: Scope, query: Query
) -> None:
    [receipt] = desk.report_many([make_report(1)], Actor.nobody("test"))
    query("ALTER TABLE incident ADD CONSTRAINT no_verified CHECK (stage <> 'verified')")
    with pytest.raises(psycopg2.errors.CheckViolation):
        desk.take(receipt.id, Step("verified", datetime.now(UTC), Actor.nobody("a")), city)
    assert query("SELECT count(*) FROM event") == [(1,)]
    assert desk.get(receipt.id, city).stage == "reported"


def test_a_step_without_a_time_follows_what_is_there_though_the_servers_clock_was_set_back(
    desk: IncidentDesk, make_report: MakeReport, city: Scope
) -> None:
    report = make_report(1)
    [receipt] = desk.report_many([report], Actor.nobody("api"))
    noon, before = report.reported_at + timedelta(hours=1), report.reported_at + timedelta(minutes=59)
    for kind, moment in (("verified", noon), ("filed", before)):
        state = desk.take(receipt.id, Step(kind, moment, Actor.nobody("王芳")), city, now=moment, at_once=True)
    assert (state.verified_at, state.filed_at) == (noon, noon)
    event = desk.events(receipt.id, city)[-1]
    assert (event.at, event.recorded_at) == (noon, before)
    assert "said_at" not in event.detail
