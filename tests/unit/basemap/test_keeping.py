"""Tiles kept on disk: found again, bounded, renewed in time, and never in the way."""

import threading
from pathlib import Path

import pytest

from dashboard.map.basemap.keeping import KEPT_S, NOTHING_KEPT_S, KeptTiles, TileStore
from dashboard.map.basemap.tile import Tile, TileUnavailable

TILE = Tile(5, 3, 2)


class Clock:
    def __init__(self) -> None:
        self.s = 1_000_000.0

    def __call__(self) -> float:
        return self.s


class Source:
    """Answers with what a test says, and counts."""

    def __init__(self, content: bytes | None = b"picture") -> None:
        self.content = content
        self.fails = False
        self.asked: list[Tile] = []
        self.gate: threading.Event | None = None

    def read(self, tile: Tile) -> bytes | None:
        self.asked.append(tile)
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.fails:
            raise TileUnavailable("down")
        return self.content

    def close(self) -> None:
        pass


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> TileStore:
    made = TileStore(tmp_path / "cache" / "tiles.sqlite", 1e6, clock)
    yield made  # type: ignore[misc]
    made.close()


def test_what_is_kept_is_found_also_by_the_next_start(store: TileStore, tmp_path: Path, clock: Clock) -> None:
    store.keep("a", b"one")
    store.keep("b", b"")
    assert store.find("nothing") is None
    store.close()
    assert store.find("a") is None
    again = TileStore(tmp_path / "cache" / "tiles.sqlite", 1e6, clock)
    assert again.find("a") == (b"one", clock.s)
    assert again.find("b") == (b"", clock.s)
    again.close()


def test_no_more_is_kept_than_the_limit_and_the_least_used_leaves(
    store: TileStore, tmp_path: Path, clock: Clock
) -> None:
    for at in range(150):
        clock.s += 7200
        store.keep(f"t{at}", bytes(10_000))
        assert store.size_bytes <= 1e6
        # Looked at again and again, it stays.
        assert store.find("t0") is not None
    assert store.find("t1") is None
    assert store.find("t149") is not None
    assert store.size_bytes > 0.9e6
    store.close()
    assert sum(path.stat().st_size for path in (tmp_path / "cache").iterdir()) < 1.3e6


def test_a_smaller_limit_holds_from_the_start(store: TileStore, tmp_path: Path) -> None:
    for at in range(50):
        store.keep(f"t{at}", bytes(10_000))
    store.close()
    smaller = TileStore(tmp_path / "cache" / "tiles.sqlite", 1e5)
    assert smaller.size_bytes <= 1e5
    smaller.close()


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000])
def test_a_file_that_is_no_store_is_made_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tiles.sqlite"
    path.write_bytes(content)
    store = TileStore(path, 1e6)
    store.keep("a", b"one")
    assert store.find("a") is not None
    store.close()


def test_where_nothing_can_be_kept_tiles_still_come(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    store = TileStore(tmp_path / "file" / "tiles.sqlite", 1e6)
    source = Source()
    tiles = KeptTiles(source, store, "m")
    assert [tiles.read(TILE), tiles.read(TILE)] == [b"picture"] * 2
    assert (len(source.asked), store.size_bytes) == (2, 0)
    assert sum("cannot be kept" in record.message for record in caplog.records) == 1
    store.close()


def test_a_tile_is_asked_for_once(store: TileStore, clock: Clock) -> None:
    source = Source()
    tiles = KeptTiles(source, store, "m", clock)
    assert [tiles.read(TILE) for _ in range(3)] == [b"picture"] * 3
    assert source.asked == [TILE]
    other = KeptTiles(Source(b"other"), store, "n", clock)
    assert other.read(TILE) == b"other"


def test_that_there_is_none_is_kept_too_but_not_as_long(store: TileStore, clock: Clock) -> None:
    source = Source(None)
    tiles = KeptTiles(source, store, "m", clock)
    assert [tiles.read(TILE), tiles.read(TILE)] == [None, None]
    assert len(source.asked) == 1
    clock.s += NOTHING_KEPT_S + 1
    source.content = b"drawn now"
    assert tiles.read(TILE) == b"drawn now"


def test_an_old_tile_is_renewed_and_is_better_than_none(store: TileStore, clock: Clock) -> None:
    source = Source()
    tiles = KeptTiles(source, store, "m", clock)
    tiles.read(TILE)
    clock.s += KEPT_S + 1
    source.fails = True
    assert tiles.read(TILE) == b"picture"
    source.fails, source.content = False, b"new"
    assert tiles.read(TILE) == b"new"
    source.fails = True
    with pytest.raises(TileUnavailable):
        tiles.read(TILE._replace(x=9))


def test_a_clock_set_back_keeps_nothing_for_ever(store: TileStore, clock: Clock) -> None:
    source = Source()
    tiles = KeptTiles(source, store, "m", clock)
    tiles.read(TILE)
    clock.s -= 10 * KEPT_S
    tiles.read(TILE)
    assert len(source.asked) == 2


def test_many_who_want_one_tile_cause_one_request(store: TileStore, clock: Clock) -> None:
    source = Source()
    source.gate = threading.Event()
    tiles = KeptTiles(source, store, "m", clock)
    got: list[bytes | None] = []
    threads = [threading.Thread(target=lambda: got.append(tiles.read(TILE))) for _ in range(8)]
    for thread in threads:
        thread.start()
    source.gate.set()
    for thread in threads:
        thread.join(10)
    assert (got, len(source.asked)) == ([b"picture"] * 8, 1)
