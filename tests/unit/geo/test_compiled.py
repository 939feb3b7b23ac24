"""Compiled loops where nothing can be kept on disk."""

import logging

import pytest
from numba.core import caching

from geo import compiled as geo_compiled
from geo.compiled import compiled


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
