"""How many connections and streams the server holds: what the settings ask for, and what the process may open."""

import logging
import resource
from dataclasses import dataclass
from typing import Final

from data.settings import Settings

log = logging.getLogger(__name__)

# Files, database connections and libraries need descriptors too.
OWN_DESCRIPTORS: Final = 192
# Addresses that are answered also where there is room for nothing else.
HEALTH: Final = ("/healthz", "/readyz")
# Beyond the limit so many more are let in, to ask for the health of the server and nothing else.
HEALTH_PLACES: Final = 8
# More than this is never used, and some systems promise a billion.
MOST_DESCRIPTORS: Final = 1 << 16


@dataclass(frozen=True)
class ConnectionLimits:
    """The most connections and event streams at a time, in all and of one address."""

    connections: int
    per_address: int
    streams: int
    streams_per_address: int

    @classmethod
    def of(cls, settings: Settings, descriptors: int) -> "ConnectionLimits":
        """Take what the settings ask for, as far as the process may open so many files.

        One address never has more than half of the connections, and streams never more than three quarters of them.
        """
        free = descriptors - OWN_DESCRIPTORS - HEALTH_PLACES
        room = free if free >= 32 else max(1, descriptors // 4)
        connections = min(settings.max_connections, room)
        per_address = min(settings.max_connections_per_address, max(1, connections // 2))
        return cls(
            connections,
            per_address,
            min(settings.max_streams, max(1, connections * 3 // 4)),
            min(settings.max_streams_per_address, max(1, per_address * 3 // 4)),
        )


def limits_of(settings: Settings) -> ConnectionLimits:
    """Let the process open as many files as it may, and find its limits; what is less than was set, the log says."""
    limits = ConnectionLimits.of(settings, raise_descriptors())
    asked = (settings.max_connections, settings.max_connections_per_address)
    if (limits.connections, limits.per_address) != asked:
        log.warning(
            "at most %d connections at a time, %d of one address, %d streams: the process may open no more files "
            "(ulimit -n), or the settings leave no more",
            limits.connections, limits.per_address, limits.streams,
        )  # fmt: skip
    return limits


def raise_descriptors() -> int:
    """Raise the soft limit of open files to the hard one; returns how many may be open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return soft
    return wanted
