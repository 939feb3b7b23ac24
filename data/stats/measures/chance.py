"""Whether a split by means is farther from 70/20/10 than chance would bring it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.errors import QueryInvalid
from data.words import MEANS, MEANS_TARGET

TARGET: Final = tuple(MEANS_TARGET[means] for means in MEANS)
# Below so many cases expected of the rarest kind, outcomes are counted out one by one.
_FEWEST_EXPECTED: Final = 5.0
# Outcomes as likely as the one seen count as such, whatever the last bit says.
_AS_LIKELY: Final = 1e-9
FALSE_DISCOVERIES: Final = 0.05


@dataclass(frozen=True, eq=False)
class Split:
    """How places split what they closed, against a target.

    Attributes
    ----------
    counts
        int64, shape ``(places, kinds)``.
    distance
        float64: the share of the cases that would have to be of another kind to meet the target (half the sum of the
        absolute differences of the shares), 0 to 1; NaN without cases.
    p
        float64: how likely chance alone brings a split as unlikely as this one, were the target true; NaN without.
    p_adjusted
        float64: the same, corrected for looking at all these places at once (Benjamini and Hochberg).
    more_than_chance
        bool: among the places called so, at most one in twenty is expected to be called so wrongly.
    """

    counts: NDArray[np.int64]
    distance: NDArray[np.float64]
    p: NDArray[np.float64]
    p_adjusted: NDArray[np.float64]
    more_than_chance: NDArray[np.bool_]


def split_against(counts: NDArray[np.int64], target: Sequence[float] = TARGET) -> Split:
    """Compare splits with a target.

    Parameters
    ----------
    counts
        int64, shape ``(places, 3)``.
    target
        Three shares, each more than 0, that add up to 1.

    Raises
    ------
    QueryInvalid
        The target is no such split.
    """
    wanted = _checked(target)
    total = counts.sum(axis=1)
    known = total > 0
    share = counts / np.maximum(total, 1)[:, None]
    distance = np.where(known, np.abs(share - wanted).sum(axis=1) / 2, np.nan)
    p = np.full(len(counts), np.nan)
    expected = total * wanted.min()
    few, many = known & (expected < _FEWEST_EXPECTED), expected >= _FEWEST_EXPECTED
    p[few] = [_exact(tuple(row), tuple(wanted.tolist())) for row in counts[few].tolist()]
    # The chi-square distribution with two degrees of freedom is an exponential one.
    p[many] = np.exp(-_chi_square(counts[many], total[many], wanted) / 2)
    adjusted = benjamini_hochberg(p)
    return Split(counts, distance, p, adjusted, adjusted <= FALSE_DISCOVERIES)


def benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """P-values corrected for how many were looked at; NaN stays NaN and counts for nothing.

    References
    ----------
    Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, J. R. Stat. Soc. B 57 (1995), 289-300.
    """
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    if len(known):
        order = known[np.argsort(p[known], kind="stable")]
        scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
        adjusted[order] = np.minimum.accumulate(scaled[::-1])[::-1].clip(max=1.0)
    return adjusted


def _checked(target: Sequence[float]) -> NDArray[np.float64]:
    wanted = np.asarray(target, np.float64)
    if wanted.shape != (3,) or not (wanted > 0).all() or not math.isclose(wanted.sum(), 1.0, abs_tol=1e-9):
        raise QueryInvalid(
            f"the target is {list(target)}: give three shares, each more than 0, that add up to 1", target=list(target)
        )
    return wanted


def _chi_square(
    counts: NDArray[np.int64], total: NDArray[np.int64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    expected = total[:, None] * wanted
    return np.asarray(((counts - expected) ** 2 / expected).sum(axis=1))


def _exact(counts: tuple[int, ...], wanted: tuple[float, ...]) -> float:
    """Sum of the probabilities of all outcomes that are not more likely than this one."""
    likelihood = _outcomes(sum(counts), wanted)
    seen = likelihood[counts[0], counts[1]]
    return float(min(1.0, likelihood[likelihood <= seen * (1 + _AS_LIKELY)].sum()))


@lru_cache(maxsize=128)
def _outcomes(total: int, wanted: tuple[float, ...]) -> NDArray[np.float64]:
    """Probability of each outcome, by the counts of the first two kinds; 0 where there is none."""
    log_factorial = np.array([math.lgamma(n + 1) for n in range(total + 1)])
    first, second = np.meshgrid(np.arange(total + 1), np.arange(total + 1), indexing="ij")
    third = total - first - second
    possible = third >= 0
    rest = np.where(possible, third, 0)
    log_p = log_factorial[total] - log_factorial[first] - log_factorial[second] - log_factorial[rest]
    log_p += first * math.log(wanted[0]) + second * math.log(wanted[1]) + rest * math.log(wanted[2])
    return np.where(possible, np.exp(log_p), 0.0)
