"""H3 cells of many points at once."""

from functools import cache
from typing import Any, NamedTuple

import h3.api.numpy_int as h3
import numpy as np
from numpy.typing import NDArray

from geo.compiled import in_chunks
from geo.coordinates import Floats, checked_degrees
from geo.h3_kernel import REACH, TURNED, cells_of, climb, face_of
from geo.hexplane import FACE_COUNT, faces, hexagon_of, in_plane, lattice_axes, to_degrees, unit_vector
from geo.index_kernel import Ints, Longs


def cells(lon: Any, lat: Any, resolution: int) -> NDArray[np.uint64]:
    """H3 cells of points.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees; arrays of n numbers (a single number counts as one).
    resolution
        0 to 15.

    Returns
    -------
    uint64 array of n cells, each equal to `h3.latlng_to_cell`; empty for empty arrays.

    Raises
    ------
    CoordinatesInvalid
        As `GridIndex.assign`.
    ValueError
        The resolution is not one of H3's.
    """
    if not 0 <= resolution <= 15:
        raise ValueError(f"H3 has no resolution {resolution}: give 0 to 15")
    x, y = (np.ascontiguousarray(part).ravel() for part in checked_degrees(lon, lat))
    table, axes = _base_cells(), _axes(resolution)
    out = np.empty(len(x), dtype=np.int64)

    def fill(rows: slice) -> int:
        return cells_of(faces().centres, axes, resolution, table.base, table.turns, x[rows], y[rows], out[rows])

    if any(in_chunks(len(x), fill)):
        for at in np.flatnonzero(out == 0).tolist():
            out[at] = h3.latlng_to_cell(y[at], x[at], resolution)
    return out.view(np.uint64)


class _BaseCells(NamedTuple):
    """The base cells around each face's centre, see `geo.h3_kernel.cells_of`."""

    base: Ints
    turns: Longs


@cache
def _axes(resolution: int) -> Floats:
    return np.ascontiguousarray(lattice_axes(resolution))


@cache
def _base_cells() -> _BaseCells:
    """Learn from the library which base cell lies where on each face, and how its digits are turned.

    Around a pentagon, turns depend on the first digit that is not 0, and those that no place has are left unknown.
    """
    size = 2 * REACH + 1
    base = np.full((FACE_COUNT, size, size), -1, dtype=np.int32)
    turns = np.full((FACE_COUNT, size, size, 7), -1, dtype=np.int64)
    pentagons = {h3.get_base_cell_number(cell) for cell in h3.get_pentagons(0)}
    for face in range(FACE_COUNT):
        for lon, lat in _places_on(face):
            i, j, digit = _digit_on(face, lon, lat)
            cell = h3.latlng_to_cell(lat, lon, 1)
            number, theirs = h3.get_base_cell_number(cell), (int(cell) >> 42) & 7
            base[face, i + REACH, j + REACH] = number
            turns[face, i + REACH, j + REACH, 0] = 0
            if digit:
                leads = digit if number in pentagons else slice(1, 7)
                turns[face, i + REACH, j + REACH, leads] = np.flatnonzero(TURNED[:, digit] == theirs)[0]
    return _BaseCells(base, turns)


def _places_on(face: int) -> list[tuple[float, float]]:
    """Middles of cells of resolution 1 that surely lie on a face, degrees."""
    x, y = (part.ravel().astype(np.float64) for part in np.meshgrid(np.arange(-9, 10), np.arange(-9, 10)))
    x, y = x - y / 2.0, y * np.sqrt(0.75)
    lon, lat = to_degrees(x, y, faces().centres[face], _axes(1)[face])
    far = [face_of(faces().centres, *unit_vector(a, b), 0) == face for a, b in zip(lon, lat, strict=True)]
    return list(zip(lon[far].tolist(), lat[far].tolist(), strict=True))


def _digit_on(face: int, lon: float, lat: float) -> tuple[int, int, int]:
    x, y = in_plane(*unit_vector(lon, lat), faces().centres[face], _axes(1)[face])
    i, j, _ = hexagon_of(x, y)
    return climb(i, j, 1)
