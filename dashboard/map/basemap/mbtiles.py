"""A basemap in an MBTiles file: an SQLite database of pictures."""

import contextlib
import sqlite3
import threading
from pathlib import Path
from typing import Any

from dashboard.map.basemap.file import FileFacts, bounds_of, not_pictures, plain_text, unusable
from dashboard.map.basemap.pictures import width_px
from dashboard.map.basemap.tile import Tile, TileUnavailable, media_type

_PICTURES = ("png", "jpg", "jpeg", "webp")


class MBTilesFile:
    """An MBTiles file, opened to be read; several threads may read.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    SettingInvalid
        It cannot be read, holds no tiles, or none that are pictures.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._one_reads = threading.Lock()
        try:
            self._database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise unusable(path, f"it cannot be opened ({error})") from error
        try:
            self.facts = self._read_facts()
        except sqlite3.Error as error:
            self.close()
            raise unusable(path, f"it is no MBTiles file ({error})") from error
        except BaseException:
            self.close()
            raise

    def read(self, tile: Tile) -> bytes | None:
        """As of `TileSource`."""
        # The specification counts rows from the south.
        where = (tile.z, tile.x, tile.from_south)
        try:
            rows = self._ask(
                "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?", where
            )
        except sqlite3.Error as error:
            raise TileUnavailable(f"{self._path.name} cannot be read: {error}") from error
        return bytes(rows[0][0]) if rows else None

    def close(self) -> None:
        """As of `TileSource`."""
        with self._one_reads:
            self._database.close()

    def _ask(self, statement: str, values: tuple[int, ...] = ()) -> list[Any]:
        with self._one_reads:
            return self._database.execute(statement, values).fetchall()

    def _read_facts(self) -> FileFacts:
        told = {str(name): str(value) for name, value in self._ask("SELECT name, value FROM metadata")}
        kind = told.get("format", "").lower()
        if kind and kind not in _PICTURES:
            raise not_pictures(self._path, "vectors (pbf)" if kind == "pbf" else kind)
        # What the metadata say of zooms is often wrong, and it is they who decide what a map asks for.
        first, last = self._ask("SELECT min(zoom_level), max(zoom_level) FROM tiles")[0]
        if first is None:
            raise unusable(self._path, "it holds no tiles")
        sample = bytes(self._ask("SELECT tile_data FROM tiles WHERE zoom_level = ? LIMIT 1", (last,))[0][0])
        if media_type(sample) is None:
            raise not_pictures(self._path, "of an unknown kind")
        bounds = None
        with contextlib.suppress(ValueError):
            bounds = bounds_of([float(part) for part in told.get("bounds", "").split(",")])
        return FileFacts((int(first), int(last)), bounds, width_px(sample), plain_text(told.get("attribution", "")))
