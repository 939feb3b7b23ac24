"""Class breaks for a map's colours that stay put from frame to frame."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context
from typing import Final

import numpy as np
from numpy.typing import NDArray

CLASSES: Final = 6
_DIGITS = 2


def class_breaks(
    values: NDArray[np.float64], previous: Sequence[float] | None = None, classes: int = CLASSES
) -> list[float]:
    """Ascending edges of colour classes: class ``i`` is ``[breaks[i], breaks[i + 1])``, the last with its upper end.

    The bounds between classes are quantiles of the values above zero, rounded to two significant digits; equal ones
    are one. The outer edges enclose all values; where amounts begin at nothing, the first is 0. The previous bounds are
    kept until one has moved by more than a class, so that colours mean the same from frame to frame; the outer edges
    then only move apart.

    Parameters
    ----------
    values
        NaN is left out.
    previous
        Edges of the frame before; None for the first.

    Returns
    -------
    Two to ``classes + 1`` edges. Where no value is above zero, the previous ones, or one class from 0 to 1; none
    where there is no value at all.
    """
    known = values[np.isfinite(values)]
    above = known[known > 0]
    if not len(above):
        return list(previous or ([0.0, 1.0] if len(known) else []))
    # Values that occur: between counts of 1 and 2 there is nothing a class could hold.
    quantiles = np.quantile(above, np.arange(1, classes) / classes, method="inverted_cdf")
    bounds = {_rounded(value) for value in quantiles.tolist()}
    low = 0.0 if known.min() <= 0 else _rounded(float(known.min()), ROUND_FLOOR)
    high = _rounded(float(known.max()), ROUND_CEILING)
    fresh = [low, *sorted(bound for bound in bounds if low < bound < high), high]
    if len(fresh) == 2 and low == 0 < high:
        # A few equal amounts among nothing: they must not look like nothing.
        half = _rounded(float(above.min()) / 2)
        fresh = [low, half, high] if low < half < high else fresh
    if previous and _near(previous[1:-1], fresh[1:-1], previous):
        return [min(previous[0], low), *previous[1:-1], max(previous[-1], high)]
    return fresh if high > low else [0.0, high]


def classes_of(values: NDArray[np.float64], breaks: Sequence[float]) -> list[int | None]:
    """Class of each value, from 0; None for NaN."""
    found = np.searchsorted(np.asarray(breaks[1:-1], dtype=np.float64), values, side="right")
    return [None if missing else int(one) for one, missing in zip(found, np.isnan(values), strict=True)]


def _near(kept: Sequence[float], fresh: Sequence[float], edges: Sequence[float]) -> bool:
    """Whether each new bound lies between the neighbours of the old one."""
    if len(kept) != len(fresh):
        return False
    if not kept:
        return True
    ladder = [edges[0], *kept, max(edges[-1], 2 * kept[-1])]
    return all(low <= value <= high for low, value, high in zip(ladder, fresh, ladder[2:], strict=False))


def _rounded(value: float, rounding: str = ROUND_HALF_EVEN) -> float:
    """To two significant digits; in decimals, so that an edge is never a hair on the wrong side of its value."""
    return float(Context(prec=_DIGITS, rounding=rounding).create_decimal(repr(value)))
