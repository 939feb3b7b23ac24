"""Holes of the roster: posts that nobody holds, units without anybody, rows that lead nowhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from data.registers.responsibility import Responsibility
from data.registers.roster import GRID_POSTS, Post, Roster, is_expected
from data.registers.units import Units

if TYPE_CHECKING:
    from geo.grids import Grid, GridSystem

HoleKind = Literal[
    "center_unmanned", "unit_unmanned", "chief_vacant", "post_vacant", "unit_grid_unknown", "person_unknown"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hole:
    """Something the roster lacks on a day.

    Attributes
    ----------
    kind
        "center_unmanned": the center has neither duty officer nor leader; "unit_unmanned": nor has a unit;
        "chief_vacant": a grid without a chief; "post_vacant": a leaf without another of the 一长五员;
        "unit_grid_unknown", "person_unknown": a row names what is not there.
    at, name
        Id of the grid, ``"unit:CODE"``, ``"center"``, or the person's id; and the name on screen.
    post
        The post that is vacant; "" where it is no post.
    stands_in
        Name of who answers instead; "" where nobody has to.
    """

    kind: HoleKind
    at: str
    name: str
    post: Post | Literal[""] = ""
    stands_in: str = ""


def holes_on(
    day: date, minute: int, system: "GridSystem", units: Units, roster: Roster, responsibility: Responsibility
) -> Iterator[Hole]:
    """All holes on a day: the center first, then units, chiefs from the coarsest level down, and the other posts.

    Whether somebody is on duty just now does not matter, but for `minute` of the week, which says who stands in.
    """
    yield from _unmanned(day, units, roster)
    people = _People(day, minute, system, roster, responsibility)
    depth = system.depth
    for post in GRID_POSTS:
        levels = [level for level in range(1, depth + 1) if is_expected(post, level, depth)]
        grids = [grid for level in levels for grid in people.grids(level)]
        yield from (people.vacant(grid, post) for grid in grids if not people.held(grid, post))
    yield from (Hole("unit_grid_unknown", f"unit:{code}", grid) for code, grid in units.unknown_grids)
    yield from (Hole("person_unknown", person, person) for person in roster.unknown_persons)


def _unmanned(day: date, units: Units, roster: Roster) -> Iterator[Hole]:
    at_day = day.toordinal()
    for unit in sorted(units.by_code.values(), key=lambda unit: unit.kind != "center"):
        watches = [roster.watch(f"unit:{unit.code}", post) for post in ("duty_officer", "leader")]
        if not any(watch is not None and watch.on(at_day) for watch in watches):
            yield Hole("center_unmanned" if unit.kind == "center" else "unit_unmanned", f"unit:{unit.code}", unit.name)
    if not units.of_kind("center"):
        yield Hole("center_unmanned", "center", "")


@dataclass(frozen=True)
class _People:
    day: date
    minute: int
    system: "GridSystem"
    roster: Roster
    responsibility: Responsibility

    def grids(self, level: int) -> list["Grid"]:
        return [self.system.grid_at(level, at) for at in range(len(self.system.levels[level - 1]))]

    def held(self, grid: "Grid", post: Post) -> bool:
        watch = self.roster.watch(grid.id, post)
        return watch is not None and bool(watch.on(self.day.toordinal()))

    def vacant(self, grid: "Grid", post: Post) -> Hole:
        """The hole, and who answers for an incident there: only chief, member and supervisor answer for any."""
        kind: HoleKind = "chief_vacant" if post == "chief" else "post_vacant"
        if post not in _ANSWERING:
            return Hole(kind, grid.id, grid.name, post)
        use = "supervised" if post == "supervisor" else "held"
        found = self.responsibility.at_grid(use, grid, self.day.toordinal(), self.minute)
        return Hole(kind, grid.id, grid.name, post, found.name)


_ANSWERING = ("chief", "member", "supervisor")
