"""Coordinate systems of Chinese data: WGS 84, GCJ-02, BD-09 and CGCS2000, over arrays.

GCJ-02 is the obfuscated system of Chinese public maps, BD-09 Baidu's obfuscation on top of it. Both are defined only
in a box around China, and are the identity outside it. The forward formulas are the published ones. The inverse is
iterated until it is exact; the usual one-step approximation is wrong by up to metres.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np
import pyproj

from geo.compiled import in_chunks
from geo.coordinates import Floats, checked_degrees, same_shape
from geo.crs_kernel import CHINA_EAST, CHINA_NORTH, CHINA_SOUTH, CHINA_WEST, forward, inverse
from geo.errors import CoordinatesInvalid, CoordinateSystemUnknown
from geo.gauss_kruger import to_degrees

System = Literal["wgs84", "gcj02", "bd09", "cgcs2000"]
SYSTEMS: tuple[System, ...] = get_args(System)

# CGCS2000 Gauss-Kruger: 6-degree zones with and without zone number, then 3-degree zones with and without.
GAUSS_KRUGER_EPSG = range(4491, 4555)


def to_wgs84(lon: Any, lat: Any, source: str = "gcj02") -> tuple[Any, Any]:
    """Convert coordinates of a system to WGS 84.

    Parameters
    ----------
    lon, lat
        Degrees; scalars or arrays of one shape.
    source
        One of `SYSTEMS`. "cgcs2000" means its geographic coordinates (EPSG:4490), which differ from WGS 84 by
        centimetres and are treated as equal; for projected coordinates see `from_gauss_kruger`.

    Returns
    -------
    lon, lat
        Floats for scalars, else new float64 arrays. The inverse of `from_wgs84` to within 1e-9 degree for every
        point inside the box; the identity outside it. Within a few hundred metres of the edge of the box the forward
        formula is discontinuous: if two places map to the same point, the result is the one inside.

    Raises
    ------
    CoordinateSystemUnknown
        `source` is not one of `SYSTEMS`.
    CoordinatesInvalid
        See `geo.coordinates.checked_degrees`.
    """
    system = known_system(source)
    return _as_given(*_by_kernel(inverse, *checked_degrees(lon, lat), system))


def from_wgs84(lon: Any, lat: Any, target: str = "gcj02") -> tuple[Any, Any]:
    """Convert WGS 84 coordinates to a system; parameters, results and errors as in `to_wgs84`."""
    system = known_system(target)
    return _as_given(*_by_kernel(forward, *checked_degrees(lon, lat), system))


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
    lon, lat = _out_of_zone(*_zone(epsg), east, north)
    # Outside its zone, the inverse projection returns places elsewhere on the earth, or infinity.
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
    """Return the system of this name (any case, with or without hyphen); raise CoordinateSystemUnknown for others."""
    plain = name.lower().replace("-", "").replace(" ", "") if isinstance(name, str) else name
    for system in SYSTEMS:
        if plain == system:
            return system
    raise CoordinateSystemUnknown(
        f"coordinate system {name!r} is not known: give one of {', '.join(SYSTEMS)}", system=str(name)
    )


def in_china_box(lon: Floats, lat: Floats, rim_deg: float = 0.0) -> Any:
    """Whether the two obfuscations apply: inside the box around China, edges included, widened by `rim_deg`."""
    return (
        (lon >= CHINA_WEST - rim_deg)
        & (lon <= CHINA_EAST + rim_deg)
        & (lat >= CHINA_SOUTH - rim_deg)
        & (lat <= CHINA_NORTH + rim_deg)
    )


def _by_kernel(kernel: Callable[..., None], x: Floats, y: Floats, system: System) -> tuple[Floats, Floats]:
    """Return new arrays: converted by the compiled formula if the system has one, else copied."""
    if system not in ("gcj02", "bd09"):
        return x.copy(), y.copy()
    flat_x, flat_y = np.ascontiguousarray(x).ravel(), np.ascontiguousarray(y).ravel()
    new_x, new_y = np.empty(len(flat_x)), np.empty(len(flat_x))

    def convert(rows: slice) -> None:
        kernel(flat_x[rows], flat_y[rows], system == "bd09", new_x[rows], new_y[rows])

    in_chunks(len(flat_x), convert)
    return new_x.reshape(x.shape), new_y.reshape(x.shape)


def _out_of_zone(false_east_m: float, meridian: float, east: Floats, north: Floats) -> tuple[Floats, Floats]:
    flat_x, flat_y = np.ascontiguousarray(east).ravel(), np.ascontiguousarray(north).ravel()
    lon, lat = np.empty(len(flat_x)), np.empty(len(flat_x))

    def convert(rows: slice) -> None:
        to_degrees(flat_x[rows], flat_y[rows], false_east_m, meridian, lon[rows], lat[rows])

    in_chunks(len(flat_x), convert)
    return lon.reshape(east.shape), lat.reshape(east.shape)


@lru_cache(maxsize=8)
def _zone(epsg: int) -> tuple[float, float]:
    """False easting in metres and central meridian of a zone."""
    operation = pyproj.CRS.from_epsg(epsg).coordinate_operation
    assert operation is not None  # noqa: S101  # every projected system has one
    values = {parameter.name: float(parameter.value) for parameter in operation.params}
    return values["False easting"], values["Longitude of natural origin"]


def _as_given(x: Floats, y: Floats) -> tuple[Any, Any]:
    return (float(x), float(y)) if x.ndim == 0 else (x, y)
