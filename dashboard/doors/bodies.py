"""How large a body each address takes: one table, and the door that keeps to it.

An address that takes a body stands here or with its subject, or a test fails.
What does not stand here takes a small document at most.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.doors.errors import HTTP_CODES, error_answer

# A code, a name, a command.
SMALL_BYTES: Final = 10_000
# A note of 2,000 characters, each written as six bytes.
NOTE_BYTES: Final = 16_000
# A step with several texts of that length.
STEP_BYTES: Final = 64_000
# One report; no incident comes near it.
DOCUMENT_BYTES: Final = 1_000_000
# Many reports, one a line, or a photo.
STREAM_BYTES: Final = 64 << 20

ANY: Final = ""
Limits = Mapping[str, Mapping[str, int]]

# By address, and there by media type; "" is every other.
BODY_LIMITS: Final[Limits] = MappingProxyType(
    {
        "/api/v1/incidents": {ANY: DOCUMENT_BYTES, "application/x-ndjson": STREAM_BYTES},
        "/api/v1/incidents/{incident_id}/events": {ANY: STEP_BYTES},
        "/api/v1/incidents/{incident_id}/photos": {ANY: STREAM_BYTES},
        "/api/v1/session": {ANY: SMALL_BYTES},
        "/api/v1/alerts/{key}/acknowledge": {ANY: NOTE_BYTES},
        "/api/v1/walls/pair": {ANY: SMALL_BYTES},
        "/api/v1/walls/commands": {ANY: SMALL_BYTES},
        # Of each app of Dash; a callback is sent the values of its inputs.
        "/_dash-update-component": {ANY: DOCUMENT_BYTES},
        "/desk/_dash-update-component": {ANY: DOCUMENT_BYTES},
        "/wall/_dash-update-component": {ANY: DOCUMENT_BYTES},
        "/office/_dash-update-component": {ANY: DOCUMENT_BYTES},
    }
)


class BodyLimits:
    """The limit of a request, by its address and media type.

    Parameters
    ----------
    more
        Limits of the subjects, beside those of `BODY_LIMITS`.
    """

    def __init__(self, *more: Limits) -> None:
        limits = [one for part in (BODY_LIMITS, *more) for one in part.items()]
        self._patterns = [(re.compile(_pattern(template)), by_type) for template, by_type in limits]

    def __call__(self, scope: Scope) -> int:
        """Return the most bytes its body may have."""
        for pattern, by_type in self._patterns:
            if pattern.fullmatch(scope["path"]):
                media_type = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
                return by_type.get(media_type, by_type[ANY])
        return SMALL_BYTES


def _pattern(template: str) -> str:
    return "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", template))


class BodyTooLarge(HTTPException):
    """A body grew beyond its limit while it was read."""

    def __init__(self, message: str, limit_bytes: int) -> None:
        super().__init__(413, message)
        self.values = {"limit_bytes": limit_bytes}


class BodyDoor:
    """ASGI middleware: refuses a body beyond its limit, before reading it where its length is declared."""

    def __init__(self, app: ASGIApp, limit_of: Callable[[Scope], int]) -> None:
        self.app = app
        self._limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while its body stays within the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit_of(scope)
        message = (
            f"the body is longer than {limit:,} bytes, the most this address takes: send less, or in several requests"
        )
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:30]) > limit:
            await error_answer(413, HTTP_CODES[413], message, {"limit_bytes": limit})(scope, receive, send)
            return
        total = 0
        begun = False

        async def receive_within_limit() -> Message:
            nonlocal total
            received = await receive()
            if received["type"] == "http.request":
                total += len(received.get("body", b""))
                if total > limit:
                    if begun:
                        # An endless answer that nobody reads a body for: its client is done with.
                        return {"type": "http.disconnect"}
                    raise BodyTooLarge(message, limit)
            return received

        async def send_noticed(sent: Message) -> None:
            nonlocal begun
            begun = begun or sent["type"] == "http.response.start"
            await send(sent)

        await self.app(scope, receive_within_limit, send_noticed)
