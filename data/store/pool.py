"""A pool of database connections that waits, within bounds, and that a restart of the server does not poison."""

import logging
import math
import select
import threading
from collections.abc import Callable
from typing import Any

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection, make_dsn, parse_dsn

from data.errors import DatabaseBusy, DatabaseUnavailable, SettingInvalid
from data.store.faults import refused

_DEFAULTS: dict[str, Any] = {
    "application_name": "grid-command-center",
    "connect_timeout": 10,
    # A server that vanished without a word (cable, firewall) is noticed within a minute.
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

_log = logging.getLogger(__name__)


class Connector:
    """Makes connections to one database: UTC, a readable name, a time budget for each statement.

    Parameters
    ----------
    url
        libpq URL or key-value text; what it says wins over our defaults.
    statement_timeout_s
        Time budget of one statement.
    revive
        Called once when a connection fails, before it is tried again; for a server that we run ourselves.

    Raises
    ------
    SettingInvalid
        The URL cannot be read; the message does not repeat it, because it may hold a password.
    """

    def __init__(self, url: str, statement_timeout_s: float, revive: Callable[[], None] | None = None) -> None:
        try:
            given = parse_dsn(url)
        except psycopg2.ProgrammingError as error:
            raise SettingInvalid(
                "GRID_DATABASE_URL cannot be read: it must be like postgresql://user:password@host:5432/database",
                name="GRID_DATABASE_URL",
            ) from error
        self._parameters = {**_DEFAULTS, **given}
        self._timeout_ms = milliseconds(statement_timeout_s)
        self._revive = revive
        self.target = make_dsn(**{name: value for name, value in given.items() if name in {"host", "port", "dbname"}})

    def connect(self) -> connection:
        """Make a connection, in a state to begin a transaction.

        Raises
        ------
        DatabaseUnavailable, DatabaseBusy
            The server does not answer, or takes no more connections.
        EmbeddedServerFailed
            Our own server was down and could not be started again.
        """
        try:
            return self._connected()
        except psycopg2.OperationalError as error:
            if self._revive is None:
                raise refused(error, self.target) from error
            _log.warning("the embedded database does not answer, starting it again: %s", error)
        self._revive()
        try:
            return self._connected()
        except psycopg2.OperationalError as error:
            raise refused(error, self.target) from error

    def _connected(self) -> connection:
        made: connection = psycopg2.connect(**self._parameters)
        try:
            made.autocommit = True
            with made.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('TimeZone', 'UTC', false), set_config('statement_timeout', %s, false)",
                    (str(self._timeout_ms),),
                )
            made.autocommit = False
        except BaseException:
            made.close()
            raise
        return made


class Pool:
    """At most `size` connections, lent to one thread each.

    Parameters
    ----------
    connector
        Makes them.
    size
        Most connections at once.
    wait_s
        How long a thread waits for one.
    """

    def __init__(self, connector: Connector, size: int, wait_s: float) -> None:
        self._connector = connector
        self._size = size
        self._wait_s = wait_s
        self._free = threading.Semaphore(size)
        self._idle: list[connection] = []
        self._guard = threading.Lock()
        self._closed = False

    def lend(self) -> connection:
        """Lend a connection that is not known to be broken.

        Raises
        ------
        DatabaseBusy
            None became free in time.
        DatabaseUnavailable
            The pool is closed, or the server does not answer.
        """
        if not self._free.acquire(timeout=self._wait_s):
            raise DatabaseBusy(
                f"all {self._size} database connections stayed in use for {self._wait_s:g} s: try again, or raise "
                "GRID_POOL_SIZE",
                pool_size=self._size, waited_s=self._wait_s,
            )  # fmt: skip
        try:
            return self._usable_idle() or self._connector.connect()
        except BaseException:
            self._free.release()
            raise

    def give_back(self, lent: connection) -> None:
        """Take a connection back; one that is broken or in the middle of something is thrown away."""
        with self._guard:
            keep = not self._closed and not lent.closed and lent.info.transaction_status == TRANSACTION_STATUS_IDLE
            if keep:
                self._idle.append(lent)
        if not keep:
            lent.close()
        self._free.release()

    def close(self) -> None:
        """Close what is idle now, and what is lent when it comes back."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection_ in idle:
            connection_.close()

    def _usable_idle(self) -> connection | None:
        while True:
            with self._guard:
                if self._closed:
                    raise DatabaseUnavailable("the store is closed")
                if not self._idle:
                    return None
                candidate = self._idle.pop()
            if _is_quiet(candidate):
                return candidate
            _log.info("a database connection broke while idle: making another")
            candidate.close()


def _is_quiet(idle: connection) -> bool:
    """Whether nothing came in on an idle connection; a server that goes away says so, or closes it."""
    if idle.closed:
        return False
    poll = select.poll()
    poll.register(idle.fileno(), select.POLLIN)
    return not poll.poll(0)


def milliseconds(timeout_s: float) -> int:
    """A time budget as PostgreSQL takes it: whole milliseconds, at least one; 0 is none, for infinity."""
    return 0 if math.isinf(timeout_s) else max(1, math.ceil(timeout_s * 1000))
