"""The log itself: append-only, ordered, and giving back what it was given."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime
from typing import Any

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.access.actor import Actor
from data.incidents import log
from data.incidents.chain import FIRST_PREV_HASH, event_hash, normalised, sealed
from data.incidents.desk import IncidentDesk
from data.incidents.folding import fold
from data.incidents.model import Report, State
from data.store.connection import Store
from data.store.openers import System

MakeReport = Callable[..., Report]
Query = Callable[..., list[tuple[Any, ...]]]
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
numbers = st.floats(-(2.0**52), 2.0**52, allow_nan=False) | st.integers(-(2**63) + 1, 2**63 - 1)
details = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | numbers | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)
times = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 # hypothesis adds the zone


class _Undo(Exception):
    pass


# One database serves all examples: each is rolled back.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(detail=details, actor=texts, at=times, recorded_at=times)
def test_an_event_comes_back_with_its_hash(
    store: Store, detail: dict[str, Any], actor: str, at: datetime, recorded_at: datetime
) -> None:
    event = sealed(
        seq=1, incident_id=1, n=0, kind="reported", at=at, recorded_at=recorded_at, actor=Actor.nobody(actor),
        detail=normalised(detail), prev_hash=FIRST_PREV_HASH,
    )  # fmt: skip
    with suppress(_Undo), store.transaction(System("test")) as cursor:
        log.append(cursor, [event])
        assert log.read_events(cursor, 1) == [event]
        [walked] = log.walk_events(cursor)
        assert event_hash(walked) == walked.hash == event.hash
        raise _Undo


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(detail=details, actor=texts, at=times)
def test_a_step_written_in_one_go_comes_back_with_its_state(
    store: Store, desk: IncidentDesk, make_report: MakeReport, detail: dict[str, Any], actor: str, at: datetime
) -> None:
    [receipt] = desk.report_many([make_report(1)], Actor.nobody("test"))
    with suppress(_Undo), store.transaction(System("test")) as cursor:
        begun = log.begin_step(cursor, receipt.id, "no step carried it")
        assert begun is not None
        assert not begun.carried_key
        before = begun.state
        event = sealed(
            seq=begun.next_seq, incident_id=before.id, n=1, kind="verified", at=at, recorded_at=at,
            actor=Actor.nobody(actor), detail={**normalised(detail), "key": "carried"}, prev_hash=before.hash,
        )  # fmt: skip
        after = fold(before, event)
        log.write_step(cursor, before, event, after)
        assert log.read_events(cursor, before.id)[1] == event
        assert log.read_state(cursor, before.id) == after
        for key, carried in (("carried", True), ("another", False), (None, False)):
            again = log.begin_step(cursor, before.id, key)
            assert again is not None
            assert (again.state, again.carried_key) == (after, carried)
            assert again.next_seq > event.seq
        assert log.begin_step(cursor, before.id + 1, "carried") is None
        raise _Undo


def test_what_a_new_state_does_not_say_the_table_says_alike(
    store: Store, desk: IncidentDesk, make_report: MakeReport
) -> None:
    # A batch sends only the columns in which an incident of it says something.
    [receipt] = desk.report_many([make_report(1)], Actor.nobody("test"))
    with store.transaction(System("test")) as cursor:
        state = log.read_state(cursor, receipt.id)
        assert state is not None
        bare = replace(state, **{spec.name: spec.default for spec in fields(State) if spec.default is not MISSING})
        full = replace(
            bare,
            handler="队",
            level=2,
            self_handled=True,
            urges=3,
            due_at=datetime(2026, 12, 1, tzinfo=UTC),
            area="1:A",
        )
        for at, states in enumerate(([bare], [full], [bare, full])):
            new = [
                replace(one, id=100 + 10 * at + i, seq=100 + 10 * at + i, source_id=f"{at}{i}")
                for i, one in enumerate(states)
            ]
            log.insert_states(cursor, new)
            assert [log.read_state(cursor, one.id) for one in new] == new


def test_awkward_numbers_come_back_the_same(store: Store) -> None:
    numbers = [5e-324, 2.2250738585072014e-308, 0.1, 1e-7, 1 / 3, 2.0**53 - 1, 2.0**52 - 0.5, 123456789.123456789, 1e15,
               -0.0, -1e-5, 2**63 - 1]  # fmt: skip
    detail = normalised({"numbers": numbers})
    event = sealed(seq=1, incident_id=1, n=0, kind="reported", at=datetime.now(UTC), recorded_at=datetime.now(UTC),
                   actor=Actor.nobody("a"), detail=detail, prev_hash=FIRST_PREV_HASH)  # fmt: skip
    with store.transaction(System("test")) as cursor:
        log.append(cursor, [event])
        [back] = log.read_events(cursor, 1)
    assert repr(back.detail) == repr(detail)
    assert event_hash(back) == event.hash


def test_the_log_is_append_only(store: Store, desk: IncidentDesk, make_report: MakeReport, query: Query) -> None:
    desk.report_many([make_report(1)], Actor.nobody("test"))
    for statement in ("UPDATE event SET actor = 'x'", "DELETE FROM event", "TRUNCATE event"):
        with pytest.raises(psycopg2.Error, match="append-only"):
            query(statement)
    assert query("SELECT actor FROM event") == [("test",)]


def test_numbers_are_drawn_ascending_and_none_for_none(store: Store) -> None:
    with store.transaction(System("test")) as cursor:
        log.lock(cursor)
        first, second = log.next_seqs(cursor, 3), log.next_seqs(cursor, 2)
        assert log.next_ids(cursor, 0) == []
    assert first + second == sorted(set(first + second))
    assert len(first + second) == 5


def test_existing_finds_thousands_of_keys_in_one_query(
    store: Store, desk: IncidentDesk, make_report: MakeReport
) -> None:
    reports = [make_report(number) for number in range(3_000)]
    receipts = desk.report_many(reports[:2_000], Actor.nobody("test"))
    with store.transaction(System("test")) as cursor:
        found = log.existing(cursor, [(one.source, one.source_id) for one in reports])
        assert log.existing(cursor, []) == {}
    assert {key: one.id for key, one in found.items()} == {
        ("hotline", f"A-{number}"): receipts[number].id for number in range(2_000)
    }


def test_a_follower_that_asks_for_what_came_after_misses_nothing(
    store: Store, desk: IncidentDesk, make_report: MakeReport
) -> None:
    """Writers of different length at once; a reader polls and must see sequence numbers only grow."""
    done = threading.Event()

    def write(part: int) -> None:
        for start in range(0, 40, 8):
            desk.report_many([make_report(part * 1_000 + start + k) for k in range(1 + part * 7)], Actor.nobody("test"))

    writers = [threading.Thread(target=write, args=(part,)) for part in range(3)]
    seen: list[int] = []

    def follow() -> None:
        last = 0
        while True:
            finished = done.is_set()
            with store.transaction(System("test")) as cursor:
                cursor.execute("SELECT seq FROM event WHERE seq > %s ORDER BY seq", (last,))
                new = [seq for (seq,) in cursor.fetchall()]
            seen.extend(new)
            last = new[-1] if new else last
            if finished:
                return

    follower = threading.Thread(target=follow)
    follower.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    follower.join()
    with store.transaction(System("test")) as cursor:
        cursor.execute("SELECT seq FROM event ORDER BY seq")
        assert seen == [seq for (seq,) in cursor.fetchall()]
    assert len(seen) > 40
