"""Columns whose versions share what did not change, against plain arrays."""

import gc
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.stats.mirror import column as module
from data.stats.mirror.column import ArrayColumn, BlockColumn, Column, column_of, grown

PER_BLOCK = 1024  # of four bytes each
RELAXED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

pytestmark = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="this system has no files in memory")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of one page, few of them in a row, so that a few thousand values go through all of it."""
    monkeypatch.setattr(module, "BLOCK_BYTES", 4 * PER_BLOCK)
    monkeypatch.setattr(module, "MOST_RUNS", 4)
    monkeypatch.setattr(module, "_TOGETHER", 3)


def memory_bytes(column: BlockColumn) -> int:
    return Path(f"/proc/self/fd/{column._file}").stat().st_blocks * 512


def blocks_of(values: int) -> int:
    return -(-values // PER_BLOCK) * 4 * PER_BLOCK


changes = st.lists(st.tuples(st.integers(0, 10**9), st.integers(-9, 9)), max_size=6)
steps = st.lists(st.tuples(changes, st.integers(0, 3_000), st.booleans()), max_size=12)


@given(st.integers(0, 9_000), steps, st.sampled_from([ArrayColumn, BlockColumn]), st.sampled_from(["i4", "i2", "f4"]))
@RELAXED
def test_every_version_stays_what_it_was(begin: int, steps: Any, kind: type[Column], dtype: str):
    expected = np.arange(begin).astype(dtype)
    column = kind(expected)
    kept = [(column.values(begin), expected.copy())]
    for changed, more, shown in steps:
        if len(expected):
            place = np.unique([at % len(expected) for at, _ in changed]).astype(np.intp)
            values = np.array([value for _, value in changed][: len(place)], dtype)
            column.change(place, values)
            expected[place] = values
        added = np.arange(more).astype(dtype)
        column.append(len(expected), added)
        expected = np.concatenate([expected, added])
        if shown:
            kept = [*kept[-2:], (column.values(len(expected)), expected.copy())]
    for version, then in [*kept, (column.values(len(expected)), expected)]:
        assert version.dtype == column.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(version, then)
        with pytest.raises(ValueError, match="read-only"):
            version[:1] = 0


def test_a_change_takes_as_much_memory_as_the_blocks_it_touches_and_gives_it_back():
    size = 100 * PER_BLOCK
    column = BlockColumn(np.arange(size, dtype=np.int32))
    room = blocks_of(column.capacity)
    first: Any = column.values(size)
    assert memory_bytes(column) <= room
    column.change(np.array([5, 6, 50 * PER_BLOCK]), np.array([1, 2, 3], np.int32))
    second: Any = column.values(size)
    assert memory_bytes(column) <= room + blocks_of(2 * PER_BLOCK)
    assert (first[5], second[5]) == (5, 1)
    assert not np.shares_memory(first, second)
    del first
    gc.collect()
    column.change(np.array([7]), np.array([1], np.int32))
    column.values(size)
    # The block of this change, and the two before it, which the second version still maps.
    assert memory_bytes(column) <= room + blocks_of(PER_BLOCK)
    assert second[7] == 7


def test_a_thousand_changes_leave_few_mappings_and_no_memory_behind():
    rng = np.random.default_rng(4)
    expected = np.arange(60 * PER_BLOCK, dtype=np.int32)
    column = BlockColumn(expected)
    for number in range(1_000):
        place = np.unique(rng.integers(0, len(expected), 2))
        expected[place] = number
        column.change(place, np.full(len(place), number, np.int32))
        column.values(len(expected))
    np.testing.assert_array_equal(column.values(len(expected)), expected)
    assert len(list(module._runs_of(column._blocks))) <= 5
    assert memory_bytes(column) < 1.3 * blocks_of(column.capacity)


def test_a_column_that_has_grown_large_goes_on_in_blocks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MANY_BYTES", 8_000)
    column = column_of(np.arange(1_500, dtype=np.int32))
    assert isinstance(column, ArrayColumn)
    before = column.values(1_500)
    column = grown(column, 1_500, np.arange(600, dtype=np.int32))
    assert isinstance(column, BlockColumn)
    assert column.values(2_100).tolist() == [*range(1_500), *range(600)]
    assert before.tolist() == [*range(1_500)]
    assert isinstance(column_of(np.arange(2_000, dtype=np.int32)), BlockColumn)


def test_a_system_that_cannot_map_says_so(monkeypatch: pytest.MonkeyPatch):
    column = BlockColumn(np.arange(10, dtype=np.int32))
    os.close(column._file)
    column._file = os.open("/dev/null", os.O_RDONLY)
    with pytest.raises(MemoryError, match="could not be kept in memory"):
        column.values(10)
