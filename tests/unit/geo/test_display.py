"""Outlines for the screen keep every grid, and keep shared borders shared."""

import json
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely

from dashboard.map.cached import Cached
from geo import GridSystem
from geo.display import DETAILS, display_geojson, display_shapes, label_points
from geo.errors import GridUnknown

Layers = list[gpd.GeoDataFrame]


def wavy(system_layers: Layers, scale: float = 1.0) -> Layers:
    """The same city with finely wound borders that neighbours share exactly."""

    def wind(xy: np.ndarray) -> np.ndarray:
        xy = np.round(xy, 9)  # either way along a border, the same points
        return xy + 0.0004 * scale * np.column_stack([np.sin(2000 / scale * xy[:, 1]), np.sin(1500 / scale * xy[:, 0])])

    leaves = system_layers[2]
    fine = shapely.transform(shapely.segmentize(leaves.geometry.values, 0.00005 * scale), wind)
    leaves = leaves.set_geometry(gpd.GeoSeries(fine, index=leaves.index, crs=leaves.crs))
    towns_of = dict(zip(system_layers[1]["code"], system_layers[1]["parent"], strict=True))
    levels = []
    for layer, owner in zip(system_layers[:2], (leaves["parent"].map(towns_of), leaves["parent"]), strict=True):
        shapes = [
            shapely.coverage_union_all(leaves.geometry.values[(owner == code).to_numpy()]) for code in layer["code"]
        ]
        levels.append(layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=leaves.crs)))
    return [*levels, leaves]


@pytest.fixture
def city(make_squares: Callable[..., Layers]) -> GridSystem:
    return GridSystem.build(wavy(make_squares(size=6, step=0.1), scale=10.0))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_geojson(city: GridSystem, level: int) -> None:
    document = json.loads(display_geojson(city, level))
    layer = city.levels[level - 1]
    assert document["type"] == "FeatureCollection"
    assert [feature["id"] for feature in document["features"]] == layer["code"].tolist()
    assert [feature["properties"] for feature in document["features"]] == [
        {"code": code, "name": name, "position": position}
        for position, (code, name) in enumerate(zip(layer["code"], layer["name"], strict=True))
    ]
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in document["features"]])
    coordinates = shapely.get_coordinates(shapes)
    assert np.array_equal(coordinates, np.round(coordinates, 5))
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert len(coordinates) < 0.7 * len(shapely.get_coordinates(layer.geometry.values))
    # About the same places as in full.
    assert shapely.hausdorff_distance(shapes, layer.geometry.values).max() < 0.001


def test_borders_of_children_and_parents_coincide(city: GridSystem) -> None:
    leaves = display_shapes(city, 3)
    for level in (1, 2):
        for grid, shape in zip(city.levels[level - 1].itertuples(), display_shapes(city, level), strict=True):
            assert shapely.equals(shapely.coverage_union_all(leaves[grid.lo : grid.hi]), shape)


def test_children_that_leave_parts_of_their_parents_uncovered_still_share_borders(
    make_squares: Callable[..., Layers],
) -> None:
    halves, columns, leaves = wavy(make_squares(size=6, step=0.1), scale=10.0)
    # A village with a lake in no grid, and a town with land in no village.
    columns, leaves = columns[columns["code"] != "05"], leaves[~leaves["code"].isin(["0101", "0102", "0300"])]
    leaves = leaves[leaves["parent"] != "05"]
    city = GridSystem.build([halves, columns, leaves])
    drawn = [display_shapes(city, level) for level in (1, 2, 3)]
    for layer, shapes in zip(city.levels, drawn, strict=True):
        assert shapely.coverage_is_valid(shapes)
        assert len(shapely.get_coordinates(shapes)) < 0.7 * len(shapely.get_coordinates(layer.geometry.values))
    for level in (1, 2):
        above = city.ancestors(level)[city.levels[level]["lo"].to_numpy()]
        parents = drawn[level - 1][above]
        # No child sticks out, and where it lies on its parent's border, it has no other vertices than that.
        assert shapely.covers(parents, drawn[level]).all()
    assert shapely.area(drawn[0]).sum() > shapely.area(drawn[1]).sum() > shapely.area(drawn[2]).sum()


@pytest.mark.parametrize("detail", [1, 2, 3])
def test_borders_coincide_at_every_detail(city: GridSystem, detail: int) -> None:
    leaves = display_shapes(city, 3, detail=detail)
    assert shapely.coverage_is_valid(leaves)
    for level in (1, 2):
        for grid, shape in zip(
            city.levels[level - 1].itertuples(), display_shapes(city, level, detail=detail), strict=True
        ):
            assert shapely.equals(shapely.coverage_union_all(leaves[grid.lo : grid.hi]), shape)


def test_each_detail_has_more_of_it(city: GridSystem) -> None:
    vertices = [len(shapely.get_coordinates(display_shapes(city, 3, detail=detail))) for detail in DETAILS]
    assert vertices == sorted(vertices)
    assert len(set(vertices)) == len(DETAILS)
    for detail in (0, 4):
        with pytest.raises(ValueError, match="detail"):
            display_geojson(city, 3, detail=detail)


def test_the_first_map_of_the_demo_city_is_light(demo_system: GridSystem) -> None:
    assert len(demo_system.leaves) == 1557
    first = Cached.of(display_geojson(demo_system, 3), "application/geo+json")
    assert len(first.compressed) <= 200_000
    shapes = display_shapes(demo_system, 3)
    assert shapely.coverage_is_valid(shapes)
    # Where the city fills a wall of 3,840 pixels, borders lie off by a third of a pixel on average, four at most.
    west, _, east, _ = demo_system.leaves.total_bounds
    pixel = (east - west) / 3840
    full = demo_system.leaves.geometry.values
    off = shapely.area(shapely.symmetric_difference(shapes, full)) / shapely.length(full)
    assert np.median(off) < 0.5 * pixel
    assert shapely.hausdorff_distance(shapes, full).max() < 4 * pixel


def test_names_are_escaped() -> None:
    frame = gpd.GeoDataFrame(
        {"code": ['a"b'], "name": ['城\\"\n镇']}, geometry=[shapely.box(120, 31, 121, 32)], crs="EPSG:4326"
    )
    feature = json.loads(display_geojson(GridSystem.build([frame]), 1))["features"][0]
    assert feature["properties"] == {"code": 'a"b', "name": '城\\"\n镇', "position": 0}
    assert "城" in display_geojson(GridSystem.build([frame]), 1).decode()


def test_tiny_and_thin_grids_are_not_lost() -> None:
    shapes = [
        shapely.box(120, 31, 120.7, 31.4),
        shapely.box(120.7, 31, 120.700002, 31.4),  # thinner than five decimals show
        shapely.box(121, 31, 121.000001, 31.000001),
        shapely.box(120, 32, 120.1, 32.1) - shapely.box(120.05, 32.05, 120.050001, 32.050001),
    ]
    frame = gpd.GeoDataFrame({"code": list("abcd"), "name": list("abcd")}, geometry=shapes, crs="EPSG:4326")
    drawn = display_shapes(GridSystem.build([frame]), 1)
    assert not shapely.is_empty(drawn).any()
    assert shapely.is_valid(drawn).all()
    assert (shapely.area(drawn) > 0).all()


def test_a_neighbourhood_of_tiny_grids(make_squares: Callable[..., Layers]) -> None:
    system = GridSystem.build(make_squares(step=0.00001))
    for level in (1, 2, 3):
        drawn = display_shapes(system, level)
        assert shapely.area(drawn).sum() == pytest.approx(0.00004**2, rel=1e-3)


def test_invalid_coverages_do_not_crash(make_squares: Callable[..., Layers]) -> None:
    layers = wavy(make_squares())
    random = np.random.default_rng(5)
    for level, layer in enumerate(layers):
        grown = shapely.buffer(layer.geometry.values, random.uniform(0.0, 0.003, len(layer)))
        layers[level] = layer.set_geometry(gpd.GeoSeries(grown, index=layer.index, crs=layer.crs))
    system = GridSystem.build(layers)
    for level in (1, 2, 3):
        drawn = display_shapes(system, level)
        assert len(drawn) == len(system.levels[level - 1])
        assert shapely.is_valid(drawn).all()
        assert not shapely.is_empty(drawn).any()


@pytest.mark.parametrize("level", [1, 2, 3])
def test_label_points(city: GridSystem, level: int) -> None:
    lon, lat = label_points(city, level)
    shapes = city.levels[level - 1].geometry.values
    points = shapely.points(lon, lat)
    assert shapely.contains_properly(shapes, points).all()
    # Well inside: as far from the border as a fair part of the grid's width.
    assert (shapely.distance(shapely.boundary(shapes), points) > 0.25 * np.sqrt(shapely.area(shapes) / 6)).all()


def test_label_of_a_grid_of_several_parts_with_holes() -> None:
    ring = shapely.box(120, 31, 120.9, 31.9) - shapely.box(120.1, 31.1, 120.8, 31.8)
    shapes = [shapely.union_all([shapely.box(110, 31, 110.01, 31.01), shapely.box(111, 31, 112, 32)]), ring]
    frame = gpd.GeoDataFrame({"code": list("ab"), "name": list("ab")}, geometry=shapes, crs="EPSG:4326")
    lon, lat = label_points(GridSystem.build([frame]), 1)
    assert (lon[0], lat[0]) == pytest.approx((111.5, 31.5), abs=0.1)
    assert shapely.intersects_xy(ring, lon[1], lat[1])


def test_levels_that_are_not_there(city: GridSystem) -> None:
    for call in (display_geojson, label_points):
        for level in (0, 4):
            with pytest.raises(GridUnknown):
                call(city, level)
