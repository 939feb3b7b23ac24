"""The registers from CSV files: units, persons, duties and powers, each finding with its file and line.

Files are read whole, and every row of them: what cannot be read becomes a finding, never half a register.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeAlias

from data.errors import RegisterInvalid
from data.feeds.csv_file import CsvFile
from data.registers.powers import Power
from data.registers.register_checks import Excused, RegisterFinding, Severity
from data.registers.registers import REGISTERS, Register, Registers
from data.registers.roster import POSTS, Duty, Person
from data.registers.units import UNIT_KINDS, Unit
from data.words import MEANS

COLUMNS: Final[Mapping[Register, tuple[str, ...]]] = {
    "units": ("code", "name", "kind", "parent", "grids", "categories"),
    "persons": ("id", "name"),
    "duties": ("person", "post", "grid", "unit", "since", "until", "hours"),
    "powers": ("code", "kind", "name", "category", "means", "towns", "since", "until", "basis"),
}
MAX_TEXT_CHARS: Final = 2_000
# The list of a unit's grids is longer than any other text.
MAX_LIST_CHARS: Final = 200_000

Cells: TypeAlias = Mapping[str, str]
Row: TypeAlias = Unit | Person | Duty | Power


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with the file and line it is about; line 0 is the file as a whole."""

    severity: Severity
    file: str
    line: int
    field: str
    value: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        shown = f" {self.value[:80]!r}" if self.value else ""
        return f"{self.severity}: {place}: {self.field}{shown}{': ' if self.field or shown else ''}{self.reason}"


@dataclass(frozen=True)
class RegisterFiles:
    """What register files say.

    Attributes
    ----------
    registers
        The rows that could be read; a register without a file is taken from the version in force, whose number stands
        in `version`.
    findings
        Rows and cells that could not be read; all of them errors.
    excused
        Codes and ids that such rows would have had.
    """

    registers: Registers
    findings: tuple[Located, ...]
    excused: Excused
    _names: Mapping[Register, str] = field(repr=False)
    _lines: Mapping[Register, tuple[int, ...]] = field(repr=False)

    def located(self, found: RegisterFinding) -> Located:
        """A finding of `register_checks` with its file and line; without a file, the number of the row in force."""
        name = self._names.get(found.register, f"{found.register} in force")
        lines = self._lines.get(found.register)
        line = found.row + 1 if lines is None else lines[found.row] if found.row >= 0 else 0
        return Located(found.severity, name, line, found.field, found.value, found.reason)


def read_registers_csv(paths: Mapping[Register, Path], in_force: Registers | None = None) -> RegisterFiles:
    """Read register files.

    Parameters
    ----------
    paths
        A file for each register that changes; UTF-8 or GB18030, comma, a header row, columns in any order, others
        passed over.
    in_force
        Where the registers without a file come from.

    Raises
    ------
    FeedUnreadable
        A file is not there, empty, no CSV, or lacks a column.
    """
    base = in_force or Registers()
    rows: dict[Register, tuple[Any, ...]] = {register: getattr(base, register) for register in REGISTERS}
    findings: list[Located] = []
    lines: dict[Register, tuple[int, ...]] = {}
    excused: dict[Register, frozenset[str]] = {"units": frozenset(), "persons": frozenset()}
    for register, path in paths.items():
        one = _read(register, path)
        rows[register], lines[register] = tuple(one.rows), tuple(one.lines)
        findings += one.findings
        excused[register] = frozenset(one.excused)
    names = {register: str(path) for register, path in paths.items()}
    registers = Registers(rows["units"], rows["persons"], rows["duties"], rows["powers"], base.version)
    return RegisterFiles(registers, tuple(findings), Excused(excused["units"], excused["persons"]), names, lines)


def require_sound(findings: list[Located]) -> None:
    """Check that no finding is an error.

    Raises
    ------
    RegisterInvalid
        `values` names `file`, `line`, `field`, `value` and `reason` of the first, and holds all in `findings`.
    """
    errors = [one for one in findings if one.severity == "error"]
    if errors:
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise RegisterInvalid(
            f"{str(first).removeprefix('error: ')}{more}; nothing was imported",
            file=first.file, line=first.line, field=first.field, value=first.value, reason=first.reason,
            findings=[str(one) for one in errors],
        )  # fmt: skip


@dataclass
class _FileRead:
    path: Path
    rows: list[Row] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    findings: list[Located] = field(default_factory=list)
    excused: set[str] = field(default_factory=set)

    def wrong(self, line: int, name: str, value: str, reason: str) -> None:
        self.findings.append(Located("error", str(self.path), line, name, value, reason))


def _read(register: Register, path: Path) -> _FileRead:
    columns, parse = COLUMNS[register], _PARSERS[register]
    found = _FileRead(path)
    with CsvFile(path) as file:
        file.require(columns)
        at = {name: file.header.index(name) for name in columns}
        for record in file.records():
            if record.problem:
                found.wrong(record.line, "", record.raw[:80], record.problem)
                continue
            cells = {name: record.cells[place].strip() for name, place in at.items()}
            if not any(cells.values()):
                continue
            row = _Row(found, record.line, cells)
            made = parse(row)
            if made is None:
                found.excused.add(cells[columns[0]])
            else:
                found.rows.append(made)
                found.lines.append(record.line)
    if not found.rows and not found.findings:
        found.wrong(0, "", "", f"has no rows below its header: leave --{register} out to keep what is in force")
    return found


@dataclass
class _Row:
    """Reads the cells of one row; what is wrong with each is a finding, and the row is not to be used then."""

    file: _FileRead
    line: int
    cells: Cells
    sound: bool = True

    def text(self, name: str, *, required: bool = False, longest: int = MAX_TEXT_CHARS) -> str:
        value = self.cells[name]
        if required and not value:
            self.wrong(name, value, "is missing")
        if len(value) > longest:
            self.wrong(name, value[:80], f"is longer than {longest} characters")
        if any(unicodedata.category(letter) == "Cc" for letter in value):
            self.wrong(name, value, "holds a control character")
        return value

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(self.text(name, longest=MAX_LIST_CHARS).split())

    def day(self, name: str, *, required: bool = False) -> date | None:
        value = self.text(name, required=required)
        if not value:
            return None
        try:
            if len(value) == len("2026-11-22"):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.wrong(name, value, "is no day: write it as 2026-11-22")
        return None

    def one_of(self, name: str, choices: tuple[str, ...]) -> Any:
        value = self.text(name)
        if value not in choices:
            self.wrong(name, value, f"must be one of {', '.join(choices)}")
        return value

    def wrong(self, name: str, value: str, reason: str) -> None:
        self.sound = False
        self.file.wrong(self.line, name, value, reason)


def _unit(row: _Row) -> Unit | None:
    unit = Unit(
        code=row.text("code", required=True),
        name=row.text("name", required=True),
        kind=row.one_of("kind", UNIT_KINDS),
        parent=row.text("parent"),
        grids=row.words("grids"),
        categories=row.words("categories"),
    )
    if any(letter.isspace() for letter in unit.code):
        row.wrong("code", unit.code, "holds a blank")
    return unit if row.sound else None


def _person(row: _Row) -> Person | None:
    person = Person(row.text("id", required=True), row.text("name", required=True))
    return person if row.sound else None


def _duty(row: _Row) -> Duty | None:
    person, post = row.text("person", required=True), row.one_of("post", POSTS)
    grid, unit = row.text("grid"), row.text("unit")
    since, until = row.day("since", required=True), row.day("until")
    hours = row.text("hours")
    return Duty(person, post, grid, unit, since, until, hours) if row.sound and since is not None else None


def _power(row: _Row) -> Power | None:
    code, kind, name = (row.text(cell, required=True) for cell in ("code", "kind", "name"))
    category, means, towns = row.words("category"), row.one_of("means", MEANS), row.words("towns")
    since, until, basis = row.day("since", required=True), row.day("until"), row.text("basis")
    if not row.sound or since is None:
        return None
    return Power(code, kind, name, category, means, towns, since, until, basis)


_PARSERS: Final[Mapping[Register, Callable[[_Row], Row | None]]] = {
    "units": _unit,
    "persons": _person,
    "duties": _duty,
    "powers": _power,
}
