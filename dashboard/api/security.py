"""Headers that make the browser keep to this house, and the bound on what a request may carry."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.api.errors import HTTP_CODES, error_answer

BODY_LIMIT_BYTES = 64 << 20

_FEATURES = ("camera", "geolocation", "microphone", "payment", "usb")


def permissions_policy(*own: str) -> str:
    """Write which of the device's features a page may ask its viewer for: these and no others."""
    return ", ".join(f"{name}={'(self)' if name in own else '()'}" for name in _FEATURES)


_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": permissions_policy(),
}


def content_security_policy(script_hashes: Sequence[str] = ()) -> str:
    """Write the policy of a page: everything from here, nothing from elsewhere.

    Inline styles are allowed because Mantine, AG Grid and Plotly write them at run time; inline scripts are allowed
    by hash only. Plotly's map draws in a worker made from a blob.
    """
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *script_hashes]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def inline_script_hashes(api: FastAPI) -> list[str]:
    """Return the CSP hashes of the inline scripts of the Dash app mounted on `api`; none where none is mounted.

    Dash hangs itself into the server as a middleware that holds the app; asking it at the time of an answer sees
    every clientside callback, whenever it was registered.
    """
    mounted: list[Any] = [part.kwargs["dash_app"] for part in api.user_middleware if "dash_app" in part.kwargs]
    return [script_hash for dash_app in mounted for script_hash in dash_app.csp_hashes()]


class SecurityHeaders:
    """ASGI middleware: security headers on every answer, the content policy on every page."""

    def __init__(self, app: ASGIApp, api: FastAPI) -> None:
        self.app = app
        self.api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    # Numbers of a living city: no cache on the way shall answer in our place.
                    headers.setdefault("Cache-Control", "no-store")
                page = headers.get("content-type", "").startswith("text/html")
                policy = content_security_policy(inline_script_hashes(self.api) if page else ())
                headers.setdefault("Content-Security-Policy", policy)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class BodyLimit:
    """ASGI middleware: refuses a body beyond the limit, before reading it where its length is declared."""

    def __init__(self, app: ASGIApp, limit_bytes: int = BODY_LIMIT_BYTES) -> None:
        self.app = app
        self.limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while its body stays within the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared) > self.limit_bytes:
            refused = error_answer(413, HTTP_CODES[413], self._message(), {"limit_bytes": self.limit_bytes})
            await refused(scope, receive, send)
            return
        total = 0

        async def receive_within_limit() -> Message:
            nonlocal total
            message = await receive()
            if message["type"] == "http.request":
                total += len(message.get("body", b""))
                if total > self.limit_bytes:
                    raise HTTPException(413, self._message())
            return message

        await self.app(scope, receive_within_limit, send)

    def _message(self) -> str:
        return f"the body is longer than {self.limit_bytes} bytes: send it in several requests"
