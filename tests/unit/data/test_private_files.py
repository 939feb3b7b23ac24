"""What the center writes is readable by its owner only: under any umask, and where there was an open file before."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from dashboard.map import shapes
from dashboard.map.basemap.keeping import TileStore
from data.feeds.rejects import RejectsFile
from data.private_files import open_private, private_folder
from data.stats.mirror.mirror import Mirror
from data.stats.mirror.mirror_file import MirrorFile
from geo import index_file
from geo.index_kernel import Tables


@pytest.fixture(autouse=True, params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def mirror(folder: Path) -> Path:
    file = MirrorFile(folder / "mirror-1.bin", 1, 3)
    file.write(Mirror(3, 1).view(), b"\0" * 32)
    return file.path


def index(folder: Path) -> Path:
    arrays = [np.zeros(3, np.uint64)] * len(Tables._fields)
    index_file.write_tables(folder, "0" * 64, Tables(*arrays))
    return index_file.index_path(folder, "0" * 64)


def shape(folder: Path) -> Path:
    shapes._keep(folder / "shapes.json.gz", b"\x1f\x8b")
    return folder / "shapes.json.gz"


def tiles(folder: Path) -> Path:
    store = TileStore(folder / "tiles.db", 1e6)
    store.keep("a", b"picture")
    # What SQLite keeps beside it while it is open, too.
    assert {rights(one) for one in folder.glob("tiles.db*")} == {0o600}
    store.close()
    return folder / "tiles.db"


def rejects(folder: Path) -> Path:
    private_folder(folder)
    source = folder.parent / "feed.csv"
    source.write_text("a\n1")
    with RejectsFile(folder / "feed.csv.rejects.csv", source) as file:
        file.add(1, "张三,13800138000", reason="why")
    return folder / "feed.csv.rejects.csv"


WRITERS = [mirror, index, shape, tiles, rejects]


@pytest.mark.parametrize("write", WRITERS)
def test_a_new_file_and_its_new_folder_are_closed_to_others(write: Callable[[Path], Path], tmp_path: Path) -> None:
    path = write(tmp_path / "home" / "cache")
    assert rights(path) == 0o600
    assert rights(path.parent) == 0o700
    assert {rights(one) for one in path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_that_was_open_to_others_is_closed(write: Callable[[Path], Path], tmp_path: Path) -> None:
    path = write(tmp_path / "cache")
    path.chmod(0o666)
    assert rights(write(tmp_path / "cache")) == 0o600


def test_a_kept_mirror_that_was_open_to_others_is_closed_when_it_is_read(tmp_path: Path) -> None:
    path = mirror(tmp_path / "cache")
    path.chmod(0o644)
    assert MirrorFile(path, 1, 3).read() is not None
    assert rights(path) == 0o600


def test_folders_above_may_be_walked_through_and_nobody_else_writes_there(tmp_path: Path) -> None:
    private_folder(tmp_path / "home" / "cache")
    assert rights(tmp_path / "home") & 0o022 == 0
    (tmp_path / "home" / "cache").chmod(0o777)
    private_folder(tmp_path / "home" / "cache")
    assert rights(tmp_path / "home" / "cache") == 0o700


def test_who_has_the_old_file_open_does_not_read_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("old")
    with path.open() as reader, open_private(path) as file:
        file.write(b"new")
        file.flush()
        assert reader.read() == "old"
    assert path.read_text() == "new"


def test_a_link_leads_to_the_file_and_what_is_no_file_stays(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    open_private(tmp_path / "link").close()
    assert rights(tmp_path / "file") == 0o600
    assert (tmp_path / "link").is_symlink()
    source = tmp_path / "feed.csv"
    source.write_text("a\n1")
    with RejectsFile(Path(os.devnull), source):
        pass
    assert Path(os.devnull).is_char_device()


def test_the_rejects_say_that_they_are_not_masked(tmp_path: Path) -> None:
    text = rejects(tmp_path / "there").read_text("utf-8-sig").splitlines()
    assert text[0] == "line,field,value,reason,raw,personal_data"
    assert text[1].endswith(",not masked")
