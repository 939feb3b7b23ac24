"""Coordinate systems of Chinese data: WGS 84, GCJ-02, BD-09 and CGCS2000, over arrays.

GCJ-02 is the obfuscated system of Chinese public maps, BD-09 Baidu's obfuscation on top of it. Neither is defined
outside a box around China, where both are the identity. The formulas forward are the published ones; the way back
is iterated until it is exact, not the usual one-step approximation (which is wrong by up to metres).
"""

from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np
import pyproj

from geo.coordinates import Floats, checked_degrees, same_shape
from geo.errors import CoordinatesInvalid, CoordinateSystemUnknown

System = Literal["wgs84", "gcj02", "bd09", "cgcs2000"]
SYSTEMS: tuple[System, ...] = get_args(System)

# The box within which the two obfuscations apply, degrees.
CHINA_WEST, CHINA_EAST, CHINA_SOUTH, CHINA_NORTH = 72.004, 137.8347, 0.8293, 55.8271
# CGCS2000 Gauss-Kruger: 6-degree zones with and without zone number, then 3-degree zones with and without.
GAUSS_KRUGER_EPSG = range(4491, 4555)

# Krasovsky 1940, the ellipsoid of the published GCJ-02 formula.
_A_M = 6378245.0
_EE = 0.00669342162296594323
_BD_WAVE = np.pi * 3000.0 / 180.0
# More than the largest shift of either system (BD-09 stays under 0.02 degree).
_REACH_DEG = 0.05
_STEP_DEG = 1e-12
# A point on the rim comes back with its last digits off, and is still inside.
_RIM_DEG = 1e-11
_STEPS = 24


def to_wgs84(lon: Any, lat: Any, source: str = "gcj02") -> tuple[Any, Any]:
    """Convert coordinates of a system to WGS 84.

    Parameters
    ----------
    lon, lat
        Degrees; scalars or arrays of one shape.
    source
        One of `SYSTEMS`. "cgcs2000" means its geographic coordinates (EPSG:4490), which differ from WGS 84 by
        centimetres and are taken as equal; for projected ones see `from_gauss_kruger`.

    Returns
    -------
    lon, lat
        Floats for scalars, else new float64 arrays. The inverse of `from_wgs84` to under 1e-9 degree for every
        point inside the box; identity outside it. Within a few hundred metres of the box's rim the forward formula
        jumps: a point that two places map to is taken to be the one inside.

    Raises
    ------
    CoordinateSystemUnknown
        `source` is not one of `SYSTEMS`.
    CoordinatesInvalid
        See `geo.coordinates.checked_degrees`.
    """
    system = known_system(source)
    x, y = checked_degrees(lon, lat)
    return _as_given(*_inverse(x, y, system))


def from_wgs84(lon: Any, lat: Any, target: str = "gcj02") -> tuple[Any, Any]:
    """Convert WGS 84 coordinates to a system; parameters, results and errors as in `to_wgs84`."""
    system = known_system(target)
    x, y = checked_degrees(lon, lat)
    x, y = x.copy(), y.copy()
    if system in ("gcj02", "bd09"):
        inside = in_china_box(x, y)
        x[inside], y[inside] = _forward(x[inside], y[inside], system)
    return _as_given(x, y)


def from_gauss_kruger(x: Any, y: Any, epsg: int) -> tuple[Any, Any]:
    """Convert projected CGCS2000 coordinates (Gauss-Kruger, 3- or 6-degree zones) to WGS 84.

    Parameters
    ----------
    x, y
        Easting and northing in metres, in the order of GIS files. (Chinese survey sheets call the northing x.)
    epsg
        4491 to 4554, for example 4549: 3-degree zone, central meridian 120 degrees east, no zone number.

    Raises
    ------
    CoordinateSystemUnknown
        `epsg` is not a Gauss-Kruger zone of CGCS2000.
    CoordinatesInvalid
        Not finite, unequal shapes, or too far from the zone; names the position.
    """
    if epsg not in GAUSS_KRUGER_EPSG:
        raise CoordinateSystemUnknown(
            f"EPSG:{epsg} is not a Gauss-Kruger zone of CGCS2000: give a code from 4491 to 4554", system=f"EPSG:{epsg}"
        )
    east, north = same_shape(x, y)
    lon, lat = _gauss_kruger(epsg).transform(east, north)
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    # Beyond the reach of the projection, its inverse gives places elsewhere on the earth, or infinity.
    good = (lon > 60.0) & (lon < 150.0) & (lat > -10.0) & (lat < 70.0)
    if not good.all():
        at = int(np.flatnonzero(~good.ravel())[0])
        value = (float(east.ravel()[at]), float(north.ravel()[at]))
        raise CoordinatesInvalid(
            f"position {at}: (x={value[0]}, y={value[1]}) does not lie in zone EPSG:{epsg}: give easting and northing"
            " in metres, in this order, and the zone they belong to",
            position=at,
            x=str(value[0]),
            y=str(value[1]),
            epsg=epsg,
        )
    return _as_given(lon, lat)


def known_system(name: str) -> System:
    """The system's name if it is one of `SYSTEMS` (any case, with or without hyphen), else CoordinateSystemUnknown."""
    plain = name.lower().replace("-", "").replace(" ", "") if isinstance(name, str) else name
    for system in SYSTEMS:
        if plain == system:
            return system
    raise CoordinateSystemUnknown(
        f"coordinate system {name!r} is not known: give one of {', '.join(SYSTEMS)}", system=str(name)
    )


def in_china_box(lon: Floats, lat: Floats, rim_deg: float = 0.0) -> Any:
    """Where the two obfuscations apply: inside the box around China, its rim included, widened by `rim_deg`."""
    return (
        (lon >= CHINA_WEST - rim_deg)
        & (lon <= CHINA_EAST + rim_deg)
        & (lat >= CHINA_SOUTH - rim_deg)
        & (lat <= CHINA_NORTH + rim_deg)
    )


def _inverse(x: Floats, y: Floats, system: System) -> tuple[Floats, Floats]:
    x, y = x.copy(), y.copy()
    if system not in ("gcj02", "bd09"):
        return x, y
    near = (
        (x > CHINA_WEST - _REACH_DEG)
        & (x < CHINA_EAST + _REACH_DEG)
        & (y > CHINA_SOUTH - _REACH_DEG)
        & (y < CHINA_NORTH + _REACH_DEG)
    )
    gx, gy = x[near], y[near]
    wx, wy = _iterated(gx, gy, system)
    # The formula is applied without the box while iterating (a step across the rim would jump to and fro for ever);
    # the box is asked once, at the end. Inside it, just behind the rim, points have no origin at all: there the
    # formula is simply continued.
    moved = in_china_box(wx, wy, rim_deg=_RIM_DEG) | in_china_box(gx, gy)
    x[near], y[near] = np.where(moved, wx, gx), np.where(moved, wy, gy)
    return x, y


def _iterated(gx: Floats, gy: Floats, system: System) -> tuple[Floats, Floats]:
    wx, wy = gx.copy(), gy.copy()
    for _ in range(_STEPS):
        fx, fy = _forward(wx, wy, system)
        dx, dy = gx - fx, gy - fy
        wx, wy = wx + dx, wy + dy
        # The shift changes by under 3 % of the way gone, so the error left is far below the last step.
        if not dx.size or max(np.abs(dx).max(), np.abs(dy).max()) < _STEP_DEG:
            break
    return wx, wy


def _forward(lon: Floats, lat: Floats, system: System) -> tuple[Floats, Floats]:
    x, y = _to_gcj02(lon, lat)
    return _to_bd09(x, y) if system == "bd09" else (x, y)


def _to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    waves = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += (waves + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
    north_m += (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += (waves + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
    east_m += (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    radians = np.radians(lat)
    magic = 1.0 - _EE * np.sin(radians) ** 2
    north = np.degrees(north_m * magic * np.sqrt(magic) / (_A_M * (1.0 - _EE)))
    east = np.degrees(east_m * np.sqrt(magic) / (_A_M * np.cos(radians)))
    return lon + east, lat + north


def _to_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_WAVE)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_WAVE)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


@lru_cache(maxsize=8)
def _gauss_kruger(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(f"EPSG:{epsg}", "EPSG:4490", always_xy=True)


def _as_given(x: Floats, y: Floats) -> tuple[Any, Any]:
    return (float(x), float(y)) if x.ndim == 0 else (x, y)
