"""Quantiles of the hours between two steps, per place."""

import numpy as np
from numpy.typing import NDArray

from data.errors import QueryInvalid
from data.stats.counting import Counts
from data.stats.kpis import Kpi, KpiValues, evaluate
from data.stats.measures import MEASURES
from data.stats.mirror import MISSING, MirrorView
from data.stats.places import Places
from data.stats.question import Question

_SECONDS_PER_HOUR = 3600.0
_VALUE_BITS = 32
_VALUE_MASK = 2**_VALUE_BITS - 1


def answer(asked: Kpi, view: MirrorView, counts: Counts, places: Places, question: Question) -> KpiValues:
    """Any KPI, per place: from the counts, or for durations from the rows themselves."""
    if asked.between is None:
        return evaluate(asked, counts, places)
    return hours_between(asked, view, places, question)


def hours_between(asked: Kpi, view: MirrorView, places: Places, question: Question) -> KpiValues:
    """A duration KPI: the quantile, by linear interpolation, over the incidents that have both times.

    Returns
    -------
    `value` in hours, NaN where no incident was timed; `numerator` is the number of incidents timed.
    """
    if asked.between is None:
        raise QueryInvalid(f"{asked.key} is not a duration", kpi=asked.key)
    column = next(measure.placed_by for measure in MEASURES if measure.name == asked.numerator)
    if column is None:
        raise QueryInvalid(f"{asked.key} times a stock, which has no time", kpi=asked.key)
    rows = question.placed(view, column)
    start, end = rows[asked.between[0]], rows[asked.between[1]]
    place = places.of_leaves(rows["leaf"])
    timed = (place >= 0) & (start != MISSING) & (end != MISSING)
    seconds = end[timed].astype(np.int64) - start[timed]
    value, sizes = group_quantile(place[timed], seconds, len(places), asked.quantile)
    return KpiValues(value / _SECONDS_PER_HOUR, sizes, None)


def group_quantile(
    group: NDArray[np.intp], values: NDArray[np.int64], groups: int, quantile: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Quantile of the values of each group, by linear interpolation as `numpy.quantile`, and the groups' sizes.

    NaN for a group without values. Values must span less than 2**32.
    """
    sizes = np.bincount(group, minlength=groups)
    result = np.full(groups, np.nan)
    if len(values):
        lowest = values.min()
        # Group and value in one number: sorting one array is several times faster than ordering by two.
        ordered = (np.sort((group.astype(np.int64) << _VALUE_BITS) + (values - lowest)) & _VALUE_MASK) + lowest
        filled = sizes > 0
        first = (np.cumsum(sizes) - sizes)[filled]
        at = quantile * (sizes[filled] - 1)
        below = np.floor(at).astype(np.intp)
        above = np.minimum(below + 1, sizes[filled] - 1)
        low, high = ordered[first + below], ordered[first + above]
        result[filled] = low + (high - low) * (at - below)
    return result, sizes
