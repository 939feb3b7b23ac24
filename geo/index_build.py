"""Building the index: which hexagons lie wholly in a leaf, and which leaves' edges pass through the others."""

from dataclasses import dataclass

import numpy as np
import shapely

from geo.coordinates import Floats
from geo.hexplane import FACE_COUNT, faces, lattice_axes, to_degrees
from geo.index_kernel import NONE, Ints, Longs, Tables
from geo.index_marks import mark_edges, regions, write_records
from geo.measure import Geometries, area_m2

# A system reaching farther than this is not a city's; its few points are tested one by one.
MAX_EXTENT_DEG, MAX_LATITUDE, MAX_LONGITUDE = 20.0, 85.0, 179.0
# So many hexagons at most, 4 bytes each, whatever the leaves are like.
MAX_HEXAGONS = 1 << 24
_HEXAGONS_PER_VERTEX, _HEXAGONS_PER_LEAF = 3.0, 60.0
_EARTH_M2, _CELLS_AT_0 = 5.10065622e14, 120.0
_MIN_RESOLUTION, _MAX_RESOLUTION = 4, 13


@dataclass(frozen=True)
class Leaves:
    """The leaves' geometry as it is asked for: shapes, a tree over them, and the rank of each leaf's code."""

    shapes: Geometries
    tree: shapely.STRtree
    rank: Ints

    @classmethod
    def of(cls, shapes: Geometries, codes: list[str]) -> "Leaves":
        """Prepare the shapes of leaves; `codes` are unique."""
        rank = np.empty(len(codes), dtype=np.int32)
        rank[sorted(range(len(codes)), key=codes.__getitem__)] = np.arange(len(codes), dtype=np.int32)
        shapely.prepare(shapes)
        return cls(shapes, shapely.STRtree(shapes), rank)

    def covering(self, lon: Floats, lat: Floats) -> tuple[Longs, Longs]:
        """All pairs (position of the point, leaf that covers it), tested by shapely one by one."""
        at, leaf = self.tree.query(shapely.points(lon, lat))
        # By leaf, so that each prepared shape is used for all of its points in turn.
        order = np.argsort(leaf, kind="stable")
        at, leaf = at[order], leaf[order]
        inside = shapely.intersects_xy(self.shapes[leaf], lon[at], lat[at])
        return at[inside], leaf[inside]

    def lowest_code(self, lon: Floats, lat: Floats) -> Ints:
        """The leaf of lowest code that covers each point; NONE where none does."""
        at, leaf = self.covering(lon, lat)
        best = np.full(len(lon), len(self.rank), dtype=np.int32)
        np.minimum.at(best, at, self.rank[leaf])
        by_rank = np.argsort(self.rank).astype(np.int32)
        return np.append(by_rank, np.int32(NONE))[best]


def build_tables(leaves: Leaves) -> Tables | None:
    """The index of leaves; None where hexagons do not serve: near the poles and the date line, or across continents."""
    box = np.asarray(shapely.total_bounds(leaves.shapes), dtype=np.float64)
    west, south, east, north = box
    too_far = max(east - west, north - south) > MAX_EXTENT_DEG
    if too_far or max(-south, north) > MAX_LATITUDE or max(-west, east) > MAX_LONGITUDE:
        return None
    edges, owner = _edges(leaves.shapes)
    used = _faces_near(box)
    axes = lattice_axes(_resolution(leaves.shapes, len(edges), box))[used]
    planes = np.ascontiguousarray(np.concatenate([faces().centres[used][:, None], axes], axis=1))
    rectangles, marks = _marked(planes, edges)
    cell, edge = np.divmod(_sorted_unique(marks), len(edges))
    cell_count = int(rectangles[-1, 4] + rectangles[-1, 2] * rectangles[-1, 3])
    region = np.zeros(cell_count, dtype=np.int32)
    region[cell] = -1
    answers = np.full(cell_count + 1, NONE, dtype=np.int32)
    answers[:-1] = _answers_of_regions(planes, rectangles, leaves, region)
    borders, starts, records = _records(planes, rectangles, leaves, cell, owner[edge], edge, edges)
    answers[borders] = -2 - starts
    return Tables(_frame(box), planes, rectangles, answers, records)


def _frame(box: Floats) -> Floats:
    middle = np.array([(box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0])
    angles = np.radians(middle)
    waves = np.column_stack([np.sin(angles), np.cos(angles)]).ravel()
    return np.concatenate([box, middle, waves])


def _marked(planes: Floats, edges: Floats) -> tuple[Longs, Longs]:
    """Rectangles of hexagons around all that edges come into, and the marks of `mark_edges`."""
    extent = np.tile(np.array([1 << 40, 1 << 40, -(1 << 40), -(1 << 40)], dtype=np.int64), (len(planes), 1))
    rectangles = np.zeros((len(planes), 5), dtype=np.int64)
    count = mark_edges(planes, rectangles, edges, extent, np.empty(0, dtype=np.int64))
    # A face that was thought near may have none of the edges.
    met = extent[:, 2] >= extent[:, 0]
    rectangles[met, :2] = extent[met, :2]
    rectangles[met, 2:4] = extent[met, 2:] - extent[met, :2] + 1
    ends = np.cumsum(rectangles[:, 2] * rectangles[:, 3])
    rectangles[1:, 4] = ends[:-1]
    marks = np.empty(count, dtype=np.int64)
    mark_edges(planes, rectangles, edges, extent, marks)
    return rectangles, marks


def _edges(shapes: Geometries) -> tuple[Floats, Ints]:
    """All edges (x1, y1, x2, y2) by leaf, and their leaf."""
    parts, leaf_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    edges = np.ascontiguousarray(np.hstack([points[:-1], points[1:]])[same])
    owner = leaf_of_part[part_of_ring[ring[:-1][same]]].astype(np.int32)
    return edges, owner


def _resolution(shapes: Geometries, edge_count: int, box: Floats) -> int:
    """Fine enough that most points meet a whole hexagon or few edges, coarse enough for memory."""
    wanted = _HEXAGONS_PER_VERTEX * edge_count + _HEXAGONS_PER_LEAF * len(shapes)
    covered = float(area_m2(shapes).sum())
    # The rectangle of hexagons lies askew to the box.
    around = 3.0 * float(area_m2([shapely.box(*box)])[0])
    cells_per_m2 = min(wanted / max(covered, 1.0), MAX_HEXAGONS / max(around, 1.0))
    resolution = np.log(max(cells_per_m2 * _EARTH_M2 / _CELLS_AT_0, 1.0)) / np.log(7.0)
    return int(np.clip(np.floor(resolution), _MIN_RESOLUTION, _MAX_RESOLUTION))


def _faces_near(box: Floats) -> Longs:
    """The faces that some place in the box may belong to."""
    lon, lat = (part.ravel() for part in np.meshgrid(np.linspace(box[0], box[2], 33), np.linspace(box[1], box[3], 33)))
    theta, phi = np.radians(lon), np.radians(lat)
    vectors = np.column_stack([np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)])
    angle = np.arccos(np.clip(vectors @ faces().centres.T, -1.0, 1.0))
    # No place is farther from one of these than half a mesh; on the way, either distance changes by as much at most.
    mesh = np.radians(np.hypot(box[2] - box[0], box[3] - box[1]) / 32.0)
    near = (angle <= angle.min(axis=1, keepdims=True) + mesh + 1e-9).any(axis=0)
    return np.flatnonzero(near[:FACE_COUNT]).astype(np.int64)


def _sorted_unique(values: Longs) -> Longs:
    """As `np.unique`, which takes a slower way for integers."""
    ordered = np.sort(values)
    unique: Longs = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    return unique


def _answers_of_regions(planes: Floats, rectangles: Longs, leaves: Leaves, region: Ints) -> Ints:
    """Answers of hexagons that no edge comes into: those side by side have the same, so one of each region is asked.

    `region` is -1 where edges come in, else 0; it is used up.
    """
    count = regions(rectangles, region)
    if not count:
        return np.full(len(region), NONE, dtype=np.int32)
    # Numbers come in the order of the first hexagon, which thereby is a new maximum.
    highest = np.maximum.accumulate(region)
    first = np.flatnonzero(highest > np.append(np.int32(-1), highest[:-1])).astype(np.int64)
    asked = leaves.lowest_code(*_middles(planes, rectangles, first))
    return np.append(asked, np.int32(NONE))[region]


def _records(
    planes: Floats, rectangles: Longs, leaves: Leaves, cell: Longs, leaf: Ints, edge: Longs, edges: Floats
) -> tuple[Longs, Ints, Floats]:
    """Hexagons on borders, where their records start, and these, given triples (cell, leaf, edge that comes in)."""
    news = np.append(True, cell[1:] != cell[:-1])
    borders, border_of_edge = cell[news], np.cumsum(news) - 1
    count = len(leaves.rank)
    middles = np.column_stack(_middles(planes, rectangles, borders))
    at, around = leaves.covering(middles[:, 0], middles[:, 1])
    # A leaf around the middle of a hexagon, but without edges in it, contains all of it (leaves may overlap).
    inside_keys = at * count + leaves.rank[around]
    edge_keys = border_of_edge * count + leaves.rank[leaf]
    order = np.argsort(edge_keys, kind="stable")
    keys = _sorted_unique(np.concatenate([inside_keys, edge_keys]))
    inside = np.zeros(len(keys), dtype=np.bool_)
    inside[np.searchsorted(keys, inside_keys)] = True
    border_of, rank = np.divmod(keys, count)
    edges_from = np.searchsorted(edge_keys[order], np.append(keys, keys[-1] + 1)).astype(np.int64)
    rows = (
        border_of.astype(np.int32), np.argsort(leaves.rank).astype(np.int32)[rank],
        inside.astype(np.int32), edges_from, edge[order], edges,
    )  # fmt: skip
    starts = np.empty(len(borders), dtype=np.int64)
    size = write_records(middles, *rows, starts, np.empty(0))
    records = np.empty(size)
    write_records(middles, *rows, starts, records)
    return borders, starts.astype(np.int32), records


def _middles(planes: Floats, rectangles: Longs, cells: Longs) -> tuple[Floats, Floats]:
    """Degrees of the middle of each hexagon."""
    lon, lat = np.empty(len(cells)), np.empty(len(cells))
    # A face without hexagons starts where the next one does, and is passed over.
    face_of = np.searchsorted(rectangles[:, 4], cells, side="right") - 1
    for face, (i, j, width, _, offset) in enumerate(rectangles):
        here = face_of == face
        row, column = np.divmod(cells[here] - offset, max(width, 1))
        x, y = (column + i) - (row + j) / 2.0, (row + j) * np.sqrt(0.75)
        lon[here], lat[here] = to_degrees(x, y, planes[face, 0], planes[face, 1:])
    return lon, lat
