"""Exact assignment of points to leaves, through the hexagons of H3."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.compiled import in_chunks
from geo.coordinates import checked_degrees, raise_for_position, same_shape
from geo.grids import GridSystem
from geo.h3_cells import cells
from geo.index_build import Leaves, build_tables
from geo.index_file import read_tables, write_tables
from geo.index_kernel import DOUBTFUL
from geo.index_kernel import assign as assign_compiled

__all__ = ["GridIndex", "cells"]


class GridIndex:
    """Assigns points to the leaves of a grid system.

    A hexagon entirely within one leaf gives the answer at once. A hexagon on a border stores the edges that cross it,
    and points in it are tested exactly against the full-resolution polygons.

    Parameters
    ----------
    system
        Its leaves may overlap or leave gaps.
    """

    cells = staticmethod(cells)

    def __init__(self, system: GridSystem) -> None:
        self._system = system
        self._tables = build_tables(self._leaves)

    @classmethod
    def load_or_build(cls, system: GridSystem, folder: Path) -> "GridIndex":
        """Load the index of a system from its file in a folder; without a file, build the index and save it there.

        Parameters
        ----------
        system
            As for `GridIndex`; its checksum names the file.
        folder
            Created if missing. A file that is truncated, altered, or of another version or system is ignored and
            replaced atomically. If nothing can be written, the log says so, and the index works all the same.
        """
        restored = read_tables(Path(folder), system.checksum)
        if restored is None:
            built = cls(system)
            if built._tables is not None:
                write_tables(Path(folder), system.checksum, built._tables)
            return built
        index = cls.__new__(cls)
        index._system, index._tables = system, restored
        return index

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return sum(table.nbytes for table in self._tables or ())

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of all leaves, degrees."""
        west, south, east, north = self._system.leaves.total_bounds.tolist()
        return west, south, east, north

    def assign(self, lon: Any, lat: Any) -> NDArray[np.int32]:
        """Return the leaf of each point.

        Parameters
        ----------
        lon, lat
            WGS 84 degrees; arrays of n numbers of any real dtype (a scalar counts as an array of one).

        Returns
        -------
        int32 array of n leaf ordinals, -1 = in no grid; empty for empty arrays. A point on a shared border (or where
        leaves overlap) belongs to the leaf with the lowest code. The result for each point equals a test of every
        leaf with shapely's `covers`, whatever the other points.

        Raises
        ------
        CoordinatesInvalid
            Not numbers, unequal lengths, NaN, infinite or out of range; names the position and the value, and says
            when longitude and latitude look swapped.
        """
        x, y = (np.ascontiguousarray(part).ravel() for part in same_shape(lon, lat))
        tables = self._tables
        if tables is None:
            checked_degrees(x, y)
            return self._leaves.lowest_code(x, y)
        out = np.empty(len(x), dtype=np.int32)

        def assign_rows(rows: slice) -> tuple[int, int]:
            bad, doubtful = assign_compiled(tables, x[rows], y[rows], out[rows])
            return (bad if bad < 0 else rows.start + bad), doubtful

        found = in_chunks(len(x), assign_rows)
        first = min((bad for bad, _ in found if bad >= 0), default=-1)
        if first >= 0:
            raise_for_position(x, y, first)
        if any(doubtful for _, doubtful in found):
            asked = np.flatnonzero(out == DOUBTFUL)
            out[asked] = self._leaves.lowest_code(x[asked], y[asked])
        return out

    @cached_property
    def _leaves(self) -> Leaves:
        # An index loaded from a file needs them only for points on borders, so they are prepared on first use.
        leaves = self._system.leaves
        return Leaves.of(np.array(leaves.geometry.to_numpy(), dtype=object), leaves["code"].tolist())
