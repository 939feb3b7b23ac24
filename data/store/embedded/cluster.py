"""One PostgreSQL data folder: create it, start its server, see whether it answers."""

import logging
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2

from data.errors import EmbeddedServerFailed
from data.store.embedded import postmaster
from data.store.embedded.accounts import Account

ROLE = "grid"
START_LOG = "start.log"
SERVER_LOG_FOLDER = "log"
PORT = 5432
SOCKET_LOCK = f".s.PGSQL.{PORT}.lock"
_INIT_TIMEOUT_S = 180.0
_START_TIMEOUT_S = 120.0
_POLL_S = 0.1

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cluster:
    """A data folder with the programs, the user and the socket folder of its server.

    Attributes
    ----------
    programs
        Folder of ``initdb``, ``pg_ctl`` and ``postgres``.
    data
        The data folder; may not exist yet.
    sockets
        Folder of the unix socket; belongs to `account` alone.
    account
        System user the server runs as.
    """

    programs: Path
    data: Path
    sockets: Path
    account: Account

    def url(self, database: str) -> str:
        """Libpq URL of a database of this cluster."""
        return f"postgresql://{ROLE}@/{quote(database, safe='')}?host={quote(str(self.sockets), safe='')}&port={PORT}"

    def create(self) -> None:
        """Create the data folder, whole or not at all.

        Raises
        ------
        EmbeddedServerFailed
            ``initdb`` failed; `values` has what it said.
        """
        unfinished = self.data.with_name(self.data.name + ".new")
        if unfinished.exists():  # of a start that was killed
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        self.account.own(unfinished)
        command: list[str | Path] = [
            self.programs / "initdb", "-D", unfinished, "-U", ROLE, "--auth=trust", "--encoding=UTF8", "--locale=C",
            "--data-checksums",
        ]  # fmt: skip
        if self.major_version() >= 17:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run(command, _INIT_TIMEOUT_S, "be created")
        unfinished.rename(self.data)

    def major_version(self) -> int:
        """Major version of the programs."""
        said = self._run([self.programs / "postgres", "--version"], 30.0, "tell its version").stdout
        found = re.search(r"(\d+)", said)
        if found is None:
            raise EmbeddedServerFailed(f"{self.programs}/postgres does not tell its version", output=said)
        return int(found.group(1))

    def start(self, options: Mapping[str, str]) -> None:
        """Start the server and wait until it takes connections; a stale pid file is no hindrance.

        Raises
        ------
        EmbeddedServerFailed
            It did not start in time; `values` has the end of its log.
        """
        self._drop_stale_locks()
        switches = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())
        command: list[str | Path] = [
            self.programs / "pg_ctl", "start", "-w", "-t", str(int(_START_TIMEOUT_S)), "-s", "-D", self.data,
            "-l", self.data / START_LOG, "-o", switches,
        ]  # fmt: skip
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            (self.data / START_LOG).unlink(missing_ok=True)
            try:
                self._run(command, _START_TIMEOUT_S + 10, "start")
            except EmbeddedServerFailed as error:
                # Sessions of a killed server may need a moment to see that it is gone.
                if "shared memory block" not in str(error.values) or time.monotonic() > deadline:
                    raise
                time.sleep(_POLL_S)
            else:
                return

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        try:
            psycopg2.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg2.OperationalError as error:
            _log.debug("%s does not answer: %s", self.data, error)
            return False
        return True

    def _drop_stale_locks(self) -> None:
        """Remove lock files whose process number certainly does not belong to this server.

        PostgreSQL itself drops a lock file whose process is gone, but takes any other process of the same user, and
        a dead one nobody has reaped, for a running server. In containers, where the same small numbers come back
        after a restart and the first process may reap nobody, both happen.
        """
        for lock in (self.data / postmaster.PID_FILE, self.sockets / SOCKET_LOCK):
            pid = postmaster.recorded_pid(lock)
            if pid is not None and not postmaster.is_server_of(pid, self.data):
                lock.unlink(missing_ok=True)

    def _run(self, command: list[str | Path], timeout_s: float, purpose: str) -> subprocess.CompletedProcess[str]:
        said = ""
        try:
            done = self.account.run(command, timeout_s)
            if done.returncode == 0:
                return done
            said = done.stdout + done.stderr
            cause: Exception | None = None
        except (OSError, subprocess.TimeoutExpired) as error:
            cause = error
            said = str(error)
        raise EmbeddedServerFailed(
            f"the embedded PostgreSQL in {self.data} could not {purpose} as user {self.account.name}: "
            f"{_last_words(said + self._log_tail())}",
            folder=str(self.data), command=str(command[0]), output=said[-2000:], log=self._log_tail(),
        ) from cause  # fmt: skip

    def _log_tail(self) -> str:
        logs = [
            self.data / START_LOG,
            *sorted((self.data / SERVER_LOG_FOLDER).glob("*"), key=lambda p: p.stat().st_mtime),
        ]
        present = [log for log in (logs[0], *logs[-1:]) if log.is_file()]
        return "\n".join(log.read_text(encoding="utf-8", errors="replace")[-2000:] for log in dict.fromkeys(present))


def _last_words(said: str) -> str:
    """The lines that tell a reader most: those marked as errors, else the last one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"FATAL|PANIC|error:", line)]
    return " | ".join(dict.fromkeys((telling or lines)[-3:])) or "it said nothing"
