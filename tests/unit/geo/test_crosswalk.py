"""The crosswalk, against brute force over all pairs and against changes made on purpose."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crosswalk import COLUMNS, KINDS, crosswalk, kind_counts, successors
from geo.crosswalk_text import crosswalk_csv, crosswalk_text
from geo.errors import CoordinatesInvalid
from geo.grids import GridSystem
from geo.measure import area_m2

Layers = list[gpd.GeoDataFrame]
Cell = tuple[int, int]


def cell(i: float, j: float, size: float = 1.0) -> shapely.Polygon:
    return shapely.box(120 + 0.01 * i, 31 + 0.01 * j, 120 + 0.01 * (i + size), 31 + 0.01 * (j + size))


def city(leaves: Sequence[tuple[str, str, str, shapely.Geometry]], towns: dict[str, str] | None = None) -> GridSystem:
    """A system of two levels from leaves (code, name, town, shape)."""
    frame = gpd.GeoDataFrame(leaves, columns=["code", "name", "parent", "geometry"], crs="EPSG:4326")
    names = towns or {town: f"镇{town}" for town in frame["parent"]}
    upper = gpd.GeoDataFrame(
        {"code": list(names), "name": list(names.values())},
        geometry=[shapely.union_all(frame.geometry[frame["parent"] == town].to_numpy()) for town in names],
        crs="EPSG:4326",
    )
    return GridSystem.build([upper, frame])


def row_of_four(**changes: tuple[str, str, str, shapely.Geometry] | None) -> GridSystem:
    """Leaves a to d in a row, a and b in town A, c and d in town B; each may be replaced or left out."""
    leaves = {code: (code, f"格{code}", "AABB"["abcd".index(code)], cell(at, 0)) for at, code in enumerate("abcd")}
    chosen = [changes.get(code, leaf) for code, leaf in leaves.items()]
    return city([leaf for leaf in chosen if leaf is not None])


def leaf_rows(frame: pd.DataFrame) -> list[tuple[object, object, str]]:
    rows = frame[frame["level"] == frame["level"].max()]
    return list(zip(rows["old_code"], rows["new_code"], rows["kind"], strict=True))


def unchanged(codes: str) -> list[tuple[object, object, str]]:
    return [(code, code, "same") for code in codes]


def test_an_unchanged_system_is_the_same_on_every_level(layers: Layers) -> None:
    system = GridSystem.build(layers)
    frame = crosswalk(system, GridSystem.build(layers))
    assert list(frame.columns) == list(COLUMNS)
    assert set(frame["kind"]) == {"same"}
    assert (frame["old_code"] == frame["new_code"]).all()
    assert not frame["parent_changed"].any()
    assert frame["incidents"].isna().all()
    assert [len(frame[frame["level"] == level]) for level in (1, 2, 3)] == [len(level) for level in system.levels]
    np.testing.assert_allclose(frame[["share_old", "share_new"]], 1.0)
    assert successors(frame) == {code: code for code in system.leaves["code"]}


def test_a_ring_that_begins_elsewhere_is_no_change() -> None:
    turned = shapely.Polygon(np.roll(np.array(cell(0, 0).exterior.coords)[:-1], 2, axis=0)[::-1])
    assert leaf_rows(crosswalk(row_of_four(), row_of_four(a=("a", "格a", "A", turned)))) == unchanged("abcd")


def test_renamed_and_recoded() -> None:
    new = row_of_four(a=("a", "新名", "A", cell(0, 0)), d=("x", "格d", "B", cell(3, 0)))
    frame = crosswalk(row_of_four(), new)
    assert leaf_rows(frame) == [("a", "a", "renamed"), *unchanged("bc"), ("d", "x", "recoded")]
    assert successors(frame)["d"] == "x"


def test_split_and_merged() -> None:
    old = row_of_four()
    halves = [("b1", "格b1", "A", cell(1, 0, 0.5)), ("b2", "格b2", "A", cell(1, 0).difference(cell(1, 0, 0.5)))]
    rest = [(code, f"格{code}", town, cell(at, 0)) for code, town, at in (("a", "A", 0), ("c", "B", 2), ("d", "B", 3))]
    new = city([*rest, *halves])
    there, back = crosswalk(old, new), crosswalk(new, old)
    assert leaf_rows(there) == [*unchanged("a"), ("b", "b1", "split"), ("b", "b2", "split"), *unchanged("cd")]
    assert there.loc[there["new_code"] == "b1", "share_old"].item() == pytest.approx(0.25, rel=1e-4)
    assert "b" not in successors(there)
    assert leaf_rows(back) == [*unchanged("a"), ("b1", "b", "merged"), ("b2", "b", "merged"), *unchanged("cd")]
    assert successors(back) == {"a": "a", "b1": "b", "b2": "b", "c": "c", "d": "d"}
    assert set(there.loc[there["level"] == 1, "kind"]) == {"same"}


def test_a_border_redrawn_gone_and_new() -> None:
    left, right = shapely.box(120, 31, 120.013, 31.01), shapely.box(120.013, 31, 120.02, 31.01)
    new = row_of_four(
        a=("a", "格a", "A", left), b=("b", "格b", "A", right), c=None, d=("d", "格d", "B", cell(3, 0))
    )  # fmt: skip
    beside = city([*_leaves(new), ("e", "格e", "B", cell(4, 0))])
    frame = crosswalk(row_of_four(), beside)
    assert leaf_rows(frame) == [
        ("a", "a", "moved"), ("b", "a", "moved"), ("b", "b", "moved"), ("c", None, "gone"), ("d", "d", "same"),
        (None, "e", "new"),
    ]  # fmt: skip
    # All of a lies in the new a: a code-placed incident of a may follow; one of b may not.
    assert successors(frame) == {"a": "a", "d": "d"}


def _leaves(system: GridSystem) -> list[tuple[str, str, str, shapely.Geometry]]:
    layer = system.leaves
    return list(zip(layer["code"], layer["name"], layer["parent"], layer.geometry, strict=True))


def test_a_town_that_joins_another_and_one_that_is_only_recoded() -> None:
    old = city([(f"{town}{i}", "格", town, cell(at, i)) for at, town in enumerate("ABC") for i in range(2)])
    new = city(
        [(f"{town}{i}", "格", {"A": "A", "B": "A", "C": "K"}[town], cell(at, i)) for at, town in enumerate("ABC")
         for i in range(2)]
    )  # fmt: skip
    frame = crosswalk(old, new)
    towns = frame[frame["level"] == 1]
    assert list(zip(towns["old_code"], towns["new_code"], towns["kind"], strict=True)) == [
        ("A", "A", "merged"), ("B", "A", "merged"), ("C", "K", "recoded"),
    ]  # fmt: skip
    leaves = frame[frame["level"] == 2]
    assert set(leaves["kind"]) == {"same"}
    assert leaves.loc[leaves["parent_changed"], "old_code"].tolist() == ["B0", "B1"]


def test_a_leaf_that_changes_towns() -> None:
    frame = crosswalk(row_of_four(), row_of_four(b=("b", "格b", "B", cell(1, 0))))
    assert frame.loc[frame["parent_changed"], ["old_code", "old_parent", "new_parent"]].to_numpy().tolist() == [
        ["b", "A", "B"]
    ]
    towns = frame[frame["level"] == 1]
    assert list(zip(towns["old_code"], towns["new_code"], towns["kind"], strict=True)) == [
        ("A", "A", "moved"), ("A", "B", "moved"), ("B", "B", "moved"),
    ]  # fmt: skip


def test_an_exclave_given_to_the_leaf_around_it() -> None:
    yard = shapely.box(120.032, 31.002, 120.034, 31.004)
    old = row_of_four(a=("a", "格a", "A", cell(0, 0).union(yard)), d=("d", "格d", "B", cell(3, 0).difference(yard)))
    frame = crosswalk(old, row_of_four())
    assert leaf_rows(frame) == [("a", "a", "moved"), ("a", "d", "moved"), *unchanged("bc"), ("d", "d", "moved")]
    given = frame[(frame["old_code"] == "a") & (frame["new_code"] == "d")]
    assert given["area_m2"].item() == pytest.approx(float(area_m2([yard])[0]), rel=1e-6)


def test_slivers_do_not_count_but_are_listed() -> None:
    nudged = shapely.box(120, 31, 120.01 + 5e-7, 31.01)  # about 50 m2 over the border
    new = row_of_four(a=("a", "格a", "A", nudged), b=("b", "格b", "A", cell(1, 0).difference(nudged)))
    frame = crosswalk(row_of_four(), new)
    assert leaf_rows(frame) == [("a", "a", "same"), ("b", "a", "sliver"), ("b", "b", "same"), *unchanged("cd")]
    assert kind_counts(frame)[2] == {"same": 4, "sliver": 1}
    assert set(leaf_rows(crosswalk(row_of_four(), new, sliver_m2=1.0))) >= {("b", "a", "moved")}


def test_a_leaf_smaller_than_a_sliver_is_still_a_leaf() -> None:
    tiny = shapely.box(120.04, 31, 120.04001, 31.00001)
    old, new = city([*_leaves(row_of_four()), ("t", "小", "B", tiny)]), row_of_four()
    assert ("t", None, "gone") in leaf_rows(crosswalk(old, new))
    assert (None, "t", "new") in leaf_rows(crosswalk(new, old))


def test_systems_of_unequal_depth(layers: Layers) -> None:
    deep = GridSystem.build(layers)
    town_of = dict(zip(layers[1]["code"], layers[1]["parent"], strict=True))
    flat = GridSystem.build([layers[0], layers[2].assign(parent=layers[2]["parent"].map(town_of))])
    frame = crosswalk(deep, flat)
    assert frame["level"].max() == 2
    assert set(frame["kind"]) == {"same"}


def brute_force(old: GridSystem, new: GridSystem) -> dict[tuple[str, str], float]:
    found = {}
    for code, shape in zip(old.leaves["code"], old.leaves.geometry, strict=True):
        for other, against in zip(new.leaves["code"], new.leaves.geometry, strict=True):
            measure = float(area_m2([shape.intersection(against)])[0])
            if measure > 1e-3:
                found[code, other] = measure
    return found


@st.composite
def nets(draw: st.DrawFn, prefix: str) -> GridSystem:
    """A strip cut at random places, with leaves left out: overlaps nothing, may leave gaps."""
    cuts = sorted(draw(st.sets(st.integers(0, 40), min_size=3, max_size=9)))
    height = draw(st.sampled_from([0.01, 0.015]))
    strips = [shapely.box(120 + a / 1000, 31, 120 + b / 1000, 31 + height) for a, b in pairwise(cuts)]
    kept = draw(st.lists(st.booleans(), min_size=len(strips), max_size=len(strips)))
    chosen = [strip for strip, keep in zip(strips, kept, strict=True) if keep] or strips[:1]
    owners = draw(st.lists(st.sampled_from("XYZ"), min_size=len(chosen), max_size=len(chosen)))
    owned = zip(owners, chosen, strict=True)
    return city([(f"{prefix}{at}", "格", owner, shape) for at, (owner, shape) in enumerate(owned)])


@settings(max_examples=40, deadline=None)
@given(nets("p"), nets("q"), st.integers(0, 2**32 - 1))
def test_parts_equal_brute_force_and_add_up(old: GridSystem, new: GridSystem, seed: int) -> None:
    random = np.random.default_rng(seed)
    # Also on borders and corners.
    lon = np.round(random.uniform(119.999, 120.042, 60), random.integers(3, 6))
    lat = np.round(random.uniform(30.999, 31.017, 60), 3)
    frame = crosswalk(old, new, (lon, lat))
    assert set(frame["kind"]) <= set(KINDS)
    leaves = frame[frame["level"] == 2]
    both = leaves[leaves["old_code"].notna() & leaves["new_code"].notna() & (leaves["area_m2"] > 1e-3)]
    expected = brute_force(old, new)
    found = dict(zip(zip(both["old_code"], both["new_code"], strict=True), both["area_m2"], strict=True))
    assert found.keys() == expected.keys()
    assert all(found[pair] == pytest.approx(expected[pair], rel=1e-5, abs=0.1) for pair in expected)
    inside_either = _covered(old, lon, lat) | _covered(new, lon, lat)
    for level in (1, 2):
        rows = frame[frame["level"] == level]
        assert not rows.duplicated(["old_code", "new_code"]).any()
        assert rows["incidents"].sum() == inside_either.sum()
        assert rows.loc[rows["old_code"].notna(), "incidents"].sum() == _covered(old, lon, lat).sum()
        for side, system in (("old", old), ("new", new)):
            assert rows.loc[rows[f"{side}_code"].notna(), "area_m2"].sum() == pytest.approx(
                system.leaves["area_m2"].sum(), rel=1e-5
            )
            np.testing.assert_allclose(rows.groupby(f"{side}_code")[f"share_{side}"].sum(), 1.0)
        shared = rows[rows["old_code"].notna() & rows["new_code"].notna()]["area_m2"].sum()
        assert shared == pytest.approx(sum(expected.values()), rel=1e-5, abs=0.1)


def _covered(system: GridSystem, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    shapes = system.leaves.geometry.to_numpy()
    return np.array([shapely.covers(shapes, point).any() for point in shapely.points(lon, lat)])


def test_leaves_that_overlap_each_other_are_measured_pair_by_pair() -> None:
    wide = row_of_four(a=("a", "格a", "A", cell(0, 0, 1.0).union(cell(1, 0, 0.5))))
    frame = crosswalk(wide, row_of_four())
    rows = frame[(frame["level"] == 2) & frame["new_code"].notna()]
    found = dict(zip(zip(rows["old_code"], rows["new_code"], strict=True), rows["area_m2"], strict=True))
    assert found == pytest.approx(brute_force(wide, row_of_four()))


def test_points_that_cannot_be_are_refused() -> None:
    with pytest.raises(CoordinatesInvalid, match="position 1"):
        crosswalk(row_of_four(), row_of_four(), ([120.0, np.nan], [31.0, 31.0]))


def test_text_and_csv_say_what_changed() -> None:
    old, new = row_of_four(), row_of_four(a=("a", "新名", "A", cell(0, 0)), d=None)
    frame = crosswalk(old, new, ([120.005, 120.035], [31.005, 31.005]))
    text = crosswalk_text(frame, "2025", "2026")
    assert "2025 -> 2026" in text
    assert "a 格a -> a 新名" in text
    assert "d 格d -> (none)" in text
    assert "b 格b" not in text
    table = crosswalk_csv(frame)
    assert table.startswith("level,kind,old_code")
    assert len(table.splitlines()) == len(frame) + 1
    assert pd.read_csv(pd.io.common.StringIO(table))["incidents"].sum() == frame["incidents"].sum()


def test_nothing_changed_is_said_in_words(make_squares: Callable[..., Layers]) -> None:
    system = GridSystem.build(make_squares())
    assert "nothing changed" in crosswalk_text(crosswalk(system, system), "a", "b")


def test_borders_written_again_with_fewer_decimals_are_the_same(demo_system: GridSystem) -> None:
    again = [
        layer.set_geometry(gpd.GeoSeries(shapely.transform(layer.geometry.to_numpy(), lambda xy: xy.round(6)),
                                         crs="EPSG:4326"))
        for layer in demo_system.levels
    ]  # fmt: skip
    frame = crosswalk(demo_system, GridSystem.build(again))
    counts = kind_counts(frame)
    assert [set(counts[level]) - {"sliver"} for level in (1, 2, 3)] == [{"same"}] * 3
    assert (frame["area_m2"][frame["kind"] == "sliver"] > 100.0).any()
    assert frame["area_m2"].sum() == pytest.approx(3 * demo_system.leaves["area_m2"].sum(), rel=1e-4)
    assert "narrower than 1 m" in crosswalk_text(frame, "a", "b")
    strict = crosswalk(demo_system, GridSystem.build(again), sliver_m=0.0)
    assert (strict["kind"] == "moved").any()


def test_a_wide_part_is_no_sliver() -> None:
    # 5 m over the border, along 1,100 m.
    nudged = shapely.box(120, 31, 120.01 + 5e-5, 31.01)
    new = row_of_four(a=("a", "格a", "A", nudged), b=("b", "格b", "A", cell(1, 0).difference(nudged)))
    assert ("b", "a", "moved") in leaf_rows(crosswalk(row_of_four(), new))
    assert ("b", "a", "sliver") in leaf_rows(crosswalk(row_of_four(), new, sliver_m=10.0))
