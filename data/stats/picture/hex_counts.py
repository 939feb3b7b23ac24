"""Where reports lie within the grids: counts per H3 cell for the map, with class breaks that stay put."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from data.stats.measures.question import Question
from data.stats.mirror.mirror import MirrorView
from data.stats.picture.breaks import class_breaks, classes_of
from geo.hexes import HexBins, bin_points, cell_shapes, coarser
from geo.measure import area_m2

# H3 resolution of the cells that are shown, by what fills the map: the city (0.7 km² a cell), or one grid (0.1 km²).
CITY_RESOLUTION: Final = 8
GRID_RESOLUTION: Final = 9
# Points of the density lie on cells this much finer than those that are shown: none tells where one report was made.
_FINER: Final = 2
MOST_POINTS: Final = 4_000
_COORDINATE_DECIMALS: Final = 5


@dataclass(frozen=True, eq=False)
class HexCounts:
    """Reports per H3 cell.

    Attributes
    ----------
    resolution
        Of the cells.
    cells
        uint64 (k), each once, ascending.
    counts
        int64 (k): reports in each cell, at least 1.
    breaks, classes
        Edges of the colour classes, and the class of each cell; see `class_breaks`.
    outside, missing
        Reports in no grid, and those without coordinates: in no cell.
    """

    resolution: int
    cells: NDArray[np.uint64]
    counts: NDArray[np.int64]
    breaks: list[float]
    classes: list[int]
    outside: int
    missing: int

    @property
    def total(self) -> int:
        """All reports, wherever they lie."""
        return int(self.counts.sum()) + self.outside + self.missing


@dataclass(frozen=True, eq=False)
class DensityPoints:
    """Reports as weighted points for a density map.

    Attributes
    ----------
    resolution
        H3 resolution of the cells whose centres the points are.
    lon, lat
        Degrees, float64 (k), k at most what was asked for.
    weights
        int64 (k): reports in each cell, at least 1.
    breaks
        Reports per km²: edges of classes over cells two steps coarser; see `class_breaks`.
    outside, missing
        As in `HexCounts`.
    """

    resolution: int
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    weights: NDArray[np.int64]
    breaks: list[float]
    outside: int
    missing: int


def hex_counts(
    view: MirrorView, question: Question, resolution: int, previous_breaks: Sequence[float] | None = None
) -> HexCounts:
    """Count the reports of a question's span per H3 cell: those that the measure `reported` counts, and no others.

    Parameters
    ----------
    resolution
        0 to 15.
    previous_breaks
        ``breaks`` of the picture this one follows, so that colours do not jump.

    Raises
    ------
    ValueError
        The resolution is not one of H3's.
    """
    bins = _bins(view, question, resolution)
    counts = bins.counts.astype(np.float64)
    breaks = class_breaks(counts, previous_breaks)
    classes = [found for found in classes_of(counts, breaks) if found is not None]
    return HexCounts(resolution, bins.cells, bins.counts, breaks, classes, bins.outside, bins.missing)


def density_points(
    view: MirrorView,
    question: Question,
    resolution: int,
    previous_breaks: Sequence[float] | None = None,
    most: int = MOST_POINTS,
) -> DensityPoints:
    """Gather the reports of a question's span on the centres of H3 cells: the input of a density map.

    Parameters
    ----------
    resolution
        Of the cells that `hex_counts` would show, 0 to 13. The points lie on cells two steps finer; on coarser ones
        where those would be more than `most`.
    previous_breaks
        ``breaks`` of the picture this one follows.

    Raises
    ------
    ValueError
        The resolution is not one of H3's.
    """
    bins = _bins(view, question, resolution + _FINER)
    shown, place = np.unique(coarser(bins.cells, resolution), return_inverse=True)
    per_km2 = np.bincount(place, weights=bins.counts, minlength=len(shown)) / (area_m2(cell_shapes(shown)) / 1e6)
    cells, weights, finest = bins.cells, bins.counts, resolution + _FINER
    while len(cells) > most and finest > 0:
        finest -= 1
        cells, place = np.unique(coarser(cells, finest), return_inverse=True)
        weights = np.bincount(place, weights=weights, minlength=len(cells)).astype(np.int64)
    centres = shapely.get_coordinates(shapely.centroid(cell_shapes(cells))).round(_COORDINATE_DECIMALS)
    breaks = class_breaks(per_km2, previous_breaks)
    return DensityPoints(finest, centres[:, 0], centres[:, 1], weights, breaks, bins.outside, bins.missing)


def _bins(view: MirrorView, question: Question, resolution: int) -> HexBins:
    """What lies in each cell; rows without coordinates are counted as missing."""
    rows = question.placed(view, "reported_at")
    lon, lat = rows["lon"].astype(np.float64), rows["lat"].astype(np.float64)
    there = ~np.isnan(lon)
    bins = bin_points(lon[there], lat[there], resolution, leaves=rows["leaf"][there])
    missing = int((~there).sum())
    return HexBins(resolution, bins.cells, bins.counts, {}, bins.outside, missing, {})
