"""Which picture is drawn, and of which city."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from data.access.scope import Scope
from data.city.editions import Edition
from data.stats.measures.counting_rules import COUNTING_RULES, CountingRules
from geo.grids import Grid


@dataclass(frozen=True, slots=True)
class PictureKey:
    """One distinct picture.

    Attributes
    ----------
    within
        Id of the grid in view; None = the whole scope.
    level, kpi
        What the map shows.
    scope
        What the viewer may see.
    """

    within: str | None
    level: int
    kpi: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class PictureCity:
    """What all pictures of an edition have in common.

    Attributes
    ----------
    edition
        Its grids, and how the city is called.
    categories
        Names (Chinese, English) by category code; a code without names stands for itself.
    zone
        Of the days, and of the times in the documents.
    rules
        Definitions that the city sets differently.
    """

    edition: Edition
    categories: Mapping[str, tuple[str, str]]
    zone: ZoneInfo
    rules: CountingRules = COUNTING_RULES

    def grid(self, key: PictureKey) -> Grid | None:
        """The grid in view; None for the whole scope, GridUnknown where the edition has no such grid."""
        return None if key.within is None else self.edition.system.find(key.within)

    def narrowed(self, key: PictureKey) -> Scope:
        """The part of the viewer's scope that is in view; GridUnknown as in `grid`."""
        grid = self.grid(key)
        return key.scope if grid is None else key.scope.narrowed(grid.lo, grid.hi)
