"""Numbers as JSON carries them: null where there is no data."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.stats.kpis import Kpi, KpiValues

# Enough for 99.87 %, and for incidents per square kilometre of a county.
_DECIMALS = 6


def number(value: float) -> float | None:
    """The value to six decimals; None for NaN."""
    return None if np.isnan(value) else round(float(value), _DECIMALS)


def numbers(values: NDArray[np.float64]) -> list[float | None]:
    """`number` for each value."""
    return [None if value != value else value for value in values.round(_DECIMALS).tolist()]  # NaN


def kpi_documents(asked: Kpi, values: KpiValues) -> list[dict[str, Any]]:
    """Value, numerator and denominator for each place; counts are whole numbers, durations have no denominator."""
    numerator = values.numerator.tolist()
    value = numerator if asked.unit == "count" else numbers(values.value)
    denominator = _denominators(asked, values)
    return [
        {"value": v, "numerator": n, "denominator": d} for v, n, d in zip(value, numerator, denominator, strict=True)
    ]


def _denominators(asked: Kpi, values: KpiValues) -> list[float | None] | list[int] | list[None]:
    if values.denominator is None:
        return [None] * len(values.value)
    if asked.unit == "ratio":
        return [int(one) for one in values.denominator.tolist()]
    return numbers(values.denominator)
