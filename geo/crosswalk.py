"""The crosswalk between two dated grid systems: which grid became which, by area and by incidents."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.coordinates import Floats, checked_degrees
from geo.dissolve import union
from geo.grids import GridSystem
from geo.index import GridIndex
from geo.measure import Geometries, area_m2, perimeter_m

Kind = Literal["same", "renamed", "recoded", "split", "merged", "moved", "gone", "new", "sliver"]
Longs = NDArray[np.int64]
Points = tuple[Any, Any]

KINDS: Final[tuple[Kind, ...]] = (
    "same", "renamed", "recoded", "split", "merged", "moved", "gone", "new", "sliver",
)  # fmt: skip
COLUMNS: Final = (
    "level", "kind", "old_code", "old_name", "new_code", "new_name", "area_m2", "share_old", "share_new", "incidents",
    "old_parent", "new_parent", "parent_changed",
)  # fmt: skip
SLIVER_M2: Final = 100.0
# Borders that were only written again, with fewer decimals, leave strips of centimetres, kilometres long: unless said
# otherwise, a sliver is what is narrower than a strip of its least area and this length.
SLIVER_LENGTH_M: Final = 100.0
# What rounding leaves of borders that only touch.
_DUST_M2: Final = 1e-3
# Areas of parts add up to that of the whole this well; where they seem not to, geometry decides.
_ADDS_UP: Final = 1e-6
_NONE: Final = -1


def crosswalk(
    old: GridSystem,
    new: GridSystem,
    points: Points | None = None,
    *,
    sliver_m2: float = SLIVER_M2,
    sliver_m: float | None = None,
) -> pd.DataFrame:
    """Tell which grid became which, on every level.

    Upper levels are compared through the leaves they consist of, not through outlines of their own. Systems of unequal
    depth are compared leaves with leaves, and above them level by level from the coarsest down.

    Parameters
    ----------
    old, new
        The grid systems before and after.
    points
        Longitudes and latitudes of incidents, WGS 84 degrees, n of each; without them `incidents` is NA.
    sliver_m2
        A part smaller than this does not count when the kind of a change is told; it is listed as a "sliver".
    sliver_m
        Likewise a part that is narrower, on average (twice its area by its perimeter); without it, see `sliver_width`.

    Returns
    -------
    One row for each part: what an old and a new grid have in common, what of an old grid is in no new one (`new_code`
    is None), and what of a new grid was in no old one (`old_code` is None). Columns `COLUMNS`; by level, and on each
    by old grid, then new grid, in their order. Areas of one old (new) grid add up to its leaves' area, those of rows
    with both codes to the overlap of the systems, and incidents to those in either system. `kind`:

    * "same", "renamed" (same code, other name), "recoded" (other code): the same area, slivers apart;
    * "split": the old grid became several, which together are exactly it; "merged": the other way round;
    * "moved": borders were redrawn in another way;
    * "gone", "new": no part of it is in the other system;
    * "sliver": too small a part to count.

    `parent_changed` is True where the grids above differ and the one is not just the other under another code.

    Raises
    ------
    CoordinatesInvalid
        See `GridIndex.assign`.
    """
    least = sliver_m2, sliver_width(sliver_m2) if sliver_m is None else sliver_m
    parts = _leaf_parts(old, new)
    if points is None:
        parts["incidents"] = pd.array([pd.NA] * len(parts), dtype="Int64")
    else:
        parts = _with_incidents(parts, old, new, points)
    common = min(old.depth, new.depth)
    levels = [(level, level) for level in range(1, common)] + [(old.depth, new.depth)]
    frames: list[pd.DataFrame] = []
    for level, (old_level, new_level) in enumerate(levels, start=1):
        rows = _lifted(parts, old, new, old_level, new_level)
        rows = _described(rows, old, new, old_level, new_level, least).assign(level=level)
        recoded = _recoded_pairs(frames[-1]) if frames else set()
        rows["parent_changed"] = [
            above_old is not None and above_new is not None and above_old != above_new
            and (above_old, above_new) not in recoded
            for above_old, above_new in zip(rows["old_parent"], rows["new_parent"], strict=True)
        ]  # fmt: skip
        frames.append(rows)
    return pd.concat(frames, ignore_index=True)[list(COLUMNS)]


def sliver_width(sliver_m2: float) -> float:
    """The width in metres below which a part is a sliver, unless said otherwise: 1 m for 100 m2."""
    return sliver_m2 / SLIVER_LENGTH_M


def successors(frame: pd.DataFrame) -> dict[str, str]:
    """Codes of the old leaves that went over whole into one new leaf, slivers apart, and the code of that leaf.

    Parameters
    ----------
    frame
        As `crosswalk` gives it.
    """
    leaves = frame[(frame["level"] == frame["level"].max()) & (frame["kind"] != "sliver") & frame["old_code"].notna()]
    single = leaves[~leaves["old_code"].duplicated(keep=False) & leaves["new_code"].notna()]
    return dict(zip(single["old_code"], single["new_code"], strict=True))


def _leaf_parts(old: GridSystem, new: GridSystem) -> pd.DataFrame:
    """Parts of leaves as ordinals `old`, `new` (-1 = in no leaf of that system) and `area_m2`."""
    before, after = _shapes(old), _shapes(new)
    areas = old.leaves["area_m2"].to_numpy(), new.leaves["area_m2"].to_numpy()
    twin_old, twin_new = _twins(before, after)
    tidy = bool(shapely.coverage_is_valid(before)), bool(shapely.coverage_is_valid(after))
    first, second = shapely.STRtree(after).query(before, predicate="intersects")
    # Twins need no intersection, nor do, in systems without overlaps, their neighbours.
    twin_of = np.full(len(before), _NONE, dtype=np.int64)
    twin_of[twin_old] = twin_new
    drop = twin_of[first] == second
    if all(tidy):
        drop |= np.isin(first, twin_old) | np.isin(second, twin_new)
    first, second = first[~drop], second[~drop]
    shared = shapely.intersection(before[first], after[second])
    common = area_m2(shared)
    real = common > _DUST_M2
    rows = [
        _rows(twin_old, twin_new, areas[0][twin_old], perimeter_m(before[twin_old])),
        _rows(first[real], second[real], common[real], perimeter_m(shared[real])),
    ]
    pairs = pd.concat(rows, ignore_index=True)
    lost = _remainders(before, after, areas[0], pairs["old"], pairs["new"], pairs["area_m2"], tidy[1])
    gained = _remainders(after, before, areas[1], pairs["new"], pairs["old"], pairs["area_m2"], tidy[0])
    rest = [
        _rows(lost[0], np.full(len(lost[0]), _NONE), *lost[1:]),
        _rows(np.full(len(gained[0]), _NONE), gained[0], *gained[1:]),
    ]
    return pd.concat([pairs, *rest], ignore_index=True)


def _shapes(system: GridSystem) -> Geometries:
    shapes = np.array(system.leaves.geometry.to_numpy(), dtype=object)
    shapely.prepare(shapes)
    return shapes


def _rows(old: Any, new: Any, areas: Any, perimeters: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {"old": np.asarray(old, np.int64), "new": np.asarray(new, np.int64), "area_m2": np.asarray(areas, np.float64),
         "perimeter_m": np.asarray(perimeters, np.float64)}
    )  # fmt: skip


def _twins(before: Geometries, after: Geometries) -> tuple[Longs, Longs]:
    """Positions of leaves of the same geometry, wherever their rings begin; of several alike, one pair."""
    known = {shape: at for at, shape in reversed(list(enumerate(shapely.to_wkb(shapely.normalize(after)).tolist())))}
    found: dict[int, int] = {}
    for at, shape in enumerate(shapely.to_wkb(shapely.normalize(before)).tolist()):
        if (twin := known.get(shape)) is not None:
            found.setdefault(twin, at)
    return np.array(list(found.values()), dtype=np.int64), np.array(list(found), dtype=np.int64)


def _remainders(
    shapes: Geometries, others: Geometries, areas: Floats, of: Any, by: Any, common: Any, tidy: bool
) -> tuple[Longs, Floats, Floats]:
    """Which shapes the others leave uncovered in part, by how many m2, and its perimeter; `tidy`: no others overlap."""
    of, by, common = np.asarray(of), np.asarray(by), np.asarray(common)
    covered = np.bincount(of, weights=common, minlength=len(shapes))
    untouched = np.bincount(of, minlength=len(shapes)) == 0
    left = np.where(untouched, areas, 0.0)
    perimeters = np.where(untouched, perimeter_m(shapes), 0.0)
    doubtful = ~untouched & ((areas - covered > _ADDS_UP * areas) if tidy else np.full(len(shapes), True))
    order = np.argsort(of, kind="stable")
    starts = np.searchsorted(of[order], np.arange(len(shapes) + 1))
    for at in np.flatnonzero(doubtful):
        around = others[by[order[starts[at] : starts[at + 1]]]]
        rest = [shapely.difference(shapes[at], union(around))]
        left[at], perimeters[at] = area_m2(rest)[0], perimeter_m(rest)[0]
    found = np.flatnonzero(left > _DUST_M2)
    return found, left[found], perimeters[found]


def _with_incidents(parts: pd.DataFrame, old: GridSystem, new: GridSystem, points: Points) -> pd.DataFrame:
    """The parts with the number of points in each; points on a border may add parts without area."""
    lon, lat = checked_degrees(*points)
    lon, lat = lon.ravel(), lat.ravel()
    found = pd.DataFrame(
        {"old": GridIndex(old).assign(lon, lat).astype(np.int64), "new": GridIndex(new).assign(lon, lat)}
    ).astype(np.int64)
    found = found[(found["old"] >= 0) | (found["new"] >= 0)]
    counts = found.groupby(["old", "new"]).size().rename("incidents").reset_index()
    merged = parts.merge(counts, how="outer", on=["old", "new"])
    return merged.fillna({"area_m2": 0.0, "perimeter_m": 0.0, "incidents": 0}).astype({"incidents": "Int64"})


def _lifted(parts: pd.DataFrame, old: GridSystem, new: GridSystem, old_level: int, new_level: int) -> pd.DataFrame:
    """The parts, summed up over the grids of a level."""
    rows = parts.assign(
        old=old.ancestors(old_level, parts["old"].to_numpy()), new=new.ancestors(new_level, parts["new"].to_numpy())
    )
    summed = rows.groupby(["old", "new"], as_index=False).agg(
        area_m2=("area_m2", "sum"),
        perimeter_m=("perimeter_m", "sum"),
        incidents=("incidents", lambda counts: counts.sum(min_count=1)),
    )
    # New grids without a predecessor stand at the end, not before everything.
    return summed.sort_values(["old", "new"], key=lambda column: column.where(column >= 0, np.iinfo(np.int64).max))


def _described(
    rows: pd.DataFrame, old: GridSystem, new: GridSystem, old_level: int, new_level: int, least: tuple[float, float]
) -> pd.DataFrame:
    """Rows of ordinals and areas with codes, names, parents, shares and kinds."""
    rows = rows.reset_index(drop=True)
    before, after = rows["old"].to_numpy(), rows["new"].to_numpy()
    area = rows["area_m2"].to_numpy()
    for side, system, level, at in (("old", old, old_level, before), ("new", new, new_level, after)):
        layer = system.levels[level - 1]
        for name in ("code", "name", "parent"):
            # One more value at the end is what -1 picks.
            names = np.array([*layer[name], None], dtype=object)[at]
            rows[f"{side}_{name}"] = pd.Series(names, dtype=object)
        whole = np.bincount(at[at >= 0], weights=area[at >= 0], minlength=len(layer))
        rows[f"share_{side}"] = np.where(at >= 0, area / np.maximum(np.append(whole, 1.0)[at], _DUST_M2), np.nan)
    rows["kind"] = _kinds(rows, before, after, *least)
    return rows.drop(columns=["old", "new", "perimeter_m"])


def _kinds(rows: pd.DataFrame, before: Longs, after: Longs, sliver_m2: float, sliver_m: float) -> list[Kind]:
    # A leaf smaller than a sliver is still a leaf: what it consists of counts.
    areas = rows["area_m2"].to_numpy()
    most = np.fmax(rows["share_old"].to_numpy(), rows["share_new"].to_numpy())
    wide = 2.0 * areas >= sliver_m * rows["perimeter_m"].to_numpy()
    counts = ((areas >= sliver_m2) & wide) | ((most > 0.5) & (areas > 0.0))
    partners_old, partners_new = _partners(before, counts), _partners(after, counts)
    both = (before >= 0) & (after >= 0)
    # A split is clean when every part belongs to this grid alone; likewise a merge.
    unclean_old = _any_of(before, counts & ~(both & (partners_new == 1)))
    unclean_new = _any_of(after, counts & ~(both & (partners_old == 1)))
    one_to_one = both & (partners_old == 1) & (partners_new == 1)
    same_code = (rows["old_code"] == rows["new_code"]).to_numpy()
    same_name = (rows["old_name"] == rows["new_name"]).to_numpy()
    chosen = np.select(
        [
            ~counts,
            one_to_one & same_code & same_name,
            one_to_one & same_code,
            one_to_one,
            both & (partners_old > 1) & (partners_new == 1) & ~unclean_old,
            both & (partners_new > 1) & (partners_old == 1) & ~unclean_new,
            (after < 0) & (partners_old == 1),
            (before < 0) & (partners_new == 1),
        ],
        ["sliver", "same", "renamed", "recoded", "split", "merged", "gone", "new"],
        default="moved",
    )
    return [KINDS[KINDS.index(kind)] for kind in chosen.tolist()]


def _partners(at: Longs, counts: NDArray[np.bool_]) -> Longs:
    """For each row, how many parts that count its grid has; 0 where there is no grid."""
    totals = np.bincount(at[(at >= 0) & counts], minlength=int(at.max(initial=0)) + 1)
    return np.append(totals, 0)[at]


def _any_of(at: Longs, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each row, whether any row of its grid is among these."""
    return np.isin(at, at[rows])


def _recoded_pairs(frame: pd.DataFrame) -> set[tuple[str, str]]:
    recoded = frame[frame["kind"] == "recoded"]
    return set(zip(recoded["old_code"], recoded["new_code"], strict=True))


def kind_counts(frame: pd.DataFrame) -> Mapping[int, Mapping[str, int]]:
    """For each level, how many rows of each kind; kinds without any are absent."""
    return {
        int(str(level)): {kind: count for kind in KINDS if (count := int((rows["kind"] == kind).sum()))}
        for level, rows in frame.groupby("level")
    }
