"""TopoJSON: each of its objects is a layer; borders are arcs that neighbours share."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.coordinates import Floats
from geo.crs_names import crs_of_member
from geo.formats import unreadable
from geo.json_shapes import ShapeUnreadable, checked_ring
from geo.raw_table import Layers, RawTable
from geo.visible import visible

# An arc is the border of two neighbours; where shapes overlap, of some more. Beyond that a file would only be a trap.
_MOST_USES = 16
_WGS84 = {"type": "name", "properties": {"name": "OGC:CRS84"}}


class _Budget:
    """How many points the rings of a layer may still take from its arcs."""

    def __init__(self, points: int) -> None:
        self._left = points

    def use(self, points: int) -> None:
        """Take points off, as long as there are any."""
        if points > self._left:
            raise ShapeUnreadable("its arcs are used far more often than borders can be")
        self._left -= points


def topology_layers(path: Path, document: Mapping[str, Any]) -> Layers:
    """The objects of a topology as layers.

    Raises
    ------
    GridsUnreadable
        Arcs or objects are not as TopoJSON has them.
    """
    objects = document.get("objects")
    if not isinstance(objects, dict) or not objects:
        raise unreadable(path, "damaged", "it is TopoJSON without objects")
    arcs = _arcs(path, document)

    def layer(name: str) -> RawTable:
        return _table(path, arcs, objects[name], document.get("crs", _WGS84))

    return {str(name): lambda name=name: layer(name) for name in objects}  # type: ignore[misc]


def _arcs(path: Path, document: Mapping[str, Any]) -> list[Floats]:
    """Each arc as an array (n, 2) in degrees."""
    transform = document.get("transform")
    try:
        arcs = [np.array([point[:2] for point in arc], dtype=np.float64).reshape(-1, 2) for arc in document["arcs"]]
        if transform is None:
            return arcs
        scale, move = (np.array(transform[part], dtype=np.float64).reshape(2) for part in ("scale", "translate"))
        return [np.cumsum(arc, axis=0) * scale + move for arc in arcs]
    except (KeyError, TypeError, ValueError) as error:
        raise unreadable(path, "damaged", f"its arcs are not as TopoJSON has them: {error}") from error


def _table(path: Path, arcs: Sequence[Floats], value: Any, crs_member: Any) -> RawTable:
    if not isinstance(value, dict):
        raise unreadable(path, "damaged", f"an object of it is {visible(value)!r}")
    parts = value.get("geometries") if value.get("type") == "GeometryCollection" else [value]
    budget = _Budget(_MOST_USES * (sum(map(len, arcs)) + 1000))
    rows: list[Mapping[str, Any]] = []
    shapes: Any = shapely.from_wkb([None] * len(parts if isinstance(parts, list) else []))
    problems: dict[int, str] = {}
    for at, part in enumerate(parts if isinstance(parts, list) else []):
        rows.append(_properties(part))
        try:
            shapes[at] = _shape(arcs, part, budget)
        except (ShapeUnreadable, shapely.errors.ShapelyError) as error:
            problems[at] = str(error)
    crs, unknown = crs_of_member(crs_member)
    return RawTable(rows, shapes, problems, crs, unknown_crs=unknown)


def _properties(part: Any) -> Mapping[str, Any]:
    if not isinstance(part, dict):
        return {}
    properties = part.get("properties")
    found = properties if isinstance(properties, dict) else {}
    return {**found, "id": part["id"]} if isinstance(part.get("id"), str) and "id" not in found else found


def _shape(arcs: Sequence[Floats], part: Any, budget: _Budget) -> shapely.Geometry | None:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind is None:
        return None
    if kind not in ("Polygon", "MultiPolygon"):
        raise ShapeUnreadable(f"it is a {visible(kind)}, not a polygon")
    polygons = part.get("arcs") if kind == "MultiPolygon" else [part.get("arcs")]
    if not isinstance(polygons, list) or not all(isinstance(rings, list) for rings in polygons):
        raise ShapeUnreadable("its arcs are no lists")
    made = [
        shapely.Polygon(lines[0], lines[1:])
        for lines in ([_ring(arcs, numbers, at, budget) for at, numbers in enumerate(rings, 1)] for rings in polygons)
        if lines
    ]
    return shapely.MultiPolygon(made) if kind == "MultiPolygon" else (made[0] if made else shapely.Polygon())


def _ring(arcs: Sequence[Floats], numbers: Any, at: int, budget: _Budget) -> Floats:
    line: list[Floats] = []
    for number in numbers if isinstance(numbers, list) else [None]:
        arc = _arc(arcs, number)
        budget.use(len(arc) + 1)
        line.append(arc[1:] if line else arc)
    return checked_ring(np.concatenate(line) if line else np.empty((0, 2)), at)


def _arc(arcs: Sequence[Floats], number: Any) -> Floats:
    try:
        at = int(number)
        return arcs[at] if at >= 0 else arcs[~at][::-1]
    except (TypeError, ValueError, IndexError):
        raise ShapeUnreadable(f"it names the arc {visible(number)}, which the file does not have") from None
