"""Where incidents that were placed in one edition of the grid system lie in another; pure, the same every time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crosswalk import crosswalk, successors
from geo.grids import GridSystem
from geo.index import GridIndex

Bools = NDArray[np.bool_]
Ordinals = NDArray[np.int32]

# How an incident came to its leaf.
UNLOCATED, BY_POSITION, BY_CODE, BY_CROSSWALK = range(4)
HOW: Final = ("unlocated", "by_position", "by_code", "by_crosswalk")


@dataclass(frozen=True, eq=False)
class Regridded:
    """Leaves in the asked edition, and how they were found.

    Attributes
    ----------
    leaf
        int32 ordinals, -1 = in no grid.
    how
        int8: `UNLOCATED`, `BY_POSITION`, `BY_CODE` or `BY_CROSSWALK`.
    """

    leaf: Ordinals
    how: NDArray[np.int8]


class Regridder:
    """Gives incidents of any edition their leaf in one edition.

    Parameters
    ----------
    system
        The grid system of that edition.
    system_of
        Grid system of an edition by id; asked for editions in which a hand or a code placed something.

    Attributes
    ----------
    leaf_codes
        Codes of the edition's leaves, by ordinal.
    """

    def __init__(self, system: GridSystem, system_of: Callable[[int], GridSystem]) -> None:
        self._system = system
        self._index = GridIndex(system)
        self._system_of = system_of
        self.leaf_codes: list[str] = system.leaves["code"].tolist()
        self._codes = pd.Index(self.leaf_codes, dtype=object)
        self._successors: dict[int, dict[str, str]] = {}

    def place(self, placed: pd.DataFrame) -> Regridded:
        """The leaves of incidents.

        The rule of placing holds: a position inside a leaf wins; without one, the code that was given, where it is
        the code of a leaf. What a code or a hand had placed follows the code of its leaf, and where that is no more,
        the leaf it went over to whole, if there is just one; otherwise nobody knows where it lies now. A hand that
        put an incident in another leaf than its position meant the leaf: then the position says nothing.

        Parameters
        ----------
        placed
            One row per incident, n rows: `edition_id`, `leaf` (ordinal there), `leaf_code`, `placed_by`,
            `grid_code_given` (texts or missing; categories are fastest), `lon`, `lat` (WGS 84 degrees or NaN).

        Returns
        -------
        Arrays of n; empty for no rows.

        Raises
        ------
        CoordinatesInvalid
            A stored position cannot be.
        NoEdition
            From `system_of`.
        """
        leaf = np.full(len(placed), -1, dtype=np.int32)
        how = np.full(len(placed), UNLOCATED, dtype=np.int8)
        lon, lat = placed["lon"].to_numpy(dtype=np.float64), placed["lat"].to_numpy(dtype=np.float64)
        by_hand = (placed["placed_by"] == "hand").to_numpy(dtype=bool)
        overruled = self._overruled(placed, by_hand & ~np.isnan(lon))
        usable = np.flatnonzero(~np.isnan(lon) & ~overruled)
        leaf[usable] = self._index.assign(lon[usable], lat[usable])
        how[leaf >= 0] = BY_POSITION
        rest = np.flatnonzero(leaf < 0)
        if rest.size:
            leaf[rest], how[rest] = self._by_code(placed.iloc[rest])
        return Regridded(leaf, how)

    def _overruled(self, placed: pd.DataFrame, asked: Bools) -> Bools:
        """Of the rows asked for, those whose position does not lie in the leaf on record."""
        found = np.zeros(len(placed), dtype=bool)
        rows = np.flatnonzero(asked)
        editions = placed["edition_id"].to_numpy()[rows]
        for edition_id in np.unique(editions).tolist():
            here = rows[editions == edition_id]
            part = placed.iloc[here]
            shapes = self._system_of(edition_id).leaves.geometry.to_numpy()[part["leaf"].to_numpy()]
            found[here] = ~shapely.intersects_xy(shapes, part["lon"].to_numpy(), part["lat"].to_numpy())
        return found

    def _by_code(self, placed: pd.DataFrame) -> tuple[Ordinals, NDArray[np.int8]]:
        was_placed = placed["placed_by"].isin(["hand", "grid_code"]).to_numpy(dtype=bool)
        codes = np.where(
            was_placed, placed["leaf_code"].to_numpy(dtype=object), placed["grid_code_given"].to_numpy(dtype=object)
        )
        leaf = self._ordinals(codes)
        how = np.where(leaf >= 0, BY_CODE, UNLOCATED).astype(np.int8)
        left = np.flatnonzero((leaf < 0) & was_placed)
        editions = placed["edition_id"].to_numpy()[left]
        for edition_id in np.unique(editions).tolist():
            here = left[editions == edition_id]
            went_to = self._successors_of(edition_id)
            leaf[here] = self._ordinals(np.array([went_to.get(code) for code in codes[here]], dtype=object))
        how[left] = np.where(leaf[left] >= 0, BY_CROSSWALK, UNLOCATED)
        return leaf, how

    def _ordinals(self, codes: NDArray[np.object_]) -> Ordinals:
        return np.asarray(self._codes.get_indexer(pd.Index(codes, dtype=object)), dtype=np.int32)

    def _successors_of(self, edition_id: int) -> dict[str, str]:
        if edition_id not in self._successors:
            self._successors[edition_id] = successors(crosswalk(self._system_of(edition_id), self._system))
        return self._successors[edition_id]
