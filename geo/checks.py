"""Are these layers a grid system, and a good one? Everything that is wrong at once, worst first; nothing is changed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo import check_borders
from geo.check_systems import shifted, swapped
from geo.codes import as_texts, blanks_around
from geo.dissolve import union
from geo.errors import GridsInvalid
from geo.findings import KINDS, CheckReport, Finding
from geo.grids import GridSystem
from geo.layers import could_be_degrees, findings_of, in_wgs84
from geo.measure import Geometries
from geo.visible import visible

__all__ = ["CheckReport", "Finding", "check"]

MIN_AREA_M2 = 100.0


@dataclass(frozen=True)
class _Layer:
    """A layer as far as it can be read: texts, geometry in degrees, and which rows have geometry to measure."""

    level: int
    codes: list[str]
    parents: list[str | None]
    shapes: Geometries
    usable: Any
    measured: Geometries

    @property
    def good_codes(self) -> list[str]:
        return [self.codes[at] for at in np.flatnonzero(self.usable)]

    @property
    def good_shapes(self) -> Geometries:
        return np.asarray(self.shapes[self.usable], dtype=object)

    @cached_property
    def whole(self) -> shapely.Geometry:
        """The union of the measurable shapes."""
        return union(self.good_shapes)

    def of_parents(self) -> dict[str, Geometries]:
        """The measurable shapes by parent's code."""
        rows: dict[str, list[int]] = {}
        for at in np.flatnonzero(self.usable):
            parent = self.parents[at]
            if parent is not None:
                rows.setdefault(parent, []).append(int(at))
        return {code: self.shapes[at] for code, at in rows.items()}


def check(
    layers: Sequence[gpd.GeoDataFrame],
    expect: Sequence[int] | None = None,
    min_area_m2: float = MIN_AREA_M2,
    reference: gpd.GeoDataFrame | gpd.GeoSeries | shapely.Geometry | None = None,
) -> CheckReport:
    """Check layers that are to become a grid system.

    Parameters
    ----------
    layers
        As for `GridSystem.build`, coarsest first; not changed.
    expect
        The number of grids each level should have, coarsest first.
    min_area_m2
        Overlaps, gaps and parts outside below this area are not reported.
    reference
        The city's outline, if known, in WGS 84 where it does not say otherwise.

    Returns
    -------
    CheckReport; with no errors in it, `GridSystem.build` will accept the layers.
    """
    findings: list[Finding] = []
    read: list[_Layer] = []
    for level, layer in enumerate(layers, start=1):
        findings += findings_of(layer)
        table, found = _read(layer, level)
        findings += found
        read.append(table)
    findings += _counts([len(layer) for layer in layers], expect)
    findings += [finding for above, table in zip([None, *read], read, strict=False) for finding in _codes(table, above)]
    outline = _outline(reference)
    astray = set()
    for table in read:
        others = [other.good_shapes for other in read if other is not table]
        found = list(swapped(table.level, table.measured, [*others, *([outline] if outline is not None else [])]))
        findings += found
        astray |= {table.level} if found else set()
    findings += _borders(read, outline, astray, min_area_m2)
    findings += _same_codes(read)
    if not any(finding.severity == "error" for finding in findings):
        findings += _refused(layers)
    return CheckReport.of(findings, [len(layer) for layer in layers])


def _read(layer: gpd.GeoDataFrame, level: int) -> tuple[_Layer, list[Finding]]:
    count = len(layer)
    needed = ("code", "name") if level == 1 else ("code", "name", "parent")
    columns = ", ".join(str(column) for column in layer.columns)
    found = [
        Finding("error", "missing_column", level, (), None, f"the column {column!r} is missing; there are {columns}")
        for column in needed
        if column not in layer.columns
    ]
    texts: dict[str, list[str | None]] = {
        column: as_texts(layer[column]) if column in layer.columns else [None] * count
        for column in ("code", "name", "parent")
    }
    for column in texts:
        blanks = blanks_around(layer[column]) if column in layer.columns else 0
        if blanks:
            told = f"{blanks:,} texts of column {column!r} have blanks around them, and are read without"
            found.append(Finding("note", "blanks", level, (), blanks, told))
    # Without a code a grid is told by its row.
    codes = [code or f"row {row}" for row, code in enumerate(texts["code"])]
    if "code" in layer.columns:
        found += [
            Finding("error", "no_code", level, (label,), None, f"the grid in {label} has no code")
            for label, code in zip(codes, texts["code"], strict=True)
            if code is None
        ]
    if "name" in layer.columns:
        found += [
            Finding("error", "no_name", level, (code,), None, f"{code} has no name")
            for code, name in zip(codes, texts["name"], strict=True)
            if name is None
        ]
    try:
        shapes = in_wgs84(layer, level)
    except GridsInvalid as error:
        message = error.message.removeprefix(f"level {level} ")
        found.append(Finding("error", "coordinate_system", level, (), None, f"it {message}"))
        none = np.full(count, None, dtype=object)
        return _Layer(level, codes, texts["parent"], none, np.zeros(count, bool), none), found
    unread = {code for finding in findings_of(layer) if finding.kind == "unreadable_geometry" for code in finding.codes}
    usable = np.ones(count, dtype=bool)
    possible = could_be_degrees(shapes)
    # Where most of a layer is no degrees, its system is wrong, not the grids.
    few = bool((~possible & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)).sum() * 2 < count)
    found += _shapes(level, codes, shapes, usable, unread, possible, few)
    measured = shapes[possible] if few else shapes
    return _Layer(level, codes, texts["parent"], shapes, usable, measured), found


def _shapes(
    level: int, codes: Sequence[str], shapes: Geometries, usable: Any, unread: set[str], possible: Any, few: bool
) -> list[Finding]:
    """Findings of single geometries; marks those that cannot be measured."""
    found = []
    kinds = shapely.get_type_id(shapes)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    polygonal = np.isin(kinds, [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON])
    with np.errstate(all="ignore"):
        # Coordinates may be anything, 1e300 too.
        reasons = shapely.is_valid_reason(shapes)
        invalid = ~empty & polygonal & possible & ~shapely.is_valid(shapes)
    # Their reader has said already why there is nothing.
    silent = empty & np.array([code in unread for code in codes], dtype=bool)
    far = ~empty & polygonal & ~possible if few else np.zeros(len(shapes), dtype=bool)
    for bad, kind, told in (
        (empty & ~silent, "empty_geometry", "{code} has no geometry"),
        (~empty & ~polygonal, "not_a_polygon", "{code} is a {shape}, not a polygon"),
        (far, "coordinates_out_of_range", "{code} has coordinates that are no longitudes and latitudes: {box}"),
        (invalid, "invalid_geometry", "{code} has invalid geometry: {reason}"),
    ):
        for at in np.flatnonzero(bad).tolist():
            shape = "" if shapes[at] is None else shapes[at].geom_type
            box = ", ".join(f"{edge:.6g}" for edge in shapely.bounds(shapes[at]))
            message = told.format(code=visible(codes[at]), shape=shape, reason=reasons[at], box=box)
            found.append(Finding("error", kind, level, (codes[at],), None, message))
    usable &= ~empty & polygonal & ~invalid & possible
    return found


def _codes(table: _Layer, above: _Layer | None) -> Iterator[Finding]:
    level = table.level
    for code, count in Counter(table.codes).items():
        if count > 1:
            told = f"code {visible(code)} stands there {count} times"
            yield Finding("error", "duplicate_code", level, (code,), count, told)
    if above is None:
        return
    known = set(above.codes)
    for code, parent in zip(table.codes, table.parents, strict=True):
        if parent not in known:
            told = (
                "names no parent"
                if parent is None
                else f"names the parent {visible(parent)}, which level {above.level} lacks"
            )
            yield Finding("error", "orphan", level, (code,), None, f"{visible(code)} {told}")
    named = set(table.parents)
    for code in above.codes:
        if code not in named:
            told = f"{visible(code)} has no grids on level {level}"
            yield Finding("error", "no_children", above.level, (code,), None, told)


def _same_codes(read: Sequence[_Layer]) -> Iterator[Finding]:
    """Codes that levels share: allowed, but who writes a bare code then says two grids."""
    for at, table in enumerate(read):
        for above in read[:at]:
            shared = sorted(set(table.codes) & set(above.codes))
            shared = [code for code in shared if not code.startswith("row ")]
            if shared:
                listed = ", ".join(visible(code) for code in shared[:6]) + (", …" if len(shared) > 6 else "")
                yield Finding(
                    "note", "same_code", table.level, tuple(shared), float(len(shared)),
                    f"{len(shared):,} codes stand on level {above.level}, too: {listed}; there a bare code names two "
                    "grids, so feeds had better give codes of one level",
                )  # fmt: skip


def _refused(layers: Sequence[gpd.GeoDataFrame]) -> list[Finding]:
    """What the import would refuse and no check above has found: one path for both, whatever comes."""
    try:
        GridSystem.build(layers)
    except GridsInvalid as error:
        reason = str(error.values.get("reason"))
        code, level = error.values.get("code"), error.values.get("level")
        kind = reason if reason in KINDS else "refused"
        message = error.message.removeprefix(f"level {level}: ")
        return [Finding("error", kind, level, (str(code),) if code is not None else (), None, message)]
    return []


def _counts(counts: Sequence[int], expect: Sequence[int] | None) -> Iterator[Finding]:
    for level, count in enumerate(counts, start=1):
        if not count:
            yield Finding("error", "count", level, (), None, "it has no grids")
    if not counts:
        yield Finding("error", "count", None, (), None, "there are no layers")
    if expect is None:
        return
    if len(expect) != len(counts):
        message = f"there are {len(counts)} levels, but {len(expect)} were expected"
        yield Finding("error", "count", None, (), float(abs(len(expect) - len(counts))), message)
    for level, (count, wanted) in enumerate(zip(counts, expect, strict=False), start=1):
        if count != wanted:
            message = f"it has {count:,} grids, but {wanted:,} were expected"
            yield Finding("error", "count", level, (), float(abs(count - wanted)), message)


def _borders(
    read: Sequence[_Layer], outline: Geometries | None, astray: set[int], min_area_m2: float
) -> Iterator[Finding]:
    for above, table in zip([None, *read], read, strict=False):
        if not table.usable.any() or table.level in astray:
            continue
        yield from check_borders.overlaps(table.level, table.good_codes, table.good_shapes, min_area_m2)
        nested = above is not None and above.usable.any() and above.level not in astray
        moved: list[Finding] = []
        if above is None and outline is not None:
            moved = list(shifted(table.level, [(outline[0], table.whole)], "the reference"))
            if not moved:
                yield from check_borders.against_reference(table.whole, outline[0], min_area_m2)
        elif above is not None and nested:
            moved = list(_shifted_against(above, table))
            if not moved:
                yield from _nesting(above, table, min_area_m2)
        yield from moved
        filling = above.whole if above is not None and nested and not moved else None
        yield from check_borders.gaps(
            table.level, table.good_codes, table.good_shapes, table.whole, filling, min_area_m2
        )


def _shifted_against(above: _Layer, table: _Layer) -> Iterator[Finding]:
    children = table.of_parents()
    pairs = [
        (shape, union(children[code]))
        for code, shape in zip(above.good_codes, above.good_shapes, strict=True)
        if code in children
    ]
    yield from shifted(table.level, pairs, f"level {above.level}")


def _nesting(above: _Layer, table: _Layer, min_area_m2: float) -> Iterator[Finding]:
    parents = dict(zip(above.good_codes, above.good_shapes, strict=True))
    of_children = [parents.get(table.parents[at] or "") for at in np.flatnonzero(table.usable)]
    yield from check_borders.outside_parents(table.level, table.good_codes, table.good_shapes, of_children, min_area_m2)
    yield from check_borders.not_covered(above.level, parents, table.of_parents(), min_area_m2)


def _outline(reference: Any) -> Geometries | None:
    if reference is None:
        return None
    if isinstance(reference, gpd.GeoDataFrame | gpd.GeoSeries):
        degrees = reference if reference.crs is None else reference.to_crs("EPSG:4326")
        reference = union(degrees.geometry.to_numpy())
    return np.array([reference], dtype=object)
