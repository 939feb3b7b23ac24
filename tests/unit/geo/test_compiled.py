"""Compiled loops where nothing can be kept on disk."""

import errno
import importlib.util
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from numba.core import caching

from geo import compiled as geo_compiled
from geo.compiled import compiled, kept


def _twice(number: int) -> int:
    return number + number


def test_where_code_can_be_kept_nowhere_it_is_compiled_anew_and_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # A read-only program folder, and an account without a home: no place fits.
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    geo_compiled._warn_once.cache_clear()
    with caplog.at_level(logging.WARNING):
        loops = [compiled(_twice), compiled(_twice)]
    assert [loop(21) for loop in loops] == [42, 42]
    assert [record.message for record in caplog.records if "NUMBA_CACHE_DIR" in record.message] == caplog.messages
    assert len(caplog.messages) == 1


def _thrice_of_a_process(source: Path) -> Callable[[int], int]:
    """The function as a new process finds it: read anew, with the code that an earlier one left beside it."""
    source.write_text("def thrice(number):\n    return 3 * number\n", "utf-8")
    os.utime(source, (0, 0))
    spec = importlib.util.spec_from_file_location("of_a_process", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    thrice: Callable[[int], int] = kept(module.thrice)
    return thrice


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", [lambda _: b"", lambda whole: whole[:40], lambda whole: b"\xff" * len(whole)])
def test_damaged_code_on_disk_is_compiled_anew_and_repaired(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, ending: str, damage: Callable[[bytes], bytes]
) -> None:
    source = tmp_path / "source.py"
    assert _thrice_of_a_process(source)(2) == 6
    for kept_file in (tmp_path / "__pycache__").glob(f"*.{ending}"):
        kept_file.write_bytes(damage(kept_file.read_bytes()))
    for warnings in (True, False):
        caplog.clear()
        assert _thrice_of_a_process(source)(2) == 6
        said = [message for message in caplog.messages if "made anew" in message]
        assert bool(said) <= warnings, "repaired by the process before"


def test_a_full_disk_costs_the_kept_code_not_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(caching.IndexDataCacheFile, "_save_data", full)
    assert _thrice_of_a_process(tmp_path / "source.py")(2) == 6
    assert "No space left on device" in caplog.text
