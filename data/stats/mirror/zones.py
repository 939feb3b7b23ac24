"""Zones: the earliest and the latest time in every few thousand rows, so that a question touches only its rows.

Incidents are kept in the order they were first known in, so what happened in a month stands together, but for what
took long. A zone whose times all lie outside the asked span is passed over.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.incidents.columns import MISSING, TIME_COLUMNS
from data.stats.mirror.kernels import Positions, zone_bounds

ZONE_ROWS: Final = 8_192
# A piece is what is counted at a time, and what is remembered as counted: small enough for the processor's own memory,
# and for two bytes to hold how many of its rows lie in a leaf.
PIECE_ZONES: Final = 7

Bounds = Mapping[str, NDArray[np.int32]]


@dataclass(frozen=True, eq=False)
class Zones:
    """Bounds of the times in each zone of `ZONE_ROWS` rows.

    Attributes
    ----------
    size
        Number of rows.
    first, last
        By time column: earliest and latest known time per zone; where a zone knows none, `MISSING` and ``-MISSING``.
    ended
        When the last incident of the zone ended, of those that did.
    open
        Rows neither closed nor voided, ascending.
    stamps
        Per zone a number that grows whenever a row of it has changed.
    """

    size: int
    first: Bounds
    last: Bounds
    ended: NDArray[np.int32]
    open: Positions
    stamps: NDArray[np.int64]

    @classmethod
    def of(cls, columns: Mapping[str, NDArray[Any]], stamp: int = 0) -> "Zones":
        """The zones of these columns; `stamp` must be new where columns follow others."""
        nothing = np.empty(0, np.int32)
        none = cls(0, {}, {}, nothing, np.empty(0, np.intp), np.empty(0, np.int64))
        return none.after(columns, np.arange(_parts(len(columns["id"]), ZONE_ROWS)), stamp)

    def after(self, columns: Mapping[str, NDArray[Any]], changed: Positions, stamp: int) -> "Zones":
        """The zones once rows were added, or changed in the zones `changed`; `stamp` is a number not used before."""
        size = len(columns["id"])
        count = _parts(size, ZONE_ROWS)
        added = np.arange(self.size // ZONE_ROWS, count) if size != self.size else np.empty(0, np.intp)
        anew = np.union1d(changed, added).astype(np.intp)
        first, last = {}, {}
        for name in TIME_COLUMNS:
            first[name] = _longer(self.first.get(name), count)
            last[name] = _longer(self.last.get(name), count)
            zone_bounds(columns[name], anew, ZONE_ROWS, first[name], last[name])
        ends = [_ends(columns, int(zone)) for zone in anew]
        ended = _longer(self.ended, count)
        ended[anew] = [latest for latest, _ in ends]
        kept = self.open[~np.isin(self.open // ZONE_ROWS, anew)]
        stamps = _longer(self.stamps, count)
        stamps[anew] = stamp
        still_open = np.sort(np.concatenate([kept, *(still for _, still in ends)]))
        return Zones(size, first, last, ended, still_open, stamps)

    def touched(self, column: str, since_s: int, until_s: int) -> Positions:
        """Zones that may hold times in ``[since_s, until_s)``."""
        return np.flatnonzero((self.first[column] < until_s) & (self.last[column] >= since_s))

    def within(self, column: str, since_s: int, until_s: int) -> NDArray[np.bool_]:
        """Per zone whether all times it knows lie in ``[since_s, until_s)``."""
        return np.asarray((self.first[column] >= since_s) & (self.last[column] < until_s))

    def settled(self, columns: Collection[str], moment_s: int) -> NDArray[np.bool_]:
        """Per zone whether every time it knows in these columns is past at the moment."""
        past = np.ones(len(self.stamps), dtype=bool)
        for column in columns:
            past &= self.last[column] < moment_s
        return past

    @property
    def piece_stamps(self) -> NDArray[np.int64]:
        """Per piece a number that grows whenever a row of it has changed."""
        return np.asarray(np.maximum.reduceat(self.stamps, np.arange(0, len(self.stamps), PIECE_ZONES)))

    def alive(self, since_s: int, until_s: int) -> Positions:
        """Zones that hold something reported by `until_s`, and something that ended after `since_s`."""
        return np.flatnonzero((self.ended > since_s) & (self.first["reported_at"] <= until_s))


def _parts(size: int, part: int) -> int:
    return -(-size // part)


def _longer(values: NDArray[Any] | None, count: int) -> NDArray[Any]:
    """A copy with room for more."""
    if values is None:
        return np.empty(count, np.int32)
    longer = np.empty(count, values.dtype)
    kept = min(count, len(values))
    longer[:kept] = values[:kept]
    return longer


def _ends(columns: Mapping[str, NDArray[Any]], zone: int) -> tuple[int, Positions]:
    """When the last incident of the zone ended, and its rows that are open."""
    rows = slice(zone * ZONE_ROWS, (zone + 1) * ZONE_ROWS)
    end = np.minimum(columns["closed_at"][rows], columns["voided_at"][rows])
    still = end == MISSING
    return int(end.max(where=~still, initial=-MISSING)), np.flatnonzero(still) + rows.start
