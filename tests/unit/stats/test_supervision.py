"""Deadlines, units and the oldest against a slow reading of the states and of the log, live and past."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.access.scope import Scope
from data.incidents import history
from data.incidents.model import Event, State
from data.stats.measures.measures import end_of_clock, light_is_red
from data.stats.measures.question import Question
from data.stats.measures.rows import CountingRules, Rows
from data.stats.measures.spans import last_days
from data.stats.mirror.mirror import MISSING, Mirror, MirrorView
from data.stats.mirror.seconds import from_seconds, to_seconds
from data.stats.picture.cases import cases
from data.stats.picture.frames import SPAN_DAYS
from data.stats.picture.past import as_of
from data.stats.picture.supervision import DEADLINE_MEASURES, MOST_UNITS, OLDEST
from tests.unit.stats import slow, slow_supervision
from tests.unit.stats.cities import (
    CITY,
    LEAVES,
    NOON,
    ZONE,
    histories,
    make_edition,
    make_system,
    state,
    view_of,
    whole_seconds,
)
from tests.unit.stats.cities import history as random_history
from tests.unit.stats.logs import UNITS, FakeStore, logs, random_log, states_of
from tests.unit.stats.pictures import frame_of
from tests.unit.stats.slow_supervision import Open, open_of_log, open_of_states

SYSTEM = make_system()
EDITION = make_edition(SYSTEM)
NAMES = {"squad": "一中队", "T1-team": "二中队"}
MOMENTS = st.integers(-45 * 3600, 60 * 3600).map(lambda seconds: NOON + timedelta(seconds=seconds))
KEYS = [one.name for one in DEADLINE_MEASURES]


@pytest.fixture(autouse=True, scope="module")
def no_database() -> Iterator[None]:
    """The log's questions are answered from a list."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "lives", lambda store, *asked: store.lives(*asked))
        yield


def shown(view: MirrorView, moment: datetime, scope: Scope = CITY, **more: Any) -> dict[str, Any]:
    return frame_of(
        view, edition=EDITION, categories={}, moment=moment, scope=scope, level=3, kpi="open", zone=ZONE, units=NAMES,
        **more,
    )  # fmt: skip


def check(
    view: MirrorView, found: Sequence[Open], moment: datetime, scope: Scope = CITY, rules: CountingRules | None = None
) -> None:
    """The three panels are what is open, and behind each of their numbers stand as many incidents."""
    rules = rules or CountingRules()
    document = shown(view, moment, scope, rules=rules)
    kinds = Counter(one.ends for one in found)
    assert [(one["key"], one["count"]) for one in document["deadlines"]["counts"]] == [
        (key, kinds[key]) for key in KEYS
    ]
    assert document["units"] == slow_supervision.units(found, NAMES)
    eldest = sorted(found, key=lambda one: (one.reported, one.id))[:OLDEST]
    assert [
        (one["id"], datetime.fromisoformat(one["at"]), one["unit"], one["unit_name"], one["light"], time_of(one["due"]))
        for one in document["oldest"]
    ] == [
        (one.id, one.reported, one.unit, NAMES.get(one.unit), light(one), one.due) for one in eldest
    ]  # fmt: skip

    asked = Question(moment, *last_days(moment, SPAN_DAYS), scope, rules=rules)
    for key in KEYS:
        listed = cases(view, edition=EDITION, asked=key, question=asked).tolist()
        assert listed == sorted(one.id for one in found if one.ends == key), key
    for row in document["units"]["rows"]:
        of_it = Question(moment, *last_days(moment, SPAN_DAYS), scope, unit=row["unit"], rules=rules)
        listed = {
            name: cases(view, edition=EDITION, asked=name, question=of_it).tolist()
            for name in ("open", "yellow", "overdue")
        }
        assert listed == {
            "open": sorted(one.id for one in found if one.unit == row["unit"]),
            "yellow": sorted(one.id for one in found if one.unit == row["unit"] and one.yellow),
            "overdue": sorted(one.id for one in found if one.unit == row["unit"] and one.red),
        }
        assert [len(listed[name]) for name in ("open", "yellow", "overdue")] == [
            row[name] for name in ("open", "yellow", "red")
        ]


def light(one: Open) -> str:
    return "red" if one.red else "yellow" if one.yellow else "none"


def time_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


SCOPES = st.sampled_from(
    [CITY, Scope.of([(4, 8)], "screen"), Scope.of([(0, 2), (3, 5), (8, 9)], "screen"), Scope.of([], "screen")]
)


@given(histories(80), MOMENTS, SCOPES, st.booleans(), st.sampled_from([0.0, 0.2, 1.0]))
@settings(max_examples=120, deadline=None)
def test_deadlines_units_and_oldest_equal_the_slow_reading_of_the_states(
    states: list[State], moment: datetime, scope: Scope, suspended_is_due: bool, yellow_share: float
):
    definitions = {"suspended_is_due": suspended_is_due, "yellow_share": yellow_share}
    kept = [whole_seconds(one) for one in states if scope.sees(one.leaf)]
    check(view_of(states), open_of_states(kept, moment, **definitions), moment, scope, CountingRules(**definitions))


@given(logs(160), MOMENTS, st.sampled_from(["now", "then"]))
@settings(max_examples=120, deadline=None)
def test_deadlines_units_and_oldest_of_a_past_moment_equal_the_slow_reading_of_the_log(
    events: list[Event], moment: datetime, known: str
):
    mirror = Mirror(LEAVES)
    mirror.apply(max((event.seq for event in events), default=0), slow.columns_of(states_of(events)))
    view = as_of(mirror.view(), FakeStore(events), moment, known=known)
    check(view, open_of_log(events, moment, known), moment)


def test_random_histories_and_logs_reach_every_deadline_light_and_unit():
    """Else the tests above would prove less than they say."""
    moments = [NOON + timedelta(hours=hours) for hours in range(-44, 60, 4)]
    of_states = [whole_seconds(one) for one in random_history(1, 600)]
    for found in (
        [one for at in moments for one in open_of_states(of_states, at)],
        [one for seed in range(9) for at in moments for one in open_of_log(random_log(seed, 160), at, "then")],
    ):
        assert {one.ends for one in found} == set(KEYS)
        assert {light(one) for one in found} == {"red", "yellow", "none"}
        assert {one.unit for one in found} >= {"", "squad"}
    assert {one.unit for one in found} == {*UNITS}


@given(histories(60), MOMENTS)
@settings(max_examples=60, deadline=None)
def test_the_panels_agree_with_each_other_and_with_the_other_numbers(states: list[State], moment: datetime):
    document = shown(view_of(states), moment)
    counts = {one["key"]: one["count"] for one in document["deadlines"]["counts"]}
    today = {name: one["value"] for name, one in document["today"].items()}
    assert sum(counts.values()) == today["open"]
    assert counts["overdue_long"] + counts["overdue_day"] == today["overdue"]
    rows = document["units"]["rows"]
    assert document["units"]["total"] == len(rows)  # there are four units at most
    assert [sum(row[name] for row in rows) for name in ("open", "yellow", "red")] == [
        today[name] for name in ("open", "yellow", "overdue")
    ]
    assert len(document["oldest"]) == min(OLDEST, today["open"])
    newest = {one["id"]: one for one in document["newest"]}
    for one in document["oldest"]:
        if one["id"] in newest:
            same = {name: value for name, value in newest[one["id"]].items() if name != "title"}
            assert {name: value for name, value in one.items() if name not in ("due", "unit", "unit_name")} == same


@given(histories(), MOMENTS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_end_of_the_clock_is_that_of_the_lights(states: list[State], moment: datetime, suspended_is_due: bool):
    rows = Rows(view_of(states), None, to_seconds(moment), CountingRules(suspended_is_due=suspended_is_due))
    ends = dict(zip(rows["id"].tolist(), end_of_clock(rows).tolist(), strict=True))
    kept = [whole_seconds(one) for one in states]
    for one in open_of_states(kept, moment, suspended_is_due=suspended_is_due):
        assert (None if ends[one.id] == MISSING else from_seconds(ends[one.id])) == one.due
    assert (light_is_red(rows) == (end_of_clock(rows) < rows.moment_s)).all()


@pytest.mark.parametrize(
    ("seconds", "key", "light"),
    [
        (-86_401, "overdue_long", "red"), (-86_400, "overdue_day", "red"), (-1, "overdue_day", "red"),
        (0, "due_4h", "yellow"), (4 * 3600 - 1, "due_4h", "yellow"), (4 * 3600, "due_24h", "yellow"),
        (86_399, "due_24h", "none"), (86_400, "due_later", "none"), (None, "no_clock", "none"),
    ],
)  # fmt: skip
def test_every_deadline_has_its_place_to_the_second(seconds: int | None, key: str, light: str):
    due = None if seconds is None else NOON + timedelta(seconds=seconds)
    one = state(1, NOON - timedelta(days=9), dispatched_at=NOON - timedelta(days=2), due_at=due)
    document = shown(view_of([one]), NOON)
    assert [one["key"] for one in document["deadlines"]["counts"] if one["count"]] == [key]
    assert document["oldest"][0]["light"] == light


def test_a_running_clock_goes_before_the_deadline_and_a_suspension_stops_both():
    clock = {"clock_due_at": NOON + timedelta(hours=1), "clock_yellow_at": NOON}
    late = NOON - timedelta(days=3)
    states = [
        state(1, late, due_at=late, dispatched_at=late, **clock),
        state(2, late, due_at=late, dispatched_at=late, **clock, suspended=True),
    ]
    told = shown(view_of(states), NOON)
    assert [(one["id"], one["due"]) for one in told["oldest"]] == [(1, "2026-11-18T13:00:00+08:00"), (2, None)]
    counts = {one["key"]: one["count"] for one in told["deadlines"]["counts"]}
    assert counts == {key: int(key in ("due_4h", "no_clock")) for key in KEYS}


def test_at_most_twelve_units_and_all_of_them_counted():
    late = NOON - timedelta(days=3)
    states = [
        state(10 * unit + at, late, unit=f"unit-{unit:02}", due_at=late if at < unit else None, dispatched_at=late)
        for unit in range(15)
        for at in range(max(unit, 1))
    ]
    told = shown(view_of(states), NOON)["units"]
    assert told["total"] == 15
    assert len(told["rows"]) == MOST_UNITS
    assert [(row["unit"], row["open"], row["red"]) for row in told["rows"]] == [
        (f"unit-{unit:02}", unit, unit) for unit in range(14, 2, -1)
    ]


def test_of_units_with_equal_lights_the_fuller_goes_first_then_the_lower_code():
    def some(unit: str, first: int, n: int) -> list[State]:
        return [state(first + at, NOON, unit=unit) for at in range(n)]

    rows = shown(view_of([*some("b", 1, 2), *some("a", 10, 1), *some("", 20, 1), *some("c", 30, 3)]), NOON)["units"]
    assert [row["unit"] for row in rows["rows"]] == ["c", "b", "", "a"]


@given(st.permutations(range(30)))
@settings(max_examples=30, deadline=None)
def test_of_the_oldest_of_one_second_the_lower_id_goes_first(order: list[int]):
    states = [state(at + 1, NOON - timedelta(seconds=number // 10)) for at, number in enumerate(order)]
    expected = sorted(states, key=lambda one: (one.reported_at, one.id))[:OLDEST]
    assert [one["id"] for one in shown(view_of(states), NOON)["oldest"]] == [one.id for one in expected]


def test_nothing_open_is_empty_and_not_missing():
    told = shown(view_of([state(1, NOON, closed_at=NOON)]), NOON)
    assert told["deadlines"] == {"counts": [{"key": key, "count": 0} for key in KEYS]}
    assert (told["units"], told["oldest"]) == ({"total": 0, "rows": []}, [])


@given(histories(), st.data())
@settings(max_examples=60, deadline=None)
def test_rows_at_positions_are_those_rows_in_that_order(states: list[State], data: st.DataObject):
    view = view_of(states)
    start = data.draw(st.integers(0, len(view)))
    stop = data.draw(st.integers(start, len(view)))
    ids = view["id"]
    question = Question(NOON, NOON, NOON, CITY)
    for rows, mine in (
        (Rows(view, None, 5), ids),
        (Rows(view, slice(start, stop), 5), ids[start:stop]),
        (Rows(view, np.arange(start, stop)[::-1], 5), ids[start:stop][::-1]),
        (question.open(view), question.open(view)["id"]),
    ):
        asked = st.lists(st.integers(0, len(mine) - 1)) if len(mine) else st.just([])
        inside = np.array(data.draw(asked), dtype=np.intp)
        chosen = rows.at(inside)
        assert chosen["id"].tolist() == [int(mine[at]) for at in inside]
        assert chosen["reported_at"].tolist() == [int(rows["reported_at"][at]) for at in inside]
        assert (chosen.moment_s, chosen.rules, len(chosen)) == (rows.moment_s, rows.rules, len(inside))
