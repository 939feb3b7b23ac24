"""How the cost of placing grows: with the number of leaves, and with the number of points."""

import os
import resource
import time
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.tables import Table, best_of, seconds_text
from data.demo.city import build_city
from geo import GridIndex, GridSystem

LEAVES = (1, 10, 103)
COUNTS = tuple(10**power for power in range(4, int(os.environ.get("BENCH_LARGEST_POWER", "8")) + 1))
_CHUNK = 1_000_000


def tiled(leaves: gpd.GeoDataFrame, copies: int) -> GridSystem:
    """A system of the same leaves so many times side by side, in a block as square as can be."""
    west, south, east, north = leaves.total_bounds
    across = int(np.ceil(np.sqrt(copies)))
    frames = []
    for copy in range(copies):
        step = np.array([copy % across * (east - west), -(copy // across) * (north - south)])
        shapes = shapely.transform(leaves.geometry.to_numpy(), step.__add__)
        codes = [f"{copy:03d}-{code}" for code in leaves["code"]]
        frames.append(gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=shapes, crs="EPSG:4326"))
    joined = frames[0] if copies == 1 else pd.concat(frames, ignore_index=True)
    return GridSystem.build([joined])


def run() -> list[Table]:
    """All tables of this benchmark."""
    leaves = build_city().system.leaves
    return [_by_points(GridIndex(GridSystem.build([leaves[["code", "name", "geometry"]]]))), _by_leaves(leaves)]


def _by_leaves(leaves: gpd.GeoDataFrame) -> Table:
    rows = []
    for copies in LEAVES:
        system = tiled(leaves, copies)
        vertices = int(shapely.get_num_coordinates(system.leaves.geometry.to_numpy()).sum())
        start = time.perf_counter()
        index = GridIndex(system)
        build = time.perf_counter() - start
        west, south, east, north = system.leaves.total_bounds
        random = np.random.default_rng(3)
        lon, lat = random.uniform(west, east, _CHUNK), random.uniform(south, north, _CHUNK)
        seconds, _ = best_of(partial(index.assign, lon, lat))
        memory = f"{index.nbytes / 1e6:.0f} MB"
        rows.append([f"{len(system.leaves):,}", f"{vertices:,}", seconds_text(build), memory, seconds_text(seconds)])
        del system, index
    return Table(
        "How cost grows with leaves",
        f"The demo city side by side with itself; {_CHUNK:,} points over the whole rectangle.",
        ["leaves", "vertices", "build", "tables", f"{_CHUNK:,} points"],
        rows,
    )


def _by_points(index: GridIndex) -> Table:
    rows = []
    box = np.asarray(index.bounds)
    index.assign(box[0], box[1])  # what is compiled or fetched once is no part of the cost
    for count in COUNTS:
        random = np.random.default_rng(4)
        spent = 0.0
        for first in range(0, count, _CHUNK):
            size = min(_CHUNK, count - first)
            lon, lat = random.uniform(box[0], box[2], size), random.uniform(box[1], box[3], size)
            start = time.perf_counter()
            index.assign(lon, lat)
            spent += time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        rows.append([f"{count:,}", seconds_text(spent), f"{spent / count * 1e9:.0f} ns", f"{peak:.0f} MB"])
    return Table(
        "How cost grows with points",
        f"Onto 1,557 leaves, in chunks of {_CHUNK:,}; only the placing is timed. The last column is the peak memory of"
        " the process so far, including the demo city and everything else.",
        ["points", "time", "per point", "peak memory of the process"],
        rows,
    )
