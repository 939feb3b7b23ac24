"""All grids of all levels and the city above them, in one list."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.stats.measures.places import level_places
from geo.grids import GridSystem

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Nest:
    """The city first (level 0), then the grids of level 1, and so on to the leaves.

    Attributes
    ----------
    ids
        Wire ids; None for the city.
    level, lo, hi
        int64; the city's leaves begin at -1, with what lies in no grid.
    """

    ids: tuple[str | None, ...]
    level: Ints
    lo: Ints
    hi: Ints

    @classmethod
    def of(cls, system: GridSystem) -> "Nest":
        """The nest of a grid system."""
        levels = [level_places(system, level) for level in range(1, system.depth + 1)]
        return cls(
            (None, *(place for one in levels for place in one.ids)),
            np.repeat(np.arange(system.depth + 1), [1, *map(len, levels)]),
            np.concatenate([[-1], *(one.lo for one in levels)]).astype(np.int64),
            np.concatenate([[len(system.leaves)], *(one.hi for one in levels)]).astype(np.int64),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def sums(self, cells: Ints) -> Ints:
        """Counts per leaf (row 0 in no grid) summed up per grid, and for all categories together in a last column."""
        whole = np.column_stack([cells, cells.sum(axis=1)])
        before = np.concatenate([np.zeros((1, whole.shape[1]), np.int64), np.cumsum(whole, axis=0)])
        return np.asarray(before[self.hi + 1] - before[self.lo + 1])

    def inside(self, inner: int, outer: int) -> bool:
        """Whether a grid lies in another one, or is the same."""
        return bool(self.lo[outer] <= self.lo[inner] and self.hi[inner] <= self.hi[outer])
