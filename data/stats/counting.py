"""Counting measures: one pass over the mirror, all leaves and so all grids of all levels at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.errors import QueryInvalid
from data.scope import Scope
from data.stats.kernels import histogram
from data.stats.measures import MEASURES, Measure
from data.stats.mirror import MirrorView
from data.stats.rows import RULES, Mask, Rows, Rules, base_mask, open_rows, placed
from data.stats.seconds import to_seconds

Filter = str | Collection[str] | None


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
    measures: Sequence[Measure] = MEASURES,
    rules: Rules = RULES,
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
    category, source
        One code or several; None for all. An unknown code matches nothing.
    measures
        What to count; see `level_measures` for closings per level.

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
    base = base_mask(view, scope, category, source)
    cells = np.zeros((len(measures), view.leaf_count + 1), dtype=np.int64)
    order = sorted(range(len(measures)), key=lambda i: measures[i].placed_by or "")
    for column, group in groupby(order, key=lambda i: measures[i].placed_by):
        rows = _rows(view, base, column, since_s, until_s, moment_s, rules)
        for i in group:
            holds = measures[i].holds
            cells[i] = histogram(rows["leaf"], None if holds is None else holds(rows), view.leaf_count)
    prefix = np.zeros((len(measures), view.leaf_count + 1), dtype=np.int64)
    np.cumsum(cells[:, 1:], axis=1, out=prefix[:, 1:])
    return Counts(tuple(measure.name for measure in measures), prefix, cells[:, 0].copy())


def _rows(
    view: MirrorView, base: Mask | None, column: str | None, since_s: int, until_s: int, moment_s: int, rules: Rules
) -> Rows:
    if column is None:
        return open_rows(view, base, moment_s, rules)
    return placed(view, base, column, since_s, until_s, moment_s, rules)
