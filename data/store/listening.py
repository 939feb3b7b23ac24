"""Following a notification channel."""

import os
import select
from collections.abc import Iterator

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection

from data.errors import DatabaseUnavailable


def subscribe(made: connection, channel: str) -> None:
    """Make a connection listen; what is notified from here on is not missed."""
    try:
        made.autocommit = True
        with made.cursor() as cursor:
            cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
    except psycopg2.Error as error:
        made.close()
        raise DatabaseUnavailable(f"listening could not begin: {str(error).strip()}", reason=str(error)) from error


def payloads(made: connection, stop: int, timeout_s: float) -> Iterator[str | None]:
    """Yield what a listening connection is told, until `stop` (a file descriptor) becomes readable.

    Takes both over and closes them in the end.

    Yields
    ------
    str | None
        The newest payload of those that came together; None when `timeout_s` passed without any.

    Raises
    ------
    DatabaseUnavailable
        The connection broke.
    """
    poll = select.poll()
    poll.register(made.fileno(), select.POLLIN)
    poll.register(stop, select.POLLIN)
    try:
        while True:
            newest = _newest(made)
            if newest is not None:
                yield newest
                continue
            ready = {descriptor for descriptor, _ in poll.poll(timeout_s * 1000)}
            if stop in ready:
                return
            if not ready:
                yield None
                continue
            made.poll()
    except psycopg2.Error as error:
        raise DatabaseUnavailable(f"listening broke off: {str(error).strip()}", reason=str(error)) from error
    finally:
        made.close()
        os.close(stop)


def _newest(made: connection) -> str | None:
    if not made.notifies:
        return None
    newest = made.notifies[-1].payload
    made.notifies.clear()
    return newest or ""
