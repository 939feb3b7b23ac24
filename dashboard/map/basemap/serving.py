"""The basemap of a server: what pages say of it, and its tiles, made in threads of its own."""

import asyncio
import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dashboard.map.basemap.addresses import TileAddress, parse
from dashboard.map.basemap.composing import ComposedTiles
from dashboard.map.basemap.file import TileFile
from dashboard.map.basemap.keeping import KeptTiles, TileStore
from dashboard.map.basemap.mbtiles import MBTilesFile
from dashboard.map.basemap.pmtiles_file import PMTilesFile
from dashboard.map.basemap.tile import Tile, TileSource, TileUnavailable
from dashboard.map.basemap.upstream import Upstream
from data.settings import Settings
from layers.basemap import Basemap

log = logging.getLogger(__name__)

ADDRESS: Final = "/api/v1/basemap"
STORE: Final = "basemap.sqlite"
# Threads of their own: a map service that is slow must not take those that answer everything else.
_THREADS: Final = 8
# So many tiles are a few screens of them; more at once would only be late.
_MOST_WAITING: Final = 400
# A map begins with the whole world, before it knows its city, and would wait for tiles of that.
_USUAL_ZOOMS: Final = (5, 18)
# How long a browser keeps what it was told: a wall asks anew by itself once this is over.
KEPT_S: Final = 86_400
UNAVAILABLE_S: Final = 30
# A browser has few connections to a server: none is held for long, and the tile is there when it asks again.
_PATIENCE_S: Final = 2.0
SOON_S: Final = 5


@dataclass(frozen=True, slots=True)
class TileAnswer:
    """A picture, None where there is none to be shown, and for how many seconds that may be believed."""

    content: bytes | None
    for_s: int


class BasemapTiles:
    """Answers with tiles; made by `open_tiles`.

    Parameters
    ----------
    source
        Where tiles come from, as they are to be shown.
    store
        Closed with it, where there is one.
    """

    def __init__(self, source: TileSource, store: TileStore | None = None) -> None:
        self._source = source
        self._store = store
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="basemap")
        self._making: dict[Tile, asyncio.Future[TileAnswer]] = {}

    async def ask(self, tile: Tile) -> TileAnswer:
        """The tile; call it on the event loop, which stays free meanwhile."""
        if not tile.exists:
            return TileAnswer(None, KEPT_S)
        making = self._making.get(tile)
        if making is None:
            if len(self._making) >= _MOST_WAITING:
                return TileAnswer(None, UNAVAILABLE_S)
            making = asyncio.get_running_loop().run_in_executor(self._threads, self._answer, tile)
            self._making[tile] = making
            making.add_done_callback(lambda _: self._making.pop(tile, None))
        try:
            # Whoever else wants it goes on waiting for it, and what comes of it is kept.
            return await asyncio.wait_for(asyncio.shield(making), _PATIENCE_S)
        except TimeoutError:
            return TileAnswer(None, SOON_S)

    def close(self) -> None:
        """Give back everything; who still waits is let go."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._source.close()
        if self._store is not None:
            self._store.close()

    def _answer(self, tile: Tile) -> TileAnswer:
        try:
            return TileAnswer(self._source.read(tile), KEPT_S)
        except TileUnavailable as error:
            log.info("tile %s of the basemap: %s", tile, error.message)
            return TileAnswer(None, UNAVAILABLE_S)


def open_tiles(settings: Settings) -> BasemapTiles | None:
    """Open the basemap of the settings; None where none is set.

    Raises
    ------
    SettingInvalid
        It cannot be used.
    """
    said = parse(settings)
    if said is None:
        return None
    system = settings.basemap_system
    if isinstance(said, Path):
        file = _file(said)
        if system == "wgs84":
            return BasemapTiles(file)
        sources: list[TileSource] = [file]
        tile_px = file.facts.tile_px
    else:
        sources, tile_px = [Upstream(address, settings.basemap_key) for address in said], 256
    store = TileStore(settings.home / "cache" / STORE, settings.basemap_cache_mb * 1e6)
    if not isinstance(said, Path):
        kept = zip(said, sources, strict=True)
        sources = [KeptTiles(source, store, _mark(address.template)) for address, source in kept]
    composed: TileSource = ComposedTiles(sources, system, tile_px)
    # What is handed on as it is, is kept already.
    if len(sources) > 1 or system != "wgs84":
        composed = KeptTiles(composed, store, _version(said, settings))
    return BasemapTiles(composed, store)


def described(settings: Settings) -> Basemap | None:
    """What a page has to know of the basemap of the settings; None where none is set.

    Raises
    ------
    SettingInvalid
        It cannot be used.
    """
    said = parse(settings)
    if said is None:
        return None
    # Another basemap has other addresses, so that no browser shows tiles of the one before.
    tiles = f"{ADDRESS}/{{z}}/{{x}}/{{y}}?v={_version(said, settings)}"
    tone, attribution = settings.basemap_tone, settings.basemap_attribution
    if not isinstance(said, Path):
        return Basemap(tiles, _USUAL_ZOOMS, tone=tone, attribution=attribution)
    file = _file(said)
    facts = file.facts
    file.close()
    first, last = facts.zooms
    return Basemap(
        tiles,
        (max(first, min(last, _USUAL_ZOOMS[0])), last),
        facts.bounds,
        facts.tile_px,
        tone,
        attribution or facts.attribution,
    )


def _file(path: Path) -> TileFile:
    return PMTilesFile(path) if path.suffix.lower() == ".pmtiles" else MBTilesFile(path)


def _version(said: tuple[TileAddress, ...] | Path, settings: Settings) -> str:
    if isinstance(said, Path):
        state = said.stat()
        return _mark(str(said), str(state.st_mtime_ns), str(state.st_size), settings.basemap_system)
    return _mark(*(address.template for address in said), settings.basemap_system)


def _mark(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
