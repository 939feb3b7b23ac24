"""Rows of the tables: units, people with their duties, and powers of the registers in force, in words."""

import threading
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Final, Literal, TypeAlias

from dashboard.components.screen import Screen
from data.registers.directory import Directory
from data.registers.naming import plain
from data.registers.powers import EVERY_TOWN, Power
from data.registers.reasons import posts_of
from data.registers.roster import POSTS
from data.registers.units import UNIT_KINDS, Unit
from geo.errors import GridUnknown

Table = Literal["units", "people", "powers"]
TABLES: Final[tuple[Table, ...]] = ("units", "people", "powers")
# The columns of each table; `person` of the people is what the reason is asked about.
COLUMNS: Final[Mapping[Table, tuple[str, ...]]] = {
    "units": ("code", "name", "kind", "parent", "area", "categories", "people"),
    "people": ("person", "person_name", "post", "place", "town", "hours", "duty", "since", "until"),
    "powers": ("code", "name", "kind", "means", "category", "towns", "since", "until", "state", "basis"),
}
# By what each may be narrowed, see `Row.kind`.
KINDS: Final[Mapping[Table, tuple[str, ...]]] = {
    "units": UNIT_KINDS,
    "people": POSTS,
    "powers": ("held", "withdrawn", "not_yet"),
}
NUMBERS: Final = frozenset({"people"})
Cell: TypeAlias = str | int


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes
    ----------
    kind
        By which the table is filtered: a unit's kind, a post, the state of a power.
    towns
        Codes of the towns it is about; None: the whole city.
    cells
        As they are shown, by column.
    """

    kind: str
    towns: frozenset[str] | None
    cells: Mapping[str, Cell]

    def holds(self, words: Sequence[str]) -> bool:
        """Whether each of these words, plain, stands in some cell."""
        return all(any(word in text for text in self._plain) for word in words)

    @cached_property
    def _plain(self) -> tuple[str, ...]:
        return tuple(plain(str(cell)) for cell in self.cells.values())


@dataclass(frozen=True, slots=True)
class Filters:
    """What a table is narrowed to; "" asks for nothing.

    Attributes
    ----------
    search
        Words that must all stand in a row.
    kind
        See `Row`.
    town
        Code of a town.
    """

    search: str = ""
    kind: str = ""
    town: str = ""


class KeptRows:
    """Rows of the tables as of the last minute asked about: a search is typed letter by letter, over the same rows."""

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._of: tuple[Directory, datetime] | None = None
        self._made: dict[tuple[Table, str], list[Row]] = {}

    def rows(self, table: Table, directory: Directory, moment: datetime, screen: Screen) -> list[Row]:
        """All rows of a table, as `rows_of` has them at the beginning of the minute; threads may ask at once."""
        minute = moment.replace(second=0, microsecond=0)
        with self._making:
            if self._of is None or self._of[0] is not directory or self._of[1] != minute:
                self._of, self._made = (directory, minute), {}
            key = (table, screen.language)
            if key not in self._made:
                self._made[key] = rows_of(table, directory, minute, screen)
            return self._made[key]


def rows_of(table: Table, directory: Directory, moment: datetime, screen: Screen) -> list[Row]:
    """All rows of a table, in the order of the register.

    People are those who hold a duty on the day of the moment (aware), a row for each duty, as everywhere.
    """
    if table == "units":
        return list(_units(directory, moment, screen))
    if table == "people":
        return list(_people(directory, moment, screen))
    return [_power(directory, power, moment.astimezone(directory.zone).date(), screen) for power in
            directory.powers.items]  # fmt: skip


def found(rows: Iterable[Row], filters: Filters) -> list[Row]:
    """The rows that fit; what is about the whole city is about each of its towns."""
    words = plain(filters.search).split()
    return [
        row
        for row in rows
        if (not filters.kind or row.kind == filters.kind)
        and (not filters.town or row.towns is None or filters.town in row.towns)
        and (not words or row.holds(words))
    ]


def kind_text(table: Table, kind: str, screen: Screen) -> str:
    """A kind of this table in words."""
    if table == "units":
        return screen.text(f"unit_kind.{kind}")
    return screen.text(f"desk_post.{kind}") if table == "people" else screen.text(f"power_state.{kind}")


def _units(directory: Directory, moment: datetime, screen: Screen) -> Iterable[Row]:
    towns = _Towns(directory)
    counts: dict[str, int] = {}
    for person in directory.persons:
        for code in {duty.unit for duty in directory.duties_of(person, moment) if duty.unit}:
            counts[code] = counts.get(code, 0) + 1
    for unit in directory.units.values():
        cells: dict[str, Cell] = {
            "code": unit.code,
            "name": unit.name,
            "kind": kind_text("units", unit.kind, screen),
            "parent": directory.unit_names.get(unit.parent, unit.parent),
            "area": _area(directory, unit, screen),
            "categories": choice_text(unit.categories, screen) or screen.text("office.as_parent"),
            "people": counts.get(unit.code, 0),
        }
        yield Row(unit.kind, towns.of(unit.grids), cells)


def _people(directory: Directory, moment: datetime, screen: Screen) -> Iterable[Row]:
    every_town = _Towns(directory)
    for person in directory.persons.values():
        for held in posts_of(directory, person.id, moment):
            duty = held.duty
            unit = directory.units.get(duty.unit)
            towns = every_town.of((duty.grid,) if duty.grid else () if unit is None else unit.grids)
            cells: dict[str, Cell] = {
                "person": person.id,
                "person_name": person.name,
                "post": kind_text("people", duty.post, screen),
                "place": held.place_name,
                "town": _town_names(directory, towns, screen),
                "hours": duty.hours or screen.text("office.always"),
                "duty": screen.text("office.on_duty" if held.on_duty else "office.off_duty"),
                "since": duty.since.isoformat(),
                "until": "" if duty.until is None else duty.until.isoformat(),
            }
            yield Row(duty.post, towns, cells)


def _power(directory: Directory, power: Power, day: date, screen: Screen) -> Row:
    towns = None if EVERY_TOWN in power.towns else frozenset(power.towns)
    state = "not_yet" if day < power.since else "held" if power.until is None or day < power.until else "withdrawn"
    cells: dict[str, Cell] = {
        "code": power.code,
        "name": power.name,
        "kind": power.kind,
        "means": screen.text(f"means.{power.means}"),
        "category": choice_text(power.category, screen),
        "towns": _town_names(directory, towns, screen),
        "since": power.since.isoformat(),
        "until": "" if power.until is None else power.until.isoformat(),
        "state": kind_text("powers", state, screen),
        "basis": power.basis,
    }
    return Row(state, towns, cells)


def choice_text(words: Sequence[str], screen: Screen) -> str:
    """A choice of categories in words, see `category_choice`; "" where nothing is chosen."""
    return screen.text("office.comma").join(
        screen.text("office.all_categories") if one == "*" else one for one in words
    )


def area_text(directory: Directory, grids: Sequence[str], screen: Screen) -> str:
    """Names of grids; no grids are the whole city."""
    if not grids:
        return screen.text("office.whole_city")
    return screen.text("office.comma").join(directory.handler_names.get(f"grid:{one}", one) for one in grids)


def _area(directory: Directory, unit: Unit, screen: Screen) -> str:
    return area_text(directory, unit.grids, screen)


class _Towns:
    """The towns of a city, by the grids in them: one for a whole table, since asking grid by grid takes seconds."""

    def __init__(self, directory: Directory) -> None:
        self._system = directory.system
        self._towns = directory.system.children()
        self._begins = [town.lo for town in self._towns]
        self._known: dict[str, str | None] = {}

    def of(self, grids: Sequence[str]) -> frozenset[str] | None:
        """Codes of the towns that grids lie in; None where there are no grids, which is the whole city."""
        if not grids:
            return None
        codes = (self._of(grid) for grid in grids)
        return frozenset(code for code in codes if code is not None)

    def _of(self, grid: str) -> str | None:
        """Code of the town of a grid; None for one of another edition, whose row stands and is in no town."""
        if grid not in self._known:
            self._known[grid] = None
            with suppress(GridUnknown):
                at = bisect_right(self._begins, self._system.find(grid).lo) - 1
                self._known[grid] = self._towns[at].code
        return self._known[grid]


def _town_names(directory: Directory, towns: frozenset[str] | None, screen: Screen) -> str:
    if towns is None:
        return screen.text("office.whole_city")
    names = (directory.handler_names.get(f"grid:1:{code}", code) for code in sorted(towns))
    return screen.text("office.comma").join(names)
