"""The embedded server really started, shared, killed, revived, and ended with the last process that uses it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from data.errors import EmbeddedServerFailed
from data.settings import Settings
from data.store.connection import Store
from data.store.embedded import accounts, embedded, postmaster
from data.store.embedded.embedded import EmbeddedServer
from data.store.openers import System

CHECKOUT = Path(__file__).resolve().parents[3]
AS_ROOT = os.geteuid() == 0
# What a process of its own does: open the store, say so, obey.
USER = """
import sys
from pathlib import Path
from data.settings import Settings
from data.store.connection import Store
from data.store.openers import System

store = Store.open(Settings(home=Path(sys.argv[1])), migrate=True)
with store.transaction(System("test")) as cursor:
    # IF NOT EXISTS alone fails when two look at once.
    cursor.execute("SELECT pg_advisory_xact_lock(1)")
    cursor.execute("CREATE TABLE IF NOT EXISTS note (n integer)")
print("open", flush=True)
for line in sys.stdin:
    with store.transaction(System("test")) as cursor:
        cursor.execute("INSERT INTO note VALUES (%s)", (int(line),))
    print("done", flush=True)
store.close()
"""


class User:
    """Another process that uses the embedded server."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(home)],
            cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def heard(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def note(self, n: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{n}\n")
        self.process.stdin.flush()
        assert self.heard() == "done"

    def end(self) -> None:
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=60)


@pytest.fixture
def new_home(open_folder: Path) -> Iterator[Path]:
    """A home still to be made, whose server has ended when the test has."""
    home = open_folder / "home"
    yield home
    if (home / "postgres").exists():
        postmaster.stop(home / "postgres")
        _until(lambda: _keeper(home) is None, "the keeper ends")


@pytest.fixture(scope="session")
def used_home() -> Iterator[Path]:
    """A home that was used once: to copy from, because making one takes seconds."""
    folder = Path(tempfile.mkdtemp(prefix="grid-test-used-", dir="/tmp"))
    folder.chmod(0o755)
    Store.open(Settings(home=folder), migrate=True).close()
    _ended(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home(used_home: Path, new_home: Path) -> Path:
    """A home that was used before."""
    new_home.mkdir(mode=0o755)
    subprocess.run(["cp", "-a", used_home / "postgres", new_home / "postgres"], check=True)
    return new_home


@pytest.fixture
def start(home: Path) -> Iterator[Callable[[], User]]:
    """Starts other processes on the home, and ends what is left of them."""
    users: list[User] = []

    def start_one() -> User:
        users.append(User(home))
        assert users[-1].heard() == "open"
        return users[-1]

    yield start_one
    for user in users:
        if user.process.poll() is None:
            user.kill()


def _until(holds: Callable[[], bool], what: str, timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {timeout_s} s"
        time.sleep(0.02)


def _server(home: Path) -> int | None:
    return postmaster.running_pid(home / "postgres")


def _keeper(home: Path) -> int | None:
    """Process id of the keeper of a home, found by its command line."""
    wanted = ["-m", "data.store.embedded.keeper", str(home)]
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if words[3:6] == wanted:
            return int(entry.name)
    return None


def _ended(home: Path, timeout_s: float = 30) -> None:
    """Wait for the end of server and keeper; a proper end, not a crash."""
    _until(lambda: _server(home) is None and _keeper(home) is None, "server and keeper end", timeout_s)
    assert not (home / "postgres" / "postmaster.pid").exists()


def _notes(home: Path) -> list[int]:
    with Store.open(Settings(home=home), migrate=True) as store, store.transaction(System("test")) as cursor:
        cursor.execute("SELECT n FROM note ORDER BY n")
        return [n for (n,) in cursor.fetchall()]


def test_it_is_made_kept_and_ended_and_the_data_stay(new_home: Path) -> None:
    with Store.open(Settings(home=new_home), migrate=True) as store:
        assert not store.has_postgis
        with store.transaction(System("test")) as cursor:
            cursor.execute("CREATE TABLE note AS SELECT 1 AS n")
            cursor.execute(
                "SELECT pg_encoding_to_char(encoding), datcollate, datlocale FROM pg_database"
                " WHERE datname = current_database()"
            )
            assert cursor.fetchone() == ("UTF8", "C", "C.UTF-8")
            for name, value in [
                ("data_checksums", "on"),
                ("fsync", "on"),
                ("synchronous_commit", "on"),
                ("jit", "off"),
            ]:
                cursor.execute(f"SHOW {name}")
                assert cursor.fetchone() == (value,)
            cursor.execute("SHOW listen_addresses")
            assert cursor.fetchone() == ("",)
        assert _server(new_home) is not None
    _ended(new_home)
    assert _notes(new_home) == [1]


def test_the_socket_is_for_its_user_alone_and_the_server_is_not_root(home: Path) -> None:
    server = EmbeddedServer.open(home)
    try:
        pid = _server(home)
        assert Path(f"/proc/{pid}").stat().st_uid == server.cluster.account.uid != 0
        assert os.getsid(pid or 0) != os.getsid(0)
        for folder in (server.cluster.sockets, server.cluster.data):
            assert folder.stat().st_mode & 0o777 == 0o700
            assert folder.stat().st_uid == server.cluster.account.uid
    finally:
        server.close()


def test_the_last_of_several_processes_ends_it(home: Path, start: Callable[[], User]) -> None:
    first, second = start(), start()
    pid = _server(home)
    first.note(1)
    second.note(2)
    first.end()
    second.note(3)
    assert _server(home) == pid
    assert _notes(home) == [1, 2, 3]  # a third, in this process, comes and goes
    second.note(4)
    assert _server(home) == pid
    second.end()
    _ended(home)


def test_processes_that_start_at_once_make_one_server(new_home: Path) -> None:
    users = [User(new_home) for _ in range(3)]
    assert [user.heard() for user in users] == ["open"] * 3
    for n, user in enumerate(users):
        user.note(n)
    keeper, pid = _keeper(new_home), _server(new_home)
    assert keeper is not None
    assert pid is not None
    for user in users:
        user.end()
    assert _notes(new_home) == [0, 1, 2]


def test_it_ends_after_a_process_that_was_killed(home: Path, start: Callable[[], User]) -> None:
    user = start()
    user.note(1)
    user.kill()
    _ended(home, timeout_s=20)
    assert _notes(home) == [1]


def test_it_ends_after_a_process_that_was_killed_while_starting_it(home: Path, open_folder: Path) -> None:
    server = EmbeddedServer.open(home)
    programs = server.cluster.programs
    server.close()
    _ended(home)
    slow = open_folder / "slow"
    slow.mkdir()
    slow.chmod(0o777)
    for name in ("initdb", "postgres"):
        (slow / name).symlink_to(programs / name)
    (slow / "pg_ctl").write_text(
        f'#!/bin/sh\ntouch "{slow}/begun"\nsleep 1\n"{programs}/pg_ctl" "$@"\ntouch "{slow}/done"\n'
    )
    (slow / "pg_ctl").chmod(0o755)
    starter = (
        "import sys; from pathlib import Path; from data.store.embedded.embedded import EmbeddedServer; "
        "EmbeddedServer.open(Path(sys.argv[1]), None, Path(sys.argv[2]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starter, str(home), str(slow)], cwd=CHECKOUT, start_new_session=True
    ) as process:
        _until((slow / "begun").exists, "the server is being started")
        process.kill()
    _until((slow / "done").exists, "the start goes on by itself")
    _ended(home)


def test_a_killed_keeper_is_replaced_by_the_next_process(home: Path, start: Callable[[], User]) -> None:
    first = start()
    keeper, pid = _keeper(home), _server(home)
    os.kill(keeper or 0, signal.SIGKILL)
    _until(lambda: _keeper(home) is None, "the keeper dies")
    second = start()
    assert _server(home) == pid
    assert _keeper(home) not in (None, keeper)
    first.end()
    second.end()
    _ended(home)


def test_a_server_left_over_is_adopted(home: Path, start: Callable[[], User]) -> None:
    user = start()
    user.note(1)
    pid = _server(home)
    os.kill(_keeper(home) or 0, signal.SIGKILL)
    _until(lambda: _keeper(home) is None, "the keeper dies")
    user.kill()
    assert _server(home) == pid
    assert _notes(home) == [1]
    _until(lambda: _server(home) is None, "the server ends with the process that adopted it")


def test_a_killed_server_recovers_under_the_feet_of_a_store(home: Path) -> None:
    with Store.open(Settings(home=home), migrate=True) as store:
        with store.transaction(System("test")) as cursor:
            cursor.execute("CREATE TABLE note AS SELECT 1 AS n")
            cursor.execute("SELECT pg_backend_pid()")
            (session,) = cursor.fetchone() or (0,)
        pid = _server(home)
        os.kill(pid or 0, signal.SIGKILL)
        _until(lambda: _server(home) is None, "the server dies")
        # Its other processes notice a moment later.
        _until(lambda: not Path(f"/proc/{session}").exists(), "the session's process dies")
        with store.transaction(System("test")) as cursor:
            cursor.execute("SELECT n FROM note")
            assert cursor.fetchall() == [(1,)]
        assert _server(home) not in (None, pid)
        assert _keeper(home) is not None


def test_a_killed_server_recovers_on_the_next_start(home: Path, start: Callable[[], User]) -> None:
    user = start()
    user.note(1)
    os.kill(_server(home) or 0, signal.SIGKILL)
    user.kill()
    assert _notes(home) == [1]


def test_ctrl_c_in_the_terminal_reaches_neither_server_nor_keeper(home: Path, start: Callable[[], User]) -> None:
    user = start()
    pid, keeper = _server(home), _keeper(home)
    assert pid is not None
    assert keeper is not None
    groups = {os.getpgid(pid), os.getpgid(keeper)}
    assert os.getpgid(user.process.pid) not in groups
    os.killpg(user.process.pid, signal.SIGINT)
    user.process.communicate(timeout=60)
    _ended(home)


@pytest.mark.parametrize("number", ["1999999999", "1", "ours", "nonsense", ""])
def test_a_stale_pid_file_is_no_hindrance(home: Path, number: str) -> None:
    server = EmbeddedServer.open(home)
    server.close()
    _ended(home)
    stale = home / "postgres" / "postmaster.pid"
    stale.write_text(f"{os.getpid() if number == 'ours' else number}\n{home / 'postgres'}\n")
    os.chown(stale, server.cluster.account.uid, server.cluster.account.gid)
    if number in ("nonsense", ""):
        with pytest.raises(EmbeddedServerFailed, match=r"postmaster\.pid|could not start"):
            EmbeddedServer.open(home)
        assert stale.exists()  # not ours to understand
        stale.unlink()
    EmbeddedServer.open(home).close()


def test_a_long_path_moves_the_socket_away(open_folder: Path) -> None:
    home = open_folder / ("中" * 30) / "home"
    with Store.open(Settings(home=home), migrate=True) as store:
        sockets = Path(psycopg2.extensions.parse_dsn(store.url)["host"])
        assert sockets.parent == Path("/tmp")
        assert sockets.stat().st_mode & 0o777 == 0o700
    _ended(home)
    sockets.rmdir()


def test_somebody_elses_socket_folder_is_refused(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = open_folder / "elsewhere"
    elsewhere.mkdir()
    home = open_folder / "home"
    home.mkdir()
    (home / "postgres-socket").symlink_to(elsewhere)
    with pytest.raises(EmbeddedServerFailed, match="remove it"):
        EmbeddedServer.open(home)


def test_odd_letters_in_the_path_do_no_harm(open_folder: Path) -> None:
    home = open_folder / "网格 it's, 100%"
    with Store.open(Settings(home=home), migrate=True) as store, store.transaction(System("test")) as cursor:
        cursor.execute("SELECT 1")
        sockets = Path(psycopg2.extensions.parse_dsn(store.url)["host"])
    _ended(home)
    sockets.rmdir()


@pytest.mark.skipif(not AS_ROOT, reason="only root runs the server as another user")
def test_a_folder_the_server_cannot_reach_is_named_and_left_alone(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedServerFailed, match="GRID_HOME") as caught:
        EmbeddedServer.open(closed / "home")
    assert caught.value.values["folder"] == str(closed)
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not AS_ROOT, reason="only root runs the server as another user")
def test_programs_the_server_cannot_reach_are_copied_once(
    open_folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    found = embedded.importlib.util.find_spec(embedded.WHEEL)
    package = Path(found.origin).parent  # type: ignore[union-attr]
    shutil.copytree(package, closed / package.name, ignore=shutil.ignore_patterns("pginstall", "*.a", "include"))
    shutil.copytree(package.parent / f"{package.name}.libs", closed / f"{package.name}.libs")
    moved = type(found)(embedded.WHEEL, None, origin=str(closed / package.name / "__init__.py"))  # type: ignore[misc]
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda _: moved)
    for _ in range(2):
        server = EmbeddedServer.open(home)
        assert server.cluster.programs.is_relative_to(home)
        server.close()
        _ended(home)
    assert len(list(home.glob("postgres-programs-*"))) == 1
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not AS_ROOT, reason="only root can become another user")
def test_an_ordinary_user_is_kept_out_of_the_home_of_root(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    with pytest.raises(EmbeddedServerFailed, match="start as that user") as caught:
        accounts.server_account(home / "postgres")
    assert caught.value.values == {"folder": str(home / "postgres")}


def test_data_of_another_version_are_refused_with_what_to_do(home: Path) -> None:
    EmbeddedServer.open(home).close()
    _ended(home)
    (home / "postgres" / "PG_VERSION").write_text("11\n")
    with pytest.raises(EmbeddedServerFailed, match="made by PostgreSQL 11") as caught:
        EmbeddedServer.open(home)
    assert caught.value.values["made_by"] == 11


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with pytest.raises(EmbeddedServerFailed, match="no_such_setting"):
        EmbeddedServer.open(home, {"no_such_setting": "1"})
    EmbeddedServer.open(home).close()


def test_a_start_that_was_killed_is_begun_again(new_home: Path) -> None:
    (new_home / "postgres.new").mkdir(parents=True)
    (new_home / "postgres.new" / "PG_VERSION").write_text("18\n")
    EmbeddedServer.open(new_home).close()
    assert not (new_home / "postgres.new").exists()


def test_after_it_was_given_back_it_must_be_opened_again(home: Path) -> None:
    server = EmbeddedServer.open(home)
    server.close()
    server.close()
    with pytest.raises(EmbeddedServerFailed, match="open it again"):
        server.ensure()


def test_the_log_is_readable_and_empty_of_errors(home: Path) -> None:
    EmbeddedServer.open(home).close()
    logs = list((home / "postgres" / "log").glob("postgresql-*.log"))
    assert len(logs) == 1
    # On a busy machine a start takes seconds, and asking whether it is ready is answered so.
    said = logs[0].read_text().replace("FATAL:  the database system is starting up", "")
    assert not re.search("ERROR|FATAL|PANIC|WARNING", said)
