"""The directory: units, people and powers in force, and the answers they give."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

from data.access.scope import Scope
from data.calendar.duty_hours import DutyHours
from data.registers.dispatch import Choosing, grid_unit
from data.registers.handling import Assignee, Decision, Matter
from data.registers.holes import Hole, holes_on
from data.registers.powers import Power, Powers
from data.registers.registers import Registers
from data.registers.responsibility import CENTER, CENTER_UNIT, GRID_UNIT, Responsibility
from data.registers.roster import GRID_POSTS, Duty, Person, Post, Roster, is_expected
from data.registers.scoping import scope_from
from data.registers.units import Unit, Units
from data.words import Stage

if TYPE_CHECKING:
    from geo.grids import Grid, GridSystem

__all__ = ["CENTER", "Directory", "Hole", "PostHeld"]


@dataclass(frozen=True, slots=True)
class PostHeld:
    """A post of a grid's 一长五员 and one of its holders; `person` and `duty` are None where it is vacant.

    `on_duty` says whether the holder's hours cover the moment asked for.
    """

    post: Post
    grid: str
    person: Person | None = None
    duty: Duty | None = None
    on_duty: bool = False


@dataclass(frozen=True, eq=False)
class Directory:
    """All registers of a city, as of one import; immutable, and shared by threads. `build` makes one.

    Rows that name a grid, unit or person that is not known are passed over, and stand in `warnings`: a directory must
    answer also on the day a new edition of the grids comes into force.

    Attributes
    ----------
    version
        Number of the import; 0 without one.
    units
        By code, in the order of the register.
    persons
        By id.
    powers
        The powers list: ``powers.who(category, means, town_code, day)``.
    classes
        Name of the class of each category, by its code.
    """

    system: "GridSystem"
    version: int
    zone: tzinfo
    classes: Mapping[str, str]
    powers: Powers
    _units: Units
    _roster: Roster
    _responsibility: Responsibility
    _choosing: Choosing

    @classmethod
    def empty(cls, system: "GridSystem", *, zone: tzinfo) -> "Directory":
        """A directory without any register: the command center is responsible for everything."""
        return cls.build(system, (), (), (), (), zone=zone)

    @classmethod
    def build(
        cls,
        system: "GridSystem",
        units: Iterable[Unit],
        persons: Iterable[Person],
        duties: Iterable[Duty],
        powers: Iterable[Power],
        version: int = 0,
        *,
        zone: tzinfo,
        classes: Mapping[str, str] | None = None,
    ) -> "Directory":
        """Put registers on a grid system.

        Parameters
        ----------
        units, persons, duties, powers
            In the order of the registers: of several who hold a post at once, the first on duty is the one.
        zone
            The city's, for days and hours of duty.
        classes
            Name of the class of each category, by its code.

        Raises
        ------
        ValueError
            Hours of duty cannot be read.
        """
        named = {} if classes is None else dict(classes)
        on_grids, roster, listed = (
            Units.build(system, units),
            Roster.build(persons, duties),
            Powers.build(powers, named),
        )
        responsibility = Responsibility(system, on_grids, roster, zone)
        choosing = Choosing(on_grids, listed, responsibility, named, zone)
        return cls(system, version, zone, named, listed, on_grids, roster, responsibility, choosing)

    @classmethod
    def of(
        cls,
        system: "GridSystem",
        registers: Registers,
        *,
        zone: tzinfo,
        classes: Mapping[str, str] | None = None,
    ) -> "Directory":
        """Put a version of the registers on a grid system; see `build`."""
        rows = registers.units, registers.persons, registers.duties, registers.powers
        return cls.build(system, *rows, registers.version, zone=zone, classes=classes)

    @property
    def units(self) -> Mapping[str, Unit]:
        """All registered units, by code."""
        return self._units.by_code

    @property
    def unit_names(self) -> dict[str, str]:
        """Their names, by code."""
        return {code: unit.name for code, unit in self.units.items()}

    @cached_property
    def handler_names(self) -> Mapping[str, str]:
        """Names of all that may have an incident, by code: registered units, and every grid as a unit."""
        grids = {
            f"{GRID_UNIT}{level}:{code}": name
            for level, frame in enumerate(self.system.levels, start=1)
            for code, name in zip(frame["code"], frame["name"], strict=True)
        }
        return {**grids, **self.unit_names}

    @property
    def persons(self) -> Mapping[str, Person]:
        """All persons, by id."""
        return self._roster.persons

    def responsible(self, stage: Stage, matter: Matter, unit: str, moment: datetime) -> Assignee:
        """The one responsible person of an incident in this stage; there always is one.

        Parameters
        ----------
        unit
            Code of the unit it was dispatched to; "" or one that is not registered falls to the grid's chief.
        moment
            Aware.
        """
        return self._responsibility.of(stage, matter, unit, moment)

    def decide(self, matter: Matter, moment: datetime) -> Decision | None:
        """To whom a matter goes by rule, at a moment (aware); None only where no units are registered."""
        return self._choosing.decide(matter, moment)

    def units_for(self, matter: Matter) -> list[Unit]:
        """Units to choose from by hand, nearest first; the grids the place lies in are among them."""
        return self._choosing.choices(matter)

    def unit(self, code: str) -> Unit:
        """The unit with this code, a grid as a unit (``"grid:3:CODE"``) or the center; else UnitUnknown."""
        grid = self._responsibility.grid_of_unit(code)
        if grid is not None:
            return grid_unit(grid)
        if code == CENTER_UNIT and code not in self._units.by_code:
            return self._choosing.center()
        return self._units.unit(code)

    def person(self, person_id: str) -> Person:
        """The person with this id; PersonUnknown where there is none."""
        return self._roster.person(person_id)

    def duties_of(self, person_id: str, moment: datetime) -> list[Duty]:
        """The duties somebody holds on the day of a moment (aware), on duty just then or not."""
        return self._roster.duties_of(person_id, moment.astimezone(self.zone).date())

    def holds_duty(self, person_id: str, day: date) -> bool:
        """Whether somebody holds any duty on a day; False for a person nobody knows."""
        return bool(self._roster.duties_of(person_id, day))

    def is_on_duty(self, duty: Duty, moment: datetime) -> bool:
        """Whether a duty is held on the day of a moment (aware), and its hours cover the moment."""
        day, minute = self._day_and_minute(moment)
        return duty.holds(day) and DutyHours.parse(duty.hours).holds(minute)

    def people_of(self, grid_id: str, moment: datetime) -> list[PostHeld]:
        """The 一长五员 of a grid at a moment (aware): all holders of each post, and the posts that are vacant.

        A post that grids of this level do not have (see `roster.is_expected`) is no vacancy and is left out.

        Raises
        ------
        GridUnknown
            There is no such grid.
        """
        grid = self.system.find(grid_id)
        day, minute = self._day_and_minute(moment)
        held: list[PostHeld] = []
        for post in GRID_POSTS:
            watch = self._roster.watch(grid.id, post)
            turns = () if watch is None else watch.on(day.toordinal())
            held += [
                PostHeld(post, grid.id, self.persons[turn.duty.person], turn.duty,
                         turn.hours is None or turn.hours.holds(minute))
                for turn in turns
            ]  # fmt: skip
            if not turns and is_expected(post, grid.level, self.system.depth):
                held.append(PostHeld(post, grid.id))
        return held

    def town_of(self, grid_id: str) -> "Grid":
        """The grid of level 1 that holds a grid, the town whose powers count; GridUnknown where there is no grid."""
        return self.system.path(self.system.find(grid_id))[0]

    def scope_of(self, person_id: str, moment: datetime) -> Scope:
        """Grants and units that follow from somebody's duties on the day of a moment (aware).

        Somebody without any duty that day sees nothing.

        Raises
        ------
        PersonUnknown
            The roster does not know the person.
        """
        person = self.person(person_id)
        return scope_from(self.duties_of(person.id, moment), person, self.system, self._units)

    def warnings(self, moment: datetime) -> list[Hole]:
        """Holes of the roster on the day of a moment (aware), the worst first; empty where all is manned."""
        day, minute = self._day_and_minute(moment)
        return list(holes_on(day, minute, self.system, self._units, self._roster, self._responsibility))

    def _day_and_minute(self, moment: datetime) -> tuple[date, int]:
        local = moment.astimezone(self.zone)
        return local.date(), (local.weekday() * 24 + local.hour) * 60 + local.minute
