"""A layer of a file as the file writes it, before anything is decided about its columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyproj
import shapely

from geo.findings import Severity
from geo.measure import Geometries

# How deep and how long the names of columns within objects are listed; others can still be named.
_DEEPEST, _LONGEST, _MOST_NAMES = 5, 100, 1000


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reader has to say about a file: becomes a finding of the check."""

    severity: Severity
    kind: str
    message: str


@dataclass(frozen=True)
class RawTable:
    """One layer of a file.

    Attributes
    ----------
    rows
        For each of the n grids its properties, by name.
    shapes
        Their geometries, None where there is none or where it cannot be read.
    problems
        Row and reason of each geometry that cannot be read.
    crs
        The coordinate system that the file names, or None.
    remarks
        On the file as a whole.
    names
        The columns, where the rows do not tell them; see `columns`.
    unknown_crs
        What the file says of its system, where that cannot be understood; else "".
    """

    rows: Sequence[Mapping[str, Any]]
    shapes: Geometries
    problems: Mapping[int, str] = field(default_factory=dict)
    crs: pyproj.CRS | None = None
    remarks: Sequence[Remark] = ()
    names: Sequence[str] | None = None
    unknown_crs: str = ""

    def columns(self) -> list[str]:
        """Names of the columns; those of objects with a point, as in ``parent.adcode``."""
        if self.names is not None:
            return list(self.names)
        found: dict[str, bool | None] = {}
        for row in self.rows:
            _collect(row, "", found, 0)
        return [name for name, is_object in found.items() if not is_object]

    def leads_to(self, name: str) -> bool:
        """Whether any row has something under this name."""
        return any(_found(row, name)[0] for row in self.rows)

    def values(self, name: str) -> list[Any]:
        """A column: of each row the property of that name, or what the points in the name lead to."""
        return [_found(row, name)[1] for row in self.rows]


Layers = Mapping[str, Callable[[], RawTable]]
"""The layers of a file by name, each read when asked for; a format without layers has one under the name ""."""


def shapes_of_wkb(blobs: Sequence[bytes | None]) -> tuple[Geometries, dict[int, str]]:
    """Geometries of WKB, and the reasons of those that cannot be read; one bad shape costs its row only."""
    try:
        return shapely.from_wkb(list(blobs)) if len(blobs) else shapely.from_wkb([]), {}
    except (shapely.errors.ShapelyError, NotImplementedError, TypeError, ValueError):
        pass
    shapes: Geometries = shapely.from_wkb([None] * len(blobs))
    problems = {}
    for row, blob in enumerate(blobs):
        try:
            shapes[row] = shapely.from_wkb(blob)
        except (shapely.errors.ShapelyError, NotImplementedError, TypeError, ValueError) as error:
            problems[row] = _reason(error)
    return shapes, problems


def _reason(error: Exception) -> str:
    text = str(error).partition(": ")[2] or str(error)
    if "closed linestring" in text:
        return "a ring is not closed: it does not end where it begins"
    return text[:200]


def _collect(row: Mapping[str, Any], prefix: str, found: dict[str, bool | None], depth: int) -> None:
    """Add the names of a row's columns: True marks a column of objects, None one that said nothing so far."""
    for key, value in row.items():
        name = prefix + key
        if name not in found and len(found) >= _MOST_NAMES:
            continue
        is_object = isinstance(value, dict) and bool(value) and depth < _DEEPEST and len(name) <= _LONGEST
        if value is None:
            found.setdefault(name, None)
        elif is_object:
            found[name] = found.get(name) is not False
            _collect(value, f"{name}.", found, depth + 1)
        else:
            found[name] = False


def _found(row: Mapping[str, Any], name: str) -> tuple[bool, Any]:
    if name in row:
        return True, row[name]
    at: Any = row
    for part in name.split("."):
        if isinstance(at, dict) and part in at:
            at = at[part]
        elif isinstance(at, list) and part.isascii() and part.isdecimal() and len(part) < 7 and int(part) < len(at):
            at = at[int(part)]
        else:
            return False, None
    return True, at
