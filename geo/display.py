"""Grids for the screen: light outlines whose shared borders still coincide, and places for labels.

Never used to assign incidents; for that there is only the full-resolution geometry.
"""

import json
from typing import Any

import numpy as np
import shapely

from geo.coordinates import Floats
from geo.dissolve import union
from geo.errors import GridUnknown
from geo.grids import GridSystem
from geo.measure import Geometries, metres_per_degree

# Chosen for a city 0.7 degree wide: 155,000 vertices become 45,000, and no eye sees it on a wall.
_TOLERANCE_DEG, _EXTENT_DEG = 0.0003, 0.7
_DECIMALS = 5
# Leaves tile a grid when what they leave out or stick out is less than this share of it.
_TILING = 1e-6


def display_geojson(system: GridSystem, level: int, tolerance_deg: float | None = None) -> bytes:
    """One level as simplified GeoJSON for a map.

    Parameters
    ----------
    system, level
        1 is the coarsest level.
    tolerance_deg
        How much detail to drop, degrees; without it, 0.0003 for a city 0.7 degree wide, and in proportion.

    Returns
    -------
    A FeatureCollection in UTF-8, one feature for each grid, in depth-first order; `id` = code, properties `code` and
    `name`. Coordinates have five decimals (more in systems of tiny grids). Borders shared by neighbours still
    coincide; where the leaves tile their parents, so do the borders of children and parents.

    Raises
    ------
    GridUnknown
        There is no such level.
    """
    layer = _layer(system, level)
    shapes = display_shapes(system, level, tolerance_deg)
    features = [
        f'{{"type":"Feature","id":{code},"properties":{{"code":{code},"name":{name}}},"geometry":{geometry}}}'
        for code, name, geometry in zip(
            map(_json, layer["code"]), map(_json, layer["name"]), shapely.to_geojson(shapes), strict=True
        )
    ]
    return ('{"type":"FeatureCollection","features":[' + ",\n".join(features) + "]}").encode()


def display_shapes(system: GridSystem, level: int, tolerance_deg: float | None = None) -> Geometries:
    """The geometries of `display_geojson`: one for each grid of the level, none of them empty."""
    layer = _layer(system, level)
    bounds = system.leaves.total_bounds
    extent = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    tolerance = _TOLERANCE_DEG * extent / _EXTENT_DEG if tolerance_deg is None else tolerance_deg
    decimals = max(_DECIMALS, int(np.ceil(-np.log10(max(tolerance, 1e-12)))) + 1)
    full = _shapes(layer)
    if level < system.depth and _leaves_tile(system, full, layer):
        leaves = _simplified(_shapes(system.leaves), tolerance, decimals)
        united = [union(leaves[lo:hi]) for lo, hi in zip(layer["lo"], layer["hi"], strict=True)]
        return _whole(np.array(united, dtype=object), full, tolerance, decimals)
    return _simplified(full, tolerance, decimals)


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


def _leaves_tile(system: GridSystem, full: Geometries, layer: Any) -> bool:
    leaves = _shapes(system.leaves)
    if not shapely.coverage_is_valid(leaves):
        return False
    united = [shapely.coverage_union_all(leaves[lo:hi]) for lo, hi in zip(layer["lo"], layer["hi"], strict=True)]
    areas = shapely.area(full)
    if (np.abs(shapely.area(united) - areas) > _TILING * areas).any():
        return False
    return bool((shapely.area(shapely.symmetric_difference(full, united)) <= _TILING * areas).all())


def _simplified(full: Geometries, tolerance: float, decimals: int) -> Geometries:
    """Simplified together, so that neighbours keep one border; a grid that suffers from it is done by itself."""
    return _whole(_rounded(shapely.coverage_simplify(full, tolerance), decimals), full, tolerance, decimals)


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
