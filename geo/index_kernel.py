"""The compiled part of the index: from a place to its hexagon, and from there to its leaf.

Equality with shapely is by construction: the ray-crossing rule is the one GEOS uses, and a point so near to an edge
that rounding could decide its side is handed back as DOUBTFUL, to be asked of shapely itself.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled
from geo.coordinates import Floats
from geo.hexplane import hexagon_of, in_plane, unit_vector

NONE, DOUBTFUL = -1, -2
OUT, IN = 0, 1
# Shewchuk's bound on the error of the orientation of three points, (3 + 16 eps) eps, and a floor against underflow.
_ORIENTATION_ERROR, _UNDERFLOW = 3.3306690738754716e-16, 1e-280

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


class Tables(NamedTuple):
    """The index as flat arrays, F faces in use.

    Attributes
    ----------
    box
        (4,) west, south, east, north of all leaves, degrees.
    centres, axes
        (F, 3), (F, 2, 3): see `geo.hexplane`.
    first, size, offset
        (F, 2), (F, 2), (F,): lowest (i, j) of a face's rectangle of hexagons, its extent, and where it starts in
        `answers`.
    answers
        For each hexagon: a leaf ordinal when it lies wholly within that leaf, NONE when it touches none, else
        ``-2 - border``.
    candidates
        For each border hexagon, where its candidates start in the following (one more at the end).
    leaf, whole, crossings, edges_from
        For each candidate, lowest code first: its ordinal; whether it contains the whole hexagon; how many (0 or 1,
        modulo 2) of its edges lie east of the whole hexagon; where its edges start (one more at the end).
    edges
        (E, 4): x1, y1, x2, y2 of the candidates' edges in the band of latitude of the hexagon.
    """

    box: Floats
    centres: Floats
    axes: Floats
    first: Longs
    size: Longs
    offset: Longs
    answers: Ints
    candidates: Longs
    leaf: Ints
    whole: NDArray[np.bool_]
    crossings: NDArray[np.int8]
    edges_from: Longs
    edges: Floats


@compiled
def cell_of(tables: Tables, lon: float, lat: float) -> int:
    """Position in `answers` of the hexagon around a place; NONE outside all rectangles."""
    a, b, c = unit_vector(lon, lat)
    face = 0
    # The nearest face. Others than those in use are not near, because the place lies in the box of the leaves.
    nearest = -2.0
    for other in range(len(tables.centres)):
        towards = a * tables.centres[other, 0] + b * tables.centres[other, 1] + c * tables.centres[other, 2]
        if towards > nearest:
            face, nearest = other, towards
    x, y = in_plane(a, b, c, tables.centres[face], tables.axes[face])
    i, j, _ = hexagon_of(x, y)
    i -= tables.first[face, 0]
    j -= tables.first[face, 1]
    if i < 0 or j < 0 or i >= tables.size[face, 0] or j >= tables.size[face, 1]:
        return NONE
    return int(tables.offset[face] + j * tables.size[face, 0] + i)


@compiled
def side(edges: Floats, start: int, end: int, crossings: int, x: float, y: float) -> int:
    """IN (border included), OUT or DOUBTFUL: a place against a polygon's edges; `crossings` are known beforehand."""
    odd = crossings
    for edge in range(start, end):
        x1, y1, x2, y2 = edges[edge, 0], edges[edge, 1], edges[edge, 2], edges[edge, 3]
        if x1 < x and x2 < x:
            continue
        if x == x2 and y == y2:
            return IN
        if y1 == y and y2 == y:
            if min(x1, x2) <= x <= max(x1, x2):
                return IN
        elif (y1 > y >= y2) or (y2 > y >= y1):
            left, right = (x1 - x) * (y2 - y), (y1 - y) * (x2 - x)
            turn = left - right
            if abs(turn) <= _ORIENTATION_ERROR * (abs(left) + abs(right)) + _UNDERFLOW:
                return DOUBTFUL
            if (turn > 0.0) == (y2 > y1):
                odd ^= 1
    return IN if odd else OUT


@compiled
def leaf_of(tables: Tables, lon: float, lat: float) -> int:
    """Leaf ordinal of a place, NONE or DOUBTFUL."""
    if lon < tables.box[0] or lat < tables.box[1] or lon > tables.box[2] or lat > tables.box[3]:
        return NONE
    cell = cell_of(tables, lon, lat)
    if cell < 0:
        return NONE
    answer = tables.answers[cell]
    if answer >= NONE:
        return int(answer)
    border = -2 - answer
    for at in range(tables.candidates[border], tables.candidates[border + 1]):
        if tables.whole[at]:
            return int(tables.leaf[at])
        found = side(tables.edges, tables.edges_from[at], tables.edges_from[at + 1], tables.crossings[at], lon, lat)
        if found == IN:
            return int(tables.leaf[at])
        if found == DOUBTFUL:
            return DOUBTFUL
    return NONE


@compiled
def assign(tables: Tables, lon: Floats, lat: Floats, out: Ints) -> int:
    """Fill `out` with leaf ordinals, NONE or DOUBTFUL; returns the position of the first impossible pair, or -1."""
    for at in range(len(lon)):
        x, y = lon[at], lat[at]
        if not (-180.0 <= x <= 180.0 and -90.0 <= y <= 90.0):
            return at
        out[at] = leaf_of(tables, x, y)
    return -1


@compiled
def mark_edges(tables: Tables, edges: Floats, owner: Ints, resolution_step: float, extent: Longs, marks: Longs) -> int:
    """Find the hexagons that each leaf's edges touch, on every face in use.

    Edges are walked in pieces of at most `resolution_step` lattice steps. A hexagon counts as touched when it comes
    within half a piece (and a margin for the bend of the projection) of the middle of one: some too many, none too few.

    With an empty `marks`, only `extent` (F, 4: lowest and highest i and j) is filled. Otherwise fills `marks` with
    ``cell * (number of leaves) + leaf`` as far as it goes. Returns how many marks there are.
    """
    leaves = int(owner.max()) + 1
    count = 0
    for face in range(len(tables.centres)):
        centre, axes = tables.centres[face], tables.axes[face]
        last = -1
        for edge in range(len(edges)):
            x1, y1, x2, y2 = edges[edge, 0], edges[edge, 1], edges[edge, 2], edges[edge, 3]
            a, b, c = unit_vector(x1, y1)
            px, py = in_plane(a, b, c, centre, axes)
            a, b, c = unit_vector(x2, y2)
            qx, qy = in_plane(a, b, c, centre, axes)
            pieces = int(np.hypot(qx - px, qy - py) / resolution_step) + 1
            for piece in range(pieces):
                here, there = piece / pieces, (piece + 1) / pieces
                middle = (here + there) / 2.0
                a, b, c = unit_vector(x1 + here * (x2 - x1), y1 + here * (y2 - y1))
                px, py = in_plane(a, b, c, centre, axes)
                a, b, c = unit_vector(x1 + there * (x2 - x1), y1 + there * (y2 - y1))
                qx, qy = in_plane(a, b, c, centre, axes)
                a, b, c = unit_vector(x1 + middle * (x2 - x1), y1 + middle * (y2 - y1))
                mx, my = in_plane(a, b, c, centre, axes)
                reach = 1.02 * max(np.hypot(px - mx, py - my), np.hypot(qx - mx, qy - my)) + 1e-4
                i, j, inside = hexagon_of(mx, my)
                for di in range(-1, 2):
                    for dj in range(-1, 2):
                        if di * dj < 0 or (inside > reach and (di != 0 or dj != 0)):
                            continue
                        u = my / 0.8660254037844386 / 2.0 + mx - (i + di)
                        v = my / 0.8660254037844386 - (j + dj)
                        if max(abs(2.0 * u - v), abs(u + v), abs(2.0 * v - u)) / 2.0 > 0.5 + reach:
                            continue
                        extent[face, 0] = min(extent[face, 0], i + di)
                        extent[face, 1] = min(extent[face, 1], j + dj)
                        extent[face, 2] = max(extent[face, 2], i + di)
                        extent[face, 3] = max(extent[face, 3], j + dj)
                        if len(marks):
                            row = j + dj - tables.first[face, 1]
                            cell = tables.offset[face] + row * tables.size[face, 0] + i + di - tables.first[face, 0]
                            mark = cell * leaves + owner[edge]
                            if mark == last:
                                continue
                            last = mark
                            marks[count] = mark
                        count += 1
    return count


@compiled
def band_edges(
    edges: Floats,
    edges_of: Longs,
    leaf: Ints,
    bounds: Floats,
    whole: NDArray[np.bool_],
    crossings: NDArray[np.int8],
    counts: Longs,
    starts: Longs,
    out: Floats,
) -> None:
    """For each candidate the edges of its leaf that a ray to the east from its hexagon may meet.

    `bounds` (C, 4) is a box around the hexagon: west, south, east, north. With an empty `out` only `crossings` and
    `counts` are filled; otherwise the edges, from `starts` on.
    """  # fmt: skip
    for at in range(len(leaf)):
        if whole[at]:
            continue
        west, south, east, north = bounds[at, 0], bounds[at, 1], bounds[at, 2], bounds[at, 3]
        count, odd = 0, 0
        for edge in range(edges_of[leaf[at]], edges_of[leaf[at] + 1]):
            x1, y1, x2, y2 = edges[edge, 0], edges[edge, 1], edges[edge, 2], edges[edge, 3]
            low, high = min(y1, y2), max(y1, y2)
            if high < south or low > north or max(x1, x2) < west:
                continue
            if min(x1, x2) > east and low <= south and high > north:
                odd ^= 1
                continue
            if len(out):
                out[starts[at] + count] = edges[edge]
            count += 1
        counts[at] = count
        crossings[at] = odd
