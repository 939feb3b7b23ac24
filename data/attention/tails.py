"""Exact tails of counts, and which of many findings stand once it is said how many were looked at."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_log_gamma = np.frompyfunc(math.lgamma, 1, 1)

# Beyond this shape a negative binomial is a Poisson to more digits than its logarithm of gamma has.
_POISSON_SHAPE: Final = 1e7
# Terms this much smaller than their sum change nothing any more.
_NEGLIGIBLE: Final = 1e-17


def count_tail(count: ArrayLike, mean: ArrayLike, shape: ArrayLike = np.inf) -> Floats:
    """How likely so many or more are: P(N >= count), summed term by term, with no approximation by a normal.

    Parameters
    ----------
    count
        Whole numbers, at least 0.
    mean
        Of N, at least 0.
    shape
        Of the gamma its rate is drawn from: N is negative binomial with the variance ``mean + mean² / shape``;
        infinity is Poisson. More than 0.

    Returns
    -------
    float64 of the common shape of the arguments; empty for empty arguments.
    """
    wanted = (np.asarray(one, dtype=np.float64) for one in (count, mean, shape))
    n, m, r = np.broadcast_arrays(*wanted)
    tail = np.where(n <= 0, 1.0, 0.0)
    asked = (n > 0) & (m > 0)
    n, m, r = n[asked], m[asked], np.minimum(r[asked], np.inf)
    poisson = r >= _POISSON_SHAPE
    r = np.where(poisson, 1.0, r)
    upper = n > m
    start = np.where(upper, n, n - 1)
    first = np.exp(np.where(poisson, _log_poisson(start, m), _log_negative_binomial(start, m, r)))
    success = np.where(poisson, 1.0, m / (m + r))

    def above(k: Floats) -> Floats:
        """The term after k, relative to the one at k."""
        return np.asarray(np.where(poisson, m, (k + r) * success) / (k + 1))

    def below(k: Floats) -> Floats:
        """The term before k, relative to the one at k."""
        # At 0 nothing is left, and the divisor may be 0.
        return np.asarray(k / np.where(k == 0, 1.0, np.where(poisson, m, (k - 1 + r) * success)))

    high = _summed(start, np.where(upper, first, 0.0), above, +1)
    low = _summed(start, np.where(upper, 0.0, first), below, -1)
    tail[asked] = np.where(upper, high, 1.0 - low).clip(0.0, 1.0)
    return tail


def binomial_tail(count: ArrayLike, trials: ArrayLike, chance: ArrayLike) -> Floats:
    """P(N >= count) of a binomial, summed term by term for ``0 < chance < 1``; as `count_tail` otherwise."""
    wanted = (np.asarray(one, dtype=np.float64) for one in (count, trials, chance))
    n, of, p = np.broadcast_arrays(*wanted)
    log_ways = _lgamma(of + 1) - _lgamma(n + 1) - _lgamma(np.maximum(of - n, 0) + 1)
    first = np.where(n > of, 0.0, np.exp(log_ways + n * np.log(p) + (of - n) * np.log1p(-p)))
    odds = p / (1 - p)
    total = _summed(n, first, lambda k: np.asarray((np.maximum(of - k, 0) / (k + 1)) * odds), +1)
    return np.asarray(np.where(n <= 0, 1.0, total.clip(0.0, 1.0)))


def adjusted(p: ArrayLike, tests: ArrayLike, families: int) -> Floats:
    """Correct for looking at many things at once: the smallest rate of false discoveries at which each one stands.

    The step-up procedure of Benjamini and Hochberg (J. R. Stat. Soc. B 57, 1995, 289), with weights that give each
    family (a level, a window, categories singly or together) the same share of the error, however many tests it holds
    (Genovese, Roeder and Wasserman, Biometrika 93, 2006, 509): else the 17 towns would pay for the 1,557 grids below
    them. Counts of nested grids depend on each other positively, and there the procedure holds (Benjamini and
    Yekutieli, Ann. Stat. 29, 2001, 1165). When nothing at all is the matter, the chance that anything is found at a
    look is no more than the rate.

    Parameters
    ----------
    p
        Of those tests that could be findings; all others count as 1.
    tests
        How many tests the family of each holds, those not given included.
    families
        How many families there are.

    Returns
    -------
    float64, shape of `p`, not capped at 1.
    """
    score = np.asarray(p, dtype=np.float64) * np.asarray(tests, dtype=np.float64) * families
    order = np.argsort(score, kind="stable")
    ranked = score[order] / np.arange(1, len(score) + 1)
    found = np.empty(len(score))
    found[order] = np.minimum.accumulate(ranked[::-1])[::-1]
    return found


def _lgamma(values: Floats) -> Floats:
    return np.asarray(_log_gamma(values), dtype=np.float64)


def _log_poisson(k: Floats, mean: Floats) -> Floats:
    return np.asarray(k * np.log(mean) - mean - _lgamma(k + 1))


def _log_negative_binomial(k: Floats, mean: Floats, shape: Floats) -> Floats:
    ways = _lgamma(k + shape) - _lgamma(shape) - _lgamma(k + 1)
    return np.asarray(ways - shape * np.log1p(mean / shape) + k * (np.log(mean) - np.log(mean + shape)))


def _summed(start: Floats, first: Floats, ratio: Callable[[Floats], Floats], step: int) -> Floats:
    """Sum of the terms from `start` on, up or down, until they no longer matter."""
    total, term, k = first.copy(), first.copy(), np.array(start)
    while np.any(term > _NEGLIGIBLE * total):
        # Going down ends at 0, whose ratio is 0.
        term = term * ratio(k)
        k = np.maximum(k + step, 0)
        total += term
    return total
