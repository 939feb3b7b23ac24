"""Why somebody may handle a matter, or may not: the duties held, and what the rules of dispatch say about the matter.

Nothing is decided here. Where a matter goes is the answer of `Directory.decide`, which powers count that of `Powers`;
this puts a person's duties beside them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from data.registers.directory import Directory
from data.registers.handling import Decision, Matter
from data.registers.responsibility import CENTER_UNIT, GRID_UNIT
from data.registers.roster import Duty, Person, Post
from data.registers.units import cover_of
from data.words import MEANS, Means
from geo.grids import Grid

# Why somebody may (the first four, the strongest first) or may not handle a matter.
Verdict = Literal["own_unit", "own_grid", "stands_in", "center", "only_checks", "elsewhere", "no_unit", "no_duty"]
MAY: Final[frozenset[Verdict]] = frozenset({"own_unit", "own_grid", "stands_in", "center"})
# What a post lets its holder do.
Part = Literal["dispatches", "handles_unit", "works_grid", "checks", "unit_unknown"]
_CHECKING: Final[Post] = "supervisor"


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A duty held on the day of the question.

    Attributes
    ----------
    duty
        As the register has it.
    part
        What it lets its holder do.
    place_name
        Name of the grid or unit; its id or code where it is not known any more.
    on_duty
        Whether its hours cover the moment.
    """

    duty: Duty
    part: Part
    place_name: str
    on_duty: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Whether somebody may handle a matter by one means, and why.

    Attributes
    ----------
    means
        The means.
    verdict
        Why, or why not.
    post
        The post that decided; None where none did.
    decision
        Where the matter goes by rule; None where no units are registered.
    """

    means: Means
    verdict: Verdict
    post: HeldPost | None
    decision: Decision | None

    @property
    def may(self) -> bool:
        """Whether the person may handle it."""
        return self.verdict in MAY


@dataclass(frozen=True, slots=True)
class Answer:
    """What the registers say about a person at a moment; `reasons` is empty where no matter was asked about."""

    person: Person
    moment: datetime
    posts: tuple[HeldPost, ...]
    category: str = ""
    grid: Grid | None = None
    reasons: tuple[Reason, ...] = ()


def posts_of(directory: Directory, person_id: str, moment: datetime) -> tuple[HeldPost, ...]:
    """All posts somebody holds on the day of a moment (aware), in the order of the register.

    Raises
    ------
    PersonUnknown
        The roster in force has no such person.
    """
    person = directory.person(person_id)
    return tuple(_held(directory, duty, moment) for duty in directory.duties_of(person.id, moment))


def reasons_for(
    directory: Directory,
    person_id: str,
    moment: datetime,
    *,
    category: str = "",
    grid_id: str = "",
    means: Iterable[Means] = MEANS,
) -> Answer:
    """Say why somebody may handle a category in a grid, or may not, by each means.

    Parameters
    ----------
    moment
        Aware.
    category, grid_id
        What and where; where either is "", the answer names the posts only.
    means
        By which means it is asked about.

    Raises
    ------
    PersonUnknown, GridUnknown
        The registers, or the grids in force, have none such.
    """
    person, posts = directory.person(person_id), posts_of(directory, person_id, moment)
    grid = directory.system.find(grid_id) if grid_id else None
    if grid is None or not category:
        return Answer(person, moment, posts, category, grid)
    leaf, area = (grid.lo, None) if grid.level == directory.system.depth else (-1, grid.id)
    reasons = []
    for one in means:
        decision = directory.decide(Matter(category, one, leaf, area, grid.level), moment)
        verdict, post = _verdict(directory, posts, grid, decision)
        reasons.append(Reason(one, verdict, post, decision))
    return Answer(person, moment, posts, category, grid, tuple(reasons))


def _held(directory: Directory, duty: Duty, moment: datetime) -> HeldPost:
    return HeldPost(duty, _part(directory, duty), _place_name(directory, duty), directory.is_on_duty(duty, moment))


def _part(directory: Directory, duty: Duty) -> Part:
    unit = directory.units.get(duty.unit)
    if duty.unit and unit is None:
        return "unit_unknown"
    if duty.post == _CHECKING:
        return "checks"
    if unit is None:
        return "works_grid"
    return "dispatches" if unit.kind == "center" else "handles_unit"


def _place_name(directory: Directory, duty: Duty) -> str:
    code = duty.unit or f"{GRID_UNIT}{duty.grid}"
    return directory.handler_names.get(code, duty.unit or duty.grid)


def _verdict(
    directory: Directory, posts: tuple[HeldPost, ...], grid: Grid, decision: Decision | None
) -> tuple[Verdict, HeldPost | None]:
    """The strongest reason among the posts, and the post that gives it."""
    if not posts:
        return "no_duty", None
    found = next(_ways(directory, posts, grid, decision), None)
    if found is not None:
        return found
    if decision is None:
        return "no_unit", None
    if all(post.part == "checks" for post in posts):
        return "only_checks", posts[0]
    return "elsewhere", None


def _ways(
    directory: Directory, posts: tuple[HeldPost, ...], grid: Grid, decision: Decision | None
) -> Iterator[tuple[Verdict, HeldPost]]:
    """All posts through which the matter may be handled, the strongest reason first."""
    unit = CENTER_UNIT if decision is None else decision.unit
    assignee = None if decision is None else decision.assignee
    for post in posts:
        if post.part in ("handles_unit", "dispatches") and post.duty.unit == unit:
            yield "own_unit", post
    for post in posts:
        if unit.startswith(GRID_UNIT) and post.part == "works_grid" and _covers(directory, post.duty, grid):
            yield "own_grid", post
    for post in posts:
        if assignee is not None and (post.duty.person, post.duty.at) == (assignee.person, assignee.at):
            yield "stands_in", post
    for post in posts:
        if post.part == "dispatches":
            yield "center", post


def _covers(directory: Directory, duty: Duty, grid: Grid) -> bool:
    """Whether the grid of a duty holds all of a grid; never for one that is not known any more."""
    cover, _ = cover_of(directory.system, (duty.grid,))
    return cover.holds(grid.lo, grid.hi)
