"""JSON as its text stands: numbers to the letter, members that stand there twice, every encoding it may be in.

Objects and lists of any size are gone through member by member, in time linear in the text; only coordinates become
floats.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any

from geo.codes import NumberText, Repeated
from geo.dbf_encoding import python_encoding
from geo.errors import GridsUnreadable
from geo.formats import cut_off, unreadable

Decode = Callable[[str, int], tuple[Any, int]]

_BLANK = re.compile(r"[ \t\r\n]*")
# Between the values of a GeoJSON text sequence stands a record separator.
_BETWEEN = re.compile(r"[ \t\r\n\x1e]*")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose repeated members are kept as `Repeated`, unless they say the same."""
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    seen: dict[str, list[Any]] = {}
    for key, value in pairs:
        seen.setdefault(key, []).append(value)
    return {
        key: Repeated(values) if len(values) > 1 and any(value != values[0] for value in values) else values[0]
        for key, values in seen.items()
    }


_EXACT = JSONDecoder(
    object_pairs_hook=_pairs,
    parse_float=NumberText,
    parse_int=NumberText,
    parse_constant=NumberText,
)
_FLOATS = JSONDecoder(object_pairs_hook=_pairs, parse_float=float, parse_int=float, parse_constant=float)


def exact(text: str, at: int) -> tuple[Any, int]:
    """The value at a position, numbers as `NumberText`, and the position behind it."""
    return _EXACT.raw_decode(text, at)


def floats(text: str, at: int) -> tuple[Any, int]:
    """The value at a position, numbers as floats, and the position behind it."""
    return _FLOATS.raw_decode(text, at)


def members(text: str, at: int, decoders: Mapping[str, Decode]) -> tuple[dict[str, Any], int]:
    """The object at a position; members named in `decoders` are read by these, all others exactly."""
    if text[at : at + 1] != "{":
        return exact(text, at)
    pairs: list[tuple[str, Any]] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}" or pairs:
        if text[at : at + 1] != '"':
            raise JSONDecodeError("Expecting the name of a member in quotes", text, at)
        key, at = exact(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise JSONDecodeError("Expecting ':'", text, at)
        value, at = decoders.get(key, exact)(text, _skip(text, at + 1))
        pairs.append((key, value))
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            break
        if text[at : at + 1] != ",":
            raise JSONDecodeError("Expecting ',' or '}'", text, at)
        at = _skip(text, at + 1)
    return _pairs(pairs), at + 1


def elements(text: str, at: int, decode: Decode) -> tuple[Any, int]:
    """The list at a position, each element read by `decode`; another value as it is."""
    if text[at : at + 1] != "[":
        return exact(text, at)
    found: list[Any] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]" or found:
        value, at = decode(text, at)
        found.append(value)
        at = _skip(text, at)
        if text[at : at + 1] == "]":
            break
        if text[at : at + 1] != ",":
            raise JSONDecodeError("Expecting ',' or ']'", text, at)
        at = _skip(text, at + 1)
    return found, at + 1


def values(text: str, decode: Decode) -> Iterator[Any]:
    """The values of a text, one behind the other."""
    at = _between(text, 0)
    while at < len(text):
        value, at = decode(text, at)
        yield value
        at = _between(text, at)


def read_text(path: Path, encoding: str | None) -> str:
    """The text of a file: UTF-8, or UTF-16 and UTF-32 as their marks or zeros show; or in the encoding that was said.

    Raises
    ------
    GridsUnreadable
        `reason` "encoding", with what it `seems` to be.
    """
    data = path.read_bytes()
    said = python_encoding(path, encoding) if encoding is not None else None
    for name in (json.detect_encoding(data), said):
        if name is not None and (text := _decoded(data, name)) is not None:
            return text.removeprefix("\ufeff")
    wide = json.detect_encoding(data)
    if said is None and wide.startswith("utf-8") and _decoded(data, "gb18030") is not None:
        raise unreadable(
            path, "encoding",
            "its text is not UTF-8, as GeoJSON must be; it seems to be GB18030 (GBK): give --encoding gb18030, or save "
            "it as UTF-8", seems="gb18030",
        )  # fmt: skip
    what = f"{said}, as was said" if said else f"{wide.removesuffix('-sig').upper()}: save it as UTF-8"
    raise unreadable(path, "encoding", f"its text is not {what}")


def json_error(path: Path, text: str, error: Exception) -> GridsUnreadable:
    """The error for a text that is no JSON."""
    if isinstance(error, RecursionError):
        return unreadable(path, "damaged", "its JSON is nested too deeply to be grids")
    if not isinstance(error, JSONDecodeError):
        return unreadable(path, "damaged", f"its JSON cannot be read: {error}")
    unfinished = error.msg.startswith(("Unterminated", "Invalid control character"))
    if error.pos >= len(text.rstrip()) or (unfinished and '"' not in text[error.pos + 1 : error.pos + 100_000]):
        return cut_off(path)
    place = f"line {error.lineno}, column {error.colno}"
    near = text[max(0, error.pos - 20) : error.pos + 20].replace("\n", " ")
    return unreadable(path, "damaged", f"its JSON is damaged at {place}, near {near!r}: {error.msg}")


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return at if found is None else found.end()


def _between(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return at if found is None else found.end()
