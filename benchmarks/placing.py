"""Points onto leaves: ours and the rivals', the same points in one run, results compared."""

import os
import tempfile
import time
import timeit
from functools import partial
from pathlib import Path

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from benchmarks.rivals import RIVALS, RivalMissing
from benchmarks.tables import Table, best_of, seconds_text
from data.demo.city import build_city
from geo import GridIndex, GridSystem
from geo.crs import from_gauss_kruger, from_wgs84, to_wgs84

POINTS = int(os.environ.get("BENCH_POINTS", "1000000"))
Floats = NDArray[np.float64]


def points_in(system: GridSystem, index: GridIndex, count: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Points spread evenly over all leaves of a system."""
    random = np.random.default_rng(seed)
    west, south, east, north = system.leaves.total_bounds
    lon, lat = np.empty(0), np.empty(0)
    while len(lon) < count:
        x, y = random.uniform(west, east, count), random.uniform(south, north, count)
        inside = index.assign(x, y) >= 0
        lon, lat = np.append(lon, x[inside]), np.append(lat, y[inside])
    return lon[:count].copy(), lat[:count].copy()


def run() -> list[Table]:
    """All tables of this benchmark."""
    system = build_city().system
    index = GridIndex(system)
    return [_against_rivals(system, index), _ourselves(system, index), _coordinates()]


def _against_rivals(system: GridSystem, index: GridIndex) -> Table:
    lon, lat = points_in(system, index, POINTS)
    ours, expected = best_of(lambda: index.assign(lon, lat))
    rows = [["**this project** `GridIndex.assign`", seconds_text(ours), "1", "—"]]
    notes = []
    for name, rival in RIVALS.items():
        try:
            with rival(system.leaves) as place:
                seconds, found = best_of(partial(place, lon, lat))
        except RivalMissing as missing:
            notes.append(f"{name} was left out: {missing}.")
            continue
        rows.append([name, seconds_text(seconds), f"{seconds / ours:.0f} ×", str(int((found != expected).sum()))])
    vertices = int(shapely.get_num_coordinates(system.leaves.geometry.to_numpy()).sum())
    return Table(
        "Points onto leaves",
        f"{POINTS:,} points within the demo city onto its {len(system.leaves):,} leaves ({vertices:,} vertices, full"
        " resolution), from two float arrays to leaf ordinals. Every method has its leaves prepared"
        " beforehand; PostGIS also has the points in its tables already. The last column counts points whose leaf"
        " differs from ours.",
        ["", "best time", "ratio to ours", "different"],
        rows,
        notes,
    )


def _ourselves(system: GridSystem, index: GridIndex) -> Table:
    lon, lat = points_in(system, index, POINTS)
    x, y = float(lon[0]), float(lat[0])
    one = min(timeit.repeat(lambda: index.assign(x, y), number=2000, repeat=5)) / 2000
    build, _ = best_of(lambda: GridIndex(system), 3)
    with tempfile.TemporaryDirectory() as folder:
        GridIndex.load_or_build(system, Path(folder))
        start = time.perf_counter()
        GridIndex.load_or_build(system, Path(folder))
        load = time.perf_counter() - start
    cells, _ = best_of(lambda: index.cells(lon, lat, 12))
    return Table(
        "The index",
        f"The same {len(system.leaves):,} leaves.",
        ["", ""],
        [
            ["build the index", seconds_text(build)],
            ["load it from disk, verified", seconds_text(load)],
            ["memory of its tables", f"{index.nbytes / 1e6:.1f} MB"],
            ["one point through `assign`", seconds_text(one)],
            [f"H3 cells (resolution 12) of {POINTS:,} points", seconds_text(cells)],
        ],
    )


def _coordinates() -> Table:
    random = np.random.default_rng(2)
    lon, lat = random.uniform(73.0, 135.0, POINTS), random.uniform(18.0, 54.0, POINTS)
    rows = []
    for name in ("gcj02", "bd09"):
        there, moved = best_of(partial(from_wgs84, lon, lat, target=name))
        back, again = best_of(partial(to_wgs84, moved[0], moved[1], source=name))
        off = max(float(np.abs(again[0] - lon).max()), float(np.abs(again[1] - lat).max()))
        rows.append([name, f"{POINTS / there / 1e6:.1f}", f"{POINTS / back / 1e6:.1f}", f"{off:.1e}°"])
    lon = random.uniform(118.5, 121.5, POINTS)
    x, y = pyproj.Transformer.from_crs(4490, 4549, always_xy=True).transform(lon, lat)
    back, again = best_of(partial(from_gauss_kruger, x, y, 4549))
    off = max(float(np.abs(again[0] - lon).max()), float(np.abs(again[1] - lat).max()))
    rows.append(["CGCS2000 Gauss-Kruger", "—", f"{POINTS / back / 1e6:.1f}", f"{off:.1e}°"])
    return Table(
        "Coordinate systems",
        f"{POINTS:,} points all over China, million points per second.",
        ["", "from WGS 84", "to WGS 84", "largest error of the round trip"],
        rows,
    )
