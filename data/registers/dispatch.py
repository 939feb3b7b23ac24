"""To whom an incident goes by rule: grid first for service, the powers list for management and enforcement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final

from data.registers.handling import Decision, Matter
from data.registers.powers import PowerRule, Powers
from data.registers.responsibility import CENTER_UNIT, GRID_UNIT, Responsibility
from data.registers.units import Unit, UnitKind, Units
from data.words import Means

if TYPE_CHECKING:
    from geo.grids import Grid

CENTER_NAME: Final = "指挥中心"
# Rules a decision may name; the text of each stands in the catalogue under ``rule.<key>``.
DISPATCH_RULES: Final = (
    "station", "grid_first", "city_service", "town_squad", "town_team", "town_without_team", "withdrawn", "not_yet",
    "not_passed_down", "no_power", "unplaced", "nobody_named",
)  # fmt: skip
_BY_CITY: Final[tuple[UnitKind, ...]] = ("city_team", "department")


@dataclass(frozen=True, slots=True)
class _Case:
    """A matter with its place looked up; `town` and `grid` are None where the place is not known."""

    matter: Matter
    means: Means
    class_name: str
    grid: "Grid | None"
    town: "Grid | None"


@dataclass(frozen=True, eq=False)
class Choosing:
    """The rules of dispatch, over the registers.

    Attributes
    ----------
    classes
        Name of the class of each category, by its code.
    """

    units: Units
    powers: Powers
    responsibility: Responsibility
    classes: Mapping[str, str]
    zone: tzinfo

    def decide(self, matter: Matter, moment: datetime) -> Decision | None:
        """To whom a matter goes by rule; see `Directory.decide`."""
        if not self.units.by_code:
            return None
        case = self._case(matter)
        if case.grid is None:
            return self._decision(case, moment, self.center(), "unplaced", {})
        return self._by_service(case, moment) if case.means == "service" else self._by_powers(case, moment)

    def choices(self, matter: Matter) -> list[Unit]:
        """Units for a manual override, nearest first: those that cover the place, the grids it lies in, the others."""
        case = self._case(matter)
        if case.grid is None:
            return list(self.units.by_code.values())
        near = self.units.near(case.grid.lo, case.grid.hi)
        grids = [grid_unit(one) for one in reversed(self.responsibility.line_of(case.grid))]
        named = [unit for unit in near if self.units.fit(unit, matter.category, case.class_name) is not None]
        ordered = [*named, *grids, *near, *self.units.by_code.values()]
        return list({unit.code: unit for unit in ordered}.values())

    def center(self) -> Unit:
        """The command center, as registered or as such."""
        centers = self.units.of_kind("center")
        return centers[0] if centers else Unit(CENTER_UNIT, CENTER_NAME, "center")

    def _case(self, matter: Matter) -> _Case:
        grid = self.responsibility.grid_of(matter.leaf, matter.area)
        town = None if grid is None else self.responsibility.line_of(grid)[0]
        return _Case(matter, matter.means or "service", self.classes.get(matter.category, ""), grid, town)

    def _by_service(self, case: _Case, moment: datetime) -> Decision:
        """A station that names the category, else the grid that has it in hand, else the city's department."""
        assert case.grid is not None  # noqa: S101  # `decide` sends what has no place elsewhere
        held = min(case.matter.held_level, case.grid.level)
        # What a grid has sent up does not fall back to a station below it.
        stations = [
            unit
            for unit in self._there(case, ("station",))
            if self.units.cover(unit.code).level(case.grid.lo, case.grid.hi) <= held
        ]
        if stations:
            return self._decision(case, moment, stations[0], "station", {})
        if held >= 1:
            grid = self.responsibility.line_of(case.grid)[held - 1]
            return self._decision(
                case, moment, grid_unit(grid), "grid_first", {"grid": grid.id, "grid_name": grid.name}
            )
        # Service is a department's work before it is a team's.
        unit = self._closest(case, self._there(case, _BY_CITY), lambda one: one.kind == "department")
        return self._or_center(case, moment, unit, "city_service", {})

    def _by_powers(self, case: _Case, moment: datetime) -> Decision:
        """The town's squad or team where the town holds the power on that day, else the city's."""
        assert case.grid is not None  # noqa: S101  # `decide` sends what has no place elsewhere
        assert case.town is not None  # noqa: S101
        day = moment.astimezone(self.zone).date()
        answer = self.powers.who(case.matter.category, case.means, case.town.code, day)
        rule: PowerRule | str = answer.rule
        if answer.level == "town":
            for kind, named in (("squad", "town_squad"), ("town_team", "town_team")):
                found = self._there(case, (kind,))
                if found:
                    return self._decision(case, moment, found[0], named, answer.values)
            rule = "town_without_team"
        # What is listed and not the town's is the city team's; what is not listed is whose category it is.
        teams_first = rule != "no_power"
        units = self._there(case, _BY_CITY)
        teams = [unit for unit in units if unit.kind == "city_team"]
        chosen = self._closest(case, teams if teams_first and teams else units, lambda one: one.kind == "city_team")
        return self._or_center(case, moment, chosen, rule, answer.values)

    def _there(self, case: _Case, kinds: tuple[UnitKind | str, ...]) -> list[Unit]:
        """Units of these kinds that cover the place and name the category: nearest first, then closest named first."""
        assert case.grid is not None  # noqa: S101
        found = [
            (self.units.cover(unit.code).leaf_count, -closeness[0], -closeness[1], position, unit)
            for position, unit in enumerate(self.units.near(case.grid.lo, case.grid.hi))
            if unit.kind in kinds
            and (closeness := self.units.fit(unit, case.matter.category, case.class_name)) is not None
        ]
        return [unit for *_, unit in sorted(found)]

    def _closest(self, case: _Case, units: Sequence[Unit], first: Callable[[Unit], bool]) -> Unit | None:
        """The unit that names the category most closely; of equals, those that come `first`, then the nearest."""

        def rank(unit: Unit) -> tuple[tuple[int, int], bool]:
            return self.units.fit(unit, case.matter.category, case.class_name) or (0, 0), first(unit)

        return max(units, key=rank, default=None)

    def _or_center(
        self, case: _Case, moment: datetime, unit: Unit | None, rule: str, values: Mapping[str, Any]
    ) -> Decision:
        if unit is not None:
            return self._decision(case, moment, unit, rule, values)
        return self._decision(case, moment, self.center(), "nobody_named", {**values, "because": rule})

    def _decision(self, case: _Case, moment: datetime, unit: Unit, rule: str, values: Mapping[str, Any]) -> Decision:
        facts = dict.fromkeys(("grid", "grid_name", "item", "item_name", "kind", "basis", "since", "until"), "")
        facts |= {
            "category": case.matter.category,
            "town": "" if case.town is None else case.town.code,
            "town_name": "" if case.town is None else case.town.name,
            "day": moment.astimezone(self.zone).date().isoformat(),
        }
        assignee = self.responsibility.of("dispatched", case.matter, unit.code, moment)
        return Decision(unit.code, unit.name, case.means, rule, {**facts, **values}, assignee)


def grid_unit(grid: "Grid") -> Unit:
    """The unit that a grid is by itself: its people."""
    return Unit(f"{GRID_UNIT}{grid.id}", grid.name, "grid", grids=(grid.id,), categories=("*",))
