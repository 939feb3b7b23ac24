"""The store: transactions on an embedded or external PostgreSQL, with bounded waits and our error classes."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_ACTIVE, TRANSACTION_STATUS_INERROR, connection, cursor

from data.errors import DatabaseUnavailable
from data.settings import Settings
from data.store import listening, migrations
from data.store.embedded.embedded import EmbeddedServer
from data.store.faults import translated
from data.store.openers import Opener, System
from data.store.pool import Connector, Pool, milliseconds

_POOL_WAIT_S = 10.0

_log = logging.getLogger(__name__)


class Store:
    """The city's database, created by `open` or `connect`; thread-safe.

    Attributes
    ----------
    url
        libpq URL of the database; may contain a password, so keep it out of logs. `repr` omits it.
    has_postgis
        Whether the database has the PostGIS part of the schema.
    on_begin
        Hook called in every transaction before its first statement, with the opener. It is the place to turn a scope
        into a setting of the transaction, for row-level security; None costs nothing, a setting costs a round trip.
    """

    def __init__(
        self, url: str, connector: Connector, pool: Pool, has_postgis: bool, server: EmbeddedServer | None = None
    ) -> None:
        self.url = url
        self.on_begin: Callable[[cursor, Opener], None] | None = None
        self.has_postgis = has_postgis
        self._connector = connector
        self._pool = pool
        self._server = server
        self._closed = False
        self._listens = True
        # Closing one end of the pipe wakes every listener at the other.
        self._stop_read, self._stop_write = os.pipe()

    @classmethod
    def open(cls, settings: Settings, *, migrate: bool = False) -> "Store":
        """Open the store of the settings: a server by URL, or the embedded server, which is started or adopted.

        Parameters
        ----------
        migrate
            Create the database if there is none, and bring its schema up to date. Without it, nothing is created or
            changed, and a schema of another version is refused.

        Raises
        ------
        EmbeddedServerFailed, DatabaseUnavailable, SettingInvalid
            The message says what to do. SchemaMismatch, a DatabaseUnavailable, names both versions.
        """
        if settings.database_url is not None:
            return cls.connect(
                settings.database_url,
                pool_size=settings.pool_size,
                statement_timeout_s=settings.statement_timeout_s,
                migrate=migrate,
            )
        server = EmbeddedServer.open(settings.home, create=migrate)
        try:
            return cls.connect(
                server.url,
                pool_size=settings.pool_size,
                statement_timeout_s=settings.statement_timeout_s,
                migrate=migrate,
                server=server,
            )
        except BaseException:
            server.close()
            raise

    @classmethod
    def connect(
        cls,
        url: str,
        *,
        pool_size: int = 8,
        statement_timeout_s: float = 30.0,
        wait_s: float = _POOL_WAIT_S,
        migrate: bool = False,
        server: EmbeddedServer | None = None,
    ) -> "Store":
        """Connect to a database by URL.

        Parameters
        ----------
        pool_size
            Maximum number of connections; listeners use additional ones.
        statement_timeout_s
            Timeout of one statement.
        wait_s
            Longest wait of a transaction for a connection.
        migrate
            Bring the schema up to date first; without it a schema of another version is refused.
        server
            The embedded server behind the URL: restarted when it dies, released by `close`.

        Raises
        ------
        SchemaMismatch, DatabaseUnavailable, DatabaseBusy, SettingInvalid
        """
        connector = Connector(url, statement_timeout_s, None if server is None else server.ensure)
        pool = Pool(connector, pool_size, wait_s)
        _prepare(connector, migrations.migrate if migrate else migrations.check)
        store = cls(url, connector, pool, has_postgis=False, server=server)
        try:
            with store.transaction(System("capabilities of the database")) as cursor_:
                store.has_postgis = migrations.has_postgis(cursor_)
        except BaseException:
            store._close_connections()
            raise
        return store

    @contextmanager
    def transaction(self, opener: Opener, timeout_s: float | None = None) -> Iterator[cursor]:
        """Run one transaction: commit at the end of the block, roll back on any exception.

        Parameters
        ----------
        opener
            The scope of the request, or `System`, with the reason why no scope limits the transaction.
        timeout_s
            Timeout of each statement, in place of the default; infinity means none.

        Raises
        ------
        DatabaseUnavailable
            The connection broke. If it broke during the commit, the outcome is unknown.
        DatabaseBusy
            No connection became free in time, a statement timed out, or lost against another transaction.
        psycopg2.Error
            The statement itself is wrong; to be caught only by the modules that write SQL.
        """
        lent = self._pool.lend()
        try:
            with lent.cursor() as cursor_:
                if timeout_s is not None:
                    cursor_.execute("SET LOCAL statement_timeout = %s", (milliseconds(timeout_s),))
                if self.on_begin is not None:
                    self.on_begin(cursor_, opener)
                yield cursor_
            _commit(lent)
        except BaseException as error:
            _roll_back(lent)
            ours = translated(error, bool(lent.closed)) if isinstance(error, psycopg2.Error) else None
            if ours is None:
                raise
            raise ours from error
        finally:
            self._pool.give_back(lent)

    def listen(self, channel: str, timeout_s: float) -> Iterator[str | None]:
        """Follow a notification channel on a separate connection, starting with this call.

        Notifications that arrive together are merged into the newest one: the payload only says how far the log has
        advanced, and listeners read the news from the store.

        Returns
        -------
        iterator of str | None
            The payload, or None after each `timeout_s` without one; it ends with `end_listening` or `close`.

        Raises
        ------
        DatabaseUnavailable
            The connection broke, here or while iterating. Call again to continue.
        """
        if not self._listens:
            raise DatabaseUnavailable("the store is closed")
        made = self._connector.connect()
        listening.subscribe(made, channel)
        return listening.payloads(made, os.dup(self._stop_read), timeout_s)

    def end_listening(self) -> None:
        """End all listeners at once and refuse new ones; transactions continue. Idempotent."""
        if self._listens:
            self._listens = False
            os.close(self._stop_write)

    def close(self) -> None:
        """Close idle connections, end all listeners, and release the embedded server. Idempotent."""
        if self._closed:
            return
        self._close_connections()
        if self._server is not None:
            self._server.close()

    def _close_connections(self) -> None:
        self._closed = True
        self._pool.close()
        self.end_listening()
        os.close(self._stop_read)

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self._connector.target!r}, has_postgis={self.has_postgis})"


def _prepare(connector: Connector, prepare: Callable[[connection], None]) -> None:
    """Bring the schema up to date, or check that it is."""
    session = connector.connect()
    try:
        prepare(session)
    except psycopg2.Error as error:
        ours = translated(error, bool(session.closed))
        if ours is None:
            raise
        raise ours from error
    finally:
        session.close()


def _commit(lent: connection) -> None:
    if lent.info.transaction_status == TRANSACTION_STATUS_INERROR:
        # PostgreSQL would accept the commit, but roll back without an error.
        raise psycopg2.errors.InFailedSqlTransaction("an error inside the transaction was swallowed")
    lent.commit()


def _roll_back(lent: connection) -> None:
    if lent.closed or lent.info.transaction_status == TRANSACTION_STATUS_ACTIVE:
        lent.close()
        return
    try:
        lent.rollback()
    except psycopg2.Error as error:
        _log.info("a broken database connection is thrown away: %s", error)
        lent.close()
