"""Several departments' grid layers laid over each other: the pieces they cut the city into, and how layers compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.coordinates import Floats, checked_degrees
from geo.dissolve import union
from geo.errors import GridsInvalid
from geo.layers import normal_layer
from geo.measure import Geometries, area_m2

Longs = NDArray[np.int64]

# Coordinates are laid on a lattice of about a centimetre, so that lines meet in points that can be written down.
LATTICE_DEG = 1e-7
_DUST_M2 = 10.0
# Two borders that leave less than this share of a grid between them are one border, drawn twice.
SAME_SHARE = 0.02


@dataclass(frozen=True)
class Overlay:
    """The pieces (atoms) that all borders together cut the declared grids into.

    Attributes
    ----------
    departments
        Names of the d layers, in the order given.
    layers
        For each the normal layer: ``code, name, geometry``, sorted by code.
    declared
        The grids whose borders stay, such as villages: ``code, name, geometry``, sorted by code.
    shapes
        Polygons of the n atoms, degrees; a valid coverage.
    area_m2, incidents
        Of each atom, (n).
    owner
        (n, d): row of the layer's grid an atom lies in, -1 = in none. Where grids of a layer overlap, the lowest code.
    village
        (n): row of `declared`.
    outside_m2
        For each layer the area that lies in no declared grid.
    grid_m2, grid_outside_m2
        For each layer, of each of its grids: its area, and how much of it lies in no declared grid.
    overlap_m2
        For each layer the area that its own grids hold more than once.
    unplaced
        Incidents in no atom.
    """

    departments: tuple[str, ...]
    layers: tuple[gpd.GeoDataFrame, ...]
    declared: gpd.GeoDataFrame
    shapes: Geometries
    area_m2: Floats
    incidents: Longs
    owner: Longs
    village: Longs
    outside_m2: Floats
    grid_m2: tuple[Floats, ...]
    grid_outside_m2: tuple[Floats, ...]
    overlap_m2: Floats
    unplaced: int


def overlay(
    layers: Mapping[str, gpd.GeoDataFrame], declared: gpd.GeoDataFrame, lon: Any = None, lat: Any = None
) -> Overlay:
    """Lay departments' grids over the declared ones.

    Parameters
    ----------
    layers
        One or more, by department: columns ``code``, ``name``, geometry of polygons, any coordinate system. They stay
        as they are.
    declared
        The grids whose borders must stay, likewise; the villages of a `GridSystem`, for example. Only what lies in
        them is looked at.
    lon, lat
        Of incidents, WGS 84 degrees; none by default.

    Raises
    ------
    GridsInvalid
        A layer cannot be read as grids; `department` names it.
    CoordinatesInvalid
        See `geo.coordinates.checked_degrees`.
    """
    if not layers:
        raise GridsInvalid("there are no departments' layers: give one or more", reason="no_layers")
    kept = _normal("declared", declared)
    normal = tuple(_normal(name, layer) for name, layer in layers.items())
    every = [kept, *normal]
    atoms = _atoms([layer.geometry.to_numpy() for layer in every])
    inner = shapely.point_on_surface(atoms)
    village = _lowest_holder(kept.geometry.to_numpy(), inner)
    owner = np.column_stack([_lowest_holder(layer.geometry.to_numpy(), inner) for layer in normal])
    areas = area_m2(atoms)
    inside = village >= 0
    beyond = np.array([areas[~inside & (owner[:, at] >= 0)].sum() for at in range(len(normal))])
    whole = union(np.asarray(kept.geometry.to_numpy(), dtype=object))
    own = tuple(area_m2(layer.geometry.to_numpy()) for layer in normal)
    astray = tuple(_outside(layer.geometry.to_numpy(), whole) for layer in normal)
    twice = np.array([one.sum() - areas[owner[:, at] >= 0].sum() for at, one in enumerate(own)])
    shapes = atoms[inside]
    x, y = (np.ravel(part) for part in checked_degrees([] if lon is None else lon, [] if lat is None else lat))
    place = _lowest_holder(shapes, np.asarray(shapely.points(x, y), dtype=object))
    counts = np.bincount(place[place >= 0], minlength=len(shapes)).astype(np.int64)
    return Overlay(
        tuple(layers), normal, kept, shapes, areas[inside], counts, owner[inside], village[inside], beyond,
        own, astray, np.maximum(twice, 0.0), int((place < 0).sum()),
    )  # fmt: skip


def _outside(shapes: Geometries, whole: shapely.Geometry) -> Floats:
    """How much of each shape lies outside of a whole, m2; what the lattice moves counts as nothing."""
    shapely.prepare(whole)
    result = np.zeros(len(shapes))
    beyond = np.flatnonzero(~shapely.covers(whole, shapes))
    result[beyond] = area_m2(shapely.difference(shapes[beyond], whole))
    return np.where(result < _DUST_M2, 0.0, result)


def compare(laid: Overlay, same_share: float = SAME_SHARE) -> pd.DataFrame:
    """How the grids of each layer lie to those of each other one.

    Returns
    -------
    One row for each ordered pair: columns ``department``, ``other``, ``grids``, then for each of coincide (it is a
    grid of the other), nest (within one of the other), hold (made of whole grids of the other), cross (cut by a border
    of the other, or cutting one) and apart (the other has nothing there) the number of grids (``coincide``), their
    area (``coincide_m2``) and incidents (``coincide_incidents``). A grid counts once, in the first that holds for all
    of it but `same_share`.
    """
    rows = [
        {"department": laid.departments[a], "other": laid.departments[b], **_pair(laid, a, b, same_share)}
        for a, b in permutations(range(len(laid.departments)), 2)
    ]
    return pd.DataFrame(rows, columns=["department", "other", "grids", *_measures()])


def common(laid: Overlay, a: Longs, b: Longs) -> pd.DataFrame:
    """Area and incidents that grids of two partitions of the atoms share: columns ``a, b, area_m2, incidents``.

    `a` and `b` give for each atom its grid, -1 = none; pairs with -1 are left out.
    """
    both = (a >= 0) & (b >= 0)
    frame = pd.DataFrame({"a": a[both], "b": b[both], "area_m2": laid.area_m2[both], "incidents": laid.incidents[both]})
    return frame.groupby(["a", "b"], as_index=False, sort=True).sum()


RELATIONS = ("coincide", "nest", "hold", "cross", "apart")


def relations(laid: Overlay, a: Longs, b: Longs, count: int, same_share: float = SAME_SHARE) -> NDArray[np.str_]:
    """For each of the `count` grids of partition `a`, how it lies to those of `b`: one of `RELATIONS`."""
    whole_a = np.bincount(a[a >= 0], weights=laid.area_m2[a >= 0], minlength=count)
    width = int(b.max(initial=-1)) + 1
    whole_b = np.bincount(b[b >= 0], weights=laid.area_m2[b >= 0], minlength=width)
    shared = common(laid, a, b)
    of_a = shared["area_m2"].to_numpy() / whole_a[shared["a"]]
    of_b = shared["area_m2"].to_numpy() / whole_b[shared["b"]]
    within, around = of_a >= 1.0 - same_share, of_b >= 1.0 - same_share
    row = shared["a"].to_numpy()
    result = np.full(count, "cross", dtype="<U8")
    # What of a grid lies in grids of b that lie wholly in it.
    made_of_wholes = np.bincount(row, weights=of_a * around, minlength=count)
    result[made_of_wholes >= 1.0 - same_share] = "hold"
    result[row[within]] = "nest"
    result[row[within & around]] = "coincide"
    result[np.bincount(row, weights=of_a, minlength=count) <= same_share] = "apart"
    return result


def _pair(laid: Overlay, a: int, b: int, same_share: float) -> dict[str, Any]:
    own = laid.owner[:, a]
    count = len(laid.layers[a])
    kind = relations(laid, own, laid.owner[:, b], count, same_share)
    present = own >= 0
    area = np.bincount(own[present], weights=laid.area_m2[present], minlength=count)
    incidents = np.bincount(own[present], weights=laid.incidents[present], minlength=count)
    # A grid wholly outside the declared ones has nothing to compare.
    seen = area > 0
    row: dict[str, Any] = {"grids": int(seen.sum())}
    for name in RELATIONS:
        chosen = seen & (kind == name)
        row[name] = int(chosen.sum())
        row[f"{name}_m2"] = float(area[chosen].sum())
        row[f"{name}_incidents"] = int(incidents[chosen].sum())
    return row


def _measures() -> list[str]:
    return [f"{name}{part}" for name in RELATIONS for part in ("", "_m2", "_incidents")]


def _normal(department: str, layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    try:
        normal = normal_layer(layer, 1)
    except GridsInvalid as error:
        raise GridsInvalid(f"layer {department!r}: {error.message}", **error.values, department=department) from error
    shapes = shapely.set_precision(normal.geometry.to_numpy(), LATTICE_DEG)
    normal = normal[["code", "name"]].set_geometry(gpd.GeoSeries(shapes, crs=normal.crs))
    return normal.sort_values("code").reset_index(drop=True)


def _atoms(layers: list[Geometries]) -> Geometries:
    """Polygons between all borders, those of holes included, from the north-west on."""
    shapes = np.concatenate(layers)
    rings = shapely.get_rings(shapely.get_parts(shapes))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    # Borders that layers share are noded once, not once for each.
    step = np.flatnonzero(ring[1:] == ring[:-1])
    cells = np.round(xy / LATTICE_DEG).astype(np.int64)
    start, end = cells[step], cells[step + 1]
    flip = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    segments = np.where(flip[:, None], np.hstack([end, start]), np.hstack([start, end]))
    segments = segments[np.lexsort(segments.T[::-1])]
    fresh = np.append(True, (segments[1:] != segments[:-1]).any(axis=1))
    lines = shapely.linestrings((segments[fresh] * LATTICE_DEG).reshape(-1, 2, 2))
    noded = shapely.union_all(lines, grid_size=LATTICE_DEG)
    atoms = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    place = shapely.get_coordinates(shapely.point_on_surface(atoms))
    return np.asarray(shapely.normalize(atoms[np.lexsort((place[:, 0], -place[:, 1]))]), dtype=object)


def _lowest_holder(grids: Geometries, points: Geometries) -> Longs:
    """For each point the first grid it lies in or on, -1 where there is none."""
    result = np.full(len(points), len(grids), dtype=np.int64)
    point, grid = shapely.STRtree(grids).query(points, predicate="intersects")
    np.minimum.at(result, point, grid)
    return np.where(result == len(grids), -1, result)
