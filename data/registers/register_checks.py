"""Checks of the registers against each other and against the grids, before they are kept.

What breaks an answer is an error; what is allowed but seldom meant is a warning. All findings come out, not the first.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from data.calendar.duty_hours import DutyHours
from data.registers.category_choice import form_problem, names_any
from data.registers.powers import EVERY_TOWN, Power
from data.registers.registers import Register, Registers
from data.registers.responsibility import CENTER_UNIT, GRID_UNIT
from data.registers.roster import GRID_POSTS, UNIT_POSTS, Duty
from data.registers.units import Unit, Units, cover_of
from geo.errors import GridUnknown

if TYPE_CHECKING:
    from geo.grids import GridSystem

Severity = Literal["error", "warning"]
_WORKING: Final = frozenset(GRID_POSTS) - {"supervisor"}


@dataclass(frozen=True, slots=True)
class RegisterFinding:
    """Something wrong in a register.

    Attributes
    ----------
    register, row
        Which register, and the position of the row in it, from 0; -1 for the register as a whole.
    field, value
        Where in the row; "" where it is the row.
    reason
        What is wrong, and what to do.
    """

    severity: Severity
    register: Register
    row: int
    field: str
    value: str
    reason: str


@dataclass(frozen=True)
class Excused:
    """Codes of units and ids of persons whose rows could not be read: naming them is no second mistake."""

    units: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Check:
    """What all checks look at."""

    registers: Registers
    system: "GridSystem"
    classes: Mapping[str, str]
    excused: Excused
    units: Mapping[str, Unit] = field(default_factory=dict)


def check_registers(
    registers: Registers,
    system: "GridSystem",
    classes: Mapping[str, str] | None = None,
    excused: Excused | None = None,
) -> list[RegisterFinding]:
    """Everything wrong with registers, errors first, then in the order of registers and rows; empty where all is well.

    Parameters
    ----------
    classes
        Name of the class of each category known, by its code; without any, codes are not compared with it.
    """
    by_code = {unit.code: unit for unit in registers.units}
    check = _Check(registers, system, classes or {}, excused or Excused(), by_code)
    found = [*_units(check), *_persons(check), *_duties(check), *_powers(check)]
    return sorted(found, key=lambda one: one.severity != "error")


def _units(check: _Check) -> Iterator[RegisterFinding]:
    units = check.registers.units
    yield from _twice("units", "code", [unit.code for unit in units])
    for row, unit in enumerate(units):
        if unit.code.startswith(GRID_UNIT) or (unit.code == CENTER_UNIT and unit.kind != "center"):
            yield _error("units", row, "code", unit.code, "is kept for grids and for the center: choose another code")
        yield from _parent(check, row, unit)
        yield from _grids(check, row, unit)
        yield from _choice(check, "units", row, "categories", unit.categories)
        if unit.kind not in ("center", "squad") and not any(one.categories for one in _line(check, unit)):
            yield _warning(
                "units", row, "categories", "", "names none, nor does a unit above: nothing goes to it by rule"
            )
    if units and not any(unit.kind == "center" for unit in units):
        yield _warning(
            "units", -1, "kind", "", "no unit is the center: nobody in the register answers for the city itself"
        )
    yield from _teams(check)


def _parent(check: _Check, row: int, unit: Unit) -> Iterator[RegisterFinding]:
    if not unit.parent:
        if unit.kind == "squad":
            yield _warning("units", row, "parent", "", "is missing: a squad belongs to a team")
        return
    if unit.parent not in check.units and unit.parent not in check.excused.units:
        yield _error("units", row, "parent", unit.parent, "is no unit of the register")
        return
    line = _line(check, unit)
    if line and line[-1].parent in {one.code for one in line}:
        if line[-1].parent == unit.code:
            codes = " > ".join([*(one.code for one in line), unit.code])
            yield _error("units", row, "parent", unit.parent, f"goes round in a circle: {codes}")
        return
    above = check.units.get(unit.parent)
    if unit.kind == "squad" and above is not None:
        if above.kind not in ("town_team", "city_team"):
            yield _warning("units", row, "parent", unit.parent, f"is a {above.kind}: a squad belongs to a team")
        yield from _outside(check, row, unit, above)


def _outside(check: _Check, row: int, squad: Unit, team: Unit) -> Iterator[RegisterFinding]:
    whole, _ = cover_of(check.system, team.grids)
    for grid_id in squad.grids:
        cover, missing = cover_of(check.system, (grid_id,))
        if not missing and not all(whole.holds(lo, hi) for lo, hi in cover.slices):
            yield _warning("units", row, "grids", grid_id, f"lies outside the grids of its team {team.code}")


def _grids(check: _Check, row: int, unit: Unit) -> Iterator[RegisterFinding]:
    for grid_id in unit.grids:
        problem = _grid_problem(check, grid_id)
        if problem:
            yield _error("units", row, "grids", grid_id, problem)
    for grid_id in _repeated(unit.grids):
        yield _warning("units", row, "grids", grid_id, "is named twice")


def _teams(check: _Check) -> Iterator[RegisterFinding]:
    """Towns without a team, or with several."""
    if not any(unit.kind == "town_team" for unit in check.registers.units):
        return
    covers = Units.build(check.system, check.registers.units)
    for grid in check.system.children():
        teams = [unit.code for unit in covers.near(grid.lo, grid.hi) if unit.kind == "town_team"]
        if len(teams) != 1:
            said = f"has the teams {', '.join(teams)}: the first acts" if teams else "has no team: the city's teams act"
            yield _warning("units", -1, "grids", grid.id, f"{grid.name} {said}")


def _persons(check: _Check) -> Iterator[RegisterFinding]:
    yield from _twice("persons", "id", [person.id for person in check.registers.persons])


def _duties(check: _Check) -> Iterator[RegisterFinding]:
    known = {person.id for person in check.registers.persons} | check.excused.persons
    first: dict[Duty, int] = {}
    for row, duty in enumerate(check.registers.duties):
        if duty.person not in known:
            yield _error("duties", row, "person", duty.person, "is no person of the roster")
        yield from _place(check, row, duty)
        if duty.until is not None and duty.until <= duty.since:
            yield _error(
                "duties",
                row,
                "until",
                str(duty.until),
                f"is not after since ({duty.since}): it is the day after the last",
            )
        try:
            DutyHours.parse(duty.hours)
        except ValueError as error:
            yield _error("duties", row, "hours", duty.hours, str(error))
        if first.setdefault(duty, row) != row:
            yield _warning("duties", row, "", "", "says the same as a row above")
    yield from _judges_of_themselves(check)


def _place(check: _Check, row: int, duty: Duty) -> Iterator[RegisterFinding]:
    if bool(duty.grid) == bool(duty.unit):
        both = "both a grid and a unit are named" if duty.grid else "neither a grid nor a unit is named"
        yield _error("duties", row, "grid", duty.grid, f"{both}: name exactly one")
        return
    if duty.grid:
        problem = _grid_problem(check, duty.grid)
        if problem:
            yield _error("duties", row, "grid", duty.grid, problem)
    elif duty.unit not in check.units and duty.unit not in check.excused.units:
        yield _error("duties", row, "unit", duty.unit, "is no unit of the register")
    posts = GRID_POSTS if duty.grid else UNIT_POSTS
    if duty.post not in posts:
        where = "grid" if duty.grid else "unit"
        yield _error("duties", row, "post", duty.post, f"is no post of a {where}: {', '.join(posts)}")


def _judges_of_themselves(check: _Check) -> Iterator[RegisterFinding]:
    """Who supervises must not handle: checks are for somebody else."""
    posts = defaultdict(list)
    for row, duty in enumerate(check.registers.duties):
        posts[duty.person].append((row, duty))
    for person, held in posts.items():
        supervising = [(row, duty) for row, duty in held if duty.post == "supervisor"]
        working = [duty for _, duty in held if duty.post in _WORKING or duty.unit]
        for row, duty in supervising[:1]:
            if any(_at_once(duty, other) for other in working if other.post != "supervisor"):
                yield _warning(
                    "duties", row, "post", "supervisor", f"{person} also handles: this person gets no right to check"
                )


def _powers(check: _Check) -> Iterator[RegisterFinding]:
    towns = {grid.code for grid in check.system.children()}
    by_code = defaultdict(list)
    for row, power in enumerate(check.registers.powers):
        by_code[power.code].append((row, power))
        for town in power.towns:
            if town != EVERY_TOWN and town not in towns:
                yield _error("powers", row, "towns", town, "is no grid of level 1: give their codes, or *")
        if not power.towns:
            yield _error("powers", row, "towns", "", "is missing: name the towns that hold it, or *")
        if not power.category:
            yield _error("powers", row, "category", "", "is missing: name the categories it is about")
        if power.until is not None and power.until <= power.since:
            yield _error("powers", row, "until", str(power.until), f"is not after since ({power.since})")
        yield from _choice(check, "powers", row, "category", power.category)
    for rows in by_code.values():
        yield from _overlapping(rows)


def _overlapping(rows: Sequence[tuple[int, Power]]) -> Iterator[RegisterFinding]:
    """Rows of one item that speak about the same town on the same day."""
    for at, (row, power) in enumerate(rows):
        for _, other in rows[:at]:
            shared = set(power.towns) & set(other.towns) or EVERY_TOWN in (*power.towns, *other.towns)
            if shared and power.means == other.means and _at_once(power, other):
                yield _warning("powers", row, "code", power.code, "is listed for the same town and days in a row above")
                break


def _choice(check: _Check, register: Register, row: int, name: str, words: Iterable[str]) -> Iterator[RegisterFinding]:
    for word in words:
        problem = form_problem(word)
        if problem:
            yield _error(register, row, name, word, problem)
        elif check.classes and not names_any(word, check.classes):
            yield _warning(register, row, name, word, "names no category that is known")


def _grid_problem(check: _Check, grid_id: str) -> str:
    """Why this is no id of a grid; "" where it is one."""
    level, colon, code = grid_id.partition(":")
    if not colon or not (level.isascii() and level.isdecimal()):
        return "is no grid id: write the level and the code, as in 1:320281104"
    try:
        check.system.grid(int(level), code)
    except GridUnknown:
        return "is not in the grid system in force"
    return ""


def _line(check: _Check, unit: Unit) -> list[Unit]:
    """The unit and those above it, each once."""
    line: dict[str, Unit] = {}
    code = unit.code
    while code in check.units and code not in line:
        line[code] = check.units[code]
        code = line[code].parent
    return list(line.values())


def _at_once(one: Duty | Power, other: Duty | Power) -> bool:
    return (one.until is None or other.since < one.until) and (other.until is None or one.since < other.until)


def _twice(register: Register, name: str, keys: Sequence[str]) -> Iterator[RegisterFinding]:
    seen: set[str] = set()
    for row, key in enumerate(keys):
        if key in seen:
            yield _error(register, row, name, key, "stands in a row above already")
        seen.add(key)


def _repeated(words: Sequence[str]) -> list[str]:
    return sorted({word for word in words if words.count(word) > 1})


def _error(register: Register, row: int, name: str, value: str, reason: str) -> RegisterFinding:
    return RegisterFinding("error", register, row, name, value, reason)


def _warning(register: Register, row: int, name: str, value: str, reason: str) -> RegisterFinding:
    return RegisterFinding("warning", register, row, name, value, reason)
