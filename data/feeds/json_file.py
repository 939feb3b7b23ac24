"""The records of a JSON file: one object a line (NDJSON), one after the other, all in a list, or features of GeoJSON.

It is read once from front to back, however long it is, and gives the same records as a CSV file does: the cells are the
values at the paths the mapping names, as text. Numbers are taken as they are written, so an id of any length loses
nothing. A broken object costs only itself.
"""

import io
import json
import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Self

from data.feeds.csv_file import Record
from data.feeds.ndjson import name_that_stands_twice
from data.feeds.sniffing import check_readable, detect_encoding, unreadable

MAX_RECORD_CHARS = 1_000_000
# So many records must have shown a column once.
_LOOKED_AT = 100

_BETWEEN = re.compile(r"[\s,\[\]]*")
# What may stand between two objects. Possessive, and taken as a whole: a search that begins anew at each character of
# a megabyte of blank lines would never end.
_SEPARATORS = re.compile(r"[\s,\[]++")
# The list of a GeoJSON file; what stands above it is short, or it is another kind of file.
_FEATURES = re.compile(r'"features"\s*+:\s*+\[')
_COLLECTION = re.compile(r'"type"\s*+:\s*+"FeatureCollection"')
_HEAD_CHARS = 65_536
# What services write beside a list that is not all there is.
_MORE_FOLLOWS = re.compile(r'"exceededTransferLimit"\s*+:\s*+true')
_PAGE_COUNTS = re.compile(r'"(numberMatched|numberReturned)"\s*+:\s*+(\d{1,15})')
# More than any white space between two objects.
_OVERLAP_CHARS = 1_000
# The decoder is given so much, and four times as much where that was not all of the object: it counts the lines of
# all it was given at each error, so it is not given a megabyte for each broken object.
_FIRST_CHARS = 4_096
_GROWTH = 4
# An error so near the end of what the decoder was given may only say that it was not given enough.
_CUT_CHARS = 16
# A broken object costs only itself, so what was read of it is read again as objects of their own; in all no more often
# than once, but for this much.
_AGAIN_CHARS = 4_000_000
_NOTHING = object()


class JsonFile:
    """An open JSON file; to be used in a ``with`` block.

    Parameters
    ----------
    path
        The file.
    columns
        Paths of the values that are asked for: the name of a value, or names and positions joined by points, such as
        ``camera.location.0``.
    encoding
        "auto", or the name of an encoding.

    Attributes
    ----------
    encoding
        The one given or found.
    header
        The columns.
    total_bytes
        Size of the file.

    Raises
    ------
    FeedUnreadable
        It cannot be opened, or its encoding cannot be told.
    """

    def __init__(self, path: Path, columns: Sequence[str], encoding: str = "auto") -> None:
        check_readable(path)
        self.path = path
        self.header = list(columns)
        self.above_header = 0
        self.encoding = detect_encoding(path) if encoding == "auto" else encoding
        self.total_bytes = path.stat().st_size
        self._unseen = dict.fromkeys(self.header)
        self._paths = [(name, name.split(".")) for name in self.header]
        self._peeked: deque[Record] = deque()
        self._names: list[str] = []
        # The text beside the features, whether there are any, and how the lists around the records stand.
        self._beside, self._features = "", False
        self._open_lists, self._read_all, self._any_broken = 0, False, False
        self._bytes = path.open("rb")
        # Bytes that are no text become half surrogates, which no field of a report may have.
        decoding = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        self._texts = io.TextIOWrapper(self._bytes, encoding=decoding, errors="surrogateescape")
        self._buffer, self._position, self._line, self._ended = "", 0, 1, False
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_constant=self._constant, parse_int=str, parse_float=str
        )
        self._fault = ""
        self._again_chars, self._gone_chars = 0, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._texts.close()

    @property
    def read_bytes(self) -> int:
        """How far the file was read."""
        return self._bytes.tell()

    @property
    def unseen(self) -> list[str]:
        """Columns that no record read so far has."""
        return list(self._unseen)

    def require(self, columns: Sequence[str]) -> None:
        """Check that each of these columns is in one of the first records at least.

        Raises
        ------
        FeedUnreadable
            Lists what is missing, and what the first record has.
        """
        self._peeked.extend(islice(self._read(), _LOOKED_AT))
        missing = [name for name in columns if name in self._unseen]
        if missing and self._names:
            present = [name[:60] for name in self._names[:100]]
            raise unreadable(
                self.path,
                f"is JSON without {', '.join(missing)} in any of its first records; one has {', '.join(present)}",
                missing=missing, present=present,
            )  # fmt: skip

    @property
    def doubts(self) -> list[str]:
        """Sentences about what the file says of itself: that it is one page of more, or ends within its list."""
        counts = dict(_PAGE_COUNTS.findall(self._beside))
        found = []
        if counts.get("numberMatched", "0") != counts.get("numberReturned", counts.get("numberMatched", "0")):
            found.append(
                f"the file is one page of more: {counts['numberReturned']} of {counts['numberMatched']} records"
            )
        elif _MORE_FOLLOWS.search(self._beside):
            found.append("the file says that more records follow: its source gave one page only")
        if self._open_lists > 0 and self._read_all and not self._any_broken:
            found.append("the list of the file does not end: the file seems to be cut off")
        return found

    def records(self) -> Iterator[Record]:
        """The records, broken ones included."""
        while self._peeked:
            yield self._peeked.popleft()
        yield from self._read()

    def _enter_features(self) -> None:
        """Go to the first feature, where the file is GeoJSON."""
        self._fill()
        head = self._buffer[:_HEAD_CHARS]
        found = _FEATURES.search(head)
        if found is not None and head.lstrip().startswith("{") and _COLLECTION.search(head, 0, found.start()):
            self._beside = head[: found.start()]
            self._advance(found.end() - 1)
            self._features = True

    def _read(self) -> Iterator[Record]:
        if not self._gone_chars:
            self._enter_features()
        while not self._read_all:
            self._fill()
            start = self._position
            self._advance(_BETWEEN.match(self._buffer, self._position).end())  # type: ignore[union-attr]  # matches ""
            between = self._buffer[start : self._position]
            self._open_lists += between.count("[") - between.count("]")
            if self._features and "]" in between:
                self._beside += self._buffer[self._position : self._position + _HEAD_CHARS]
                self._read_all = True
                return
            if self._position == len(self._buffer):
                self._read_all = self._ended
                continue
            self._fill()
            yield self._next()

    def _next(self) -> Record:
        line, start = self._line, self._position
        try:
            document, end = self._decoded(start)
        except _Broken as broken:
            return self._broken(line, broken.problem, broken.reached)
        if not isinstance(document, dict):
            return self._broken(line, "is not JSON: not an object {…}", end, whole=True)
        self._advance(end)
        raw = self._buffer[start:end]
        if self._fault:
            return Record(line, raw, (), f"is not JSON: {self._fault}")
        self._names = self._names or list(document)
        cells, problem = self._cells(document)
        return Record(line, raw, () if problem else cells, problem)

    def _decoded(self, start: int) -> tuple[Any, int]:
        """The value that begins there, and where it ends; `_fault` is what is wrong with it although it is whole."""
        chars = _FIRST_CHARS
        while True:
            window = self._buffer[start : start + chars]
            self._fault = ""
            try:
                document, length = self._decoder.raw_decode(window)
            except RecursionError:
                # What was given before was read to its end.
                raise _Broken("is nested too deeply", start + len(window) // _GROWTH) from None
            except json.JSONDecodeError as error:
                reached = len(window) if error.msg.startswith("Unterminated") else error.pos
                if start + chars >= len(self._buffer) or reached <= chars - _CUT_CHARS:
                    raise _Broken(f"is not JSON: {error.msg}", start + reached) from None
                chars *= _GROWTH
            else:
                return document, start + length

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        document = dict(pairs)
        if len(document) < len(pairs):
            self._fault = self._fault or f"the name {name_that_stands_twice(pairs)[:100]!r} stands twice"
        return document

    def _constant(self, name: str) -> Any:
        self._fault = self._fault or f"{name} is no number of JSON"

    def _broken(self, line: int, problem: str, reached: int, *, whole: bool = False) -> Record:
        """Pass over what cannot be read, of which the decoder read as far as `reached`."""
        self._any_broken = True
        start = self._position
        raw = self._buffer[start : start + 10_000]
        length = self._skip_broken(reached, whole=whole)
        return Record(line, raw if length is None else raw[:length], (), problem, cut_off=length is None and not whole)

    def _skip_broken(self, reached: int, *, whole: bool) -> int | None:
        """Go to the next object; how far it was, None where there is none."""
        start, gone = self._position, 0
        if whole or self._again_chars > _AGAIN_CHARS + self._gone_chars:
            self._advance(reached)
        # Less than is held ahead, so that every round gets on.
        overlap = min(_OVERLAP_CHARS, MAX_RECORD_CHARS // 2)
        while True:
            found = self._next_object(whole=whole)
            if found is not None:
                gone += found - start
                self._again_chars += max(reached - found, 0) if found - start == gone else 0
                self._advance(found)
                return gone
            end = len(self._buffer) if self._ended else max(self._position, len(self._buffer) - overlap)
            gone += end - start
            self._advance(end)
            if self._ended:
                return None
            self._fill()
            start = self._position

    def _next_object(self, *, whole: bool) -> int | None:
        """Where reading goes on: at an object that begins a line, or follows another one in the list."""
        if whole:
            end = _BETWEEN.match(self._buffer, self._position).end()  # type: ignore[union-attr]  # matches ""
            if self._buffer.startswith("{", end):
                return end
        for run in _SEPARATORS.finditer(self._buffer, self._position):
            if not self._buffer.startswith("{", run.end()):
                continue
            text, before = run.group(), run.start()
            if "\n" in text:
                return run.end()
            if text.strip() == "," and self._buffer.startswith("}", before - 1 if before else 1):
                return run.end()
        return None

    def _cells(self, document: dict[str, Any]) -> tuple[list[str], str]:
        cells = []
        for name, steps in self._paths:
            value = document.get(name, _NOTHING)
            if value is _NOTHING and len(steps) > 1:
                value = _value_at(document, steps)
            if isinstance(value, dict | list):
                return [], f"has {'an object' if isinstance(value, dict) else 'a list'} as {name}: name a part of it"
            if value is not _NOTHING:
                self._unseen.pop(name, None)
            cells.append(_as_text(value))
        return cells, ""

    def _fill(self) -> None:
        """Hold so much text ahead that a whole record is in it, or all there is."""
        while not self._ended and len(self._buffer) - self._position < MAX_RECORD_CHARS:
            more = self._texts.read(MAX_RECORD_CHARS)
            self._ended = not more
            self._buffer = self._buffer[self._position :] + more
            self._position = 0

    def _advance(self, position: int) -> None:
        self._line += self._buffer.count("\n", self._position, position)
        self._gone_chars += position - self._position
        self._position = position


class _Broken(ValueError):
    """No value can be read; `reached` is how far the decoder came."""

    def __init__(self, problem: str, reached: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.reached = reached


def _value_at(document: Any, steps: Sequence[str]) -> Any:
    value = document
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step, _NOTHING)
        elif isinstance(value, list) and step.isascii() and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _NOTHING
    return value


def _as_text(value: Any) -> str:
    if value is None or value is _NOTHING:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
