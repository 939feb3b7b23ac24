"""Files of tiles, made for a test: what the makers of maps would have written."""

import io
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

Colour = tuple[int, ...]


def picture(colour: Colour, kind: str = "PNG", size: int = 256) -> bytes:
    """A tile of one colour."""
    made = io.BytesIO()
    Image.new("RGB" if len(colour) == 3 else "RGBA", (size, size), colour).save(made, kind)
    return made.getvalue()


def write_mbtiles(path: Path, tiles: Mapping[tuple[int, int, int], bytes], **metadata: str) -> Path:
    """Tiles by zoom, column and row from the north, as the specification has them: rows from the south."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE metadata (name text, value text)")
        database.execute(
            "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)"
        )
        database.execute("CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row)")
        told = {"name": "test", "format": "png"} | metadata
        database.executemany("INSERT INTO metadata VALUES (?, ?)", list(told.items()))
        rows = [(z, x, 2**z - 1 - y, content) for (z, x, y), content in tiles.items()]
        database.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    return path


def write_pmtiles(
    path: Path,
    tiles: Mapping[tuple[int, int, int], bytes],
    kind: TileType = TileType.PNG,
    bounds: tuple[float, float, float, float] = (-180, -85, 180, 85),
    **metadata: Any,
) -> Path:
    """Tiles by zoom, column and row from the north."""
    header = {"tile_type": kind, "tile_compression": Compression.NONE}
    names = ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")
    header |= {name: round(degrees * 1e7) for name, degrees in zip(names, bounds, strict=True)}
    with path.open("wb") as file:
        writer = Writer(file)
        for tile_id, content in sorted((zxy_to_tileid(*tile), content) for tile, content in tiles.items()):
            writer.write_tile(tile_id, content)
        writer.finalize(header, metadata)
    return path
