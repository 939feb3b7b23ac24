from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import QueryInvalid
from data.stats.measures.assessment import Assessment
from data.stats.measures.intervals import wilson
from data.stats.measures.kpis import KpiValues
from data.stats.measures.scores import Score, scored

HANDLING = Assessment.load("jiangyin").score("handling")
POINTS = {
    "handling_rate": 30, "on_time_handling_rate": 20, "rework_rate": -20, "overdue_pending_rate": -20,
    "extension_rate": -10,
}  # fmt: skip


def shares(*pairs: tuple[int, int]) -> list[KpiValues]:
    """Values of one place, a (numerator, denominator) for each KPI."""
    return [
        KpiValues(np.array([k / n if n else np.nan]), np.array([k]), np.array([float(n)])) for k, n in pairs
    ]  # fmt: skip


def slow(pairs: list[tuple[int, int]]) -> Fraction:
    """处置率×30 + 按期处置率×20 + (1−返工率)×20 + (1−超期待处置率)×20 + (1−延期率)×10, as it is written."""
    handled, on_time, reworked, pending, extended = (Fraction(k, n) for k, n in pairs)
    return handled * 30 + on_time * 20 + (1 - reworked) * 20 + (1 - pending) * 20 + (1 - extended) * 10


def test_form_is_the_published_one():
    assert HANDLING.formula == (
        "handling_rate * 30 + on_time_handling_rate * 20 + (1 - rework_rate) * 20 "
        "+ (1 - overdue_pending_rate) * 20 + (1 - extension_rate) * 10"
    )
    assert HANDLING.full == 100


def test_worked_by_hand():
    """处置率 98 %, 按期处置率 95 %, 返工率 2 %, 超期待处置率 1 %, 延期率 5 %: 29.4 + 19 + 19.6 + 19.8 + 9.5 = 97.3."""
    found = scored(HANDLING, shares((980, 1000), (950, 1000), (20, 1000), (10, 1000), (50, 1000)))
    assert found.value[0] == pytest.approx(97.3)
    assert found.sample[0] == 1000


def test_perfect_and_worst():
    assert scored(HANDLING, shares((9, 9), (9, 9), (0, 9), (0, 9), (0, 9))).value[0] == 100
    assert scored(HANDLING, shares((0, 9), (0, 9), (9, 9), (9, 9), (9, 9))).value[0] == 0


PAIRS = st.lists(
    st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=5, max_size=5
)


@given(PAIRS)
def test_equals_the_form_in_fractions(pairs: list[tuple[int, int]]):
    found = scored(HANDLING, shares(*pairs))
    assert found.value[0] == pytest.approx(float(slow(pairs)), abs=1e-8)
    assert 0 <= found.low[0] <= found.value[0] <= found.high[0] <= 100
    assert found.sample[0] == min(n for _, n in pairs)


@pytest.mark.parametrize("at", range(5))
def test_each_share_moves_the_score_its_own_way(at: int):
    """One hit more of 100 moves the score by the points of that share alone."""
    pairs = [(50, 100)] * 5
    more = [*pairs[:at], (51, 100), *pairs[at + 1 :]]
    moved = scored(HANDLING, shares(*more)).value[0] - scored(HANDLING, shares(*pairs)).value[0]
    assert moved == pytest.approx(list(POINTS.values())[at] / 100)


def test_nothing_of_nothing_is_no_score():
    found = scored(HANDLING, shares((3, 3), (3, 3), (0, 0), (0, 3), (0, 3)))
    assert np.isnan([found.value[0], found.low[0], found.high[0]]).all()
    assert found.sample[0] == 0


def test_the_points_of_what_is_missing_may_go_to_the_rest():
    score = Score("s", "分", "s", "test", {"handling_rate": 30, "rework_rate": 20}, "rescale")
    found = scored(score, shares((4, 5), (0, 0)))
    assert found.value[0] == pytest.approx(0.8 * 50)
    assert found.sample[0] == 5
    assert np.isnan(scored(score, shares((0, 0), (0, 0))).value[0])


def test_a_score_of_one_share_has_that_share_s_interval():
    score = Score("s", "分", "s", "test", {"handling_rate": 100})
    found = scored(score, shares((40, 50)))
    low, high = wilson(40, 50)
    assert (found.low[0], found.high[0]) == (pytest.approx(100 * low), pytest.approx(100 * high))


@pytest.mark.parametrize(
    ("points", "match"),
    [
        ({}, "no points"),
        ({"reported": 10}, "no share"),
        ({"service_share": 10}, "no share"),
        ({"handling_rate": 0}, "more than 0"),
        ({"handling_rate": float("nan")}, "more than 0"),
        ({"happiness": 1}, "no KPI"),
    ],
)
def test_points_that_cannot_be_are_refused(points: dict[str, float], match: str):
    with pytest.raises(QueryInvalid, match=match):
        Score("s", "分", "s", "test", points)
