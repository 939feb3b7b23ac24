"""The office's Dash app: its pages, their addresses, and what they share."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import dash
import dash_mantine_components as dmc
from dash import Dash, dcc, html
from dash.backends._fastapi import get_current_request
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.components.skip import skip_link
from dashboard.pages import modules
from dashboard.pages.dash_page import PageDash, dash_page, screen_of, shared_address
from dashboard.pages.office import registers
from dashboard.pages.office.frame import theme
from dashboard.words.preferences import preferred_language
from dashboard.words.texts import text
from data.settings import Language, Settings

OFFICE: Final = "/office"
_ASSETS: Final = Path(__file__).with_name("assets")
_STYLES: Final = ("tokens.css", "page.css", "skip.css", "reflow.css", "print.css")
# What the tables and inputs are made of; the other pages load none of it.
_LIBRARIES: Final = ("dash_mantine_components", "dash_ag_grid")
# The pages, the first of them being the one that the office opens with.
_PAGES: Final = (registers,)


def mount_office(server: FastAPI, settings: Settings) -> Dash:
    """Mount the office at ``/office`` of `server` and return its Dash app; mount it before the overview."""
    app = dash_page(
        server,
        settings,
        _ASSETS,
        prefix=f"{OFFICE}/",
        title_key="office.title",
        scripts=[{"src": modules.address("lib/skip.js"), "type": "module"}],
        styles=[shared_address(name) for name in _STYLES],
        libraries=_LIBRARIES,
        pages=True,
    )
    for page in _PAGES:
        # The list of pages is Dash's own and one for the process; what a page shows follows from the request alone.
        dash.register_page(
            page.NAME, path=f"/{page.NAME}", title=partial(_title, settings.language), layout=partial(_frame, page.NAME)
        )
        page.register(app)
    app.layout = lambda: _layout(app)
    server.add_middleware(OfficePages, addresses=tuple(f"{OFFICE}/{page.NAME}" for page in _PAGES))
    return app


def _layout(app: PageDash) -> Any:
    screen = screen_of(app)
    return dmc.MantineProvider(
        [skip_link(screen), html.Div(dash.page_container, className="office")],
        forceColorScheme=screen.theme,
        theme=theme(),
    )


def _frame(name: str, **asked: str) -> Any:
    """A page before its content: Dash makes it on the event loop, a callback in a thread fills it."""
    return [dcc.Store(id=f"{name}-asked", data=asked), html.Div(id=f"{name}-page")]


def _title(default: Language) -> str:
    """The document's title, in the language of the request that Dash is answering."""
    return text("office.title", preferred_language(get_current_request().cookies, default))


@dataclass(frozen=True)
class OfficePages:
    """ASGI middleware outside of the office's app: all its pages are one document, and the browser asks for the page.

    ``/office`` itself leads to the first page.
    """

    app: ASGIApp
    addresses: tuple[str, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the document to the address of a page; pass on everything else."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            path = scope["path"].rstrip("/")
            if path == OFFICE:
                query = Request(scope).url.query
                await RedirectResponse(self.addresses[0] + (f"?{query}" if query else ""))(scope, receive, send)
                return
            if path in self.addresses:
                scope = {**scope, "path": f"{OFFICE}/", "raw_path": f"{OFFICE}/".encode()}
        await self.app(scope, receive, send)
