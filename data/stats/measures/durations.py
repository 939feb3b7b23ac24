"""Quantiles of the hours between two steps, per place."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.errors import QueryInvalid
from data.stats.measures.counting import Counts
from data.stats.measures.kpis import Kpi, KpiValues, evaluate
from data.stats.measures.measures import MEASURES
from data.stats.measures.places import Places
from data.stats.measures.question import Question
from data.stats.mirror.kernels import Positions, order_statistics, rows_in_span, seconds_between
from data.stats.mirror.mirror import MISSING, MirrorView
from data.stats.mirror.zones import ZONE_ROWS

_SECONDS_PER_HOUR = 3600.0
_VALUE_BITS = 32
_VALUE_MASK = 2**_VALUE_BITS - 1


def answer(asked: Kpi, view: MirrorView, counts: Counts, places: Places, question: Question) -> KpiValues:
    """Any KPI, per place: from the counts, or for durations from the rows themselves."""
    return answers((asked,), view, counts, places, question)[0]


def answers(
    asked: Sequence[Kpi], view: MirrorView, counts: Counts, places: Places, question: Question
) -> list[KpiValues]:
    """Several KPIs, per place; durations between the same steps are ordered once for all their quantiles."""
    together: dict[tuple[str, tuple[str, str]], list[int]] = {}
    found: dict[int, KpiValues] = {}
    for at, one in enumerate(asked):
        if one.between is None:
            found[at] = evaluate(one, counts, places)
        else:
            together.setdefault((one.numerator, one.between), []).append(at)
    for (measure, between), positions in together.items():
        quantiles = [asked[at].quantile for at in positions]
        found.update(zip(positions, _timed(measure, between, quantiles, view, places, question), strict=True))
    return [found[at] for at in range(len(asked))]


def _timed(
    measure: str,
    between: tuple[str, str],
    quantiles: Sequence[float],
    view: MirrorView,
    places: Places,
    question: Question,
) -> list[KpiValues]:
    """Quantiles, by linear interpolation, of the hours between two steps, over the incidents that have both in turn."""
    column = next(one.placed_by for one in MEASURES if one.name == measure)
    if column is None:
        raise QueryInvalid(f"{measure!r} is a stock, which has no time to measure from", measure=measure)
    if len(places) == 1:
        parts = _seconds_of_one(view, question, column, between, places)
        values, sizes = _quantiles(parts, quantiles)[:, None], np.array([sum(map(len, parts))])
    else:
        rows = question.placed(view, column)
        start, end = rows[between[0]], rows[between[1]]
        place = places.of_leaves(rows["leaf"])
        # Old logs hold steps told to lie before the step they follow: nobody knows how long those took.
        timed = (place >= 0) & (start != MISSING) & (end != MISSING) & (end >= start)
        seconds = end[timed].astype(np.int64) - start[timed]
        values, sizes = group_quantiles(place[timed], seconds, len(places), quantiles)
    return [KpiValues(value / _SECONDS_PER_HOUR, sizes, None) for value in values]


def _seconds_of_one(
    view: MirrorView, question: Question, column: str, between: tuple[str, str], places: Places
) -> list[NDArray[np.int64]]:
    """The durations in a single place, in parts that are in order; those of whole zones of the city are found once."""
    lo, hi, unlocated = int(places.lo[0]), int(places.hi[0]), places.unlocated
    columns, zones, span = (view[between[0]], view[between[1]], view["leaf"]), view.zones, question.known_span_s
    seen, touched = question.seen(view), view.zones.touched(column, *span)

    def look(some: Positions) -> NDArray[np.int64]:
        rows = rows_in_span(view[column], some, ZONE_ROWS, *span, seen.arrays)
        return np.sort(seconds_between(*columns, rows, lo, hi, unlocated=unlocated))

    if seen.arrays is not None or not (unlocated and lo <= 0 and hi >= view.leaf_count):
        return [look(touched)]
    whole = zones.within(column, *span)[touched]
    found = [look(touched[~whole])]
    for zone in touched[whole].tolist():
        key, stamp = ("seconds", column, between, zone), int(zones.stamps[zone])
        kept = view.zone_findings.get(key, stamp)
        found.append(view.zone_findings.put(key, stamp, look(np.array([zone]))) if kept is None else kept)
    return found


def group_quantiles(
    group: NDArray[np.intp], values: NDArray[np.int64], groups: int, quantiles: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Quantiles of the values of each group, by linear interpolation as `numpy.quantile`, and the groups' sizes.

    Returns
    -------
    quantiles
        float64, shape ``(quantiles, groups)``; NaN for a group without values. Values must span less than 2**32.
    sizes
        int64, shape ``(groups,)``.
    """
    sizes = np.bincount(group, minlength=groups)
    result = np.full((len(quantiles), groups), np.nan)
    if len(values):
        lowest = values.min()
        # Group and value in one number: sorting one array is several times faster than ordering by two.
        ordered = (np.sort((group.astype(np.int64) << _VALUE_BITS) + (values - lowest)) & _VALUE_MASK) + lowest
        filled = sizes > 0
        first = (np.cumsum(sizes) - sizes)[filled]
        for row, quantile in zip(result, quantiles, strict=True):
            at = quantile * (sizes[filled] - 1)
            below = np.floor(at).astype(np.intp)
            above = np.minimum(below + 1, sizes[filled] - 1)
            low, high = ordered[first + below], ordered[first + above]
            row[filled] = low + (high - low) * (at - below)
    return result, sizes


def _quantiles(parts: Sequence[NDArray[np.int64]], quantiles: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles, by linear interpolation, of values in parts that are in order; NaN where there are none."""
    size = sum(map(len, parts))
    if not size:
        return np.full(len(quantiles), np.nan)
    at = np.array(quantiles) * (size - 1)
    below = np.floor(at).astype(np.int64)
    low, high = order_statistics(parts, np.concatenate([below, np.minimum(below + 1, size - 1)])).reshape(2, -1)
    return np.asarray(low + (high - low) * (at - below))
