import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import DatabaseUnavailable
from data.incidents.model import State
from data.stats.mirror import keeping
from data.stats.mirror.follower import MirrorFollower
from data.stats.mirror.keeping import MirrorKeeper
from data.stats.mirror.mirror import DTYPES, Mirror, MirrorView
from data.stats.mirror.mirror_check import differences
from data.stats.mirror.mirror_file import MirrorFile
from tests.unit.stats import slow
from tests.unit.stats.cities import LEAVES, NOON, histories, history, state, view_of

MARK = bytes(range(32))


@pytest.fixture
def file(tmp_path: Path) -> MirrorFile:
    return MirrorFile(tmp_path / "cache" / "mirror.bin", 3, LEAVES)


def taken_back(file: MirrorFile) -> MirrorView:
    stored = file.read()
    assert stored is not None
    mirror = Mirror(LEAVES, 3)
    mirror.restore(stored.seq, stored.columns, stored.words)
    return mirror.view()


@given(histories())
@settings(max_examples=40, deadline=None)
def test_what_is_taken_back_equals_what_was_written(tmp_path_factory: pytest.TempPathFactory, states: list[State]):
    file = MirrorFile(tmp_path_factory.mktemp("mirror") / "mirror.bin", None, LEAVES)
    view = view_of(states)
    file.write(view, MARK)
    stored = file.read()
    assert stored is not None
    assert (stored.seq, stored.mark, stored.words) == (
        view.seq, MARK, view.words,
    )  # fmt: skip
    for name in DTYPES:
        assert stored.columns[name].dtype == view[name].dtype
        np.testing.assert_array_equal(stored.columns[name], view[name])
    assert [one.name for one in file.path.parent.iterdir()] == ["mirror.bin"]


def test_a_mirror_taken_back_goes_on(file: MirrorFile):
    states = history(4, 30)
    file.write(view_of(states[:20]), MARK)
    stored = file.read()
    assert stored is not None
    mirror = Mirror(LEAVES, 3)
    mirror.restore(stored.seq, stored.columns, stored.words)
    moved = [dataclasses.replace(one, seq=100 + one.id, category="moved") for one in states[:5]]
    mirror.apply(200, slow.columns_of([*states[20:], *moved]))
    assert differences(mirror.view(), view_of([*moved, *states[5:]])) == {}


def test_where_there_is_no_file_there_is_nothing(file: MirrorFile):
    assert file.read() is None
    file.forget()


@given(st.integers(0, 2**31), st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_a_file_with_one_byte_changed_is_thrown_away(tmp_path_factory: pytest.TempPathFactory, where: int, by: int):
    file = MirrorFile(tmp_path_factory.mktemp("mirror") / "mirror.bin", 3, LEAVES)
    file.write(view_of(history(5, 8)), MARK)
    written = bytearray(file.path.read_bytes())
    at = where % len(written)
    padding = written[at] == 0 and _is_padding(written, at)
    written[at] = (written[at] + by) % 256
    file.path.write_bytes(written)
    if not padding:
        assert file.read() is None
        assert not file.path.exists()


def _is_padding(written: bytearray, at: int) -> bool:
    """Whether the byte lies between two columns, where it means nothing."""
    header = 16 + int.from_bytes(written[8:12], "little")
    end = header
    for dtype in DTYPES.values():
        start = end + -end % 64
        if end <= at < start:
            return True
        end = start + 8 * dtype.itemsize
    return False


@pytest.mark.parametrize("cut", [0, 1, 10, 100, 1000])
def test_a_file_cut_short_is_thrown_away(file: MirrorFile, cut: int):
    file.write(view_of(history(5, 40)), MARK)
    file.path.write_bytes(file.path.read_bytes()[: -cut - 1] if cut else b"")
    assert file.read() is None
    assert not file.path.exists()


def test_a_file_with_something_behind_it_is_thrown_away(file: MirrorFile):
    file.write(view_of(history(5, 40)), MARK)
    file.path.write_bytes(file.path.read_bytes() + b"\0")
    assert file.read() is None


@pytest.mark.parametrize("other", [{"edition_id": 4}, {"edition_id": None}, {"leaf_count": LEAVES + 1}])
def test_a_file_of_another_grid_system_does_not_fit(file: MirrorFile, other: dict[str, int | None]):
    file.write(view_of(history(5, 8)), MARK)
    assert dataclasses.replace(file, **other).read() is None


def test_a_file_of_other_words_does_not_fit(file: MirrorFile, monkeypatch: pytest.MonkeyPatch):
    file.write(view_of(history(5, 8)), MARK)
    monkeypatch.setattr("data.stats.mirror.mirror_file.STAGES", ("reported", "closed"))
    assert file.read() is None


def test_a_writing_that_fails_leaves_the_file_before(file: MirrorFile, monkeypatch: pytest.MonkeyPatch):
    file.write(view_of(history(5, 8)), MARK)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("data.stats.mirror.mirror_file.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.write(view_of(history(6, 9)), MARK)
    assert len(taken_back(file)) == 8
    assert [one.name for one in file.path.parent.iterdir()] == ["mirror.bin"]


def test_more_words_and_higher_ids_than_the_usual_types_hold(file: MirrorFile):
    states = [state(i, NOON, source=f"s{i}") for i in range(1, 200)] + [state(2**40, NOON, source="far")]
    file.write(view_of(states), MARK)
    back = taken_back(file)
    assert [back.units[code] for code in back["unit"]] == [one.unit for one in states]
    assert back["id"].tolist() == [one.id for one in states]


@pytest.fixture
def hash_of(monkeypatch: pytest.MonkeyPatch) -> dict[int, bytes]:
    """Hashes of the events of a log."""
    hashes = {8: MARK}
    monkeypatch.setattr(keeping, "event_hash", lambda _store, seq: hashes.get(seq))
    return hashes


def keeper(file: MirrorFile, mirror: Mirror, **more: float) -> MirrorKeeper:
    return MirrorKeeper(None, mirror, file, **more)  # type: ignore[arg-type]  # its hash is asked of the fixture


def filled() -> Mirror:
    mirror = Mirror(LEAVES, 3)
    mirror.apply(8, slow.columns_of(history(5, 8)))
    return mirror


def test_kept_and_taken_back(file: MirrorFile, hash_of: dict[int, bytes]):
    mirror = filled()
    assert keeper(file, mirror).keep()
    again = Mirror(LEAVES, 3)
    assert keeper(file, again).restore()
    assert again.seq == 8
    assert differences(again.view(), mirror.view()) == {}


@pytest.mark.parametrize("other", [{}, {8: b"another"}])
def test_a_file_of_another_log_is_thrown_away(file: MirrorFile, hash_of: dict[int, bytes], other: dict[int, bytes]):
    assert keeper(file, filled()).keep()
    hash_of.clear()
    hash_of.update(other)
    again = Mirror(LEAVES, 3)
    assert not keeper(file, again).restore()
    assert not file.path.exists()
    assert len(again.view()) == 0


def test_kept_at_once_after_the_first_filling_and_then_when_it_is_time(file: MirrorFile, hash_of: dict[int, bytes]):
    mirror = filled()
    one = keeper(file, mirror, every_s=3600)
    one.keep_now_and_then()
    one.close()
    assert len(taken_back(file)) == 8
    hash_of[9] = MARK
    mirror.apply(9, slow.columns_of([state(9, NOON)]))
    one.keep_now_and_then()
    assert len(taken_back(file)) == 8
    one.close()
    assert len(taken_back(file)) == 9


def test_nothing_is_written_twice_nor_an_empty_mirror(file: MirrorFile, hash_of: dict[int, bytes]):
    one = keeper(file, mirror := Mirror(LEAVES, 3), every_s=0)
    one.keep_now_and_then()
    one.close()
    assert not file.path.exists()
    mirror.apply(8, slow.columns_of(history(5, 8)))
    one.close()
    file.forget()
    one.close()
    assert not file.path.exists()


@pytest.mark.parametrize("failure", [OSError("closed"), DatabaseUnavailable("stopped")])
def test_what_cannot_be_kept_is_tried_again(
    file: MirrorFile, hash_of: dict[int, bytes], monkeypatch: pytest.MonkeyPatch, failure: Exception
):
    def fails(*_: object) -> None:
        raise failure

    one = keeper(file, filled())
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "event_hash", fails)
        assert not one.keep()
    assert one.keep()


def test_differences_are_told_by_column():
    states = history(5, 8)
    other = [dataclasses.replace(states[0], category="0999", lon=None), *states[1:7]]
    found = differences(view_of(states), view_of(other))
    assert found == {"missing": [8], "category": [1], "lon": [1]}


def test_the_follower_takes_back_and_keeps(
    file: MirrorFile, hash_of: dict[int, bytes], monkeypatch: pytest.MonkeyPatch, until: Callable[..., None]
):
    keeper(file, filled()).keep()
    states = [*history(5, 8), state(9, NOON)]
    hash_of[9] = MARK
    asked: list[int] = []

    def read(_: object, after_seq: int, *_rest: object):
        asked.append(after_seq)
        fresh = [one for one in states if one.seq > after_seq]
        return 9, slow.columns_of(fresh)

    monkeypatch.setattr("data.stats.mirror.mirror.incident_columns", read)
    mirror = Mirror(LEAVES, 3)
    store = _Silent()
    follower = MirrorFollower(store, mirror, lambda _: None, poll_s=0.02, keeper=keeper(file, mirror))  # type: ignore[arg-type]
    follower.start()
    until(lambda: mirror.seq == 9)
    follower.stop()
    assert asked[0] == 8, "what the file knows is not read again"
    assert differences(taken_back(file), view_of(states)) == {}


class _Silent:
    """A log nothing comes from."""

    def listen(self, _channel: str, _timeout_s: float):
        yield None


@pytest.fixture
def until() -> Callable[..., None]:
    import time

    def wait(holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < deadline, "it did not come about within 10 s"
            time.sleep(0.01)

    return wait
