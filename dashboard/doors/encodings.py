"""Compressed bodies: unpacked piece by piece, or refused by name.

It stands between two doors that count: one the bytes that are sent, the other what they unpack to. So neither a small
body that unpacks to a large one nor a large one that unpacks to nothing is read beyond the limit of its address.
"""

import asyncio
import zlib
from collections.abc import Iterator
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.doors.errors import HTTP_CODES, error_answer

# `zlib` tells these by their heads.
ENCODINGS: Final = ("gzip", "deflate")
_ALIASES: Final = {"x-gzip": "gzip"}
_EITHER_HEAD: Final = zlib.MAX_WBITS + 32
_PIECE_BYTES: Final = 65_536


class EncodingDoor:
    """ASGI middleware: unpacks bodies in `ENCODINGS`, so that nothing behind it meets a compressed one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as if it had come unpacked."""
        encoding = _encoding_of(scope)
        if encoding in ("", "identity"):
            await self.app(scope, receive, send)
        elif encoding in ENCODINGS:
            named = (b"content-encoding", b"content-length")
            headers = [(name, value) for name, value in scope["headers"] if name.lower() not in named]
            await self.app({**scope, "headers": headers}, _Unpacked(receive, encoding).receive, send)
        else:
            accepted = ", ".join(ENCODINGS)
            message = f"Content-Encoding is {encoding[:100]!r}: send the body as it is, or in one of {accepted}"
            values = {"content_encoding": encoding[:100], "accepted": list(ENCODINGS)}
            answer = error_answer(415, HTTP_CODES[415], message, values, {"Accept-Encoding": accepted})
            await answer(scope, receive, send)


def _encoding_of(scope: Scope) -> str:
    """What the request says its body is in, "" for nothing; all of it, where there are several."""
    if scope["type"] != "http":
        return ""
    given = ", ".join(Headers(scope=scope).getlist("content-encoding")).strip().lower()
    return _ALIASES.get(given, given)


class _Unpacked:
    """The messages of a request, their bodies unpacked."""

    def __init__(self, receive: Receive, encoding: str) -> None:
        self._receive = receive
        self._encoding = encoding
        self._unpacking = zlib.decompressobj(_EITHER_HEAD)
        self._pieces: Iterator[bytes] = iter(())
        self._begun = self._sent_all = self._ended = False

    async def receive(self) -> Message:
        """The next piece of the body, or what else the client sends."""
        while not self._ended:
            piece = self._next_piece()
            if piece:
                # A long body unpacks without waiting for its sender: others have their turn, too.
                await asyncio.sleep(0)
                return _body(piece, more=True)
            if self._sent_all:
                self._ended = True
                if self._begun and not self._unpacking.eof:
                    raise HTTPException(422, f"the body ends in the middle of its {self._encoding}: send it whole")
                return _body(b"", more=False)
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            packed = message.get("body", b"")
            self._begun = self._begun or bool(packed)
            self._sent_all = not message.get("more_body", False)
            self._pieces = self._unpack(packed)
        return await self._receive()

    def _next_piece(self) -> bytes:
        try:
            return next(self._pieces, b"")
        except zlib.error as error:
            self._ended = True
            message = f"the body is not {self._encoding}, as Content-Encoding says: {error}"
            raise HTTPException(422, message) from None

    def _unpack(self, packed: bytes) -> Iterator[bytes]:
        held_back = False
        while packed or held_back:
            if self._unpacking.eof:
                # Several compressed files, one behind the other, are one.
                self._unpacking = zlib.decompressobj(_EITHER_HEAD)
            piece = self._unpacking.decompress(packed, _PIECE_BYTES)
            packed = self._unpacking.unconsumed_tail or self._unpacking.unused_data
            # A full piece may have left some behind although all input is used.
            held_back = len(piece) == _PIECE_BYTES and not self._unpacking.eof
            if piece:
                yield piece


def _body(piece: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": piece, "more_body": more}
