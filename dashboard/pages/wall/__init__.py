"""The wall at ``/wall``: the screens a command center leaves on, one scene after the other by a timetable.

A Dash app of its own with the overview's modules and styles. Scenes are choices among panels that all stand on one
page, over one map: nothing is made or thrown away when a scene changes, so a month of changes costs no memory.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dash import Dash
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

from dashboard.components.header import WALL
from dashboard.components.live_picture import SCRIPT
from dashboard.live.timetable import Timetable
from dashboard.pages import modules
from dashboard.pages.dash_page import SHARED, dash_page, screen_of, shared_address
from dashboard.pages.wall.layout import ENTRY, layout
from data.settings import Settings

_ASSETS = Path(__file__).with_name("assets")


def mount_wall(server: FastAPI, settings: Settings) -> Dash:
    """Mount the wall at ``/wall`` of `server` and return its Dash app; mount it before the overview.

    Raises
    ------
    SettingInvalid
        The timetable of the settings cannot be used.
    """
    timetable = Timetable.load(settings.wall)
    app = dash_page(
        server,
        settings,
        _ASSETS,
        prefix=f"{WALL}/",
        title_key="wall.title",
        scripts=[modules.address(SCRIPT)],
        styles=list(_styles()),
        entry=ENTRY,
    )
    app.layout = lambda: layout(screen_of(app), settings.timezone, timetable)

    async def index(_request: Request) -> HTMLResponse:
        page: Any = app.index()
        return HTMLResponse(page)

    # Dash itself answers only the address with a slash at its end.
    server.add_api_route(WALL, index, methods=["GET"], include_in_schema=False)
    return app


def _styles() -> Iterator[str]:
    """Addresses of the overview's styles, changing with them as Dash's own do; tokens before what uses them."""
    files = sorted(SHARED.glob("*.css"), key=lambda path: (path.name != "tokens.css", path.name))
    return (shared_address(path.name) for path in files)
