"""Who is responsible for an incident: chains of posts, each stage's own, asked one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from data.registers.handling import Assignee, Matter
from data.registers.roster import Roster, Watch
from data.registers.units import Units
from data.words import Stage
from geo.errors import GridUnknown

if TYPE_CHECKING:
    from geo.grids import Grid, GridSystem

# Who answers where no register names anybody: the command center itself.
CENTER: Final = Assignee(person="center", name="指挥中心值班长", post="duty_officer", at="center", gap=True)

# A grid that acts as a unit has its id behind this; the center, where none is registered, has this code.
GRID_UNIT: Final = "grid:"
CENTER_UNIT: Final = "center"


class Link(NamedTuple):
    """One post of a chain.

    Attributes
    ----------
    on_duty
        Whether only somebody on duty at the moment counts; otherwise the post is answered for around the clock.
    gap
        Whether its holder stands in for somebody nearer.
    """

    watch: Watch
    on_duty: bool
    gap: bool


Chain: TypeAlias = tuple[Link, ...]
# Of the grids a matter lies in: ids from the one asked for up to level 1, and whether the first is a leaf.
_Path: TypeAlias = tuple[tuple[str, ...], bool]


@dataclass(frozen=True, eq=False)
class Responsibility:
    """Answers "who is responsible" from chains that are put together once per place."""

    system: "GridSystem"
    units: Units
    roster: Roster
    zone: tzinfo
    _chains: dict[tuple[str, int, str | None, int], Chain] = field(default_factory=dict, repr=False)
    _unit_chains: dict[str, Chain] = field(default_factory=dict, repr=False)
    _lines: dict[str, tuple["Grid", ...]] = field(default_factory=dict, repr=False)

    def of(self, stage: Stage, matter: Matter, unit: str, moment: datetime) -> Assignee:
        """The one responsible person; see `Directory.responsible`."""
        local = moment.astimezone(self.zone)
        day, minute = local.toordinal(), (local.weekday() * 24 + local.hour) * 60 + local.minute
        if stage == "dispatched" or stage == "claimed":
            chain = self._unit_chains.get(unit)
            if chain is None:
                chain = self._unit_chains[unit] = self.unit_chain(unit)
            found = _first(chain, day, minute)
            if found is not None:
                return found
            use = "chief"
        else:
            use = "held" if stage in _HELD else "supervised" if stage == "handled" else "center"
        key = (use, matter.leaf, matter.area if matter.leaf < 0 else None, matter.held_level)
        place = self._chains.get(key)
        if place is None:
            place = self._chains[key] = self.place_chain(*key)
        return _first(place, day, minute) or CENTER

    def place_chain(self, use: str, leaf: int, area: str | None, held_level: int) -> Chain:
        """The chain of a place: of who has it "held", of "chief"s that stand in, "supervised", or of the "center"."""
        level = self.system.depth if use == "supervised" else held_level
        path, in_leaf = self.path_of(leaf, area, level)
        if use == "supervised":
            own = [(self.roster.watch(at, "supervisor"), False, False) for at in (*path, *self._center_places())]
            return (*_links(own), *self._center(stands_in=True))
        if use == "center" or not path:
            return tuple(self._center(stands_in=use == "chief"))
        first = [(self.roster.watch(path[0], "member"), True, False)] if in_leaf and use == "held" else []
        chiefs = [
            (self.roster.watch(at, "chief"), False, use == "chief" or height > 0) for height, at in enumerate(path)
        ]
        return (*_links([*first, *chiefs]), *self._center(stands_in=True))

    def unit_chain(self, code: str) -> Chain:
        """The chain of a unit, and of the units above it below the center; empty for a unit that is not registered."""
        if code == CENTER_UNIT and code not in self.units.by_code:
            return tuple(self._center(stands_in=False))
        if code.startswith(GRID_UNIT):
            grid = self.grid_of_unit(code)
            return () if grid is None else self._of_grid("held", grid)
        posts: list[tuple[Watch | None, bool, bool]] = []
        for height, unit in enumerate(self.units.line(code)):
            # What no team can answer for is for the chief of the grid first, who is nearer than the center.
            if height > 0 and unit.kind == "center":
                break
            posts += self._of_unit(unit.code, stands_in=height > 0)
        return tuple(_links(posts))

    def path_of(self, leaf: int, area: str | None, level: int) -> _Path:
        """Ids of the grids from the one that holds a place up to level 1, and whether the first is a leaf.

        The grid is the one on `level`, or the finest known above it. Empty for the city and for an unknown place.
        """
        grid = self.grid_of(leaf, area)
        if grid is None or level < 1:
            return (), False
        path = self.line_of(grid)[:level]
        return tuple(one.id for one in reversed(path)), path[-1].level == self.system.depth

    def line_of(self, grid: "Grid") -> tuple["Grid", ...]:
        """The grids that hold a grid, from level 1 down, and the grid itself."""
        found = self._lines.get(grid.id)
        if found is None:
            found = self._lines[grid.id] = tuple(self.system.path(grid))
        return found

    def grid_of(self, leaf: int, area: str | None) -> "Grid | None":
        """The finest grid known of a place: its leaf, or else its area; None where neither is known."""
        try:
            if leaf >= 0:
                return self.system.grid_at(self.system.depth, leaf)
            return None if area is None else self.system.find(area)
        except GridUnknown:
            return None

    def grid_of_unit(self, code: str) -> "Grid | None":
        """The grid that acts as this unit; None where it is no such unit, or the grid is not known."""
        return self.grid_of(-1, code.removeprefix(GRID_UNIT)) if code.startswith(GRID_UNIT) else None

    def at_grid(self, use: str, grid: "Grid", day: int, minute: int) -> Assignee:
        """Who answers for what lies in a grid, on a day (its ordinal) at a minute of the week."""
        return _first(self._of_grid(use, grid), day, minute) or CENTER

    def _of_grid(self, use: str, grid: "Grid") -> Chain:
        return self.place_chain(use, -1, grid.id, grid.level)

    def _of_unit(self, code: str, *, stands_in: bool) -> list[tuple[Watch | None, bool, bool]]:
        at = f"unit:{code}"
        return [
            (self.roster.watch(at, "duty_officer"), True, stands_in),
            (self.roster.watch(at, "leader"), False, stands_in),
        ]

    def _center(self, *, stands_in: bool) -> Iterator[Link]:
        for center in self.units.of_kind("center"):
            yield from _links(self._of_unit(center.code, stands_in=stands_in))

    def _center_places(self) -> list[str]:
        return [f"unit:{center.code}" for center in self.units.of_kind("center")]


_HELD: Final[frozenset[Stage]] = frozenset({"reported", "verified", "filed"})


def _links(posts: Sequence[tuple[Watch | None, bool, bool]]) -> Iterator[Link]:
    """The posts that anybody ever holds."""
    return (Link(watch, on_duty, gap) for watch, on_duty, gap in posts if watch is not None)


def _first(chain: Chain, day: int, minute: int) -> Assignee | None:
    for watch, on_duty, gap in chain:
        turn = watch.on_duty(day, minute) if on_duty else watch.holding(day, minute)
        if turn is not None:
            return turn.stand_in if gap else turn.holder
    return None
