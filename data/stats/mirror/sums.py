"""What was counted before: a flow per leaf, in pieces of the mirror whose time is over.

Once all times of a piece are past, and lie in the asked span, what a flow counts in it does not change any more, until
one of its incidents does. A question over years then adds up a few hundred rows of numbers, and looks at the incidents
only where the span or the moment cuts a piece in two.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.stats.mirror.kernels import Positions, add_up

# Each measure takes 2 bytes per leaf and piece: half a megabyte for 10 million incidents in 1,557 leaves.
_MOST_MEASURES: Final = 128
_UNKNOWN: Final = -1
_Number = TypeVar("_Number", bound=np.generic)
# Counts of some measures take 3 kB for each of them and 1,557 leaves; times in order 32 kB for each column.
_MOST_ZONE_BYTES: Final = 32 * 2**20


class Sums:
    """Counts per leaf and piece, of some measures together, by what was counted; threads may share it.

    Parameters
    ----------
    leaf_count
        Leaves of the grid system.
    """

    def __init__(self, leaf_count: int) -> None:
        self._leaf_count = leaf_count
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[NDArray[np.int64], NDArray[np.uint16]]] = OrderedDict()

    def missing(self, key: Hashable, pieces: Positions, stamps: NDArray[np.int64]) -> Positions:
        """Those of the pieces that are not known as of their stamp; `stamps` has one for every piece there is."""
        with self._lock:
            known = self._kept[key][0] if key in self._kept else np.empty(0, np.int64)
            there = pieces < len(known)
            there[there] = known[pieces[there]] == stamps[pieces[there]]
            return np.asarray(pieces[~there])

    def put(self, key: Hashable, piece: int, stamp: int, counts: NDArray[np.int64]) -> None:
        """Keep the counts of a piece, shape ``(measures, leaves + 1)``; none of them above 65,535."""
        with self._lock:
            stamps, sums = self._of(key, piece + 1, len(counts))
            stamps[piece], sums[piece] = stamp, counts

    def add(self, key: Hashable, pieces: Positions, stamps: NDArray[np.int64], cells: NDArray[np.int64]) -> bool:
        """Add the counts of the pieces to `cells`; False, and nothing is added, if one is not known any more."""
        with self._lock:
            known, sums = self._of(key, len(stamps), len(cells))
            if (known[pieces] != stamps[pieces]).any():
                return False
            add_up(sums.reshape(len(sums), -1), pieces, cells.reshape(-1))
            return True

    def _of(self, key: Hashable, pieces: int, measures: int) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
        shape = (measures, self._leaf_count + 1)
        stamps, sums = self._kept.get(key, (np.empty(0, np.int64), np.empty((0, *shape), np.uint16)))
        if len(stamps) < pieces:
            more = max(pieces, len(stamps) * 5 // 4) - len(stamps)
            stamps = np.concatenate([stamps, np.full(more, _UNKNOWN)])
            sums = np.concatenate([sums, np.zeros((more, *shape), np.uint16)])
        self._kept[key] = stamps, sums
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and sum(kept.shape[1] for _, kept in self._kept.values()) > _MOST_MEASURES:
            self._kept.popitem(last=False)
        return stamps, sums


class ZoneFindings:
    """What was found before in single zones, by what was asked, the ones used last; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[int, NDArray[Any]]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, stamp: int) -> NDArray[Any] | None:
        """What was put there under this stamp; None where nothing was, or it was let go."""
        with self._lock:
            known, found = self._kept.get(key, (_UNKNOWN, None))
            if found is None or known != stamp:
                return None
            self._kept.move_to_end(key)
            return found

    def put(self, key: Hashable, stamp: int, found: NDArray[_Number]) -> NDArray[_Number]:
        """Keep what was found, and give it back; it must not be written to any more."""
        with self._lock:
            if key in self._kept:
                self._bytes -= self._kept.pop(key)[1].nbytes
            self._kept[key] = stamp, found
            self._bytes += found.nbytes
            while self._bytes > _MOST_ZONE_BYTES and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1][1].nbytes
        return found
