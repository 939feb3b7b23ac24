"""Shapefiles: geometry by GDAL, attributes as their text stands, and only where the parts belong together."""

import logging
import struct
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
    with reader_log() as said:
        try:
            _, fids, blobs, _ = pyogrio.raw.read(path, columns=[], return_fids=True)
        except READ_ERRORS as error:
            raise unreadable(path, "damaged", f"it cannot be read, it seems damaged: {error}") from error
    if len(fids) != len(numbers) or (np.asarray(fids) != numbers).any():
        raise unreadable(
            path, "damaged", f"{len(fids)} of {len(numbers)} shapes can be read: it seems damaged", read=len(fids)
        )
    return *shapes_of_wkb(blobs), said


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
    text = prj.read_bytes().decode("utf-8-sig", "replace").strip() if prj is not None else ""
    if not text:
        return None, ""
    try:
        crs = crs_of(pyogrio.read_info(path)["crs"])
    except READ_ERRORS:
        crs = None
    crs = crs or crs_of(text)
    return crs, "" if crs is not None else visible(text)


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
        yield said
    finally:
        log.removeHandler(handler)
        log.propagate = spread
