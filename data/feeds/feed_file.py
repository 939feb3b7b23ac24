"""A file of incidents, whatever its kind: CSV or JSON, told by what is in it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, Self

from data.feeds.csv_file import CsvFile, Record
from data.feeds.json_file import JsonFile
from data.feeds.mapping import FeedMapping
from data.feeds.sniffing import is_json


class FeedFile(Protocol):
    """What the importer needs of an open file; `header` names the cells of its records, after `above_header` lines."""

    encoding: str
    header: list[str]
    above_header: int
    total_bytes: int

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    @property
    def read_bytes(self) -> int:
        """How far the file was read."""

    @property
    def unseen(self) -> Sequence[str]:
        """Columns of the mapping that no record has shown so far."""

    @property
    def doubts(self) -> Sequence[str]:
        """Sentences about what the file says of itself, once it is read."""

    def records(self) -> Iterator[Record]:
        """The records, broken ones included."""


def open_feed(path: Path, mapping: FeedMapping) -> FeedFile:
    """Open a file of incidents and check that it has what the mapping needs; to be used in a ``with`` block.

    Raises
    ------
    FeedUnreadable
        It is neither CSV nor JSON, is empty, or lacks columns.
    """
    if is_json(path):
        json_file = JsonFile(path, mapping.needed_columns, mapping.encoding)
        return _checked(json_file, mapping.key_columns)
    return _checked(CsvFile(path, mapping.encoding, mapping.delimiter), mapping.needed_columns)


def _checked(file: CsvFile | JsonFile, columns: Sequence[str]) -> FeedFile:
    try:
        file.require(columns)
    except BaseException:
        file.__exit__()
        raise
    return file
