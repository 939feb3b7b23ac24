"""The overview, and with it the other pages, mounted on the server that also speaks the API."""

from typing import Final, Protocol

from dash import Dash, html
from fastapi import FastAPI

from dashboard.components import flow, header, map_panel, panels
from dashboard.components.cases import cases
from dashboard.components.live_picture import SCRIPT, LivePicture
from dashboard.components.screen import Screen
from dashboard.components.skip import MAIN, skip_link
from dashboard.components.stale import stale
from dashboard.pages import modules
from dashboard.pages.dash_page import SHARED, dash_page, screen_of
from dashboard.pages.desk import mount_desk
from dashboard.pages.not_found import NotFound
from dashboard.pages.office import mount_office
from dashboard.pages.page_query import PageQuery
from dashboard.pages.picture_page import live_picture, page_config
from dashboard.pages.wall import mount_wall
from dashboard.words.preferences import PreferenceMiddleware
from data.settings import Settings

# The module that the page begins with.
_ENTRY: Final = "overview.js"


class PageServices(Protocol):
    """What the page needs of the services."""

    @property
    def settings(self) -> Settings:
        """Language and time zone of the city."""
        ...


def mount_page(server: FastAPI, services: PageServices) -> Dash:
    """Mount the overview at ``/`` of `server`, desk, wall and office beside it, and return the overview's Dash app.

    No Python runs per screen and frame: the layout is built once per visit, the stream's documents are turned into
    panels by the browser.
    """
    settings = services.settings
    modules.mount_modules(server)
    mount_desk(server, settings)
    mount_wall(server, settings)
    mount_office(server, settings)
    app = dash_page(server, settings, SHARED, scripts=[modules.address(SCRIPT)], entry=_ENTRY)
    app.layout = lambda: layout(screen_of(app), settings.timezone)
    server.add_middleware(PreferenceMiddleware)
    server.add_middleware(PageQuery, default=settings.language)
    # What no route has, Dash's own catch-all included: nothing else may answer for it.
    server.router.default = NotFound(settings.language, server.router.default)
    return app


def layout(screen: Screen, timezone: str) -> LivePicture:
    """The whole page, empty of numbers."""
    return live_picture(
        [
            skip_link(screen),
            html.Div(
                [
                    header.header(screen),
                    html.Main(
                        [
                            html.Aside(
                                [
                                    part(screen)
                                    for part in (panels.today, panels.now, panels.kpis, panels.means, panels.levels)
                                ],
                                className="left",
                                **{"aria-label": screen.text("page.figures")},
                            ),
                            map_panel.map_panel(screen),
                            html.Aside(
                                [panels.league(screen), panels.alerts(screen), panels.newest(screen)],
                                className="right",
                                **{"aria-label": screen.text("page.lists")},
                            ),
                        ],
                        id=MAIN,
                        className="main",
                        tabIndex=-1,
                    ),
                    flow.flow(screen),
                ],
                className="page",
                id="page",
            ),
            cases(screen),
            stale(),
        ],
        page_config(screen, timezone),
        _ENTRY,
    )
