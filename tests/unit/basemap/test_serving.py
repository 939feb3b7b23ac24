"""The basemap of a server: what it asks a map service for, and that nobody else waits for it."""

import asyncio
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from dashboard.map.basemap import serving
from dashboard.map.basemap.serving import KEPT_S, SOON_S, UNAVAILABLE_S, BasemapTiles, TileAnswer, open_tiles
from dashboard.map.basemap.tile import Tile, TileUnavailable
from data.settings import Settings
from tests.map_service import MapService
from tests.tile_files import picture, write_mbtiles, write_pmtiles

TILE = Tile(16, 54664, 26680)
ROADS, NAMES = (200, 100, 50), (0, 0, 0, 0)


def answer(path: str) -> tuple[int, bytes]:
    return 200, picture(ROADS if urlsplit(path).path == "/vec" else NAMES)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no slow service."""
    monkeypatch.setattr(serving, "_PATIENCE_S", 60)


@pytest.fixture
def service() -> Iterator[MapService]:
    running = MapService(answer)
    yield running
    running.stop()


def settings(home: Path, service: MapService, system: str) -> Settings:
    two = [f"{service.url}/{name}?x={{x}}&y={{y}}&z={{z}}&tk={{key}}" for name in ("vec", "cva")]
    return Settings(home=home, basemap=" ".join(two), basemap_key="k1", basemap_system=system)  # type: ignore[arg-type]


def ask(tiles: BasemapTiles, *wanted: Tile) -> list[TileAnswer]:
    async def all_at_once() -> list[TileAnswer]:
        return await asyncio.gather(*map(tiles.ask, wanted))

    return asyncio.run(all_at_once())


def test_two_maps_are_one_and_asked_for_once(service: MapService, tmp_path: Path) -> None:
    for start in (1, 2):
        tiles = open_tiles(settings(tmp_path, service, "wgs84"))
        assert tiles is not None
        found = ask(tiles, TILE, TILE)
        assert found[0] == found[1]
        assert Image.open(io.BytesIO(found[0].content or b"")).size == (256, 256)
        assert found[0].for_s == KEPT_S
        # The second start finds on disk what the first one asked for.
        assert len(service.asked) == 2, start
        tiles.close()


def test_tiles_of_gcj_02_share_what_they_are_made_of(service: MapService, tmp_path: Path) -> None:
    tiles = open_tiles(settings(tmp_path, service, "gcj02"))
    assert tiles is not None
    wanted = [TILE._replace(x=TILE.x + at) for at in range(4)]
    assert all(one.content for one in ask(tiles, *wanted))
    asked = [(urlsplit(path).path, parse_qs(urlsplit(path).query)["x"][0]) for path in service.asked]
    # Two rows of five columns of each of two maps, and none twice.
    assert len(service.asked) == len(set(service.asked)) == 20
    assert {int(x) for _, x in asked} == {TILE.x + at for at in range(5)} or {int(x) for _, x in asked} == {
        TILE.x + at for at in range(1, 6)
    }
    tiles.close()


def test_a_service_that_is_down_is_asked_again_soon(service: MapService, tmp_path: Path) -> None:
    service.answer = lambda _: (500, b"")
    tiles = open_tiles(settings(tmp_path, service, "wgs84"))
    assert tiles is not None
    assert ask(tiles, TILE) == [TileAnswer(None, UNAVAILABLE_S)]
    service.answer = answer
    assert ask(tiles, TILE)[0].content
    tiles.close()


class Slow:
    def __init__(self) -> None:
        self.go = threading.Event()
        self.reading = 0

    def read(self, _tile: Tile) -> bytes | None:
        self.reading += 1
        assert self.go.wait(20)
        return b"picture"

    def close(self) -> None:
        self.go.set()


def test_the_loop_stays_free_and_the_threads_are_few() -> None:
    source = Slow()
    tiles = BasemapTiles(source)
    many = serving._MOST_WAITING + 50

    async def look() -> tuple[list[TileAnswer], int]:
        asked = [asyncio.create_task(tiles.ask(Tile(20, at, 0))) for at in range(many)]
        # Everything here runs while not one tile is ready.
        while sum(task.done() for task in asked) < 50 or source.reading < serving._THREADS:
            await asyncio.sleep(0.005)
        reading = source.reading
        source.go.set()
        return await asyncio.gather(*asked), reading

    found, reading = asyncio.run(look())
    assert reading == serving._THREADS
    # More than can be served soon is told so at once.
    assert found.count(TileAnswer(None, UNAVAILABLE_S)) == 50
    assert found.count(TileAnswer(b"picture", KEPT_S)) == serving._MOST_WAITING
    tiles.close()


def test_nobody_is_kept_waiting_and_the_tile_is_there_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_PATIENCE_S", 0.05)
    source = Slow()
    tiles = BasemapTiles(source)

    async def look() -> None:
        wanted = Tile(3, 1, 1)
        assert await asyncio.gather(*(tiles.ask(wanted) for _ in range(5))) == [TileAnswer(None, SOON_S)] * 5
        assert await tiles.ask(wanted) == TileAnswer(None, SOON_S)
        # All of them waited for one and the same.
        assert source.reading == 1
        monkeypatch.setattr(serving, "_PATIENCE_S", 60)
        last = asyncio.create_task(tiles.ask(wanted))
        await asyncio.sleep(0)
        source.go.set()
        assert await last == TileAnswer(b"picture", KEPT_S)
        assert source.reading == 1

    asyncio.run(look())
    tiles.close()


def test_a_failing_source_is_an_answer() -> None:
    class Broken(Slow):
        def read(self, _tile: Tile) -> bytes | None:
            raise TileUnavailable("broken")

    tiles = BasemapTiles(Broken())
    assert ask(tiles, Tile(1, 0, 0)) == [TileAnswer(None, UNAVAILABLE_S)]
    # A tile the world does not have is asked of nobody.
    assert ask(tiles, Tile(1, 2, 0), Tile(1, 0, -1)) == [TileAnswer(None, KEPT_S)] * 2
    tiles.close()


@pytest.mark.parametrize("kind", ["mbtiles", "pmtiles"])
def test_a_file_is_served_as_it_is_and_writes_nothing(kind: str, tmp_path: Path) -> None:
    content = {TILE: picture((5, 6, 7))}
    path = tmp_path / f"city.{kind}"
    (write_mbtiles if kind == "mbtiles" else write_pmtiles)(path, content)
    tiles = open_tiles(Settings(home=tmp_path / "home", basemap=str(path)))
    assert tiles is not None
    assert ask(tiles, TILE, TILE._replace(x=0)) == [TileAnswer(content[TILE], KEPT_S), TileAnswer(None, KEPT_S)]
    tiles.close()
    assert not (tmp_path / "home").exists()
