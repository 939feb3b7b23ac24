"""One net out of many: a proposal of integrated grids within declared borders, and what becomes of each old grid."""

import re
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.coordinates import Floats
from geo.dissolve import union
from geo.overlay import SAME_SHARE, Overlay, common, compare
from geo.overlay_outside import outside_lines, warnings_of
from geo.overlay_partition import Task, best_partition

Longs = NDArray[np.int64]
Measure = Literal["area_km2", "incidents"]
_HAN = re.compile(r"[\u3400-\u9fff]")
FATES = ("whole", "joined", "cut", "outside")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large an integrated grid shall be: from `least` to `most` of `measure`, both included."""

    least: float
    most: float
    measure: Measure = "area_km2"

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most:
            raise ValueError(f"bounds from {self.least} to {self.most} hold nothing: give 0 <= least <= most")


@dataclass(frozen=True)
class Net:
    """A proposed net.

    Attributes
    ----------
    grids
        The integrated grids, a valid coverage: ``code`` (of the declared grid, and three digits), ``name``, ``parent``
        (code of the declared grid), ``area_m2``, ``incidents``, ``in_bounds``, geometry; in the order of codes.
    declared
        The declared grids as unions of their integrated ones: ``code, name, geometry``; those without any are left out.
    fates
        For each grid of each department what becomes of it: ``department, code, name, fate`` (one of `FATES`: it is an
        integrated grid; part of one, with others; cut over several; in no declared grid), ``grids`` (codes of the
        integrated grids it has a part in, joined by spaces), ``cut_by_declared`` (whether it already was, by a border
        that had to stay), ``area_m2``, ``incidents``.
    pairs
        `geo.overlay.compare`.
    laid
        What it was made of.
    grid_of_atom
        (n) row of `grids` for each atom.
    bounds
        Those asked for.
    """

    grids: gpd.GeoDataFrame
    declared: gpd.GeoDataFrame
    fates: pd.DataFrame
    pairs: pd.DataFrame
    laid: Overlay
    grid_of_atom: Longs
    bounds: Bounds

    def summary(self) -> pd.DataFrame:
        """By department: number, area and incidents of its grids by fate, and how many a declared border cut.

        ``outside_m2`` is the area of all its grids outside the declared ones, ``partly_outside`` the number of those of
        which a part worth a name lies outside, but not all; ``overlap_m2`` what its own grids hold more than once.
        """
        rows = []
        for at, department in enumerate(self.laid.departments):
            own = self.fates[self.fates["department"] == department]
            row: dict[str, object] = {"department": department, "grids": len(own)}
            for fate in FATES:
                chosen = own[own["fate"] == fate]
                row |= {fate: len(chosen), f"{fate}_m2": float(chosen["area_m2"].sum()),
                        f"{fate}_incidents": int(chosen["incidents"].sum())}  # fmt: skip
            partly = (own["fate"] != "outside") & (
                own["outside_m2"] > SAME_SHARE * (own["area_m2"] + own["outside_m2"])
            )
            row |= {"outside_m2": float(own["outside_m2"].sum()), "partly_outside": int(partly.sum()),
                    "overlap_m2": float(self.laid.overlap_m2[at])}  # fmt: skip
            rows.append(row | {"cut_by_declared": int(own["cut_by_declared"].sum())})
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        return report(self)


def propose(laid: Overlay, bounds: Bounds) -> Net:
    """Propose an integrated net: inside each declared grid the partition that agrees best with all departments.

    Parameters
    ----------
    laid
        The departments' grids over the declared ones, see `geo.overlay.overlay`.
    bounds
        Of the integrated grids. Declared grids smaller than that become one grid; pieces larger than that stay whole.

    Returns
    -------
    Net; the same for the same input, whatever the order of its rows.
    """
    number = np.empty(len(laid.shapes), dtype=np.int64)
    parents: list[int] = []
    for village in np.unique(laid.village):
        atoms = np.flatnonzero(laid.village == village)
        labels = _from_north_west(laid, atoms, best_partition(*_task(laid, atoms, bounds)))
        number[atoms] = labels + len(parents)
        parents += [int(village)] * (int(labels.max()) + 1)
    grids = _grids(laid, number, np.array(parents, dtype=np.int64), bounds)
    fates = pd.concat([_fates(laid, at, number, grids) for at in range(len(laid.departments))], ignore_index=True)
    present = np.unique(laid.village)
    shapes = [union(np.asarray(part.geometry.to_numpy(), dtype=object)) for _, part in grids.groupby("parent")]
    declared = laid.declared.iloc[present].reset_index(drop=True)
    declared = declared.set_geometry(gpd.GeoSeries(shapes, crs=grids.crs))
    return Net(grids, declared, fates, compare(laid), laid, number, bounds)


def report(net: Net) -> str:
    """The proposal in words and tables, English plain text."""
    laid, summary = net.laid, net.summary()
    measure = "km2" if net.bounds.measure == "area_km2" else "incidents"
    beyond = int((~net.grids["in_bounds"]).sum())
    head = " ".join(f"{fate:>24}" for fate in ("whole", "joined", "cut"))
    old = sum(len(layer) for layer in laid.layers)
    lines = [
        (
            f"{len(laid.departments)} departments with {old:,} grids become {len(net.grids):,} integrated grids "
            f"within {len(net.declared):,} declared ones."
        ),
        (
            f"Asked for: {net.bounds.least:g} to {net.bounds.most:g} {measure} a grid; {beyond:,} lie out of these "
            "bounds, where a declared grid is smaller, a piece that nobody divides is larger, or neighbours are full."
        ),
        f"{int(laid.incidents.sum()):,} incidents lie in them, {laid.unplaced:,} in none.",
        "",
        "What becomes of the departments' grids (km2 and incidents in brackets):",
        f"{'department':20} {'grids':>6} {head} {'cut by declared':>16}",
    ]
    for row in summary.to_dict("records"):
        cells = " ".join(_cell(row, fate) for fate in ("whole", "joined", "cut"))
        lines.append(f"{row['department']:20} {row['grids']:>6,} {cells} {row['cut_by_declared']:>16,}")
    lines += ["", *outside_lines(summary), *(f"WARNING: {warning}" for warning in warnings_of(net))]
    lines += ["", "How the departments' grids lie to each other (number of grids):"]
    lines.append(f"{'department':20} {'other':20} {'coincide':>9} {'nest':>7} {'hold':>7} {'cross':>7} {'apart':>7}")
    lines += [
        f"{row.department:20} {row.other:20} {row.coincide:>9,} {row.nest:>7,} {row.hold:>7,} {row.cross:>7,}"
        f" {row.apart:>7,}"
        for row in net.pairs.itertuples(index=False)
    ]
    return "\n".join(lines)


def _cell(row: dict[Any, Any], fate: str) -> str:
    count, area, incidents = row[fate], row[f"{fate}_m2"] / 1e6, row[f"{fate}_incidents"]
    return f"{f'{count:,} ({area:,.1f}, {incidents:,})':>24}"


def _task(laid: Overlay, atoms: Longs, bounds: Bounds) -> tuple[Task, list[Longs]]:
    owner = laid.owner[atoms]
    weight = laid.area_m2[atoms] / laid.area_m2[atoms].sum()
    incidents = laid.incidents[atoms]
    if incidents.sum():
        # Where things happen counts as much as where land is.
        weight = (weight + incidents / incidents.sum()) / 2.0
    known = owner >= 0
    votes = np.zeros((len(atoms), len(atoms)))
    for at in range(owner.shape[1]):
        same = owner[:, at][:, None] == owner[:, at][None, :]
        both = known[:, at][:, None] & known[:, at][None, :]
        votes += np.where(both, np.where(same, 1.0, -1.0), 0.0)
    votes *= weight[:, None] * weight[None, :] / owner.shape[1]
    np.fill_diagonal(votes, 0.0)
    size = laid.area_m2[atoms] / 1e6 if bounds.measure == "area_km2" else incidents.astype(np.float64)
    return Task(votes, _near(laid, atoms), size, bounds.least, bounds.most), list(owner.T)


def _near(laid: Overlay, atoms: Longs) -> NDArray[np.bool_]:
    """Which atoms share a line, not just a corner."""
    shapes = laid.shapes[atoms]
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    line = shapely.length(shapely.intersection(shapes[first], shapes[second])) > 0
    near = np.zeros((len(atoms), len(atoms)), dtype=np.bool_)
    near[first[line], second[line]] = near[second[line], first[line]] = True
    return near


def _from_north_west(laid: Overlay, atoms: Longs, labels: Longs) -> Longs:
    """The same grids, numbered from the north-west to the south-east."""
    centre = shapely.get_coordinates(shapely.centroid(laid.shapes[atoms]))
    area = laid.area_m2[atoms]
    total = np.bincount(labels, weights=area)
    middle = [np.bincount(labels, weights=area * centre[:, axis]) / total for axis in (0, 1)]
    rank = np.argsort(np.argsort(np.round(middle[0] - middle[1], 9), kind="stable"), kind="stable")
    return np.asarray(rank[labels], dtype=np.int64)


def _grids(laid: Overlay, number: Longs, parents: Longs, bounds: Bounds) -> gpd.GeoDataFrame:
    order = np.argsort(number, kind="stable")
    cuts = np.searchsorted(number[order], np.arange(len(parents) + 1))
    shapes = [shapely.coverage_union_all(laid.shapes[order[cuts[at] : cuts[at + 1]]]) for at in range(len(parents))]
    within = np.arange(len(parents)) - np.searchsorted(parents, parents) + 1
    code, name = laid.declared["code"].to_numpy()[parents], laid.declared["name"].to_numpy()[parents]
    area = np.bincount(number, weights=laid.area_m2, minlength=len(parents))
    incidents = np.bincount(number, weights=laid.incidents, minlength=len(parents)).astype(np.int64)
    size = area / 1e6 if bounds.measure == "area_km2" else incidents
    return gpd.GeoDataFrame(
        {
            "code": [f"{parent}{at:03d}" for parent, at in zip(code, within, strict=True)],
            "name": [_numbered(parent, at) for parent, at in zip(name, within, strict=True)],
            "parent": code,
            "area_m2": area,
            "incidents": incidents,
            "in_bounds": (size >= bounds.least) & (size <= bounds.most),
        },
        geometry=shapes,
        crs=laid.declared.crs,
    )


def _fates(laid: Overlay, department: int, number: Longs, grids: gpd.GeoDataFrame) -> pd.DataFrame:
    layer, own = laid.layers[department], laid.owner[:, department]
    shared = common(laid, own, number)
    area = shared.groupby("a")["area_m2"].sum().reindex(range(len(layer)), fill_value=0.0).to_numpy()
    incidents = shared.groupby("a")["incidents"].sum().reindex(range(len(layer)), fill_value=0).to_numpy()
    # Slivers between two drawings of one border are no part worth a name.
    real = shared[shared["area_m2"].to_numpy() > SAME_SHARE * area[shared["a"]]]
    parts = real.groupby("a")["b"].agg(list)
    codes, villages = grids["code"].to_numpy(), grids["parent"].to_numpy()
    wholes = grids["area_m2"].to_numpy()
    fate, named, cut = [], [], []
    for at in range(len(layer)):
        has: list[int] = parts.get(at, [])
        named.append(" ".join(codes[has]))
        cut.append(len(set(villages[has])) > 1)
        fate.append(_fate(area[at], wholes[has]))
    return pd.DataFrame(
        {"department": laid.departments[department], "code": layer["code"], "name": layer["name"], "fate": fate,
         "grids": named, "cut_by_declared": cut, "area_m2": area, "incidents": incidents,
         "outside_m2": laid.grid_outside_m2[department]}
    )  # fmt: skip


def _fate(area: float, parts: Floats) -> str:
    if not len(parts):
        return "outside"
    if len(parts) > 1:
        return "cut"
    return "whole" if parts[0] * (1.0 - SAME_SHARE) <= area else "joined"


def _numbered(parent: str, at: int) -> str:
    """The name of a new grid, in the writing of the area that holds it."""
    return f"{parent}第{at}网格" if _HAN.search(parent) else f"{parent} {at}"
