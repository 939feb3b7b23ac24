"""Tails of counts against slow sums of exact terms, and which findings stand against the definition."""

import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from data.attention.tails import adjusted, binomial_tail, count_tail

MEANS = st.floats(0.001, 60)


def slow_negative_binomial(count: int, mean: Fraction, shape: int) -> Fraction:
    """P(N >= count) in exact fractions, for a whole shape."""
    success = mean / (mean + shape)
    below = sum((math.comb(k + shape - 1, k) * success**k * (1 - success) ** shape for k in range(count)), Fraction(0))
    return 1 - below


@given(st.integers(0, 40), st.fractions(Fraction(1, 50), 30, max_denominator=50), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_negative_binomial_tail_is_exact(count: int, mean: Fraction, shape: int) -> None:
    slow = float(slow_negative_binomial(count, mean, shape))
    assert count_tail(count, float(mean), shape) == pytest.approx(slow, rel=1e-9, abs=1e-15)


@given(st.integers(0, 150), MEANS)
@settings(max_examples=100, deadline=None)
def test_poisson_tail_is_that_of_scipy(count: int, mean: float) -> None:
    assert count_tail(count, mean) == pytest.approx(scipy.stats.poisson.sf(count - 1, mean), rel=1e-9)


@given(st.integers(0, 150), MEANS, st.floats(0.3, 1e4))
@settings(max_examples=100, deadline=None)
def test_negative_binomial_tail_is_that_of_scipy(count: int, mean: float, shape: float) -> None:
    theirs = scipy.stats.nbinom.sf(count - 1, shape, shape / (shape + mean))
    assert count_tail(count, mean, shape) == pytest.approx(theirs, rel=1e-7)


@given(st.integers(0, 30), st.integers(0, 60), st.floats(0.001, 0.95))
@settings(max_examples=100, deadline=None)
def test_binomial_tail_is_that_of_scipy(count: int, trials: int, chance: float) -> None:
    theirs = scipy.stats.binom.sf(count - 1, trials, chance)
    assert binomial_tail(count, trials, chance) == pytest.approx(theirs, rel=1e-8, abs=1e-300)


def test_tails_far_out_are_not_zero() -> None:
    assert count_tail(30, 0.1) == pytest.approx(scipy.stats.poisson.sf(29, 0.1), rel=1e-9)
    assert 0 < count_tail(30, 0.1) < 1e-60


def test_tails_of_nothing() -> None:
    assert count_tail([], []).shape == (0,)
    assert count_tail([0, 1], 0.0).tolist() == [1.0, 0.0]
    assert adjusted([], [], 1).shape == (0,)


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0.001, 0.5))
def test_what_stands_is_what_the_step_up_procedure_finds(p: list[float], rate: float) -> None:
    """Written again from the definition: the most findings k whose largest value is at most rate times k over all."""
    tests = 40
    ranked = sorted(p)
    stands = max((k for k in range(1, len(p) + 1) if ranked[k - 1] * tests <= rate * k), default=0)
    highest = ranked[stands - 1] if stands else -1.0
    found = adjusted(p, np.full(len(p), tests), 1) <= rate
    assert found.tolist() == [one <= highest for one in p]


def test_a_small_family_does_not_pay_for_a_large_one() -> None:
    town, leaf = adjusted([1e-6, 1e-6], [17, 1557], 2)
    # Step-up: the second's rank is two.
    assert (town, leaf) == (pytest.approx(1e-6 * 17 * 2), pytest.approx(1e-6 * 1557 * 2 / 2))
