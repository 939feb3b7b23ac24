"""Reading and checking never writes: not into a file, not beside it, whatever lies there."""

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from geo.checks import check
from geo.errors import GridsUnreadable
from geo.readers import read_layers
from tests.unit.geo.grid_files import frames, towns, write


def picture(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file of a folder with its bytes and the time of its last change."""
    return {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.iterdir())
    }


@contextmanager
def changes_beside(path: Path, journal: str) -> Iterator[None]:
    """A GeoPackage with a row that stands in the journal beside it only, as an editor leaves it."""
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA journal_mode = {journal}")
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        database.commit()
        database.execute("PRAGMA wal_autocheckpoint = 0")
        database.execute("UPDATE t SET name = '改名' WHERE fid = 1")
        if journal == "wal":
            database.commit()
        yield


@pytest.mark.parametrize("suffix", [".geojson", ".shp", ".gpkg", ".parquet"])
def test_nothing_is_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    if suffix == ".parquet":
        frames()[0].to_parquet(path)
    elif suffix == ".geojson":
        write(path, towns())
    else:
        frames()[0].to_file(path)
    before = picture(tmp_path)
    assert not check(read_layers([path])).errors
    assert picture(tmp_path) == before


def test_changes_that_lie_beside_a_geopackage_are_read_where_they_lie(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    frames()[0].to_file(made / "t.gpkg")
    left = tmp_path / "left"
    with changes_beside(made / "t.gpkg", "wal"):
        shutil.copytree(made, left)
    assert (left / "t.gpkg-wal").stat().st_size
    before = picture(left)
    assert read_layers([left / "t.gpkg"])[0]["name"].tolist() == ["改名", "街道1"]
    assert picture(left) == before
    # Without the journal the change is not there: it is in no other place.
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(left / "t.gpkg", alone)
    assert read_layers([alone / "t.gpkg"])[0]["name"].tolist() == ["街道0", "街道1"]
    assert [path.name for path in alone.iterdir()] == ["t.gpkg"]


def test_what_an_editor_has_open_is_read_as_it_was_saved(tmp_path: Path) -> None:
    frames()[0].to_file(tmp_path / "t.gpkg")
    with changes_beside(tmp_path / "t.gpkg", "delete"):
        before = picture(tmp_path)
        assert read_layers([tmp_path / "t.gpkg"])[0]["name"].tolist() == ["街道0", "街道1"]
        assert picture(tmp_path) == before


def test_a_journal_that_is_no_journal(tmp_path: Path) -> None:
    frames()[0].to_file(tmp_path / "t.gpkg")
    (tmp_path / "t.gpkg-wal").write_bytes(b"x" * 5000)
    before = picture(tmp_path)
    assert len(read_layers([tmp_path / "t.gpkg"])[0]) == 2
    assert picture(tmp_path) == before


def test_names_that_mean_something_in_an_address(tmp_path: Path) -> None:
    for name in ("a?mode=rwc#b.gpkg", "100%25.gpkg", "镇 街.gpkg"):
        frames()[0].to_file(tmp_path / "t.gpkg", layer="t")
        (tmp_path / "t.gpkg").rename(tmp_path / name)
        assert len(read_layers([tmp_path / name])[0]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["a?mode=rwc#b.gpkg", "100%25.gpkg", "镇 街.gpkg"]
    )


def test_a_database_that_is_damaged_within(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    frames()[0].to_file(path)
    data = bytearray(path.read_bytes())
    data[4096:20000] = bytes(20000 - 4096)
    path.write_bytes(data)
    with pytest.raises(GridsUnreadable):
        read_layers([path])
