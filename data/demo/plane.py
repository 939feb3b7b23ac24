"""A flat plane in metres for the demo city, and smooth random fields on it.

Only + - * / are used, so that the same city comes out on every processor.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LON_0, LAT_0 = 120.28, 31.83
# Metres per degree of the WGS 84 ellipsoid at LAT_0: along the parallel and along the meridian.
M_PER_DEGREE_LON, M_PER_DEGREE_LAT = 94_666.0, 110_882.0


def to_plane(lon_lat: Floats) -> Floats:
    """Degrees, shape ``(n, 2)``, to metres east and north of the origin."""
    return (lon_lat - (LON_0, LAT_0)) * (M_PER_DEGREE_LON, M_PER_DEGREE_LAT)


def from_plane(xy: Floats) -> Floats:
    """Metres, shape ``(n, 2)``, to degrees."""
    return xy / (M_PER_DEGREE_LON, M_PER_DEGREE_LAT) + (LON_0, LAT_0)


@dataclass(frozen=True)
class Field:
    """Value noise: random numbers in [-1, 1] on a square lattice, smoothly filled in between."""

    lattice: Floats
    spacing_m: float
    west_m: float
    south_m: float

    @classmethod
    def draw(cls, rng: np.random.Generator, spacing_m: float, reach_m: float = 60_000.0) -> "Field":
        """A field over ``[-reach_m, reach_m]`` in both directions."""
        n = int(2 * reach_m / spacing_m) + 3
        return cls(rng.random((n, n)) * 2 - 1, spacing_m, -reach_m, -reach_m)

    def at(self, xy: Floats) -> Floats:
        """Values at points, shape ``(n,)``; points beyond the lattice take its rim."""
        grid = (xy - (self.west_m, self.south_m)) / self.spacing_m
        cell = np.clip(np.floor(grid), 0, self.lattice.shape[0] - 2).astype(np.int64)
        part = np.clip(grid - cell, 0.0, 1.0)
        part = part * part * part * (part * (part * 6 - 15) + 10)
        i, j, u, v = cell[:, 0], cell[:, 1], part[:, 0], part[:, 1]
        low = self.lattice[i, j] * (1 - u) + self.lattice[i + 1, j] * u
        high = self.lattice[i, j + 1] * (1 - u) + self.lattice[i + 1, j + 1] * u
        return low * (1 - v) + high * v


@dataclass(frozen=True)
class Warp:
    """A smooth one-to-one bending of the plane: what was straight becomes winding, what touched still touches."""

    octaves: tuple[tuple[float, Field, Field], ...]

    @classmethod
    def draw(cls, rng: np.random.Generator, octaves: tuple[tuple[float, float], ...]) -> "Warp":
        """From pairs (spacing_m, amplitude_m); amplitudes well under a fifth of the spacing keep it one-to-one."""
        return cls(tuple((amp, Field.draw(rng, spacing), Field.draw(rng, spacing)) for spacing, amp in octaves))

    def apply(self, xy: Floats) -> Floats:
        """Bend points, shape ``(n, 2)``."""
        bent = xy.copy()
        for amplitude, east, north in self.octaves:
            bent[:, 0] += amplitude * east.at(xy)
            bent[:, 1] += amplitude * north.at(xy)
        return bent

    def undo(self, xy: Floats, rounds: int = 40) -> Floats:
        """The points that `apply` brings to `xy`, by fixed-point iteration."""
        flat = xy.copy()
        for _ in range(rounds):
            flat += 0.7 * (xy - self.apply(flat))
        return flat
