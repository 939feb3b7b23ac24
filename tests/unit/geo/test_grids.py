"""The grid system: order, slices, names, and what is refused."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import GridSystem
from geo.errors import GridsInvalid, GridUnknown

Layers = list[gpd.GeoDataFrame]


def random_tree(shape: list[list[int]], codes: list[str]) -> Layers:
    """Layers of a tree: `shape[k][n]` children of the n-th grid of level k; geometry does not matter here."""
    layers: Layers = []
    above: list[str] = [""]
    for counts in shape:
        parents = [parent for parent, count in zip(above, counts, strict=False) for _ in range(count)]
        own = codes[: len(parents)]
        boxes = [shapely.box(n, 0, n + 1, 1) for n in range(len(parents))]
        frame = gpd.GeoDataFrame({"code": own, "name": own}, geometry=boxes, crs="EPSG:4326")
        layers.append(frame.assign(parent=parents) if layers else frame)
        above = own
    return layers


@st.composite
def trees(draw: st.DrawFn) -> Layers:
    shape = [[draw(st.integers(1, 4))]]
    for _ in range(draw(st.integers(0, 3))):
        total = sum(shape[-1])
        shape.append(draw(st.lists(st.integers(1, 3), min_size=total, max_size=total)))
    most = max(sum(counts) for counts in shape)
    codes = draw(st.lists(st.text("0123456789AB", min_size=1, max_size=5), min_size=most, max_size=most, unique=True))
    layers = random_tree(shape, codes)
    return [layer.iloc[draw(st.permutations(range(len(layer))))] for layer in layers]


@settings(deadline=None, max_examples=40)
@given(layers=trees())
def test_every_grid_is_one_slice_of_the_leaves(layers: Layers) -> None:
    system = GridSystem.build(layers)
    assert system.depth == len(layers)
    leaf_codes = system.leaves["code"].tolist()
    parents = [dict(zip(layer["code"], layer.get("parent", layer["code"]), strict=True)) for layer in layers]
    for leaf, leaf_code in enumerate(leaf_codes):
        code = leaf_code
        # Walk up by declared parents, the slow way.
        for level in range(system.depth, 0, -1):
            grid = system.grid(level, code)
            assert grid.lo <= leaf < grid.hi
            assert system.ancestors(level)[leaf] == grid.ordinal
            assert system.path(system.grid(system.depth, leaf_code))[level - 1] == grid
            code = parents[level - 1][code]
    for level, layer in enumerate(system.levels, start=1):
        assert layer.index.tolist() == list(range(len(layer)))
        slices = list(zip(layer["lo"], layer["hi"], strict=True))
        assert [lo for lo, _ in slices] == [0, *(hi for _, hi in slices[:-1])]
        assert slices[-1][1] == len(leaf_codes)
        for grid in (system.grid(level, code) for code in layer["code"]):
            children = system.children(grid)
            assert [child.code for child in children] == sorted(child.code for child in children)
            assert all(child.parent == grid.code for child in children)
            assert system.slice_of(level, grid.code) == (grid.lo, grid.hi)
    assert [grid.code for grid in system.children()] == sorted(layers[0]["code"])


def test_order_of_rows_does_not_matter(layers: Layers, shuffled: Callable[[Layers, int], Layers]) -> None:
    one, other = GridSystem.build(layers), GridSystem.build(shuffled(layers, 3))
    assert one.checksum == other.checksum
    assert one.leaves["code"].tolist() == other.leaves["code"].tolist()


def test_normal_form(layers: Layers) -> None:
    layers[0]["population"] = [1000, None]
    before = [layer.copy() for layer in layers]
    system = GridSystem.build(layers)
    for layer, copy in zip(layers, before, strict=True):
        assert layer.equals(copy)
    assert system.levels[0]["parent"].tolist() == [None, None]
    assert list(system.leaves.columns) == ["code", "name", "parent", "lo", "hi", "area_m2", "population", "geometry"]
    assert system.leaves.crs == "EPSG:4326"
    assert system.grid(1, "0").population == 1000
    assert system.grid(1, "1").population is None
    assert system.levels[0]["area_m2"].sum() == pytest.approx(system.leaves["area_m2"].sum(), rel=1e-9)
    assert system.leaves["code"].tolist()[0] == "0000"


def test_codes_are_text(layers: Layers) -> None:
    leaves = layers[2].copy()
    leaves["parent"] = leaves["parent"].astype(int)
    villages = layers[1].copy()
    villages["code"] = villages["code"].astype(float)
    system = GridSystem.build([layers[0], villages, leaves])
    assert system.levels[1]["code"].tolist() == ["0", "1", "2", "3"]
    assert system.leaves["code"].tolist()[1] == "0001"


def test_rebuilt_from_its_own_levels_it_is_the_same(layers: Layers) -> None:
    system = GridSystem.build(layers)
    again = GridSystem.build(
        [gpd.GeoDataFrame(level.drop(columns="geometry"), geometry=gpd.GeoSeries.from_wkb(level.to_wkb()["geometry"]),
                          crs="EPSG:4326") for level in system.levels]
    )  # fmt: skip
    assert again.checksum == system.checksum


@pytest.mark.parametrize("column", ["code", "name", "parent", "geometry"])
def test_checksum_sees_every_change(layers: Layers, column: str) -> None:
    system = GridSystem.build(layers)
    leaves = layers[2].copy()
    at = leaves.index[0]
    if column == "geometry":
        leaves.geometry = [shapely.box(120, 31, 120.01, 31.0099999), *leaves.geometry.iloc[1:]]
    else:
        leaves.loc[at, column] = {"code": "x", "name": "别的", "parent": "01"}[column]
    assert GridSystem.build([*layers[:2], leaves]).checksum != system.checksum


@pytest.mark.parametrize("crs", ["EPSG:4549", "EPSG:32651", "EPSG:4490", "EPSG:3857"])
def test_any_coordinate_system(layers: Layers, crs: str) -> None:
    plain = GridSystem.build(layers)
    system = GridSystem.build([layer.to_crs(crs) for layer in layers])
    offset = shapely.get_coordinates(system.leaves.geometry) - shapely.get_coordinates(plain.leaves.geometry)
    assert np.abs(offset).max() < (1e-12 if crs == "EPSG:4490" else 1e-8)
    assert system.leaves["code"].tolist() == plain.leaves["code"].tolist()


def test_without_a_coordinate_system_degrees_are_wgs84(layers: Layers) -> None:
    bare = [layer.set_crs(None, allow_override=True) for layer in layers]
    assert GridSystem.build(bare).checksum == GridSystem.build(layers).checksum
    metres = [layer.to_crs("EPSG:4549").set_crs(None, allow_override=True) for layer in layers]
    with pytest.raises(GridsInvalid) as caught:
        GridSystem.build(metres)
    assert caught.value.values["reason"] == "no_coordinate_system"


def test_find(layers: Layers) -> None:
    system = GridSystem.build(layers)
    assert system.find("3:0102").id == "3:0102"
    assert system.find("0102") == system.grid(3, "0102")
    assert system.find("1:0").name == "镇0"
    assert system.find("00", level=2).id == "2:00"
    for text in ("9:0", "nowhere", "", ":", "3:", "x:0102", "0:0"):
        with pytest.raises(GridUnknown):
            system.find(text)
    with pytest.raises(GridUnknown):
        system.find("0102", level=1)


def test_a_code_on_two_levels_must_say_which() -> None:
    layers = random_tree([[2], [1, 1]], ["01", "02"])
    system = GridSystem.build(layers)
    with pytest.raises(GridUnknown, match="several levels") as caught:
        system.find("01")
    assert caught.value.values["candidates"] == ["1:01", "2:01"]
    assert system.find("2:01").level == 2
    assert system.find("01", level=1).level == 1


def test_codes_may_hold_colons() -> None:
    layers = random_tree([[2]], ["1:a", "a"])
    system = GridSystem.build(layers)
    assert system.find("1:1:a").code == "1:a"
    assert system.find("1:a").code == "a"


def test_ancestors_of_some(layers: Layers) -> None:
    system = GridSystem.build(layers)
    assert system.ancestors(1, [-1, 0, 15]).tolist() == [-1, 0, 1]
    assert system.ancestors(3, [5, 4]).tolist() == [5, 4]
    assert system.ancestors(2, []).tolist() == []
    assert system.ancestors(1).dtype == np.int32
    for level, ordinals in ((0, [0]), (4, [0]), (1, [16]), (1, [-2])):
        with pytest.raises(GridUnknown):
            system.ancestors(level, ordinals)
    with pytest.raises(GridUnknown):
        system.grid_at(1, 2)
    assert system.grid_at(2, 3).code == "03"


def test_no_children_of_a_leaf(layers: Layers) -> None:
    system = GridSystem.build(layers)
    assert system.children(system.grid(3, "0000")) == []


def damaged(layers: Layers, level: int, column: str, value: Any, row: int = 0) -> Layers:
    layer = layers[level - 1].copy()
    if column == "geometry":
        shapes = list(layer.geometry)
        shapes[row] = value
        layer = layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))
    else:
        layer[column] = layer[column].astype(object)
        layer.loc[layer.index[row], column] = value
    return [layer if at == level - 1 else other for at, other in enumerate(layers)]


BOWTIE = shapely.Polygon([(120, 31), (120.01, 31.01), (120.01, 31), (120, 31.01)])


@pytest.mark.parametrize(
    ("level", "column", "value", "code", "reason"),
    [
        (3, "code", "0001", "0001", "duplicate_code"),
        (3, "code", None, None, "no_code"),
        (3, "code", "  ", None, "no_code"),
        (3, "name", None, "0000", "no_name"),
        (3, "parent", "77", "0000", "orphan"),
        (3, "parent", None, "0000", "orphan"),
        (2, "parent", float("nan"), "00", "orphan"),
        (3, "geometry", None, "0000", "empty_geometry"),
        (3, "geometry", shapely.Polygon(), "0000", "empty_geometry"),
        (3, "geometry", BOWTIE, "0000", "invalid_geometry"),
        (3, "geometry", shapely.Point(120, 31), "0000", "not_a_polygon"),
        (3, "geometry", shapely.box(120, 31, 200, 32), "0000", "coordinates_out_of_range"),
    ],
)
def test_refused(layers: Layers, level: int, column: str, value: Any, code: str | None, reason: str) -> None:
    with pytest.raises(GridsInvalid) as caught:
        GridSystem.build(damaged(layers, level, column, value))
    assert caught.value.values["code"] == code
    assert caught.value.values["reason"] == reason
    assert caught.value.values["level"] == level
    assert f"level {level}" in str(caught.value)


def test_a_grid_without_leaves_is_refused(layers: Layers) -> None:
    leaves = layers[2][layers[2]["parent"] != "02"]
    with pytest.raises(GridsInvalid, match="'02' has no grids on level 3") as caught:
        GridSystem.build([*layers[:2], leaves])
    assert caught.value.values == {
        "level": 2, "code": "02", "reason": "no_leaves", "count": 1, "codes": ["02"],
    }  # fmt: skip


def test_only_declared_parents_count(layers: Layers) -> None:
    # 0000 is declared a child of 03, however much its code starts with 00.
    system = GridSystem.build(damaged(layers, 3, "parent", "03"))
    assert [grid.code for grid in system.path(system.find("3:0000"))] == ["1", "03", "0000"]


def test_layers_that_are_no_layers(layers: Layers) -> None:
    with pytest.raises(GridsInvalid):
        GridSystem.build([])
    with pytest.raises(GridsInvalid, match="no grids"):
        GridSystem.build([layers[0].iloc[:0]])
    with pytest.raises(GridsInvalid, match="lacks the column 'parent'") as caught:
        GridSystem.build([layers[0], layers[1].drop(columns="parent")])
    assert "name" in caught.value.values["columns"]
    with pytest.raises(GridsInvalid, match="population"):
        GridSystem.build([layers[0].assign(population=["many", "few"])])


def test_one_level_is_a_system(layers: Layers) -> None:
    system = GridSystem.build(layers[:1])
    assert system.depth == 1
    assert system.grid(1, "1").lo == 1
    assert isinstance(system.leaves["code"].iloc[0], str)
    assert pd.isna(system.leaves["population"]).all()
