"""Checks of borders: overlaps, gaps, grids that stick out of their parents, parents left uncovered."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from geo.dissolve import union
from geo.findings import Finding, Severity
from geo.measure import Geometries, area_m2

# A grid that shares more than this with another, or lies outside its parent by more, is in the wrong place.
_MOST = 0.5
# Each grid of a city has some ten neighbours whose boxes touch its own; a file in which all lie upon all has millions
# of pairs.
_PAIRS_OF_A_GRID = 50
_PAIRS_AT_LEAST = 20_000
# The same in vertices: where borders lie upon each other, a pair costs by those of the smaller one.
_WORK_OF_A_VERTEX = 30
_WORK_AT_LEAST = 200_000
_ASKED_AT_ONCE = 64
_NAMED = 6


def overlaps(level: int, codes: Sequence[str], shapes: Geometries, min_area_m2: float) -> Iterator[Finding]:
    """Pairs of a level's valid polygons whose common area is at least `min_area_m2`.

    Polygons that are one and the same are named together, and the first stands for all. Where boxes of so many pairs
    meet that the level cannot be a partition of anything, the first ones are measured, and the finding says so.
    """
    shapes = np.asarray(shapes, dtype=object)
    first, groups = _alike(shapes)
    areas = area_m2(shapes[first])
    for at, area in zip(first, areas, strict=True):
        if at in groups and area >= min_area_m2:
            yield _same_polygon(level, [codes[other] for other in groups[at]], float(area))
    pairs, whole = _pairs(shapes[first])
    common = area_m2(shapely.intersection(shapes[first[pairs[:, 0]]], shapes[first[pairs[:, 1]]]))
    for (a, b), measure in zip(pairs[common >= min_area_m2], common[common >= min_area_m2], strict=True):
        share = measure / min(areas[a], areas[b])
        one, other = codes[first[a]], codes[first[b]]
        severity: Severity = "error" if share > _MOST else "warning"
        yield Finding(
            severity, "overlap", level, (one, other), float(measure),
            f"{one} and {other} overlap by {measure:,.0f} m2, {share:.1%} of the smaller one",
        )  # fmt: skip
    if not whole:
        told = f"in so many places that only the first {len(pairs):,} pairs were measured"
        if (common >= min_area_m2).any():
            told = f"the grids lie upon each other {told}: several layers in one file, perhaps"
            yield Finding("error", "overlap", level, (), None, told)
        else:
            yield Finding("warning", "overlap", level, (), None, f"the boxes around the grids meet {told}")


def _alike(shapes: Geometries) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Positions of polygons of which no two are the same, and all positions of those that others are the same as."""
    written = shapely.to_wkb(shapely.normalize(shapes))
    of: dict[bytes, list[int]] = {}
    for at, one in enumerate(written):
        of.setdefault(one, []).append(at)
    first = np.array([group[0] for group in of.values()], dtype=np.int64)
    return first, {group[0]: np.array(group) for group in of.values() if len(group) > 1}


def _same_polygon(level: int, codes: Sequence[str], area: float) -> Finding:
    if len(codes) == 2:
        told = f"{codes[0]} and {codes[1]} overlap by {area:,.0f} m2, 100.0% of the smaller one"
    else:
        more = f" and {len(codes) - _NAMED:,} more" if len(codes) > _NAMED else ""
        told = f"{', '.join(codes[:_NAMED])}{more} are one and the same polygon of {area:,.0f} m2"
    return Finding("error", "overlap", level, tuple(codes), area, told)


def _pairs(shapes: Geometries) -> tuple[np.ndarray, bool]:
    """Pairs of positions whose boxes meet and of which one breaks the coverage, and whether these are all."""
    pairs, whole = _meeting(shapes)
    if not whole:
        return pairs, False
    # In a valid coverage nothing overlaps; only polygons at its faults need a closer look.
    faulty = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))
    pairs = pairs[faulty[pairs].any(axis=1)]
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))], True


def _meeting(shapes: Geometries) -> tuple[np.ndarray, bool]:
    """Pairs of positions whose boxes meet, the lower one first, and whether these are all.

    What looks for faults along borders compares the vertices of each such pair, so it is these that are bounded.
    """
    vertices = shapely.get_num_coordinates(shapes)
    most = max(_PAIRS_AT_LEAST, _PAIRS_OF_A_GRID * len(shapes))
    most_work = max(_WORK_AT_LEAST, _WORK_OF_A_VERTEX * int(vertices.sum()))
    tree = shapely.STRtree(shapes)
    found, count, work = [np.empty((0, 2), dtype=np.int64)], 0, 0
    for begin in range(0, len(shapes), _ASKED_AT_ONCE):
        at, second = tree.query(shapes[begin : begin + _ASKED_AT_ONCE])
        pairs = np.column_stack([at + begin, second])[at + begin < second]
        spent = work + 2 * np.cumsum(vertices[pairs].min(axis=1))
        found.append(pairs[spent <= most_work])
        count += len(pairs)
        if count > most or (len(spent) and spent[-1] > most_work):
            return np.concatenate(found)[:most], False
        work = int(spent[-1]) if len(spent) else work
    return np.concatenate(found), True


def gaps(
    level: int,
    codes: Sequence[str],
    shapes: Geometries,
    whole: shapely.Geometry,
    above: shapely.Geometry | None,
    min_area_m2: float,
) -> Iterator[Finding]:
    """Holes of at least `min_area_m2` in a level, whose union is `whole`; with `above`, only those that it fills."""
    holes = _holes(whole)
    measures = area_m2(holes)
    wanted = measures >= min_area_m2
    holes, measures = holes[wanted], measures[wanted]
    if above is not None and len(holes):
        filled = area_m2(shapely.intersection(holes, above))
        real = filled >= min_area_m2
        holes, measures = holes[real], filled[real]
    tree = shapely.STRtree(shapes)
    for hole, measure in zip(holes, measures, strict=True):
        beside = sorted(codes[at] for at in tree.query(hole, predicate="intersects"))
        where = shapely.point_on_surface(hole)
        yield Finding(
            "warning", "gap", level, tuple(beside), float(measure),
            f"there is a gap of {measure:,.0f} m2 at {where.x:.5f}, {where.y:.5f}, between {', '.join(beside[:6])}",
        )  # fmt: skip


def outside_parents(
    level: int, codes: Sequence[str], shapes: Geometries, parents: Sequence[Any], min_area_m2: float
) -> Iterator[Finding]:
    """Children that stick out of their parent's polygon (None: not known) by at least `min_area_m2`."""
    known = np.array([at for at, parent in enumerate(parents) if parent is not None], dtype=np.int64)
    around = np.array([parents[at] for at in known], dtype=object)
    shapely.prepare(around)
    sticking = ~shapely.covers(around, shapes[known])
    for at, parent in zip(known[sticking], around[sticking], strict=True):
        child = shapes[at]
        measure = float(area_m2([shapely.difference(child, _near(parent, child))])[0])
        if measure < min_area_m2:
            continue
        share = measure / float(area_m2([child])[0])
        severity: Severity = "error" if share > _MOST else "warning"
        yield Finding(
            severity, "outside_parent", level, (codes[at],), measure,
            f"{codes[at]} lies outside its parent by {measure:,.0f} m2, {share:.1%} of its area",
        )  # fmt: skip


def not_covered(
    level: int, parents: Mapping[str, Any], children: Mapping[str, Geometries], min_area_m2: float
) -> Iterator[Finding]:
    """Parents of a level that their children leave uncovered by at least `min_area_m2`."""
    for code, parent in parents.items():
        if code not in children:
            continue
        left = shapely.difference(parent, union(children[code]))
        measure = float(area_m2([left])[0])
        if measure < min_area_m2:
            continue
        share = measure / float(area_m2([parent])[0])
        severity: Severity = "error" if share > _MOST else "warning"
        yield Finding(
            severity, "not_covered", level, (code,), measure,
            f"the children of {code} leave {measure:,.0f} m2 of it uncovered, {share:.1%} of its area",
        )  # fmt: skip


def against_reference(whole: shapely.Geometry, reference: shapely.Geometry, min_area_m2: float) -> Iterator[Finding]:
    """Where the union of the first level and the city's outline differ by at least `min_area_m2`."""
    for kind, part, told in (
        ("outside_reference", shapely.difference(whole, reference), "of the grids lie outside the city's outline"),
        ("not_covered", shapely.difference(reference, whole), "of the city's outline are in no grid"),
    ):
        measure = float(area_m2([part])[0])
        if measure >= min_area_m2:
            share = measure / float(area_m2([reference])[0])
            yield Finding("warning", kind, 1, (), measure, f"{measure:,.0f} m2 ({share:.1%}) {told}")


def _holes(whole: shapely.Geometry) -> Geometries:
    parts = shapely.get_parts(whole)
    rings = shapely.get_rings(parts[shapely.get_num_interior_rings(parts) > 0])
    exterior = shapely.get_exterior_ring(parts)
    inner = rings[~np.isin(shapely.to_wkb(rings), shapely.to_wkb(exterior))]
    return np.asarray(shapely.polygons(inner), dtype=object)


def _near(parent: shapely.Geometry, child: shapely.Geometry) -> shapely.Geometry:
    """The part of a parent around a child: subtracting it gives the same, but takes a small share of the time."""
    west, south, east, north = shapely.bounds(child)
    margin = (east - west + north - south) * 0.1
    part = shapely.clip_by_rect(parent, west - margin, south - margin, east + margin, north + margin)
    return part if shapely.is_valid(part) else parent
