"""The answer that carries a subscription to one client, and lets go of it in time."""

from collections.abc import Awaitable, Callable

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dashboard.api.hub import StreamHub, StreamKey, Subscription

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


class EventStream(Response):
    """An endless answer of server-sent events of one picture.

    It ends when the client goes away, when the hub says so, or `GRACE_S` after that if the client does not read.
    """

    media_type = "text/event-stream"

    def __init__(self, hub: StreamHub, key: StreamKey) -> None:
        super().__init__(headers=_HEADERS)
        # An endless answer has no length.
        del self.headers["content-length"]
        self._hub = hub
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send until it is over; the subscription is given back whatever happens."""
        subscription = self._hub.subscribe(self._key)
        try:
            async with anyio.create_task_group() as tasks:

                async def first_to_finish(work: Callable[[], Awaitable[None]]) -> None:
                    await work()
                    tasks.cancel_scope.cancel()

                tasks.start_soon(first_to_finish, lambda: _until_gone(receive))
                tasks.start_soon(first_to_finish, lambda: _until_cut(subscription))
                await first_to_finish(lambda: self._send_all(subscription, send))
        finally:
            self._hub.leave(self._key, subscription)

    async def _send_all(self, subscription: Subscription, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": f"retry: {RETRY_MS}\n\n".encode(), "more_body": True})
        while messages := await subscription.take():
            for message in messages:
                await send({"type": "http.response.body", "body": message, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_cut(subscription: Subscription) -> None:
    await subscription.ended.wait()
    await anyio.sleep(GRACE_S)
