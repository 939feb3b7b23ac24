"""The pieces a grid system is made of: its leaves, and what its grids have that no child of theirs covers.

Simplified together, they give every level one and the same borders.
"""

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely

from geo.dissolve import union
from geo.grids import GridSystem
from geo.measure import Geometries

# Children fill a grid when what they leave out or stick out is less than this share of it.
_TILING = 1e-6


@dataclass(frozen=True)
class Pieces:
    """A valid coverage of which every grid of every level is a union.

    Attributes
    ----------
    shapes
        The leaves in order, then what is left over.
    leaf
        For each piece a leaf of the grid it belongs to: its own ordinal for a leaf.
    level
        The level of the grid a piece belongs to: a piece left over by the children of a town is part of the town
        only, so level 1; of a leaf, the depth.
    """

    shapes: Geometries
    leaf: Any
    level: Any

    def of_level(self, system: GridSystem, level: int) -> list[Any]:
        """For each grid of a level the positions of its pieces."""
        owner = np.where(self.level >= level, system.ancestors(level, self.leaf), -1)
        order = np.argsort(owner, kind="stable")
        bounds = np.searchsorted(owner[order], np.arange(len(system.levels[level - 1]) + 1))
        return [order[lo:hi] for lo, hi in itertools.pairwise(bounds)]


@lru_cache(maxsize=1)  # of the city in force: every level and detail asks for them
def coverage_pieces(system: GridSystem) -> Pieces | None:
    """The pieces of a system; None where they are no coverage (grids overlap, or stick out of their parents)."""
    shapes = [np.asarray(system.leaves.geometry.to_numpy(), dtype=object)]
    if not shapely.coverage_is_valid(shapes[0]):
        return None
    leaves, levels = [np.arange(len(shapes[0]))], [np.full(len(shapes[0]), system.depth)]
    covered = shapes[0]
    for level in range(system.depth - 1, 0, -1):
        grids = np.asarray(system.levels[level - 1].geometry.to_numpy(), dtype=object)
        above = system.ancestors(level)[system.levels[level]["lo"].to_numpy()]
        cuts = np.searchsorted(above, np.arange(len(grids) + 1))
        united = np.array([union(covered[a:b]) for a, b in itertools.pairwise(cuts)], dtype=object)
        smallest = _TILING * shapely.area(grids)
        apart = shapely.area(shapely.symmetric_difference(grids, united)) > smallest
        left = shapely.difference(grids[apart], united[apart])
        if (shapely.area(shapely.difference(united[apart], grids[apart])) > smallest[apart]).any():
            return None
        shapes.append(np.asarray(left, dtype=object))
        leaves.append(system.levels[level - 1]["lo"].to_numpy()[apart])
        levels.append(np.full(int(apart.sum()), level))
        covered = grids
    every = np.concatenate(shapes)
    if len(every) > len(shapes[0]) and not shapely.coverage_is_valid(every):
        return None
    return Pieces(every, np.concatenate(leaves), np.concatenate(levels))
