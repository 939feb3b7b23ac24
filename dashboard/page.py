"""The page: one screen of the command center, mounted on the server that also speaks the API."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from fastapi import FastAPI

from dashboard.components import flow, header, map_panel, panels
from dashboard.components.screen import Screen
from dashboard.preferences import PreferenceMiddleware, preferred_language, preferred_theme
from dashboard.texts import catalogue, text
from data.incidents.model import MEANS, MEANS_TARGET
from data.settings import Settings
from layers import LAYERS, overlay_styles

_ASSETS = Path(__file__).with_name("assets")

# Panels whose content the browser makes of each frame: function of `gridCenter` in assets -> element it fills.
_PANELS = ("headline", "today", "kpis", "means", "levels", "league", "newest")
# What follows from the view (where we are, at which level, which KPI) and from the map's message.
_MAP_PARTS = {"breadcrumb": "breadcrumb", "levelChooser": "level-chooser", "kpiChooser": "kpi-chooser",
              "legend": "legend"}  # fmt: skip


class PageServices(Protocol):
    """What the page needs of the services."""

    @property
    def settings(self) -> Settings:
        """Language and time zone of the city."""
        ...


class _PageDash(Dash):  # type: ignore[misc]  # dash carries no types
    """Dash with an index that speaks the viewer's language before any script runs."""

    default_language = "zh"

    def interpolate_index(self, **parts: str) -> str:
        screen = _screen(self, self.default_language)
        parts["title"] = screen.text("page.title")
        lang = "zh-CN" if screen.language == "zh" else "en"
        index: str = super().interpolate_index(**parts)
        return index.replace("<html>", f'<html lang="{lang}" data-theme="{screen.theme}">', 1)


def mount_page(server: FastAPI, services: PageServices, kpis: Sequence[dict[str, Any]] | None = None) -> Dash:
    """Mount the page at ``/`` of `server` and return its Dash app.

    No Python runs per screen and frame: the layout is built once per visit, the stream's documents are turned into
    panels by the browser.

    Parameters
    ----------
    kpis
        What the map can be coloured by, in the order of the chooser: ``{"key", "unit"}``; by default those of
        `data.stats.kpis`.
    """
    settings = services.settings
    app = _PageDash(
        __name__,
        server=server,
        backend="fastapi",
        assets_folder=str(_ASSETS),
        serve_locally=True,
        title=text("page.title", settings.language),
        update_title=None,
        use_pages=False,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    app.default_language = settings.language
    choices = map_kpis() if kpis is None else list(kpis)
    app.layout = lambda: layout(_screen(app, settings.language), choices, settings.timezone)
    _register(app)
    server.add_middleware(PreferenceMiddleware)
    return app


def map_kpis() -> list[dict[str, Any]]:
    """The KPIs the map can be coloured by, as the browser's choosers need them."""
    from data.stats.kpis import KPIS

    return [{"key": kpi.key, "unit": kpi.unit} for kpi in KPIS]


def layout(screen: Screen, kpis: Sequence[dict[str, Any]], timezone: str) -> html.Div:
    """The whole page, empty of numbers."""
    return html.Div(
        [
            dcc.Store(id="config", data=_config(screen, kpis, timezone)),
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
                            html.Aside([panels.league(screen), panels.newest(screen)], className="right"),
                        ],
                        className="main",
                    ),
                    flow.flow(screen),
                ],
                className="page",
                id="page",
            ),
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


def _config(screen: Screen, kpis: Sequence[dict[str, Any]], timezone: str) -> dict[str, Any]:
    """Everything the scripts need to know, once per visit."""
    return {
        "language": screen.language,
        "theme": screen.theme,
        "timezone": timezone,
        "texts": catalogue(screen.language),
        "kpis": list(kpis),
        "means": [{"key": name, "target": MEANS_TARGET[name]} for name in MEANS],
        "palette": asdict(screen.palette),
        "styles": overlay_styles(screen.map_view, LAYERS),
        "geometry_url": screen.map_view.geometry_url,
    }


def _register(app: Dash) -> None:
    def function(name: str) -> ClientsideFunction:
        return ClientsideFunction(namespace="gridCenter", function_name=name)

    app.clientside_callback(function("start"), Output("started", "data"), Input("config", "data"))
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


def _screen(app: Dash, default: Any) -> Screen:
    # Dash lays the page out once at mounting, when nobody has asked for it yet.
    asked = app.backend.has_request_context()
    cookies = app.backend.request_adapter().cookies if asked else {}
    return Screen(preferred_language(cookies, default), preferred_theme(cookies))
