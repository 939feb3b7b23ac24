"""Shapefiles: geometry by GDAL, attributes as their text stands, and only where the parts belong together."""

import logging
import struct
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyogrio
import pyproj

from geo.crs_names import crs_of
from geo.dbf import read_dbf
from geo.formats import sibling, unreadable
from geo.measure import Geometries
from geo.raw_table import Layers, RawTable, Remark, shapes_of_wkb
from geo.visible import visible

READ_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.CRSError,
)
_HEAD_BYTES = 100


def shapefile_layers(path: Path, encoding: str | None) -> Layers:
    """The one layer of a Shapefile.

    Raises
    ------
    GridsUnreadable
        `reason` "cut_off", "parts" (they do not belong together), "damaged" or "encoding".
    """
    return {"": lambda: _table(path, encoding)}


def _table(path: Path, encoding: str | None) -> RawTable:
    table = read_dbf(path, encoding)
    shapes = _shapes_counted(path)
    indexed = _offsets(path)
    if not len(shapes) == len(indexed) == table.records:
        raise unreadable(
            path, "parts",
            f"its parts do not belong together: {len(shapes)} shapes in the .shp, {len(indexed)} in the .shx, "
            f"{table.records} records in the .dbf; copy all parts of one export again",
            shapes=len(shapes), indexed=len(indexed), records=table.records,
        )  # fmt: skip
    if shapes != indexed:
        raise unreadable(
            path, "parts", "its parts do not belong together: the .shx is the index of another .shp; copy all parts of "
            "one export again",
        )  # fmt: skip
    geometries, problems, said = _geometries(path, table.numbers)
    remarks = [Remark("warning", "reader", f"{path.name}: {text}") for text in said]
    if table.cut:
        remarks.append(
            Remark("note", "cut_text", f"{table.cut} texts of {path.name} end within a letter: it is left out")
        )
    deleted = table.records - len(table.numbers)
    if deleted:
        remarks.append(Remark("note", "deleted", f"{deleted} records of {path.name} are marked as deleted: not read"))
    crs, unknown = _system(path)
    names = list(dict.fromkeys(name for row in table.rows[:1] for name in row)) or [one.name for one in table.fields]
    return RawTable(table.rows, geometries, problems, crs, remarks, names, unknown)


def _geometries(path: Path, numbers: "np.ndarray") -> tuple[Geometries, dict[int, str], list[str]]:
    # GDAL sees the shapes alone: what stands in the other parts is read here, and no lock or index is left beside them.
    with tempfile.TemporaryDirectory(prefix="grids-") as folder, reader_log() as said:
        for suffix in (".shp", ".shx"):
            (Path(folder) / f"shapes{suffix}").symlink_to((sibling(path, suffix) or path).resolve())
        try:
            _, fids, blobs, _ = pyogrio.raw.read(Path(folder) / "shapes.shp", columns=[], return_fids=True)
        except READ_ERRORS as error:
            raise unreadable(path, "damaged", f"it cannot be read, it seems damaged: {error}") from error
    place = {int(fid): at for at, fid in enumerate(fids)}
    missing = [number for number in numbers.tolist() if number not in place]
    if missing:
        raise unreadable(
            path,
            "damaged",
            f"{len(missing)} of {len(numbers)} shapes cannot be read: it seems damaged",
            row=missing[0] + 1,
        )
    return *shapes_of_wkb([blobs[place[number]] for number in numbers.tolist()]), said


def _shapes_counted(path: Path) -> list[int]:
    """Where each shape of the .shp begins, in words of two bytes, as its own heads tell."""
    data = path.read_bytes()
    end = min(2 * struct.unpack(">i", data[24:28])[0], len(data))
    found: list[int] = []
    at = _HEAD_BYTES
    while at + 8 <= end:
        (length,) = struct.unpack(">i", data[at + 4 : at + 8])
        if length < 0:
            raise unreadable(path, "damaged", f"shape {len(found) + 1} says that it is {length} words long")
        found.append(at // 2)
        at += 8 + 2 * length
    return found


def _offsets(path: Path) -> list[int]:
    """Where each shape begins, as the .shx says."""
    part = sibling(path, ".shx")
    data = part.read_bytes() if part is not None else b""
    end = min(2 * struct.unpack(">i", data[24:28])[0], len(data)) if len(data) >= _HEAD_BYTES else 0
    count = max(0, end - _HEAD_BYTES) // 8
    return [int(word) for word in np.frombuffer(data, ">i4", 2 * count, _HEAD_BYTES)[::2]] if count else []


def _system(path: Path) -> tuple[pyproj.CRS | None, str]:
    prj = sibling(path, ".prj")
    text = _prj_text(prj.read_bytes()) if prj is not None else ""
    if not text:
        return None, ""
    crs = crs_of(text)
    if crs is None:
        return None, visible(text)
    # The names of ArcGIS are others than those of EPSG, for the same systems.
    known = crs.to_authority(min_confidence=90)
    return (crs_of(":".join(known)) if known is not None else None) or crs, ""


def _prj_text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding).strip("\x00 \t\r\n")
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1").strip()


@contextmanager
def reader_log() -> Iterator[list[str]]:
    """What GDAL has to say while it reads: for findings, not for the screen."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(visible(record.getMessage()))  # type: ignore[method-assign]
    log = logging.getLogger("pyogrio")
    spread = log.propagate
    log.addHandler(handler)
    log.propagate = False
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield said
        said += dict.fromkeys(visible(one.message) for one in caught)
    finally:
        log.removeHandler(handler)
        log.propagate = spread
