"""GeoParquet: values as the file's types hold them, not as a table of floats would."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pyproj
import shapely

from geo.crs_names import crs_of
from geo.errors import GridsUnreadable
from geo.formats import unreadable
from geo.measure import Geometries
from geo.raw_table import Layers, RawTable, shapes_of_wkb
from geo.visible import visible

_ERRORS = (pa.ArrowException, shapely.errors.ShapelyError, OSError, KeyError, ValueError, TypeError)


def parquet_layers(path: Path) -> Layers:
    """The one layer of a GeoParquet file.

    Raises
    ------
    GridsUnreadable
        `reason` "damaged" or "no_geometry".
    """
    return {"": lambda: _table(path)}


def _table(path: Path) -> RawTable:
    try:
        # A ParquetFile reads this file alone, and no others of its folder.
        with pa.parquet.ParquetFile(path) as file:
            table = file.read()
        meta = _metadata(path, table.schema)
        geometry = str(meta["primary_column"])
        shapes, problems = _shapes(path, table, geometry, meta)
        crs, unknown = _system(meta["columns"][geometry])
        inner = {geometry, *meta["columns"], *_covering(meta["columns"][geometry])}
        names = [name for name in table.schema.names if name not in inner]
        rows = table.select(names).to_pylist() if names else [{}] * table.num_rows
    except _ERRORS as error:
        raise _damaged(path, error) from error
    return RawTable(rows, shapes, problems, crs, (), None if rows else names, unknown)


def _metadata(path: Path, schema: Any) -> dict[str, Any]:
    if b"geo" not in (schema.metadata or {}):
        raise unreadable(path, "no_geometry", "it is Parquet without geometry: save it as GeoParquet")
    meta = json.loads(schema.metadata[b"geo"])
    if not isinstance(meta, dict) or meta.get("primary_column") not in schema.names:
        raise unreadable(path, "no_geometry", "it names no column with geometry that it has")
    return meta


def _shapes(path: Path, table: Any, geometry: str, meta: dict[str, Any]) -> tuple[Geometries, dict[int, str]]:
    if meta["columns"][geometry].get("encoding", "WKB") == "WKB":
        return shapes_of_wkb(table.column(geometry).to_pylist())
    frame = gpd.read_parquet(path, columns=[geometry])
    return np.asarray(frame.geometry.to_numpy(), dtype=object), {}


def _system(column: dict[str, Any]) -> tuple[pyproj.CRS | None, str]:
    if "crs" not in column:
        return crs_of("OGC:CRS84"), ""
    if column["crs"] is None:
        return None, ""
    crs = crs_of(column["crs"])
    return crs, "" if crs is not None else visible(column["crs"])


def _covering(column: dict[str, Any]) -> list[str]:
    """Columns of bounding boxes, which only serve to find rows."""
    boxes = column.get("covering")
    parts = boxes.get("bbox", {}).values() if isinstance(boxes, dict) else []
    return [str(part[0]) for part in parts if isinstance(part, list) and part]


def _damaged(path: Path, error: Exception) -> GridsUnreadable:
    if isinstance(error, GridsUnreadable):
        return error
    return unreadable(path, "damaged", f"it cannot be read, it seems cut off or damaged: {error}")
