"""The index on disk is used when it is whole and right, and never otherwise."""

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import GridIndex, GridSystem, index, index_file
from geo.index_file import index_path, read_tables

Layers = list[gpd.GeoDataFrame]


@pytest.fixture
def system(layers: Layers) -> GridSystem:
    return GridSystem.build(layers)


@pytest.fixture
def never_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "build_tables", lambda _: pytest.fail("was built"))


def test_second_time_it_is_read(system: GridSystem, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder = tmp_path / "made" / "here"
    built = GridIndex.load_or_build(system, folder)
    request.getfixturevalue("never_built")
    restored = GridIndex.load_or_build(system, folder)
    assert [path.name for path in folder.iterdir()] == [index_path(folder, system.checksum).name]
    for table, again in zip(built._tables or (), restored._tables or (), strict=True):
        assert table.dtype == again.dtype
        assert np.array_equal(table, again)
    assert restored.nbytes == built.nbytes > 0
    # Borders are asked of shapely, corners too.
    assert restored.assign([120.005, 120.01, 120.02, 130.0], [31.005, 31.005, 31.02, 31.0]).tolist() == [0, 0, 5, -1]


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_damaged_files_are_not_used(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("index")
    checksum = "ab" * 32
    answers, records = np.arange(9, dtype=np.int32), np.arange(30.0)
    tables = index_file.Tables(np.zeros(10), np.ones((1, 3, 3)), np.ones((1, 5), np.int64), answers, records)
    index_file.write_tables(folder, checksum, tables)
    path = index_path(folder, checksum)
    content = path.read_bytes()
    assert read_tables(folder, checksum) is not None
    kind = data.draw(st.sampled_from(["cut", "changed", "longer"]))
    at = data.draw(st.integers(0, len(content) - 1))
    if kind == "cut":
        path.write_bytes(content[:at])
    elif kind == "changed":
        path.write_bytes(content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :])
    else:
        path.write_bytes(content + data.draw(st.binary(min_size=1)))
    assert read_tables(folder, checksum) is None


def test_a_damaged_file_is_replaced(system: GridSystem, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    GridIndex.load_or_build(system, tmp_path)
    path = index_path(tmp_path, system.checksum)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with caplog.at_level(logging.WARNING):
        repaired = GridIndex.load_or_build(system, tmp_path)
    assert "damaged" in caplog.text
    assert repaired.assign([120.005], [31.005]).tolist() == [0]
    assert path.read_bytes() == whole


def test_another_version_or_system_is_not_used(
    system: GridSystem, make_squares: Callable[..., Layers], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    GridIndex.load_or_build(system, tmp_path)
    other = GridSystem.build(make_squares(west=110.0))
    assert read_tables(tmp_path, other.checksum) is None
    # Even under the other's name: the file itself says whose it is.
    shutil.copy(index_path(tmp_path, system.checksum), index_path(tmp_path, other.checksum))
    assert read_tables(tmp_path, other.checksum) is None
    assert GridIndex.load_or_build(other, tmp_path).assign([110.005], [31.005]).tolist() == [0]
    assert read_tables(tmp_path, other.checksum) is not None
    monkeypatch.setattr(index_file, "VERSION", index_file.VERSION + 1)
    assert read_tables(tmp_path, system.checksum) is None
    header = index_path(tmp_path, system.checksum).read_bytes().partition(b"\n")[0]
    assert json.loads(header)["version"] == index_file.VERSION - 1


def test_where_nothing_can_be_written(system: GridSystem, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    with caplog.at_level(logging.WARNING):
        built = GridIndex.load_or_build(system, in_the_way)
    assert built.assign([120.005], [31.005]).tolist() == [0]
    assert "cannot be kept" in caplog.text
    assert in_the_way.read_text() == "no folder"


def test_where_hexagons_do_not_serve_nothing_is_kept(make_squares: Callable[..., Layers], tmp_path: Path) -> None:
    far = GridSystem.build(make_squares(west=150.0, south=88.0))
    for _ in range(2):
        assert GridIndex.load_or_build(far, tmp_path).assign([150.005], [88.005]).tolist() == [0]
    assert not list(tmp_path.iterdir())
