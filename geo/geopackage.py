"""GeoPackages, read by SQLite itself: every row, whatever the file says about its count, and never a byte written.

Beside a file may lie changes that are not in it yet (``-wal``), or a journal of some that were broken off
(``-journal``). Opening such a file brings it up to date, so a copy is opened instead.
"""

import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeGuard

import pyogrio
import pyproj

from geo.crs_names import crs_of
from geo.errors import GridsUnreadable
from geo.formats import unreadable
from geo.raw_table import Layers, RawTable, Remark, shapes_of_wkb
from geo.shapefile import READ_ERRORS, reader_log
from geo.visible import visible

_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_CURVES = range(8, 15)


def geopackage_layers(path: Path) -> Layers:
    """The layers of a GeoPackage that have geometry.

    Raises
    ------
    GridsUnreadable
        `reason` "damaged", "no_geometry", "encoding" or "not_found".
    """
    with _opened(path) as database:
        found = database.execute(
            "SELECT table_name, column_name, g.srs_id, c.srs_id FROM gpkg_geometry_columns g "
            "JOIN gpkg_contents c USING (table_name) WHERE c.data_type = 'features'"
        ).fetchall()
    if not found:
        raise unreadable(path, "no_geometry", "it has no layer with geometry")
    return {str(table): lambda row=row: _table(path, *row) for row in found for table in row[:1]}  # type: ignore[misc]


def _table(path: Path, table: str, column: str, srs_id: int, listed: int | None) -> RawTable:
    with _opened(path) as database:
        cursor = database.execute(f"SELECT * FROM {_quoted(table)}")  # noqa: S608  # a name, quoted
        names = [str(one[0]) for one in cursor.description]
        rows = cursor.fetchall()
        crs, unknown = _system(database, srs_id)
    geometry = next((at for at, name in enumerate(names) if name.lower() == column.lower()), None)
    if geometry is None:
        raise unreadable(path, "damaged", f"its layer {table!r} lacks its geometry column {column!r}")
    blobs, problems = _wkb([row[geometry] for row in rows])
    curved = [at for at, blob in enumerate(blobs) if _is_curved(blob)]
    straight = _straightened(path, table) if curved else {}
    for at in curved:
        blobs[at] = straight.get(at)
    shapes, unread = shapes_of_wkb(blobs)
    others = [at for at in range(len(names)) if at != geometry]
    values = [{names[at]: row[at] for at in others} for row in rows]
    remarks = _systems(srs_id, listed, [row[geometry] for row in rows])
    return RawTable(values, shapes, {**unread, **problems}, crs, remarks, [names[at] for at in others], unknown)


def _systems(srs_id: int, listed: int | None, blobs: Sequence[Any]) -> list[Remark]:
    """A warning where the parts of the file name different systems; -1 and 0 name none."""
    own = {struct.unpack("<i" if blob[3] & 1 else ">i", blob[4:8])[0] for blob in blobs if _has_head(blob)}
    others = sorted({*own, listed or 0} - {srs_id, -1, 0})
    if not others:
        return []
    return [
        Remark("warning", "coordinate_system", f"its geometry column names the system {srs_id}, which holds here, but "
               f"other parts of the file name {', '.join(map(str, others))}: say which with --coordinate-system")
    ]  # fmt: skip


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with readable_copy(path) as place, closing(sqlite3.connect(_uri(place), uri=True)) as database:
            # Text that is no UTF-8 stays bytes, and is named when a code or a name is made of it.
            database.text_factory = _text
            yield database
    except (sqlite3.Error, UnicodeDecodeError) as error:
        # A name in the schema that is no text fails in the driver itself.
        raise _damaged(path, error) from error
    except OSError as error:
        raise unreadable(path, "not_found", f"it cannot be opened: {error.strerror or error}") from error


@contextmanager
def readable_copy(path: Path, *, always: bool = False) -> Iterator[Path]:
    """The file itself, or a copy with its changes where some lie beside it; what is opened may then be written to."""
    real = path.resolve()
    beside = [real.with_name(real.name + ending) for ending in ("-wal", "-journal")]
    beside = [one for one in beside if one.is_file() and one.stat().st_size]
    if not beside and not always:
        yield real
        return
    with tempfile.TemporaryDirectory(prefix="grids-") as folder:
        for one in (real, *beside):
            shutil.copyfile(one, Path(folder) / one.name)
        yield Path(folder) / real.name


def _uri(place: Path) -> str:
    changes = place.with_name(f"{place.name}-wal"), place.with_name(f"{place.name}-journal")
    alone = not any(one.is_file() and one.stat().st_size for one in changes)
    # Without changes beside it nothing need be locked, and no file of a folder touched.
    return f"{place.as_uri()}?{'mode=ro&immutable=1' if alone else 'mode=rw'}"


def _wkb(blobs: Sequence[Any]) -> tuple[list[bytes | None], dict[int, str]]:
    found: list[bytes | None] = []
    problems = {}
    for row, blob in enumerate(blobs):
        try:
            found.append(None if blob is None else _without_head(blob))
        except ValueError as error:
            problems[row] = str(error)
            found.append(None)
    return found, problems


def _without_head(blob: Any) -> bytes:
    if not _has_head(blob):
        raise ValueError("its geometry is not in the form of a GeoPackage")
    envelope = (blob[3] >> 1) & 7
    if envelope >= len(_ENVELOPE_BYTES):
        raise ValueError("its geometry is not in the form of a GeoPackage")
    return blob[8 + _ENVELOPE_BYTES[envelope] :]


def _has_head(blob: Any) -> TypeGuard[bytes]:
    return isinstance(blob, bytes) and len(blob) >= 8 and blob[:2] == b"GP"


def _is_curved(blob: bytes | None) -> bool:
    if blob is None or len(blob) < 5:
        return False
    kind = struct.unpack("<I" if blob[0] else ">I", blob[1:5])[0]
    return kind % 1000 in _CURVES


def _straightened(path: Path, table: str) -> dict[int, bytes | None]:
    """The geometries by row with curves as lines of many short pieces, which GDAL makes of them."""
    with readable_copy(path, always=True) as place, reader_log():
        with closing(sqlite3.connect(place)) as database, suppress(sqlite3.Error):
            # GDAL would believe this count, and read no more.
            database.execute("DELETE FROM gpkg_ogr_contents")
            database.commit()
        try:
            _, fids, blobs, _ = pyogrio.raw.read(place, layer=table, columns=[], return_fids=True)
        except READ_ERRORS as error:
            raise _damaged(path, error) from error
    return dict(enumerate(blobs)) if fids is not None else {}


def _system(database: sqlite3.Connection, srs_id: int) -> tuple[pyproj.CRS | None, str]:
    if srs_id in (-1, 0):
        return None, ""
    found = database.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
        (srs_id,),
    ).fetchone()
    if found is None:
        return None, f"srs_id {srs_id}"
    organization, number, definition = found
    crs = crs_of(f"{organization}:{number}") or crs_of(definition)
    return crs, "" if crs is not None else visible(f"{organization}:{number}")


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _damaged(path: Path, error: Exception) -> GridsUnreadable:
    return unreadable(path, "damaged", f"it cannot be read, it seems cut off or damaged: {error}")
