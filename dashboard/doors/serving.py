"""The server process: it looks after its connections and descriptors, and ends with open streams."""

import asyncio
import logging
import resource
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvicorn

from dashboard.doors.protocol import CenterConfig
from dashboard.doors.seldom import Seldom

log = logging.getLogger(__name__)

_TICKS_A_SECOND: Final = 10
_OPEN_FILES: Final = Path("/proc/self/fd")
# With fewer descriptors left than this, idle connections are closed whatever their limit says.
SPARE_DESCRIPTORS: Final = 32
_SHED: Final = 64


class CenterServer(uvicorn.Server):
    """Uvicorn with limits, which tells endless answers of its end before it waits for them.

    Parameters
    ----------
    config
        With the book of connections.
    end_streams
        Ends all endless answers; called on the event loop.
    """

    config: CenterConfig

    def __init__(self, config: CenterConfig, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams
        self._warn = Seldom(log).warning

    async def on_tick(self, counter: int) -> bool:
        """Close what took too long, and make room where descriptors run short; ten times a second."""
        if counter % _TICKS_A_SECOND == 0:
            self.config.book.look_round(asyncio.get_running_loop().time())
            free = free_descriptors()
            if free is not None and free < SPARE_DESCRIPTORS:
                closed = self.config.book.shed(_SHED)
                self._warn(
                    "the process may open only %d more files (ulimit -n): %d idle connections were closed for it",
                    free, closed,
                )  # fmt: skip
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams first: uvicorn waits for open answers before it tells the application to end."""
        self._end_streams()
        await super().shutdown(sockets)
        # A client that does not read its answer would keep its connection for ever.
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def free_descriptors() -> int | None:
    """Count how many more files the process may open; None where the system does not tell."""
    try:
        used = sum(1 for _ in _OPEN_FILES.iterdir())
    except OSError:
        return 0 if _OPEN_FILES.exists() else None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft - used
