"""The loops that touch every row, compiled; they hold no lock of the interpreter.

Compiled code is kept beside the source (or in the user's cache), so only the first start pays for it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.compiled import kept

Ints = NDArray[np.int32]
Positions = NDArray[np.intp]

_MISSING = np.iinfo(np.int32).max
# Eight counters of one byte travel in a word; one that has reached its top bit is emptied.
_LANES = 8
_TOP_BITS = np.uint64(0x8080808080808080)
_BATCH_ROWS = 2048
_ALL = np.empty(0, dtype=np.uint8)


def rows_in_span(
    times: Ints, zones: Positions, zone_rows: int, since_s: int, until_s: int, seen: tuple[Any, ...] | None
) -> Positions:
    """Positions of the times in ``[since_s, until_s)`` in these zones, ascending as the zones do.

    `seen` is what `Seen.arrays` says; None where every row may be looked at.
    """
    found = _rows_in_span(times, zones, zone_rows, since_s, until_s)
    return found if seen is None or not len(found) else np.asarray(_seen_of(found, *seen))


def rows_alive(
    times: tuple[Ints, Ints, Ints], zones: Positions, zone_rows: int, since_s: int, until_s: int,
    seen: tuple[Any, ...] | None,
) -> Positions:  # fmt: skip
    """Positions in these zones of what was reported by `until_s`, and neither closed nor voided by `since_s`.

    `times` are the columns reported, closed, voided.
    """
    found = _rows_alive(*times, zones, zone_rows, since_s, until_s)
    return found if seen is None or not len(found) else np.asarray(_seen_of(found, *seen))


def seen_of(rows: Positions, seen: tuple[Any, ...]) -> Positions:
    """Those of the rows that may be looked at."""
    return np.asarray(_seen_of(rows, *seen)) if len(rows) else rows


def tally(leaf: Ints, masks: NDArray[np.bool_], counted: NDArray[np.bool_] | None, cells: NDArray[np.int64]) -> None:
    """Add to ``cells[mask, leaf + 1]`` the number of `counted` rows (None: all) in the leaf for which the mask is true.

    `masks` has the shape ``(masks, rows)``, `cells` ``(masks, leaves + 1)``.
    """
    _tally(leaf, masks.view(np.uint8), _ALL if counted is None else counted.view(np.uint8), cells)


def seconds_between(
    start: Ints, end: Ints, leaf: Ints, rows: Positions, lo: int, hi: int, *, unlocated: bool
) -> NDArray[np.int64]:
    """Seconds from start to end of those rows that have both, in that order, and lie in ``[lo, hi)``, or in none.

    Old logs hold steps told to lie before the step they follow: nobody knows how long those took.
    """
    return np.asarray(_seconds_between(start, end, leaf, rows, lo, hi, unlocated))


def order_statistics(parts: Sequence[NDArray[np.int64]], ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    """The values at these positions (0 = the least) in ascending order of all parts, each of which is in order itself.

    A value is found by halving the range it may lie in, and asking each part how many of its values are below.
    """
    parts = [part for part in parts if len(part)]
    lowest, highest = min(part[0] for part in parts), max(part[-1] for part in parts)
    ends = np.cumsum([len(part) for part in parts])
    return np.asarray(_order_statistics(np.concatenate(parts), ends, lowest, highest, ranks))


def zone_bounds(times: Ints, zones: Positions, zone_rows: int, first: Ints, last: Ints) -> None:
    """Write the earliest and the latest known time of each zone; where none is known, a span that meets no other."""
    _zone_bounds(times, zones, zone_rows, first, last)


@kept
def _rows_in_span(times, zones, zone_rows, since_s, until_s):  # type: ignore[no-untyped-def]  # compiled
    found = np.empty(len(zones) * zone_rows, np.intp)
    size = 0
    for zone in zones:
        start = zone * zone_rows
        for i in range(start, min(start + zone_rows, len(times))):
            found[size] = i
            size += (times[i] >= since_s) & (times[i] < until_s)
    return found[:size]


@kept
def _rows_alive(reported, closed, voided, zones, zone_rows, since_s, until_s):  # type: ignore[no-untyped-def]
    found = np.empty(len(zones) * zone_rows, np.intp)
    size = 0
    for zone in zones:
        start = zone * zone_rows
        for i in range(start, min(start + zone_rows, len(reported))):
            found[size] = i
            size += (reported[i] <= until_s) & (closed[i] > since_s) & (voided[i] > since_s)
    return found[:size]


@kept
def _seen_of(  # type: ignore[no-untyped-def]  # compiled
    rows, leaf, lo, hi, unlocated, inside, category, categories, source, sources, unit, units
):
    found = np.empty(len(rows), np.intp)
    size = 0
    for row in rows:
        found[size] = row
        at = leaf[row]
        ok = ((at >= lo) & (at < hi)) | (unlocated & (at < 0))
        ok &= len(inside) == 0 or inside[at]
        ok &= len(categories) == 0 or categories[category[row]]
        ok &= len(sources) == 0 or sources[source[row]]
        ok &= len(units) == 0 or units[unit[row]]
        size += ok
    return found[:size]


@kept
def _tally(leaf, masks, counted, cells):  # type: ignore[no-untyped-def]  # compiled
    count, rows = masks.shape
    words = np.empty(_BATCH_ROWS, np.uint64)
    sums = np.empty(cells.shape[1], np.uint64)
    for first in range(0, count, _LANES):
        lanes = min(_LANES, count - first)
        sums[:] = 0
        for start in range(0, rows, _BATCH_ROWS):
            size = min(_BATCH_ROWS, rows - start)
            words[:size] = 0
            for lane in range(lanes):
                mask = masks[first + lane]
                shift = np.uint64(8 * lane)
                for i in range(size):
                    words[i] |= np.uint64(mask[start + i]) << shift
            if len(counted):
                for i in range(size):
                    words[i] *= np.uint64(counted[start + i])
            for i in range(size):
                at = leaf[start + i] + 1
                sums[at] += words[i]
                if sums[at] & _TOP_BITS:
                    _empty(sums, at, cells, first, lanes)
        for at in range(len(sums)):
            if sums[at]:
                _empty(sums, at, cells, first, lanes)


@kept
def _empty(sums, at, cells, first, lanes):  # type: ignore[no-untyped-def]  # compiled
    word = sums[at]
    sums[at] = 0
    for lane in range(lanes):
        cells[first + lane, at] += np.int64((word >> np.uint64(8 * lane)) & np.uint64(255))


@kept
def _zone_bounds(times, zones, zone_rows, first, last):  # type: ignore[no-untyped-def]  # compiled
    for zone in zones:
        low, high = np.int32(_MISSING), np.int32(-_MISSING)
        start = zone * zone_rows
        for i in range(start, min(start + zone_rows, len(times))):
            low = min(low, times[i])
            high = max(high, times[i] if times[i] != _MISSING else np.int32(-_MISSING))
        first[zone], last[zone] = low, high


def add_up(sums: NDArray[np.uint16], pieces: Positions, cells: NDArray[np.int64]) -> None:
    """Add the rows `pieces` of `sums`, shape ``(pieces, leaves + 1)``, to `cells`, shape ``(leaves + 1,)``."""
    _add_up(sums, pieces, cells)


@kept
def _add_up(sums, pieces, cells):  # type: ignore[no-untyped-def]  # compiled
    for piece in pieces:
        for at in range(len(cells)):
            cells[at] += sums[piece, at]


@kept
def _seconds_between(start, end, leaf, rows, lo, hi, unlocated):  # type: ignore[no-untyped-def]  # compiled
    found = np.empty(len(rows), np.int64)
    size = 0
    for row in rows:
        at = leaf[row]
        found[size] = np.int64(end[row]) - np.int64(start[row])
        timed = (start[row] != _MISSING) & (end[row] != _MISSING) & (end[row] >= start[row])
        size += timed & (((at >= lo) & (at < hi)) | (unlocated & (at < 0)))
    return found[:size]


@kept
def _order_statistics(values, ends, lowest, highest, ranks):  # type: ignore[no-untyped-def]  # compiled
    found = np.empty(len(ranks), np.int64)
    for at, rank in enumerate(ranks):
        low, high = lowest, highest
        while low < high:
            middle = (low + high) >> 1
            below, start = 0, 0
            for end in ends:
                below += np.searchsorted(values[start:end], middle, side="right")
                start = end
            if below > rank:
                high = middle
            else:
                low = middle + 1
        found[at] = low
    return found
