"""Hexagons for the heat map: counts and sums for each H3 cell, at any resolution, with equal totals at all of them."""

from dataclasses import dataclass
from typing import Any

import h3.api.numpy_int as h3
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.coordinates import Floats, same_shape
from geo.dissolve import union
from geo.errors import CoordinatesInvalid
from geo.grids import GridSystem
from geo.h3_cells import cells as h3_cells
from geo.measure import Geometries

Cells = NDArray[np.uint64]
Longs = NDArray[np.int64]

# The layout of an H3 index: three bits for each of 15 digits, and above them the resolution.
_DIGIT_BITS, _FINEST, _RESOLUTION_BIT = 3, 15, 52
_RESOLUTION_MASK = np.uint64(0xF << _RESOLUTION_BIT)


@dataclass(frozen=True)
class HexBins:
    """What lies in each cell of one resolution.

    Attributes
    ----------
    resolution
        H3 resolution.
    cells
        uint64 (k), each once, ascending.
    counts
        int64 (k): rows in each cell, at least 1.
    sums
        float64 (k) for each name given: the sum of its values over the rows of each cell. A KPI of a cell is the
        quotient of two of them, never a mean of quotients.
    outside
        Rows that lie in no grid and are in no cell.
    missing
        Rows without a cell (0).
    outside_sums
        The sums over the rows counted as outside or missing.
    """

    resolution: int
    cells: Cells
    counts: Longs
    sums: dict[str, Floats]
    outside: int
    missing: int
    outside_sums: dict[str, float]

    @property
    def total(self) -> int:
        """All rows, wherever they lie: equal at every resolution."""
        return int(self.counts.sum()) + self.outside + self.missing


def coarser(cells: Any, resolution: int) -> Cells:
    """The ancestors of cells at a resolution.

    Parameters
    ----------
    cells
        uint64 array of n H3 cells of any resolutions not coarser than `resolution`; 0 = no cell.
    resolution
        0 to 15.

    Returns
    -------
    uint64 array of n cells, each equal to `h3.cell_to_parent`; 0 where there is none.

    Raises
    ------
    ValueError
        The resolution is not one of H3's.
    CoordinatesInvalid
        A cell is coarser than `resolution`; names the position.
    """
    if not 0 <= resolution <= _FINEST:
        raise ValueError(f"H3 has no resolution {resolution}: give 0 to {_FINEST}")
    given = np.asarray(cells, dtype=np.uint64)
    present = given != 0
    own = (given & _RESOLUTION_MASK) >> np.uint64(_RESOLUTION_BIT)
    coarse = present & (own < resolution)
    if coarse.any():
        at = int(np.flatnonzero(coarse)[0])
        raise CoordinatesInvalid(
            f"position {at}: cell {int(given.flat[at]):x} has resolution {int(own.flat[at])}, coarser than the"
            f" {resolution} asked for: ask for a coarser one",
            position=at, cell=f"{int(given.flat[at]):x}", resolution=resolution,
        )  # fmt: skip
    # Digits below the resolution are all ones.
    unused = np.uint64((1 << (_DIGIT_BITS * (_FINEST - resolution))) - 1)
    parents = (given & ~_RESOLUTION_MASK) | np.uint64(resolution << _RESOLUTION_BIT) | unused
    return np.where(present, parents, np.uint64(0))


def bin_cells(cells: Any, resolution: int, *, leaves: Any = None, values: dict[str, Any] | None = None) -> HexBins:
    """Count rows for each cell of a resolution.

    Parameters
    ----------
    cells
        uint64 array of n cells, as stored with incidents; 0 = the row has no coordinates.
    resolution
        Not finer than that of the cells.
    leaves
        int array of n leaf ordinals; rows with -1 are counted as outside. Without it, no row is outside.
    values
        Arrays of n numbers to sum, by name: numerators and denominators of KPIs; NaN counts as 0.

    Raises
    ------
    CoordinatesInvalid
        Arrays of unequal length, or see `coarser`.
    ValueError
        See `coarser`.
    """
    given = np.ravel(np.asarray(cells, dtype=np.uint64))
    parents = coarser(given, resolution)
    inside = np.ones(len(given), dtype=np.bool_)
    if leaves is not None:
        inside = _as_long("leaves", np.asarray(leaves), len(given)) >= 0
    weights = {
        name: np.nan_to_num(_as_long(name, np.asarray(column, dtype=np.float64), len(given)))
        for name, column in (values or {}).items()
    }
    missing = given == 0
    kept = inside & ~missing
    found, place = _places(parents[kept])
    counts = np.bincount(place, minlength=len(found)).astype(np.int64)
    sums: dict[str, Floats] = {
        name: np.bincount(place, weights=row[kept], minlength=len(found)).astype(np.float64)
        for name, row in weights.items()
    }
    left = {name: float(row[~kept].sum()) for name, row in weights.items()}
    return HexBins(resolution, found, counts, sums, int((~inside & ~missing).sum()), int(missing.sum()), left)


def bin_points(
    lon: Any, lat: Any, resolution: int, *, leaves: Any = None, values: dict[str, Any] | None = None
) -> HexBins:
    """Count points for each cell of a resolution; parameters and errors as in `bin_cells` and `geo.index.cells`."""
    x, y = (np.ravel(part) for part in same_shape(lon, lat))
    return bin_cells(h3_cells(x, y, resolution), resolution, leaves=leaves, values=values)


def cell_shapes(cells: Any) -> Geometries:
    """The hexagons of cells, in degrees: object array of n polygons. Cells across 180 degrees are not for maps."""
    rings = [h3.cell_to_boundary(int(cell)) for cell in np.asarray(cells, dtype=np.uint64)]
    return np.array([shapely.Polygon([(lon, lat) for lat, lon in ring]) for ring in rings], dtype=object)


def clipped_shapes(cells: Any, system: GridSystem) -> Geometries:
    """The part of each hexagon that lies in the city; empty where none does. For display; counts do not depend on it.

    Parameters
    ----------
    cells
        uint64 array of n cells.
    system
        The city; its outline is the union of its coarsest level.

    Returns
    -------
    Object array of n polygons or multipolygons.
    """
    shapes = cell_shapes(cells)
    outline = union(np.asarray(system.levels[0].geometry.to_numpy(), dtype=object))
    shapely.prepare(outline)
    whole = shapely.contains_properly(outline, shapes) if len(shapes) else np.empty(0, dtype=np.bool_)
    clipped = shapes.copy()
    clipped[~whole] = [_polygons(shape) for shape in shapely.intersection(shapes[~whole], outline)]
    return clipped


def _polygons(shape: Any) -> Any:
    """Without the points and lines in which a hexagon may touch the outline."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = shapely.get_parts(shape)
    return union(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


def _places(parents: Cells) -> tuple[Cells, Longs]:
    """The cells that occur, ascending, and for each row its position among them."""
    # A hash table first: a city has thousands of cells, incidents come by the million.
    place, found = pd.factorize(parents)
    order = np.argsort(found)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return np.asarray(found[order], dtype=np.uint64), rank[place]


def _as_long(name: str, column: Any, count: int) -> Any:
    if column.shape != (count,):
        raise CoordinatesInvalid(
            f"{name!r} has the shape {column.shape}, but there are {count} cells: give one value for each",
            name=name, count=count,
        )  # fmt: skip
    return column
