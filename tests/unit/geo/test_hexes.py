"""Hexagons hold each row once, whatever their size."""

from collections import Counter

import h3.api.numpy_int as h3
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import GridIndex, GridSystem
from geo.dissolve import union
from geo.errors import CoordinatesInvalid
from geo.hexes import bin_cells, bin_points, cell_shapes, clipped_shapes, coarser

FINE = 12


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=30), st.integers(0, 15), st.data())
def test_coarser_is_what_h3_says(places: list[tuple[float, float]], fine: int, data: st.DataObject) -> None:
    resolution = data.draw(st.integers(0, fine))
    cells = [h3.latlng_to_cell(lat, lon, fine) for lon, lat in places]
    expected = [h3.cell_to_parent(cell, resolution) for cell in cells]
    assert coarser(np.array([*cells, 0], dtype=np.uint64), resolution).tolist() == [*expected, 0]


def test_pentagons_have_parents_too() -> None:
    for fine in (3, 8, 15):
        cells = h3.get_pentagons(fine)
        for resolution in range(fine + 1):
            expected = [h3.cell_to_parent(int(cell), resolution) for cell in cells]
            assert coarser(cells, resolution).tolist() == expected


def test_cells_that_are_too_coarse_and_resolutions_there_are_not() -> None:
    cells = np.array([h3.latlng_to_cell(31.9, 120.2, 9), h3.latlng_to_cell(31.9, 120.2, 5)], dtype=np.uint64)
    with pytest.raises(CoordinatesInvalid) as caught:
        coarser(cells, 7)
    assert caught.value.values["position"] == 1
    for resolution in (-1, 16):
        with pytest.raises(ValueError, match="resolution"):
            coarser(cells, resolution)


def test_counts_against_a_slow_computation_with_equal_totals(demo_system: GridSystem) -> None:
    rng = np.random.default_rng(7)
    west, south, east, north = demo_system.leaves.total_bounds
    lon, lat = rng.uniform(west, east, 5000), rng.uniform(south, north, 5000)
    leaves = GridIndex(demo_system).assign(lon, lat)
    on_time = rng.integers(0, 2, 5000)
    stored = np.array([h3.latlng_to_cell(y, x, FINE) for x, y in zip(lon, lat, strict=True)], dtype=np.uint64)
    stored[:37] = 0
    for resolution in (0, 5, 7, 8, 9, 10, FINE):
        bins = bin_cells(stored, resolution, leaves=leaves, values={"on_time": on_time})
        rows = [(int(cell), int(good)) for cell, leaf, good in zip(stored, leaves, on_time, strict=True)
                if cell and leaf >= 0]  # fmt: skip
        counts = Counter(h3.cell_to_parent(cell, resolution) for cell, _ in rows)
        goods = Counter(h3.cell_to_parent(cell, resolution) for cell, good in rows if good)
        assert dict(zip(bins.cells.tolist(), bins.counts.tolist(), strict=True)) == counts
        assert dict(zip(bins.cells.tolist(), bins.sums["on_time"].tolist(), strict=True)) == {
            cell: goods[cell] for cell in counts
        }
        assert (np.diff(bins.cells.astype(np.float64)) > 0).all()
        assert bins.missing == 37
        assert bins.outside == int((leaves[37:] < 0).sum())
        assert bins.total == 5000
        assert bins.sums["on_time"].sum() + bins.outside_sums["on_time"] == on_time.sum()


def test_points_go_where_their_cells_go() -> None:
    lon, lat = np.array([120.2, 120.2, 120.21]), np.array([31.9, 31.9, 31.9])
    bins = bin_points(lon, lat, 9, values={"hours": [1.0, 2.0, np.nan]})
    expected = Counter(h3.latlng_to_cell(y, x, 9) for x, y in zip(lon, lat, strict=True))
    assert dict(zip(bins.cells.tolist(), bins.counts.tolist(), strict=True)) == expected
    assert bins.sums["hours"].sum() == 3.0


def test_nothing_and_unequal_lengths(demo_system: GridSystem) -> None:
    bins = bin_cells([], 8, leaves=[], values={"x": []})
    assert (bins.total, len(bins.cells), bins.sums["x"].tolist()) == (0, 0, [])
    assert len(clipped_shapes([], demo_system)) == 0
    one = np.array([h3.latlng_to_cell(31.9, 120.2, 9)], dtype=np.uint64)
    with pytest.raises(CoordinatesInvalid, match="leaves"):
        bin_cells(one, 8, leaves=[0, 1])
    with pytest.raises(CoordinatesInvalid, match="late"):
        bin_cells(one, 8, values={"late": [0, 1]})


def test_cells_are_clipped_to_the_city(demo_system: GridSystem) -> None:
    outline = union(demo_system.levels[0].geometry.to_numpy())
    cells = h3.h3shape_to_cells_experimental(h3.geo_to_h3shape(shapely.convex_hull(outline)), 7, contain="overlap")
    cells = np.sort(np.array(cells, dtype=np.uint64))
    shapes = clipped_shapes(cells, demo_system)
    assert shapely.is_valid(shapes).all()
    assert set(shapely.get_type_id(shapes)) <= {shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON}
    # Together they are the city, and each is the city's part of its hexagon.
    assert shapely.area(shapes).sum() == pytest.approx(outline.area, rel=1e-9)
    expected = shapely.area(shapely.intersection(cell_shapes(cells), outline))
    assert shapely.area(shapes) == pytest.approx(expected, rel=1e-9, abs=1e-15)
    assert shapely.is_empty(shapes).any()
