"""Departments' layers laid over each other, and one net made of them, against slow and exhaustive computations."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo import GridSystem
from geo.errors import GridsInvalid
from geo.measure import area_m2
from geo.overlay import LATTICE_DEG, Overlay, compare, overlay
from geo.overlay_files import write_net
from geo.overlay_net import FATES, Bounds, Net, propose
from geo.overlay_outside import warnings_of
from geo.overlay_partition import EXHAUSTIVE, Task, best_partition, connected, score
from geo.readers import read_layers

Layers = list[gpd.GeoDataFrame]
ANY = Bounds(0.0, 1e9)


def frame(shapes: list[shapely.Geometry], codes: list[str] | None = None) -> gpd.GeoDataFrame:
    names = codes or [f"g{at:04d}" for at in range(len(shapes))]
    return gpd.GeoDataFrame({"code": names, "name": names}, geometry=shapes, crs="EPSG:4326")


def strips(edges: list[float], *, across: bool = False) -> gpd.GeoDataFrame:
    """A square of 0.04 degrees cut into strips."""
    boxes = [(120 + a, 31, 120 + b, 31.04) if across else (120, 31 + a, 120.04, 31 + b) for a, b in pairwise(edges)]
    return frame([shapely.box(*box) for box in boxes])


def department(system: GridSystem, seed: int, cut: float = 0.1) -> gpd.GeoDataFrame:
    """A layer as a department may have drawn it: leaves merged, some across villages, some of them halved."""
    rng = np.random.default_rng(seed)
    shapes, village = system.leaves.geometry.to_numpy(), system.leaves["parent"].to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="touches")
    label = np.arange(len(shapes))
    for a, b in zip(first, second, strict=True):
        if a < b and rng.random() < (0.12 if village[a] == village[b] else 0.01):
            label[label == label[b]] = label[a]
    grids = []
    for one in np.unique(label):
        shape = shapely.coverage_union_all(shapes[label == one])
        west, south, east, north = shape.bounds
        middle = (west + east) / 2
        halves = [shapely.clip_by_rect(shape, *box) for box in
                  ((west, south, middle, north), (middle, south, east, north))]  # fmt: skip
        sound = all(half.geom_type in ("Polygon", "MultiPolygon") and half.is_valid for half in halves)
        grids += halves if sound and rng.random() < cut else [shape]
    return frame(grids)


@pytest.fixture(scope="module")
def towns(demo_system: GridSystem) -> GridSystem:
    """Two towns of the demo city."""
    codes = demo_system.levels[0]["code"].to_list()[:2]
    villages = demo_system.levels[1][demo_system.levels[1]["parent"].isin(codes)]
    leaves = demo_system.leaves[demo_system.leaves["parent"].isin(villages["code"])]
    return GridSystem.build([demo_system.levels[0].iloc[:2], villages, leaves])


def checked(net: Net) -> Net:
    """What must hold of every net."""
    shapes = net.grids.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert net.grids["code"].is_unique
    assert set(net.grids["parent"]) == set(net.declared["code"])
    parents = net.declared.set_index("code").geometry
    sticking = shapely.difference(shapes, parents[net.grids["parent"]].to_numpy())
    assert shapely.area(sticking).max() < LATTICE_DEG**2
    declared = net.laid.declared.set_index("code").geometry[net.declared["code"]].to_numpy()
    # The declared borders stay, to the centimetre of the lattice.
    assert shapely.hausdorff_distance(declared, net.declared.geometry.to_numpy()).max() < 3 * LATTICE_DEG
    assert net.grids["area_m2"].sum() == pytest.approx(area_m2(declared).sum(), rel=1e-5)
    assert net.grids["incidents"].sum() == net.laid.incidents.sum()
    summary = net.summary().set_index("department")
    assert summary.index.to_list() == list(net.laid.departments)
    for _, row in summary.iterrows():
        assert row["grids"] == sum(row[fate] for fate in FATES)
    return net


@pytest.mark.parametrize("count", [10, 21])
def test_many_departments_of_two_towns(towns: GridSystem, count: int, tmp_path: Path) -> None:
    layers = {f"条线{at}": department(towns, at) for at in range(count)}
    rng = np.random.default_rng(1)
    west, south, east, north = towns.leaves.total_bounds
    lon, lat = rng.uniform(west, east, 5000), rng.uniform(south, north, 5000)
    net = checked(propose(overlay(layers, towns.levels[1], lon, lat), Bounds(0.3, 1.5)))
    assert net.laid.incidents.sum() + net.laid.unplaced == 5000
    assert net.grids["in_bounds"].mean() > 0.8
    # Shuffled rows change nothing.
    shuffled = {name: layer.sample(frac=1.0, random_state=3) for name, layer in layers.items()}
    again = propose(overlay(shuffled, towns.levels[1].sample(frac=1.0, random_state=4), lon, lat), Bounds(0.3, 1.5))
    assert again.grids.equals(net.grids)
    assert again.fates.equals(net.fates)
    paths = write_net(net, tmp_path / "net")
    assert str(net) in paths[-1].read_text(encoding="utf-8")
    (back,) = read_layers([paths[0]])
    assert back["code"].tolist() == net.grids["code"].tolist()


def test_departments_that_agree_get_their_own_grids(towns: GridSystem) -> None:
    leaves = towns.leaves[["code", "name", "geometry"]]
    net = checked(propose(overlay({"a": leaves, "b": leaves, "c": towns.levels[1]}, towns.levels[1]), ANY))
    assert len(net.grids) == len(leaves)
    summary = net.summary().set_index("department")
    assert summary.loc["a", "whole"] == summary.loc["b", "whole"] == len(leaves)
    assert summary.loc["a", "cut_by_declared"] == 0
    several = (towns.levels[1]["hi"] - towns.levels[1]["lo"] > 1).sum()
    assert summary.loc["c", "cut"] == several


def test_relations_of_pairs() -> None:
    village = strips([0, 0.04])
    laid = overlay(
        {"halves": strips([0, 0.02, 0.04]), "quarters": strips([0, 0.01, 0.02, 0.03, 0.04]),
         "thirds": strips([0, 0.01, 0.025, 0.04]), "lower": strips([0, 0.02])},
        village, [120.01, 120.01, 120.01, 121.0], [31.005, 31.005, 31.035, 31.0],
    )  # fmt: skip
    table = compare(laid).set_index(["department", "other"])
    counts = table[["coincide", "nest", "hold", "cross", "apart"]]
    assert counts.loc["halves", "quarters"].tolist() == [0, 0, 2, 0, 0]
    assert counts.loc["quarters", "halves"].tolist() == [0, 4, 0, 0, 0]
    assert counts.loc["quarters", "thirds"].tolist() == [1, 1, 0, 2, 0] or counts.loc["quarters", "thirds"].sum() == 4
    assert counts.loc["halves", "lower"].tolist() == [1, 0, 0, 0, 1]
    assert counts.loc["lower", "halves"].tolist() == [1, 0, 0, 0, 0]
    assert table.loc[("halves", "lower"), "coincide_incidents"] == 2
    assert table.loc[("halves", "lower"), "apart_incidents"] == 1
    half = float(area_m2([shapely.box(120, 31, 120.04, 31.02)])[0])
    assert table.loc[("halves", "lower"), "coincide_m2"] == pytest.approx(half, rel=1e-6)
    assert laid.unplaced == 1


EDGES = st.lists(st.integers(1, 39), max_size=3, unique=True).map(
    lambda at: [0.0, *(x / 1000 for x in sorted(at)), 0.04]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(EDGES, st.booleans()), min_size=1, max_size=4), EDGES)
def test_areas_against_intersections(drawn: list[tuple[list[float], bool]], villages: list[float]) -> None:
    layers = {f"d{at}": strips(edges, across=across) for at, (edges, across) in enumerate(drawn)}
    laid = overlay(layers, strips(villages))
    assert shapely.coverage_is_valid(laid.shapes)
    for at, layer in enumerate(layers.values()):
        for row, shape in enumerate(layer.geometry):
            for village, around in enumerate(laid.declared.geometry):
                here = (laid.owner[:, at] == row) & (laid.village == village)
                expected = float(area_m2([shapely.intersection(shape, around)])[0])
                assert laid.area_m2[here].sum() == pytest.approx(expected, rel=1e-6, abs=10.0)
    checked(propose(laid, ANY))


def set_partitions(items: list[int]) -> list[list[list[int]]]:
    """All of them, another way than the code under test goes."""
    if not items:
        return [[]]
    head, *rest = items
    found = []
    for smaller in set_partitions(rest):
        found.append([[head], *smaller])
        found += [[*smaller[:at], [head, *block], *smaller[at + 1 :]] for at, block in enumerate(smaller)]
    return found


@st.composite
def tasks(draw: st.DrawFn, sizes: st.SearchStrategy[int]) -> tuple[Task, list[np.ndarray]]:
    count = draw(sizes)
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    owner = rng.integers(0, 3, (count, draw(st.integers(1, 4))))
    weight = rng.random(count) + 0.01
    same = (owner[:, None, :] == owner[None, :, :]).mean(axis=2)
    votes = (2 * same - 1) * weight[:, None] * weight[None, :]
    np.fill_diagonal(votes, 0)
    near = rng.random((count, count)) < 0.4
    near |= near.T
    near |= np.abs(np.subtract.outer(np.arange(count), np.arange(count))) == 1
    np.fill_diagonal(near, False)
    least = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return Task(votes, near, weight, least, least + draw(st.sampled_from([0.5, 1.0, 10.0]))), list(owner.T)


@settings(max_examples=40, deadline=None)
@given(tasks(st.integers(1, 6)))
def test_small_villages_get_the_best_partition_there_is(given_task: tuple[Task, list[np.ndarray]]) -> None:
    task, proposals = given_task
    found = score(task, best_partition(task, proposals))
    best = None
    for blocks in set_partitions(list(range(len(task.size)))):
        labels = np.empty(len(task.size), dtype=np.int64)
        for at, block in enumerate(blocks):
            labels[block] = at
        if connected(task, labels):
            value = score(task, labels)
            best = value if best is None or value < best else best
    assert found == best


@settings(max_examples=40, deadline=None)
@given(tasks(st.integers(EXHAUSTIVE + 1, 20)))
def test_larger_villages_get_connected_grids(given_task: tuple[Task, list[np.ndarray]]) -> None:
    task, proposals = given_task
    labels = best_partition(task, proposals)
    assert connected(task, labels)
    assert labels.tolist() == best_partition(task, proposals).tolist()
    # Never worse than taking every atom for itself, all as one, or what one department drew, where that hangs together.
    for other in (np.arange(len(labels)), np.zeros(len(labels), dtype=np.int64), *proposals):
        if connected(task, other) and score(task, other)[0] == 0:
            assert score(task, labels)[:2] <= score(task, other)[:2]


def test_the_greedy_way_is_close_to_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    import geo.overlay_partition as module

    worse = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        owner = rng.integers(0, 3, (7, 3))
        same = (owner[:, None, :] == owner[None, :, :]).mean(axis=2)
        votes = 2 * same - 1
        np.fill_diagonal(votes, 0)
        near = np.abs(np.subtract.outer(np.arange(7), np.arange(7))) == 1
        task = Task(votes, near, np.ones(7), 1.0, 4.0)
        best = score(task, best_partition(task))
        with monkeypatch.context() as patch:
            patch.setattr(module, "EXHAUSTIVE", 0)
            greedy = score(task, best_partition(task, list(owner.T)))
        assert greedy >= best
        assert greedy[0] == best[0]
        worse += greedy > best
    assert worse <= 8


def test_bounds_are_kept_where_they_can_be() -> None:
    village = strips([0, 0.04])
    layer = strips([at / 1000 for at in range(0, 41, 4)])
    one = float(area_m2([layer.geometry[0]])[0]) / 1e6
    net = checked(propose(overlay({"a": layer}, village), Bounds(1.5 * one, 3.2 * one)))
    assert net.grids["in_bounds"].all()
    assert (net.fates["fate"] == "joined").all()
    alone = checked(propose(overlay({"a": layer}, village), Bounds(50 * one, 60 * one)))
    assert len(alone.grids) == 1
    assert not alone.grids["in_bounds"].any()


def test_incidents_as_the_measure_and_grids_in_no_village() -> None:
    layer = frame([shapely.box(120, 31, 120.02, 31.04), shapely.box(120.02, 31, 120.06, 31.04),
                   shapely.box(121, 31, 121.1, 31.1)])  # fmt: skip
    lon, lat = np.full(10, 120.01), np.linspace(31.001, 31.039, 10)
    net = checked(propose(overlay({"a": layer}, strips([0, 0.04]), lon, lat), Bounds(5, 20, "incidents")))
    assert net.grids["incidents"].tolist() == [10]
    assert net.fates["fate"].tolist() == ["joined", "joined", "outside"]
    assert net.laid.outside_m2[0] > float(area_m2([layer.geometry[2]])[0])


def test_bad_input(make_squares: Callable[..., Layers]) -> None:
    squares = make_squares()
    with pytest.raises(GridsInvalid, match="no departments"):
        overlay({}, squares[1])
    with pytest.raises(GridsInvalid) as caught:
        overlay({"城管": squares[2].drop(columns="code")}, squares[1])
    assert caught.value.values["department"] == "城管"
    with pytest.raises(ValueError, match="bounds"):
        Bounds(2, 1)


def test_one_layer_has_no_pairs(make_squares: Callable[..., Layers]) -> None:
    laid: Overlay = overlay({"a": make_squares()[2]}, make_squares()[1])
    assert compare(laid).empty
    assert len(laid.shapes) == 16


def test_what_lies_outside_or_twice_is_said() -> None:
    village = strips([0, 0.04])
    far = frame([shapely.box(125, 31, 125.02, 31.02), shapely.box(125.02, 31, 125.04, 31.02)])
    half = frame([shapely.box(120, 31, 120.02, 31.04), shapely.box(120.03, 31, 120.055, 31.04)])
    twice = frame([shapely.box(120, 31, 120.03, 31.04), shapely.box(120.02, 31, 120.04, 31.04)])
    net = propose(overlay({"good": strips([0, 0.02, 0.04]), "far": far, "half": half, "twice": twice}, village),
                  Bounds(0.1, 100))  # fmt: skip
    summary = net.summary().set_index("department")
    assert summary["outside"].to_dict() == {"good": 0, "far": 2, "half": 0, "twice": 0}
    assert summary["partly_outside"].to_dict() == {"good": 0, "far": 0, "half": 1, "twice": 0}
    beyond = float(area_m2([shapely.box(120.04, 31, 120.055, 31.04)])[0])
    assert summary.loc["half", "outside_m2"] == pytest.approx(beyond, rel=1e-6)
    assert summary.loc["far", "outside_m2"] == pytest.approx(float(area_m2(far.geometry.to_numpy()).sum()), rel=1e-6)
    assert summary.loc["good", "outside_m2"] == summary.loc["good", "overlap_m2"] == 0
    common = float(area_m2([shapely.box(120.02, 31, 120.03, 31.04)])[0])
    assert summary.loc["twice", "overlap_m2"] == pytest.approx(common, rel=1e-6)
    warnings = warnings_of(net)
    assert [text.split(":")[0] for text in warnings] == ["far", "half", "twice"]
    assert "100% of its area" in warnings[0]
    assert "another coordinate system" in warnings[0]
    for text in warnings:
        assert text in str(net)
    # What is in and what is out make up the whole.
    inside = net.fates.groupby("department")[["area_m2", "outside_m2"]].sum().sum(axis=1)
    assert inside["half"] == pytest.approx(float(area_m2(half.geometry.to_numpy()).sum()), rel=1e-6)
