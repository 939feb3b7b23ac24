"""Rows that come again are found however the file is cut into batches."""

from hypothesis import given
from hypothesis import strategies as st

from data.feeds.first_rows import FirstRows

Rows = list[tuple[int, int]]


@given(st.lists(st.lists(st.tuples(st.integers(-(2**63), -(2**63) + 20), st.integers(0, 2)), max_size=9), max_size=30))
def test_each_row_is_held_against_the_first_of_its_id(batches: list[Rows]) -> None:
    rows = FirstRows()
    first: dict[int, tuple[int, int]] = {}
    line = 0
    for batch in batches:
        lines = list(range(line + 1, line + 1 + len(batch)))
        found = rows.earlier([key for key, _ in batch], [content for _, content in batch], lines)
        expected = []
        for (key, content), at in zip(batch, lines, strict=True):
            before = first.setdefault(key, (at, content))
            expected.append(None if before[0] == at else (before[0], before[1] == content))
        assert found == expected
        line += len(batch)


def test_many_rows_take_little_memory_and_few_pieces() -> None:
    rows = FirstRows()
    for start in range(0, 100_000, 1_000):
        keys = list(range(start, start + 1_000))
        assert rows.earlier(keys, keys, keys) == [None] * 1_000
    assert rows.earlier([5, 99_999, 100_000], [5, 0, 0], [1, 2, 3]) == [(5, True), (99_999, False), None]
    assert len(rows._chunks) < 20
