"""A basemap in a PMTiles file (version 3): pictures behind a directory of where each lies."""

import gzip
import json
import os
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pmtiles.tile import (
    Compression,
    Entry,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from dashboard.map.basemap.file import FileFacts, bounds_of, not_pictures, plain_text, unusable
from dashboard.map.basemap.pictures import width_px
from dashboard.map.basemap.tile import Tile, TileUnavailable

_HEADER_BYTES: Final = 127
# A directory has some thousand entries, and reading one takes milliseconds.
_MOST_DIRECTORIES: Final = 64
_MOST_DEPTH: Final = 4
_MOST_BYTES: Final = 64 << 20
_PICTURES: Final = (TileType.PNG, TileType.JPEG, TileType.WEBP)
_BROKEN: Final = (OSError, EOFError, ValueError, IndexError, zlib.error)


class PMTilesFile:
    """A PMTiles file, opened to be read; several threads may read.

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
        self._directory = lru_cache(_MOST_DIRECTORIES)(self._read_directory)
        try:
            # Read by position, not mapped into memory: a file cut short under a map would end the whole server.
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise unusable(path, f"it cannot be opened ({error.strerror})") from error
        try:
            self._header = self._read_header()
            self.facts = self._read_facts()
        except (*_BROKEN, TileUnavailable) as error:
            self.close()
            raise unusable(path, f"it is no PMTiles file, or it is cut off ({error})") from error
        except BaseException:
            self.close()
            raise

    def read(self, tile: Tile) -> bytes | None:
        """As of `TileSource`."""
        try:
            entry = self._find(zxy_to_tileid(*tile))
            return None if entry is None else self._content(entry)
        except _BROKEN as error:
            raise TileUnavailable(f"{self._path.name} cannot be read: {error}") from error

    def close(self) -> None:
        """As of `TileSource`."""
        self._file.close()

    def _find(self, tile_id: int) -> Entry | None:
        offset, length = self._header["root_offset"], self._header["root_length"]
        for _ in range(_MOST_DEPTH):
            entry = find_tile(self._directory(offset, length), tile_id)
            if entry is None or entry.run_length:
                return entry
            offset, length = self._header["leaf_directory_offset"] + entry.offset, entry.length
        return None

    def _content(self, entry: Entry) -> bytes:
        content = self._bytes(self._header["tile_data_offset"] + entry.offset, entry.length)
        return gzip.decompress(content) if self._header["tile_compression"] is Compression.GZIP else content

    def _bytes(self, offset: int, length: int) -> bytes:
        if length > _MOST_BYTES:
            raise ValueError(f"a part of {length} bytes")
        found = os.pread(self._file.fileno(), length, offset)
        if len(found) < length:
            raise EOFError(f"it ends at {offset + len(found)} bytes")
        return found

    def _read_directory(self, offset: int, length: int) -> list[Entry]:
        return deserialize_directory(self._bytes(offset, length))

    def _read_header(self) -> Any:
        try:
            return deserialize_header(self._bytes(0, _HEADER_BYTES))
        except MagicNumberNotFound as error:
            raise ValueError("it does not begin as one") from error
        except SpecVersionUnsupported as error:
            raise unusable(
                self._path, "it is a PMTiles file of another version than 3: convert it (`pmtiles convert`)"
            ) from error

    def _read_facts(self) -> FileFacts:
        header = self._header
        if header["tile_type"] not in _PICTURES:
            kind = header["tile_type"]
            raise not_pictures(
                self._path, f"vectors ({kind.name})" if kind in (TileType.MVT, TileType.MLT) else kind.name
            )
        if header["internal_compression"] is not Compression.GZIP:
            raise unusable(self._path, "its directories are not compressed by gzip: write it anew (`pmtiles cluster`)")
        sample = self._first(header["root_offset"], header["root_length"])
        if sample is None:
            raise unusable(self._path, "it holds no tiles")
        corners = [header[name] / 1e7 for name in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")]
        zooms = (header["min_zoom"], header["max_zoom"])
        return FileFacts(zooms, bounds_of(corners), width_px(sample), self._attribution())

    def _first(self, offset: int, length: int) -> bytes | None:
        for _ in range(_MOST_DEPTH):
            entries = self._directory(offset, length)
            if not entries:
                return None
            if entries[0].run_length:
                return self._content(entries[0])
            offset, length = self._header["leaf_directory_offset"] + entries[0].offset, entries[0].length
        return None

    def _attribution(self) -> str:
        raw = self._bytes(self._header["metadata_offset"], self._header["metadata_length"])
        told = json.loads(gzip.decompress(raw)) if raw else {}
        return plain_text(str(told.get("attribution", "")))
