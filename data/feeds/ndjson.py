"""A stream of reports as NDJSON: one JSON object a line."""

import codecs
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from data.errors import ReportInvalid
from data.feeds.reports import parse_report, refused
from data.incidents.model import Report

_GZIP = b"\x1f\x8b"
_ESCAPED_BYTES = 20


def parse_lines(
    lines: Iterable[bytes], zone: ZoneInfo, now: datetime, max_line_bytes: int = 1_000_000
) -> Iterator[tuple[int, Report | ReportInvalid]]:
    """Read a body line by line; a bad line is answered with its error and the next one is read.

    Parameters
    ----------
    lines
        Lines of UTF-8, with or without their line ends; blank ones are passed over.
    zone, now
        As for `parse_report`.
    max_line_bytes
        A longer line is refused unread.

    Yields
    ------
    tuple
        Line number from 1, blank lines counted, and the report or what is wrong with the line.
        Nothing for an empty body.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, parse_report(_object(line, max_line_bytes), zone, now)
        except ReportInvalid as error:
            yield number, error


def _object(line: bytes, max_line_bytes: int) -> dict[str, Any]:
    if len(line) > max_line_bytes:
        raise refused("line", _shown(line), f"has {len(line):,} bytes: at most {max_line_bytes:,} are read")
    try:
        # A BOM is allowed: Windows tools put one at the head of the first line.
        document = _DECODER.decode(line.removeprefix(codecs.BOM_UTF8).decode())
    except UnicodeDecodeError as error:
        # Binary is shown in escapes: noise in an answer or a log helps nobody.
        shown = line[:_ESCAPED_BYTES].decode("ascii", "backslashreplace")
        if line.startswith(_GZIP):
            reason = "is compressed with gzip: say so in Content-Encoding, or send it unpacked"
            raise refused("line", shown, reason) from error
        raise refused("line", shown, f"is not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise refused("line", _shown(line), "is nested too deeply") from error
    except ValueError as error:
        raise refused("line", _shown(line), f"is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise refused("line", _shown(line), "is not a JSON object: write one {…} a line")
    return document


class NameTwice(ValueError):
    """A name stands in one JSON object twice, and nobody knows which is meant; `name` is cut."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the name {name[:100]!r} stands twice")
        self.name = name[:100]


def without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object of these pairs; NameTwice where a name stands twice."""
    document = dict(pairs)
    if len(document) < len(pairs):
        raise NameTwice(name_that_stands_twice(pairs))
    return document


def name_that_stands_twice(pairs: list[tuple[str, Any]]) -> str:
    """The first name that has stood before; "" where none has."""
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    return ""


def no_constant(name: str) -> Any:
    """Refuse NaN and the infinities, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is no number of JSON")


# Made once: making one costs as much as reading a line with it.
_DECODER = json.JSONDecoder(object_pairs_hook=without_twins, parse_constant=no_constant)


def _shown(line: bytes) -> str:
    return line[:200].decode("utf-8", "replace")
