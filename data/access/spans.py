"""Spans: some of the leaves of a grid system, as few slices ``[lo, hi)`` of leaf ordinals as there can be."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Spans:
    """Made by `of`, which puts the slices in order; equal leaves are equal spans.

    Attributes
    ----------
    parts
        Slices ``(lo, hi)``, none empty, ascending, with a gap between one and the next.
    unlocated
        Whether incidents in no grid belong to it; true only for the whole city.
    """

    parts: tuple[tuple[int, int], ...] = ()
    unlocated: bool = False

    @classmethod
    def of(cls, parts: Iterable[tuple[int, int]], *, unlocated: bool = False) -> "Spans":
        """The leaves of any slices, which may touch, overlap or be empty."""
        joined: list[tuple[int, int]] = []
        # Ordinals below 0 mean "in no grid": a slice must not catch them by accident.
        for lo, hi in sorted((max(int(lo), 0), int(hi)) for lo, hi in parts):
            if lo >= hi:
                continue
            if joined and lo <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], hi)
            else:
                joined.append((lo, hi))
        return cls(tuple(joined), unlocated)

    @classmethod
    def together(cls, several: Iterable["Spans"]) -> "Spans":
        """All leaves of several spans."""
        every = list(several)
        if len(every) == 1:
            return every[0]
        return cls.of((part for one in every for part in one.parts), unlocated=any(one.unlocated for one in every))

    @property
    def hull(self) -> tuple[int, int]:
        """The smallest slice that holds all of them, gaps included; ``(0, 0)`` where there are none."""
        return (self.parts[0][0], self.parts[-1][1]) if self.parts else (0, 0)

    def narrowed(self, lo: int, hi: int) -> "Spans":
        """The part inside ``[lo, hi)``; incidents in no grid are in no part."""
        return Spans.of((max(low, lo), min(high, hi)) for low, high in self.parts)

    def holds(self, leaf: int) -> bool:
        """Whether an incident in this leaf (-1 = in none) lies in one of them."""
        return self.unlocated if leaf < 0 else any(lo <= leaf < hi for lo, hi in self.parts)

    def covers(self, lo: int, hi: int) -> bool:
        """Whether all of ``[lo, hi)`` lies in them."""
        return any(low <= lo and hi <= high for low, high in self.parts)

    def covering(self, lo: ArrayLike, hi: ArrayLike) -> NDArray[np.bool_]:
        """Which of many slices lie wholly in them, shaped like `lo` and `hi`."""
        first, last = np.asarray(lo), np.asarray(hi)
        found = np.zeros(first.shape, dtype=bool)
        for low, high in self.parts:
            found |= (low <= first) & (last <= high)
        return found

    def mask(self, leaves: ArrayLike) -> NDArray[np.bool_]:
        """Which incidents in these leaves (-1 = in none) lie in them, shaped like `leaves`."""
        at = np.asarray(leaves)
        found = at < 0 if self.unlocated else np.zeros(at.shape, dtype=bool)
        for lo, hi in self.parts:
            found |= (at >= lo) & (at < hi)
        return found

    def all_of(self, leaf_count: int) -> bool:
        """Whether nothing of a city of so many leaves is left out, incidents in no grid included."""
        return self.unlocated and self.covers(0, leaf_count)


NOWHERE: Final = Spans()
