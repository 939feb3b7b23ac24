"""The roster: persons, their duties at grids and units, and who of them holds a post at a moment."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal, NamedTuple, TypeAlias

from data.calendar.duty_hours import DutyHours
from data.errors import PersonUnknown
from data.registers.handling import Assignee

Post = Literal[
    "chief", "member", "supervisor", "information_officer", "liaison", "patrol", "leader", "duty_officer"
]  # fmt: skip

# 一长五员: the people of a grid, in the order in which they are named.
GRID_POSTS: Final[tuple[Post, ...]] = (
    "chief", "member", "supervisor", "information_officer", "liaison", "patrol",
)  # fmt: skip

UNIT_POSTS: Final[tuple[Post, ...]] = ("leader", "duty_officer", "member", "supervisor")
POSTS: Final[tuple[Post, ...]] = (*GRID_POSTS, "leader", "duty_officer")

# Where a post is: a grid's id, or "unit:" and the unit's code.
At: TypeAlias = str
# Somebody in the register of persons whose duty has ended or not begun is nobody's assignee.
_NEVER: Final = date.max.toordinal()


def is_expected(post: Post, level: int, depth: int) -> bool:
    """Whether a grid of a level should have a post: a chief stands over every grid, the five work in the leaves."""
    return post == "chief" or level == depth


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the roster; `id` is the city's own, unique."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Duty:
    """A post somebody holds at one grid or at one unit.

    Attributes
    ----------
    person
        Id.
    grid, unit
        Id of the grid (``"2:320281104205"``) or code of the unit; the other is "".
    since, until
        First day, and the day from which it is held no more; None: for good.
    hours
        When in the week, see `duty_hours`; "" is always.
    """

    person: str
    post: Post
    grid: str
    unit: str
    since: date
    until: date | None = None
    hours: str = ""

    @property
    def at(self) -> At:
        """Where the post is."""
        return self.grid or f"unit:{self.unit}"

    def holds(self, day: date) -> bool:
        """Whether it is held on this day, at some hour or other."""
        return self.since <= day and (self.until is None or day < self.until)


class Shift(NamedTuple):
    """A duty as it is looked up: its hours (None: always), its holder, and its holder standing in for somebody."""

    hours: DutyHours | None
    holder: Assignee
    stand_in: Assignee
    duty: Duty


class Watch:
    """All who ever hold one post at one place, day by day.

    Who stands first in the register comes first: the A role 主责 is written before the B role 备岗.
    """

    __slots__ = ("_days", "_shifts")

    def __init__(self, shifts: Sequence[Shift]) -> None:
        begins, ends = defaultdict(list), defaultdict(list)
        for position, shift in enumerate(shifts):
            begins[shift.duty.since.toordinal()].append(position)
            ends[_NEVER if shift.duty.until is None else shift.duty.until.toordinal()].append(position)
        self._days = sorted({*begins, *ends} - {_NEVER})
        self._shifts: list[tuple[Shift, ...]] = []
        there: set[int] = set()
        for day in self._days:
            there |= set(begins[day])
            there -= set(ends[day])
            self._shifts.append(tuple(shifts[position] for position in sorted(there)))

    def on(self, day: int) -> tuple[Shift, ...]:
        """All shifts of a day, given as the date's ordinal, at any hour."""
        at = bisect_right(self._days, day) - 1
        return self._shifts[at] if at >= 0 else ()

    def on_duty(self, day: int, minute: int) -> Shift | None:
        """The first shift on duty at a minute of the week, on a day given as the date's ordinal."""
        for shift in self.on(day):
            if shift.hours is None or shift.hours.holds(minute):
                return shift
        return None

    def holding(self, day: int, minute: int) -> Shift | None:
        """The first shift on duty, or else the first that holds the post on the day."""
        shifts = self.on(day)
        for shift in shifts:
            if shift.hours is None or shift.hours.holds(minute):
                return shift
        return shifts[0] if shifts else None


@dataclass(frozen=True, eq=False)
class Roster:
    """Persons and duties, in the order of the registers.

    Attributes
    ----------
    persons
        By id.
    unknown_persons
        Ids that duties name and the register of persons does not; these duties are passed over.
    """

    persons: Mapping[str, Person]
    unknown_persons: tuple[str, ...]
    _watches: Mapping[tuple[At, Post], Watch] = field(repr=False)
    _duties: Mapping[str, tuple[Duty, ...]] = field(repr=False)

    @classmethod
    def build(cls, persons: Iterable[Person], duties: Iterable[Duty]) -> "Roster":
        """Put the duties in order; of two persons with one id, the last stands.

        Raises
        ------
        ValueError
            Hours of duty cannot be read.
        """
        known = {person.id: person for person in persons}
        shifts, own = defaultdict(list), defaultdict(list)
        unknown: dict[str, None] = {}
        for duty in duties:
            person = known.get(duty.person)
            if person is None:
                unknown[duty.person] = None
            elif duty.until is None or duty.since < duty.until:
                shifts[duty.at, duty.post].append(_shift(duty, person))
                own[duty.person].append(duty)
        watches = {key: Watch(found) for key, found in shifts.items()}
        return cls(known, tuple(unknown), watches, {person: tuple(found) for person, found in own.items()})

    def person(self, person_id: str) -> Person:
        """The person with this id; PersonUnknown where there is none."""
        found = self.persons.get(person_id)
        if found is None:
            raise PersonUnknown(f"there is no person {person_id!r} in the roster in force", person=person_id)
        return found

    def watch(self, at: At, post: Post) -> Watch | None:
        """Who holds a post at a place; None where nobody ever does."""
        return self._watches.get((at, post))

    def duties_of(self, person_id: str, day: date) -> list[Duty]:
        """The duties somebody holds on a day, at any hour; empty for a person nobody knows."""
        return [duty for duty in self._duties.get(person_id, ()) if duty.holds(day)]


def _shift(duty: Duty, person: Person) -> Shift:
    hours = DutyHours.parse(duty.hours)
    holder = Assignee(person.id, person.name, duty.post, duty.at)
    return Shift(None if hours.always else hours, holder, replace(holder, gap=True), duty)
