"""Which leaf does a point lie in? Exactly, through H3's lattice of hexagons."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.coordinates import Floats, checked_degrees, raise_for_position, same_shape
from geo.grids import GridSystem
from geo.h3_cells import cells
from geo.index_build import Leaves, build_tables
from geo.index_kernel import DOUBTFUL, Ints
from geo.index_kernel import assign as assign_compiled

__all__ = ["GridIndex", "cells"]

# Shared out over threads above this many points; below, starting them costs more than it saves.
_CHUNK = 1 << 15


class GridIndex:
    """Assigns points to the leaves of a grid system.

    Hexagons of H3's lattice that lie wholly within one leaf answer at once; those on a border carry the edges of the
    few leaves that touch them, and points there are tested exactly against the full-resolution polygons.

    Parameters
    ----------
    system
        Its leaves may overlap or leave gaps.
    """

    cells = staticmethod(cells)

    def __init__(self, system: GridSystem) -> None:
        shapes = np.array(system.leaves.geometry.to_numpy(), dtype=object)
        self._leaves = Leaves.of(shapes, system.leaves["code"].tolist())
        self._tables = build_tables(self._leaves)

    def assign(self, lon: Any, lat: Any) -> NDArray[np.int32]:
        """The leaf of each point.

        Parameters
        ----------
        lon, lat
            WGS 84 degrees; arrays of n numbers, of any real dtype (a single number counts as one).

        Returns
        -------
        int32 array of n leaf ordinals, -1 = in no grid; empty for empty arrays. A point on a shared border (or where
        leaves overlap) belongs to the leaf of the lowest code. The same answer as testing every leaf with shapely's
        `covers`, for every point.

        Raises
        ------
        CoordinatesInvalid
            Not numbers, unequal lengths, NaN, infinite or out of range; names the position and the value, and says
            when longitude and latitude look swapped.
        """
        x, y = (np.ascontiguousarray(part).ravel() for part in same_shape(lon, lat))
        if self._tables is None:
            checked_degrees(x, y)
            return self._leaves.lowest_code(x, y)
        out = np.empty(len(x), dtype=np.int32)
        starts = range(0, len(x), _CHUNK)
        if len(starts) > 1:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                bad = list(pool.map(lambda start: self._assign_chunk(x, y, out, start), starts))
        else:
            bad = [self._assign_chunk(x, y, out, start) for start in starts]
        first = min((position for position in bad if position >= 0), default=-1)
        if first >= 0:
            raise_for_position(x, y, first)
        doubtful = np.flatnonzero(out == DOUBTFUL)
        if len(doubtful):
            out[doubtful] = self._leaves.lowest_code(x[doubtful], y[doubtful])
        return out

    def _assign_chunk(self, x: Floats, y: Floats, out: Ints, start: int) -> int:
        part = slice(start, start + _CHUNK)
        assert self._tables is not None  # noqa: S101  # asked only then
        bad = assign_compiled(self._tables, x[part], y[part], out[part])
        return -1 if bad < 0 else start + bad
