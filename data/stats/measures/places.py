"""The grids a question is answered for, as arrays: leaves, area, people."""

from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from data.access.scope import Scope
from data.errors import QueryInvalid
from geo.grids import Grid, GridSystem

_M2_PER_KM2 = 1e6


@dataclass(frozen=True, eq=False)
class Places:
    """Grids of one level, or the whole in view as a single place.

    Attributes
    ----------
    ids, names
        Wire ids (None for the whole city) and names.
    lo, hi
        int64: the leaves ``[lo, hi)`` of each, disjoint and ascending.
    area_km2, population
        float64; NaN where unknown.
    unlocated
        Whether incidents in no grid belong to the (single) place.
    """

    ids: tuple[str | None, ...]
    names: tuple[str, ...]
    lo: NDArray[np.int64]
    hi: NDArray[np.int64]
    area_km2: NDArray[np.float64]
    population: NDArray[np.float64]
    unlocated: bool = False

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, chosen: NDArray[np.intp]) -> "Places":
        """The places at these positions."""
        return Places(
            tuple(self.ids[i] for i in chosen),
            tuple(self.names[i] for i in chosen),
            self.lo[chosen],
            self.hi[chosen],
            self.area_km2[chosen],
            self.population[chosen],
        )

    def inside(self, scope: Scope) -> NDArray[np.bool_]:
        """Which of the places lie wholly in the scope."""
        return scope.covering(self.lo, self.hi)

    def of_leaves(self, leaf: NDArray[np.int32]) -> NDArray[np.intp]:
        """Position of the place each leaf lies in; -1 for none."""
        return self._of_leaf[np.minimum(leaf, len(self._of_leaf) - 2)]

    @cached_property
    def _of_leaf(self) -> NDArray[np.intp]:
        """Place of each leaf; of the leaves behind the last place, all together; and of no leaf, which is index -1."""
        table = np.full(int(self.hi.max(initial=0)) + 2, -1, np.intp)
        for at, (lo, hi) in enumerate(zip(self.lo.tolist(), self.hi.tolist(), strict=True)):
            table[lo:hi] = at
        if self.unlocated:
            table[-1] = 0
        return table


# Grid systems do not change; their arrays are made once, and forgotten with them.
_levels: WeakKeyDictionary[GridSystem, dict[int, Places]] = WeakKeyDictionary()


def level_places(system: GridSystem, level: int) -> Places:
    """All grids of a level, in depth-first order.

    Raises
    ------
    QueryInvalid
        If there is no such level.
    """
    if not 1 <= level <= system.depth:
        raise QueryInvalid(f"there is no level {level}: levels go from 1 to {system.depth}", level=level)
    made = _levels.setdefault(system, {})
    if level not in made:
        frame = system.levels[level - 1]
        made[level] = Places(
            tuple(f"{level}:{code}" for code in frame["code"]),
            tuple(frame["name"]),
            frame["lo"].to_numpy(np.int64),
            frame["hi"].to_numpy(np.int64),
            frame["area_m2"].to_numpy(np.float64) / _M2_PER_KM2,
            frame["population"].astype("Float64").to_numpy(np.float64, na_value=np.nan),
        )
    return made[level]


def children_of(system: GridSystem, grid: Grid | None) -> Places | None:
    """The grids one level below (of the city: those of level 1); None below the leaves."""
    if grid is None:
        return level_places(system, 1)
    if grid.level == system.depth:
        return None
    below = level_places(system, grid.level + 1)
    first, last = np.searchsorted(below.lo, [grid.lo, grid.hi])
    return below.at(np.arange(first, last))


def whole(system: GridSystem, city: str, grid: Grid | None, scope: Scope) -> Places:
    """What is in view as one place: the grid, or the part of the city the scope shows."""
    if grid is not None and scope.covers(grid.lo, grid.hi):
        people = np.nan if grid.population is None else float(grid.population)
        return _single(grid.id, grid.name, scope.narrowed(grid.lo, grid.hi), grid.area_m2 / _M2_PER_KM2, people)
    seen = scope if grid is None else scope.narrowed(grid.lo, grid.hi)
    leaves = level_places(system, system.depth)
    # Level 1 knows the people more often than the leaves do.
    parts = level_places(system, 1) if seen.covers(0, len(leaves)) else leaves
    inside = parts.inside(seen)
    area, people = float(parts.area_km2[inside].sum()), float(parts.population[inside].sum())
    return _single(None if grid is None else grid.id, city if grid is None else grid.name, seen, area, people)


def _single(place_id: str | None, name: str, scope: Scope, area_km2: float, population: float) -> Places:
    # What lies between two parts of a scope is not counted: it may lie in the slice.
    lo, hi = scope.hull
    return Places(
        (place_id,), (name,), np.array([lo]), np.array([hi]),
        np.array([area_km2]), np.array([population]), scope.sees_unlocated,
    )  # fmt: skip
