"""Which system are coordinates in? Told where the data can tell, and said so where they cannot."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from geo import GridIndex, GridSystem
from geo.crs import from_wgs84, to_wgs84
from geo.errors import CoordinatesInvalid, CoordinateSystemUnknown
from geo.locate import Location, locate_points, locator
from geo.locate_layers import locate_layers

Floats = NDArray[np.float64]
City = tuple[GridSystem, GridIndex]


@pytest.fixture(scope="module")
def city(demo_system: GridSystem) -> City:
    return demo_system, GridIndex(demo_system)


def feed(city: City, count: int, seed: int, dirt: float = 0.03) -> tuple[Floats, Floats, Sequence[str]]:
    """Points where people live, each with the code of its leaf; a share of them lies anywhere around."""
    system, index = city
    rng = np.random.default_rng(seed)
    people = system.leaves["population"].to_numpy(float)
    leaf = rng.choice(len(people), count, p=people / people.sum())
    box = system.leaves.geometry.bounds.to_numpy()[leaf]
    lon, lat = np.empty(count), np.empty(count)
    left = np.arange(count)
    while len(left):
        lon[left] = rng.uniform(box[left, 0], box[left, 2])
        lat[left] = rng.uniform(box[left, 1], box[left, 3])
        left = left[index.assign(lon[left], lat[left]) != leaf[left]]
    wild = rng.random(count) < dirt
    west, south, east, north = system.leaves.total_bounds
    lon[wild] = rng.uniform(west - 0.3, east + 0.3, wild.sum())
    lat[wild] = rng.uniform(south - 0.3, north + 0.3, wild.sum())
    return lon, lat, system.leaves["code"].to_numpy()[leaf].tolist()


def test_the_shift_is_as_the_city_knows_it(demo_system: GridSystem) -> None:
    lon, lat = demo_system.leaves.total_bounds[:2]
    x, y = from_wgs84(lon, lat, target="gcj02")
    east, south = (x - lon) * 111_320 * np.cos(np.radians(lat)), (lat - y) * 111_000
    assert 440 < np.hypot(east, south) < 540
    assert east > 2 * south > 0


@pytest.mark.parametrize("true", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("claimed", ["wgs84", "gcj02", "bd09", "cgcs2000"])
@pytest.mark.parametrize("with_codes", [False, True])
def test_the_true_system_is_found(city: City, true: str, claimed: str, with_codes: bool) -> None:
    lon, lat, codes = feed(city, 100 if with_codes else 2_000, seed=1)
    x, y = from_wgs84(lon, lat, target=true)
    found = locate_points(x, y, city[0], claimed=claimed, codes=codes if with_codes else None, index=city[1])
    right = true == claimed or (true, claimed) == ("wgs84", "cgcs2000")
    assert found.verdict == ("as_claimed" if right else "other_system")
    assert found.suspicious is not right
    assert found.candidates[0].system == (claimed if right else true)
    assert not found.candidates[0].swapped
    assert found.confidence > 0.9
    assert (found.candidates[0].agreement_share is not None) is with_codes
    assert sum(one.probability for one in found.candidates) == pytest.approx(1)
    assert found.sentence in str(found)


@pytest.mark.parametrize("count", [3, 30, 300, 3_000])
@pytest.mark.parametrize("with_codes", [False, True])
def test_no_false_alarm_on_right_data(city: City, count: int, with_codes: bool) -> None:
    rounds = 30 if count < 3_000 else 8
    verdicts = []
    for seed in range(rounds):
        lon, lat, codes = feed(city, count, seed)
        found = locate_points(lon, lat, city[0], codes=codes if with_codes else None, index=city[1])
        verdicts.append(found.verdict)
    assert set(verdicts) <= {"as_claimed", "cannot_tell"}
    if count == 3_000 or (with_codes and count >= 30):
        assert set(verdicts) == {"as_claimed"}


def test_a_small_sample_of_the_wrong_system_is_never_called_right(city: City) -> None:
    for seed in range(20):
        lon, lat, codes = feed(city, 20, seed)
        x, y = from_wgs84(lon, lat, target="gcj02")
        assert locate_points(x, y, city[0], index=city[1]).verdict in ("cannot_tell", "other_system")
        assert locate_points(x, y, city[0], codes=codes, index=city[1]).verdict == "other_system"


def test_dirt_of_a_fifth_does_not_mislead(city: City) -> None:
    lon, lat, _ = feed(city, 4_000, seed=5, dirt=0.2)
    assert not locate_points(lon, lat, city[0], index=city[1]).suspicious
    found = locate_points(*from_wgs84(lon, lat, target="gcj02"), city[0], index=city[1])
    assert (found.verdict, found.candidates[0].system) == ("other_system", "gcj02")


def test_one_spot_said_a_thousand_times_is_one_witness(city: City) -> None:
    lon, lat, _ = feed(city, 5, seed=3, dirt=0.0)
    found = locate_points(np.tile(lon, 1000), np.tile(lat, 1000), city[0], index=city[1])
    assert (found.verdict, found.places) == ("cannot_tell", 5)


@pytest.mark.parametrize("count", [10, 1000])
def test_swapped_coordinates_are_told(city: City, count: int) -> None:
    lon, lat, _ = feed(city, count, seed=9)
    found = locate_points(lat, lon, city[0], index=city[1])
    assert found.verdict == "other_system"
    assert (found.candidates[0].system, found.candidates[0].swapped) == ("wgs84", True)
    assert "swapped" in found.sentence


def test_points_of_another_place(city: City) -> None:
    lon, lat, _ = feed(city, 200, seed=4)
    found = locate_points(lon + 1.0, lat, city[0], index=city[1])
    assert found.verdict == "none_fits"
    assert found.suspicious
    metres = locate_points(lon * 1e5, lat * 1e5, city[0], index=city[1])
    assert metres.verdict == "none_fits"


def test_points_that_lie_where_all_systems_agree(city: City) -> None:
    system, index = city
    middle = shapely.union_all(system.levels[0].geometry.values).centroid
    rng = np.random.default_rng(0)
    lon, lat = middle.x + rng.uniform(-0.01, 0.01, 3000), middle.y + rng.uniform(-0.01, 0.01, 3000)
    found = locate_points(lon, lat, system, index=index)
    assert found.verdict == "cannot_tell"
    assert "Cannot tell" in found.sentence


def test_empty_missing_and_bad_input(city: City) -> None:
    system, index = city
    for lon, lat in (([], []), ([np.nan, 120.2], [31.8, np.inf])):
        found = locate_points(lon, lat, system, index=index)
        assert (found.verdict, found.places, found.telling) == ("cannot_tell", 0, 0)
        assert str(found)
    with pytest.raises(CoordinatesInvalid):
        locate_points([120.2], [31.8, 31.9], system, index=index)
    with pytest.raises(CoordinateSystemUnknown):
        locate_points([120.2], [31.8], system, claimed="mars", index=index)


def test_unknown_codes_count_as_none(city: City) -> None:
    lon, lat, _ = feed(city, 50, seed=2)
    locate = locator(*city)
    with_unknown = locate(lon, lat, "wgs84", ["nonsense"] * 49 + [None])
    without = locate(lon, lat, "wgs84")
    assert [one.agreement_share for one in with_unknown.candidates] == [None] * 6
    assert with_unknown.verdict == without.verdict


def converted(layer: gpd.GeoDataFrame, target: str, codes: Sequence[str] | None = None) -> gpd.GeoDataFrame:
    shapes = shapely.transform(
        layer.geometry.values, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], target=target))
    )
    return gpd.GeoDataFrame({"code": list(layer["code"]) if codes is None else codes}, geometry=shapes)


@pytest.mark.parametrize("true", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("known_codes", [True, False])
def test_grid_layers(demo_system: GridSystem, true: str, known_codes: bool) -> None:
    villages = demo_system.levels[1]
    layer = converted(villages, true, None if known_codes else [f"x{at}" for at in range(len(villages))])
    found = locate_layers([layer], demo_system)
    assert found.verdict == ("as_claimed" if true == "wgs84" else "other_system")
    assert found.candidates[0].system == true
    assert found.candidates[0].offset_m == pytest.approx(0, abs=3)
    assert not locate_layers([layer], demo_system, claimed=true).suspicious


def test_grid_layers_redrawn_or_elsewhere(demo_system: GridSystem) -> None:
    villages = demo_system.levels[1]
    redrawn = villages.iloc[np.random.default_rng(1).permutation(len(villages))]
    shuffled = converted(redrawn, "wgs84", list(villages["code"]))
    assert locate_layers([shuffled], demo_system).verdict in ("cannot_tell", "none_fits")
    swapped = converted(villages, "gcj02")
    swapped = swapped.set_geometry(gpd.GeoSeries(shapely.transform(swapped.geometry.values, lambda xy: xy[:, ::-1])))
    found = locate_layers([swapped], demo_system)
    assert (found.verdict, found.candidates[0].swapped, found.candidates[0].system) == ("other_system", True, "gcj02")
    nothing: Location = locate_layers([], demo_system)
    assert (nothing.verdict, nothing.places) == ("cannot_tell", 0)


@pytest.mark.parametrize("known_codes", [True, False])
@pytest.mark.parametrize("twice", ["gcj02", "bd09"])
def test_grids_that_were_converted_twice_fit_none(demo_system: GridSystem, twice: str, known_codes: bool) -> None:
    leaves = demo_system.leaves.to_crs("EPSG:4326")
    moved = shapely.transform(
        leaves.geometry.to_numpy(), lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], source=twice))
    )
    codes = leaves["code"] if known_codes else [f"x{at}" for at in range(len(leaves))]
    layer = gpd.GeoDataFrame({"code": codes}, geometry=moved, crs="EPSG:4326")
    found = locate_layers([layer], demo_system)
    assert found.verdict == "none_fits"
    assert found.suspicious
    assert "same direction" in found.sentence
    # None of those tried is likely, the best of them neither.
    assert all(line.endswith(" -") for line in str(found).splitlines()[3:])


def test_redrawn_grids_are_no_shift(demo_system: GridSystem) -> None:
    random = np.random.default_rng(3)
    leaves = demo_system.leaves
    by = random.normal(0, 0.002, (len(leaves), 2))
    moved = [shapely.affinity.translate(shape, *step) for shape, step in zip(leaves.geometry, by, strict=True)]
    layer = gpd.GeoDataFrame({"code": leaves["code"]}, geometry=moved, crs="EPSG:4326")
    assert "same direction" not in locate_layers([layer], demo_system).sentence
