"""The command desk at ``/desk``: the queue, one incident with its trace, and the steps that can be taken now.

A Dash app of its own beside the overview's: Dash loads every script of an assets folder on every page of an app, and
the desk shares only the few modules named here. No Python runs but for the layout, once per visit.
"""

from pathlib import Path
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

from dashboard.components.header import DESK
from dashboard.pages.dash_page import dash_page, screen_of, shared_address
from dashboard.pages.desk.layout import ENTRY, layout
from data.settings import Settings

_ASSETS = Path(__file__).with_name("assets")
SHARED_STYLES = ("tokens.css", "page.css", "skip.css", "reflow.css", "print.css", "basemap.css")


def mount_desk(server: FastAPI, settings: Settings) -> Dash:
    """Mount the desk at ``/desk`` of `server` and return its Dash app; mount it before the overview."""
    app = dash_page(
        server,
        settings,
        _ASSETS,
        prefix=f"{DESK}/",
        title_key="desk.title",
        styles=[shared_address(name) for name in SHARED_STYLES],
        entry=ENTRY,
    )
    app.layout = lambda: layout(screen_of(app), settings.timezone)
    app.clientside_callback(
        ClientsideFunction(namespace="gridDesk", function_name="start"),
        Output("started", "data"),
        Input("config", "data"),
    )

    async def index(_request: Request) -> HTMLResponse:
        page: Any = app.index()
        return HTMLResponse(page)

    # Dash itself answers only the address with a slash at its end.
    server.add_api_route(DESK, index, methods=["GET"], include_in_schema=False)
    return app
