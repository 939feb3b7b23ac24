from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.access.scope import Scope
from data.errors import QueryInvalid
from data.incidents.model import State
from data.stats.measures.counting import count
from data.stats.measures.measures import MEASURES, level_measures, select, within_level_measures
from data.stats.measures.places import level_places
from data.stats.measures.rows import CountingRules
from tests.unit.stats import slow
from tests.unit.stats.cities import (
    CITY,
    LEAVES,
    NOON,
    asked,
    histories,
    history,
    make_system,
    state,
    view_of,
    whole_seconds,
)

EVERY = (*MEASURES, *level_measures(3), *within_level_measures(3))
SYSTEM = make_system()


def test_names_are_unique():
    names = Counter(measure.name for measure in EVERY)
    assert names.most_common(1)[0][1] == 1


DEFINITIONS = st.fixed_dictionaries(
    {
        "yellow_share": st.sampled_from([0.0, 0.2, 1.0]),
        "suspended_is_due": st.booleans(),
        "self_handled_is_sent_up": st.booleans(),
        "neutral_is_satisfied": st.booleans(),
        "dispatch_within_s": st.sampled_from([1, 3600, 7200, 86_400, 2**31 - 1]),
    }
)


@given(histories(), asked(), DEFINITIONS)
@settings(max_examples=150, deadline=None)
def test_every_measure_equals_the_slow_computation_per_leaf(
    states: list[State], question: dict[str, Any], definitions: dict[str, Any]
):
    rules = CountingRules(**definitions)
    counts = count(view_of(states), **question, scope=CITY, measures=EVERY, rules=rules)
    expected = Counter(
        (name, one.leaf) for one in map(whole_seconds, states) for name in slow.measures(one, **question, **definitions)
    )
    found = Counter()
    for row, name in enumerate(counts.names):
        found[name, -1] = int(counts.unlocated[row])
        for leaf in range(LEAVES):
            found[name, leaf] = int(counts.by_leaf[row, leaf])
    assert +found == expected


def test_random_histories_reach_every_measure():
    """Else the test above would prove less than it says."""
    span = {"since": NOON - timedelta(hours=30), "until": NOON + timedelta(hours=30)}
    reached = set()
    for one in map(whole_seconds, history(1, 1000)):
        reached |= slow.measures(one, moment=NOON + timedelta(hours=20), **span)
    assert reached == {measure.name for measure in EVERY}


SLICES = st.lists(st.tuples(st.integers(0, LEAVES), st.integers(0, LEAVES)), max_size=3)


@given(histories(), asked(), SLICES, st.booleans(), st.data())
@settings(max_examples=100, deadline=None)
def test_scope_category_and_source_limit_everything(
    states: list[State], question: dict[str, Any], slices: list[tuple[int, int]], unlocated: bool, data: st.DataObject
):
    scope = Scope.of(slices, "screen", unlocated=unlocated)
    category = data.draw(st.sampled_from([None, "0101", ("0101", ""), "none such", ()]))
    source = data.draw(st.sampled_from([None, "grid", ("grid", "12345")]))
    chosen = [
        one
        for one in states
        if scope.sees(one.leaf)
        and (category is None or one.category == category or (category != "" and one.category in tuple(category)))
        and (source is None or one.source in ((source,) if isinstance(source, str) else source))
    ]
    view = view_of(states)
    limited = count(view, **question, scope=scope, category=category, source=source, measures=EVERY)
    alone = count(view_of(chosen), **question, scope=CITY, measures=EVERY)
    assert (limited.by_leaf == alone.by_leaf).all()
    assert (limited.unlocated == alone.unlocated).all()


@given(histories(), asked())
@settings(max_examples=50, deadline=None)
def test_sums_over_leaves_are_villages_are_towns_are_the_city(states: list[State], question: dict[str, Any]):
    counts = count(view_of(states), **question, scope=CITY, measures=EVERY)
    for row, name in enumerate(counts.names):
        sums = set()
        for level in range(1, SYSTEM.depth + 1):
            places = level_places(SYSTEM, level)
            sums.add(int(counts.of(name, places.lo, places.hi).sum()) + int(counts.unlocated[row]))
        assert sums == {counts.total(name)}


@given(histories(), asked())
@settings(max_examples=50, deadline=None)
def test_a_frame_of_the_past_does_not_know_what_came_later(states: list[State], question: dict[str, Any]):
    """Erase all steps after the moment: nothing may change."""
    moment = question["moment"]

    def then(one: State) -> State | None:
        if one.reported_at > moment:
            return None
        times = {
            name: None for name in slow.TIME_COLUMNS
            if not name.startswith(("due", "clock")) and (t := getattr(one, name)) is not None and t > moment
        }  # fmt: skip
        if times:
            # Which clock ran then is in the log, not in the state.
            times |= {"clock_due_at": None, "clock_yellow_at": None}
        values = {name: getattr(one, name) for name in State.__dataclass_fields__} | times | {"stage": None}
        return state(values.pop("id"), values.pop("reported_at"), **values)

    known = [kept for one in map(whole_seconds, states) if (kept := then(one)) is not None]
    now = count(view_of(states), **question, scope=CITY, measures=EVERY)
    then_counts = count(view_of(known), **question, scope=CITY, measures=EVERY)
    assert (now.prefix == then_counts.prefix).all()
    assert (now.unlocated == then_counts.unlocated).all()


def test_selected_measures_count_the_same():
    states = [state(1, NOON), state(2, NOON, leaf=3)]
    span = {"moment": NOON, "since": NOON, "until": NOON.replace(hour=13)}
    few = count(view_of(states), **span, scope=CITY, measures=select("reported", "open"))
    assert few.names == ("reported", "open")
    assert few.total("reported") == few.total("open") == 2
    with pytest.raises(QueryInvalid, match="'closed' was not counted"):
        few.total("closed")


def test_an_empty_mirror_counts_nothing():
    counts = count(view_of([]), moment=NOON, since=NOON, until=NOON, scope=CITY)
    assert counts.by_leaf.shape == (len(MEASURES), LEAVES)
    assert not counts.by_leaf.any()


def test_a_moment_without_offset_is_refused():
    with pytest.raises(QueryInvalid, match="no offset"):
        count(view_of([]), moment=NOON.replace(tzinfo=None), since=NOON, until=NOON, scope=CITY)


def test_a_span_that_ends_before_it_begins_is_refused():
    with pytest.raises(QueryInvalid, match="before it begins"):
        count(view_of([]), moment=NOON, since=NOON, until=NOON.replace(hour=11), scope=CITY)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_yellow_share_that_is_none_is_refused(share: float):
    with pytest.raises(QueryInvalid, match="yellow share"):
        CountingRules(yellow_share=share)


@pytest.mark.parametrize("seconds", [0, -1, 2**31])
def test_a_time_for_a_dispatch_that_is_none_is_refused(seconds: int):
    with pytest.raises(QueryInvalid, match="time for a dispatch"):
        CountingRules(dispatch_within_s=seconds)
