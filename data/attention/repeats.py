"""Repeated complaints at a place: the same category, again and again, over some weeks."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.attention.alert import Alert, matter_of
from data.attention.past_reports import DAY_S, PastReports
from data.attention.tails import adjusted, binomial_tail
from data.stats.mirror.mirror import MirrorView
from data.stats.mirror.seconds import from_seconds
from data.stats.picture.usual import CityClock
from geo.grids import GridSystem
from geo.h3_cells import cells

SPAN_DAYS: Final = 28
# Orders and, because a burst of calls about one thing is not a thing that comes back, the days they were given on.
FEWEST_ORDERS: Final = 4
FEWEST_DAYS: Final = 3
# H3 cells of this resolution have edges of about 76 m: a courtyard, a crossing, a stretch of street.
CELL_RESOLUTION: Final = 10
FALSE_DISCOVERIES: Final = 0.02
_RED_ORDERS: Final = 8

Ints = NDArray[np.int64]


def repeats(view: MirrorView, system: GridSystem, past: PastReports, clock: CityClock) -> list[Alert]:
    """Find places with more orders of a category than the category's share of what is reported there anyway.

    A place is an H3 cell, or the leaf, where a report tells no position. Given how many reports the place had, and the
    category's share in the city, the orders are binomial; the tail is exact, and corrected for all pairs of a place
    and a category that had any.
    """
    chosen = past.within(past.moment_s - SPAN_DAYS * DAY_S, past.moment_s)
    chosen = slice(chosen.start, chosen.stop)
    place = _places(view, past, chosen)
    known = np.flatnonzero(place != 0)
    if not len(known):
        return []
    category, day = past.category[chosen][known], (past.time_s[chosen][known] + past.offset_s) // DAY_S
    _, of_place, totals = np.unique(place[known], return_inverse=True, return_counts=True)
    width = len(past.categories)
    pairs, of_pair, orders = np.unique(of_place * width + category, return_inverse=True, return_counts=True)
    share = (np.bincount(category, minlength=width) / len(known))[pairs % width]
    different = _different(of_pair, day, len(pairs))
    tested = np.flatnonzero((orders >= FEWEST_ORDERS) & (different >= FEWEST_DAYS) & (share < 1))
    total = totals[pairs[tested] // width]
    p = adjusted(binomial_tail(orders[tested], total, share[tested]), len(pairs), 1)
    found = []
    for at in np.flatnonzero(p <= FALSE_DISCOVERIES):
        pair = tested[at]
        rows = past.row[chosen][known[of_pair == pair]]
        expected = float(total[at] * share[pair])
        found.append(_alert(view, system, clock, rows, expected, int(different[pair]), int(total[at]), float(p[at])))
    return found


def _places(view: MirrorView, past: PastReports, chosen: slice) -> NDArray[np.uint64]:
    """The cell of each, or a number of its leaf that is no cell; 0 for neither."""
    rows = past.row[chosen]
    lon, lat = view["lon"][rows].astype(np.float64), view["lat"][rows].astype(np.float64)
    place = (past.leaf[chosen] + 1).astype(np.uint64)
    there = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    place[there] = cells(lon[there], lat[there], CELL_RESOLUTION)
    return place


def _different(of_pair: NDArray[np.intp], day: Ints, pairs: int) -> Ints:
    """On how many days each pair occurs."""
    first = day.min()
    width = int(day.max() - first) + 1
    return np.bincount(np.unique(of_pair * width + (day - first)) // width, minlength=pairs)


def _alert(
    view: MirrorView,
    system: GridSystem,
    clock: CityClock,
    rows: NDArray[np.intp],
    expected: float,
    days: int,
    total: int,
    p_adjusted: float,
) -> Alert:
    leaves, counts = np.unique(view["leaf"][rows], return_counts=True)
    leaf = int(leaves[counts.argmax()])
    grid = system.grid_at(system.depth, leaf).id if leaf >= 0 else None
    category = view.categories[int(view["category"][rows[0]])]
    lon, lat = float(view["lon"][rows[0]]), float(view["lat"][rows[0]])
    positioned = np.isfinite(lon) and np.isfinite(lat)
    cell = f"{int(cells(np.array([lon]), np.array([lat]), CELL_RESOLUTION)[0]):x}" if positioned else ""
    base: dict[str, Any] = {
        "span_days": SPAN_DAYS,
        "place_reports": total,
        "p_adjusted": p_adjusted,
        "cell": cell or None,
        "lon": round(float(view["lon"][rows].mean()), 6) if positioned else None,
        "lat": round(float(view["lat"][rows].mean()), 6) if positioned else None,
        "incidents": view["id"][rows].tolist(),
    }
    return Alert(
        kind="repeat",
        matter=matter_of("repeat", grid if not cell else None, category, cell),
        grid=grid,
        lo=leaf if leaf >= 0 else -1,
        hi=leaf + 1 if leaf >= 0 else view.leaf_count,
        category=category,
        since=from_seconds(int(view["reported_at"][rows].min()), clock.zone),
        count=len(rows),
        expected=round(expected, 3),
        base=base,
        reason="repeated_at_place",
        values={"count": len(rows), "days": days, "span_days": SPAN_DAYS},
        severity="red" if len(rows) >= _RED_ORDERS else "yellow",
    )
