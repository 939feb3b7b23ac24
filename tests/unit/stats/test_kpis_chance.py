"""The split by means against 70/20/10: equal to counting all outcomes out, and right as often as it says."""

from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.errors import QueryInvalid
from data.stats.measures.chance import TARGET, benjamini_hochberg, split_against

EXACT_TARGET = (Fraction(7, 10), Fraction(2, 10), Fraction(1, 10))


def slow_p(counts: tuple[int, int, int]) -> float:
    """The exact multinomial test in whole numbers."""
    total = sum(counts)

    def likelihood(split: tuple[int, int, int]) -> Fraction:
        ways = Fraction(factorial(total), factorial(split[0]) * factorial(split[1]) * factorial(split[2]))
        return ways * EXACT_TARGET[0] ** split[0] * EXACT_TARGET[1] ** split[1] * EXACT_TARGET[2] ** split[2]

    seen = likelihood(counts)
    every = [(a, b, total - a - b) for a in range(total + 1) for b in range(total + 1 - a)]
    return float(sum(p for split in every if (p := likelihood(split)) <= seen))


@given(st.tuples(*[st.integers(0, 14)] * 3))
@settings(deadline=None)
@example((7, 2, 1))
@example((0, 0, 1))
def test_few_cases_are_counted_out_exactly(counts: tuple[int, int, int]):
    split = split_against(np.array([counts]))
    if not sum(counts):
        assert np.isnan([split.p[0], split.distance[0], split.p_adjusted[0]]).all()
        assert not split.more_than_chance[0]
    else:
        assert split.p[0] == pytest.approx(slow_p(counts), rel=1e-6)
        share = [count / sum(counts) for count in counts]
        assert split.distance[0] == pytest.approx(sum(max(0, s - t) for s, t in zip(share, TARGET, strict=True)))


def test_many_cases_follow_chi_square():
    """Chi-square of (650, 230, 120) of 1,000: 50²/700 + 30²/200 + 20²/100 = 12.071; p with 2 degrees: 0.00239."""
    split = split_against(np.array([[650, 230, 120], [700, 200, 100]]))
    assert split.p == pytest.approx([0.002392, 1.0], abs=1e-6)
    assert split.distance == pytest.approx([0.05, 0.0])
    assert split.more_than_chance.tolist() == [True, False]


def test_both_ways_agree_where_one_takes_over_from_the_other():
    few, many = split_against(np.array([[30, 12, 7], [30, 12, 8]])).p
    assert few == pytest.approx(many, abs=0.12)


def test_one_case_proves_nothing_and_many_of_the_same_do():
    split = split_against(np.array([[0, 0, 1], [0, 0, 40], [1, 0, 0]]))
    assert split.more_than_chance.tolist() == [False, True, False]


def test_a_city_that_keeps_the_target_is_hardly_ever_accused():
    """1,557 grids that draw from 70/20/10: without the correction about 78 would be called out."""
    rng = np.random.default_rng(5)
    accused = [
        int(split_against(rng.multinomial(rng.integers(1, 120), TARGET, size=1557)).more_than_chance.sum())
        for _ in range(10)
    ]
    assert sum(accused) <= 5


def test_grids_that_are_different_are_found():
    rng = np.random.default_rng(6)
    kept, broken = rng.multinomial(100, TARGET, size=1500), rng.multinomial(100, (0.3, 0.3, 0.4), size=57)
    found = split_against(np.vstack([kept, broken])).more_than_chance
    assert found[1500:].all()
    assert found[:1500].sum() <= 10


@given(st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), max_size=30))
def test_correction_equals_its_definition(p: list[float]):
    known = sorted(value for value in p if value == value)
    expected = [
        min([1.0, *(known[j] * len(known) / (j + 1) for j in range(len(known)) if known[j] >= value)])
        if value == value
        else float("nan")
        for value in p
    ]
    assert benjamini_hochberg(np.array(p)) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("target", [(0.7, 0.3), (0.7, 0.3, 0.0), (0.7, 0.2, 0.2), (0.8, 0.4, -0.2)])
def test_a_target_that_is_no_split_is_refused(target: tuple[float, ...]):
    with pytest.raises(QueryInvalid, match="three shares"):
        split_against(np.array([[1, 1, 1]]), target)
