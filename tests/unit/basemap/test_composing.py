"""Several maps as one, and a map of GCJ-02 as one of WGS 84, down to the bytes."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from dashboard.map.basemap.composing import ComposedTiles
from dashboard.map.basemap.tile import Tile, TileUnavailable, media_type
from geo.crs import from_wgs84
from tests.tile_files import picture

WEST, SOUTH, EAST, NORTH = 120.2811, 31.9083, 120.2842, 31.9107
Z = 16


class Source:
    def __init__(self, content_of: Any) -> None:
        self.content_of = content_of

    def read(self, tile: Tile) -> bytes | None:
        content: bytes | None = self.content_of(tile)
        return content

    def close(self) -> None:
        pass


def pixels(content: bytes | None) -> Any:
    assert content is not None
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA")).astype(int)


def px(lon: float, lat: float) -> tuple[float, float]:
    n = 256 * 2**Z
    return (lon + 180) / 360 * n, (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * n


def drawn(tile: Tile) -> bytes:
    """A map in GCJ-02: one black box on white, at the edges a pixel grid allows."""
    west, north = px(*from_wgs84(WEST, NORTH, target="gcj02"))
    east, south = px(*from_wgs84(EAST, SOUTH, target="gcj02"))
    x, y = tile.x * 256, tile.y * 256
    image = Image.new("RGB", (256, 256), "white")
    box = [round(west) - x, round(north) - y, round(east) - x - 1, round(south) - y - 1]
    ImageDraw.Draw(image).rectangle(box, fill="black")
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def test_a_single_map_that_lies_right_is_handed_on_as_it_is() -> None:
    content = picture((1, 2, 3))
    assert ComposedTiles([Source(lambda _: content)], "wgs84").read(Tile(3, 1, 2)) == content
    assert ComposedTiles([Source(lambda _: content)], "gcj02").read(Tile(3, 6, 3)) == content


def test_the_second_lies_over_the_first() -> None:
    ground = Source(lambda _: picture((200, 100, 50)))
    half = Source(lambda _: picture((0, 0, 250, 128), size=512))
    nothing = Source(lambda _: None)
    content = ComposedTiles([ground, nothing, half], "wgs84").read(Tile(10, 1, 2))
    assert media_type(content or b"") == "image/webp"
    found = pixels(content)
    assert found.shape == (256, 256, 4)
    assert np.abs(found.reshape(-1, 4).mean(axis=0) - (100, 50, 150, 255)).max() < 4
    assert ComposedTiles([nothing, nothing], "wgs84").read(Tile(10, 1, 2)) is None
    # Names alone, with nothing below, leave the ground clear.
    assert pixels(ComposedTiles([half, nothing], "wgs84").read(Tile(10, 1, 2)))[..., 3].max() < 140


def test_a_box_drawn_in_gcj_02_lies_where_it_is() -> None:
    tiles = ComposedTiles([Source(drawn)], "gcj02")
    west, north = px(WEST, NORTH)
    east, south = px(EAST, SOUTH)
    columns = range(int(west // 256), int(east // 256) + 1)
    rows = range(int(north // 256), int(south // 256) + 1)
    found = np.block([[pixels(tiles.read(Tile(Z, x, y)))[..., 0] for x in columns] for y in rows])
    dark = found < 128
    ys, xs = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    edges = [xs[0] + columns[0] * 256, xs[-1] + 1 + columns[0] * 256, ys[0] + rows[0] * 256, ys[-1] + 1 + rows[0] * 256]
    # Half a pixel is the grid's of the map it was drawn in, half that of the map it is found in.
    assert np.abs(np.array(edges) - (west, east, north, south)).max() <= 1
    assert dark[ys[0] : ys[-1], xs[0] : xs[-1]].all()


@pytest.mark.parametrize("content", [b"no picture", picture((1, 2, 3))[:60], b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_what_cannot_be_decoded_is_unavailable(content: bytes) -> None:
    with pytest.raises(TileUnavailable):
        ComposedTiles([Source(lambda _: content)], "gcj02").read(Tile(Z, 54664, 26680))


def test_a_picture_too_large_for_a_tile_is_not_decoded() -> None:
    with pytest.raises(TileUnavailable, match="4096"):
        ComposedTiles([Source(lambda _: picture((1, 2, 3), size=4096))] * 2, "wgs84").read(Tile(Z, 1, 1))
