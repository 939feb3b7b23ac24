"""Intervals of shares: what a share seen in so many cases says about the place behind it."""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.errors import QueryInvalid

Bounds = tuple[NDArray[np.float64], NDArray[np.float64]]


def wilson(hits: ArrayLike, cases: ArrayLike, confidence: float = 0.95) -> Bounds:
    """Wilson's score interval of shares; it keeps its promise for few cases and for shares near 0 and 1.

    Parameters
    ----------
    hits, cases
        Whole numbers, ``0 <= hits <= cases``; arrays broadcast.
    confidence
        Between 0 and 1.

    Returns
    -------
    low, high
        float64, within 0 and 1; NaN where there are no cases.

    References
    ----------
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927), 209-212.
    """
    z = deviate(confidence)
    k, n = np.broadcast_arrays(np.asarray(hits, np.float64), np.asarray(cases, np.float64))
    known = n > 0
    n = np.where(known, n, np.nan)
    share, spread = k / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # At the ends the bound is exact; rounding must not say 99.99999 % of all of them.
    low, high = np.where(k == 0, 0.0, middle - half), np.where(k == n, 1.0, middle + half)
    return np.where(known, low, np.nan).clip(0, 1), np.where(known, high, np.nan).clip(0, 1)


def deviate(confidence: float) -> float:
    """Half the width of a two-sided interval of the normal distribution, in standard deviations.

    Raises
    ------
    QueryInvalid
        The confidence does not lie between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise QueryInvalid(
            f"the confidence is {confidence}: it must lie between 0 and 1, such as 0.95", confidence=confidence
        )
    return NormalDist().inv_cdf((1 + confidence) / 2)
