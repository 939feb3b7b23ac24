"""What a supervisor looks at: how much time is left, whose lights are on, what has been open longest."""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any, Final

import numpy as np

from data.stats.measures.measures import Measure, end_of_clock, light_is_red, light_is_yellow
from data.stats.measures.places import Places
from data.stats.measures.rows import Mask, Rows
from data.stats.mirror.mirror import MISSING, MirrorView
from data.stats.mirror.seconds import from_seconds
from data.stats.picture.incidents_shown import described

OLDEST: Final = 12
MOST_UNITS: Final = 12
_HOUR_S: Final = 3_600
_DAY_S: Final = 24 * _HOUR_S


def _ending(since_s: float, until_s: float) -> Callable[[Rows], Mask]:
    """Whether the running clock ends in ``[since, until)`` seconds from the moment."""

    def holds(rows: Rows) -> Mask:
        end = end_of_clock(rows).astype(np.int64)
        left = end - rows.moment_s
        return np.asarray((end != MISSING) & (left >= since_s) & (left < until_s))

    return holds


def _stopped(rows: Rows) -> Mask:
    return np.asarray(end_of_clock(rows) == MISSING)


# Every open incident is in one of them, and only in one; those past their end are the red lights.
DEADLINE_MEASURES: Final = (
    Measure("overdue_long", None, _ending(-np.inf, -_DAY_S), "open, and past its deadline by more than a day"),
    Measure("overdue_day", None, _ending(-_DAY_S, 0), "open, and past its deadline by at most a day"),
    Measure("due_4h", None, _ending(0, 4 * _HOUR_S), "open, and its running clock ends within 4 hours"),
    Measure("due_24h", None, _ending(4 * _HOUR_S, _DAY_S), "open, and its running clock ends in 4 to 24 hours"),
    Measure("due_later", None, _ending(_DAY_S, np.inf), "open, and its running clock ends in a day or later"),
    Measure("no_clock", None, _stopped, "open, and no clock runs: suspended, or without a deadline"),
)


def deadlines_panel(still: Rows) -> dict[str, Any]:
    """How many of the open incidents end when: ``{"counts": [{"key", "count"}]}``, one for each deadline measure."""
    counts = [int(np.count_nonzero(one.holds(still))) if one.holds else len(still) for one in DEADLINE_MEASURES]
    return {"counts": [{"key": one.name, "count": n} for one, n in zip(DEADLINE_MEASURES, counts, strict=True)]}


def units_panel(view: MirrorView, still: Rows, names: Mapping[str, str]) -> dict[str, Any]:
    """Open incidents and lights of each unit, most red ones first, then most yellow, then most open.

    Returns
    -------
    ``total``, the number of units that have anything open; ``rows``, at most `MOST_UNITS`: ``unit``, its code ("" =
    not dispatched yet), ``name`` (None where the register does not know it), ``open, yellow, red``.
    """
    words = view.words["unit"]
    unit = still["unit"].astype(np.intp)
    size = len(words)
    count = np.bincount(unit, minlength=size)
    red = np.bincount(unit[light_is_red(still)], minlength=size)
    yellow = np.bincount(unit[light_is_yellow(still)], minlength=size)
    order = np.lexsort((np.array(words, dtype=object).astype(str), -count, -yellow, -red))
    there = order[count[order] > 0]
    rows = [
        {
            "unit": words[at],
            "name": names.get(words[at]),
            "open": int(count[at]),
            "yellow": int(yellow[at]),
            "red": int(red[at]),
        }
        for at in there[:MOST_UNITS]
    ]
    return {"total": len(there), "rows": rows}


def oldest(
    view: MirrorView,
    still: Rows,
    *,
    places: Places,
    categories: Mapping[str, tuple[str, str]],
    names: Mapping[str, str],
    zone: tzinfo,
    limit: int = OLDEST,
) -> list[dict[str, Any]]:
    """The incidents open longest, the oldest first; of those reported in the same second, the lower id first.

    As `described`, and besides ``due``: the end of the running clock, None where none runs; ``unit`` and
    ``unit_name`` as in `units_panel`.
    """
    reported = still["reported_at"]
    chosen = np.arange(len(still))
    if len(still) > limit:
        chosen = np.flatnonzero(reported <= np.partition(reported, limit - 1)[limit - 1])
    chosen = chosen[np.lexsort((still["id"][chosen], reported[chosen]))][:limit]
    rows = still.at(chosen)
    ends = end_of_clock(rows).tolist()
    units = [view.words["unit"][code] for code in rows["unit"].tolist()]
    told = described(view, rows, places=places, categories=categories, zone=zone)
    return [
        {
            **one,
            "due": None if end == MISSING else from_seconds(end, zone).isoformat(),
            "unit": unit,
            "unit_name": names.get(unit),
        }
        for one, end, unit in zip(told, ends, units, strict=True)
    ]
