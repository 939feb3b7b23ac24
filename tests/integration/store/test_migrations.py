"""Migrations on both servers."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from data.errors import DatabaseUnavailable
from data.store import migrations
from data.store.connection import Store
from data.store.migrations import SCHEMA, SchemaMismatch, check, migrate
from data.store.openers import System


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """A schema of our own: two base files, one for PostGIS."""
    folder = tmp_path / "schema"
    (folder / "postgis").mkdir(parents=True)
    (folder / "0001_first.sql").write_text("CREATE TABLE first (n integer);")
    (folder / "0002_second.sql").write_text("CREATE TABLE second (n integer); -- 50 % of it\n")
    (folder / "postgis" / "0001_geometry.sql").write_text("ALTER TABLE first ADD geom geometry(Point, 4326);")
    return folder


def _migrate(url: str, schema: Path) -> None:
    session = psycopg2.connect(url)
    try:
        migrate(session, schema)
    finally:
        session.close()


def _rows(url: str, query: str) -> list[tuple[object, ...]]:
    session = psycopg2.connect(url)
    try:
        with session.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
    finally:
        session.close()


RECORD = "SELECT track, version, name FROM schema_migration ORDER BY track, version"


def test_files_are_applied_in_order_once_and_recorded(empty_url: str, server_kind: str, schema: Path) -> None:
    _migrate(empty_url, schema)
    before = _rows(empty_url, "SELECT * FROM schema_migration ORDER BY 1, 2")
    _migrate(empty_url, schema)
    assert _rows(empty_url, "SELECT * FROM schema_migration ORDER BY 1, 2") == before
    expected = [("base", 1, "first"), ("base", 2, "second")]
    if server_kind == "postgis":
        expected.append(("postgis", 1, "geometry"))
    assert _rows(empty_url, RECORD) == expected


def test_a_new_file_is_added_to_an_old_database(empty_url: str, schema: Path) -> None:
    _migrate(empty_url, schema)
    (schema / "0003_third.sql").write_text("INSERT INTO first (n) VALUES (3)")
    _migrate(empty_url, schema)
    assert _rows(empty_url, "SELECT n FROM first") == [(3,)]


def test_a_changed_file_is_refused_but_line_ends_do_not_count(empty_url: str, schema: Path) -> None:
    _migrate(empty_url, schema)
    (schema / "0002_second.sql").write_bytes(b"CREATE TABLE second (n integer); -- 50 % of it\r\n")
    _migrate(empty_url, schema)
    (schema / "0002_second.sql").write_text("CREATE TABLE second (n bigint);")
    with pytest.raises(SchemaMismatch, match="0002_second differs"):
        _migrate(empty_url, schema)


def test_a_database_newer_than_the_program_is_refused(empty_url: str, schema: Path) -> None:
    _migrate(empty_url, schema)
    (schema / "0002_second.sql").unlink()
    with pytest.raises(DatabaseUnavailable, match="newer than this program") as caught:
        _migrate(empty_url, schema)
    assert caught.value.values == {"track": "base", "database": 2, "program": 1}


def _check(url: str, schema: Path) -> None:
    session = psycopg2.connect(url)
    try:
        check(session, schema)
        assert session.info.transaction_status == TRANSACTION_STATUS_IDLE
    finally:
        session.close()


def test_a_database_of_another_version_is_refused_and_stays_as_it_is(empty_url: str, schema: Path) -> None:
    with pytest.raises(SchemaMismatch, match=r"no schema yet.* needs 0002 .*app.py migrate") as caught:
        _check(empty_url, schema)
    assert caught.value.values == {"track": "base", "database": 0, "program": 2}
    assert _rows(empty_url, "SELECT to_regclass('schema_migration') IS NULL") == [(True,)]
    _migrate(empty_url, schema)
    _check(empty_url, schema)
    before = _rows(empty_url, "SELECT * FROM schema_migration ORDER BY 1, 2")
    (schema / "0003_third.sql").write_text("CREATE TABLE third (n integer)")
    with pytest.raises(SchemaMismatch, match=r"older than this program: .* at 0002, .* needs 0003 \(third\)"):
        _check(empty_url, schema)
    (schema / "0003_third.sql").unlink()
    (schema / "0002_second.sql").unlink()
    with pytest.raises(SchemaMismatch, match=r"newer than this program: .* at 0002 \(second\).* knows 0001"):
        _check(empty_url, schema)
    assert _rows(empty_url, "SELECT * FROM schema_migration ORDER BY 1, 2") == before
    assert _rows(empty_url, "SELECT to_regclass('third') IS NULL") == [(True,)]


@pytest.mark.postgis
def test_the_part_for_postgis_is_held_to_its_version_where_there_is_one(empty_postgis_url: str, schema: Path) -> None:
    _migrate(empty_postgis_url, schema)
    (schema / "postgis" / "0002_more.sql").write_text("SELECT 1")
    with pytest.raises(SchemaMismatch, match="its postgis schema is at 0001"):
        _check(empty_postgis_url, schema)


def test_a_file_that_fails_leaves_nothing_behind(empty_url: str, schema: Path) -> None:
    (schema / "0002_second.sql").write_text("CREATE TABLE second (n integer); SELECT 1/0;")
    with pytest.raises(psycopg2.errors.DivisionByZero):
        _migrate(empty_url, schema)
    assert _rows(empty_url, "SELECT to_regclass('first') IS NULL, to_regclass('second') IS NULL") == [(False, True)]
    (schema / "0002_second.sql").write_text("CREATE TABLE second (n integer);")
    _migrate(empty_url, schema)
    assert _rows(empty_url, "SELECT to_regclass('second') IS NULL") == [(False,)]


def test_processes_that_start_at_once_migrate_once(empty_url: str, schema: Path) -> None:
    (schema / "0002_second.sql").write_text("INSERT INTO first (n) VALUES (1); SELECT pg_sleep(0.2);")
    start = threading.Barrier(4)
    failures: list[psycopg2.Error] = []

    def run() -> None:
        start.wait()
        try:
            _migrate(empty_url, schema)
        except psycopg2.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert _rows(empty_url, "SELECT count(*) FROM first") == [(1,)]


def test_the_lock_is_given_back(empty_url: str, schema: Path) -> None:
    session = psycopg2.connect(empty_url)
    try:
        migrate(session, schema)
        held = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory'"
        assert _rows(empty_url, held + " AND datname = current_database()") == [(0,)]
    finally:
        session.close()


def test_the_real_schema_on_an_empty_database(empty_url: str, server_kind: str) -> None:
    with Store.connect(empty_url, migrate=True) as store:
        assert store.has_postgis == (server_kind == "postgis")
    with Store.connect(empty_url, migrate=False) as store:
        assert store.has_postgis == (server_kind == "postgis")
    tracks = {row[0] for row in _rows(empty_url, RECORD)}
    assert tracks == ({"base", "postgis"} if server_kind == "postgis" else {"base"})


def test_the_log_is_append_only(store: Store) -> None:
    with store.transaction(System("test")) as cursor:
        cursor.execute("INSERT INTO event VALUES (1, 1, 0, 'reported', now(), now(), 'a', '{}', '', '', 'nobody')")
    for change in ("UPDATE event SET actor = 'b'", "DELETE FROM event", "TRUNCATE event"):
        with (
            pytest.raises(psycopg2.errors.RaiseException, match="append-only"),
            store.transaction(System("test")) as cursor,
        ):
            cursor.execute(change)


@pytest.mark.postgis
def test_a_user_who_may_not_create_the_extension_goes_on_without(
    empty_postgis_url_of_plain_user: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Store.connect(empty_postgis_url_of_plain_user, migrate=True) as store:
        assert not store.has_postgis
    assert "may not create the extension" in caplog.text


@pytest.mark.postgis
def test_postgis_is_added_when_it_comes_later(empty_postgis_url_of_plain_user: str, empty_postgis_url: str) -> None:
    Store.connect(empty_postgis_url_of_plain_user, migrate=True).close()
    _execute(empty_postgis_url, "CREATE EXTENSION postgis")
    with Store.connect(empty_postgis_url_of_plain_user, migrate=True) as store:
        assert store.has_postgis


def _execute(url: str, statement: str) -> None:
    session = psycopg2.connect(url)
    try:
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute(statement)
    finally:
        session.close()


@pytest.fixture
def empty_postgis_url_of_plain_user(empty_postgis_url: str) -> Iterator[str]:
    """The same database for a user who owns it and is nobody otherwise."""
    _execute(empty_postgis_url, "CREATE ROLE plain LOGIN")
    name = psycopg2.extensions.parse_dsn(empty_postgis_url)["dbname"]
    _execute(empty_postgis_url, f'ALTER DATABASE "{name}" OWNER TO plain')
    yield empty_postgis_url.replace("//grid@", "//plain@")
    _execute(empty_postgis_url, f'ALTER DATABASE "{name}" OWNER TO grid')
    _execute(empty_postgis_url, "DROP OWNED BY plain")
    _execute(empty_postgis_url, "DROP ROLE plain")


def test_names_and_numbers_of_the_files_are_checked(schema: Path) -> None:
    shutil.copy(SCHEMA / "0001_base.sql", schema / "0004_gap.sql")
    with pytest.raises(ValueError, match="not numbered"):
        migrations.read_migrations(schema, "base")
    (schema / "0004_gap.sql").unlink()
    (schema / "third.sql").touch()
    with pytest.raises(ValueError, match=r"third\.sql"):
        migrations.read_migrations(schema, "base")
