"""Numbers as JSON carries them: null where there is no data."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.stats.kpis import Kpi, KpiValues

# Enough for 99.87 %, and for incidents per square kilometre of a county.
_DECIMALS = 6


def number(value: float) -> float | int | None:
    """A whole number as int, another rounded to six decimals, NaN as None."""
    if np.isnan(value):
        return None
    rounded = round(float(value), _DECIMALS)
    return int(rounded) if rounded.is_integer() else rounded


def numbers(values: NDArray[np.float64]) -> list[float | int | None]:
    """`number` for each value."""
    return [number(value) for value in values.tolist()]


def kpi_document(values: KpiValues, at: int = 0) -> dict[str, Any]:
    """Value, numerator and denominator of one place."""
    return {
        "value": number(values.value[at]),
        "numerator": int(values.numerator[at]),
        "denominator": None if values.denominator is None else number(values.denominator[at]),
    }


def kpi_entry(asked: Kpi, values: KpiValues, at: int = 0) -> dict[str, Any]:
    """One entry of a frame's ``kpis``."""
    return {"key": asked.key, **kpi_document(values, at)}
