"""The book of open connections: how many there are, which give way to new ones, and which have taken too long.

A connection that waits for its client costs a descriptor and earns nothing, so it is the first to go when there are too
many. One that the server works for never goes. Floods of idle connections therefore keep nobody out.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Final, Protocol

from dashboard.doors.limits import HEALTH_PLACES, ConnectionLimits
from dashboard.doors.seldom import Seldom

log = logging.getLogger(__name__)

# A request's head comes in one piece, or nearly.
HEAD_S: Final = 15.0
# A body may take this long, and a second more for each so many bytes of it.
BODY_S: Final = 20.0
BODY_BYTES_PER_S: Final = 500
# A client that takes less of its answer than this in so long is let go.
STALL_S: Final = 60.0
STALL_BYTES: Final = 4096


class Waits(IntEnum):
    """What a connection waits for; the lowest gives way first."""

    REQUEST = 0
    BODY = 1
    SERVER = 2


class Connection(Protocol):
    """What the book knows of a connection."""

    network: str
    waits: Waits
    may_be_many: bool

    def drop(self) -> None:
        """Close it at once."""

    def overdue(self, now: float, passed_s: float) -> str | None:
        """Say what took too long, "" where that needs no line in the log, None where nothing has.

        It is asked about once a second, `passed_s` after the last time.
        """


class Connections:
    """All open connections of a server; used on its event loop."""

    def __init__(self, limits: ConnectionLimits, *, warn: Callable[..., None] | None = None) -> None:
        self.limits = limits
        self._warn = Seldom(log).warning if warn is None else warn
        self._all: dict[Connection, Waits] = {}
        self._count: defaultdict[str, int] = defaultdict(int)
        # By what they wait for and by network, the one that has waited longest first.
        self._waiting: dict[Waits, defaultdict[str, dict[Connection, None]]] = {
            waits: defaultdict(dict) for waits in (Waits.REQUEST, Waits.BODY)
        }
        self._looked_at: float | None = None

    def __len__(self) -> int:
        """How many there are."""
        return len(self._all)

    def of(self, network: str) -> int:
        """How many there are of a network."""
        return self._count.get(network, 0)

    def enter(self, connection: Connection) -> bool:
        """Let a connection in; others give way where there are too many.

        Returns
        -------
        False where none can give way: then nothing but the health of the server is for it to ask.
        """
        self._all[connection] = connection.waits
        self._count[connection.network] += 1
        within = True
        own = self.of(connection.network)
        if own > self.limits.per_address and not connection.may_be_many:
            self._warn(
                "%s has %d connections, the most of one address (GRID_MAX_CONNECTIONS_PER_ADDRESS): its idle ones are "
                "closed, or new ones refused",
                connection.network, self.limits.per_address,
            )  # fmt: skip
            within = self._give_way(connection.network)
        if len(self._all) > self.limits.connections:
            self._warn(
                "%d connections are open, the most there may be (GRID_MAX_CONNECTIONS, ulimit -n): idle ones are "
                "closed, or new ones refused",
                self.limits.connections,
            )
            within = self._give_way(None) and within
        if not within and len(self._all) > self.limits.connections + HEALTH_PLACES:
            connection.drop()
        self._file(connection)
        return within

    def leave(self, connection: Connection) -> None:
        """Forget a connection that is closed; nothing happens where it is not known."""
        if connection not in self._all:
            return
        self._unfile(connection)
        del self._all[connection]
        self._count[connection.network] -= 1
        if not self._count[connection.network]:
            del self._count[connection.network]

    def moved_on(self, connection: Connection) -> None:
        """Take down what a connection waits for now; it is the last of those that wait for the same."""
        if connection in self._all and self._all[connection] is not connection.waits:
            self._unfile(connection)
            self._all[connection] = connection.waits
            self._file(connection)

    def shed(self, most: int) -> int:
        """Close up to `most` connections that wait for their clients; returns how many."""
        closed = 0
        while closed < most and self._give_way(None):
            closed += 1
        return closed

    def look_round(self, now: float) -> None:
        """Close what took too long; about once a second."""
        passed_s = 0.0 if self._looked_at is None else now - self._looked_at
        self._looked_at = now
        for connection in list(self._all):
            reason = connection.overdue(now, passed_s)
            if reason is not None:
                if reason:
                    self._warn(f"a connection was closed: {reason}; the last one from %s", connection.network)
                connection.drop()
                self.leave(connection)

    def _give_way(self, network: str | None) -> bool:
        """Close the connection that has waited longest for its client, of a network or of the one with the most."""
        for waiting in self._waiting.values():
            of = max(waiting, key=lambda one: len(waiting[one]), default=None) if network is None else network
            oldest = next(iter(waiting[of]), None) if of is not None and of in waiting else None
            if oldest is not None:
                oldest.drop()
                self.leave(oldest)
                return True
        return False

    def _file(self, connection: Connection) -> None:
        if connection.waits is not Waits.SERVER:
            self._waiting[connection.waits][connection.network][connection] = None

    def _unfile(self, connection: Connection) -> None:
        waits = self._all[connection]
        if waits is not Waits.SERVER:
            of = self._waiting[waits]
            of[connection.network].pop(connection, None)
            if not of[connection.network]:
                del of[connection.network]

    def __iter__(self) -> Iterator[Connection]:
        """Iterate over all of them."""
        return iter(self._all)
