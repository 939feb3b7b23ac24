"""Geometry of GeoJSON, TopoJSON and ArcGIS's JSON, or the reason why there is none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from geo.codes import Repeated
from geo.coordinates import Floats
from geo.visible import visible

_FEWEST = 4
_POINTS = ("Point", "MultiPoint")
_LINES = ("LineString", "MultiLineString")


class ShapeUnreadable(ValueError):
    """A geometry that cannot be read; its text says why."""


def shape_of(value: Any) -> shapely.Geometry | None:
    """The geometry of a GeoJSON object; None for null.

    Raises
    ------
    ShapeUnreadable
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ShapeUnreadable(f"its geometry is no object but {visible(value)!r}")
    kind = value.get("type")
    if kind == "GeometryCollection":
        return shapely.GeometryCollection([part for part in map(shape_of, _list(value, "geometries")) if part])
    makers: dict[str, Callable[[list[Any]], shapely.Geometry]] = {
        "Polygon": polygon,
        "MultiPolygon": multipolygon,
        "Point": lambda xy: shapely.Point(*_positions([xy])[0]) if xy else shapely.Point(),
        "MultiPoint": lambda xy: shapely.MultiPoint(_positions(xy)),
        "LineString": lambda xy: shapely.LineString(_positions(xy)) if xy else shapely.LineString(),
        "MultiLineString": lambda lines: shapely.MultiLineString([_positions(line) for line in lines]),
    }
    if not isinstance(kind, str) or kind not in makers:
        raise ShapeUnreadable(f"its geometry is of the unknown type {visible(kind)!r}")
    try:
        return makers[kind](_list(value, "coordinates"))
    except (shapely.errors.ShapelyError, TypeError) as error:
        raise ShapeUnreadable(f"its {kind} cannot be read: {error}") from error


def polygon(rings: list[Any]) -> shapely.Polygon:
    """A polygon of rings of positions, the outer one first."""
    lines = [_ring(ring, number) for number, ring in enumerate(rings, start=1)]
    return shapely.Polygon(lines[0], lines[1:]) if lines else shapely.Polygon()


def multipolygon(parts: list[Any]) -> shapely.MultiPolygon:
    """A multipolygon of polygons, each a list of rings."""
    for part in parts:
        if not isinstance(part, list):
            raise ShapeUnreadable(f"a part of it is no list of rings but {visible(part)!r}")
    return shapely.MultiPolygon([polygon(part) for part in parts if part])


def polygon_of_rings(rings: list[Any]) -> shapely.Geometry:
    """ArcGIS's polygon: outer rings clockwise, holes counter-clockwise, in any order."""
    lines = [shapely.LinearRing(_ring(ring, number)) for number, ring in enumerate(rings, start=1)]
    if not lines:
        return shapely.Polygon()
    outer = [line for line in lines if not shapely.is_ccw(line)]
    if not outer:
        raise ShapeUnreadable("all its rings run counter-clockwise, as those of holes do")
    holes: list[list[Any]] = [[] for _ in outer]
    tree = shapely.STRtree(shapely.polygons(outer))
    for line in lines:
        if shapely.is_ccw(line):
            around = tree.query(shapely.Point(line.coords[0]), predicate="intersects")
            if not len(around):
                raise ShapeUnreadable("a hole of it lies in no outer ring")
            holes[int(around[0])].append(line)
    made = [shapely.Polygon(line, inner) for line, inner in zip(outer, holes, strict=True)]
    return made[0] if len(made) == 1 else shapely.MultiPolygon(made)


def _list(value: dict[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    if isinstance(found, Repeated) or not isinstance(found, list):
        told = "stands there twice" if isinstance(found, Repeated) else "is missing or no list"
        raise ShapeUnreadable(f"the member {name!r} of its geometry {told}")
    return found


def _ring(ring: Any, number: int) -> Floats:
    if isinstance(ring, str):
        raise ShapeUnreadable("its coordinates are packed text, as ECharts has them (UTF8Encoding): unpack them first")
    if not isinstance(ring, list):
        raise ShapeUnreadable(f"ring {number} is no list of positions but {visible(ring)!r}")
    return checked_ring(_positions(ring), number)


def checked_ring(xy: Floats, number: int) -> Floats:
    """Positions (n, 2) that are a ring; ShapeUnreadable where they are not closed, or too few."""
    if len(xy) < _FEWEST:
        raise ShapeUnreadable(f"ring {number} has {len(xy)} points: a ring has at least {_FEWEST}")
    if (xy[0] != xy[-1]).any():
        raise ShapeUnreadable(
            f"ring {number} is not closed: it begins at {xy[0][0]:.7g}, {xy[0][1]:.7g} "
            f"and ends at {xy[-1][0]:.7g}, {xy[-1][1]:.7g}"
        )
    return xy


def _positions(points: list[Any]) -> Floats:
    """Positions as an array (n, 2); heights and measures are left out."""
    try:
        made = np.asarray(points, dtype=np.float64)
        # numpy makes numbers of text and of truth values, too.
        if made.ndim == 2 and made.shape[1] >= 2 and np.isfinite(made).all() and all(map(_has_numbers, points)):
            return np.ascontiguousarray(made[:, :2])
    except (TypeError, ValueError, OverflowError):
        pass
    return np.array([_position(point, at) for at, point in enumerate(points)], dtype=np.float64).reshape(-1, 2)


def _has_numbers(point: Any) -> bool:
    return type(point[0]) is float and type(point[1]) is float


def _position(point: Any, at: int) -> tuple[float, float]:
    if not isinstance(point, list) or len(point) < 2:
        raise ShapeUnreadable(f"position {at + 1} is no pair of numbers but {visible(point)!r}")
    for number in point[:2]:
        if not isinstance(number, float) or not np.isfinite(number):
            told = "null" if number is None else visible(number)
            raise ShapeUnreadable(f"position {at + 1} holds {told!r} where a number must be")
    return point[0], point[1]
