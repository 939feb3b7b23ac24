"""Request bodies: strict JSON, and lines out of a stream of bytes, with bounded memory."""

import json
import math
from collections.abc import AsyncIterator, Iterator
from typing import Any

from fastapi import HTTPException, Request

from data.feeds.ndjson import NameTwice, without_twins

# No incident comes near this; a document or line beyond it is refused without being kept in memory.
DOCUMENT_LIMIT_BYTES = 1_000_000

# A line's number from 1, and the line; None where it was too long to be kept.
Line = tuple[int, bytes | None]

_BOM = b"\xef\xbb\xbf"
# What a Content-Type may call UTF-8, or a part of it.
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


class NotStorable(ValueError):
    """A text that is no JSON object, or one that cannot be kept; `field` names where, "" for the whole."""

    def __init__(self, reason: str, field: str = "", value: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.value = value

    @property
    def sentence(self) -> str:
        """What is wrong with what, to be read by a person."""
        return f"{self.field!r} {self.reason}" if self.field else f"the body {self.reason}"


def parse_object(raw: bytes) -> dict[str, Any]:
    """Read one JSON object strictly.

    Python's own reader lets NaN, Infinity and numbers beyond the range of a float pass, and text that no database
    can keep (NUL, half a surrogate pair); all of these are refused here.

    Raises
    ------
    NotStorable
        With the field (top level, "" where none) and the reason.
    """
    try:
        text = raw.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotStorable(f"is not UTF-8: byte {error.start} cannot be read") from error
    try:
        document = _DECODER.decode(text)
    except RecursionError as error:
        raise NotStorable("is not JSON that can be read: nested too deeply") from error
    except NameTwice as error:
        raise NotStorable("stands twice in one object, and nobody knows which is meant", error.name) from error
    except ValueError as error:
        raise NotStorable(f"is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise NotStorable(f"must be a JSON object, is {_kind(document)}")
    if "\\u" in text:
        _refuse_unstorable(document)
    return document


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is out of range")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=without_twins, parse_constant=_refuse_constant, parse_float=_finite)


def _kind(value: Any) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _refuse_unstorable(document: dict[str, Any]) -> None:
    for key, value in document.items():
        for text in _texts({key: value}):
            if "\x00" in text:
                raise NotStorable("holds a NUL character, which cannot be kept", key.replace("\x00", ""), text)
            if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
                raise NotStorable("holds half a surrogate pair, which is no character", key, text)


def _texts(value: Any) -> Iterator[str]:
    # Not one call within the other: a text in a thousand lists would come up through all of them.
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting.extend(one)
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


async def read_document(request: Request, limit_bytes: int = DOCUMENT_LIMIT_BYTES) -> bytes | None:
    """Read a whole body; None where it is longer than the limit (then it is read to its end, but not kept)."""
    kept: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit_bytes:
            kept.append(chunk)
        else:
            kept.clear()
    return None if size > limit_bytes else b"".join(kept)


async def split_lines(chunks: AsyncIterator[bytes], limit_bytes: int = DOCUMENT_LIMIT_BYTES) -> AsyncIterator[Line]:
    """Cut a stream of bytes into lines.

    Yields
    ------
    Lines without their ends; blank lines are counted but not yielded. A line longer than the limit
    is yielded as None and is never held in memory as a whole. An empty stream yields nothing.
    """
    number = 1
    rest = b""
    overlong = False
    async for chunk in chunks:
        *ends, tail = chunk.split(b"\n")
        for end in ends:
            line = rest + end
            if overlong or len(line) > limit_bytes:
                yield number, None
            elif line.strip():
                yield number, line.rstrip(b"\r")
            rest, overlong, number = b"", False, number + 1
        rest = b"" if overlong else rest + tail
        if len(rest) > limit_bytes:
            rest, overlong = b"", True
    if overlong:
        yield number, None
    elif rest.strip():
        yield number, rest


async def in_batches(lines: AsyncIterator[Line], most: int) -> AsyncIterator[list[Line]]:
    """Gather lines into lists of so many, the last one of what is left; no lines, no list."""
    batch: list[Line] = []
    async for line in lines:
        batch.append(line)
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch


def content_type(request: Request, *allowed: str) -> str:
    """Return the body's media type.

    A type must be given and be one of ours: a page of another site can make a browser post plain text to us, but not
    JSON, so this check also keeps strangers' pages from writing.

    Raises
    ------
    HTTPException
        415 for any other, and for text in another encoding than UTF-8: some bytes of GBK are letters of UTF-8, too.
    """
    given, _, parameters = request.headers.get("content-type", "").partition(";")
    media_type = given.strip().lower()
    if media_type not in allowed:
        raise HTTPException(415, f"Content-Type is {media_type[:100]!r}: it must be {' or '.join(allowed)}")
    charset = _charset(parameters)
    if charset not in _CHARSETS:
        raise HTTPException(415, f"the charset of Content-Type is {charset[:100]!r}: send the body in UTF-8")
    return media_type


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return "utf-8"
