"""HTTP with limits: uvicorn's protocol, which tells the book of connections what each of them waits for."""

import asyncio
import logging
from typing import Any, Final

import httptools
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dashboard.doors.connections import (
    BODY_BYTES_PER_S,
    BODY_S,
    HEAD_S,
    STALL_BYTES,
    STALL_S,
    Connections,
    Waits,
)
from dashboard.doors.errors import answer_of
from dashboard.doors.limits import HEALTH
from dashboard.doors.proxies import TrustedProxies, network_of
from dashboard.doors.seldom import Seldom
from data.errors import ServerFull

log = logging.getLogger(__name__)

# Of a request's first line and all of its headers.
HEAD_BYTES: Final = 1 << 16
HEADERS: Final = 200
# What a client may still send that is on its way while its request is refused.
REFUSED_BYTES: Final = 1 << 24
_FULL_AGAIN_S: Final = 5
_junk = Seldom(log)


class CenterConfig(uvicorn.Config):
    """Uvicorn's configuration, with the book of connections and the proxies that may have many."""

    def __init__(self, app: ASGIApp, *, book: Connections, proxies: TrustedProxies, **named: Any) -> None:
        super().__init__(app, http=LimitedHttp, **named)
        self.book = book
        self.proxies = proxies


class LimitedHttp(HttpToolsProtocol):
    """A connection with limits: on the time and size of a head, on the pace of a body and of taking an answer."""

    config: CenterConfig

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Enter the book, or be let in for the sake of health only."""
        super().connection_made(transport)
        peer = self.client[0] if self.client else ""
        self.network = network_of(peer)
        self.may_be_many = self.config.proxies.has(peer)
        self.waits = Waits.REQUEST
        self._head_since: float | None = self.loop.time()
        self._head_bytes = 0
        self._in_head = False
        self._head_too_large = False
        self._refused_bytes: int | None = None
        self._message_complete = True
        self._close_after_body = False
        self._body_bytes = 0
        self._body_waited_s = 0.0
        self._stalled: tuple[float, int] | None = None
        if not self.config.book.enter(self):
            self.app = _OnlyHealth(self.app)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the book.

        Uvicorn lets the timer of a connection that broke run on, which holds the whole request in memory.
        """
        self.config.book.leave(self)
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def drop(self) -> None:
        """Close at once; whatever was to be sent is lost."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is too large or none at all ends the connection."""
        if self._refused_bytes is not None:
            self._refused_bytes += len(data)
            if self._refused_bytes > REFUSED_BYTES:
                self.drop()
            return
        self._unset_keepalive_if_required()
        if self.waits is Waits.REQUEST and self._head_since is None:
            self._head_since = self.loop.time()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Nothing here speaks anything but HTTP; the request is answered as one.
            return
        except httptools.HttpParserError:
            if self._head_too_large:
                self._refuse(b"431 Request Header Fields Too Large", "The head of the request is too large.")
            else:
                _junk.warning("a request is no HTTP; the last one from %s", self.network)
                self._refuse(b"400 Bad Request", "Invalid HTTP request received.")
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(b"431 Request Header Fields Too Large", "The head of the request is too large.")

    def on_message_begin(self) -> None:
        """Begin to read a head."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """Take a head that is whole; its body, if there is one, is waited for."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_BYTES or len(self.headers) > HEADERS:
            self._head_too_large = True
            raise ValueError("the head is too large")
        # Without a version the parser takes a line of HTTP/0.9, which has no headers and no status.
        if self.parser.get_http_version() not in ("1.0", "1.1"):
            raise ValueError("another version of HTTP")
        self._in_head, self._head_since = False, None
        self._message_complete, self._body_bytes, self._body_waited_s = False, 0, 0.0
        self._wait_for(Waits.BODY)
        super().on_headers_complete()
        # Closed while bytes of it are on their way, a connection breaks, and the client never sees why it was refused.
        self._close_after_body = not self.cycle.keep_alive
        self.cycle.keep_alive = True

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Leave the work to the server; the last request of a connection whose answer was early ends it."""
        super().on_message_complete()
        self._message_complete = True
        over = self.cycle is not None and self.cycle.response_complete
        if self._close_after_body:
            if over:
                self.transport.close()
            else:
                self.cycle.keep_alive = False
        self._wait_for(Waits.REQUEST if over else Waits.SERVER)

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of a body that was refused early."""
        more = bool(self.pipeline)
        super().on_response_complete()
        if not self._message_complete and not more:
            # The answer is all there is: who waits for its end need not send a body that nobody reads.
            if self._close_after_body and self.transport.can_write_eof() and not self.transport.is_closing():
                self.transport.write_eof()
            return
        self._head_since = self.loop.time() if self._in_head else None
        self._wait_for(Waits.SERVER if more else Waits.REQUEST)

    def overdue(self, now: float, passed_s: float) -> str | None:
        """Say what the client took too long for."""
        if self._head_since is not None and self.waits is Waits.REQUEST and now - self._head_since > HEAD_S:
            # Browsers open connections in advance, and may have no use for them.
            told = self._in_head and self._refused_bytes is None
            return f"its request did not come whole within {HEAD_S:g} s" if told else ""
        if self.waits is Waits.BODY and not self.flow.read_paused:
            self._body_waited_s += passed_s
            if self._body_waited_s > BODY_S + self._body_bytes / BODY_BYTES_PER_S:
                return f"its body came more slowly than {BODY_BYTES_PER_S} bytes a second"
        return self._stalled_for(now)

    def _stalled_for(self, now: float) -> str | None:
        left = self.transport.get_write_buffer_size()
        if not left:
            self._stalled = None
        elif self._stalled is None or self._stalled[1] - left >= STALL_BYTES or left > self._stalled[1]:
            self._stalled = (now, left)
        elif now - self._stalled[0] > STALL_S:
            return f"it did not take its answer for {STALL_S:g} s"
        return None

    def _wait_for(self, waits: Waits) -> None:
        self.waits = waits
        self.config.book.moved_on(self)

    def _refuse(self, status: bytes, message: str) -> None:
        """Answer without the application, and close.

        Closed at once, with bytes of the client unread, the connection would break before the answer is read: what is
        still on its way is read and thrown away, for as long as a head may take.
        """
        if self.transport.is_closing():
            return
        body = message.encode()
        head = [b"HTTP/1.1 ", status, b"\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: "]
        self.transport.write(b"".join([*head, str(len(body)).encode(), b"\r\nconnection: close\r\n\r\n", body]))
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering or not self.transport.can_write_eof():
            self.transport.close()
            return
        self._refused_bytes, self._head_since = 0, self.loop.time()
        self._wait_for(Waits.REQUEST)
        self.transport.write_eof()


class _OnlyHealth:
    """ASGI application of a connection there was no room for."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in HEALTH:
            await self._app(scope, receive, send)
            return
        answer = answer_of(
            ServerFull(
                "every connection of the server is busy: try again in a few seconds", retry_after_s=_FULL_AGAIN_S
            )
        )
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)
