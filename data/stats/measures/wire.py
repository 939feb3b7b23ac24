"""Numbers as JSON carries them: null where there is no data."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.stats.measures.kpis import WHOLES, Kpi, KpiValues, rounded_shares

# Enough for 99.87 %, and for incidents per square kilometre of a county.
_DECIMALS = 6


def number(value: float) -> float | None:
    """The value to six decimals; None for NaN."""
    return None if np.isnan(value) else round(float(value), _DECIMALS)


def numbers(values: NDArray[np.float64]) -> list[float | None]:
    """`number` for each value."""
    return [None if value != value else value for value in values.round(_DECIMALS).tolist()]  # NaN


def kpi_documents(asked: Sequence[Kpi], found: Sequence[KpiValues]) -> list[list[dict[str, Any]]]:
    """For each KPI its value, numerator and denominator for each place.

    Counts are whole numbers, durations have no denominator. KPIs that share out one whole are rounded together: they
    add up to 1 where all of them are asked for.
    """
    values = [numbers(one.value) for one in found]
    at = {one.key: place for place, one in enumerate(asked)}
    for whole in WHOLES:
        if all(key in at for key in whole):
            for key, rounded in zip(whole, rounded_shares([found[at[key]] for key in whole], _DECIMALS), strict=True):
                values[at[key]] = numbers(rounded)
    return [_documents(*each) for each in zip(asked, found, values, strict=True)]


def _documents(asked: Kpi, values: KpiValues, told: list[float | None]) -> list[dict[str, Any]]:
    numerator = values.numerator.tolist()
    value = numerator if asked.unit == "count" else told
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
