"""The records of a CSV file, with their line numbers, read once from front to back however long the file is.

A broken record costs its own first line only: reading goes on at the line after it, so that a quote somebody forgot
does not swallow the rows below.
"""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from data.feeds.converting import as_utf_8, with_line_feeds
from data.feeds.mapping_file import DELIMITERS
from data.feeds.sniffing import check_kind, detect_encoding, ends_lines_with_cr, unreadable

# More is never held in memory for one record; a cell of ten million characters can still be named for what it is.
MAX_RECORD_CHARS = 16_000_000
MAX_CELL_CHARS = 1_000_000
# A quote that is never closed would otherwise gather millions of blank lines, each a hundred bytes of memory.
MAX_RECORD_LINES = 100_000
_SKIP_BYTES = 1_000_000
# So many lines of titles may stand above a header.
_TITLE_RECORDS = 50
# What the csv module says of a file that ends within quotes.
_UNFINISHED = "unexpected end of data"


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the file.

    Attributes
    ----------
    line
        Number of its first line in the file, from 1.
    raw
        Its text, without the last line end.
    cells
        Its cells, as many as the header has; empty where it is broken.
    problem
        "" or what is broken.
    cut_off
        Whether it is broken as the last record of half a file is: it ends within quotes, or lacks cells.
    """

    line: int
    raw: str
    cells: Sequence[str]
    problem: str = ""
    cut_off: bool = False


class CsvFile:
    """An open CSV file; to be used in a ``with`` block.

    Parameters
    ----------
    path
        The file.
    encoding
        "auto", or the name of an encoding: UTF-16, or one in which ASCII is ASCII.
    delimiter
        Between cells.

    Attributes
    ----------
    encoding
        The one given or found.
    header
        Column names, trimmed.
    above_header
        Lines above the header, blank ones counted; `require` passes over titles.
    total_bytes
        Size of the file.

    Raises
    ------
    FeedUnreadable
        It cannot be opened, is empty, or seems to be something else than CSV; `values` has `file` and `reason`.
    """

    def __init__(self, path: Path, encoding: str = "auto", delimiter: str = ",") -> None:
        check_kind(path)
        self.path = path
        self.delimiter = delimiter
        self.encoding = detect_encoding(path) if encoding == "auto" else encoding
        self.total_bytes = path.stat().st_size
        # The limit of the csv module holds for the whole process: it is raised, never lowered under somebody else.
        csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD_CHARS))
        self._file = path.open("rb")
        self._lines = _Lines(*self._as_lines())
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)
        try:
            self._header_text, self.header = self._read_header()
            self.above_header = 0
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _as_lines(self) -> tuple[BinaryIO, str]:
        """The file as lines that end in line feeds, and the encoding of these lines."""
        if self.encoding.startswith("utf-16"):
            return as_utf_8(self._file, self.encoding), "utf-8"
        if ends_lines_with_cr(self.path):
            return with_line_feeds(self._file), self.encoding
        return self._file, self.encoding

    @property
    def read_bytes(self) -> int:
        """How far the file was read."""
        return self._file.tell()

    @property
    def unseen(self) -> list[str]:
        """Columns that no record has: none, for the header was checked."""
        return []

    @property
    def doubts(self) -> list[str]:
        """Sentences about what the file says of itself: a table says nothing."""
        return []

    def require(self, columns: Sequence[str]) -> None:
        """Check that the header has these columns, each once.

        Raises
        ------
        FeedUnreadable
            Lists what is missing and what there is, and says so if another delimiter would do.
        """
        missing = [name for name in columns if name not in self.header]
        if missing and not self._pass_titles(columns):
            present = [name[:60] for name in self.header[:100]]
            raise unreadable(
                self.path,
                f"lacks the columns {', '.join(missing)}; it has {', '.join(present)}{self._hint(columns)}",
                missing=missing, present=present,
            )  # fmt: skip
        twice = [name for name in columns if self.header.count(name) > 1]
        if twice:
            raise unreadable(self.path, f"has the column {twice[0]!r} more than once", columns=twice)

    def records(self) -> Iterator[Record]:
        """The records after the header, broken ones included; blank lines and rows of empty cells are left out."""
        while (record := self._next(self.header)) is not None:
            if record.problem or record.cells:
                yield record

    def _pass_titles(self, columns: Sequence[str]) -> bool:
        """Look for the header below titles, as spreadsheets have them; leave all as it is where there is none."""
        for _ in range(_TITLE_RECORDS):
            record = self._next(None)
            if record is None:
                return False
            names = [cell.strip() for cell in record.cells]
            if set(columns) <= set(names):
                self.header, self._header_text, self.above_header = names, record.raw, record.line - 1
                return True
        return False

    def _read_header(self) -> tuple[str, list[str]]:
        while (record := self._next(None)) is not None:
            if record.problem:
                raise unreadable(self.path, f"has no readable header: line {record.line} {record.problem}")
            if any(cell.strip() for cell in record.cells):
                return record.raw, [cell.strip() for cell in record.cells]
        raise unreadable(self.path, "is empty: it has blank lines only")

    def _hint(self, columns: Sequence[str]) -> str:
        for other in DELIMITERS:
            cells = {cell.strip() for cell in next(csv.reader([self._header_text], delimiter=other), [])}
            if other != self.delimiter and set(columns) <= cells:
                return f". Its cells are separated by {other!r}, not by {self.delimiter!r}: set file.delimiter"
        return ""

    def _next(self, header: Sequence[str] | None) -> Record | None:
        """The next record; without cells and problem for a blank line, None at the end of the file."""
        lines = self._lines
        lines.begin()
        cells: list[str] = []
        problem, cut_off = "", False
        try:
            cells = next(self._reader)
        except StopIteration:
            return None
        except (_LineBroken, csv.Error) as error:
            problem = _explained(error)
            cut_off = _UNFINISHED in str(error)
        else:
            # DOS ends a file with this character; spreadsheets write rows of empty cells.
            if not "".join(cells).strip().strip("\x1a"):
                return Record(lines.first, "", ())
            if header is not None:
                cells = _fitted(cells, header)
                problem = _misfit(cells, header)
                cut_off = len(cells) < len(header)
        if problem:
            # What follows the first line may be rows of their own, swallowed by a quote that was never closed.
            lines.give_back()
        return Record(lines.first, lines.raw(), () if problem else cells, problem, cut_off)


class _LineBroken(ValueError):
    """A line cannot be part of any record: the parser is stopped in the middle."""


class _Lines:
    """Decoded lines for the csv parser, which remembers those of the record at hand and can give them again."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self._number = 0
        self._again: deque[tuple[int, str, str]] = deque()
        self._taken: list[tuple[int, str, str]] = []
        self._chars = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        self._taken.append(line)
        _, text, problem = line
        self._chars += len(text)
        if self._chars > MAX_RECORD_CHARS:
            problem = f"is longer than {MAX_RECORD_CHARS:,} characters, or a quote is not closed"
        elif len(self._taken) > MAX_RECORD_LINES:
            problem = f"has more than {MAX_RECORD_LINES:,} lines, or a quote is not closed"
        if problem:
            raise _LineBroken(problem)
        return text

    @property
    def first(self) -> int:
        """Number of the first line of the record."""
        return self._taken[0][0]

    def begin(self) -> None:
        """Start a new record."""
        self._taken, self._chars = [], 0

    def raw(self) -> str:
        """The record's text."""
        return "".join(text for _, text, _ in self._taken).rstrip("\r\n")

    def give_back(self) -> None:
        """Read all lines of the record but its first once more."""
        self._again.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]

    def _read(self) -> tuple[int, str, str]:
        line = self._file.readline(MAX_RECORD_CHARS)
        if not line:
            raise StopIteration
        self._number += 1
        if len(line) == MAX_RECORD_CHARS and not line.endswith(b"\n"):
            self._skip_line()
            return self._number, line[:10_000].decode(self._encoding, "replace"), "is longer than can be read"
        try:
            # A mark stands at the head of each file, also where several were joined to one.
            return self._number, line.decode(self._encoding).removeprefix("\ufeff"), ""
        except UnicodeDecodeError as error:
            text = line.decode(self._encoding, "replace")
            return self._number, text, f"is not {self._encoding.upper()} at byte {error.start + 1} of the line"

    def _skip_line(self) -> None:
        while (piece := self._file.readline(_SKIP_BYTES)) and not piece.endswith(b"\n"):
            pass


def _fitted(cells: list[str], header: Sequence[str]) -> list[str]:
    """The cells without empty ones behind the last column, and with those of last columns that have no name."""
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if len(cells) < len(header) and not any(header[len(cells) :]):
        cells += [""] * (len(header) - len(cells))
    return cells


def _misfit(cells: Sequence[str], header: Sequence[str]) -> str:
    """What keeps these cells from being a row; "" for nothing."""
    if len(cells) != len(header):
        cut = ": it seems to be cut off" if len(cells) < len(header) else ""
        return f"has {len(cells)} cells, the header {len(header)}{cut}"
    if len(header) > 1 and [cell.strip() for cell in cells] == header:
        return "is the header once more: files were joined"
    return ""


def _explained(error: Exception) -> str:
    text = str(error)
    if _UNFINISHED in text:
        return "ends within quotes: a quote is not closed, or the file is cut off"
    if "expected after" in text:
        return "has text after a closing quote: a quote is not closed, or not doubled"
    if "new-line character" in text:
        return "has a lone carriage return: end lines with a line feed"
    return text if isinstance(error, _LineBroken) else f"cannot be read: {text}"
