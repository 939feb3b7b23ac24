"""What a viewer prefers, kept in cookies: language and theme."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from data.settings import Language
from layers import Theme

CHOICES: dict[str, tuple[str, ...]] = {"lang": ("zh", "en"), "theme": ("dark", "light")}
# Addresses that take a preference in their query.
PAGES = ("/", "/desk", "/wall", "/office", "/office/registers")
_YEAR_S = 365 * 24 * 3600


def preferred_language(cookies: Mapping[str, str], default: Language) -> Language:
    """The viewer's language, or `default` where none (or nonsense) was chosen."""
    return cast(Language, _choice(cookies, "lang", default))


def preferred_theme(cookies: Mapping[str, str]) -> Theme:
    """The viewer's theme; dark unless chosen."""
    return cast(Theme, _choice(cookies, "theme", "dark"))


def _choice(cookies: Mapping[str, str], name: str, default: str) -> str:
    value = cookies.get(name)
    return value if value in CHOICES[name] else default


class PreferenceMiddleware:
    """``/?lang=en&…`` sets the cookie and goes on to ``/?…``: a link is enough to switch, on any screen.

    A plain ASGI middleware: it touches the pages and never the stream.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect where a preference stands in the query, pass on everything else."""
        if scope["type"] == "http" and scope["path"] in PAGES:
            query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            chosen = {name: value for name, value in query if name in CHOICES}
            if chosen:
                rest = urlencode([(name, value) for name, value in query if name not in CHOICES])
                response = RedirectResponse(f"{scope['path']}?{rest}" if rest else scope["path"], status_code=303)
                secure = scope.get("scheme") == "https"
                for name, value in chosen.items():
                    if value in CHOICES[name]:
                        response.set_cookie(name, value, max_age=_YEAR_S, samesite="lax", secure=secure)
                await response(scope, receive, send)
                return
        await self.app(scope, receive, send)
