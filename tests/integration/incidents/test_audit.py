"""What verify finds, and that rebuild gives the same states again."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from data.access.actor import Actor
from data.access.scope import Scope
from data.errors import LogBroken
from data.incidents.audit import rebuild, verify
from data.incidents.desk import IncidentDesk
from data.incidents.model import Report, State, Step
from data.store.connection import Store

MakeReport = Callable[..., Report]
MakePath = Callable[[datetime], list[Step]]
Query = Callable[..., list[tuple[Any, ...]]]
SNAPSHOT = "SELECT incident::text FROM incident ORDER BY id"


@pytest.fixture
def loaded(desk: IncidentDesk, make_report: MakeReport, whole_path: MakePath, city: Scope) -> list[State]:
    """Six incidents: two closed, two on their way, one new, one unlocated and taken on live; in order of id."""
    paths = [make_report(number) for number in range(5)]
    lengths = [13, 13, 7, 4, 0]
    desk.load_history([[(one, whole_path(one.reported_at)[:k]) for one, k in zip(paths, lengths, strict=True)]])
    [receipt] = desk.report_many([make_report(9, leaf=-1)], Actor.nobody("test"))
    desk.take(receipt.id, Step("noted", datetime.now(UTC), Actor.nobody("王芳"), {"note": "-0.0"}), city)
    return sorted(desk.newest(city, limit=10), key=lambda state: state.id)


@pytest.fixture
def tamper(query: Query) -> Query:
    """What a superuser can do: change the log behind its triggers."""

    def run(statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        query("ALTER TABLE event DISABLE TRIGGER USER")
        try:
            return query(statement, values)
        finally:
            query("ALTER TABLE event ENABLE TRIGGER USER")

    return run


def test_an_empty_log_verifies_and_rebuilds(store: Store) -> None:
    report = verify(store)
    assert (report.ok, report.events, report.incidents, report.findings) == (True, 0, 0, ())
    rebuilt = rebuild(store)
    assert (rebuilt.equal, rebuilt.events, rebuilt.incidents) == (True, 0, 0)


def test_a_sound_log_verifies(store: Store, loaded: list[State]) -> None:
    counted: list[int] = []
    report = verify(store, counted.append)
    assert report.findings == ()
    assert report.ok
    assert (report.incidents, report.events, sum(counted)) == (6, 44, 44)


ALTERATIONS = [
    "detail = detail || '{\"note\": \"x\"}'", "detail = '{}'", "detail = '[1]'", "actor = 'nobody'",
    "actor_id = 'person:P1'",
    "kind = 'checked'", "at = at + interval '1 microsecond'", "recorded_at = recorded_at - interval '1 day'",
    "seq = seq + 100000", "hash = decode(repeat('00', 32), 'hex')", "prev_hash = decode(repeat('00', 32), 'hex')",
]  # fmt: skip


def test_every_alteration_of_an_event_is_found(
    store: Store, desk: IncidentDesk, make_report: MakeReport, whole_path: MakePath, city: Scope, tamper: Query
) -> None:
    """One incident for each way to alter an event, and a sound one between any two."""
    reports = [make_report(number) for number in range(2 * len(ALTERATIONS))]
    desk.load_history([[(one, whole_path(one.reported_at)) for one in reports]])
    ids = sorted(state.id for state in desk.newest(city, limit=100))[::2]
    for incident_id, change in zip(ids, ALTERATIONS, strict=True):
        tamper(f"UPDATE event SET {change} WHERE incident_id = %s AND n = 5", (incident_id,))
    report = verify(store)
    assert not report.ok
    assert {finding.incident_id for finding in report.findings} == set(ids)
    for incident_id in ids:
        first = next(finding for finding in report.findings if finding.incident_id == incident_id)
        assert (first.kind, first.n) == ("altered", 5)


def test_every_missing_event_is_found(
    store: Store, desk: IncidentDesk, make_report: MakeReport, whole_path: MakePath, city: Scope, tamper: Query
) -> None:
    reports = [make_report(number) for number in range(14)]
    desk.load_history([[(one, whole_path(one.reported_at)) for one in reports]])
    ids = sorted(state.id for state in desk.newest(city, limit=100))
    for n, incident_id in enumerate(ids):
        tamper("DELETE FROM event WHERE incident_id = %s AND n = %s", (incident_id, n))
    found = [(one.kind, one.incident_id, one.n) for one in verify(store).findings]
    assert found == [("missing", incident_id, n) for n, incident_id in enumerate(ids)]


def test_a_cut_tail_and_a_vanished_history_are_found(store: Store, loaded: list[State], tamper: Query) -> None:
    tamper("DELETE FROM event WHERE incident_id = %s AND n >= 5", (loaded[2].id,))
    tamper("DELETE FROM event WHERE incident_id = %s", (loaded[4].id,))
    assert [(one.kind, one.incident_id, one.n) for one in verify(store).findings] == [
        ("missing", loaded[2].id, 5),
        ("missing", loaded[4].id, 0),
    ]


def test_reordered_events_are_found(store: Store, loaded: list[State], tamper: Query) -> None:
    first = loaded[0].id
    tamper("UPDATE event SET n = CASE n WHEN 3 THEN -4 ELSE -3 END WHERE incident_id = %s AND n IN (3, 4)", (first,))
    tamper("UPDATE event SET n = -n WHERE incident_id = %s AND n < 0", (first,))
    found = [(one.incident_id, one.n) for one in verify(store).findings]
    assert found[:2] == [(first, 3), (first, 4)]


def test_swapped_sequence_numbers_are_found(store: Store, loaded: list[State], tamper: Query) -> None:
    first = loaded[0].id
    [(third,)] = tamper("SELECT seq FROM event WHERE incident_id = %s AND n = 3", (first,))
    [(fourth,)] = tamper("SELECT seq FROM event WHERE incident_id = %s AND n = 4", (first,))
    tamper("UPDATE event SET seq = 900000 WHERE seq = %s", (third,))
    tamper("UPDATE event SET seq = %s WHERE seq = %s", (third, fourth))
    tamper("UPDATE event SET seq = %s WHERE seq = 900000", (fourth,))
    assert [(one.incident_id, one.n) for one in verify(store).findings] == [(first, 3), (first, 4)]


def test_an_added_event_is_found(store: Store, loaded: list[State], tamper: Query) -> None:
    # Inserting needs no trigger switched off: the chain alone must tell.
    tamper(
        "INSERT INTO event SELECT 900001, incident_id, n + 1, kind, at, recorded_at, actor, detail, hash, "
        "decode(repeat('ab', 32), 'hex'), actor_id FROM event WHERE incident_id = %s AND n = 4",
        (loaded[3].id,),
    )
    findings = verify(store).findings
    assert {(one.incident_id, one.n) for one in findings} == {(loaded[3].id, 5)}
    assert {one.kind for one in findings} == {"altered", "added"}


def test_an_incident_invented_in_the_log_is_found(store: Store, loaded: list[State], tamper: Query) -> None:
    tamper("INSERT INTO event SELECT 900002, 777777, 0, kind, at, recorded_at, actor, detail, prev_hash, hash, "
           "actor_id FROM event WHERE incident_id = %s AND n = 0", (loaded[0].id,))  # fmt: skip
    findings = verify(store).findings
    assert {(one.incident_id, one.n) for one in findings} == {(777777, 0)}
    assert {one.kind for one in findings} == {"altered", "state"}


def test_states_that_the_log_does_not_say_are_found_and_rebuilt(
    store: Store, loaded: list[State], query: Query
) -> None:
    changes = ["title = 'x', hash = decode(repeat('00', 32), 'hex')", "means = NULL, stage = 'voided'", "due_at = NULL",
               "leaf = 1", "lon = lon + 1e-9"]  # fmt: skip
    before = query(SNAPSHOT)
    for state, change in zip(loaded[:5], changes, strict=True):
        query(f"UPDATE incident SET {change} WHERE id = %s", (state.id,))
    found = [(one.kind, one.incident_id, one.n) for one in verify(store).findings]
    assert found == [("state", state.id, state.n) for state in loaded[:5]]
    report = rebuild(store)
    assert not report.equal
    assert (report.missing, report.added, report.different) == ((), (), tuple(state.id for state in loaded[:5]))
    assert query(SNAPSHOT) == before
    assert verify(store).ok


def test_rebuild_of_a_sound_store_is_equal_and_touches_no_row(
    store: Store, loaded: list[State], query: Query, desk: IncidentDesk, city: Scope
) -> None:
    before = query(SNAPSHOT), query("SELECT ctid, xmin FROM incident ORDER BY id")
    counted: list[int] = []
    report = rebuild(store, counted.append)
    assert report.equal
    assert (report.incidents, report.events, sum(counted)) == (6, 44, 44)
    assert (query(SNAPSHOT), query("SELECT ctid, xmin FROM incident ORDER BY id")) == before
    assert desk.take(loaded[4].id, Step("verified", datetime.now(UTC), Actor.nobody("a")), city).n == 1


def test_rebuild_makes_all_states_anew(
    store: Store, loaded: list[State], query: Query, desk: IncidentDesk, city: Scope
) -> None:
    before = query(SNAPSHOT)
    query("DELETE FROM incident")
    assert len(verify(store).findings) == 6
    report = rebuild(store)
    assert report.missing == tuple(state.id for state in loaded)
    assert query(SNAPSHOT) == before
    assert sorted(desk.newest(city, limit=10), key=lambda state: state.id) == loaded


def test_rebuild_takes_away_what_the_log_does_not_know(
    store: Store, loaded: list[State], query: Query, tamper: Query
) -> None:
    tamper("DELETE FROM event WHERE incident_id = %s", (loaded[4].id,))
    report = rebuild(store)
    assert (report.missing, report.added, report.different) == ((), (loaded[4].id,), ())
    assert query("SELECT count(*) FROM incident") == [(5,)]


def test_rebuild_tells_zero_from_negative_zero(
    store: Store, desk: IncidentDesk, make_report: MakeReport, query: Query
) -> None:
    [receipt] = desk.report_many([make_report(1, lon=0.0, lat=-0.0)], Actor.nobody("test"))
    assert rebuild(store).equal
    query("UPDATE incident SET lat_given = '-0'")
    assert rebuild(store).different == (receipt.id,)
    assert rebuild(store).equal


def test_rebuild_refuses_a_broken_log_and_changes_nothing(
    store: Store, loaded: list[State], query: Query, tamper: Query
) -> None:
    query("UPDATE incident SET title = 'x' WHERE id = %s", (loaded[0].id,))
    tamper("UPDATE event SET actor = 'nobody' WHERE incident_id = %s AND n = 2", (loaded[2].id,))
    before = query(SNAPSHOT)
    with pytest.raises(LogBroken) as caught:
        rebuild(store)
    assert (caught.value.values["incident_id"], caught.value.values["n"]) == (loaded[2].id, 2)
    assert query(SNAPSHOT) == before
    assert len(verify(store).findings) == 2
