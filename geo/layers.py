"""One layer of grids, brought to normal form: text codes, WGS 84 polygons; or refused with the reason."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geo.codes import as_texts
from geo.errors import GridsInvalid
from geo.findings import Finding
from geo.measure import Geometries
from geo.visible import visible

WGS84 = "EPSG:4326"
_FINDINGS = "findings"
_MOST_PEOPLE = 2_000_000_000


def with_findings(layer: gpd.GeoDataFrame, findings: Sequence[Finding]) -> gpd.GeoDataFrame:
    """The layer with what its reading found, which check and build then know."""
    if findings:
        layer.attrs[_FINDINGS] = tuple(findings)
    return layer


def findings_of(layer: gpd.GeoDataFrame) -> tuple[Finding, ...]:
    """What the reading of a layer found."""
    return tuple(layer.attrs.get(_FINDINGS, ()))


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
    _refuse_unreadable(layer, level)
    codes = as_texts(layer["code"])
    names = as_texts(layer["name"])
    _refuse_codes(codes, names, level)
    _refuse_letters([*codes, *names], level)
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
                f"level {level} names no coordinate system, and its coordinates are not degrees: say which it is"
                f"{_system_hint(shapes.to_numpy())}",
                level=level, code=None, reason="no_coordinate_system",
            )  # fmt: skip
    elif not _is_wgs84(crs):
        if crs.is_projected and fits_degrees(shapes.to_numpy()) and not shapely.is_empty(shapes.to_numpy()).all():
            raise GridsInvalid(
                f"level {level} is in metres of {crs.name}, says the file, but its coordinates look like degrees: say "
                "which system it is in",
                level=level, code=None, reason="coordinate_system",
            )  # fmt: skip
        shapes = shapes.to_crs(WGS84)
    return np.asarray(shapely.force_2d(shapes.to_numpy()), dtype=object)


def _system_hint(shapes: Geometries) -> str:
    """What the zone in front of eastings tells: ``--coordinate-system EPSG:4528`` for 40,500,000 m."""
    west, _, east, _ = shapely.total_bounds(shapes)
    zone = int(west // 1e6) if np.isfinite(west) else 0
    if zone and zone == int(east // 1e6):
        # CGCS2000: 3-degree zones are numbered 25 to 45, 6-degree ones 13 to 23.
        if 25 <= zone <= 45:
            return f"; its eastings begin with {zone}, as in 3-degree zone {zone}: EPSG:{4488 + zone} perhaps"
        if 13 <= zone <= 23:
            return f"; its eastings begin with {zone}, as in 6-degree zone {zone}: EPSG:{4478 + zone} perhaps"
    return ", such as EPSG:4528"


def fits_degrees(shapes: Geometries) -> bool:
    """Whether all coordinates could be longitudes and latitudes; true where there are none."""
    bounds = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
    if np.isnan(bounds).all():
        return True
    return bool(np.abs(bounds[[0, 2]]).max() <= 180.0 and np.abs(bounds[[1, 3]]).max() <= 90.0)


def could_be_degrees(shapes: Geometries) -> NDArray[np.bool_]:
    """For each geometry whether its coordinates could be longitudes and latitudes; false where there are none."""
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    with np.errstate(invalid="ignore"):
        lon, lat = np.abs(bounds[:, [0, 2]]), np.abs(bounds[:, [1, 3]])
    return np.asarray((lon <= 180.0).all(axis=1) & (lat <= 90.0).all(axis=1))


def problem(level: int, codes: Sequence[Any], reason: str, told: str) -> GridsInvalid:
    """The error for one or more grids of a level with the same problem; tells of the first."""
    more = f" ({len(codes) - 1} more like it)" if len(codes) > 1 else ""
    code = codes[0]
    return GridsInvalid(
        f"level {level}: grid {visible(code)!r} {told}{more}",
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
    possible = could_be_degrees(shapes)
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


def population_problem(values: Any) -> tuple[int, str] | None:
    """Row and reason of the first value that is no number of persons; None where all are, or are missing."""
    for row, value in enumerate(values):
        if value is None or value is pd.NA or (isinstance(value, str) and not value.strip()):
            continue
        try:
            # Left to itself Python reads 1_000, too.
            people = float("" if isinstance(value, str) and "_" in value else value)
        except (TypeError, ValueError):
            return row, "is no number of persons"
        if np.isnan(people):
            continue
        if not 0 <= people <= _MOST_PEOPLE:
            return row, "is no number of persons that can be"
    return None


def _population(layer: gpd.GeoDataFrame, level: int) -> Any:
    if "population" not in layer.columns:
        return pd.array([pd.NA] * len(layer), dtype="Int32")
    values = layer["population"].tolist()
    wrong = population_problem(values)
    if wrong is not None:
        row, why = wrong
        code = as_texts(layer["code"])[row]
        raise GridsInvalid(
            f"level {level}: the population {visible(values[row])!r} of grid {code!r} {why}: mend it or leave it empty",
            level=level, code=code, reason="population",
        )  # fmt: skip
    blank = [value is None or value is pd.NA or (isinstance(value, str) and not value.strip()) for value in values]
    people = [float("nan") if empty else float(value) for value, empty in zip(values, blank, strict=True)]
    return pd.Series(people, dtype=np.float64).round().astype("Int32").array


def _refuse_unreadable(layer: gpd.GeoDataFrame, level: int) -> None:
    """Refuse what the reading of the file has found to be wrong."""
    wrong = [finding for finding in findings_of(layer) if finding.severity == "error"]
    if not wrong:
        return
    codes = [code for finding in wrong for code in finding.codes]
    more = f" ({len(wrong) - 1} more like it)" if len(wrong) > 1 else ""
    raise GridsInvalid(
        f"level {level}: {wrong[0].message}{more}",
        level=level, code=codes[0] if codes else None, reason=wrong[0].kind, count=len(wrong), codes=codes[:20],
    )  # fmt: skip


def _refuse_letters(texts: Sequence[str | None], level: int) -> None:
    """Refuse what no database and no other program could hold: NUL, and halves of letters."""
    for text in texts:
        if text is not None and not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise problem(level, [text], "letters", "holds half a letter (a surrogate)") from None
        if text is not None and "\x00" in text:
            raise problem(level, [text], "letters", "holds the control character NUL")
