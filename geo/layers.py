"""One layer of grids, brought to normal form: text codes, WGS 84 polygons; or refused with the reason."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.codes import as_texts
from geo.errors import GridsInvalid
from geo.measure import Geometries

WGS84 = "EPSG:4326"


def normal_layer(layer: gpd.GeoDataFrame, level: int) -> gpd.GeoDataFrame:
    """Columns ``code, name, parent, population, geometry`` in WGS 84, checked by themselves; see GridSystem.build."""
    needed = ["code", "name"] if level == 1 else ["code", "name", "parent"]
    missing = [column for column in needed if column not in layer.columns]
    if missing:
        raise GridsInvalid(
            f"level {level} lacks the column {missing[0]!r}; it has {', '.join(map(str, layer.columns))}",
            level=level, code=None, reason="missing_column", missing=missing, columns=[str(c) for c in layer.columns],
        )  # fmt: skip
    if not len(layer):
        raise GridsInvalid(f"level {level} has no grids", level=level, code=None, reason="empty_layer")
    codes = as_texts(layer["code"])
    names = as_texts(layer["name"])
    _refuse_codes(codes, names, level)
    shapes = in_wgs84(layer, level)
    _refuse_shapes([str(code) for code in codes], shapes, level)
    columns = {
        "code": pd.Series(codes, dtype=object),
        "name": pd.Series(names, dtype=object),
        "parent": pd.Series(as_texts(layer["parent"]) if level > 1 else [None] * len(codes), dtype=object),
        "population": _population(layer, level),
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs=WGS84), crs=WGS84)


def in_wgs84(layer: gpd.GeoDataFrame, level: int) -> Geometries:
    """The layer's geometries in WGS 84, two-dimensional; GridsInvalid where the coordinate system is missing."""
    shapes = layer.geometry
    crs = layer.crs
    if crs is None:
        if not fits_degrees(shapes.to_numpy()):
            raise GridsInvalid(
                f"level {level} names no coordinate system, and its coordinates are not degrees: say which it is",
                level=level, code=None, reason="no_coordinate_system",
            )  # fmt: skip
    elif not _is_wgs84(crs):
        shapes = shapes.to_crs(WGS84)
    return np.asarray(shapely.force_2d(shapes.to_numpy()), dtype=object)


def fits_degrees(shapes: Geometries) -> bool:
    """Whether all coordinates could be longitudes and latitudes; true where there are none."""
    bounds = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
    if np.isnan(bounds).all():
        return True
    return bool(np.abs(bounds[[0, 2]]).max() <= 180.0 and np.abs(bounds[[1, 3]]).max() <= 90.0)


def problem(level: int, codes: Sequence[Any], reason: str, told: str) -> GridsInvalid:
    """The error for one or more grids of a level with the same problem; tells of the first."""
    more = f" ({len(codes) - 1} more like it)" if len(codes) > 1 else ""
    code = codes[0]
    return GridsInvalid(
        f"level {level}: grid {code!r} {told}{more}",
        level=level, code=code, reason=reason, count=len(codes), codes=[str(c) for c in codes[:20]],
    )  # fmt: skip


def _is_wgs84(crs: pyproj.CRS) -> bool:
    # CGCS2000 in degrees is WGS 84 to within centimetres: no transformation, so no rounding either.
    return any(crs.equals(pyproj.CRS(same), ignore_axis_order=True) for same in (WGS84, "OGC:CRS84", "EPSG:4490"))


def _refuse_codes(codes: list[str | None], names: list[str | None], level: int) -> None:
    without = [at for at, code in enumerate(codes) if code is None]
    if without:
        raise GridsInvalid(
            f"level {level}: the grid in row {without[0]} (named {names[without[0]]!r}) has no code",
            level=level, code=None, reason="no_code", rows=without[:20], count=len(without),
        )  # fmt: skip
    twice = pd.Series(codes).duplicated(keep="first")
    if twice.any():
        raise problem(level, [codes[at] for at in np.flatnonzero(twice)], "duplicate_code", "stands there twice")
    nameless = [code for code, name in zip(codes, names, strict=True) if name is None]
    if nameless:
        raise problem(level, nameless, "no_name", "has no name: name the column that holds it (it may be the code)")


def _refuse_shapes(codes: list[str], shapes: Geometries, level: int) -> None:
    kinds = shapely.get_type_id(shapes)
    polygonal = (kinds == shapely.GeometryType.POLYGON) | (kinds == shapely.GeometryType.MULTIPOLYGON)
    bounds = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        possible = (np.abs(bounds[:, [0, 2]]) <= 180.0).all(axis=1) & (np.abs(bounds[:, [1, 3]]) <= 90.0).all(axis=1)
    tests = (
        (shapely.is_missing(shapes) | shapely.is_empty(shapes), "empty_geometry", "has no geometry"),
        (~polygonal, "not_a_polygon", "is not a polygon but {kind}"),
        (~possible, "coordinates_out_of_range", "has coordinates that are no longitudes and latitudes"),
        (~shapely.is_valid(shapes), "invalid_geometry", "has invalid geometry: {why}"),
    )
    for bad, reason, told in tests:
        if bad.any():
            first = shapes[int(np.flatnonzero(bad)[0])]
            kind = first.geom_type if first is not None else ""
            text = told.format(kind=kind, why=shapely.is_valid_reason(first))
            raise problem(level, [codes[at] for at in np.flatnonzero(bad)], reason, text)


def _population(layer: gpd.GeoDataFrame, level: int) -> Any:
    if "population" not in layer.columns:
        return pd.array([pd.NA] * len(layer), dtype="Int32")
    try:
        return pd.array(pd.to_numeric(layer["population"]).round(), dtype="Int32")
    except (ValueError, TypeError) as error:
        raise GridsInvalid(
            f"level {level}: the column 'population' must hold numbers of persons: {error}",
            level=level, code=None, reason="population",
        ) from error  # fmt: skip
