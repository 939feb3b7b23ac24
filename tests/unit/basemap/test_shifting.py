"""Tiles of GCJ-02 moved right: every pixel must then say the WGS 84 place at which it stands.

The map that is moved is one in which each pixel holds its own longitude or latitude, in GCJ-02; what comes out is taken
back by `to_wgs84` and compared with where a pixel of a WGS 84 tile lies.
"""

import math
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dashboard.map.basemap.shifting import corners_px, is_unseen, moved
from dashboard.map.basemap.tile import Tile
from geo.crs import from_wgs84, to_wgs84

PLACES = [(120.2853, 31.9102), (116.3975, 39.9087), (113.2644, 23.1291), (87.6168, 43.8256), (126.53, 45.80)]


def tile_at(lon: float, lat: float, z: int) -> Tile:
    """After the formulas of the OpenStreetMap wiki."""
    x = (lon + 180) / 360 * 2**z
    y = (1 - math.log(math.tan(math.radians(lat)) + 1 / math.cos(math.radians(lat))) / math.pi) / 2 * 2**z
    return Tile(z, int(x), int(y))


def places(tile: Tile, size: int) -> tuple[Any, Any]:
    """Longitude and latitude of the middle of each pixel, each of shape (size, size)."""
    middles = (np.arange(size) + 0.5) / size
    lon = (tile.x + middles) / 2**tile.z * 360 - 180
    lat = np.degrees(2 * np.arctan(np.exp(np.pi * (1 - 2 * (tile.y + middles) / 2**tile.z))) - np.pi / 2)
    return np.meshgrid(lon, lat)


def told(tile: Tile, size: int) -> tuple[Any, Any]:
    """The tile drawn out of the map of places, and what its pixels say, in WGS 84."""
    corners = corners_px(tile, "gcj02", size)
    said = []
    for which in (0, 1):
        base = places(tile, size)[which].mean()  # a single-precision pixel holds a small number exactly

        def picture_of(below: Tile, which: int = which, base: float = base) -> Image.Image:
            return Image.fromarray((places(below, size)[which] - base).astype(np.float32))

        drawn = moved(tile, corners, size, picture_of)
        assert drawn is not None
        assert drawn.size == (size, size)
        said.append(np.asarray(drawn, dtype=float) + base)
    return to_wgs84(said[0], said[1], source="gcj02")


def off_px(tile: Tile, size: int, lon: Any, lat: Any) -> Any:
    there_lon, there_lat = places(tile, size)
    degrees_per_px = 360 / 2**tile.z / size
    return np.hypot(
        (lon - there_lon) / degrees_per_px, (lat - there_lat) / (degrees_per_px * np.cos(np.radians(there_lat)))
    )


@pytest.mark.parametrize("z", [8, 10, 12, 14, 16, 18])
@pytest.mark.parametrize("place", PLACES)
def test_every_pixel_says_where_it_stands(place: tuple[float, float], z: int) -> None:
    tile = tile_at(*place, z)
    assert off_px(tile, 256, *told(tile, 256)).max() < 0.5


def test_without_the_move_it_would_not() -> None:
    tile = tile_at(*PLACES[0], 16)
    lon, lat = to_wgs84(*places(tile, 256), source="gcj02")
    assert off_px(tile, 256, lon, lat).min() > 100


def test_larger_tiles_are_as_exact() -> None:
    tile = tile_at(*PLACES[0], 15)
    assert off_px(tile, 512, *told(tile, 512)).max() < 0.5


@pytest.mark.parametrize("place", PLACES)
def test_the_offset_hardly_changes_within_a_tile(place: tuple[float, float]) -> None:
    """What the four corners say is enough: nowhere between them is it half a pixel otherwise."""
    for z in range(8, 19):
        tile = tile_at(*place, z)
        corners = corners_px(tile, "gcj02", 256)
        lon, lat = places(tile, 256)
        x, y = from_wgs84(lon, lat, target="gcj02")
        px = (x + 180) / 360 * 256 * 2**z
        py = (1 - np.arcsinh(np.tan(np.radians(y))) / np.pi) / 2 * 256 * 2**z
        u, v = np.meshgrid((np.arange(256) + 0.5) / 256, (np.arange(256) + 0.5) / 256)
        nw, sw, se, ne = corners
        for axis, true in ((0, px), (1, py)):
            between = nw[axis] * (1 - u) * (1 - v) + sw[axis] * (1 - u) * v + se[axis] * u * v + ne[axis] * u * (1 - v)
            assert np.abs(between - true).max() < 0.3, (z, axis)


def test_seams_between_tiles_do_not_show() -> None:
    """The last pixel of a tile and the first of the next are as far apart as any two neighbours."""
    tile = tile_at(*PLACES[0], 15)
    left, right = (told(one, 256)[0] for one in (tile, tile._replace(x=tile.x + 1)))
    step = 360 / 2**15 / 256
    assert np.abs((right[:, 0] - left[:, -1]) / step - 1).max() < 0.2


@pytest.mark.parametrize("z", [0, 1, 3, 5, 6])
def test_at_low_zooms_nothing_is_moved(z: int) -> None:
    tile = tile_at(*PLACES[0], z)
    assert is_unseen(tile, corners_px(tile, "gcj02", 256), 256)


def test_at_the_zooms_of_a_city_it_is() -> None:
    tile = tile_at(*PLACES[0], 9)
    assert not is_unseen(tile, corners_px(tile, "gcj02", 256), 256)


@pytest.mark.parametrize("system", ["gcj02", "wgs84"])
def test_outside_of_china_nothing_is_moved(system: str) -> None:
    tile = tile_at(9.99, 53.55, 16)
    assert is_unseen(tile, corners_px(tile, system, 256), 256)


def test_of_wgs_84_nothing_is_moved() -> None:
    tile = tile_at(*PLACES[0], 18)
    assert is_unseen(tile, corners_px(tile, "wgs84", 256), 256)


def test_what_the_map_has_not_stays_clear() -> None:
    tile = tile_at(*PLACES[0], 16)
    corners = corners_px(tile, "gcj02", 256)
    assert moved(tile, corners, 256, lambda _: None) is None
    asked: list[Tile] = []

    def only_the_first(below: Tile) -> Image.Image | None:
        asked.append(below)
        return Image.new("RGBA", (256, 256), (200, 10, 10, 255)) if len(asked) == 1 else None

    drawn = moved(tile, corners, 256, only_the_first)
    assert drawn is not None
    assert len(asked) == len(set(asked)) == 4
    opaque = np.asarray(drawn)[..., 3]
    assert {0, 255} <= set(opaque.ravel().tolist())


def test_at_the_rim_of_the_world_nothing_is_asked_that_is_not_there() -> None:
    asked: list[Tile] = []
    corners = corners_px(Tile(2, 3, 3), "wgs84", 256) + 100
    moved(Tile(2, 3, 3), corners, 256, asked.append)
    assert asked == [Tile(2, 3, 3)]
