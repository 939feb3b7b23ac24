"""The attribute table of a Shapefile, field by field as its text stands: no number turns into another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.codes import NumberText
from geo.dbf_encoding import decoded, table_encoding
from geo.formats import cut_off, sibling, unreadable

_TEXT, _NUMBERS, _DATE = "C", "NF", "D"
_HEAD_BYTES, _FIELD_BYTES = 32, 32
_DELETED: Final = 0x2A


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a table: its name, its type letter, and where in a record its bytes lie."""

    name: str
    kind: str
    first: int
    last: int


@dataclass(frozen=True)
class Dbf:
    """A table.

    Attributes
    ----------
    fields
        In order.
    rows
        Of the records that are not deleted, their fields as text, `NumberText` or None.
    numbers
        Which record, from 0, each row is.
    records
        How many there are, deleted ones included.
    cut
        How many texts end within a letter.
    """

    fields: tuple[Field, ...]
    rows: Sequence[Mapping[str, Any]]
    numbers: NDArray[np.int64]
    records: int
    cut: int


def read_dbf(path: Path, encoding: str | None) -> Dbf:
    """The attribute table beside a .shp file.

    Raises
    ------
    GridsUnreadable
        `reason` "cut_off", "damaged" or "encoding".
    """
    table = sibling(path, ".dbf")
    if table is None:
        raise unreadable(path, "cut_off", "the .dbf beside it is missing, which holds the attributes")
    data = table.read_bytes()
    raw, records = _fields(table, data)
    alive = np.flatnonzero(records[:, 0] != _DELETED) if len(records) else np.empty(0, dtype=np.int64)
    cells = {at: _cells(records[alive], first, last) for at, (_, _, first, last) in enumerate(raw)}
    texts = [text for text in _texts(raw, cells) if not text.isascii()]
    name_of = table_encoding(path, texts, data[29], encoding)
    fields = tuple(Field(decoded(name, name_of)[0].strip(), kind, first, last) for name, kind, first, last in raw)
    columns: dict[str, list[Any]] = {}
    cut = 0
    for at, field in enumerate(fields):
        values, shortened = _column(cells[at], field.kind, name_of)
        # Two fields of one name (cut to ten letters) stay two.
        columns[field.name if field.name not in columns else f"{field.name}_{at}"] = values
        cut += shortened
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return Dbf(fields, rows, alive, len(records), cut)


def _fields(table: Path, data: bytes) -> tuple[list[tuple[bytes, str, int, int]], NDArray[np.uint8]]:
    """Name, type and span of each field, and the records as an array (n, width) of bytes."""
    count, start = int.from_bytes(data[4:8], "little"), int.from_bytes(data[8:10], "little")
    width = int.from_bytes(data[10:12], "little")
    if len(data) < _HEAD_BYTES or start < _HEAD_BYTES + 1:
        raise cut_off(table)
    fields, offset = [], 1
    for at in range(_HEAD_BYTES, min(start, len(data)) - _FIELD_BYTES + 1, _FIELD_BYTES):
        if data[at] == 0x0D:
            break
        kind, length = chr(data[at + 11]), data[at + 16]
        fields.append((data[at : at + 11].split(b"\x00")[0], kind, offset, offset + length))
        offset += length
    if not fields or offset > width:
        raise unreadable(table, "damaged", f"its fields take {offset} bytes, but a record has {width}")
    if len(data) < start + count * width:
        raise cut_off(table)
    return fields, np.frombuffer(data, np.uint8, count * width, start).reshape(count, width)


def _cells(records: NDArray[np.uint8], first: int, last: int) -> list[bytes]:
    """The bytes of a field, record by record, without the blanks and zeros that fill it."""
    if last == first:
        return [b""] * len(records)
    block = np.ascontiguousarray(records[:, first:last]).tobytes()
    width = last - first
    return [block[at : at + width].split(b"\x00", 1)[0].rstrip(b" ") for at in range(0, len(block), width)]


def _texts(raw: Sequence[tuple[bytes, str, int, int]], cells: Mapping[int, Sequence[bytes]]) -> Iterator[bytes]:
    for at, (name, kind, _, _) in enumerate(raw):
        yield name
        if kind == _TEXT:
            yield from cells[at]


def _column(cells: Sequence[bytes], kind: str, encoding: str) -> tuple[list[Any], int]:
    """The values of a field, and how many texts end within a letter."""
    if kind == _TEXT:
        found = [decoded(cell, encoding) for cell in cells]
        return [text or None for text, _ in found], sum(cut for _, cut in found)
    plain = [cell.decode("ascii", "replace").strip() for cell in cells]
    if kind in _NUMBERS:
        # Stars are how writers say that there is no number.
        return [NumberText(text) if text.strip("*") else None for text in plain], 0
    if kind == _DATE:
        return [text if text.strip("0") else None for text in plain], 0
    if kind == "L":
        return [text.upper() in "YT" if text not in ("", "?") else None for text in plain], 0
    # Numbers in binary, memos in another file: nothing that could be a code.
    return [None if not cell else bytes(cell) for cell in cells], 0
