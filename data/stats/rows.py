"""Some rows of a view, looked at from a moment: what predicates of measures are written over."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.errors import QueryInvalid
from data.scope import Scope
from data.stats.kernels import rows_in_span, rows_open
from data.stats.mirror import FLAGS, MISSING, MirrorView

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rules:
    """What places define differently.

    Attributes
    ----------
    yellow_share
        An open incident has a yellow light when less than this share of its time is left.
    suspended_is_due
        Whether the clock of a suspended (挂账) incident goes on: then it can be yellow, overdue and due.
    """

    yellow_share: float = 0.20
    suspended_is_due: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.yellow_share <= 1:
            raise QueryInvalid(
                f"the yellow share is {self.yellow_share}: it must be from 0 to 1", yellow_share=self.yellow_share
            )


RULES: Final = Rules()


class Rows:
    """Chosen rows of a view at a moment; a column is gathered when it is first asked for.

    A step is known at the moment if it happened by then. The mirror keeps the last time of each step, so where an
    incident was returned or reworked in between, the steps that were undone are not seen, at any moment.

    Parameters
    ----------
    chosen
        Positions of the rows; None for all.
    moment_s
        The moment, in the mirror's seconds.
    """

    def __init__(self, view: MirrorView, chosen: NDArray[np.intp] | None, moment_s: int, rules: Rules = RULES) -> None:
        self._view = view
        self._gathered: dict[str, NDArray[Any]] = {}
        self.chosen = chosen
        self.moment_s = moment_s
        self.rules = rules

    def __len__(self) -> int:
        return len(self._view) if self.chosen is None else len(self.chosen)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if self.chosen is None:
            return self._view[name]
        if name not in self._gathered:
            self._gathered[name] = self._view[name][self.chosen]
        return self._gathered[name]

    def done(self, step: str) -> Mask:
        """Whether the step had happened by the moment."""
        return self[step] <= self.moment_s

    def flagged(self, flag: str) -> Mask:
        """Whether the flag is up; flags carry no time."""
        return np.asarray((self["flags"] & FLAGS[flag]) != 0)

    def where(self, mask: Mask) -> "Rows":
        """The rows among these for which the mask is true."""
        inside = np.flatnonzero(mask)
        return Rows(self._view, inside if self.chosen is None else self.chosen[inside], self.moment_s, self.rules)


def in_span(times: NDArray[Any], since_s: int, until_s: int) -> Mask:
    """Whether each time lies in ``[since_s, until_s)``; `MISSING` never does.

    One subtraction and one comparison without sign answer both bounds at once.
    """
    if until_s <= since_s:
        return np.zeros(len(times), dtype=bool)
    start = np.uint32(since_s % 2**32)
    return (times.view(np.uint32) - start) < np.uint32(min(until_s, MISSING) - since_s)


def base_mask(
    view: MirrorView, scope: Scope, category: str | Collection[str] | None, source: str | Collection[str] | None
) -> Mask | None:
    """Rows a question may look at: in the scope, of the categories and sources; None for all rows."""
    masks: list[Mask] = []
    if not (scope.unlocated and scope.lo <= 0 and scope.hi >= view.leaf_count):
        leaf = view["leaf"]
        seen = (leaf >= max(scope.lo, 0)) & (leaf < scope.hi)
        masks.append(seen | (leaf < 0) if scope.unlocated else seen)
    for name, asked, words in (("category", category, view.categories), ("source", source, view.sources)):
        if asked is not None:
            wanted = {asked} if isinstance(asked, str) else set(asked)
            masks.append(np.isin(view[name], [code for code, word in enumerate(words) if word in wanted]))
    return np.logical_and.reduce(masks) if masks else None


def placed(
    view: MirrorView, base: Mask | None, column: str, since_s: int, until_s: int, moment_s: int, rules: Rules = RULES
) -> Rows:
    """Rows whose time in `column` lies in the span and was known by the moment."""
    chosen = rows_in_span(view[column], since_s, min(until_s, moment_s + 1), base)
    return Rows(view, chosen, moment_s, rules)


def open_rows(view: MirrorView, base: Mask | None, moment_s: int, rules: Rules = RULES) -> Rows:
    """Rows of incidents that were reported, and neither closed nor voided, by the moment."""
    chosen = rows_open(view["reported_at"], view["closed_at"], view["voided_at"], moment_s, base)
    return Rows(view, chosen, moment_s, rules)
