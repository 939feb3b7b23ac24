"""The compiled part of building the index: which hexagons each edge comes into, and which hexagons hang together."""

import numpy as np

from geo.compiled import compiled
from geo.coordinates import Floats
from geo.hexplane import hexagon_of, in_plane, unit_vector
from geo.index_kernel import Ints, Longs

# Lattice steps: what comes within a half of a hexagon lies in it or in one of its six neighbours.
_PIECE = 0.9
_MARGIN = 1e-4
_SIN60 = 0.8660254037844386


@compiled
def meets(px: float, py: float, qx: float, qy: float, margin: float) -> bool:
    """Whether a straight piece comes into the hexagon around (0, 0), widened by a margin; plane coordinates."""
    low, high = 0.0, 1.0
    for direction in range(3):
        # The hexagon is where three strips meet; what the strips before have left of the piece is cut by this one.
        if direction == 0:
            p, q = px, qx
        elif direction == 1:
            p, q = px / 2.0 + py * _SIN60, qx / 2.0 + qy * _SIN60
        else:
            p, q = py * _SIN60 - px / 2.0, qy * _SIN60 - qx / 2.0
        reach = 0.5 + margin
        if p == q:
            if abs(p) > reach:
                return False
            continue
        enter, leave = (-reach - p) / (q - p), (reach - p) / (q - p)
        low, high = max(low, min(enter, leave)), min(high, max(enter, leave))
    return low <= high


@compiled
def mark_edges(planes: Floats, rectangles: Longs, edges: Floats, extent: Longs, marks: Longs) -> int:
    """Find the hexagons that edges come into, on every face in use.

    Edges are walked in pieces. A hexagon counts when a piece comes into it, widened by a margin that covers the bend
    of the projection: some too many, none too few.

    With an empty `marks`, only `extent` (F, 4: lowest and highest i and j) is filled. Otherwise fills `marks` with
    ``cell * (number of edges) + edge``. Returns how many marks there are.
    """
    count = 0
    for face in range(len(planes)):
        centre, axes = planes[face, 0], planes[face, 1:]
        for edge in range(len(edges)):
            x1, y1, x2, y2 = edges[edge, 0], edges[edge, 1], edges[edge, 2], edges[edge, 3]
            a, b, c = unit_vector(x1, y1)
            px, py = in_plane(a, b, c, centre, axes)
            a, b, c = unit_vector(x2, y2)
            fx, fy = in_plane(a, b, c, centre, axes)
            pieces = int(np.hypot(fx - px, fy - py) / _PIECE) + 1
            for piece in range(pieces):
                there, middle = (piece + 1.0) / pieces, (piece + 0.5) / pieces
                qx, qy = fx, fy
                if piece < pieces - 1:
                    a, b, c = unit_vector(x1 + there * (x2 - x1), y1 + there * (y2 - y1))
                    qx, qy = in_plane(a, b, c, centre, axes)
                a, b, c = unit_vector(x1 + middle * (x2 - x1), y1 + middle * (y2 - y1))
                mx, my = in_plane(a, b, c, centre, axes)
                bend = np.hypot(mx - (px + qx) / 2.0, my - (py + qy) / 2.0)
                reach = max(np.hypot(px - mx, py - my), np.hypot(qx - mx, qy - my)) + bend + _MARGIN
                i, j, inside = hexagon_of(mx, my)
                for di in range(-1, 2):
                    for dj in range(-1, 2):
                        if di * dj < 0 or (inside > reach and (di != 0 or dj != 0)):
                            continue
                        ox, oy = i + di - (j + dj) / 2.0, (j + dj) * _SIN60
                        if not meets(px - ox, py - oy, qx - ox, qy - oy, 2.0 * bend + _MARGIN):
                            continue
                        if len(marks):
                            row, column = j + dj - rectangles[face, 1], i + di - rectangles[face, 0]
                            cell = rectangles[face, 4] + row * rectangles[face, 2] + column
                            marks[count] = cell * len(edges) + edge
                        else:
                            extent[face, 0] = min(extent[face, 0], i + di)
                            extent[face, 1] = min(extent[face, 1], j + dj)
                            extent[face, 2] = max(extent[face, 2], i + di)
                            extent[face, 3] = max(extent[face, 3], j + dj)
                        count += 1
                px, py = qx, qy
    return count


@compiled
def regions(rectangles: Longs, region: Ints) -> int:
    """Number the regions of hexagons that hang together by their sides.

    `region` has a value per hexagon, -1 where a border keeps them apart; the others are replaced by the number of
    their region, from 0 in the order of their first hexagon. Returns how many regions there are.
    """
    parent = np.arange(len(region), dtype=np.int32)
    for face in range(len(rectangles)):
        width, height, offset = rectangles[face, 2], rectangles[face, 3], rectangles[face, 4]
        for row in range(height):
            for column in range(width):
                cell = offset + row * width + column
                if region[cell] < 0:
                    continue
                # Neighbours that came before: (i - 1, j), (i, j - 1), (i - 1, j - 1).
                for di, dj in ((1, 0), (0, 1), (1, 1)):
                    other = cell - di - dj * width
                    if column < di or row < dj or region[other] < 0:
                        continue
                    a, b = _root(parent, cell), _root(parent, other)
                    if a != b:
                        parent[max(a, b)] = min(a, b)
    count = 0
    for cell in range(len(region)):
        if region[cell] < 0:
            continue
        # A root comes before all others of its region.
        if parent[cell] == cell:
            region[cell] = count
            count += 1
        else:
            region[cell] = region[_root(parent, cell)]
    return count


@compiled
def _root(parent: Ints, cell: int) -> int:
    while parent[cell] != cell:
        parent[cell] = parent[parent[cell]]
        cell = parent[cell]
    return cell


@compiled
def write_records(
    middles: Floats,
    border_of: Ints,
    leaf: Ints,
    inside: Ints,
    edges_from: Longs,
    edge: Longs,
    edges: Floats,
    starts: Longs,
    records: Floats,
) -> int:
    """Write the records of hexagons on borders, see `Tables.records`; with empty `records`, only `starts`.

    One row per leaf of a hexagon: the hexagon's number, leaf, whether its middle lies inside, and where its edges start
    in `edge` (one more at the end). Leaves after one that contains the whole hexagon are left out. Returns the length.
    """
    at, row = 0, 0
    for border in range(len(middles)):
        starts[border] = at
        if len(records):
            records[at], records[at + 1] = middles[border, 0], middles[border, 1]
        at += 2
        ended = False
        while row < len(leaf) and border_of[row] == border:
            count = edges_from[row + 1] - edges_from[row]
            if not ended:
                if len(records):
                    records[at], records[at + 1] = leaf[row], 2 * count + inside[row]
                    for k in range(count):
                        for part in range(4):
                            records[at + 2 + 4 * k + part] = edges[edge[edges_from[row] + k], part]
                at += 2 + 4 * count
                ended = count == 0
            row += 1
        if len(records):
            records[at] = -1.0
        at += 1
    return at
