"""Shared fixtures: two real PostgreSQL servers, fresh databases on them, and no network beyond this machine.

``store`` runs a test on both servers (ids "embedded" and "postgis"); ``embedded_store`` and ``postgis_store`` on one.
``database_url``, ``embedded_url`` and ``postgis_url`` give a fresh, migrated database to a process of its own.
Servers are started when the first test asks for them, one of each per xdist worker, and stopped at the end. Their files
lie in memory where there is room: a database has some 370 of them, and most tests ask for one.
"""

import fcntl
import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import psycopg2
import pytest
from hypothesis import settings
from pytest_socket import socket_allow_hosts

from data.store.connection import Store
from data.store.embedded import postmaster
from data.store.embedded.embedded import EmbeddedServer
from data.store.embedded.keeper import USERS_LOCK

UrlOf = Callable[[str], str]
# A test server that loses power is thrown away.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}

# Room in memory for two workers' servers.
_MEMORY, _ROOM_BYTES = Path("/dev/shm"), 2 << 30
_LEFT_S = 3_600

# To compile the suite and the program takes each process longer than all its other imports: it is done once, also where
# the environment would not have it; __pycache__ has the machine code of the hot loops in any case.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What takes long on a busy machine is no fault of what is tested: time is measured by the benchmarks.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

_database_number = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """No test talks to another machine, nor do its fixtures; pytest-socket takes it back after each test."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


def _new_folder(name: str) -> Path:
    """A folder that PostgreSQL's user can reach too; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix=f"grid-test-{name}-", dir=_place()))
    folder.chmod(0o755)
    return folder


def _place() -> str:
    """Where files are made and removed fast, or the disk where memory is short, as in most containers."""
    roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    return str(_MEMORY) if roomy else "/tmp"


def _remove_leftovers() -> None:
    """Give back the memory of servers whose tests were killed; their last user's lock ended with them."""
    for lock in _MEMORY.glob(f"grid-test-*/{USERS_LOCK}"):
        with suppress(OSError), lock.open("rb") as opened:
            # A server that is being made may not have its lock yet.
            if time.time() - lock.stat().st_mtime > _LEFT_S:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)


def missing(reason: str) -> NoReturn:
    """Skip, or fail where everything must be tested."""
    if os.environ.get("GRID_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason}, and GRID_REQUIRE_ALL=1")
    pytest.skip(reason)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A fresh folder that any user can enter: a home for an embedded server."""
    folder = _new_folder("home")
    yield folder
    shutil.rmtree(folder)


def _server(name: str, programs: Path | None = None) -> Iterator[UrlOf]:
    """A server that ends with the tests, also when they are killed."""
    _remove_leftovers()
    home = _new_folder(name)
    server = EmbeddedServer.open(home, CARELESS, programs)
    yield server.cluster.url
    postmaster.stop(server.cluster.data)
    server.close()
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[UrlOf]:
    """The embedded server: database name to URL."""
    yield from _server("embedded")


def _postgis_programs() -> Path | None:
    """Programs of the newest PostgreSQL of the distribution that has PostGIS."""
    with_postgis = [
        int(control.parts[-3])
        for control in Path("/usr/share/postgresql").glob("*/extension/postgis.control")
        if Path("/usr/lib/postgresql", control.parts[-3], "bin", "postgres").exists()
    ]
    return Path("/usr/lib/postgresql", str(max(with_postgis)), "bin") if with_postgis else None


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[UrlOf]:
    """A PostgreSQL of the distribution with PostGIS, run by a user who is not root: database name to URL."""
    programs = _postgis_programs()
    if programs is None:
        missing("no PostgreSQL with PostGIS under /usr/lib/postgresql (apt install postgresql postgis)")
    yield from _server("postgis", programs)


@contextmanager
def fresh_database(url_of: UrlOf, template: str = "template1") -> Iterator[str]:
    """URL of a fresh database, dropped afterwards, whoever is still connected."""
    name = f"test_{os.getpid()}_{next(_database_number)}"
    with closing(psycopg2.connect(url_of("postgres"))) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}{_strategy(connection)}")
        yield url_of(name)
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _strategy(connection: psycopg2.extensions.connection) -> str:
    """Files are copied as they are, which needs no log; before PostgreSQL 15 there was no other way."""
    return " STRATEGY FILE_COPY" if connection.server_version >= 150000 else ""


def _template(url_of: UrlOf) -> str:
    """Name of a migrated database to copy from."""
    name = "template_grid"
    with closing(psycopg2.connect(url_of("postgres"))) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"CREATE DATABASE {name}")
    Store.connect(url_of(name), migrate=True).close()
    return name


@pytest.fixture(scope="session")
def embedded_template(embedded_server: UrlOf) -> str:
    return _template(embedded_server)


@pytest.fixture(scope="session")
def postgis_template(postgis_server: UrlOf) -> str:
    return _template(postgis_server)


@pytest.fixture
def embedded_url(embedded_server: UrlOf, embedded_template: str) -> Iterator[str]:
    """URL of a fresh, migrated database on the embedded server."""
    with fresh_database(embedded_server, embedded_template) as url:
        yield url


@pytest.fixture
def postgis_url(postgis_server: UrlOf, postgis_template: str) -> Iterator[str]:
    """URL of a fresh, migrated database with PostGIS."""
    with fresh_database(postgis_server, postgis_template) as url:
        yield url


@pytest.fixture(params=["embedded", pytest.param("postgis", marks=pytest.mark.postgis)])
def server_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(server_kind: str, request: pytest.FixtureRequest) -> str:
    """URL of a fresh, migrated database, on each server in turn."""
    return str(request.getfixturevalue(f"{server_kind}_url"))


@pytest.fixture
def empty_url(server_kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a fresh database without any schema, on each server in turn."""
    with fresh_database(request.getfixturevalue(f"{server_kind}_server")) as url:
        yield url


@pytest.fixture
def empty_postgis_url(postgis_server: UrlOf) -> Iterator[str]:
    """URL of a fresh database without any schema on the server that offers PostGIS."""
    with fresh_database(postgis_server) as url:
        yield url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store on a fresh database, on each server in turn."""
    with Store.connect(database_url, migrate=False) as opened:
        yield opened


@pytest.fixture
def embedded_store(embedded_url: str) -> Iterator[Store]:
    """A store on a fresh database of the embedded server."""
    with Store.connect(embedded_url, migrate=False) as opened:
        yield opened


@pytest.fixture
def postgis_store(postgis_url: str) -> Iterator[Store]:
    """A store on a fresh database with PostGIS."""
    with Store.connect(postgis_url, migrate=False) as opened:
        yield opened
