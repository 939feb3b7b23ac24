"""The index gives what testing every leaf with shapely gives, for every point there is."""

import csv
import threading
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo import GridIndex, GridSystem
from geo.errors import CoordinatesInvalid
from geo.readers import read_layers

Layers = list[gpd.GeoDataFrame]
SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "nyc_311_sample.csv"


def brute(system: GridSystem, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Every leaf asked, in the order of codes; the first one that covers the point has it."""
    found = np.full(len(lon), -1, dtype=np.int32)
    points = shapely.points(lon, lat)
    leaves = system.leaves
    for ordinal in sorted(range(len(leaves)), key=leaves["code"].tolist().__getitem__):
        asked = np.flatnonzero(found < 0)
        found[asked[shapely.covers(leaves.geometry.values[ordinal], points[asked])]] = ordinal
    return found


def assert_exact(system: GridSystem, index: GridIndex, lon: np.ndarray, lat: np.ndarray) -> None:
    found, expected = index.assign(lon, lat), brute(system, lon, lat)
    assert found.dtype == np.int32
    wrong = np.flatnonzero(found != expected)
    assert not len(wrong), [(lon[at], lat[at], found[at], expected[at]) for at in wrong[:5]]


def telling_points(system: GridSystem, random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Random points in and around, all vertices, all edge midpoints, and the nearest numbers beside both."""
    west, south, east, north = system.leaves.total_bounds
    margin = 0.1 * (east - west), 0.1 * (north - south)
    spread = np.column_stack([
        random.uniform(west - margin[0], east + margin[0], count),
        random.uniform(south - margin[1], north + margin[1], count),
    ])  # fmt: skip
    rings = shapely.get_rings(shapely.get_parts(system.leaves.geometry.values))
    vertices = np.unique(shapely.get_coordinates(rings), axis=0)
    middles = np.vstack([(xy[1:] + xy[:-1]) / 2 for xy in map(shapely.get_coordinates, rings)])
    on_borders = np.vstack([vertices, middles])
    beside = np.nextafter(on_borders, on_borders + random.choice([-1.0, 1.0], on_borders.shape))
    points = np.vstack([spread, on_borders, beside])
    return np.clip(points[:, 0], -180, 180), np.clip(points[:, 1], -90, 90)


def cut_city(seed: int, west: float, south: float, width: float, lines: int) -> Layers:
    """A city cut by random lines; leaves are one or more of the pieces, so have holes, parts, enclaves, slivers."""
    random = np.random.default_rng(seed)
    ends = random.uniform(-0.2, 1.2, (lines, 2, 2))
    # Some lines almost on top of others: slivers narrower than any cell.
    ends[lines // 2 :] = np.where(
        random.random((lines - lines // 2, 1, 1)) < 0.4,
        ends[: lines - lines // 2] + random.normal(0, 1e-6, (lines - lines // 2, 2, 2)),
        ends[lines // 2 :],
    )
    box = shapely.box(0, 0, 1, 1)
    noded = shapely.union_all([shapely.boundary(box), *shapely.intersection(shapely.linestrings(ends), box)])
    pieces = shapely.get_parts(shapely.polygonize([noded]))
    pieces = shapely.transform(pieces, lambda xy: np.array([west, south]) + width * xy)
    pieces = pieces[shapely.is_valid(pieces) & (shapely.area(pieces) > 0)]
    owner = random.integers(0, max(2, len(pieces) // 2), len(pieces))
    owner[random.random(len(pieces)) < 0.1] = -1  # gaps
    codes = np.unique(owner[owner >= 0])
    shapes = [shapely.union_all(pieces[owner == code]) for code in codes]
    good = [n for n, shape in enumerate(shapes) if shape.is_valid and shape.geom_type in ("Polygon", "MultiPolygon")]
    # A city with nothing left of it would test nothing.
    if not good:
        good, shapes = [0], [shapely.transform(box, lambda xy: np.array([west, south]) + width * xy)]
    leaf_codes = [str(code) for code in random.permutation(len(good)) + 8]
    parents = [str(random.integers(0, 3)) for _ in good]
    leaves = gpd.GeoDataFrame(
        {"code": leaf_codes, "name": leaf_codes, "parent": parents}, geometry=[shapes[n] for n in good], crs="EPSG:4326"
    )
    tops = sorted(set(parents))
    # The parents' own geometry is of no matter to the index.
    top = gpd.GeoDataFrame(
        {"code": tops, "name": tops}, geometry=[shapely.box(0, 0, 1, 1)] * len(tops), crs="EPSG:4326"
    )
    return [top, leaves]


def special_places() -> list[tuple[float, float]]:
    """Corners and edges of H3's icosahedron, where its faces and lattices meet."""
    corners = [h3.cell_to_latlng(cell) for cell in h3.get_pentagons(0)]
    return [(lon, lat) for lat, lon in corners if abs(lat) < 80] + [
        (120.3, 31.8),
        (0.0, 0.0),
        (-74.0, 40.7),
        (20.0, 78.0),
    ]


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    place=st.sampled_from(special_places()),
    width=st.sampled_from([1e-6, 1e-3, 0.02, 0.5, 4.0, 15.0]),
    lines=st.integers(1, 14),
)
def test_random_cities_equal_brute_force(seed: int, place: tuple[float, float], width: float, lines: int) -> None:
    west = min(max(place[0] - width / 3, -180.0), 180.0 - width)
    system = GridSystem.build(cut_city(seed, west, place[1] - width / 2, width, lines))
    lon, lat = telling_points(system, np.random.default_rng(seed), 400)
    assert_exact(system, GridIndex(system), lon, lat)


@pytest.mark.parametrize(
    ("west", "south", "width"), [(178.0, 10.0, 2.0), (-180.0, -30.0, 1.0), (30.0, 85.0, 5.0), (-60.0, -60.0, 100.0)]
)
def test_poles_date_line_and_continents(west: float, south: float, width: float) -> None:
    system = GridSystem.build(cut_city(11, west, south, width, 8))
    lon, lat = telling_points(system, np.random.default_rng(1), 500)
    assert_exact(system, GridIndex(system), lon, lat)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 12))
def test_overlapping_leaves_go_by_code(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    centres, sizes = random.uniform((120.0, 31.0), (120.2, 31.2), (count, 2)), random.uniform(0.001, 0.1, count)
    discs = shapely.buffer(shapely.points(centres), sizes, quad_segs=6)
    codes = [str(code) for code in random.permutation(count)]
    frame = gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=discs, crs="EPSG:4326")
    system = GridSystem.build([frame])
    lon, lat = telling_points(system, random, 1500)
    assert_exact(system, GridIndex(system), lon, lat)


def test_shared_borders_belong_to_the_lowest_code(layers: Layers) -> None:
    # The village 00 is declared to lie in the town of highest code, so ordinals and codes disagree.
    halves = layers[0].assign(code=["9", "1"])
    villages = layers[1].assign(parent=["9", "9", "1", "1"])
    system = GridSystem.build([halves, villages, layers[2]])
    assert system.leaves["code"].iloc[0] == "0200"
    index = GridIndex(system)
    middle = index.assign([120.02, 120.02, 120.0], [31.005, 31.01, 31.0])
    assert [system.leaves["code"].iloc[leaf] for leaf in middle] == ["0100", "0100", "0000"]
    lon, lat = telling_points(system, np.random.default_rng(0), 3000)
    assert_exact(system, index, lon, lat)


def test_slivers_holes_parts_and_enclaves() -> None:
    sliver = shapely.Polygon([(120.0, 31.0), (120.6, 31.3), (120.6, 31.3000001), (120.0, 31.0000001)])
    ring = shapely.box(120.1, 30.5, 120.5, 30.9) - shapely.box(120.2, 30.6, 120.4, 30.8)
    enclave = shapely.MultiPolygon([shapely.box(120.2, 30.6, 120.4, 30.8), shapely.box(121.0, 31.0, 121.00001, 31.5)])
    frame = gpd.GeoDataFrame(
        {"code": list("cba"), "name": list("cba")}, geometry=[sliver, ring, enclave], crs="EPSG:4326"
    )
    system = GridSystem.build([frame])
    random = np.random.default_rng(3)
    lon, lat = telling_points(system, random, 5000)
    along = random.uniform(0, 0.6, 4000)
    near = 31.0 + along / 2 + random.uniform(-1e-7, 2e-7, 4000)
    assert_exact(system, GridIndex(system), np.append(lon, 120.0 + along), np.append(lat, near))


def test_far_points_and_order_of_points(layers: Layers) -> None:
    system = GridSystem.build(layers)
    index = GridIndex(system)
    random = np.random.default_rng(9)
    lon, lat = random.uniform(-180, 180, 3000), random.uniform(-90, 90, 3000)
    assert (index.assign(lon, lat) == -1).all()
    assert index.assign([180.0, -180.0, 0.0, 0.0], [0.0, 0.0, 90.0, -90.0]).tolist() == [-1] * 4
    lon, lat = random.uniform(120, 120.04, 100_000), random.uniform(31, 31.04, 100_000)
    at_once = index.assign(lon, lat)
    assert np.array_equal(at_once, brute(system, lon, lat))
    order = random.permutation(len(lon))
    assert np.array_equal(index.assign(lon[order], lat[order]), at_once[order])
    for at in range(0, 100_000, 4999):
        assert index.assign(lon[at], lat[at]).tolist() == [at_once[at]]


def test_many_threads_at_once(layers: Layers) -> None:
    system = GridSystem.build(layers)
    index = GridIndex(system)
    random = np.random.default_rng(2)
    lon, lat = random.uniform(120, 120.04, 80_000), random.uniform(31, 31.04, 80_000)
    expected = index.assign(lon, lat)
    answers: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: answers.append(index.assign(lon, lat))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert all(np.array_equal(answer, expected) for answer in answers)


def test_kinds_of_input(layers: Layers) -> None:
    index = GridIndex(GridSystem.build(layers))
    assert index.assign([], []).shape == (0,)
    assert index.assign([], []).dtype == np.int32
    for lon, lat in (([120], [31]), (120, 31), (np.float32([120]), np.float32([31])), ((120,), (31,))):
        assert index.assign(lon, lat).tolist() == [0]
    strided = np.array([[120.005, 31.005], [120.015, 31.015]])
    assert index.assign(strided[:, 0], strided[:, 1]).tolist() == [0, 5]


@pytest.mark.parametrize(("west", "south"), [(120.0, 31.0), (150.0, 88.0)])
def test_impossible_points(make_squares: Callable[..., Layers], west: float, south: float) -> None:
    index = GridIndex(GridSystem.build(make_squares(west=west, south=south)))
    good_lon, good_lat = np.full(70_000, west), np.full(70_000, south)
    for at, lon, lat, hint in (
        (69_999, np.nan, 31.0, ""), (40_000, 120.0, np.inf, ""), (3, 120.0, 91.0, ""), (5, 31.0, 120.0, "swapped"),
        (0, -180.1, 31.0, ""), (66_000, 40544000.0, 3530000.0, "projected"),
    ):  # fmt: skip
        x, y = good_lon.copy(), good_lat.copy()
        x[at], y[at] = lon, lat
        x[-1], y[-1] = np.nan, np.nan  # the first one is named
        with pytest.raises(CoordinatesInvalid, match=f"position {at}") as caught:
            index.assign(x, y)
        assert caught.value.values["position"] == at
        assert caught.value.values["hint"] == hint or at == 69_999
    for lon, lat in (([120.0], [31.0, 31.0]), (["a"], [31.0]), ([None], [31.0]), ([True], [True])):
        with pytest.raises(CoordinatesInvalid):
            index.assign(lon, lat)


def between_faces() -> list[tuple[float, float]]:
    """Middles of edges of H3's icosahedron, where two of its faces meet."""
    corners = [h3.cell_to_latlng(cell) for cell in h3.get_pentagons(0)]
    units = shapely.points([[lon, lat] for lat, lon in corners])
    lon, lat = np.radians(shapely.get_x(units)), np.radians(shapely.get_y(units))
    vectors = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    pairs = [(a, b) for a in range(12) for b in range(a) if vectors[a] @ vectors[b] > 0.4]
    middles = np.array([vectors[a] + vectors[b] for a, b in pairs])
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    places = np.degrees(np.column_stack([np.arctan2(middles[:, 1], middles[:, 0]), np.arcsin(middles[:, 2])]))
    return [(float(lon), float(lat)) for lon, lat in places if abs(lat) < 75 and abs(lon) < 170]


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    place=st.sampled_from(between_faces()),
    width=st.sampled_from([1e-4, 0.01, 0.3, 6.0]),
)
def test_cities_across_an_edge_of_the_icosahedron(seed: int, place: tuple[float, float], width: float) -> None:
    system = GridSystem.build(cut_city(seed, place[0] - width / 2, place[1] - width / 2, width, 8))
    index = GridIndex(system)
    assert index._tables is not None
    # What is left of a tiny city may lie on one side only.
    assume(len(index._tables.planes) > 1)
    lon, lat = telling_points(system, np.random.default_rng(seed), 1000)
    assert_exact(system, index, lon, lat)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), place=st.sampled_from(special_places()), width=st.sampled_from([1e-3, 0.3, 5.0]))
def test_every_path_gives_the_same(
    seed: int, place: tuple[float, float], width: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    west = min(max(place[0] - width / 3, -170.0), 170.0)
    system = GridSystem.build(cut_city(seed, west, place[1] - width / 2, width, 7))
    folder = tmp_path_factory.mktemp("index")
    index, restored = GridIndex.load_or_build(system, folder), GridIndex.load_or_build(system, folder)
    random = np.random.default_rng(seed)
    lon, lat = telling_points(system, random, 70_000)
    at_once = index.assign(lon, lat)
    assert np.array_equal(restored.assign(lon, lat), at_once)
    assert np.array_equal(GridIndex(system).assign(lon, lat), at_once)
    cuts = np.sort(random.integers(0, len(lon), 9))
    parts = [index.assign(x, y) for x, y in zip(np.split(lon, cuts), np.split(lat, cuts), strict=True)]
    assert np.array_equal(np.concatenate(parts), at_once)
    some = np.append(random.integers(0, len(lon), 100), np.arange(70_000, min(len(lon), 70_300)))
    assert [restored.assign(lon[at], lat[at])[0] for at in some] == at_once[some].tolist()
    some = random.choice(len(lon), 1500, replace=False)
    assert np.array_equal(at_once[some], brute(system, lon[some], lat[some]))


def test_two_points_to_the_metre_of_a_long_border() -> None:
    # Thousands of vertices in one hexagon, and hexagons with nothing else: neither is lost.
    random = np.random.default_rng(8)
    angle = np.sort(random.uniform(0, 2 * np.pi, 5000))
    radius = 0.1 * (1 + 0.3 * np.sin(9 * angle)) + random.normal(0, 1e-5, 5000)
    coast = shapely.Polygon(np.column_stack([120 + radius * np.cos(angle), 31 + radius * np.sin(angle)]))
    tight = shapely.Point(120.3, 31.2).buffer(1e-7, quad_segs=500)
    frame = gpd.GeoDataFrame({"code": ["a", "b"], "name": ["a", "b"]}, geometry=[coast, tight], crs="EPSG:4326")
    assert frame.geometry.is_valid.all()
    system = GridSystem.build([frame])
    lon, lat = telling_points(system, random, 20_000)
    near = random.normal((120.3, 31.2), 1e-7, (5000, 2))
    assert_exact(system, GridIndex(system), np.append(lon, near[:, 0]), np.append(lat, near[:, 1]))


@pytest.fixture(scope="module")
def new_york(nyc_files: dict[str, Path]) -> GridSystem:
    return GridSystem.build(read_layers(list(nyc_files.values())))


@pytest.mark.timeout(170)
def test_new_york_equals_brute_force(new_york: GridSystem) -> None:
    index = GridIndex(new_york)
    lon, lat = telling_points(new_york, np.random.default_rng(4), 20_000)
    # All of the hard points would take brute force long; a tenth of them does as well.
    some = np.random.default_rng(5).choice(len(lon), 30_000, replace=False)
    points = shapely.points(lon[some], lat[some])
    at, leaf = shapely.STRtree(points).query(new_york.leaves.geometry.values, predicate="covers")[::-1]
    codes = new_york.leaves["code"].to_numpy()
    expected: dict[int, int] = {}
    for point, ordinal in zip(at.tolist(), leaf.tolist(), strict=True):
        if point not in expected or codes[ordinal] < codes[expected[point]]:
            expected[point] = ordinal
    assert index.assign(lon[some], lat[some]).tolist() == [expected.get(n, -1) for n in range(len(some))]


@pytest.mark.timeout(170)
def test_the_311_sample_lies_where_shapely_says(new_york: GridSystem) -> None:
    if not SAMPLE.exists():
        pytest.skip("the shared data is not beside the checkout")
    with SAMPLE.open(encoding="utf-8") as file:
        rows = [(row["Longitude"], row["Latitude"]) for row in csv.DictReader(file)]
    lon, lat = np.array([row for row in rows if all(row)], dtype=np.float64).T
    assert len(lon) > 100
    found = GridIndex(new_york).assign(lon, lat)
    assert np.array_equal(found, brute(new_york, lon, lat))
    assert (found >= 0).mean() > 0.95
