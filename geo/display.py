"""Grids for the screen: light outlines whose shared borders still coincide, and places for labels.

Never used to assign incidents; for that there is only the full-resolution geometry.
"""

import json
from typing import Any

import numpy as np
import shapely

from geo.coordinates import Floats
from geo.display_pieces import coverage_pieces
from geo.dissolve import union
from geo.errors import GridUnknown
from geo.grids import GridSystem
from geo.measure import Geometries, metres_per_degree

# Degrees, for a city 0.7 degree wide, by detail. The first drops triangles of about three square pixels where the
# whole city fills a screen of 3,840 pixels; each next one suits a map zoomed in by two more steps (four times).
TOLERANCES_DEG = (0.0005, 0.000125, 0.00003)
DETAILS = range(1, len(TOLERANCES_DEG) + 1)
_EXTENT_DEG = 0.7
_DECIMALS = 5


def display_geojson(system: GridSystem, level: int, tolerance_deg: float | None = None, *, detail: int = 1) -> bytes:
    """One level as simplified GeoJSON for a map.

    Parameters
    ----------
    system, level
        1 is the coarsest level.
    tolerance_deg
        How much to drop, degrees; without it, what suits the detail and the city's extent.
    detail
        1: for a map of the whole city, 2: zoomed in four times (a town fills the screen), 3: sixteen times (a village).

    Returns
    -------
    A FeatureCollection in UTF-8, one feature for each grid, in depth-first order; `id` = code, properties `code`,
    `name` and `position`, the place in this order from 0: a number, by which the browser's map can name a shape.
    Coordinates have five decimals (more in systems of tiny grids and at high detail). Borders shared by neighbours
    still coincide; where children lie within their parents, so do the borders of children and parents, of all levels
    at one detail.

    Raises
    ------
    GridUnknown
        There is no such level.
    ValueError
        There is no such detail.
    """
    layer = _layer(system, level)
    shapes = display_shapes(system, level, tolerance_deg, detail=detail)
    features = [
        f'{{"type":"Feature","id":{code},"properties":{{"code":{code},"name":{name},"position":{position}}},'
        f'"geometry":{geometry}}}'
        for position, (code, name, geometry) in enumerate(
            zip(map(_json, layer["code"]), map(_json, layer["name"]), shapely.to_geojson(shapes), strict=True)
        )
    ]
    return ('{"type":"FeatureCollection","features":[' + ",\n".join(features) + "]}").encode()


def display_shapes(
    system: GridSystem, level: int, tolerance_deg: float | None = None, *, detail: int = 1
) -> Geometries:
    """The geometries of `display_geojson`: one for each grid of the level, none of them empty."""
    layer = _layer(system, level)
    if detail not in DETAILS:
        raise ValueError(f"there is no detail {detail}: details go from 1 to {len(TOLERANCES_DEG)}")
    bounds = system.leaves.total_bounds
    extent = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    tolerance = TOLERANCES_DEG[detail - 1] * extent / _EXTENT_DEG if tolerance_deg is None else tolerance_deg
    decimals = max(_DECIMALS, int(np.ceil(-np.log10(max(tolerance, 1e-12)))) + 1)
    full = _shapes(layer)
    pieces = coverage_pieces(system)
    if pieces is None:
        return _simplified(full, tolerance, decimals)
    shapes = _simplified(pieces.shapes, tolerance, decimals)
    if level == system.depth:
        return shapes[: len(full)]
    united = [union(shapes[rows]) for rows in pieces.of_level(system, level)]
    return _whole(np.array(united, dtype=object), full, tolerance, decimals)


def label_points(system: GridSystem, level: int) -> tuple[Floats, Floats]:
    """A point well inside each grid of a level, for its label: longitudes and latitudes, in depth-first order.

    The centre of (nearly) the largest circle within the grid's largest part. GridUnknown for a level that is not there.
    """
    shapes = _largest_parts(_shapes(_layer(system, level)))
    bounds = system.leaves.total_bounds
    east_m, north_m = metres_per_degree(float(bounds[1] + bounds[3]) / 2)
    squeeze = np.array([east_m / north_m, 1.0])
    points = []
    for shape in shapes:
        # A circle on the ground: degrees of longitude are shorter than those of latitude.
        flat = shapely.transform(shape, lambda xy: xy * squeeze)
        size = float(np.sqrt(flat.area))
        circle = shapely.maximum_inscribed_circle(flat, tolerance=max(size / 50.0, 1e-9))
        x, y = shapely.get_coordinates(circle)[0] / squeeze
        inside = shapely.intersects_xy(shape, x, y)
        points.append((x, y) if inside else shapely.get_coordinates(shapely.point_on_surface(shape))[0])
    found = np.array(points, dtype=np.float64)
    return found[:, 0], found[:, 1]


def _layer(system: GridSystem, level: int) -> Any:
    if not 1 <= level <= system.depth:
        raise GridUnknown(f"there is no level {level}: levels go from 1 to {system.depth}", level=level)
    return system.levels[level - 1]


def _shapes(layer: Any) -> Geometries:
    return np.asarray(layer.geometry.to_numpy(), dtype=object)


def _simplified(full: Geometries, tolerance: float, decimals: int) -> Geometries:
    """Simplified together, so that neighbours keep one border; a grid that suffers from it is done by itself."""
    simple = np.asarray(shapely.coverage_simplify(full, tolerance), dtype=object)
    shapes = _rounded(simple, decimals)
    if _broken(shapes).any():
        # Digits are cheaper than a border that two neighbours no longer share.
        finer = _rounded(simple, decimals + 2)
        shapes = finer if not _broken(finer).any() else shapes
    return _whole(shapes, full, tolerance, decimals)


def _whole(shapes: Geometries, full: Geometries, tolerance: float, decimals: int) -> Geometries:
    """No grid may be lost or broken: take the next finer way for those that are."""
    shapes = shapes.copy()
    ways = (
        lambda part: _rounded(shapely.simplify(part, tolerance, preserve_topology=True), decimals),
        lambda part: _rounded(part, decimals + 4),
        lambda part: part,
    )
    for way in ways:
        broken = _broken(shapes)
        if not broken.any():
            break
        shapes[broken] = way(full[broken])
    return shapes


def _broken(shapes: Geometries) -> Any:
    kinds = shapely.get_type_id(shapes)
    polygonal = np.isin(kinds, [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON])
    return shapely.is_empty(shapes) | ~shapely.is_valid(shapes) | ~polygonal | (shapely.area(shapes) <= 0)


def _rounded(shapes: Geometries, decimals: int) -> Geometries:
    """Coordinates rounded; every vertex to the same place, whichever grid it is a vertex of."""
    return np.asarray(shapely.transform(shapes, lambda xy: np.round(xy, decimals)), dtype=object)


def _largest_parts(shapes: Geometries) -> Geometries:
    parts, owner = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort((shapely.area(parts), owner))
    last_of_owner = np.searchsorted(owner[order], np.arange(len(shapes)), side="right") - 1
    return np.asarray(parts[order][last_of_owner], dtype=object)


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
