"""Headers that make the browser keep to this house."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
