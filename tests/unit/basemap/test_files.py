"""MBTiles and PMTiles: the right tile, what they say of themselves, and what is refused."""

import random
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pmtiles.tile import TileType, deserialize_header

from dashboard.map.basemap.file import TileFile
from dashboard.map.basemap.mbtiles import MBTilesFile
from dashboard.map.basemap.pmtiles_file import PMTilesFile
from dashboard.map.basemap.serving import described
from dashboard.map.basemap.tile import Tile, TileUnavailable
from data.errors import SettingInvalid
from data.settings import Settings
from tests.tile_files import picture, write_mbtiles, write_pmtiles

CITY = (120.0, 31.7, 120.6, 32.1)
TILES = {
    (z, x, y): picture((z * 10, x, y), size=256) for z in (3, 4) for x in range(2**z // 2) for y in range(2**z // 2)
}


def mbtiles(folder: Path) -> TileFile:
    bounds = ",".join(map(str, CITY))
    return MBTilesFile(
        write_mbtiles(folder / "a b%20#?.mbtiles", TILES, bounds=bounds, attribution="<b>©</b> City &amp; Co")
    )


def pmtiles(folder: Path) -> TileFile:
    return PMTilesFile(write_pmtiles(folder / "a b.pmtiles", TILES, bounds=CITY, attribution="<b>©</b> City &amp; Co"))


@pytest.fixture(params=[mbtiles, pmtiles])
def file(request: Any, tmp_path: Path) -> Any:
    opened = request.param(tmp_path)
    yield opened
    opened.close()


def test_every_tile_is_the_one_that_was_written(file: TileFile) -> None:
    assert {tile: file.read(Tile(*tile)) for tile in TILES} == TILES


def test_a_tile_that_is_not_there_is_none(file: TileFile) -> None:
    assert file.read(Tile(4, 15, 15)) is None
    assert file.read(Tile(5, 0, 0)) is None
    assert file.read(Tile(0, 0, 0)) is None


def test_it_says_what_it_holds(file: TileFile) -> None:
    assert file.facts.zooms == (3, 4)
    assert file.facts.bounds == pytest.approx(CITY)
    assert file.facts.tile_px == 256
    assert file.facts.attribution == "© City & Co"


def test_threads_read_at_once(file: TileFile) -> None:
    wrong: list[object] = []

    def read() -> None:
        for tile, content in TILES.items():
            if file.read(Tile(*tile)) != content:
                wrong.append(tile)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_closed_file_is_unavailable_not_a_crash(file: TileFile) -> None:
    file.close()
    with pytest.raises(TileUnavailable):
        file.read(Tile(3, 0, 0))


def test_large_tiles_are_told_to_the_map(tmp_path: Path) -> None:
    path = write_mbtiles(tmp_path / "large.mbtiles", {(2, 1, 1): picture((1, 2, 3), "WEBP", 512)}, format="webp")
    told = described(Settings(home=tmp_path, basemap=str(path), basemap_attribution="ours"))
    assert told is not None
    assert (told.tile_px, told.zooms, told.bounds, told.attribution) == (512, (2, 2), None, "ours")


def test_leaf_directories_are_followed(tmp_path: Path) -> None:
    # So many tiles of so many sizes that the directory does not fit into the head of the file.
    rng = random.Random(1)
    chosen = rng.sample([(8, x, y) for x in range(256) for y in range(256)], 12_000)
    head = picture((1, 2, 3))
    tiles = {tile: head + rng.randbytes(rng.randrange(1000)) for tile in chosen}
    path = write_pmtiles(tmp_path / "many.pmtiles", tiles)
    assert deserialize_header(path.read_bytes()[:127])["leaf_directory_length"] > 0
    file = PMTilesFile(path)
    asked = [*rng.sample(chosen, 500), *((8, rng.randrange(256), rng.randrange(256)) for _ in range(500))]
    assert [tile for tile in asked if file.read(Tile(*tile)) != tiles.get(tile)] == []
    file.close()


def vector_mbtiles(path: Path) -> None:
    write_mbtiles(path, {(1, 0, 0): b"\x1f\x8bmvt"}, format="pbf")


def vector_pmtiles(path: Path) -> None:
    write_pmtiles(path, {(1, 0, 0): b"\x1f\x8bmvt"}, TileType.MVT)


def unnamed_vectors(path: Path) -> None:
    write_mbtiles(path, {(1, 0, 0): b"\x1f\x8bmvt"}, format="")


def no_tiles(path: Path) -> None:
    write_mbtiles(path, {})


def no_database(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t (a)")


def empty(path: Path) -> None:
    path.touch()


def cut_off(path: Path) -> None:
    write_pmtiles(path, TILES)
    path.write_bytes(path.read_bytes()[:200])


def old_version(path: Path) -> None:
    write_pmtiles(path, TILES)
    content = bytearray(path.read_bytes())
    content[7] = 2
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "kind", "reason"),
    [
        (vector_mbtiles, "mbtiles", "not pictures"),
        (vector_pmtiles, "pmtiles", "not pictures"),
        (unnamed_vectors, "mbtiles", "not pictures"),
        (no_tiles, "mbtiles", "no tiles"),
        (no_database, "mbtiles", "no MBTiles"),
        (other_database, "mbtiles", "no MBTiles"),
        (empty, "mbtiles", "no MBTiles"),
        (no_database, "pmtiles", "no PMTiles"),
        (empty, "pmtiles", "no PMTiles"),
        (cut_off, "pmtiles", "cut off"),
        (old_version, "pmtiles", "version"),
    ],
)
def test_what_cannot_be_drawn_is_refused_at_the_start(
    make: Callable[[Path], None], kind: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / f"city.{kind}"
    make(path)
    with pytest.raises(SettingInvalid) as caught:
        described(Settings(home=tmp_path, basemap=str(path)))
    assert reason in caught.value.message
    assert str(path) in caught.value.message


def test_a_file_cut_short_while_it_is_read_harms_nobody(tmp_path: Path) -> None:
    path = write_pmtiles(tmp_path / "city.pmtiles", TILES)
    file = PMTilesFile(path)
    with path.open("r+b") as other:
        other.truncate(300)
    with pytest.raises(TileUnavailable):
        file.read(Tile(4, 7, 7))
    file.close()
