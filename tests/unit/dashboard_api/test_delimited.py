import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.tables.delimited import cell, lines


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A", "\tx", "\rx", "\n=1", "  =1", "＝1", "-", "=cmd|'/c'!A0"])
def test_text_that_would_run_is_made_plain(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "written"),
    [(-3.5, -3.5), (0, 0), ("1:320", "1:320"), ("", ""), (None, ""), (True, "true"), ("a=b", "a=b"),
     (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00")],
)  # fmt: skip
def test_other_values_stay(value: object, written: object) -> None:
    assert cell(value) == written


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4), max_size=5))
def test_what_is_written_is_read_back(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(lines(rows), newline="")))
    assert read == [[str(cell(text)) for text in row] for row in rows]
