"""The demo city: counts, area, coverage, nesting, names, and that a seed gives one city only."""

from itertools import pairwise

import numpy as np
import pytest
import shapely

from data.demo.city import POPULATION, DemoCity, build_city, build_layers, read_table
from data.demo.outline import draw_outline
from data.demo.plane import Warp


def geometry(city: DemoCity, level: int) -> np.ndarray:
    return city.system.levels[level - 1].geometry.to_numpy()


def segments(shape) -> set[tuple[float, ...]]:
    """Border segments, each once, whatever its direction."""
    found = set()
    for ring in [r for part in shapely.get_parts(shape) for r in (part.exterior, *part.interiors)]:
        points = shapely.get_coordinates(ring).tolist()
        found ^= {(*min(a, b), *max(a, b)) for a, b in pairwise(points)}
    return found


def test_counts_and_names(city: DemoCity) -> None:
    towns, villages, leaves = city.system.levels
    assert [len(level) for level in city.system.levels] == [17, 271, 1557]
    assert towns.set_index("code")["name"].to_dict() == {row["code"]: row["name"] for row in read_table("towns.csv")}
    assert villages["parent"].value_counts().to_dict() == {
        row["code"]: int(row["villages"]) for row in read_table("towns.csv")
    }
    assert (villages["code"].str[:9] == villages["parent"]).all()
    assert (leaves["code"].str[:12] == leaves["parent"]).all()
    assert leaves["code"].str.fullmatch(r"\d{15}").all()
    assert "文定社区第3网格" in set(leaves["name"])
    assert leaves["name"].str.fullmatch(r".+(社区|村)第\d+网格").all()
    assert len(city.level_names) == city.system.depth
    assert set(city.names_en) == set(towns["code"])


def test_area_and_population(city: DemoCity) -> None:
    for level in city.system.levels:
        assert level["area_m2"].sum() == pytest.approx(988e6, rel=0.005)
        assert level["population"].sum() == POPULATION
    assert (city.system.leaves["population"] > 0).all()


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_level_is_a_valid_coverage_of_single_pieces(city: DemoCity, level: int) -> None:
    shapes = geometry(city, level)
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert (shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON).all()


def test_there_is_no_gap(city: DemoCity) -> None:
    whole = shapely.coverage_union_all(geometry(city, 3))
    parts = shapely.get_parts(whole)
    assert len(parts) == 1
    assert len(parts[0].interiors) == 0


@pytest.mark.parametrize("level", [1, 2])
def test_parents_have_exactly_the_borders_of_their_children(city: DemoCity, level: int) -> None:
    parents, children = city.system.levels[level - 1], city.system.levels[level]
    for code, shape in zip(parents["code"], parents.geometry, strict=True):
        inside = set()
        for child in children.geometry[(children["parent"] == code).to_numpy()]:
            inside ^= segments(child)
        assert segments(shape) == inside


def test_seats_lie_in_their_town(city: DemoCity) -> None:
    towns = city.system.levels[0].set_index("code").geometry
    assert len(city.seats) == 17
    for code, seat in city.seats.items():
        assert towns[code].contains(shapely.Point(seat)), code


def test_grids_are_smaller_near_the_seats(city: DemoCity) -> None:
    leaves = city.system.leaves
    middle = shapely.get_coordinates(shapely.centroid(geometry(city, 3)))
    seats = np.array(list(city.seats.values()))
    degrees = np.sqrt((((middle[:, None] - seats[None]) * (0.85, 1)) ** 2).sum(axis=2)).min(axis=1)
    area = leaves["area_m2"].to_numpy()
    assert np.median(area[degrees < 0.009]) * 2 < np.median(area[degrees > 0.03])


def test_borders_wind(city: DemoCity) -> None:
    vertices = shapely.get_num_coordinates(geometry(city, 3))
    assert 100_000 <= vertices.sum() <= 155_000
    # A straight-edged Voronoi cell turns left at every vertex; a winding border turns both ways about equally.
    left, turns = 0, 0
    for shape in shapely.orient_polygons(geometry(city, 3)[:200]):
        step = np.diff(shapely.get_coordinates(shape), axis=0)
        cross = step[:-1, 0] * step[1:, 1] - step[:-1, 1] * step[1:, 0]
        left, turns = left + int((cross > 0).sum()), turns + len(cross)
    assert left / turns < 0.7


def test_coordinates_have_seven_decimals(city: DemoCity) -> None:
    xy = shapely.get_coordinates(geometry(city, 3))
    assert (xy == np.round(xy, 7)).all()


def test_the_seed_decides(city: DemoCity) -> None:
    assert build_city().system.checksum == city.system.checksum


@pytest.mark.parametrize("seed", [1])
def test_another_seed_is_another_city_with_the_same_properties(city: DemoCity, seed: int) -> None:
    leaves = build_layers(seed)[2].geometry.to_numpy()
    assert len(leaves) == 1557
    assert shapely.coverage_is_valid(leaves)
    assert shapely.area(leaves).sum() == pytest.approx(shapely.area(geometry(city, 3)).sum(), rel=0.01)
    assert not shapely.equals_exact(shapely.union_all(leaves), shapely.union_all(geometry(city, 3)))


def test_warp_can_be_undone() -> None:
    warp = Warp.draw(np.random.default_rng(5), ((7000.0, 600.0), (1000.0, 90.0)))
    points = np.random.default_rng(6).uniform(-25_000, 25_000, (500, 2))
    assert np.abs(warp.apply(warp.undo(points)) - points).max() < 0.01


def test_the_north_is_a_river(city: DemoCity) -> None:
    outline = draw_outline(np.random.default_rng(city.seed))
    assert outline.city.is_valid
    assert outline.city.exterior.distance(shapely.Point(outline.river.coords[5])) < 1e-6
    assert shapely.get_coordinates(outline.river)[:, 1].min() > shapely.get_coordinates(outline.city)[:, 1].mean()
