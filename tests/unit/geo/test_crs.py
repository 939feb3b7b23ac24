"""Coordinate systems against published pairs, the published box, and round trips."""

import json
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import to_wgs84
from geo.crs import CHINA_EAST, CHINA_NORTH, CHINA_SOUTH, CHINA_WEST, GAUSS_KRUGER_EPSG, from_gauss_kruger, from_wgs84
from geo.errors import CoordinatesInvalid, CoordinateSystemUnknown
from geo.measure import area_m2, metres_per_degree, to_equal_area

BOUNDARY = Path(__file__).parents[4] / "shared" / "data" / "jiangyin_boundary_gcj02.geojson"

# WGS 84 and GCJ-02 pairs that the open implementations of the formula publish as their tests.
PUBLISHED_GCJ02 = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),  # Shanghai
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),  # Shenzhen
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),  # Beijing
    ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
]
# GCJ-02 and BD-09.
PUBLISHED_BD09 = [((116.404, 39.915), (116.41036949371029, 39.92133699351021))]


@pytest.mark.parametrize(("wgs84", "gcj02"), PUBLISHED_GCJ02)
def test_gcj02_pairs(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert from_wgs84(*wgs84) == pytest.approx(gcj02, abs=1e-9)
    assert to_wgs84(*gcj02) == pytest.approx(wgs84, abs=1e-9)


@pytest.mark.parametrize(("gcj02", "bd09"), PUBLISHED_BD09)
def test_bd09_pairs(gcj02: tuple[float, float], bd09: tuple[float, float]) -> None:
    assert from_wgs84(*to_wgs84(*gcj02, source="gcj02"), target="bd09") == pytest.approx(bd09, abs=1e-9)
    assert to_wgs84(*bd09, source="bd09") == pytest.approx(to_wgs84(*gcj02, source="gcj02"), abs=1e-9)


@pytest.mark.parametrize("system", ["gcj02", "bd09", "wgs84", "cgcs2000"])
@settings(deadline=None)
@given(lon=st.floats(CHINA_WEST, CHINA_EAST), lat=st.floats(CHINA_SOUTH, CHINA_NORTH))
def test_round_trip_inside_the_whole_box(system: str, lon: float, lat: float) -> None:
    back = to_wgs84(*from_wgs84(lon, lat, target=system), source=system)
    assert back == pytest.approx((lon, lat), abs=1e-9)


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_round_trip_of_many(system: str) -> None:
    random = np.random.default_rng(7)
    lon, lat = random.uniform(73, 135, 50_000), random.uniform(18, 54, 50_000)
    there = from_wgs84(lon, lat, target=system)
    back = to_wgs84(*there, source=system)
    assert max(np.abs(back[0] - lon).max(), np.abs(back[1] - lat).max()) < 1e-9
    assert np.abs(there[0] - lon).max() > 0.001


@pytest.mark.parametrize("system", ["gcj02", "bd09", "wgs84", "cgcs2000"])
def test_alone_and_in_a_batch_the_same_digits(system: str) -> None:
    random = np.random.default_rng(3)
    lon, lat = random.uniform(60, 150, 100_003), random.uniform(-10, 65, 100_003)
    for convert in (from_wgs84, to_wgs84):
        x, y = convert(lon, lat, system)
        order = random.permutation(len(lon))
        again = convert(lon[order], lat[order], system)
        assert np.array_equal(again[0], x[order])
        assert np.array_equal(again[1], y[order])
        for at in random.integers(0, len(lon), 300).tolist():
            assert convert(float(lon[at]), float(lat[at]), system) == (x[at], y[at])
            assert convert(lon[at : at + 3], lat[at : at + 3], system)[1].tolist() == y[at : at + 3].tolist()
        upright = convert(lon[:100_000].reshape(2, -1).T, lat[:100_000].reshape(2, -1).T, system)[0]
        assert np.array_equal(upright.T.ravel(), x[:100_000])


def outside_china() -> st.SearchStrategy[tuple[float, float]]:
    # Farther than any shift reaches: nearer the rim a point inside may be meant, see to_wgs84.
    west_east = st.one_of(st.floats(-180, CHINA_WEST - 0.05), st.floats(CHINA_EAST + 0.05, 180))
    south_north = st.one_of(st.floats(-90, CHINA_SOUTH - 0.05), st.floats(CHINA_NORTH + 0.05, 90))
    return st.one_of(st.tuples(west_east, st.floats(-90, 90)), st.tuples(st.floats(-180, 180), south_north))


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
@settings(deadline=None)
@given(place=outside_china())
def test_identity_outside_china(system: str, place: tuple[float, float]) -> None:
    assert to_wgs84(*place, source=system) == place
    assert from_wgs84(*place, target=system) == place


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_rim_of_the_box_gives_an_answer_near_by(system: str) -> None:
    along = np.linspace(5, 50, 301)
    for offset in np.linspace(-0.02, 0.02, 41):
        for lon in (CHINA_WEST, CHINA_EAST):
            x, y = to_wgs84(np.full_like(along, lon + offset), along, source=system)
            assert np.hypot(x - lon - offset, y - along).max() < 0.03


def test_arrays_stay_as_they_were() -> None:
    lon, lat = np.array([120.3, -74.0]), np.array([31.9, 40.7])
    keep = lon.copy(), lat.copy()
    for system in ("wgs84", "gcj02", "bd09", "cgcs2000"):
        x, y = to_wgs84(lon, lat, source=system)
        assert not np.shares_memory(x, lon)
        assert not np.shares_memory(y, lat)
        assert (x[1], y[1]) == (-74.0, 40.7)
    assert np.array_equal(lon, keep[0])
    assert np.array_equal(lat, keep[1])


def test_empty_scalars_lists_and_shapes() -> None:
    assert [len(part) for part in to_wgs84([], [])] == [0, 0]
    lon, lat = to_wgs84(120, 31)
    assert isinstance(lon, float)
    assert isinstance(lat, float)
    assert to_wgs84([[120.0, 121.0]], [[31.0, 32.0]])[0].shape == (1, 2)


@pytest.mark.parametrize("name", ["wgs72", "", "gcj", None])
def test_unknown_system(name: str) -> None:
    with pytest.raises(CoordinateSystemUnknown, match=r"wgs84, gcj02, bd09, cgcs2000"):
        to_wgs84(120.0, 31.0, source=name)


def test_names_of_systems_are_forgiving() -> None:
    assert to_wgs84(120.0, 31.0, source="GCJ-02") == to_wgs84(120.0, 31.0, source="gcj02")


@pytest.mark.parametrize(
    ("lon", "lat", "position", "hint"),
    [
        ([120.0, np.nan], [31.0, 31.0], 1, ""),
        ([120.0, 120.0, np.inf], [31.0, 31.0, 31.0], 2, ""),
        ([31.9], [120.3], 0, "swapped"),
        ([181.0], [31.0], 0, ""),
        ([120.0, 40544000.0], [31.0, 3530000.0], 1, "projected"),
    ],
)
def test_impossible_coordinates(lon: list[float], lat: list[float], position: int, hint: str) -> None:
    with pytest.raises(CoordinatesInvalid, match=f"position {position}") as caught:
        to_wgs84(lon, lat)
    assert caught.value.values["position"] == position
    assert caught.value.values["hint"] == hint
    json.dumps(caught.value.values, allow_nan=False)


@pytest.mark.parametrize(
    ("lon", "lat"), [([1.0], [1.0, 2.0]), (["east"], [1.0]), ([None], [1.0]), ([True], [False]), ([1j], [1.0])]
)
def test_what_is_no_coordinates(lon: object, lat: object) -> None:
    with pytest.raises(CoordinatesInvalid):
        to_wgs84(lon, lat)


@settings(deadline=None)
@given(lon=st.floats(118.6, 121.4), lat=st.floats(20.0, 50.0))
def test_gauss_kruger_is_the_way_back_of_the_projection(lon: float, lat: float) -> None:
    for epsg in (4549, 4528):
        x, y = pyproj.Transformer.from_crs(4490, epsg, always_xy=True).transform(lon, lat)
        assert from_gauss_kruger(x, y, epsg) == pytest.approx((lon, lat), abs=1e-9)


@pytest.mark.parametrize("epsg", GAUSS_KRUGER_EPSG[::3])
def test_gauss_kruger_of_many_in_every_zone(epsg: int) -> None:
    random = np.random.default_rng(epsg)
    meridian = next(
        part.value for part in pyproj.CRS.from_epsg(epsg).coordinate_operation.params if "Longitude" in part.name
    )
    lon, lat = meridian + random.uniform(-4, 4, 40_000), random.uniform(0, 56, 40_000)
    x, y = pyproj.Transformer.from_crs(4490, epsg, always_xy=True).transform(lon, lat)
    found = from_gauss_kruger(x, y, epsg)
    assert max(np.abs(found[0] - lon).max(), np.abs(found[1] - lat).max()) < 1e-12
    for at in random.integers(0, len(lon), 20).tolist():
        assert from_gauss_kruger(x[at], y[at], epsg) == (found[0][at], found[1][at])


def test_gauss_kruger_refuses_other_codes_and_swapped_axes() -> None:
    with pytest.raises(CoordinateSystemUnknown, match="4491"):
        from_gauss_kruger(500000.0, 3530000.0, 32650)
    with pytest.raises(CoordinatesInvalid, match="position 1") as caught:
        from_gauss_kruger([500000.0, 3530000.0e3], [3530000.0, 500000.0], 4549)
    assert caught.value.values["epsg"] == 4549
    with pytest.raises(CoordinatesInvalid):
        from_gauss_kruger([np.nan], [3530000.0], 4549)


def test_jiangyin_has_its_published_area() -> None:
    if not BOUNDARY.exists():
        pytest.skip("the shared data is not beside the checkout")
    feature = json.loads(BOUNDARY.read_text(encoding="utf-8"))["features"][0]
    given_shape = shapely.geometry.shape(feature["geometry"])
    shape = shapely.transform(given_shape, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], source="gcj02")))
    assert area_m2([shape])[0] == pytest.approx(988e6, rel=0.01)
    # The city lies about 490 m from where its GCJ-02 coordinates would put it.
    offset = (given_shape.centroid.x - shape.centroid.x) * metres_per_degree(31.9)[0]
    assert 300 < offset < 600


@settings(deadline=None)
@given(lon=st.floats(-170, 170), lat=st.floats(-80, 80), width=st.floats(0.001, 0.05), height=st.floats(0.001, 0.05))
def test_area_equals_the_geodesic_one(lon: float, lat: float, width: float, height: float) -> None:
    # Fine edges: between far vertices a parallel is no geodesic.
    box = shapely.segmentize(shapely.box(lon, lat, lon + width, lat + height), 0.002)
    geodesic = abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(box)[0])
    assert area_m2([box])[0] == pytest.approx(geodesic, rel=1e-5, abs=0.5)
    assert shapely.area(to_equal_area([box], lat_0=lat))[0] == pytest.approx(geodesic, rel=1e-5, abs=0.5)


def test_area_of_nothing() -> None:
    areas = area_m2([shapely.Polygon(), None])
    assert areas[0] == 0.0
    assert np.isnan(areas[1])
    assert area_m2([]).shape == (0,)
