"""Versioned schema: numbered files, each applied once, in order, in one transaction.

``schema/NNNN_name.sql`` goes to every database, ``schema/postgis/NNNN_name.sql`` to those whose server has PostGIS. A
subject has a track for itself, in the folder ``schema`` of its room of `data`; it comes after the base.
Only who is to change a database migrates it (`migrate`); everybody else sees that it fits (`check`).
"""

import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import psycopg2
from psycopg2.extensions import connection, cursor

from data.errors import DatabaseUnavailable

SCHEMA = Path(__file__).parent / "schema"
# Any fixed number of our own; it keeps two processes from migrating at once.
_ADVISORY_LOCK = 7_231_094_412_053
_LOCK_TIMEOUT = "10min"
_NAME = re.compile(r"(\d{4})_(\w+)\.sql")

_log = logging.getLogger(__name__)


class SchemaMismatch(DatabaseUnavailable):
    """The database's schema is not one this program can work with."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file; `checksum` is of its text with plain line ends."""

    track: str
    version: int
    name: str
    text: str
    checksum: str


def read_migrations(folder: Path, track: str) -> list[Migration]:
    """The migrations in a folder, in order.

    Raises
    ------
    ValueError
        A file's name is not ``NNNN_name.sql``, or a number is missing or taken twice.
    """
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise ValueError(f"{path} is not named NNNN_name.sql")
        text = path.read_text(encoding="utf-8")  # universal newlines: a checkout with CRLF is the same migration
        checksum = hashlib.sha256(text.encode()).hexdigest()
        found.append(Migration(track, int(match[1]), match[2], text, checksum))
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"the migrations in {folder} are not numbered 1, 2, 3, …")
    return found


def subject_schemas(rooms: Path = SCHEMA.parents[1]) -> Mapping[str, Path]:
    """Folders of the subjects' migrations by the name of the room, in its order."""
    found = {folder.parent.name: folder for folder in sorted(rooms.glob("*/schema")) if folder != SCHEMA}
    return MappingProxyType(found)


def migrate(session: connection, schema: Path = SCHEMA, subjects: Mapping[str, Path] | None = None) -> None:
    """Bring a database's schema up to date; a second process that does so at the same time waits.

    Parameters
    ----------
    session
        A connection with no transaction begun; left so, but without a time budget for its statements.
    schema, subjects
        Where the files are; by default those of this program.

    Raises
    ------
    SchemaMismatch
        An applied file was changed since, or the database is newer than this program; nothing was changed.
    psycopg2.Error
        A migration failed; the ones before it stay applied.
    """
    with session.cursor() as cursor_:
        cursor_.execute("SET statement_timeout = 0")
        cursor_.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
        cursor_.execute("SELECT pg_advisory_lock(%s)", (_ADVISORY_LOCK,))
        session.commit()
        try:
            _create_record(cursor_)
            session.commit()
            _apply(session, cursor_, read_migrations(schema, "base"))
            for track, folder in (subject_schemas() if subjects is None else subjects).items():
                _apply(session, cursor_, read_migrations(folder, track))
            if _postgis_ready(session, cursor_):
                _apply(session, cursor_, read_migrations(schema / "postgis", "postgis"))
        except BaseException:
            if not session.closed:
                session.rollback()
            raise
        finally:
            if not session.closed:
                cursor_.execute("SELECT pg_advisory_unlock(%s)", (_ADVISORY_LOCK,))
                cursor_.execute("RESET lock_timeout")
                session.commit()


def check(session: connection, schema: Path = SCHEMA, subjects: Mapping[str, Path] | None = None) -> None:
    """See that a database's schema is the one of this program; nothing is changed.

    Parameters
    ----------
    session
        A connection with no transaction begun; left so.

    Raises
    ------
    SchemaMismatch
        It is older or newer, was made with other files, or there is none; `values` has both versions.
    """
    with session.cursor() as cursor_:
        cursor_.execute("SELECT to_regclass('schema_migration') IS NOT NULL")
        tracks = _applied_tracks(cursor_) if _truth(cursor_) else {}
    session.rollback()
    # The PostGIS part belongs to databases that have it; whether one should get it is a question of a migration.
    of_subjects = subject_schemas() if subjects is None else subjects
    for track, folder in {"base": schema, **of_subjects, "postgis": schema / "postgis"}.items():
        if track != "postgis" or track in tracks:
            known = read_migrations(folder, track)
            applied = tracks.get(track, {})
            _check(known, applied)
            if len(applied) < len(known):
                raise _older(known, len(applied))


def _applied_tracks(cursor_: cursor) -> dict[str, dict[int, tuple[str, str]]]:
    cursor_.execute("SELECT track, version, name, checksum FROM schema_migration")
    tracks: dict[str, dict[int, tuple[str, str]]] = {}
    for track, version, name, checksum in cursor_.fetchall():
        tracks.setdefault(track, {})[version] = (name, checksum)
    return tracks


def _older(known: list[Migration], applied: int) -> SchemaMismatch:
    track, newest = known[0].track, len(known)
    which = "schema " if track == "base" else f"schema of {track} "
    is_at = f"is older than this program: its {track} schema is at {applied:04d}" if applied else f"has no {which}yet"
    return SchemaMismatch(
        f"the database {is_at}, this program needs {newest:04d} ({known[-1].name}): make a backup, then bring it up "
        "to date with `python app.py migrate`; `run` and the imports do so as well",
        track=track, database=applied, program=newest,
    )  # fmt: skip


def has_postgis(cursor_: cursor) -> bool:
    """Whether a database carries the PostGIS part of the schema."""
    cursor_.execute("SELECT to_regclass('schema_migration') IS NOT NULL")
    if not _truth(cursor_):
        return False
    cursor_.execute("SELECT EXISTS (SELECT FROM schema_migration WHERE track = 'postgis')")
    return _truth(cursor_)


def _truth(cursor_: cursor) -> bool:
    row = cursor_.fetchone()
    return bool(row and row[0])


def _create_record(cursor_: cursor) -> None:
    cursor_.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_migration (
            track      text NOT NULL,
            version    integer NOT NULL,
            name       text NOT NULL,
            checksum   text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (track, version)
        )
        """
    )


def _apply(session: connection, cursor_: cursor, migrations: list[Migration]) -> None:
    if not migrations:
        return
    track = migrations[0].track
    cursor_.execute("SELECT version, name, checksum FROM schema_migration WHERE track = %s", (track,))
    applied = {version: (name, checksum) for version, name, checksum in cursor_.fetchall()}
    session.commit()
    _check(migrations, applied)
    for migration in migrations[len(applied) :]:
        cursor_.execute(migration.text)
        cursor_.execute(
            "INSERT INTO schema_migration (track, version, name, checksum) VALUES (%s, %s, %s, %s)",
            (track, migration.version, migration.name, migration.checksum),
        )
        session.commit()
        _log.info("schema: %s %04d %s applied", track, migration.version, migration.name)


def _check(migrations: list[Migration], applied: dict[int, tuple[str, str]]) -> None:
    track = migrations[0].track
    newest = max(applied, default=0)
    if newest > len(migrations):
        raise SchemaMismatch(
            f"the database is newer than this program: its {track} schema is at {newest:04d} "
            f"({applied[newest][0]}), this program knows {len(migrations):04d}: update the program",
            track=track, database=newest, program=len(migrations),
        )  # fmt: skip
    for migration in migrations[:newest]:
        if applied.get(migration.version, ("", ""))[1] != migration.checksum:
            raise SchemaMismatch(
                f"{track} schema {migration.version:04d}_{migration.name} differs from the one this database was "
                "made with: restore that file, and put changes into a new one",
                track=track, version=migration.version,
            )  # fmt: skip


def _postgis_ready(session: connection, cursor_: cursor) -> bool:
    """Whether the database has the extension, creating it where the server offers it and lets us."""
    cursor_.execute("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis')")
    if _truth(cursor_):
        return True
    cursor_.execute("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgis')")
    if not _truth(cursor_):
        return False
    try:
        cursor_.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    except psycopg2.errors.InsufficientPrivilege as error:
        session.rollback()
        _log.warning(
            "the server offers PostGIS, but this user may not create the extension: going on without; to have it, "
            "let an administrator run CREATE EXTENSION postgis in this database (%s)", str(error).strip(),
        )  # fmt: skip
        return False
    session.commit()
    return True
