"""The check of grid layers finds what was put wrong on purpose, and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo import GridSystem, check_borders, to_wgs84
from geo.check_borders import overlaps
from geo.checks import check
from geo.crs import from_wgs84
from geo.findings import KINDS, CheckReport
from geo.measure import area_m2
from geo.readers import read_layers

Layers = list[gpd.GeoDataFrame]


def moved(layer: gpd.GeoDataFrame, function: Callable[[np.ndarray], Any]) -> gpd.GeoDataFrame:
    shapes = shapely.transform(layer.geometry.values, lambda xy: np.column_stack(function(xy)))
    return layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))


def with_shape(layer: gpd.GeoDataFrame, code: str, shape: Any) -> gpd.GeoDataFrame:
    shapes = [shape if own == code else old for own, old in zip(layer["code"], layer.geometry, strict=True)]
    return layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))


def kinds(report: CheckReport) -> set[tuple[str, str, int | None]]:
    return {(finding.severity, finding.kind, finding.level) for finding in report.findings}


def shape_of(layers: Layers, level: int, code: str) -> shapely.Geometry:
    layer = layers[level - 1]
    return layer.geometry.values[layer["code"].tolist().index(code)]


def test_nothing_to_report(layers: Layers) -> None:
    report = check(layers, expect=[2, 4, 16], min_area_m2=0.01, reference=layers[0])
    assert report.findings == ()
    assert "2 / 4 / 16" in str(report)
    assert "nothing to report" in str(report)


def test_counts(layers: Layers) -> None:
    report = check(layers, expect=[17, 4, 15])
    assert [(finding.level, finding.measure) for finding in report.errors] == [(1, 15.0), (3, 1.0)]
    assert "17 were expected" in str(report)
    assert kinds(check(layers, expect=[2, 4])) == {("error", "count", None)}
    assert kinds(check([])) == {("error", "count", None)}
    assert ("error", "count", 3) in kinds(check([*layers[:2], layers[2].iloc[:0]]))


def test_codes(layers: Layers) -> None:
    leaves = layers[2].copy()
    leaves.loc[leaves.index[:4], "code"] = ["0100", "0100", None, "0303x"]
    leaves.loc[leaves.index[3:5], "parent"] = ["99", None]
    leaves.loc[leaves.index[5], "name"] = " "
    leaves = leaves[leaves["parent"] != "02"]
    report = check([*layers[:2], leaves])
    found = {(finding.kind, finding.codes) for finding in report.errors}
    assert {
        ("duplicate_code", ("0100",)), ("no_code", ("row 2",)), ("orphan", ("0303x",)), ("orphan", ("0100",)),
        ("no_children", ("02",)), ("no_name", ("0101",)),
    } <= found  # fmt: skip
    assert next(f for f in report.errors if f.kind == "duplicate_code").measure == 3
    missing = check([layers[0].drop(columns="name"), layers[1].drop(columns="parent")])
    assert {finding.kind for finding in missing.errors} == {"missing_column", "orphan", "no_children"}
    assert "code, geometry" in str(missing)


def test_geometry(layers: Layers) -> None:
    bowtie = shapely.Polygon([(120, 31), (120.01, 31.01), (120.01, 31), (120, 31.01)])
    leaves = with_shape(layers[2], "0000", bowtie)
    leaves = with_shape(with_shape(leaves, "0001", None), "0002", shapely.Point(120, 31))
    report = check([*layers[:2], leaves])
    assert {("error", "invalid_geometry", 3), ("error", "empty_geometry", 3), ("error", "not_a_polygon", 3)} <= kinds(
        report
    )
    assert "Self-intersection" in str(report)
    # What cannot be measured is not measured, the rest is.
    left = next(finding for finding in report.findings if finding.kind == "not_covered")
    assert left.codes == ("00",)
    assert left.measure == pytest.approx(area_m2(layers[2].geometry.values)[:3].sum(), rel=1e-6)


def test_overlaps_with_their_areas(layers: Layers) -> None:
    grown = shapely.union(shape_of(layers, 3, "0101"), shapely.box(120.01, 31.02, 120.012, 31.021))
    report = check([*layers[:2], with_shape(layers[2], "0101", grown)])
    assert kinds(report) == {("warning", "overlap", 3)}
    (finding,) = report.findings
    assert finding.codes == ("0101", "0102")
    assert finding.measure == pytest.approx(area_m2([shapely.box(120.01, 31.02, 120.012, 31.021)])[0], rel=1e-6)
    assert check([*layers[:2], with_shape(layers[2], "0101", grown)], min_area_m2=1e6).findings == ()
    twice = with_shape(layers[2], "0101", shape_of(layers, 3, "0102"))
    assert ("error", "overlap", 3) in kinds(check([*layers[:2], twice]))
    inner = with_shape(
        layers[2],
        "0101",
        shapely.union(shape_of(layers, 3, "0101"), shapely.buffer(shapely.Point(120.035, 31.035), 0.001)),
    )
    assert ("0101", "0303") in {f.codes for f in check([*layers[:2], inner]).findings if f.kind == "overlap"}


def test_many_of_one_polygon_are_one_finding() -> None:
    """A column of polygons filled down: pair by pair it would take hours."""
    shape = shapely.box(120.0, 31.0, 120.01, 31.01)
    turned = shapely.Polygon([*shape.exterior.coords[2:], *shape.exterior.coords[1:3]])
    shapes = np.array([shape, turned] * 2_500, dtype=object)
    (finding,) = overlaps(1, [str(at) for at in range(len(shapes))], shapes, 100.0)
    assert (finding.severity, finding.kind, len(finding.codes)) == ("error", "overlap", 5_000)
    assert finding.message.startswith("0, 1, 2, 3, 4, 5 and 4,994 more are one and the same polygon of ")


def test_what_lies_upon_each_other_everywhere_is_measured_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_borders, "_PAIRS_AT_LEAST", 100)
    monkeypatch.setattr(check_borders, "_PAIRS_OF_A_GRID", 1)
    shapes = np.array([shapely.box(120.0, 31.0, 120.01 + at * 1e-6, 31.01) for at in range(60)], dtype=object)
    *pairs, bound = overlaps(1, [str(at) for at in range(60)], shapes, 100.0)
    assert (len(pairs), bound.severity) == (100, "error")
    assert "only the first 100 pairs were measured" in bound.message


def test_polygons_that_are_almost_the_same_are_not_all_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """What looks along borders for faults takes a time that is quadratic in their number."""
    asked: list[int] = []
    look = shapely.coverage_invalid_edges
    monkeypatch.setattr(shapely, "coverage_invalid_edges", lambda shapes: asked.append(len(shapes)) or look(shapes))
    monkeypatch.setattr(check_borders, "_WORK_AT_LEAST", 4_000)
    monkeypatch.setattr(check_borders, "_WORK_OF_A_VERTEX", 1)
    circle = shapely.buffer(shapely.Point(120.0, 31.0), 0.01, quad_segs=2)
    shapes = np.array([shapely.transform(circle, lambda xy, at=at: xy + at * 1e-8) for at in range(100)], dtype=object)
    *pairs, bound = overlaps(1, [str(at) for at in range(100)], shapes, 100.0)
    # Nine points each, of both of a pair.
    assert (asked, len(pairs)) == ([], 4_000 // 18)
    assert (bound.severity, bound.kind) == ("error", "overlap")
    assert "only the first 222 pairs were measured: several layers" in bound.message


def test_boxes_that_meet_everywhere_are_no_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_borders, "_PAIRS_AT_LEAST", 100)
    monkeypatch.setattr(check_borders, "_PAIRS_OF_A_GRID", 1)
    slanted = [
        ((x, 31.0), (x + 1e-4, 31.0), (x + 0.0101, 31.01), (x + 0.01, 31.01)) for x in np.arange(60) * 1e-4 + 120
    ]
    (bound,) = overlaps(1, [str(at) for at in range(60)], np.array(shapely.polygons(slanted)), 100.0)
    assert (bound.severity, bound.kind) == ("warning", "overlap")
    assert bound.message.startswith("the boxes around the grids meet in so many places")


def test_gaps_with_their_areas(layers: Layers) -> None:
    hole = shapely.box(120.018, 31.018, 120.02, 31.02)
    pierced = with_shape(layers[2], "0101", shapely.difference(shape_of(layers, 3, "0101"), hole))
    report = check([*layers[:2], pierced])
    assert kinds(report) == {("warning", "gap", 3), ("warning", "not_covered", 2)}
    gap = next(finding for finding in report.findings if finding.kind == "gap")
    assert gap.measure == pytest.approx(area_m2([hole])[0], rel=1e-6)
    assert set(gap.codes) == {"0101", "0102", "0201", "0202"}
    # A lake that no level covers is a gap of the first level only.
    lake = shapely.box(120.022, 31.012, 120.025, 31.015)
    cut = [layer.set_geometry(layer.geometry.difference(lake)) for layer in layers]
    assert kinds(check(cut)) == {("warning", "gap", 1)}


def test_outside_the_parent(layers: Layers) -> None:
    # 0000 is declared a child of 03, far from it.
    leaves = layers[2].copy()
    leaves.loc[leaves["code"] == "0000", "parent"] = "03"
    report = check([*layers[:2], leaves])
    assert kinds(report) == {("error", "outside_parent", 3), ("warning", "not_covered", 2)}
    (finding,) = report.errors
    assert finding.codes == ("0000",)
    assert finding.measure == pytest.approx(area_m2([shape_of(layers, 3, "0000")])[0], rel=1e-6)
    assert "100.0%" in finding.message
    shifted_border = with_shape(layers[1], "00", shapely.box(120, 31, 120.008, 31.04))
    some = check([layers[0], shifted_border, layers[2]])
    assert ("warning", "outside_parent", 3) in kinds(some)
    assert not some.errors


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_a_level_in_another_system(layers: Layers, level: int, system: str) -> None:
    other = [
        moved(layer, lambda xy: from_wgs84(xy[:, 0], xy[:, 1], target=system)) if at == level else layer
        for at, layer in enumerate(layers, start=1)
    ]
    report = check(other)
    found = [finding for finding in report.errors if finding.kind == "coordinate_system"]
    assert {finding.level for finding in found} == {max(level, 2), min(level + 1, 3)}
    name = {"gcj02": "GCJ-02", "bd09": "BD-09"}[system]
    assert all(name in finding.message and "WGS 84" in finding.message for finding in found)
    assert report.findings[0].kind == "coordinate_system"
    # The consequences are not told, only the cause.
    assert {finding.kind for finding in report.findings} == {"coordinate_system"}


def test_a_level_that_was_converted_though_it_was_wgs84(layers: Layers) -> None:
    report = check([layers[0], layers[1], moved(layers[2], lambda xy: to_wgs84(xy[:, 0], xy[:, 1]))])
    assert "WGS 84 lies beside GCJ-02" in str(report)


def test_a_reference_in_another_system(layers: Layers) -> None:
    outline = shapely.union_all(layers[0].geometry.values)
    shifted = moved(layers[0], lambda xy: from_wgs84(xy[:, 0], xy[:, 1]))
    assert kinds(check(layers[:1], reference=shifted)) == {("error", "coordinate_system", 1)}
    larger = shapely.union(outline, shapely.box(120.04, 31.0, 120.041, 31.001))
    report = check(layers[:1], reference=larger)
    assert kinds(report) == {("warning", "not_covered", 1)}
    smaller = shapely.difference(outline, shapely.box(120.039, 31.0, 120.04, 31.001))
    assert kinds(check(layers[:1], reference=gpd.GeoSeries([smaller], crs="EPSG:4326"))) == {
        ("warning", "outside_reference", 1)
    }


def test_a_shift_that_no_system_explains(layers: Layers) -> None:
    report = check([layers[0], layers[1], moved(layers[2], lambda xy: (xy[:, 0] - 0.003, xy[:, 1]))])
    assert kinds(report) == {("error", "shifted", 3)}
    assert "to the west of level 2" in str(report)
    far = check(
        [
            moved(layer, lambda xy, n=n: (xy[:, 0] - 194, xy[:, 1] + 9.7 + (n == 2) * 0.004))
            for n, layer in enumerate(layers)
        ]
    )
    assert kinds(far) == {("error", "shifted", 3)}


@pytest.mark.parametrize("west", [120.0, -74.0])
def test_swapped_axes(make_squares: Callable[..., Layers], west: float) -> None:
    layers = make_squares(west=west)
    swapped = moved(layers[2], lambda xy: (xy[:, 1], xy[:, 0]))
    report = check([layers[0], layers[1], swapped])
    assert "level 3: " in str(report.errors[0])
    assert "look swapped" in str(report)
    assert report.findings[0].kind == "coordinate_system"


def test_metres_without_a_system(layers: Layers) -> None:
    metres = layers[2].to_crs("EPSG:4549").set_crs(None, allow_override=True)
    report = check([*layers[:2], metres])
    assert kinds(report) == {("error", "coordinate_system", 3)}
    claims = metres.set_crs("EPSG:4326")
    assert ("error", "coordinate_system", 3) in kinds(check([*layers[:2], claims]))


def test_worst_first_and_long_lists_cut(make_squares: Callable[..., Layers]) -> None:
    layers = make_squares(size=10)
    leaves = layers[2].assign(parent="x")
    report = check([*layers[:2], leaves], expect=[2, 10, 100])
    order = [("error", "warning", "note").index(finding.severity) for finding in report.findings]
    assert order == sorted(order)
    orphans = [finding for finding in report.errors if finding.kind == "orphan"]
    assert len(orphans) == 100
    assert "80 more of the kind orphan" in str(report)
    assert {finding.kind for finding in report.findings} <= set(KINDS)


def test_no_errors_means_it_can_be_built(layers: Layers, shuffled: Callable[[Layers, int], Layers]) -> None:
    copies = [layer.copy() for layer in layers]
    rows = shuffled(layers, 1)
    assert not check(rows).errors
    GridSystem.build(rows)
    assert all(layer.equals(copy) for layer, copy in zip(layers, copies, strict=True))


@pytest.mark.timeout(170)
def test_new_york(nyc_files: dict[str, Path]) -> None:
    report = check(read_layers(list(nyc_files.values())), expect=[5, 262, 2325])
    assert not report.errors
    # Marble Hill lies on the mainland, and belongs to Manhattan.
    assert any(finding.kind == "outside_parent" and finding.codes == ("BX0802",) for finding in report.warnings)
