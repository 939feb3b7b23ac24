"""How long it takes to compute where all history lies on another edition; writing it back is the database's time."""

import os
import time

import numpy as np
import pandas as pd

from benchmarks.tables import Table, seconds_text
from data.demo.city import build_city
from data.incidents.regridding import Regridder
from geo import GridIndex, GridSystem

INCIDENTS = int(os.environ.get("BENCH_REGRID", "10000000"))
CHUNK = 200_000
OLD_EDITION = 1


def history(system: GridSystem, count: int, seed: int) -> pd.DataFrame:
    """Incidents as the store hands them over: 96 in 100 with a position, 2 placed by code, 2 nowhere."""
    random = np.random.default_rng(seed)
    west, south, east, north = system.leaves.total_bounds
    lon, lat = random.uniform(west, east, count), random.uniform(south, north, count)
    leaf = GridIndex(system).assign(lon, lat)
    placed_by = np.where(leaf >= 0, "coordinates", "")
    drawn = random.random(count)
    by_code, nowhere = drawn < 0.02, (drawn >= 0.02) & (drawn < 0.04)
    leaf[by_code] = random.integers(0, len(system.leaves), int(by_code.sum()))
    leaf[nowhere] = -1
    placed_by = np.where(by_code, "grid_code", np.where(nowhere, "", placed_by))
    lon[by_code | nowhere] = lat[by_code | nowhere] = np.nan
    codes = np.append(system.leaves["code"].to_numpy(dtype=object), None)
    frame = pd.DataFrame({"lon": lon, "lat": lat, "leaf": leaf, "edition_id": np.full(count, OLD_EDITION, np.int32)})
    frame["leaf_code"] = pd.Categorical.from_codes(np.where(leaf < 0, -1, leaf), codes[:-1])
    frame["grid_code_given"] = frame["leaf_code"].where(by_code)
    frame["placed_by"] = pd.Categorical(np.where(placed_by == "", None, placed_by))
    return frame


def redrawn(system: GridSystem) -> GridSystem:
    """The next edition: every third village is one grid, where it had several."""
    towns, villages, leaves = (level.drop(columns=["lo", "hi", "area_m2"]) for level in system.levels)
    joined = set(villages["code"].iloc[::3])
    merged = leaves[leaves["parent"].isin(joined)].dissolve("parent", as_index=False)
    merged["code"] = merged["parent"] + "900"
    kept = leaves[~leaves["parent"].isin(joined)]
    columns = ["code", "name", "parent", "geometry"]
    new_leaves = pd.concat([kept[columns], merged[columns]], ignore_index=True)
    return GridSystem.build([towns[["code", "name", "geometry"]], villages[columns], new_leaves])


def run() -> list[Table]:
    """Compute the new leaves of all incidents, a chunk at a time, as `regrid` does."""
    old = build_city().system
    new = redrawn(old)
    regridder = Regridder(new, {OLD_EDITION: old}.__getitem__)
    chunk = history(old, CHUNK, seed=1)
    regridder.place(chunk)
    computing = 0.0
    done = unlocated = 0
    while done < INCIDENTS:
        chunk = history(old, min(CHUNK, INCIDENTS - done), seed=done)
        began = time.perf_counter()
        placed = regridder.place(chunk)
        computing += time.perf_counter() - began
        done += len(chunk)
        unlocated += int((placed.leaf < 0).sum())
    return [
        Table(
            "Re-assigning history onto another edition",
            f"{len(old.leaves):,} leaves onto {len(new.leaves):,}, in chunks of {CHUNK:,}: computation only, as in"
            " `regrid`, without the database's time for reading and writing.",
            ("incidents", "computing", "incidents/s", "in no grid"),
            [(f"{done:,}", seconds_text(computing), f"{done / computing:,.0f}", f"{unlocated:,}")],
        )
    ]
