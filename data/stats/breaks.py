"""Class breaks for a map's colours that stay put from frame to frame."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

CLASSES: Final = 6
_DIGITS = 2


def class_breaks(
    values: NDArray[np.float64], previous: Sequence[float] | None = None, classes: int = CLASSES
) -> list[float]:
    """Ascending bounds between colour classes: a value's class is the number of bounds not above it.

    Quantiles of the values above zero, rounded to two significant digits; equal ones are one. The previous bounds are
    kept until one of the new ones has moved by more than a class, so that colours mean the same from frame to frame.

    Parameters
    ----------
    values
        NaN is left out.
    previous
        Bounds of the frame before; None for the first.

    Returns
    -------
    At most ``classes - 1`` bounds; none where no value is above zero and there are no previous ones.
    """
    above = values[np.isfinite(values) & (values > 0)]
    if not len(above):
        return list(previous or [])
    quantiles = np.quantile(above, np.arange(1, classes) / classes)
    fresh = sorted({_rounded(value) for value in quantiles.tolist()})
    return list(previous) if previous and _near(previous, fresh) else fresh


def classes_of(values: NDArray[np.float64], breaks: Sequence[float]) -> list[int | None]:
    """Class of each value, from 0; None for NaN."""
    found = np.searchsorted(np.asarray(breaks, dtype=np.float64), values, side="right")
    return [None if missing else int(one) for one, missing in zip(found, np.isnan(values), strict=True)]


def _near(previous: Sequence[float], fresh: Sequence[float]) -> bool:
    if len(previous) != len(fresh):
        return False
    ladder = [previous[0] / 2, *previous, previous[-1] * 2]
    return all(low <= value <= high for low, value, high in zip(ladder, fresh, ladder[2:], strict=True))


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
