"""The reports that tell what is usual: those of the weeks before a moment, in order of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.stats.measures.rows import Seen, span_rows
from data.stats.mirror.mirror import MirrorView
from data.stats.picture.usual import CityClock

BASE_DAYS: Final = 56
DAY_S: Final = 86_400
HOUR_S: Final = 3_600

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PastReports:
    """The reports of 57 days up to a moment; the last of the days is compared, those before it are the base.

    Attributes
    ----------
    moment_s
        The moment, in the mirror's seconds.
    offset_s
        Seconds of the city's clocks ahead of UTC at the moment.
    time_s, leaf, category, row
        Arrays of one length, ascending in time: when, where (-1 = in no grid), the code of the view, and the position
        in the view.
    categories
        The words behind the codes.
    """

    moment_s: int
    offset_s: int
    leaf_count: int
    time_s: Ints
    leaf: Ints
    category: Ints
    row: NDArray[np.intp]
    categories: tuple[str, ...]

    @classmethod
    def of(cls, view: MirrorView, clock: CityClock) -> "PastReports":
        """Gather them from a view; what was reported after the moment is not there."""
        since_s = clock.moment_s - (BASE_DAYS + 1) * DAY_S
        rows = span_rows(view, Seen(None), "reported_at", since_s + 1, clock.moment_s + 1)
        time_s = view["reported_at"][rows]
        order = np.argsort(time_s, kind="stable")
        rows = rows[order]
        offset = clock.local.utcoffset()
        return cls(
            clock.moment_s, 0 if offset is None else int(offset.total_seconds()), view.leaf_count,
            time_s[order].astype(np.int64), view["leaf"][rows].astype(np.int64),
            view["category"][rows].astype(np.int64), rows, view.categories,
        )  # fmt: skip

    def within(self, after_s: int, until_s: int) -> slice:
        """Those with ``after_s < time_s <= until_s``."""
        first, last = np.searchsorted(self.time_s, [after_s, until_s], side="right")
        return slice(int(first), int(last))

    @cached_property
    def base(self) -> slice:
        """Those of the base: none of the last 24 hours, which must not be compared with themselves."""
        return self.within(self.moment_s - (BASE_DAYS + 1) * DAY_S, self.moment_s - DAY_S)

    @property
    def base_days(self) -> int:
        """Days from the first report of the base to its end, a begun one counted; 0 for an empty base."""
        if not len(self.time_s) or self.base.stop == 0:
            return 0
        return min(BASE_DAYS, (self.moment_s - DAY_S - int(self.time_s[0])) // DAY_S + 1)

    def cells(self, chosen: slice) -> Ints:
        """How many there are in each leaf, of each category: shape ``(1 + leaves, categories)``, row 0 in no grid."""
        width = len(self.categories)
        cell = (self.leaf[chosen] + 1) * width + self.category[chosen]
        return np.bincount(cell, minlength=(self.leaf_count + 1) * width).reshape(self.leaf_count + 1, width)


def same_hours(clock: CityClock, days: Sequence[date], length_s: int) -> list[tuple[int, int]]:
    """The span that ends at the same time of the clock on each of the days: after, until."""
    return [(clock.same_time(day) - length_s, clock.same_time(day)) for day in days]
