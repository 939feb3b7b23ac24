"""Tiles kept on disk, up to a size: what was longest not asked for leaves first."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from dashboard.map.basemap.tile import Tile, TileSource, TileUnavailable
from data.private_files import close_to_others, open_private, private_folder

log = logging.getLogger(__name__)

_DAY_S: Final = 86_400.0
# Maps change slowly, and services count what is asked of them.
KEPT_S: Final = 30 * _DAY_S
# What was not there may be drawn soon.
NOTHING_KEPT_S: Final = _DAY_S
# A row's share of pages and index besides its picture.
_ROW_BYTES: Final = 200
# Once full, so much leaves at once that not every tile has to make room for itself.
_ROOM: Final = 0.05
# When a tile was last used is written no more often: looking at a map shall not write.
_USED_EVERY_S: Final = 3600.0
_BUSY_S: Final = 5.0
_LOCKS: Final = 64
_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS tiles (
        name TEXT PRIMARY KEY,
        content BLOB NOT NULL,
        size INTEGER NOT NULL,
        kept_at REAL NOT NULL,
        used_at REAL NOT NULL
    );
    CREATE INDEX IF NOT EXISTS tiles_used_at ON tiles (used_at, size);
"""

Answer = TypeVar("Answer")


class Kept(NamedTuple):
    """A tile as it is kept: its picture, empty where there is none, and since when, in seconds of the epoch."""

    content: bytes
    kept_at_s: float


class TileStore:
    """A file of tiles by name; several threads and processes may use it.

    It is a convenience: where it cannot be read or written, it holds nothing, and says so once.

    Parameters
    ----------
    path
        The file; one that is no such store is thrown away.
    limit_bytes
        Most that it holds.
    now_s
        Seconds of the epoch.
    """

    def __init__(self, path: Path, limit_bytes: float, now_s: Callable[[], float] = time.time) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self._now_s = now_s
        self._one_at_a_time = threading.Lock()
        self._told = False
        self._database: sqlite3.Connection | None = None
        try:
            try:
                self._database = _opened(path)
            except sqlite3.DatabaseError:
                path.unlink(missing_ok=True)
                self._database = _opened(path)
        except (sqlite3.Error, OSError) as error:
            self._say(error)
        else:
            self._do(self._make_room, None)

    def find(self, name: str) -> Kept | None:
        """What is kept under a name, however old."""

        def find(database: sqlite3.Connection) -> Kept | None:
            row = database.execute("SELECT content, kept_at, used_at FROM tiles WHERE name = ?", (name,)).fetchone()
            if row is None:
                return None
            if self._now_s() > row[2] + _USED_EVERY_S:
                database.execute("UPDATE tiles SET used_at = ? WHERE name = ?", (self._now_s(), name))
            return Kept(bytes(row[0]), float(row[1]))

        return self._do(find, None)

    def keep(self, name: str, content: bytes) -> None:
        """Keep a picture, or with no bytes that there is none; others leave where it becomes too much."""

        def keep(database: sqlite3.Connection) -> None:
            now_s = self._now_s()
            row = (name, content, len(content) + _ROW_BYTES, now_s, now_s)
            database.execute("INSERT OR REPLACE INTO tiles VALUES (?, ?, ?, ?, ?)", row)
            self._make_room(database)

        self._do(keep, None)

    @property
    def size_bytes(self) -> int:
        """How much is kept."""
        return self._do(_size, 0)

    def close(self) -> None:
        """Close the file: from now on it holds nothing."""
        with self._one_at_a_time:
            if self._database is not None:
                self._database.close()
            self._database = None

    def _do(self, action: Callable[[sqlite3.Connection], Answer], otherwise: Answer) -> Answer:
        """One action as a transaction; `otherwise` where there is no file, or it fails."""
        with self._one_at_a_time:
            if self._database is None:
                return otherwise
            try:
                with self._database:
                    return action(self._database)
            except sqlite3.Error as error:
                self._say(error)
                return otherwise

    def _make_room(self, database: sqlite3.Connection) -> None:
        over = _size(database) - self._limit_bytes
        if over <= 0:
            return
        over += _ROOM * self._limit_bytes
        leaving = []
        for name, size in database.execute("SELECT name, size FROM tiles ORDER BY used_at"):
            if over <= 0:
                break
            leaving.append((name,))
            over -= size
        database.executemany("DELETE FROM tiles WHERE name = ?", leaving)

    def _say(self, error: Exception) -> None:
        if not self._told:
            self._told = True
            log.warning("tiles of the basemap cannot be kept in %s: %s", self._path, error)


class KeptTiles:
    """A source whose tiles are kept: each is asked for once, whoever wants it, and again when it has become old.

    Where the source does not answer, the old one is better than none.

    Parameters
    ----------
    source
        Where the tiles come from.
    store, mark
        Where they are kept, and what tells them there from those of other sources.
    now_s
        Seconds of the epoch.
    """

    def __init__(self, source: TileSource, store: TileStore, mark: str, now_s: Callable[[], float] = time.time) -> None:
        self._source = source
        self._store = store
        self._mark = mark
        self._now_s = now_s
        self._asking = [threading.Lock() for _ in range(_LOCKS)]

    def read(self, tile: Tile) -> bytes | None:
        """As of `TileSource`."""
        name = f"{self._mark}/{tile.z}/{tile.x}/{tile.y}"
        kept = self._store.find(name)
        if kept is None or self._is_old(kept):
            with self._asking[hash(tile) % _LOCKS]:
                # Another thread may have fetched it meanwhile.
                kept = self._store.find(name)
                if kept is None or self._is_old(kept):
                    return self._fetch(tile, name, kept)
        return kept.content or None

    def close(self) -> None:
        """As of `TileSource`; the store is its owner's."""
        self._source.close()

    def _fetch(self, tile: Tile, name: str, old: Kept | None) -> bytes | None:
        try:
            content = self._source.read(tile)
        except TileUnavailable:
            if old is None or not old.content:
                raise
            return old.content
        self._store.keep(name, content or b"")
        return content

    def _is_old(self, kept: Kept) -> bool:
        age_s = self._now_s() - kept.kept_at_s
        # A clock that was set back must not keep a tile for years.
        return not 0 <= age_s < (KEPT_S if kept.content else NOTHING_KEPT_S)


def _opened(path: Path) -> sqlite3.Connection:
    private_folder(path.parent)
    if not path.exists():
        open_private(path).close()
    for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        # SQLite gives what it writes beside the file the same rights.
        close_to_others(one)
    database = sqlite3.connect(path, timeout=_BUSY_S, check_same_thread=False)
    try:
        # What was deleted is given back to the disk.
        database.execute("PRAGMA auto_vacuum = FULL")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(_SCHEMA)
        _size(database)
    except BaseException:
        database.close()
        raise
    return database


def _size(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT coalesce(sum(size), 0) FROM tiles").fetchone()[0])
