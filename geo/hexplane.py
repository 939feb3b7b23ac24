"""The plane in which H3's cells are regular hexagons: one for each face of its icosahedron.

H3 projects each face of an icosahedron gnomonically to a plane, and lays a hexagonal lattice over it, finer by the
square root of 7 at each resolution. Here, the faces are taken from the library itself (its pentagons sit on the
icosahedron's corners), so that they cannot differ from it. Axial coordinates (i, j) of the lattice: unit vectors at 0
and 120 degrees, as H3 has them.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import h3.api.numpy_int as h3
import numpy as np

from geo.compiled import compiled
from geo.coordinates import Floats

FACE_COUNT = 20
# Odd resolutions are turned by this angle against even ones, radians.
_TURN = float(np.arcsin(np.sqrt(3.0 / 28.0)))
_SIN60 = float(np.sqrt(0.75))


@dataclass(frozen=True)
class Faces:
    """The icosahedron.

    Attributes
    ----------
    centres
        (20, 3): unit vectors to the middle of each face.
    axes
        (20, 2, 3): for each face the two vectors whose products with a unit vector, divided by the product with the
        centre, give the coordinates x and y in the plane, in units of the lattice of resolution 0.
    """

    centres: Floats
    axes: Floats


@cache
def faces() -> Faces:
    """The faces of H3's icosahedron, in an order of our own."""
    corners = np.array([_unit(*h3.cell_to_latlng(cell)) for cell in h3.get_pentagons(0)])
    near = corners @ corners.T > 0.4  # cos of 63.4 degrees is 0.447; of the next distance, -0.447
    triples = [t for t in combinations(range(12), 3) if near[t[0], t[1]] and near[t[1], t[2]] and near[t[0], t[2]]]
    centres, axes = np.empty((FACE_COUNT, 3)), np.empty((FACE_COUNT, 2, 3))
    for face, triple in enumerate(triples):
        middle = corners[list(triple)].sum(axis=0)
        centre = middle / np.linalg.norm(middle)
        towards = corners[triple[0]] - (corners[triple[0]] @ centre) * centre
        east = towards / np.linalg.norm(towards)
        # A corner lies two lattice steps from the middle of its face.
        step = float(np.linalg.norm(towards) / (corners[triple[0]] @ centre)) / 2.0
        centres[face] = centre
        axes[face] = east / step, np.cross(centre, east) / step
    return Faces(centres, axes)


def lattice_axes(resolution: int) -> Floats:
    """`Faces.axes` for the lattice of a resolution, (20, 2, 3)."""
    scale = np.sqrt(7.0) ** resolution
    turn = _TURN if resolution % 2 else 0.0
    x, y = faces().axes[:, 0], faces().axes[:, 1]
    turned = np.stack([np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x], axis=1)
    return np.asarray(turned * scale)


def to_degrees(x: Floats, y: Floats, centre: Floats, axes: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude of places in the plane of one face; `axes` (2, 3) of its lattice."""
    size = float(axes[0] @ axes[0])
    vectors = centre + np.multiply.outer(x, axes[0] / size) + np.multiply.outer(y, axes[1] / size)
    lon = np.degrees(np.arctan2(vectors[..., 1], vectors[..., 0]))
    lat = np.degrees(np.arctan2(vectors[..., 2], np.hypot(vectors[..., 0], vectors[..., 1])))
    return lon, lat


def _unit(lat: float, lon: float) -> tuple[float, float, float]:
    phi, theta = np.radians(lat), np.radians(lon)
    return float(np.cos(phi) * np.cos(theta)), float(np.cos(phi) * np.sin(theta)), float(np.sin(phi))


@compiled
def unit_vector(lon: float, lat: float) -> tuple[float, float, float]:
    """The unit vector of a place in degrees."""
    theta, phi = lon * (np.pi / 180.0), lat * (np.pi / 180.0)
    flat = np.cos(phi)
    return flat * np.cos(theta), flat * np.sin(theta), np.sin(phi)


@compiled
def in_plane(a: float, b: float, c: float, centre: Floats, axes: Floats) -> tuple[float, float]:
    """Coordinates of a unit vector in the plane of a face."""
    depth = a * centre[0] + b * centre[1] + c * centre[2]
    x = (a * axes[0, 0] + b * axes[0, 1] + c * axes[0, 2]) / depth
    y = (a * axes[1, 0] + b * axes[1, 1] + c * axes[1, 2]) / depth
    return x, y


@compiled
def hexagon_of(x: float, y: float) -> tuple[int, int, float]:
    """Axial coordinates of the hexagon around a place, and how far the place lies from that hexagon's border.

    The distance is in lattice steps: from 0 on the border to 0.5 in the middle.
    """
    v = y / 0.8660254037844386
    u = x + v / 2.0
    i, j, k = np.floor(u + 0.5), np.floor(v + 0.5), np.floor(v - u + 0.5)
    du, dv, dk = abs(u - i), abs(v - j), abs(v - u - k)
    # The three roundings must fit together: the one that went farthest gives way.
    if du > dv and du > dk:
        i = j - k
    elif dv > dk:
        j = i + k
    du, dv = u - i, v - j
    far = max(abs(2.0 * du - dv), abs(du + dv), abs(2.0 * dv - du)) / 2.0
    return int(i), int(j), 0.5 - far
