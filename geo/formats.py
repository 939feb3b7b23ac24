"""Is the file what its name says, and is all of it there? Asked before any reader touches it.

GDAL is helpful to a fault: it reads a GeoPackage named .geojson, and a Shapefile cut in half comes back with empty
geometry. A command center must not believe such files.
"""

import codecs
import json
from pathlib import Path
from typing import Literal

from geo.errors import GridsUnreadable

Format = Literal["GeoJSON", "Shapefile", "GeoPackage", "GeoParquet"]

FORMAT_OF_SUFFIX: dict[str, Format] = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".topojson": "GeoJSON",
    ".geojsonl": "GeoJSON",
    ".shp": "Shapefile",
    ".gpkg": "GeoPackage",
    ".parquet": "GeoParquet",
    ".geoparquet": "GeoParquet",
}
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_SHP_MAGIC = b"\x00\x00\x27\x0a"


def unreadable(path: Path, reason: str, message: str, **values: object) -> GridsUnreadable:
    """The error for a file: message with the file's name in front, `path` and `reason` among the values."""
    return GridsUnreadable(f"{path.name}: {message}", path=str(path), reason=reason, **values)


def checked_format(path: Path) -> Format:
    """The format of a whole file that is what its name says.

    Raises
    ------
    GridsUnreadable
        With `reason`: "not_found", "empty", "format" (another format than its name says, then `seems` tells which, or
        one that is not read), "cut_off" (half a file).
    """
    if not path.is_file():
        raise unreadable(path, "not_found", "there is no such file")
    named = FORMAT_OF_SUFFIX.get(path.suffix.lower())
    if named is None:
        known = ", ".join(FORMAT_OF_SUFFIX)
        raise unreadable(path, "format", f"files named {path.suffix or 'without an ending'} are not read; give {known}")
    if path.stat().st_size == 0:
        raise unreadable(path, "empty", "the file is empty")
    seems = what_it_seems(path)
    if seems != named:
        raise unreadable(
            path, "format", f"by its name it is {named}, but it seems to be {seems}: give it its true name", seems=seems
        )
    _refuse_part(path, named)
    return named


def what_it_seems(path: Path) -> str:
    """The format a file's first bytes speak of, in words."""
    with path.open("rb") as file:
        head = file.read(512)
    starts = {
        b"PK\x03\x04": "a zip archive",
        b"PAR1": "GeoParquet",
        _SHP_MAGIC: "Shapefile",
        b"\x1f\x8b": "a gzip archive",
        b"%PDF": "PDF",
        b"fgb\x03": "FlatGeobuf",
        b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
    }
    for start, name in starts.items():
        if head.startswith(start):
            return name
    if head.startswith(b"SQLite format 3\x00"):
        return "GeoPackage" if head[68:72] in (b"GPKG", b"GP10", b"GP11") else "an SQLite database"
    if head.startswith(_WIDE_MARKS) or (head[:1] in b"{[\x00" and b"\x00" in head[:4]):
        # UTF-16 or UTF-32: every letter of JSON's own has zeros beside it.
        text = head.decode(json.detect_encoding(head), "ignore").removeprefix("\ufeff").lstrip().encode()
    else:
        text = head.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n\x1e")
    if text[:1] in (b"{", b"["):
        return "GeoJSON"
    if text[:1] == b"<":
        return "XML or HTML"
    if not text:
        return "blank"
    return "something unknown" if b"\x00" in head else "plain text, perhaps CSV"


def _refuse_part(path: Path, kind: Format) -> None:
    if kind == "Shapefile":
        _refuse_shapefile_part(path)
    elif kind == "GeoPackage":
        _refuse_sqlite_part(path)
    elif kind == "GeoParquet" and (path.stat().st_size < 12 or _tail(path, 4) != b"PAR1"):
        raise cut_off(path)


def _refuse_shapefile_part(path: Path) -> None:
    for suffix, purpose in ((".shp", "geometry"), (".shx", "index"), (".dbf", "attributes")):
        part = sibling(path, suffix)
        if part is None:
            raise unreadable(path, "cut_off", f"the {suffix} beside it is missing, which holds the {purpose}")
        size = part.stat().st_size
        with part.open("rb") as file:
            head = file.read(32)
        if len(head) < 32:
            whole = 32
        elif suffix == ".dbf":
            records, width = int.from_bytes(head[4:8], "little"), int.from_bytes(head[10:12], "little")
            whole = int.from_bytes(head[8:10], "little") + records * width
        else:
            whole = 2 * int.from_bytes(head[24:28], "big")
        if size < whole:
            raise cut_off(part)


def _refuse_sqlite_part(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(100)
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    # The page count is only kept when the two change counters agree.
    counted = head[24:28] == head[92:96]
    if len(head) < 100 or (counted and path.stat().st_size < pages * (65536 if page == 1 else page)):
        raise cut_off(path)


def sibling(path: Path, suffix: str) -> Path | None:
    """The file of the same name with another ending, in small or capital letters; None where there is none."""
    for ending in (suffix, suffix.upper()):
        other = path.with_suffix(ending)
        if other.is_file():
            return other
    return None


def _tail(path: Path, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - count))
        return file.read(count)


def cut_off(path: Path) -> GridsUnreadable:
    """The error for a file of which only a part is there."""
    return unreadable(path, "cut_off", "the file is cut off: only a part of it is there, copy it again")
