"""The invented outline of the demo city: a river in the north, winding land borders elsewhere."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from data.demo.plane import to_plane

Floats = NDArray[np.float64]

CONTROL_POINTS = Path(__file__).parent / "outline.csv"
RIVER_PARTS = 12
LAND_ROUNDS = 4


@dataclass(frozen=True)
class Outline:
    """Outline in the plane: `city` and `river`, the part of its border that is a river bank."""

    city: shapely.Polygon
    river: shapely.LineString


def draw_outline(rng: np.random.Generator, roughness: float = 0.26) -> Outline:
    """An outline through the control points; rougher draws that cross themselves are replaced by calmer ones."""
    with CONTROL_POINTS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    points = to_plane(np.array([(float(row["lon"]), float(row["lat"])) for row in rows]))
    river = [row["edge"] == "river" for row in rows]
    while True:
        outline = _through(points, river, rng, roughness)
        if outline.city.is_valid:
            return outline
        roughness *= 0.7


def _through(points: Floats, river: list[bool], rng: np.random.Generator, roughness: float) -> Outline:
    ring: list[Floats] = []
    banks: list[Floats] = []
    n = len(points)
    for i in range(n):
        if river[i]:
            part = _bend(*(points[(i + k) % n] for k in (-1, 0, 1, 2)))
            banks.append(part)
        else:
            part = _crumple(np.array([points[i], points[(i + 1) % n]]), rng, roughness)
        ring.append(part[:-1])
    return Outline(shapely.Polygon(np.vstack(ring)), shapely.LineString(np.vstack(banks)))


def _bend(before: Floats, start: Floats, end: Floats, after: Floats) -> Floats:
    """Catmull-Rom curve from start to end."""
    t = np.linspace(0.0, 1.0, RIVER_PARTS + 1)[:, None]
    curve = 2 * start + (end - before) * t
    curve = curve + (2 * before - 5 * start + 4 * end - after) * t**2
    curve = curve + (3 * (start - end) + after - before) * t**3
    return np.asarray(0.5 * curve)


def _crumple(line: Floats, rng: np.random.Generator, roughness: float) -> Floats:
    """Midpoint displacement: each round halves every segment and moves its middle sideways."""
    for _ in range(LAND_ROUNDS):
        along = np.diff(line, axis=0)
        aside = np.column_stack([-along[:, 1], along[:, 0]]) * (rng.random(len(along)) * 2 - 1)[:, None] * roughness
        middle = line[:-1] + along * (0.4 + 0.2 * rng.random(len(along)))[:, None] + aside
        line = np.vstack([np.stack([line[:-1], middle], axis=1).reshape(-1, 2), line[-1:]])
    return line
