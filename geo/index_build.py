"""Building the index: which hexagons lie wholly in a leaf, and which leaves' edges pass through the others."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.coordinates import Floats
from geo.hexplane import FACE_COUNT, faces, lattice_axes, to_degrees
from geo.index_kernel import NONE, Ints, Longs, Tables, band_edges, mark_edges
from geo.measure import Geometries, area_m2

# A system reaching farther than this is not a city's; its few points are tested one by one.
MAX_EXTENT_DEG, MAX_LATITUDE, MAX_LONGITUDE = 20.0, 85.0, 179.0
# So many hexagons at most, 4 bytes each, whatever the leaves are like.
MAX_HEXAGONS = 1 << 24
_HEXAGONS_PER_VERTEX, _HEXAGONS_PER_LEAF = 3.0, 60.0
_EARTH_M2, _CELLS_AT_0 = 5.10065622e14, 120.0
_MIN_RESOLUTION, _MAX_RESOLUTION = 4, 13
_PIECE = 0.25


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
    edges, owner, edges_of = _edges(leaves.shapes)
    resolution = _resolution(leaves.shapes, len(edges), box)
    used = _faces_near(box)
    empty = _without_content(box, used, resolution)
    extent = np.tile(np.array([1 << 40, 1 << 40, -(1 << 40), -(1 << 40)], dtype=np.int64), (len(used), 1))
    count = mark_edges(empty, edges, owner, _PIECE, extent, np.empty(0, dtype=np.int64))
    size = extent[:, 2:] - extent[:, :2] + 1
    ends = np.cumsum(size[:, 0] * size[:, 1])
    placed = empty._replace(first=extent[:, :2].copy(), size=size, offset=np.concatenate([[0], ends[:-1]]))
    marks = np.empty(count, dtype=np.int64)
    count = mark_edges(placed, edges, owner, _PIECE, extent, marks)
    cell, leaf = np.divmod(np.unique(marks[:count]), int(owner.max()) + 1)
    return _filled(placed, leaves, int(ends[-1]), cell, leaf, edges, edges_of)


def _edges(shapes: Geometries) -> tuple[Floats, Ints, Longs]:
    """All edges (x1, y1, x2, y2) by leaf, their leaf, and where each leaf's edges start."""
    parts, leaf_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    edges = np.ascontiguousarray(np.hstack([points[:-1], points[1:]])[same])
    owner = leaf_of_part[part_of_ring[ring[:-1][same]]].astype(np.int32)
    return edges, owner, np.searchsorted(owner, np.arange(len(shapes) + 1)).astype(np.int64)


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


def _without_content(box: Floats, used: Longs, resolution: int) -> Tables:
    count = len(used)
    return Tables(
        box=box,
        centres=np.ascontiguousarray(faces().centres[used]),
        axes=np.ascontiguousarray(lattice_axes(resolution)[used]),
        first=np.zeros((count, 2), dtype=np.int64),
        size=np.zeros((count, 2), dtype=np.int64),
        offset=np.zeros(count, dtype=np.int64),
        answers=np.empty(0, dtype=np.int32),
        candidates=np.zeros(1, dtype=np.int64),
        leaf=np.empty(0, dtype=np.int32),
        whole=np.empty(0, dtype=np.bool_),
        crossings=np.empty(0, dtype=np.int8),
        edges_from=np.zeros(1, dtype=np.int64),
        edges=np.empty((0, 4)),
    )


def _filled(
    tables: Tables, leaves: Leaves, cell_count: int, cell: Longs, leaf: Longs, edges: Floats, edges_of: Longs
) -> Tables:
    """The tables with their content, given the pairs (cell, leaf whose edges touch it), sorted and unique."""
    touched = np.zeros(cell_count, dtype=np.bool_)
    touched[cell] = True
    answers = _whole_cells(tables, leaves, touched)
    borders = np.flatnonzero(touched)
    # A leaf around the middle of a touched hexagon, but without edges in it, contains all of it (leaves may overlap).
    at, around = leaves.covering(*_middles(tables, borders))
    known = cell * len(leaves.rank) + leaf
    extra = borders[at] * len(leaves.rank) + around
    extra = extra[~np.isin(extra, known)]
    every = np.concatenate([known, extra])
    cells, leaf = np.divmod(every, len(leaves.rank))
    whole = np.arange(len(every)) >= len(known)
    order = np.lexsort((leaves.rank[leaf], cells))
    cells, leaf, whole = cells[order], leaf[order], whole[order]
    # What comes after the first leaf that contains the whole hexagon is never asked.
    starts = np.searchsorted(cells, borders)
    passed: Longs = np.cumsum(whole) - whole
    kept: NDArray[np.bool_] = passed == np.repeat(passed[starts], np.diff(np.append(starts, len(cells))))
    cells, asked, whole = cells[kept], leaf[kept].astype(np.int32), whole[kept]
    candidates = np.searchsorted(cells, np.append(borders, cell_count)).astype(np.int64)
    answers[borders] = -2 - np.arange(len(borders), dtype=np.int32)
    bounds = np.repeat(_bounds(tables, borders), np.diff(candidates), axis=0)
    counts, crossings = np.zeros(len(asked), dtype=np.int64), np.zeros(len(asked), dtype=np.int8)
    band_edges(edges, edges_of, asked, bounds, whole, crossings, counts, counts, np.empty((0, 4)))
    edges_from = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    banded = np.empty((max(int(edges_from[-1]), 1), 4))
    band_edges(edges, edges_of, asked, bounds, whole, crossings, counts, edges_from, banded)
    return tables._replace(
        answers=answers, candidates=candidates, leaf=asked, whole=whole, crossings=crossings,
        edges_from=edges_from, edges=banded,
    )  # fmt: skip


def _whole_cells(tables: Tables, leaves: Leaves, touched: NDArray[np.bool_]) -> Ints:
    """Answers for hexagons that no edge touches: those side by side in a row have the same, so one of them is asked."""
    row_starts = np.zeros(len(touched), dtype=np.bool_)
    for offset, (width, height) in zip(tables.offset, tables.size, strict=True):
        row_starts[offset : offset + width * height : width] = True
    run_starts = ~touched & (row_starts | np.concatenate([[True], touched[:-1]]))
    first = np.flatnonzero(run_starts)
    answers = np.full(len(touched), NONE, dtype=np.int32)
    if len(first):
        asked = leaves.lowest_code(*_middles(tables, first))
        answers = asked[np.maximum(np.cumsum(run_starts) - 1, 0)]
    answers[touched] = NONE
    return np.ascontiguousarray(answers, dtype=np.int32)


def _places(tables: Tables, cells: Longs, ahead: float, towards: float) -> tuple[Floats, Floats]:
    """Degrees of a place in each hexagon: its middle plus so much of x and y, lattice steps."""
    lon, lat = np.empty(len(cells)), np.empty(len(cells))
    face_of = np.searchsorted(tables.offset, cells, side="right") - 1
    for face in range(len(tables.centres)):
        here = face_of == face
        row, column = np.divmod(cells[here] - tables.offset[face], tables.size[face, 0])
        i, j = column + tables.first[face, 0], row + tables.first[face, 1]
        x, y = i - j / 2.0 + ahead, j * np.sqrt(0.75) + towards
        lon[here], lat[here] = to_degrees(x, y, tables.centres[face], tables.axes[face])
    return lon, lat


def _middles(tables: Tables, cells: Longs) -> tuple[Floats, Floats]:
    return _places(tables, cells, 0.0, 0.0)


def _bounds(tables: Tables, cells: Longs) -> Floats:
    """A box in degrees around each hexagon: its corners and a tenth more, which covers the bend of its sides."""
    angles = np.radians(30.0 + 60.0 * np.arange(6))
    radius = 1.1 / np.sqrt(3.0)
    corners = [_places(tables, cells, radius * np.cos(angle), radius * np.sin(angle)) for angle in angles]
    lon, lat = np.array([corner[0] for corner in corners]), np.array([corner[1] for corner in corners])
    return np.column_stack([lon.min(axis=0), lat.min(axis=0), lon.max(axis=0), lat.max(axis=0)])
