"""Rounded shares of one whole that still add up to the whole: the method of the largest remainder."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

# A count times this many units fits into eight bytes for every count below nine thousand millions.
_MOST_DECIMALS: Final = 9


def shares_of(parts: ArrayLike, decimals: int) -> NDArray[np.float64]:
    """Share of each part in the sum of the parts, rounded so that the shares add up to exactly 1.

    Each share is cut to `decimals`; what is missing to 1 goes, one unit of the last decimal each, to the parts that
    lost most by the cut, and of those that lost equally to the first.

    Parameters
    ----------
    parts
        0 or more, shape ``(…, parts)``; counts are divided exactly, other weights as well as floats can.
    decimals
        Decimals of the shares, 0 to 9; 3 is one decimal of a percentage.

    Returns
    -------
    float64, the shape of `parts`; NaN where the sum is 0, which has no shares.

    Examples
    --------
    >>> shares_of([1, 1, 1], 3).tolist()
    [0.334, 0.333, 0.333]
    """
    given = np.asarray(parts)
    if not 0 <= decimals <= _MOST_DECIMALS:
        raise ValueError(f"{decimals} decimals: give 0 to {_MOST_DECIMALS}")
    whole = 10**decimals
    total = given.sum(axis=-1, keepdims=True)
    divisor = np.where(total > 0, total, 1)
    if np.issubdtype(given.dtype, np.integer):
        scaled = given.astype(np.int64) * whole
        units, lost = scaled // divisor, scaled % divisor
    else:
        exact = given / divisor * whole
        units = np.floor(exact).astype(np.int64)
        lost = exact - units
    missing = whole - units.sum(axis=-1, keepdims=True)
    place = np.argsort(np.argsort(-lost, axis=-1, kind="stable"), axis=-1, kind="stable")
    return np.where(total > 0, (units + (place < missing)) / whole, np.nan)
