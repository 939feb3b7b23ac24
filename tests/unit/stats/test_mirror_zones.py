"""Zones and kept sums: the same numbers, whatever is passed over and whatever was counted before."""

import dataclasses
import itertools
from collections import Counter
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.access.scope import Scope
from data.incidents.model import State
from data.stats.measures import counting, durations, rows
from data.stats.measures import span_counts as span_counts_module
from data.stats.measures.counting import count
from data.stats.measures.counting_rules import CountingRules
from data.stats.measures.kpi_rows import kpi_rows
from data.stats.measures.measures import MEASURES, level_measures, within_level_measures
from data.stats.measures.question import Question
from data.stats.measures.rows import Seen, alive_rows, latest_rows, span_rows
from data.stats.measures.span_counts import open_counts, span_counts
from data.stats.mirror import kernels, mirror, zones
from data.stats.mirror.mirror import MISSING, Mirror, MirrorView
from data.stats.mirror.seconds import to_seconds
from data.stats.mirror.zones import Zones
from tests.unit.stats import slow
from tests.unit.stats.cities import (
    CITY,
    LEAVES,
    NOON,
    asked,
    histories,
    history,
    make_edition,
    make_system,
    state,
    view_of,
    whole_seconds,
)

EDITION = make_edition(make_system())
EVERY = (*MEASURES, *level_measures(3), *within_level_measures(3))
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FAR = NOON + timedelta(days=400)


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Zones of three rows and pieces of two zones, so that a few incidents fill many."""
    for module in (zones, rows, counting, mirror, span_counts_module, durations):
        monkeypatch.setattr(module, "ZONE_ROWS", 3)
    for module in (zones, counting):
        monkeypatch.setattr(module, "PIECE_ZONES", 2)


def slowly(states: list[State], **question: Any) -> dict[str, Counter[int]]:
    found: dict[str, Counter[int]] = {measure.name: Counter() for measure in EVERY}
    for one in map(whole_seconds, states):
        for name in slow.measures(one, **question):
            if name in found:
                found[name][one.leaf] += 1
    return found


def same_counts(view: MirrorView, states: list[State], **question: Any) -> None:
    counts = count(view, **question, scope=CITY, measures=EVERY)
    expected = slowly(states, **question)
    for row, measure in enumerate(EVERY):
        by_leaf = [expected[measure.name][leaf] for leaf in range(LEAVES)]
        assert counts.by_leaf[row].tolist() == by_leaf, measure.name
        assert counts.unlocated[row] == expected[measure.name][-1], measure.name


@given(histories(), asked())
@RELAXED
def test_counts_by_zones_equal_the_slow_computation(states: list[State], question: dict[str, Any]):
    same_counts(view_of(states), states, **question)


@given(histories(), asked(), st.integers(0, 2**32))
@RELAXED
def test_what_was_counted_before_never_shows_in_what_is_counted_later(
    states: list[State], question: dict[str, Any], seed: int
):
    """Years in one question, so that pieces are kept; then another moment, then changed and added incidents."""
    following = Mirror(LEAVES)
    following.apply(100, slow.columns_of(states))
    everything = {"moment": FAR, "since": NOON - timedelta(days=400), "until": FAR}
    before = following.view()
    for asks in (everything, question, everything):
        same_counts(before, states, **asks)
    others = {one.id: one for one in history(seed, len(states) + 4)}
    moved = {i: dataclasses.replace(others[i], seq=200 + i) for i in others if i % 3 == 0 or i > len(states)}
    following.apply(1000, slow.columns_of(moved.values()))
    now = list({**{one.id: one for one in states}, **moved}.values())
    for asks in (everything, question):
        same_counts(following.view(), now, **asks)
        same_counts(before, states, **asks)


@given(histories(), st.sampled_from(["grid", "12345", "none"]), st.integers(0, LEAVES), st.integers(0, LEAVES))
@RELAXED
def test_scope_and_filter_after_everything_was_counted(states: list[State], source: str, lo: int, hi: int):
    everything = {"moment": FAR, "since": NOON - timedelta(days=400), "until": FAR}
    view = view_of(states)
    count(view, **everything, scope=CITY, measures=EVERY)
    scope = Scope.of([(min(lo, hi), max(lo, hi))], "leader")
    counts = count(view, **everything, scope=scope, source=source, measures=EVERY)
    seen = [one for one in states if one.source == source and scope.sees(one.leaf)]
    expected = slowly(seen, **everything)
    assert {name: counts.total(name) for name in expected} == {name: n.total() for name, n in expected.items()}


def test_no_flow_depends_on_the_moment_once_all_times_are_past():
    """What kept sums rest on: a measure that asked how long ago something was could not be kept."""
    states = history(11, 400)
    flows = [one for one in EVERY if one.placed_by is not None]
    span = {"since": NOON - timedelta(days=400), "until": NOON + timedelta(days=50), "scope": CITY, "measures": flows}
    early, late = (count(view_of(states), moment=moment, **span) for moment in (NOON + timedelta(days=60), FAR))
    np.testing.assert_array_equal(early.prefix, late.prefix)
    np.testing.assert_array_equal(early.unlocated, late.unlocated)


def test_a_measure_asks_for_the_same_columns_whether_there_are_rows_or_not():
    """What is learnt from no rows must hold for many: a way round for special rows would not be seen."""
    view = view_of(history(12, 300))
    for measure in EVERY:
        for rules in (
            CountingRules(),
            CountingRules(suspended_is_due=True, self_handled_is_sent_up=True, neutral_is_satisfied=True),
        ):
            looked = rows.Rows(view, np.arange(len(view)), to_seconds(NOON), rules)
            if measure.holds is not None:
                measure.holds(looked)
            assert counting.times_asked(measure, rules) == looked.asked & {*slow.TIME_COLUMNS}, measure.name


@given(histories(), st.integers(0, 40), st.randoms(use_true_random=False))
@RELAXED
def test_zones_that_followed_equal_zones_made_at_once(states: list[State], cut: int, rng):
    rng.shuffle(states)
    following = Mirror(LEAVES)
    following.apply(50, slow.columns_of(states[:cut]))
    moved = [dataclasses.replace(one, seq=100 + i, voided_at=NOON) for i, one in enumerate(states[:cut:3])]
    following.apply(500, slow.columns_of([*moved, *states[cut:]]))
    found, expected = following.view().zones, Zones.of(following.view().columns)
    assert found.size == expected.size
    for name in found.first:
        np.testing.assert_array_equal(found.first[name], expected.first[name])
        np.testing.assert_array_equal(found.last[name], expected.last[name])
    for name in ("ended", "open"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert len(found.stamps) == len(expected.stamps)


@given(histories(), st.sampled_from(["reported_at", "closed_at", "voided_at", "due_at"]), asked(), st.booleans())
@RELAXED
def test_chosen_rows_equal_those_of_masks(states: list[State], column: str, question: dict[str, Any], filtered: bool):
    view = view_of(states)
    seen = Seen.by(view, Scope.of([(2, 9)], "leader", unlocated=True), "0101") if filtered else Seen(None)
    leaf = view["leaf"]
    words = np.array([*view.categories, ""], dtype=object)[view["category"]]
    allowed = ((leaf < 0) | ((leaf >= 2) & (leaf < 9))) & (words == "0101") if filtered else leaf >= -1
    since, until, moment = (to_seconds(question[name]) for name in ("since", "until", "moment"))
    times = view[column]
    in_span = (times >= since) & (times < until) & (times != MISSING) & allowed
    assert span_rows(view, seen, column, since, until).tolist() == np.flatnonzero(in_span).tolist()
    limits = np.sort(np.array([since, until, moment, moment]))
    spans = np.array([limits, limits[[0, 0, 1, 3]]])
    assert span_counts(view, seen, column, spans).tolist() == [
        [
            np.count_nonzero((times >= low) & (times < high) & (times != MISSING) & allowed)
            for low, high in itertools.pairwise(span.tolist())
        ]
        for span in spans
    ]
    end = np.minimum(view["closed_at"], view["voided_at"])
    alive = (view["reported_at"] <= until) & (end > since) & allowed
    assert alive_rows(view, seen, since, until).tolist() == np.flatnonzero(alive).tolist()
    known = np.flatnonzero((view["reported_at"] <= moment) & allowed)
    newest = latest_rows(view, seen, moment, 4)
    assert set(newest.tolist()) <= set(known.tolist())
    by_time = sorted(view["reported_at"][known].tolist())[-4:]
    assert sorted(view["reported_at"][newest].tolist())[-4:] == by_time
    assert open_counts(view, seen, limits).tolist() == [
        np.count_nonzero(allowed & (view["reported_at"] <= at) & (end > at)) for at in limits
    ]


@given(histories(), st.integers(0, 40), asked())
@RELAXED
def test_every_kpi_of_the_city_is_right_while_zones_change(states: list[State], cut: int, question: dict[str, Any]):
    """What was found in a zone is forgotten when a row of it changes."""
    following, moved = Mirror(LEAVES), NOON - timedelta(minutes=7)
    later = [dataclasses.replace(one, seq=100 + i, claimed_at=moved) for i, one in enumerate(states[::3])]
    known: dict[int, State] = {}
    for seq, some in ((50, states[:cut]), (500, [*states[cut:], *later])):
        following.apply(seq, slow.columns_of({one.id: one for one in some}.values()))
        known |= {one.id: whole_seconds(one) for one in some}
        expected = slow.kpis([*known.values()], area_km2=1.0, population=None, **question)
        for _ in range(2):
            asking = Question(**question, scope=CITY)
            total = kpi_rows(following.view(), edition=EDITION, level=1, question=asking)["total"]["kpis"]
            for key, (value, numerator) in expected.items():
                assert total[key]["numerator"] == numerator, key
                if not key.endswith("per_km2"):
                    assert total[key]["value"] == (value if value is None else pytest.approx(value, abs=1e-6)), key


@given(
    st.lists(st.one_of(st.integers(-5, 5), st.integers(-(2**31), 2**32)), min_size=1, max_size=60),
    st.lists(st.integers(0, 59), min_size=1, max_size=5),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_order_statistics_are_those_of_the_ordered_values(values: list[int], ranks: list[int], cuts: list[int]):
    ranks = [rank % len(values) for rank in ranks]
    parts = [np.sort(part) for part in np.split(np.array(values, np.int64), sorted(cuts))]
    assert kernels.order_statistics(parts, np.array(ranks)).tolist() == [sorted(values)[rank] for rank in ranks]


def test_a_busy_leaf_is_counted_beyond_what_a_byte_holds():
    rng = np.random.default_rng(3)
    leaf = rng.choice([-1, 0, 0, 0, 5], 5000).astype(np.int32)
    masks, counted = rng.random((11, 5000)) < 0.7, rng.random(5000) < 0.5
    for some in (None, counted):
        cells = np.ones((11, 7), dtype=np.int64)
        kernels.tally(leaf, masks, some, cells)
        chosen = masks if some is None else masks & some
        expected = [np.bincount(leaf[mask] + 1, minlength=7) + 1 for mask in chosen]
        np.testing.assert_array_equal(cells, expected)


def test_a_month_of_a_long_history_touches_few_zones():
    states = [
        state(i + 1, NOON - timedelta(days=300 - i), closed_at=NOON - timedelta(days=299 - i)) for i in range(300)
    ]
    found = view_of(states).zones
    since, until = (to_seconds(NOON - timedelta(days=days)) for days in (30, 0))
    assert len(found.touched("reported_at", since, until)) <= 12
    assert len(found.touched("voided_at", since, until)) == 0
    assert len(found.open) == 0
