"""How many event streams may be open, in all and of one address: counted apart, since each lasts for hours."""

import logging
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.types import Scope

from dashboard.doors.limits import ConnectionLimits
from dashboard.doors.seldom import Seldom
from data.errors import StreamsFull

log = logging.getLogger(__name__)

_AGAIN_S: Final = 30


class StreamPlaces:
    """The places for event streams; used on one event loop."""

    def __init__(self, most: int, of_one_address: int) -> None:
        self._most = most
        self._of_one_address = of_one_address
        self._taken: Counter[str] = Counter()
        self._warn = Seldom(log).warning

    @classmethod
    def of(cls, limits: ConnectionLimits) -> "StreamPlaces":
        """Take how many there are from the limits of the server."""
        return cls(limits.streams, limits.streams_per_address)

    def __len__(self) -> int:
        """How many are taken."""
        return self._taken.total()

    @contextmanager
    def one(self, network: str) -> Iterator[None]:
        """Take a place for as long as the block runs.

        Raises
        ------
        StreamsFull
            All places are taken, or this address has as many as one may have.
        """
        if self._taken[network] >= self._of_one_address:
            self._warn(
                "%s has %d streams, the most of one address (GRID_MAX_STREAMS_PER_ADDRESS): another one was refused",
                network, self._of_one_address,
            )  # fmt: skip
            raise _full(self._of_one_address)
        if len(self) >= self._most:
            self._warn("%d streams are open, the most there may be (GRID_MAX_STREAMS): one was refused", self._most)
            raise _full(self._most)
        self._taken[network] += 1
        try:
            yield
        finally:
            self._taken[network] -= 1
            if not self._taken[network]:
                del self._taken[network]


def _full(limit: int) -> StreamsFull:
    return StreamsFull(
        f"{limit} streams are open already: close pages that nobody looks at, or try again in {_AGAIN_S} s",
        limit=limit, retry_after_s=_AGAIN_S,
    )  # fmt: skip


def places_of(scope: Scope) -> StreamPlaces:
    """Return the places of the application a request came to; one that counts none has as many as are asked for."""
    app = scope.get("app")
    places = None if app is None else getattr(app.state, "stream_places", None)
    return places if isinstance(places, StreamPlaces) else StreamPlaces(sys.maxsize, sys.maxsize)
