"""Some rows of a view, looked at from a moment: what predicates of measures are written over."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.access.scope import Scope
from data.stats.measures.counting_rules import COUNTING_RULES, CountingRules
from data.stats.mirror.kernels import Positions, rows_alive, rows_in_span, seen_of
from data.stats.mirror.mirror import FLAGS, MISSING, MirrorView
from data.stats.mirror.zones import ZONE_ROWS

__all__ = [
    "COUNTING_RULES",
    "CountingRules",
    "Filter",
    "Mask",
    "Rows",
    "Seen",
    "alive_rows",
    "latest_rows",
    "open_rows",
    "span_rows",
]

Mask = NDArray[np.bool_]
Filter = str | Collection[str] | None


class Rows:
    """Chosen rows of a view at a moment; a column is gathered when it is first asked for.

    A step is known at the moment if it happened by then. The mirror keeps the last time of each step, so where an
    incident was returned or reworked in between, the steps that were undone are not seen, at any moment.

    Parameters
    ----------
    chosen
        Positions of the rows, or a slice of neighbours; None for all.
    moment_s
        The moment, in the mirror's seconds.
    among_open
        Positions of the chosen rows among the open ones, where all of them are open still.
    """

    def __init__(
        self,
        view: MirrorView,
        chosen: Positions | slice | None,
        moment_s: int,
        rules: CountingRules = COUNTING_RULES,
        among_open: Positions | slice | None = None,
    ) -> None:
        self._view = view
        self._among_open = among_open
        self._gathered: dict[str, NDArray[Any]] = {}
        self._found: dict[str, Mask] = {}
        self.chosen = chosen
        self.moment_s = moment_s
        self.rules = rules

    def __len__(self) -> int:
        return len(self["id"]) if self.chosen is None or isinstance(self.chosen, slice) else len(self.chosen)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if self.chosen is None:
            return self._view[name]
        if name not in self._gathered:
            if self._among_open is not None:
                self._gathered[name] = self._view.open_columns[name][self._among_open]
            else:
                self._gathered[name] = self._view[name][self.chosen]
        return self._gathered[name]

    @property
    def asked(self) -> set[str]:
        """The columns that were gathered."""
        return set(self._gathered)

    def done(self, step: str) -> Mask:
        """Whether the step had happened by the moment."""
        return self[step] <= self.moment_s

    def flagged(self, flag: str) -> Mask:
        """Whether the flag is up; flags carry no time."""
        return np.asarray((self["flags"] & FLAGS[flag]) != 0)

    def once(self, name: str, find: "Callable[[Rows], Mask]") -> Mask:
        """What `find` says of these rows, found the first time it is asked for."""
        if name not in self._found:
            self._found[name] = find(self)
        return self._found[name]

    def where(self, mask: Mask) -> "Rows":
        """The rows among these for which the mask is true."""
        return self.at(np.flatnonzero(mask))

    def at(self, inside: NDArray[np.intp]) -> "Rows":
        """The rows at these positions among these, in that order."""
        if isinstance(self.chosen, slice):
            inside = inside + self.chosen.start
        elif self.chosen is not None:
            inside = self.chosen[inside]
        return Rows(self._view, inside, self.moment_s, self.rules)


@dataclass(frozen=True, eq=False)
class Seen:
    """The rows a question may look at: in the scope, of the categories, sources and units.

    Attributes
    ----------
    arrays
        What `kernels.seen_of` asks a row for; None where all rows may be looked at.
    """

    arrays: tuple[Any, ...] | None

    @classmethod
    def by(
        cls, view: MirrorView, scope: Scope, category: Filter = None, source: Filter = None, unit: Filter = None
    ) -> "Seen":
        """The rows of a view that this scope and filter let through; an unknown code matches nothing."""
        if scope.whole(view.leaf_count) and category is None and source is None and unit is None:
            return cls(None)
        return cls(
            (
                view["leaf"], *scope.leaf_test(view.leaf_count),
                view["category"], _wanted(category, view.categories), view["source"], _wanted(source, view.sources),
                view["unit"], _wanted(unit, view.units),
            )
        )  # fmt: skip

    def of(self, rows: Positions) -> Positions:
        """Those of the rows that may be looked at."""
        return rows if self.arrays is None else seen_of(rows, self.arrays)


def _wanted(asked: Filter, words: tuple[str, ...]) -> Mask:
    """Whether each code is asked for; empty where all are."""
    if asked is None:
        return np.empty(0, dtype=bool)
    wanted = {asked} if isinstance(asked, str) else set(asked)
    # One more, so that a filter over no words at all is not taken for none.
    return np.array([*(word in wanted for word in words), False])


def span_rows(view: MirrorView, seen: Seen, column: str, since_s: int, until_s: int) -> Positions:
    """Positions, ascending, of the seen rows whose time in `column` lies in ``[since_s, until_s)``."""
    touched = view.zones.touched(column, since_s, until_s)
    return rows_in_span(view[column], touched, ZONE_ROWS, since_s, until_s, seen.arrays)


def alive_rows(view: MirrorView, seen: Seen, since_s: int, until_s: int) -> Positions:
    """Positions, ascending, of the seen rows that were open at some time from `since_s` to `until_s`."""
    zones, times = view.zones, (view["reported_at"], view["closed_at"], view["voided_at"])
    moved = zones.alive(since_s, until_s)
    ended = rows_alive(times, moved, ZONE_ROWS, since_s, until_s, seen.arrays)
    apart = np.zeros(len(zones.ended), dtype=bool)
    apart[moved] = True
    known = view.open_columns["reported_at"] <= until_s
    still = seen.of(zones.open[known & ~apart[zones.open // ZONE_ROWS]])
    if not len(ended) or not len(still):
        return still if len(still) else ended
    return np.sort(np.concatenate([ended, still]))


def latest_rows(view: MirrorView, seen: Seen, moment_s: int, limit: int) -> Positions:
    """Positions, ascending, of at least the `limit` seen rows reported last by the moment; of all, where fewer are."""
    zones = view.zones
    first, last = zones.first["reported_at"], zones.last["reported_at"]
    order = np.argsort(-np.minimum(last, moment_s).astype(np.int64), kind="stable")
    order = order[first[order] <= moment_s]
    taken, step = 0, 2
    found = np.empty(0, np.intp)
    while taken < len(order):
        some = order[taken : taken + step]
        more = rows_in_span(view["reported_at"], np.sort(some), ZONE_ROWS, -MISSING, moment_s + 1, seen.arrays)
        found = np.concatenate([found, more])
        taken, step = taken + step, 2 * step
        # The zones not looked at must not hold a later one than the last that will be shown.
        if len(found) >= limit and taken < len(order):
            reported = view["reported_at"][found]
            if np.partition(reported, len(found) - limit)[len(found) - limit] > last[order[taken]]:
                break
    return np.sort(found)


def open_rows(view: MirrorView, seen: Seen, moment_s: int, rules: CountingRules = COUNTING_RULES) -> Rows:
    """Rows of incidents that were reported, and neither closed nor voided, by the moment."""
    chosen, still = alive_rows(view, seen, moment_s, moment_s), view.zones.open
    if np.array_equal(chosen, still):
        return Rows(view, chosen, moment_s, rules, slice(None))
    among = np.searchsorted(still, chosen)
    if len(chosen) and (among[-1] == len(still) or (still[among] != chosen).any()):
        return Rows(view, chosen, moment_s, rules)
    return Rows(view, chosen, moment_s, rules, among)
