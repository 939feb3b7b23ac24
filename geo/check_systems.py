"""Does a layer seem to be in another coordinate system than the others? Told by how far matching areas lie apart."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from geo.coordinates import Floats
from geo.crs import from_wgs84, in_china_box
from geo.findings import Finding
from geo.measure import Geometries, metres_per_degree

# Areas of the same grid on two levels may differ by a little, their centres by less than this.
_AREA_TOLERANCE, _MIN_SHIFT_M = 0.05, 30.0
# A shift is that of a known system when it differs from it by less than this share.
_LIKENESS = 0.2
_NAMES = {"wgs84": "WGS 84", "gcj02": "GCJ-02", "bd09": "BD-09"}
_WINDS = ("east", "north-east", "north", "north-west", "west", "south-west", "south", "south-east")


def swapped(level: int, shapes: Geometries, others: Sequence[Geometries]) -> Iterator[Finding]:
    """A layer whose longitudes and latitudes look swapped: impossible as they are, or far from all other layers."""
    box = _box(shapes)
    if box is None:
        return
    west, south, east, north = box
    if max(abs(south), abs(north)) > 90.0:
        if max(abs(west), abs(east)) <= 90.0 and max(abs(south), abs(north)) <= 180.0:
            yield _system_error(level, "its latitudes go beyond 90: longitude and latitude look swapped")
        else:
            yield _system_error(level, "its coordinates are no longitudes and latitudes: say its coordinate system")
        return
    if max(abs(west), abs(east)) > 180.0:
        told = f"its longitudes go from {west:.6g} to {east:.6g}, beyond 180"
        turns = round((west + east) / 2.0 / 360.0) * 360.0
        if west - turns >= -180.0 and east - turns <= 180.0:
            yield _system_error(level, f"{told}: they are whole turns off, add {-turns:+g} degrees")
        else:
            yield _system_error(level, f"{told}: say its coordinate system")
        return
    here, turned = shapely.box(west, south, east, north), shapely.box(south, west, north, east)
    there = [shapely.box(*bounds) for bounds in map(_box, others) if bounds is not None]
    if not any(here.intersects(other) for other in there) and any(turned.intersects(other) for other in there):
        yield _system_error(level, "it lies far from the other layers: longitude and latitude look swapped")


def shifted(level: int, pairs: Sequence[tuple[Any, Any]], other: str) -> Iterator[Finding]:
    """A layer that lies beside what it should coincide with.

    Parameters
    ----------
    level
        Of the layer.
    pairs
        Geometries in degrees that should coincide: (that of `other`, that of the layer).
    other
        What it is compared with, for the message: "level 1" or "the reference".
    """
    here, offsets = _offsets(pairs)
    if not len(here):
        return
    offset = np.median(offsets, axis=0)
    length = float(np.hypot(*offset))
    spread = float(np.median(np.hypot(*(offsets - offset).T)))
    if length < _MIN_SHIFT_M or spread > _LIKENESS * length:
        return
    wind = _WINDS[round(float(np.degrees(np.arctan2(offset[1], offset[0]))) / 45.0) % 8]
    told = f"it lies {length:,.0f} m to the {wind} of {other}"
    systems = _explained(np.median(here, axis=0), offset)
    if systems is not None:
        mine, theirs = (_NAMES[system] for system in systems)
        message = f"{told}, as {mine} lies beside {theirs}: name the coordinate system of the file that is in {mine}"
        if theirs != "WGS 84":
            message = f"{told}, as {mine} lies beside {theirs}: name the coordinate systems of both files"
        yield Finding("error", "coordinate_system", level, (), length, message)
    else:
        yield Finding("error", "shifted", level, (), length, f"{told}: one of the two seems to be in another system")


def _explained(place: Floats, offset: Floats) -> tuple[str, str] | None:
    """The systems (of the layer, of the other) whose shift explains an offset in metres best, or None."""
    if not in_china_box(place[0], place[1]):
        return None
    degree = np.array(metres_per_degree(float(place[1])))
    shift = {system: (np.array(from_wgs84(place[0], place[1], target=system)) - place) * degree for system in _NAMES}
    choices = [(mine, theirs) for mine in _NAMES for theirs in _NAMES if mine != theirs]
    unlike = {pair: float(np.hypot(*(shift[pair[0]] - shift[pair[1]] - offset))) for pair in choices}
    best = min(unlike, key=unlike.__getitem__)
    return best if unlike[best] < _LIKENESS * float(np.hypot(*offset)) else None


def _offsets(pairs: Sequence[tuple[Any, Any]]) -> tuple[Floats, Floats]:
    """Centres (degrees) of the pairs of like area, and how far (metres) the second lies from the first."""
    if not pairs:
        return np.empty((0, 2)), np.empty((0, 2))
    first, second = (np.array(column, dtype=object) for column in zip(*pairs, strict=True))
    sizes = shapely.area(first), shapely.area(second)
    alike = np.abs(sizes[0] - sizes[1]) <= _AREA_TOLERANCE * np.maximum(*sizes)
    centres = [shapely.get_coordinates(shapely.centroid(column[alike])) for column in (first, second)]
    metres = np.array([metres_per_degree(float(lat)) for lat in centres[0][:, 1]]).reshape(-1, 2)
    return centres[0], (centres[1] - centres[0]) * metres


def _box(shapes: Geometries) -> tuple[float, float, float, float] | None:
    if not len(shapes):
        return None
    west, south, east, north = shapely.total_bounds(shapes)
    return None if np.isnan(west) else (float(west), float(south), float(east), float(north))


def _system_error(level: int, message: str) -> Finding:
    return Finding("error", "coordinate_system", level, (), None, message)
