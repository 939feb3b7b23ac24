"""The overview, and with it the other pages, mounted on the server that also speaks the API."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from fastapi import FastAPI

from dashboard.components import flow, header, map_panel, panels
from dashboard.components.cases import cases
from dashboard.components.screen import Screen
from dashboard.pages.dash_page import dash_page, screen_of
from dashboard.pages.desk import mount_desk
from dashboard.preferences import PreferenceMiddleware
from dashboard.texts import catalogue
from data.incidents.model import MEANS, MEANS_TARGET
from data.settings import Settings
from data.stats.kpis import KPIS
from data.stats.panels import LEAGUE
from layers import LAYERS, overlay_styles

_ASSETS = Path(__file__).with_name("assets")

# What colours the map until the viewer chooses.
MAP_KPI = "open_per_km2"
# The indicators that have a place on the page; all others are in the chooser.
PANEL_KPIS = (
    "on_time_closing_rate", "closing_rate", "self_handling_rate", "on_time_handling_rate", "rework_rate",
    "median_hours_to_close",
)  # fmt: skip

# Panels whose content the browser makes of each frame: function of `gridCenter` in assets -> element it fills.
_PANELS = ("headline", "today", "kpis", "means", "levels", "league", "alerts", "newest")
# What follows from the view (where we are, at which level, which KPI) and from the map's message.
_MAP_PARTS = {"breadcrumb": "breadcrumb", "levelChooser": "level-chooser", "kpiChooser": "kpi-chooser",
              "legend": "legend"}  # fmt: skip


class PageServices(Protocol):
    """What the page needs of the services."""

    @property
    def settings(self) -> Settings:
        """Language and time zone of the city."""
        ...


def mount_page(server: FastAPI, services: PageServices) -> Dash:
    """Mount the overview at ``/`` of `server`, the desk beside it, and return the overview's Dash app.

    No Python runs per screen and frame: the layout is built once per visit, the stream's documents are turned into
    panels by the browser. Mount it after the API: Dash answers every address that nobody else has.
    """
    settings = services.settings
    mount_desk(server, settings)
    app = dash_page(server, settings, _ASSETS)
    app.layout = lambda: layout(screen_of(app), settings.timezone)
    _register(app)
    server.add_middleware(PreferenceMiddleware)
    return app


def layout(screen: Screen, timezone: str) -> html.Div:
    """The whole page, empty of numbers."""
    return html.Div(
        [
            dcc.Store(id="config", data=_config(screen, timezone)),
            dcc.Store(id="frame"),
            dcc.Store(id="view"),
            dcc.Store(id="started"),
            html.Div(
                [
                    header.header(screen),
                    html.Main(
                        [
                            html.Aside(
                                [part(screen) for part in (panels.today, panels.kpis, panels.means, panels.levels)],
                                className="left",
                            ),
                            map_panel.map_panel(screen),
                            html.Aside(
                                [panels.league(screen), panels.alerts(screen), panels.newest(screen)], className="right"
                            ),
                        ],
                        className="main",
                    ),
                    flow.flow(screen),
                ],
                className="page",
                id="page",
            ),
            cases(screen),
            html.Div(
                [html.Strong(id="stale-text"), html.Span(id="stale-hint")],
                id="stale",
                className="stale",
                role="alert",
                **{"data-testid": "stale"},
            ),
        ],
        className="screen",
    )


def _config(screen: Screen, timezone: str) -> dict[str, Any]:
    """Everything the scripts need to know, once per visit."""
    return {
        "language": screen.language,
        "theme": screen.theme,
        "timezone": timezone,
        "texts": catalogue(screen.language),
        "kpis": [
            {
                "key": kpi.key,
                "unit": kpi.unit,
                "name": getattr(kpi, screen.language),
                "colours_map": kpi.colours_map,
                "numerator": kpi.numerator,
                "denominator": kpi.denominator,
            }
            for kpi in KPIS
        ],
        "map_kpi": MAP_KPI,
        "panel_kpis": PANEL_KPIS,
        "minimum_sample": LEAGUE.minimum_sample,
        "means": [{"key": name, "target": MEANS_TARGET[name]} for name in MEANS],
        "palette": asdict(screen.palette),
        "styles": overlay_styles(screen.map_view, LAYERS),
        "geometry_url": screen.map_view.geometry_url,
    }


def _register(app: Dash) -> None:
    def function(name: str) -> ClientsideFunction:
        return ClientsideFunction(namespace="gridCenter", function_name=name)

    app.clientside_callback(function("start"), Output("started", "data"), Input("config", "data"))
    # One callback per element: of two that fill the same element at once, Dash draws one and forgets the other.
    for name in _PANELS:
        app.clientside_callback(
            function(name), Output(name, "children"), Input("frame", "data"), State("view", "data"),
            prevent_initial_call=True,
        )  # fmt: skip
    for name, element in _MAP_PARTS.items():
        app.clientside_callback(
            function(name), Output(element, "children"), Input("view", "data"), prevent_initial_call=True
        )
    app.clientside_callback(
        function("flow"), Output("flow", "figure"), Input("frame", "data"), State("flow", "figure"),
        prevent_initial_call=True,
    )  # fmt: skip
