"""Versions of the registers of units, persons, duties and powers, and the directory that follows from the newest."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from data.access.actor import Actor
from data.city.categories import read_categories
from data.errors import RegisterInvalid
from data.registers.directory import Directory
from data.registers.powers import Power
from data.registers.registers import REGISTERS, Register, Registers
from data.registers.roster import Duty, Person
from data.registers.units import Unit
from data.store.connection import Store
from data.store.driver import Cursor, execute_values, sql
from data.store.openers import System

if TYPE_CHECKING:
    from geo.grids import GridSystem

# Notified when a version is committed, and when categories change.
CHANNEL: Final = "registers"
_TIMEOUT_S = 120.0
_NOBODY: Final = Actor.nobody("")
_PAGE_ROWS = 1_000

Row: TypeAlias = Unit | Person | Duty | Power


@dataclass(frozen=True, slots=True)
class _Kept:
    """How the rows of one register are kept."""

    table: str
    row: Callable[..., Row]
    columns: tuple[str, ...]


def _kept(table: str, row: type[Row]) -> _Kept:
    return _Kept(table, row, tuple(field.name for field in fields(row)))


_KEPT: Final[dict[Register, _Kept]] = {
    "units": _kept("register_unit", Unit),
    "persons": _kept("register_person", Person),
    "duties": _kept("register_duty", Duty),
    "powers": _kept("register_power", Power),
}


@dataclass(frozen=True, slots=True)
class RegisterVersion:
    """A version without its rows; `counts` has the number of rows of each register.

    `imported_by` and `imported_by_id` are display name and id of the importer; the id is None in older versions.
    """

    version: int
    imported_at: datetime
    imported_by: str
    imported_by_id: str | None
    edition_id: int
    counts: dict[Register, int]


def save_registers(
    store: Store, registers: Registers, edition_id: int, *, imported_by: Actor = _NOBODY, based_on: int | None = None
) -> int:
    """Keep registers as a new version, whole or not at all; it is in force from then on.

    What is in force already makes no new version. Nothing is ever removed.

    Parameters
    ----------
    registers
        All four; their `version` does not count. They are checked before, by `register_checks`.
    edition_id
        The grids they were checked against.
    imported_by
        Who imports, for the record.
    based_on
        Number of the version that parts of `registers` were taken from (0: there was none); None where all are new.

    Returns
    -------
    Number of the version.

    Raises
    ------
    RegisterInvalid
        Another version came into force since `based_on` was read; nothing is kept.
    """
    with store.transaction(System("registers"), timeout_s=_TIMEOUT_S) as cursor:
        # One import at a time: two of them at once would not know of each other's rows.
        cursor.execute("LOCK TABLE register_version IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            "SELECT id, edition_id, units, persons, duties, powers FROM register_version ORDER BY id DESC LIMIT 1"
        )
        newest = cursor.fetchone()
        if based_on is not None and based_on != (0 if newest is None else newest[0]):
            raise RegisterInvalid(
                f"version {newest and newest[0]} of the registers came into force meanwhile: import once more",
                reason="overtaken", based_on=based_on, in_force=newest and newest[0],
            )  # fmt: skip
        files = {register: _save_file(cursor, register, getattr(registers, register)) for register in REGISTERS}
        if newest is not None and newest[1:] == (edition_id, *files.values()):
            return int(newest[0])
        cursor.execute(
            """
            INSERT INTO register_version (imported_by, imported_by_id, edition_id, units, persons, duties, powers)
            VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id
            """,
            (imported_by.name, imported_by.id, edition_id, *files.values()),
        )
        return int(_only(cursor.fetchone()))


def current_version(store: Store) -> int:
    """Number of the version in force; 0 while nothing was imported."""
    with store.transaction(System("registers")) as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM register_version")
        return int(_only(cursor.fetchone()))


def read_registers(store: Store, version: int | None = None) -> Registers:
    """The rows of a version, by default of the one in force; empty where there is no such version."""
    with store.transaction(System("registers"), timeout_s=_TIMEOUT_S) as cursor:
        cursor.execute(
            """
            SELECT id, units, persons, duties, powers FROM register_version
            WHERE id = coalesce(%s, (SELECT max(id) FROM register_version))
            """,
            (version,),
        )
        found = cursor.fetchone()
        if found is None:
            return Registers()
        rows = {register: _rows(cursor, register, file) for register, file in zip(REGISTERS, found[1:], strict=True)}
        return Registers(**rows, version=found[0])


def list_versions(store: Store) -> list[RegisterVersion]:
    """All versions without their rows, the newest first."""
    with store.transaction(System("registers")) as cursor:
        cursor.execute(
            """
            SELECT id, imported_at, imported_by, imported_by_id, edition_id,
                   (SELECT row_count FROM register_file WHERE id = version.units),
                   (SELECT row_count FROM register_file WHERE id = version.persons),
                   (SELECT row_count FROM register_file WHERE id = version.duties),
                   (SELECT row_count FROM register_file WHERE id = version.powers)
            FROM register_version AS version ORDER BY id DESC
            """
        )
        return [
            RegisterVersion(version, at, by, by_id, edition_id, dict(zip(REGISTERS, counts, strict=True)))
            for version, at, by, by_id, edition_id, *counts in cursor.fetchall()
        ]


def read_directory(store: Store, system: "GridSystem", zone: tzinfo) -> Directory:
    """The directory of the registers in force, on a grid system; an empty one while nothing was imported."""
    classes = {code: category.class_name for code, category in read_categories(store).items()}
    return Directory.of(system, read_registers(store), zone=zone, classes=classes)


def _save_file(cursor: Cursor, register: Register, rows: tuple[Row, ...]) -> int:
    """Keep the rows of a register, unless the very same are kept already; the id of their file."""
    kept = _KEPT[register]
    values = [tuple(_plain(getattr(row, name)) for name in kept.columns) for row in rows]
    checksum = hashlib.sha256(json.dumps(values, ensure_ascii=False, default=str).encode()).hexdigest()
    cursor.execute("SELECT id FROM register_file WHERE register = %s AND checksum = %s", (register, checksum))
    known = cursor.fetchone()
    if known is not None:
        return int(known[0])
    cursor.execute(
        "INSERT INTO register_file (register, checksum, row_count) VALUES (%s, %s, %s) RETURNING id",
        (register, checksum, len(rows)),
    )
    file_id = int(_only(cursor.fetchone()))
    insert = sql.SQL("INSERT INTO {} (file_id, position, {}) VALUES %s").format(
        sql.Identifier(kept.table), _names(kept.columns)
    )
    numbered = [(file_id, position, *row) for position, row in enumerate(values)]
    execute_values(cursor, insert.as_string(cursor), numbered, template=_template(register), page_size=_PAGE_ROWS)
    return file_id


def _rows(cursor: Cursor, register: Register, file_id: int) -> tuple[Any, ...]:
    kept = _KEPT[register]
    cursor.execute(
        sql.SQL("SELECT {} FROM {} WHERE file_id = %s ORDER BY position").format(
            _names(kept.columns), sql.Identifier(kept.table)
        ),
        (file_id,),
    )
    return tuple(kept.row(*(_tupled(value) for value in row)) for row in cursor.fetchall())


def _template(register: Register) -> str:
    """Placeholders of a row; an empty list has no type of its own, so lists say theirs."""
    lists = ("grids", "categories", "category", "towns")
    return "(%s, %s, " + ", ".join("%s::text[]" if name in lists else "%s" for name in _KEPT[register].columns) + ")"


def _names(columns: tuple[str, ...]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _only(row: tuple[Any, ...] | None) -> Any:
    """The one value of a statement that always gives one."""
    assert row is not None  # noqa: S101  # a fact about the statement, told to the type checker
    return row[0]
