"""What a browser gets at an address that is no page: that it is none, and the ways back."""

from html import escape
from pathlib import Path
from string import Template
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.components.screen import Screen
from data.settings import Language

_PAGE: Final = Path(__file__).with_name("page.html")
# The pages that there are, and what they are called.
_WAYS: Final = (
    ("/", "page.title"),
    ("/desk", "desk.title"),
    ("/wall", "wall.title"),
    ("/office", "office.title"),
    ("/field", "field.title"),
)
_LONGEST: Final = 200


class NotFound:
    """ASGI application for addresses that no route has; `otherwise` answers what is no browser."""

    def __init__(self, default: Language, otherwise: ASGIApp) -> None:
        self._default = default
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 404: a page to who takes pages, an error in the one shape to everybody else."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not _takes_pages(scope):
            await self._otherwise(scope, receive, send)
            return
        cookies = Request(scope).cookies
        screen = Screen.of(cookies, self._default)
        headers = {"Cache-Control": "no-store", "Vary": "Cookie"}
        await HTMLResponse(_page(screen, scope["path"]), status_code=404, headers=headers)(scope, receive, send)


def _takes_pages(scope: Scope) -> bool:
    accepted = Headers(scope=scope).get("accept", "*/*")
    return not scope["path"].startswith("/api/") and ("text/html" in accepted or "*/*" in accepted)


def _page(screen: Screen, path: str) -> str:
    links = [f'<li><a href="{address}">{escape(screen.text(key))}</a></li>' for address, key in _WAYS]
    shown = path if len(path) <= _LONGEST else f"{path[:_LONGEST]}…"
    line = shown.encode("utf-8", "replace").decode()
    return notice(screen, screen.text("error.not_found"), line, screen.text("not_found.ways"), "\n".join(links))


def notice(screen: Screen, title: str, line: str, ways: str, links: str) -> str:
    """Write a page that says one thing and where to go; `links` is HTML, everything else is text."""
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        lang="zh-CN" if screen.language == "zh" else "en",
        theme=screen.theme,
        title=escape(title),
        address=escape(line),
        ways=escape(ways),
        links=links,
    )
