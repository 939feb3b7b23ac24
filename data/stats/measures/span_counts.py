"""How many incidents have a time in a span, or were open at a moment: numbers for which no row has to be looked at.

Of each zone the times of a column are kept in order, so that a count is two searches in a few zones. That holds for the
whole city, which every screen asks for; a part of it, or a filter, looks at the rows.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.stats.measures.rows import Seen, alive_rows, span_rows
from data.stats.mirror.mirror import MISSING, MirrorView
from data.stats.mirror.zones import ZONE_ROWS

_ENDED: Final = "ended"


def span_counts(view: MirrorView, seen: Seen, column: str, limits: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the seen rows have their time in `column` between each limit and the next one.

    Parameters
    ----------
    limits
        Seconds, shape ``(spans, limits)``, each row ascending; a limit itself belongs to what follows it.

    Returns
    -------
    int64, shape ``(spans, limits - 1)``.
    """
    # Limits of the time type: searching with a wider type would convert all of the times.
    bounds = np.minimum(np.maximum(limits, -MISSING), MISSING).astype(np.int32)
    if seen.arrays is not None:
        return np.array([_looked_up(view, seen, column, span) for span in bounds]).reshape(
            len(limits), limits.shape[1] - 1
        )
    zones, before = view.zones, np.zeros(bounds.shape, np.int64)
    touched = (zones.first[column] < bounds[:, -1:]) & (zones.last[column] >= bounds[:, :1])
    for span, zone in zip(*(found.tolist() for found in np.nonzero(touched)), strict=True):
        before[span] += _ordered(view, column, zone).searchsorted(bounds[span])
    return before[:, 1:] - before[:, :-1]


def _looked_up(view: MirrorView, seen: Seen, column: str, span: NDArray[np.int32]) -> NDArray[np.int64]:
    times = view[column][span_rows(view, seen, column, int(span[0]), int(span[-1]))]
    return np.bincount(np.searchsorted(span, times, side="right") - 1, minlength=len(span) - 1)


def open_counts(view: MirrorView, seen: Seen, moments: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the seen rows were open at each of the moments, which are ascending."""
    if seen.arrays is not None:
        return np.array([len(alive_rows(view, seen, at, at)) for at in moments.tolist()])
    zones, at = view.zones, moments.astype(np.int32)
    counts = np.zeros(len(at), np.int64)
    moved = zones.alive(int(at[0]), int(at[-1]))
    for zone in moved.tolist():
        counts += _ordered(view, "reported_at", zone).searchsorted(at, side="right")
        counts -= _ordered(view, _ENDED, zone).searchsorted(at, side="right")
    apart = np.zeros(len(zones.stamps), dtype=bool)
    apart[moved] = True
    still = np.sort(view.open_columns["reported_at"][~apart[zones.open // ZONE_ROWS]])
    return counts + still.searchsorted(at, side="right")


def _ordered(view: MirrorView, column: str, zone: int) -> NDArray[np.int32]:
    """The times of a zone in order, the missing ones last."""
    key, stamp = ("in order", column, zone), int(view.zones.stamps[zone])
    found = view.zone_findings.get(key, stamp)
    if found is None:
        found = view.zone_findings.put(key, stamp, np.sort(_times(view, column, zone)))
    return found


def _times(view: MirrorView, column: str, zone: int) -> NDArray[np.int32]:
    rows = slice(zone * ZONE_ROWS, (zone + 1) * ZONE_ROWS)
    if column != _ENDED:
        return np.asarray(view[column][rows])
    # What ended before it began was never open.
    ended = np.minimum(view["closed_at"][rows], view["voided_at"][rows])
    return np.asarray(np.maximum(ended, view["reported_at"][rows]))
