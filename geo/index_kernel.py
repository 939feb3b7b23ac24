"""The compiled part of the index: from a place to its hexagon, and from there to its leaf.

Equality with shapely is by construction. In a hexagon that borders pass through, the straight way from the place to the
hexagon's middle is followed, and every edge crossed changes inside to outside; for the middle, shapely was asked when
the index was built. A place so near to an edge that rounding could decide its side (borders themselves included) is
handed back as DOUBTFUL, to be asked of shapely itself.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled
from geo.coordinates import Floats
from geo.hexplane import in_plane

NONE, DOUBTFUL = -1, -2
OUT, IN = 0, 1
# Shewchuk's bound on the error of the orientation of three points, (3 + 16 eps) eps, and a floor against underflow.
_ORIENTATION_ERROR, _UNDERFLOW = 3.3306690738754716e-16, 1e-280
# So many points pass through the steps of `assign` together: they stay in the nearest cache.
_BLOCK = 2048
_RADIANS = np.pi / 180.0

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


class Tables(NamedTuple):
    """The index as flat arrays, F faces in use.

    Attributes
    ----------
    frame
        (10,) west, south, east, north of all leaves in degrees; longitude and latitude of the middle of that box; their
        sine and cosine, longitude first.
    planes
        (F, 3, 3): the face's centre and its two axes, see `geo.hexplane`.
    rectangles
        (F, 5): lowest i and j of a face's rectangle of hexagons, its width and height, where it starts in `answers`.
    answers
        For each hexagon: a leaf ordinal when it lies wholly within that leaf, NONE when it touches none, else
        ``-2 - start`` of its record in `records`. One more at the end, for what lies in no rectangle: NONE.
    records
        For each hexagon on a border: longitude and latitude of its middle, then its leaves, lowest code first, each
        with its ordinal, ``2 * (number of edges) + (1 if the middle lies in it)`` and the edges (x1, y1, x2, y2) that
        come into the hexagon; a leaf without edges contains the hexagon. NONE ends the record.
    """

    frame: Floats
    planes: Floats
    rectangles: Longs
    answers: Ints
    records: Floats


@compiled
def sine_cosine(angle: float) -> tuple[float, float]:
    """Sine and cosine of an angle under 0.18 (10 degrees), to 2e-16; a series that is computed for many at once."""
    q = angle * angle
    sine = angle * (1.0 - q * (1 / 6) * (1.0 - q * (1 / 20) * (1.0 - q * (1 / 42) * (1.0 - q * (1 / 72)))))
    cosine = 1.0 - q * (1 / 12) * (1.0 - q * (1 / 30) * (1.0 - q * (1 / 56) * (1.0 - q * (1 / 90))))
    return sine, 1.0 - q * 0.5 * cosine


@compiled
def unit_vector_near(east: float, north: float, waves: tuple[float, float, float, float]) -> tuple[float, float, float]:
    """The unit vector of a place so many degrees from another one, whose sines and cosines are `waves`."""
    s, c = sine_cosine(east * _RADIANS)
    sine, cosine = waves[0] * c + waves[1] * s, waves[1] * c - waves[0] * s
    s, c = sine_cosine(north * _RADIANS)
    flat = waves[3] * c - waves[2] * s
    return flat * cosine, flat * sine, waves[2] * c + waves[3] * s


@compiled
def hexagon_around(x: float, y: float) -> tuple[float, float]:
    """Axial coordinates of the hexagon around a place in the plane: `hexagon_of` without branches."""
    v = y * (1 / 0.8660254037844386)
    u = x + v * 0.5
    i, j, k = np.floor(u + 0.5), np.floor(v + 0.5), np.floor(v - u + 0.5)
    du, dv, dk = abs(u - i), abs(v - j), abs(v - u - k)
    first = (du > dv) & (du > dk)
    second = (dv > dk) & (du <= dv)
    return j - k if first else i, i + k if second else j


@compiled
def locate_on_one_face(tables: Tables, lon: Floats, lat: Floats, out: Ints) -> int:
    """Fill `out` with positions in `answers`; returns how many pairs are impossible.

    Written so that the compiler computes several points in one instruction: no branches, no array read but those of
    the points. That makes it six times as fast.
    """
    frame, plane, rectangle = tables.frame, tables.planes[0], tables.rectangles[0]
    west, south, east, north, middle_x, middle_y = frame[0], frame[1], frame[2], frame[3], frame[4], frame[5]
    waves = (frame[6], frame[7], frame[8], frame[9])
    d0, d1, d2 = plane[0, 0], plane[0, 1], plane[0, 2]
    x0, x1, x2 = plane[1, 0], plane[1, 1], plane[1, 2]
    y0, y1, y2 = plane[2, 0], plane[2, 1], plane[2, 2]
    first_i, first_j = float(rectangle[0]), float(rectangle[1])
    width, height = float(rectangle[2]), float(rectangle[3])
    outside, bad = float(len(tables.answers) - 1), 0
    for at in range(len(out)):
        x, y = lon[at], lat[at]
        bad += not ((x >= -180.0) & (x <= 180.0) & (y >= -90.0) & (y <= 90.0))
        near = (x >= west) & (y >= south) & (x <= east) & (y <= north)
        a, b, c = unit_vector_near(x - middle_x if near else 0.0, y - middle_y if near else 0.0, waves)
        scale = 1.0 / (a * d0 + b * d1 + c * d2)
        i, j = hexagon_around((a * x0 + b * x1 + c * x2) * scale, (a * y0 + b * y1 + c * y2) * scale)
        i, j = i - first_i, j - first_j
        good = near & (i >= 0.0) & (j >= 0.0) & (i < width) & (j < height)
        out[at] = np.int32(j * width + i if good else outside)
    return bad


@compiled
def locate_on_many_faces(tables: Tables, lon: Floats, lat: Floats, out: Ints) -> int:
    """As `locate_on_one_face`, on the nearest face of several.

    Faces that are not in use are never nearest, because the place lies in the box of the leaves.
    """
    frame, planes, rectangles = tables.frame, tables.planes, tables.rectangles
    waves = (frame[6], frame[7], frame[8], frame[9])
    bad = 0
    for at in range(len(out)):
        x, y = lon[at], lat[at]
        out[at] = len(tables.answers) - 1
        bad += not (-180.0 <= x <= 180.0 and -90.0 <= y <= 90.0)
        if not (frame[0] <= x <= frame[2] and frame[1] <= y <= frame[3]):
            continue
        a, b, c = unit_vector_near(x - frame[4], y - frame[5], waves)
        face, nearest = 0, -2.0
        for other in range(len(planes)):
            towards = a * planes[other, 0, 0] + b * planes[other, 0, 1] + c * planes[other, 0, 2]
            if towards > nearest:
                face, nearest = other, towards
        px, py = in_plane(a, b, c, planes[face, 0], planes[face, 1:])
        i, j = hexagon_around(px, py)
        column, row = int(i) - rectangles[face, 0], int(j) - rectangles[face, 1]
        if 0 <= column < rectangles[face, 2] and 0 <= row < rectangles[face, 3]:
            out[at] = rectangles[face, 4] + row * rectangles[face, 2] + column
    return bad


@compiled
def turn(x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> int:
    """Whether the way from 1 to 2 has a place to its left (1) or right (-1); 0 = too near to tell."""
    left, right = (x1 - x) * (y2 - y), (y1 - y) * (x2 - x)
    difference = left - right
    if abs(difference) <= _ORIENTATION_ERROR * (abs(left) + abs(right)) + _UNDERFLOW:
        return 0
    return 1 if difference > 0.0 else -1


@compiled
def leaf_in(records: Floats, start: int, x: float, y: float) -> int:
    """Leaf ordinal of a place in a hexagon on a border, NONE or DOUBTFUL; `start` of the hexagon's record."""
    middle_x, middle_y = records[start], records[start + 1]
    at = start + 2
    while records[at] >= 0.0:
        ends, inside = divmod(int(records[at + 1]), 2)
        ends = at + 2 + 4 * ends
        for edge in range(at + 2, ends, 4):
            x1, y1, x2, y2 = records[edge], records[edge + 1], records[edge + 2], records[edge + 3]
            first, second = turn(x, y, middle_x, middle_y, x1, y1), turn(x, y, middle_x, middle_y, x2, y2)
            if first * second > 0:
                continue
            here, there = turn(x1, y1, x2, y2, x, y), turn(x1, y1, x2, y2, middle_x, middle_y)
            # An edge that has both ends of the way on one side is not crossed, whatever the others are.
            if here * there > 0:
                continue
            if first * second * here * there == 0:
                return DOUBTFUL
            inside ^= 1
        if inside:
            return int(records[at])
        at = ends
    return NONE


@compiled
def assign(tables: Tables, lon: Floats, lat: Floats, out: Ints) -> tuple[int, int]:
    """Fill `out` with leaf ordinals, NONE or DOUBTFUL.

    Returns the position of the first impossible pair (or -1; what follows it is not filled), and how many are doubtful.
    """
    answers, records = tables.answers, tables.records
    doubtful = 0
    for start in range(0, len(lon), _BLOCK):
        x, y, block = lon[start : start + _BLOCK], lat[start : start + _BLOCK], out[start : start + _BLOCK]
        if len(tables.planes) == 1:
            bad = locate_on_one_face(tables, x, y, block)
        else:
            bad = locate_on_many_faces(tables, x, y, block)
        if bad:
            for at in range(len(x)):
                if not (-180.0 <= x[at] <= 180.0 and -90.0 <= y[at] <= 90.0):
                    return start + at, doubtful
        for at in range(len(block)):
            block[at] = answers[np.uint32(block[at])]
        for at in range(len(block)):
            if block[at] < NONE:
                block[at] = leaf_in(records, -2 - block[at], x[at], y[at])
                doubtful += block[at] == DOUBTFUL
    return -1, doubtful
