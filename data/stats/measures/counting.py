"""Counting measures: one pass over the mirror, all leaves and so all grids of all levels at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import count as count_up
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.access.scope import Scope
from data.errors import QueryInvalid
from data.stats.measures.measures import MEASURES, Measure
from data.stats.measures.rows import COUNTING_RULES, CountingRules, Filter, Mask, Rows, Seen, open_rows
from data.stats.mirror.kernels import Positions, rows_in_span, tally
from data.stats.mirror.mirror import TIME_COLUMNS, Mirror, MirrorView
from data.stats.mirror.seconds import MISSING, to_seconds
from data.stats.mirror.zones import PIECE_ZONES, ZONE_ROWS

__all__ = ["Counts", "Filter", "count"]

Cells = NDArray[np.int64]

_DEADLINES: Final = frozenset({"due_at", "due_claim_at", "clock_due_at", "clock_yellow_at"})
# Rows stand close together where there are at most so many from the first to the last for each that counts.
_CLOSE: Final = 3
_numbers = count_up()


@dataclass(frozen=True, eq=False)
class Counts:
    """How often each measure holds, per leaf.

    Attributes
    ----------
    names
        The measures, in the order of the first axis below.
    prefix
        int64, shape ``(measures, leaves + 1)``: incidents in the leaves before; a grid ``[lo, hi)`` of any level
        has ``prefix[:, hi] - prefix[:, lo]``.
    unlocated
        int64, shape ``(measures,)``: incidents in no grid; 0 outside the scope.
    """

    names: tuple[str, ...]
    prefix: NDArray[np.int64]
    unlocated: NDArray[np.int64]

    @property
    def by_leaf(self) -> NDArray[np.int64]:
        """Counts per leaf, shape ``(measures, leaves)``."""
        return np.diff(self.prefix, axis=1)

    def of(self, name: str, lo: ArrayLike, hi: ArrayLike) -> NDArray[np.int64]:
        """Count of one measure in the grids ``[lo, hi)``; shaped like `lo` and `hi`."""
        row = self.prefix[self._row(name)]
        return np.asarray(row[np.asarray(hi)] - row[np.asarray(lo)])

    def total(self, name: str) -> int:
        """Count of one measure in the whole scope, unlocated incidents included."""
        row = self._row(name)
        return int(self.prefix[row, -1] + self.unlocated[row])

    def _row(self, name: str) -> int:
        try:
            return self.names.index(name)
        except ValueError:
            raise QueryInvalid(f"measure {name!r} was not counted", measure=name) from None


def count(
    view: MirrorView,
    *,
    moment: datetime,
    since: datetime,
    until: datetime,
    scope: Scope,
    category: Filter = None,
    source: Filter = None,
    unit: Filter = None,
    measures: Sequence[Measure] = MEASURES,
    rules: CountingRules = COUNTING_RULES,
    still: Rows | None = None,
) -> Counts:
    """Count measures per leaf, as they were known at a moment.

    Parameters
    ----------
    moment
        What happened after it is not known: a later closing does not change an earlier frame.
    since, until
        The span ``[since, until)`` of flows; the part after the moment is empty.
    scope
        Only incidents in it are counted.
    category, source, unit
        One code or several; None for all. An unknown code matches nothing.
    measures
        What to count; see `level_measures` for closings per level.
    still
        What is open at the moment in this scope and filter, where that is known already.

    Raises
    ------
    QueryInvalid
        If a time has no offset, or the span ends before it begins.
    """
    since_s, until_s, moment_s = to_seconds(since), to_seconds(until), to_seconds(moment)
    if until_s < since_s:
        raise QueryInvalid(
            f"the span ends ({until.isoformat()}) before it begins ({since.isoformat()})",
            since=since.isoformat(),
            until=until.isoformat(),
        )
    seen = Seen.by(view, scope, category, source, unit)
    asked = _Asked(view, seen, since_s, min(until_s, moment_s + 1), moment_s, rules, still)
    cells = np.zeros((len(measures), view.leaf_count + 1), dtype=np.int64)
    order = sorted(range(len(measures)), key=lambda i: measures[i].placed_by or "")
    for column, group in groupby(order, key=lambda i: measures[i].placed_by):
        chosen = list(group)
        found = _count_stocks if column is None else _count_flows
        cells[chosen] = found(asked, [measures[i] for i in chosen])
    prefix = np.zeros((len(measures), view.leaf_count + 1), dtype=np.int64)
    np.cumsum(cells[:, 1:], axis=1, out=prefix[:, 1:])
    return Counts(tuple(measure.name for measure in measures), prefix, cells[:, 0].copy())


@lru_cache(maxsize=512)
def times_asked(measure: Measure, rules: CountingRules) -> frozenset[str]:
    """The time columns a measure looks at, learnt by asking it about no rows."""
    nothing = Rows(Mirror(0).view(), np.empty(0, np.intp), 0, rules)
    if measure.holds is not None:
        measure.holds(nothing)
    return frozenset(nothing.asked & {*TIME_COLUMNS})


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A question in the mirror's terms; `until_s` is not after what is known at the moment."""

    view: MirrorView
    seen: Seen
    since_s: int
    until_s: int
    moment_s: int
    rules: CountingRules
    still: Rows | None

    def cells(self, measures: Sequence[Measure]) -> Cells:
        """Room for the counts of measures per leaf, the first for leaf -1."""
        return np.zeros((len(measures), self.view.leaf_count + 1), dtype=np.int64)


def _count_stocks(asked: _Asked, measures: Sequence[Measure]) -> Cells:
    """Count what is open at the moment, all measures being stocks."""
    cells = asked.cells(measures)
    still = asked.still
    if still is None:
        still = open_rows(asked.view, asked.seen, asked.moment_s, asked.rules)
    _tally(still, None, measures, cells)
    return cells


def _count_flows(asked: _Asked, measures: Sequence[Measure]) -> Cells:
    """Count measures that the same time column places.

    Those that ask for a deadline, which may be still to come, are kept for fewer zones than the others.
    """
    cells = asked.cells(measures)
    times = [times_asked(measure, asked.rules) for measure in measures]
    for ask_deadlines in (False, True):
        some = [at for at, names in enumerate(times) if names.isdisjoint(_DEADLINES) != ask_deadlines]
        if some:
            names = frozenset[str]().union(*(times[at] for at in some))
            cells[some] = _count_alike(asked, tuple(measures[at] for at in some), names)
    return cells


def _count_alike(asked: _Asked, measures: tuple[Measure, ...], names: frozenset[str]) -> Cells:
    """Count measures that the same column places and that ask for these times; what was counted before is kept."""
    cells = asked.cells(measures)
    zones, column = asked.view.zones, measures[0].placed_by or ""
    touched = zones.touched(column, asked.since_s, asked.until_s)
    if asked.seen.arrays is None and len(touched):
        # A column a zone knows nothing of has bounds that lie in no span, and nothing in it counts.
        whole = zones.within(column, asked.since_s, asked.until_s) | (zones.last[column] == -MISSING)
        # The time a dispatch has after the filing must be over too.
        whole &= zones.settled(names, asked.moment_s)
        whole &= zones.settled(names & {"filed_at"}, max(asked.moment_s - asked.rules.dispatch_within_s, -MISSING))
        if len(touched) > PIECE_ZONES:
            pieces = np.flatnonzero(np.logical_and.reduceat(whole, np.arange(0, len(whole), PIECE_ZONES)))
            _add_pieces(asked, measures, pieces, cells)
            known = np.zeros(len(whole) // PIECE_ZONES + 1, dtype=bool)
            known[pieces] = True
            touched = touched[~known[touched // PIECE_ZONES]]
        _add_zones(asked, measures, touched[whole[touched]], cells)
        touched = touched[~whole[touched]]
    _count_zones(asked, measures, touched, cells)
    return cells


def _add_pieces(asked: _Asked, measures: tuple[Measure, ...], pieces: Positions, cells: Cells) -> None:
    """Add what is known of whole pieces, after counting what is not."""
    if not len(pieces):
        return
    sums, stamps, key = asked.view.sums, asked.view.zones.piece_stamps, _number_of(measures, asked.rules)
    every = np.arange(len(asked.view.zones.stamps))
    for piece in sums.missing(key, pieces, stamps).tolist():
        found = asked.cells(measures)
        _count_zones(asked, measures, every[piece * PIECE_ZONES : (piece + 1) * PIECE_ZONES], found)
        sums.put(key, piece, int(stamps[piece]), found)
    if not sums.add(key, pieces, stamps, cells):
        # A view of another time was asked meanwhile, and its pieces are kept in place of ours.
        _count_zones(asked, measures, every[np.isin(every // PIECE_ZONES, pieces)], cells)


def _add_zones(asked: _Asked, measures: tuple[Measure, ...], zones: Positions, cells: Cells) -> None:
    """Add what is known of single zones, after counting what is not."""
    findings, stamps, key = asked.view.zone_findings, asked.view.zones.stamps, _number_of(measures, asked.rules)
    for zone in zones.tolist():
        counts = findings.get(("counts", key, zone), int(stamps[zone]))
        if counts is None:
            found = asked.cells(measures)
            _count_zones(asked, measures, np.array([zone]), found)
            counts = findings.put(("counts", key, zone), int(stamps[zone]), found.astype(np.uint16))
        cells += counts


@lru_cache(maxsize=512)
def _number_of(measures: tuple[Measure, ...], rules: CountingRules) -> int:  # noqa: ARG001  # they are the key
    """A number for what is counted: comparing all of its parts for every zone would cost more than counting."""
    return next(_numbers)


def _count_zones(asked: _Asked, measures: Sequence[Measure], zones: Positions, cells: Cells) -> None:
    """Add what lies in the span in these zones, so many rows at a time as stay in the processor's own memory."""
    column = measures[0].placed_by or ""
    times, limits = asked.view[column], (asked.since_s, asked.until_s)
    for start in range(0, len(zones), PIECE_ZONES):
        some = zones[start : start + PIECE_ZONES]
        found = rows_in_span(times, some, ZONE_ROWS, *limits, asked.seen.arrays)
        if len(found):
            _tally(*_rows(asked, found), measures, cells)


def _rows(asked: _Asked, found: Positions) -> tuple[Rows, Mask | None]:
    """The rows found; where they stand close together all from the first to the last, and which of them are meant.

    Looking at a few more rows where they are costs less than gathering those that count from every column.
    """
    first, last = int(found[0]), int(found[-1])
    size = last - first + 1
    if size > _CLOSE * len(found):
        return Rows(asked.view, found, asked.moment_s, asked.rules), None
    rows = Rows(asked.view, slice(first, last + 1), asked.moment_s, asked.rules)
    if size == len(found):
        return rows, None
    counted = np.zeros(size, dtype=bool)
    counted[found - first] = True
    return rows, counted


def _tally(rows: Rows, counted: Mask | None, measures: Sequence[Measure], cells: Cells) -> None:
    masks = np.empty((len(measures), len(rows)), dtype=bool)
    for mask, measure in zip(masks, measures, strict=True):
        mask[:] = True if measure.holds is None else measure.holds(rows)
    tally(rows["leaf"], masks, counted, cells)
