"""Who handles what in the demo city: the registers' answers, in the words of the log."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from data.access.actor import Actor
from data.calendar.duty_hours import DutyHours
from data.demo.city import DemoCity
from data.demo.plan import ZONE
from data.demo.registers import build_registers
from data.demo.units import CENTER
from data.registers.directory import Directory
from data.registers.handling import Matter
from data.registers.registers import Registers
from data.words import Means, Stage


@dataclass(frozen=True)
class Handling:
    """The registers of a demo city, asked the way its plans need."""

    city: DemoCity
    _held: dict[tuple[str, Means, str, date], bool]

    @classmethod
    def of(cls, city: DemoCity) -> "Handling":
        """The registers as they are built with the city."""
        return cls(city, {})

    @cached_property
    def registers(self) -> Registers:
        """All four registers."""
        return build_registers(self.city)

    @cached_property
    def directory(self) -> Directory:
        """Their answers."""
        return Directory.of(self.city.system, self.registers, zone=ZONE)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {person.id: person.name for person in self.registers.persons}

    @cached_property
    def _members(self) -> Mapping[str, str]:
        """The member of each leaf, by the leaf's code."""
        members = [duty for duty in self.registers.duties if duty.post == "member"]
        return {duty.grid.partition(":")[2]: duty.person for duty in members}

    @cached_property
    def _shifts(self) -> tuple[list[int], list[list[str]]]:
        """Minutes of the week at which the center's shifts change, and who sits there from then on."""
        seats = [
            (DutyHours.parse(duty.hours), duty.person)
            for duty in self.registers.duties
            if duty.unit == CENTER and duty.post == "duty_officer"
        ]
        turns = sorted({0, *(minute for hours, _ in seats for span in hours.spans for minute in span)})
        return turns, [[person for hours, person in seats if hours.holds(turn)] for turn in turns]

    def town_may(self, category: str, means: Means, town: str, day: date) -> bool:
        """Whether a town holds the power to act on a day."""
        key = (category, means, town, day)
        if key not in self._held:
            self._held[key] = self.directory.powers.who(category, means, town, day).level == "town"
        return self._held[key]

    def officer(self, draw: int, at: datetime) -> Actor:
        """One of those who sit in the center at a moment; the center itself where nobody does."""
        local = at.astimezone(ZONE)
        turns, people = self._shifts
        minute = (local.weekday() * 24 + local.hour) * 60 + local.minute
        on_duty = people[bisect_right(turns, minute) - 1]
        return self._named(on_duty[draw % len(on_duty)]) if on_duty else Actor.system(CENTER, "市域治理指挥中心")

    def member(self, leaf_code: str, stage: Stage, matter: Matter, at: datetime) -> Actor:
        """The grid member of a leaf; who answers instead where there is none."""
        person = self._members.get(leaf_code)
        return self.responsible(stage, matter, "", at) if person is None else self._named(person)

    def responsible(self, stage: Stage, matter: Matter, unit: str, at: datetime) -> Actor:
        """The one responsible person; the center itself where the roster has nobody."""
        found = self.directory.responsible(stage, matter, unit, at)
        if found.person not in self._names:
            return Actor.system(found.person, f"{found.name} {found.person}")
        return Actor.person(found.person, found.name)

    def unit_of(self, matter: Matter, at: datetime, level: int) -> tuple[str, bool]:
        """The unit an incident goes to, and whether against the rule: what the city closes a city team handles."""
        decision = self.directory.decide(matter, at)
        if decision is None:
            return CENTER, False
        if level > 0 or decision.unit in self._of_city:
            return decision.unit, False
        teams = [code for code, categories in self._of_city.items() if matter.category in categories]
        teams.sort(key=lambda code: self.directory.units[code].kind != "city_team")
        return (teams or [CENTER])[0], True

    @cached_property
    def _of_city(self) -> Mapping[str, tuple[str, ...]]:
        """City teams, departments and the center, with the categories each names."""
        kinds = ("center", "city_team", "department")
        return {unit.code: unit.categories for unit in self.registers.units if unit.kind in kinds}

    def _named(self, person: str) -> Actor:
        return Actor.person(person, self._names[person])
