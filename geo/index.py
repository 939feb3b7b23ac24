"""Which leaf does a point lie in? Exactly."""

from typing import Any

import h3.api.numpy_int as h3
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.coordinates import checked_degrees
from geo.grids import GridSystem

_CHUNK = 1 << 18


class GridIndex:
    """Assigns points to the leaves of a grid system."""

    def __init__(self, system: GridSystem) -> None:
        self._shapes = system.leaves.geometry.to_numpy()
        self._tree = shapely.STRtree(self._shapes)
        codes = system.leaves["code"].tolist()
        self._rank = np.empty(len(codes), dtype=np.int32)
        self._rank[sorted(range(len(codes)), key=codes.__getitem__)] = np.arange(len(codes), dtype=np.int32)
        self._by_rank = np.argsort(self._rank).astype(np.int32)

    def assign(self, lon: Any, lat: Any) -> NDArray[np.int32]:
        """Leaf ordinals of points in WGS 84 degrees; -1 = in no grid."""
        x, y = (np.atleast_1d(part) for part in checked_degrees(lon, lat))
        best = np.full(len(x), len(self._shapes), dtype=np.int32)
        for start in range(0, len(x), _CHUNK):
            points = shapely.points(x[start : start + _CHUNK], y[start : start + _CHUNK])
            which, leaf = self._tree.query(points, predicate="intersects")
            np.minimum.at(best, which + start, self._rank[leaf])
        return np.append(self._by_rank, np.int32(-1))[best]

    @staticmethod
    def cells(lon: Any, lat: Any, resolution: int) -> NDArray[np.uint64]:
        """H3 cells of points, see `geo.index.cells`."""
        return cells(lon, lat, resolution)


def cells(lon: Any, lat: Any, resolution: int) -> NDArray[np.uint64]:
    """H3 cells of points."""
    x, y = (np.atleast_1d(part) for part in checked_degrees(lon, lat))
    return np.fromiter((h3.latlng_to_cell(b, a, resolution) for a, b in zip(x, y, strict=True)), np.uint64, len(x))
