"""Placing against a small city of squares, point by point."""

from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import h3
import numpy as np
import pytest
from shapely import box

from data.errors import CommandCenterError
from data.incidents.model import Place, Report
from data.incidents.placing import place
from data.words import H3_RESOLUTION
from geo.crs import from_wgs84
from geo.grids import GridSystem
from geo.index import GridIndex

T0 = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
WEST, SOUTH, STEP = 120.20, 31.80, 0.01


@pytest.fixture(scope="module")
def system() -> GridSystem:
    """One town of 2 x 3 square leaves; the town has the code "x", as no leaf has."""
    squares = [box(WEST + i * STEP, SOUTH + j * STEP, WEST + (i + 1) * STEP, SOUTH + (j + 1) * STEP)
               for i in range(3) for j in range(2)]  # fmt: skip
    codes = [f"L{k}" for k in range(6)]
    leaves = gpd.GeoDataFrame({"code": codes, "name": codes, "parent": "x"}, geometry=squares, crs=4326)
    town = gpd.GeoDataFrame({"code": ["x"], "name": ["镇"]}, geometry=[leaves.union_all()], crs=4326)
    return GridSystem.build([town, leaves])


@pytest.fixture(scope="module")
def index(system: GridSystem) -> GridIndex:
    return GridIndex(system)


def report(**fields: Any) -> Report:
    return Report("s", "1", "", T0, **fields)


def center(code: str) -> tuple[float, float]:
    column, row = divmod(int(code[1]), 2)
    return WEST + (column + 0.5) * STEP, SOUTH + (row + 0.5) * STEP


def test_nothing_in_nothing_out(system: GridSystem, index: GridIndex) -> None:
    assert place([], system, index) == []


@pytest.mark.parametrize("name", ["wgs84", "gcj02", "bd09", "cgcs2000"])
def test_each_coordinate_system_ends_in_the_same_leaf(system: GridSystem, index: GridIndex, name: Any) -> None:
    lon, lat = center("L3")
    given = (lon, lat) if name == "wgs84" else from_wgs84(np.array([lon]), np.array([lat]), target=name)
    found = place([report(lon=float(np.ravel(given[0])[0]), lat=float(np.ravel(given[1])[0]), coordinate_system=name)],
                  system, index)[0]  # fmt: skip
    assert (found.leaf_code, found.placed_by) == ("L3", "coordinates")
    assert found.lon == pytest.approx(lon, abs=1e-8)
    assert found.h3 == int(h3.latlng_to_cell(found.lat, found.lon, H3_RESOLUTION), 16)


def test_coordinates_win_over_a_good_code(system: GridSystem, index: GridIndex) -> None:
    lon, lat = center("L0")
    found = place([report(lon=lon, lat=lat, grid_code="L5")], system, index)[0]
    assert (found.leaf_code, found.placed_by) == ("L0", "coordinates")


def test_a_leaf_code_places_what_coordinates_do_not(system: GridSystem, index: GridIndex) -> None:
    outside, without = place([report(lon=10.0, lat=50.0, grid_code="L4"), report(grid_code="L4")], system, index)
    assert (outside.leaf_code, outside.placed_by, outside.lon) == ("L4", "grid_code", 10.0)
    assert without == Place(None, None, None, outside.leaf, "L4", "grid_code")


@pytest.mark.parametrize("code", ["x", "L6", "", "l4", None])
def test_an_upper_or_unknown_code_leaves_it_unlocated(system: GridSystem, index: GridIndex, code: str | None) -> None:
    outside, without = place([report(lon=10.0, lat=50.0, grid_code=code), report(grid_code=code)], system, index)
    assert (outside.leaf, outside.leaf_code, outside.placed_by) == (-1, None, None)
    assert outside.h3 is not None
    area = "1:x" if code == "x" else None
    assert without == Place(None, None, None, -1, None, None, area)
    assert outside.area == area


def test_an_address_says_the_area_of_what_nothing_else_places() -> None:
    shapes = [box(WEST, SOUTH, WEST + STEP, SOUTH + STEP), box(WEST + STEP, SOUTH, WEST + 2 * STEP, SOUTH + STEP)]
    towns = gpd.GeoDataFrame({"code": ["a", "b"], "name": ["璜土镇", "华士镇"]}, geometry=shapes, crs=4326)
    leaves = gpd.GeoDataFrame(
        {"code": ["a1", "b1"], "name": ["1", "2"], "parent": ["a", "b"]}, geometry=shapes, crs=4326
    )
    city = GridSystem.build([towns, leaves])
    lon, lat = center("L0")
    reports = [
        report(address="江阴市华士镇1号"),
        report(address="江阴市华士镇1号", lon=10.0, lat=50.0),
        report(address="江阴市华士镇1号", lon=lon, lat=lat),
        report(address="江阴市华士镇1号", grid_code="a1"),
        report(address="江阴市华士镇1号", grid_code="a"),
        report(address="人民路1号"),
    ]
    found = place(reports, city, GridIndex(city))
    assert [(one.leaf, one.area) for one in found] == [
        (-1, "1:b"), (-1, "1:b"), (0, None), (0, None), (-1, "1:a"), (-1, None),
    ]  # fmt: skip


def test_many_mixed_are_each_as_if_alone(system: GridSystem, index: GridIndex) -> None:
    rng = np.random.default_rng(3)
    reports = []
    for _ in range(300):
        located = rng.random() < 0.8
        reports.append(
            report(
                lon=float(rng.uniform(WEST - STEP, WEST + 4 * STEP)) if located else None,
                lat=float(rng.uniform(SOUTH - STEP, SOUTH + 3 * STEP)) if located else None,
                coordinate_system=str(rng.choice(["wgs84", "gcj02", "bd09", "cgcs2000"])),
                grid_code=str(rng.choice(["L1", "L2", "x", "none"])) if rng.random() < 0.5 else None,
            )
        )
    together = place(reports, system, index)
    for one, alone in zip(together, (place([given], system, index)[0] for given in reports), strict=True):
        # An iterated inverse may end on the neighbouring float when others are converted along with it.
        assert one.lon == (None if alone.lon is None else pytest.approx(alone.lon, abs=1e-12))
        assert one.lat == (None if alone.lat is None else pytest.approx(alone.lat, abs=1e-12))
        assert (one.h3, one.leaf, one.leaf_code, one.placed_by, one.area) == (
            alone.h3, alone.leaf, alone.leaf_code, alone.placed_by, alone.area,
        )  # fmt: skip
    assert {one.placed_by for one in together} == {"coordinates", "grid_code", None}
    assert all(type(value) in (float, int, str, type(None)) for one in together for value in
               (one.lon, one.lat, one.h3, one.leaf, one.leaf_code))  # fmt: skip


def test_impossible_coordinates_are_an_error(system: GridSystem, index: GridIndex) -> None:
    with pytest.raises(CommandCenterError):
        place([report(lon=float("nan"), lat=31.0)], system, index)
