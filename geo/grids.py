"""The grid system of a city: levels, codes, parents, and its leaves in depth-first order."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import GridsInvalid, GridUnknown
from geo.layers import normal_layer, problem
from geo.measure import area_m2

Ordinals = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Grid:
    """One grid of a grid system.

    Attributes
    ----------
    level
        1 is the coarsest.
    ordinal
        Position within its level, depth first, from 0.
    code, name
        Text; the code is unique within the level.
    parent
        Code of the grid one level up; None on level 1.
    lo, hi
        Its leaves are the ordinals ``[lo, hi)`` of the finest level.
    area_m2
        On the WGS 84 ellipsoid.
    population
        Persons; None where unknown.
    """

    level: int
    ordinal: int
    code: str
    name: str
    parent: str | None
    lo: int
    hi: int
    area_m2: float
    population: int | None = None

    @property
    def id(self) -> str:
        """The grid's name on the wire: ``"LEVEL:CODE"``."""
        return f"{self.level}:{self.code}"


@dataclass(frozen=True, eq=False)
class GridSystem:
    """A city's hierarchy of grids; make one with `GridSystem.build`.

    Attributes
    ----------
    levels
        One GeoDataFrame per level, coarsest first, in depth-first order (children by code within their parent), WGS 84,
        index = ordinal, columns ``code, name, parent, lo, hi, area_m2, population, geometry``; `parent` is None on
        level 1, `population` NA where unknown. Not to be changed.
    """

    levels: tuple[gpd.GeoDataFrame, ...]
    _grids: tuple[tuple[Grid, ...], ...] = field(repr=False)
    _by_code: tuple[Mapping[str, Grid], ...] = field(repr=False)

    @classmethod
    def build(cls, levels: Sequence[gpd.GeoDataFrame]) -> "GridSystem":
        """Check the layers and sort them in depth-first order.

        Parameters
        ----------
        levels
            Coarsest first, one or more. Columns ``code``, ``name``, ``parent`` (code of the grid one level up; not
            needed on the first), geometry of polygons, optionally ``population``. Any coordinate system; without one,
            degrees of WGS 84 if the coordinates can be degrees. Not changed.

        Raises
        ------
        GridsInvalid
            Names the level, the code and the reason of the first problem, and the number of similar ones: a missing
            column, a missing or duplicate code, an orphan, a grid without leaves, geometry that is missing, empty,
            invalid, not a polygon, or out of range. Nothing is repaired, and parents are never inferred from codes.
        """
        if not len(levels):
            raise GridsInvalid("there are no layers: give one for each level, coarsest first", reason="no_layers")
        ordered: list[gpd.GeoDataFrame] = []
        for level, layer in enumerate(levels, start=1):
            normal = normal_layer(layer, level)
            above = ordered[-1]["code"].tolist() if ordered else []
            ordered.append(_in_order(normal, above, level))
        slices = _leaf_slices(ordered)
        done = tuple(
            layer.assign(lo=lo, hi=hi, area_m2=area_m2(layer.geometry.to_numpy()))[
                ["code", "name", "parent", "lo", "hi", "area_m2", "population", "geometry"]
            ]
            for layer, (lo, hi) in zip(ordered, slices, strict=True)
        )
        grids = tuple(_grids_of(layer, level) for level, layer in enumerate(done, start=1))
        return cls(done, grids, tuple({grid.code: grid for grid in row} for row in grids))

    @property
    def depth(self) -> int:
        """Number of levels."""
        return len(self.levels)

    @property
    def leaves(self) -> gpd.GeoDataFrame:
        """The finest level, in ordinal order."""
        return self.levels[-1]

    @cached_property
    def checksum(self) -> str:
        """SHA-256 (hexadecimal) over codes, names, parents and geometry of all levels, in order."""
        digest = hashlib.sha256()
        for layer in self.levels:
            digest.update(len(layer).to_bytes(8, "little"))
            wkb = shapely.to_wkb(layer.geometry.to_numpy(), byte_order=1, output_dimension=2)
            for code, name, parent, shape in zip(layer["code"], layer["name"], layer["parent"], wkb, strict=True):
                for part in (code.encode(), name.encode(), (parent or "").encode(), shape):
                    digest.update(len(part).to_bytes(8, "little"))
                    digest.update(part)
        return digest.hexdigest()

    def grid(self, level: int, code: str) -> Grid:
        """Return the grid with this code on this level; raise GridUnknown if there is none."""
        found = self._by_code[level - 1].get(code) if 1 <= level <= self.depth else None
        if found is None:
            raise GridUnknown(
                f"there is no grid {level}:{code}: levels go from 1 to {self.depth}", level=level, code=code
            )
        return found

    def grid_at(self, level: int, ordinal: int) -> Grid:
        """Return the grid at a position of a level; raise GridUnknown if there is none."""
        if not (1 <= level <= self.depth and 0 <= ordinal < len(self.levels[level - 1])):
            raise GridUnknown(f"there is no grid number {ordinal} on level {level}", level=level, ordinal=int(ordinal))
        return self._grids[level - 1][ordinal]

    def find(self, text: str, level: int | None = None) -> Grid:
        """Return the grid named by ``"LEVEL:CODE"``, or by a bare code that only one level has.

        `level` limits the search for a bare code to one level.

        Raises
        ------
        GridUnknown
            No grid has that name, or several do; `candidates` lists the ids of the latter.
        """
        head, colon, code = text.partition(":")
        if colon and head.isascii() and head.isdecimal() and int(head) in self._levels_with(code):
            return self.grid(int(head), code)
        found = [at for at in self._levels_with(text) if level is None or at == level]
        if len(found) == 1:
            return self.grid(found[0], text)
        candidates = [f"{at}:{text}" for at in found]
        if candidates:
            message = f"code {text!r} is used on several levels: say which, one of {', '.join(candidates)}"
        else:
            message = f"there is no grid {text!r}: give LEVEL:CODE or a code of the grid system"
        raise GridUnknown(message, grid=text, candidates=candidates)

    def children(self, grid: Grid | None = None) -> list[Grid]:
        """Return the grids one level below, in order: those of level 1 for the whole city (None), none for a leaf."""
        if grid is None:
            return list(self._grids[0])
        if grid.level == self.depth:
            return []
        starts = self.levels[grid.level]["lo"].to_numpy()
        first, last = np.searchsorted(starts, [grid.lo, grid.hi])
        return list(self._grids[grid.level][first:last])

    def path(self, grid: Grid) -> list[Grid]:
        """Return the grid's ancestors from level 1 down, then the grid itself."""
        return [self._grids[level - 1][self._above(level, grid.lo)] for level in range(1, grid.level)] + [grid]

    def slice_of(self, level: int, code: str) -> tuple[int, int]:
        """Return the leaves ``[lo, hi)`` of a grid; raise GridUnknown if there is none."""
        grid = self.grid(level, code)
        return grid.lo, grid.hi

    def ancestors(self, level: int, ordinals: Any = None) -> Ordinals:
        """Return the ordinals, on `level`, of the ancestors of leaves.

        Parameters
        ----------
        level
            1 to `depth`; for `depth`, the result is the leaves themselves.
        ordinals
            Leaf ordinals, -1 = in no grid; by default all leaves in order.

        Returns
        -------
        int32 array as long as `ordinals`; -1 where the leaf is -1.
        """
        if not 1 <= level <= self.depth:
            raise GridUnknown(f"there is no level {level}: levels go from 1 to {self.depth}", level=level)
        layer = self.levels[level - 1]
        sizes = (layer["hi"] - layer["lo"]).to_numpy()
        every = np.repeat(np.arange(len(layer), dtype=np.int32), sizes)
        if ordinals is None:
            return every
        wanted = np.asarray(ordinals, dtype=np.int64)
        outside = (wanted < -1) | (wanted >= len(every))
        if outside.any():
            raise GridUnknown(f"there is no leaf number {int(wanted[outside][0])}", ordinal=int(wanted[outside][0]))
        # The index -1 selects the extra value at the end.
        return np.append(every, np.int32(-1))[wanted]

    def _levels_with(self, code: str) -> list[int]:
        return [level for level, grids in enumerate(self._by_code, start=1) if code in grids]

    def _above(self, level: int, leaf: int) -> int:
        return int(np.searchsorted(self.levels[level - 1]["lo"].to_numpy(), leaf, side="right")) - 1


def _grids_of(layer: gpd.GeoDataFrame, level: int) -> tuple[Grid, ...]:
    people = [None if missing else int(value) for missing, value in
              zip(layer["population"].isna(), layer["population"].fillna(0), strict=True)]  # fmt: skip
    columns = [layer[name].tolist() for name in ("code", "name", "parent", "lo", "hi", "area_m2")]
    return tuple(Grid(level, ordinal, *row) for ordinal, row in enumerate(zip(*columns, people, strict=True)))


def _in_order(layer: gpd.GeoDataFrame, above: Sequence[str], level: int) -> gpd.GeoDataFrame:
    """Sort a normal layer depth first, given the codes of the level above in their order; add the column `_above`."""
    if level == 1:
        ranks = [0] * len(layer)
    else:
        rank_of = {code: rank for rank, code in enumerate(above)}
        parents = layer["parent"].tolist()
        orphans = [code for code, parent in zip(layer["code"], parents, strict=True) if parent not in rank_of]
        if orphans:
            parent = parents[layer["code"].tolist().index(orphans[0])]
            told = (
                "names no parent" if parent is None else f"names the parent {parent!r}, which level {level - 1} lacks"
            )
            raise problem(level, orphans, "orphan", told)
        ranks = [rank_of[parent] for parent in parents]
        childless = sorted(set(range(len(above))) - set(ranks))
        if childless:
            raise problem(level - 1, [above[at] for at in childless], "no_leaves", f"has no grids on level {level}")
    codes = layer["code"].tolist()
    order = sorted(range(len(layer)), key=lambda at: (ranks[at], codes[at]))
    return layer.iloc[order].assign(_above=np.asarray(ranks, dtype=np.int32)[order]).reset_index(drop=True)


def _leaf_slices(ordered: Sequence[gpd.GeoDataFrame]) -> list[tuple[Ordinals, Ordinals]]:
    """Return the arrays lo and hi of each level; the children of a grid are contiguous, so counting is enough."""
    sizes = np.ones(len(ordered[-1]), dtype=np.int64)
    slices = []
    for below, layer in zip([None, *reversed(ordered)], reversed(ordered), strict=False):
        if below is not None:
            sizes = np.bincount(below["_above"].to_numpy(), weights=sizes, minlength=len(layer)).astype(np.int64)
        ends = np.cumsum(sizes)
        slices.append(((ends - sizes).astype(np.int32), ends.astype(np.int32)))
    return slices[::-1]
