"""The answer that carries events to one client without end, and lets go of it in time."""

import math
from abc import ABC, abstractmethod
from asyncio import Event
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dashboard.doors.proxies import client_of
from dashboard.doors.streams import places_of
from dashboard.live.hub import StreamHub, Subscription
from data.stats.picture.key import PictureKey

# How long a browser waits before it comes back.
RETRY_MS = 2000
# Time for the last bytes once the stream is over; then a client that does not read is cut off.
GRACE_S = 1.0

_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    # Tells nginx not to hold the messages back.
    "X-Accel-Buffering": "no",
}


class Ending(Protocol):
    """What a client is told, until `ended` is set."""

    ended: Event


Told = TypeVar("Told", bound=Ending)


class EventAnswer(Response, ABC, Generic[Told]):
    """An endless answer of server-sent events.

    It ends when the client goes away, when it is told to, or `GRACE_S` after that if the client does not read.

    Parameters
    ----------
    patience_s
        A client that does not take a message for so many seconds is let go.
    """

    media_type = "text/event-stream"

    def __init__(self, *, patience_s: float = math.inf) -> None:
        super().__init__(headers=_HEADERS)
        # An endless answer has no length.
        del self.headers["content-length"]
        self._patience_s = patience_s

    @abstractmethod
    def _begin(self) -> Told:
        """Connect the client."""

    @abstractmethod
    async def _next(self, told: Told) -> list[bytes]:
        """Wait for the next messages; none means: it is over."""

    @abstractmethod
    def _end(self, told: Told) -> None:
        """Give back what `_begin` gave; called whatever happened."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until it is over.

        Raises
        ------
        StreamsFull
            So many are open already; nothing was sent.
        """
        with places_of(scope).one(client_of(scope)):
            await self._answer(receive, send)

    async def _answer(self, receive: Receive, send: Send) -> None:
        told = self._begin()
        try:
            async with anyio.create_task_group() as tasks:

                async def first_to_finish(work: Callable[[], Awaitable[None]]) -> None:
                    await work()
                    tasks.cancel_scope.cancel()

                tasks.start_soon(first_to_finish, lambda: _until_gone(receive))
                tasks.start_soon(first_to_finish, lambda: _until_cut(told))
                await first_to_finish(lambda: self._send_all(told, send))
        finally:
            self._end(told)

    async def _send_all(self, told: Told, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": f"retry: {RETRY_MS}\n\n".encode(), "more_body": True})
        while messages := await self._next(told):
            for message in messages:
                with anyio.move_on_after(self._patience_s) as patience:
                    await send({"type": "http.response.body", "body": message, "more_body": True})
                if patience.cancelled_caught:
                    return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class EventStream(EventAnswer[Subscription]):
    """The events of one picture. Who does not take them is let go by the hub."""

    def __init__(self, hub: StreamHub, key: PictureKey) -> None:
        super().__init__()
        self._hub = hub
        self._key = key

    def _begin(self) -> Subscription:
        return self._hub.subscribe(self._key)

    async def _next(self, told: Subscription) -> list[bytes]:
        return await told.receive()

    def _end(self, told: Subscription) -> None:
        self._hub.leave(self._key, told)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_cut(told: Ending) -> None:
    await told.ended.wait()
    await anyio.sleep(GRACE_S)
