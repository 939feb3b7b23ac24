"""Rows into PostgreSQL's COPY text, a column at a time: most columns hold one type, many one value."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from data.utc import utc_text

# Values of these types that are equal are written alike; of floats, 0.0 and -0.0 are not.
_SAME_TEXT = frozenset({type(None), bool, int, bytes, str})


def copy_text(columns: Iterable[Sequence[Any]]) -> str:
    """Write columns as the rows of a COPY in text format.

    Parameters
    ----------
    columns
        Of equal length; values of None, bool, int, float, bytes, str and aware datetime, by their exact types.

    Returns
    -------
    One line a row, each with its end; "" without columns or rows.
    """
    lines = list(map("\t".join, zip(*map(_written, columns), strict=True)))
    return "\n".join(lines) + "\n" if lines else ""


def _written(column: Sequence[Any]) -> Iterable[str]:
    kinds = set(map(type, column))
    if len(kinds) != 1:
        return [_WRITERS[type(value)](value) for value in column]
    kind = kinds.pop()
    if kind in _SAME_TEXT and column.count(column[0]) == len(column):
        return [_WRITERS[kind](column[0])] * len(column)
    return map(_WRITERS[kind], column)


def _escaped(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if text.isprintable():
        return text
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "\\N",
    bool: lambda value: "t" if value else "f",
    int: str,
    float: repr,
    bytes: lambda value: "\\\\x" + value.hex(),
    datetime: utc_text,
    str: _escaped,
}
