"""Grids in JSON: GeoJSON, its lists and sequences of features, TopoJSON and ArcGIS's JSON, each by what it holds."""

from collections.abc import Mapping, Sequence
from json.decoder import JSONDecodeError
from pathlib import Path
from typing import Any

import pyproj
import shapely

from geo.codes import NumberText, Repeated
from geo.crs_names import crs_of, crs_of_member
from geo.formats import unreadable
from geo.json_shapes import ShapeUnreadable, polygon_of_rings, shape_of
from geo.json_text import elements, exact, floats, json_error, members, read_text, values
from geo.measure import Geometries
from geo.partial import partial_remarks
from geo.raw_table import Layers, RawTable, Remark
from geo.topojson import topology_layers
from geo.visible import visible

_GEOMETRIES = (
    "Polygon", "MultiPolygon", "Point", "MultiPoint", "LineString", "MultiLineString", "GeometryCollection",
)  # fmt: skip


def json_layers(path: Path, encoding: str | None) -> Layers:
    """The layers of a JSON file: one without a name, or the objects of a TopoJSON file.

    Raises
    ------
    GridsUnreadable
        `reason` "encoding", "cut_off", "damaged" or "no_features".
    """
    text = read_text(path, encoding)
    try:
        documents = list(values(text, _document))
    except (JSONDecodeError, RecursionError, ValueError) as error:
        raise json_error(path, text, error) from error
    if len(documents) == 1 and isinstance(documents[0], dict):
        return _of_object(path, documents[0])
    features = documents[0] if len(documents) == 1 and isinstance(documents[0], list) else documents
    _refuse_collections(path, features)
    table = _features(features, {})
    return {"": lambda: table}


def _document(text: str, at: int) -> tuple[Any, int]:
    if text[at : at + 1] == "[":
        return elements(text, at, _feature)
    decoders = {
        "features": lambda inner, start: elements(inner, start, _feature),
        "geometry": floats, "coordinates": floats, "arcs": floats, "transform": floats,
    }  # fmt: skip
    return members(text, at, decoders)


def _feature(text: str, at: int) -> tuple[Any, int]:
    decoders = {
        "geometry": floats,
        "features": lambda inner, start: elements(inner, start, _feature),
    }
    return members(text, at, decoders) if text[at : at + 1] == "{" else exact(text, at)


def _of_object(path: Path, document: dict[str, Any]) -> Layers:
    kind, features = document.get("type"), document.get("features")
    if kind == "Topology":
        return topology_layers(path, document)
    if isinstance(features, Repeated):
        raise unreadable(path, "damaged", "its member 'features' stands there more than once: which one holds?")
    if isinstance(features, list):
        if document.get("UTF8Encoding") is True:
            raise unreadable(
                path, "packed",
                "its coordinates are packed for ECharts (UTF8Encoding): get the file as plain GeoJSON, or unpack it",
            )  # fmt: skip
        _refuse_collections(path, features)
        table = _features(features, document)
        return {"": lambda: table}
    if kind == "Feature":
        table = _features([document], {name: document[name] for name in ("crs",) if name in document})
        return {"": lambda: table}
    raise unreadable(path, "damaged", _what_else(document))


def _refuse_collections(path: Path, features: Sequence[Any]) -> None:
    count = sum(isinstance(one, dict) and (one.get("type") == "FeatureCollection") for one in features)
    if count:
        raise unreadable(
            path, "layers",
            f"it holds {count:,} feature collections, one behind the other: are they one level, or several? Save the "
            "features of a level in one collection, a file for each level", count=count,
        )  # fmt: skip
    odd = next((one for one in features if isinstance(one, dict) and one.get("type") in _GEOMETRIES), None)
    if odd is not None:
        raise unreadable(path, "damaged", f"it holds bare geometry ({odd['type']}) instead of features with codes")
    if features and not any(isinstance(one, dict) for one in features):
        raise unreadable(path, "damaged", f"it holds {visible(features[0])!r} where features must be")


def _what_else(document: Mapping[str, Any]) -> str:
    kind = document.get("type")
    if kind in _GEOMETRIES:
        return f"it is a bare {kind} without a code: save it as features with properties"
    inner = [
        name for name, value in document.items() if isinstance(value, dict) and isinstance(value.get("features"), list)
    ]
    if inner:
        return f"the grids stand in its member {visible(inner[0])!r}: save that alone as a file"
    names = ", ".join(visible(name) for name in list(document)[:8]) or "none"
    return f"it is JSON, but not of grids: it has no features; its members: {names}"


def _features(features: Sequence[Any], document: Mapping[str, Any]) -> RawTable:
    rows: list[Mapping[str, Any]] = []
    shapes: list[shapely.Geometry | None] = []
    problems: dict[int, str] = {}
    for at, feature in enumerate(features):
        try:
            row, shape = _row(feature)
        except ShapeUnreadable as error:
            problems[at] = str(error)
            row, shape = _properties(feature), None
        rows.append(row)
        shapes.append(shape)
    crs, unknown = _crs(document)
    outline = {name: value for name, value in document.items() if name not in ("features", "crs")}
    remarks = [*partial_remarks(outline, len(features)), *_other_systems(features, document)]
    return RawTable(rows, _array(shapes), problems, crs, remarks, unknown_crs=unknown)


def _row(feature: Any) -> tuple[Mapping[str, Any], shapely.Geometry | None]:
    if not isinstance(feature, dict):
        raise ShapeUnreadable(f"it is no feature but {visible(feature)!r}")
    geometry = feature.get("geometry")
    if isinstance(geometry, dict) and ("rings" in geometry or "curveRings" in geometry):
        if "curveRings" in geometry:
            raise ShapeUnreadable("its rings are curves (curveRings): have them densified")
        rings = geometry["rings"]
        if not isinstance(rings, list):
            raise ShapeUnreadable(f"its rings are no list but {visible(rings)!r}")
        return _properties(feature), polygon_of_rings(rings)
    if geometry is None and isinstance(feature.get("place"), dict):
        raise ShapeUnreadable("its geometry stands under 'place' only, as in JSON-FG: save it as GeoJSON")
    return _properties(feature), shape_of(geometry)


def _properties(feature: Any) -> Mapping[str, Any]:
    if not isinstance(feature, dict):
        return {}
    found = feature.get("properties", feature.get("attributes"))
    properties = found if isinstance(found, dict) else {}
    own = feature.get("id")
    if isinstance(own, str | NumberText) and "id" not in properties:
        return {**properties, "id": own}
    return properties


def _crs(document: Mapping[str, Any]) -> tuple[pyproj.CRS | None, str]:
    reference = document.get("spatialReference")
    if isinstance(reference, dict):
        for name in ("latestWkid", "wkid"):
            for authority in ("EPSG", "ESRI"):
                found = crs_of(f"{authority}:{reference.get(name)}")
                if found is not None:
                    return found, ""
        found = crs_of(reference.get("wkt"))
        return found, "" if found is not None else visible(reference)
    # Without a word on it, GeoJSON is in WGS 84; null says that nobody knows.
    return crs_of_member(document["crs"]) if "crs" in document else (crs_of("OGC:CRS84"), "")


def _other_systems(features: Sequence[Any], document: Mapping[str, Any]) -> list[Remark]:
    """A warning for features that name a system of their own."""
    own = {str(one["crs"]) for one in features if isinstance(one, dict) and one.get("crs") is not None}
    own -= {str(document.get("crs"))}
    if not own:
        return []
    return [
        Remark("error", "coordinate_system", f"features name a system of their own ({visible(min(own))}): give each "
               "system a file")
    ]  # fmt: skip


def _array(shapes: Sequence[shapely.Geometry | None]) -> Geometries:
    made: Geometries = shapely.from_wkb([None] * len(shapes))
    made[:] = shapes
    return made
