"""Areas and metres on the WGS 84 ellipsoid, vectorised over geometries in degrees."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.coordinates import Floats

Geometries = NDArray[np.object_]

# WGS 84.
_A_M = 6378137.0
_E2 = 0.00669437999014131699613723
_E = float(np.sqrt(_E2))


def to_equal_area(geometries: Sequence[Any] | Geometries, lat_0: float = 0.0) -> Geometries:
    """Project geometries in WGS 84 degrees to metres on a cylinder that keeps areas exactly.

    Parameters
    ----------
    geometries
        Any geometries, n of them; None and empty ones stay as they are.
    lat_0
        Latitude, degrees, at which distances are right too; areas do not depend on it.

    Returns
    -------
    Object array of n geometries in metres (Lambert's cylindrical equal-area projection, standard parallel `lat_0`).
    """
    width = _parallel_radius_m(lat_0)

    def project(degrees: Floats) -> Floats:
        x = np.radians(degrees[:, 0]) * width
        y = _authalic(degrees[:, 1]) * (_A_M * _A_M / 2.0) / width
        return np.column_stack([x, y])

    return np.asarray(shapely.transform(np.asarray(geometries, dtype=object), project), dtype=object)


def area_m2(geometries: Sequence[Any] | Geometries) -> Floats:
    """Area on the WGS 84 ellipsoid, m2, of n polygons in degrees; 0 for empty ones, NaN for None.

    Edges are taken as straight in the equal-area plane, so that areas of parts add up exactly; against geodesic edges
    this differs by about 1e-6 of the area for edges up to some kilometres.
    """
    return np.asarray(shapely.area(to_equal_area(geometries)), dtype=np.float64)


def perimeter_m(geometries: Sequence[Any] | Geometries) -> Floats:
    """Length of the borders of n geometries in degrees, holes included, m; for shapes of a city, not of a continent."""
    shapes = np.asarray(geometries, dtype=object)
    middle = shapely.bounds(shapes).reshape(-1, 4)[:, [1, 3]].mean(axis=1)
    known = middle[np.isfinite(middle)]
    scale = np.array(metres_per_degree(float(np.median(known)) if len(known) else 0.0))
    return np.asarray(shapely.length(shapely.transform(shapes, lambda degrees: degrees * scale)), dtype=np.float64)


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Length in metres of one degree of longitude and of one degree of latitude, at a latitude."""
    sine = np.sin(np.radians(lat))
    meridian = _A_M * (1.0 - _E2) / (1.0 - _E2 * sine * sine) ** 1.5
    return float(np.radians(_parallel_radius_m(lat))), float(np.radians(meridian))


def _parallel_radius_m(lat: float) -> float:
    phi = np.radians(lat)
    return float(_A_M * np.cos(phi) / np.sqrt(1.0 - _E2 * np.sin(phi) ** 2))


def _authalic(lat: Floats) -> Floats:
    """Snyder, Map Projections, eq. 3-12, q: the area from the equator to a latitude is a^2/2 * q per radian."""
    sine = np.sin(np.radians(lat))
    return np.asarray((1.0 - _E2) * (sine / (1.0 - _E2 * sine * sine) + np.arctanh(_E * sine) / _E))
