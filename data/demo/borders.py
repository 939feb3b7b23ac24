"""From one point per leaf to a coverage with natural-looking borders, each shared exactly by both sides.

The straight Voronoi mesh decides what touches what. Each of its edges is then replaced by a fractal line that stays
inside the two triangles between the edge and the points on its sides: these belong to this edge alone, so no two
borders can cross. Finally the whole plane is bent by a smooth one-to-one warp.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data.demo.draws import Keys, mixed, uniform
from data.demo.outline import Outline

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MESH_PRECISION_M = 0.01
SEGMENT_M = 50.0
ROUGHNESS = 0.26
ROUGHNESS_DECAY = 0.60
RIVER_ROUGHNESS = 0.03
# Share of its private triangle a border may fill.
REACH = 0.85


@dataclass(frozen=True)
class Mesh:
    """Straight edges between leaves.

    Attributes
    ----------
    start, end
        Shape ``(edges, 2)``, metres.
    left, right
        Shape ``(edges,)``: leaf on each side, -1 = outside the city.
    river
        Whether the edge is a river bank.
    """

    start: Floats
    end: Floats
    left: Ints
    right: Ints
    river: NDArray[np.bool_]


def straight_mesh(outline: Outline, points: Floats) -> Mesh:
    """The Voronoi mesh of the points inside the outline; each leaf is one piece."""
    cells = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=outline.city, only_edges=True)
    lines = shapely.union_all([shapely.set_precision(cells, MESH_PRECISION_M), outline.city.exterior])
    faces = np.array(shapely.polygonize([lines]).geoms)
    inside = shapely.contains(outline.city.buffer(1.0), faces)
    faces = faces[inside]
    start, end, left, right = _edges(faces)
    label = _labels(faces, points, start, end, left, right)
    left = np.where(left >= 0, label[left], -1)
    right = np.where(right >= 0, label[right], -1)
    kept = left != right
    middle = shapely.points((start + end) / 2)
    river = ((left < 0) | (right < 0)) & (shapely.distance(middle, outline.river) < 1.0)
    return Mesh(start[kept], end[kept], left[kept], right[kept], river[kept])


def _edges(faces: NDArray[np.object_]) -> tuple[Floats, Floats, Ints, Ints]:
    """Each segment of the faces once, with the face on its left and right (-1 = none)."""
    rings = shapely.get_exterior_ring(shapely.orient_polygons(faces))
    coordinates, owner = shapely.get_coordinates(rings, return_index=True)
    same = owner[1:] == owner[:-1]
    a, b, face = coordinates[:-1][same], coordinates[1:][same], owner[:-1][same]
    forward = (a[:, 0] < b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] < b[:, 1]))
    low, high = np.where(forward[:, None], a, b), np.where(forward[:, None], b, a)
    segment, index = np.unique(np.hstack([low, high]), axis=0, return_inverse=True)
    left, right = np.full(len(segment), -1), np.full(len(segment), -1)
    left[index[forward]] = face[forward]
    right[index[~forward]] = face[~forward]
    return segment[:, :2], segment[:, 2:], left, right


def _labels(faces: NDArray[np.object_], points: Floats, start: Floats, end: Floats, left: Ints, right: Ints) -> Ints:
    """The leaf of each face; crumbs the outline cut off from their point go to the neighbour along the longest edge."""
    label = np.full(len(faces), -1)
    point, face = shapely.STRtree(faces).query(shapely.points(points), predicate="within")
    label[face] = point
    length = _length(end - start)
    while (crumbs := np.flatnonzero(label < 0)).size:
        for crumb in crumbs:
            touching = np.flatnonzero(((left == crumb) | (right == crumb)) & (left >= 0) & (right >= 0))
            other = np.where(left[touching] == crumb, right[touching], left[touching])
            known = label[other] >= 0
            if known.any():
                label[crumb] = label[other[known][length[touching[known]].argmax()]]
    return label


def fractal_lines(mesh: Mesh, points: Floats, key: int, calm: Floats) -> tuple[Floats, Ints]:
    """Replace every edge by a fractal line.

    Parameters
    ----------
    mesh, points
        The straight mesh and the points of its leaves.
    key
        Seed of the draws; each edge adds its own position.
    calm
        Shape ``(edges,)``: factor on the roughness, 1 = as rough as can be.

    Returns
    -------
    xy, edge
        Coordinates, shape ``(n, 2)``, and the edge each belongs to, in order along the edges.
    """
    length = _length(mesh.end - mesh.start)
    rounds = np.clip(np.ceil(np.log2(np.maximum(length, 1.0) / SEGMENT_M)), 0, 8).astype(np.int64)
    keys = _edge_keys(mesh, key)
    rough = np.where(mesh.river, RIVER_ROUGHNESS, ROUGHNESS) * calm
    parts, owners = [], []
    for count in np.unique(rounds):
        own = np.flatnonzero(rounds == count)
        shape = _displace(_pick(mesh, own), points, keys[own], int(count), rough[own])
        parts.append(shape.reshape(-1, 2))
        owners.append(np.repeat(own, shape.shape[1]))
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    return np.vstack(parts)[order], owner[order]


def _pick(mesh: Mesh, own: Ints) -> Mesh:
    return Mesh(mesh.start[own], mesh.end[own], mesh.left[own], mesh.right[own], mesh.river[own])


def _edge_keys(mesh: Mesh, key: int) -> Keys:
    keys = np.full(len(mesh.start), key, dtype=np.uint64)
    for column in np.hstack([mesh.start, mesh.end]).T:
        keys = mixed(keys ^ np.round(column / MESH_PRECISION_M).astype(np.int64).view(np.uint64), 0)
    return keys


def _displace(mesh: Mesh, points: Floats, keys: Keys, rounds: int, rough: Floats) -> Floats:
    """Fractal lines of edges with the same number of rounds, shape ``(edges, 2**rounds + 1, 2)``."""
    n = 2**rounds
    along = np.zeros((len(keys), n + 1))
    aside = np.zeros((len(keys), n + 1))
    along[:, n] = 1.0
    step, size, number = n, rough, 0
    while step > 1:
        half = step // 2
        for i in range(half, n, step):
            lean = 0.5 + 0.24 * (uniform(keys, number) - 0.5)
            along[:, i] = along[:, i - half] * (1 - lean) + along[:, i + half] * lean
            swing = 2 * uniform(keys, number + 1) - 1
            aside[:, i] = (aside[:, i - half] + aside[:, i + half]) / 2 + size * swing
            number += 2
        step, size = half, size * ROUGHNESS_DECAY
    vector = mesh.end - mesh.start
    length = _length(vector)
    normal = np.column_stack([-vector[:, 1], vector[:, 0]]) / length[:, None]
    room_left = _room(mesh, points, mesh.left, normal, along)
    room_right = _room(mesh, points, mesh.right, -normal, along)
    metres = aside * length[:, None]
    room = np.where(metres >= 0, room_left, room_right)
    metres = metres * room / (room + np.abs(metres) + 1e-9)
    shape = mesh.start[:, None, :] + along[:, :, None] * vector[:, None, :] + metres[:, :, None] * normal[:, None, :]
    shape[:, 0], shape[:, n] = mesh.start, mesh.end
    return np.asarray(shape)


def _room(mesh: Mesh, points: Floats, side: Ints, normal: Floats, along: Floats) -> Floats:
    """How far the line may go to one side, in metres: the height of the triangle to the side's point, in part."""
    vector = mesh.end - mesh.start
    square = (vector**2).sum(axis=1)
    to_point = points[np.maximum(side, 0)] - mesh.start
    height = (to_point * normal).sum(axis=1)[:, None]
    foot = ((to_point * vector).sum(axis=1) / square)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        rising = np.where(foot > 0, height * along / foot, np.inf)
        falling = np.where(foot < 1, height * (1 - along) / (1 - foot), np.inf)
    inner = np.maximum(np.minimum(rising, falling), 0.0)
    # Outside the city nobody is in the way; as much as the edge is long is plenty.
    outer = np.sqrt(square)[:, None] * np.minimum(along, 1 - along)
    return np.where((side >= 0)[:, None], inner, outer) * REACH


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt((vectors * vectors).sum(axis=1)))


def crossing(lines: NDArray[np.object_]) -> Ints:
    """Numbers of the lines that cross or touch another one elsewhere than at their ends, or cross themselves."""
    bad = set(np.flatnonzero(~shapely.is_simple(lines)).tolist())
    a, b = shapely.STRtree(lines).query(lines, predicate="intersects")
    once = a < b
    a, b = a[once], b[once]
    shared = shapely.intersection(lines[a], lines[b])
    ends = shapely.boundary(lines)
    fine = shapely.covers(ends[a], shared) & shapely.covers(ends[b], shared)
    bad.update(a[~fine].tolist(), b[~fine].tolist())
    return np.array(sorted(bad), dtype=np.int64)


def calmer(calm: Floats, bad: Ints) -> Floats:
    """The same factors, halved for the edges in `bad`."""
    halved = calm.copy()
    halved[bad] *= 0.5
    return halved
