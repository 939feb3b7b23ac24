"""Tiles that are drawn in another coordinate system, moved to where they belong. Pure; no file, no network.

Tiles of Chinese map services are drawn in GCJ-02, which lies some hundred metres off, by an amount that changes from
place to place. A tile of WGS 84 is a quadrilateral in such a map: it is cut out of the tiles it lies over, and drawn
straight.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dashboard.map.basemap.tile import Tile
from geo.crs import from_wgs84

# Less than that is not seen, and saves the tile from being drawn anew.
_UNSEEN_PX: Final = 0.5
# Of Web Mercator: a square world.
_MOST_LAT: Final = math.degrees(math.atan(math.sinh(math.pi)))
# Corners of a tile in Pillow's order: north-west, south-west, south-east, north-east.
_CORNERS: Final = np.array([(0, 0), (0, 1), (1, 1), (1, 0)])

Corners = NDArray[np.float64]


def corners_px(tile: Tile, system: str, tile_px: int) -> Corners:
    """Where the corners of a WGS 84 tile lie in a map of another system.

    Parameters
    ----------
    tile
        Of Web Mercator.
    system
        As of `geo.crs.from_wgs84`.
    tile_px
        Pixels along the side of a tile.

    Returns
    -------
    Array of shape (4, 2), pixels from the north-west corner of the whole world at the tile's zoom: north-west,
    south-west, south-east, north-east.
    """
    side = 1 << tile.z
    x, y = ((np.array([tile.x, tile.y]) + _CORNERS) / side).T
    lon = x * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y))))
    lon, lat = from_wgs84(lon, lat, target=system)
    there_x = (lon + 180) / 360
    there_y = (1 - np.arcsinh(np.tan(np.radians(np.clip(lat, -_MOST_LAT, _MOST_LAT)))) / np.pi) / 2
    return np.stack([there_x, there_y], axis=1) * side * tile_px


def is_unseen(tile: Tile, corners: Corners, tile_px: int) -> bool:
    """Whether a tile lies where it belongs to within half a pixel, as it does at low zooms and outside of China."""
    own = (np.array([tile.x, tile.y]) + _CORNERS) * tile_px
    return bool(np.abs(corners - own).max() < _UNSEEN_PX)


def moved(
    tile: Tile, corners: Corners, tile_px: int, picture_of: Callable[[Tile], Image.Image | None]
) -> Image.Image | None:
    """Draw a tile from the tiles of a map it lies over.

    Parameters
    ----------
    tile
        The tile wanted.
    corners
        Where it lies in that map, as of `corners_px`.
    tile_px
        Pixels along the side of a tile of it.
    picture_of
        Tiles of that map, all of one mode; None where it has none: nothing is drawn there.

    Returns
    -------
    A picture of the same size and mode; None where the map has none of the tiles.
    """
    least = np.floor(corners.min(axis=0) / tile_px).astype(int)
    # A corner on the very edge of a tile does not want the next one.
    most = np.ceil(corners.max(axis=0) / tile_px).astype(int) - 1
    columns, rows = (range(int(low), int(high) + 1) for low, high in zip(least, most, strict=True))
    found: dict[tuple[int, int], Any] = {}
    for row in rows:
        for column in columns:
            below = Tile(tile.z, column, row)
            picture = picture_of(below) if below.exists else None
            if picture is not None:
                found[(column - columns[0]) * tile_px, (row - rows[0]) * tile_px] = picture
    if not found:
        return None
    whole = Image.new(next(iter(found.values())).mode, (len(columns) * tile_px, len(rows) * tile_px))
    for place, picture in found.items():
        whole.paste(picture, place)
    quadrilateral = (corners - least * tile_px).ravel().tolist()
    return whole.transform((tile_px, tile_px), Image.Transform.QUAD, quadrilateral, Image.Resampling.BICUBIC)
