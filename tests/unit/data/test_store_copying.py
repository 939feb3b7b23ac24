"""COPY text by columns, against a writer of one value at a time."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from data.store.copying import copy_text

# A day from the ends of the calendar: beyond them a moment has no name in UTC.
FIRST, LAST = (datetime.fromisoformat(text) for text in ("0001-01-02", "9999-12-30"))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.binary(max_size=8)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
    | st.datetimes(FIRST, LAST, timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]))
)
# Columns of one value, of one type, and mixed; with 0.0 beside -0.0, and True beside 1.
rows = st.integers(0, 5).flatmap(
    lambda length: st.lists(
        scalars.map(lambda value: [value] * length)
        | st.lists(scalars, min_size=length, max_size=length)
        | st.lists(st.sampled_from([0.0, -0.0]), min_size=length, max_size=length)
        | st.lists(st.sampled_from([True, 1, 1.0]), min_size=length, max_size=length),
        max_size=4,
    )
)


def slow(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "ft"[value]
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, str):
        letters = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
        return "".join(letters.get(letter, letter) for letter in value)
    return repr(value)


@given(rows)
def test_columns_are_written_as_their_values_one_by_one(columns: list[list[Any]]) -> None:
    lines = ["\t".join(map(slow, row)) + "\n" for row in zip(*columns, strict=True)]
    assert copy_text(columns) == "".join(lines)


def test_nothing_is_no_text() -> None:
    assert copy_text([]) == copy_text([(), ()]) == ""
