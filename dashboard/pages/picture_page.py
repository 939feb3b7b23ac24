"""What every page that draws the frames of the stream has in common: its configuration and its clientside callbacks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State

from dashboard.components.screen import Screen
from dashboard.texts import catalogue
from data.incidents.model import MEANS, MEANS_TARGET
from data.stats.kpis import KPIS
from data.stats.panels import LEAGUE
from layers import LAYERS, overlay_styles

# What colours the map until the viewer chooses.
MAP_KPI: Final = "open_per_km2"
# The indicators that have a place on the page; all others are in the chooser.
PANEL_KPIS: Final = (
    "on_time_closing_rate", "closing_rate", "self_handling_rate", "on_time_handling_rate", "rework_rate",
    "median_hours_to_close",
)  # fmt: skip
# Panels whose content the browser makes of each frame: function of `gridCenter` in assets -> element it fills.
PANELS: Final = ("headline", "today", "kpis", "means", "levels", "league", "alerts", "newest")
# What follows from the view (where we are, at which level, which KPI) and from the map's message.
MAP_PARTS: Final[Mapping[str, str]] = MappingProxyType(
    {"breadcrumb": "breadcrumb", "levelChooser": "level-chooser", "kpiChooser": "kpi-chooser", "legend": "legend"}
)


def page_config(screen: Screen, timezone: str) -> dict[str, Any]:
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


def register(app: Dash, panels: Sequence[str] = PANELS) -> None:
    """Let the stream's documents become panels in the browser: no Python runs per screen and frame."""

    def function(name: str) -> ClientsideFunction:
        return ClientsideFunction(namespace="gridCenter", function_name=name)

    app.clientside_callback(function("start"), Output("started", "data"), Input("config", "data"))
    # One callback per element: of two that fill the same element at once, Dash draws one and forgets the other.
    for name in panels:
        app.clientside_callback(
            function(name), Output(name, "children"), Input("frame", "data"), State("view", "data"),
            prevent_initial_call=True,
        )  # fmt: skip
    for name, element in MAP_PARTS.items():
        app.clientside_callback(
            function(name), Output(element, "children"), Input("view", "data"), prevent_initial_call=True
        )
    app.clientside_callback(
        function("flow"), Output("flow", "figure"), Input("frame", "data"), State("flow", "figure"),
        prevent_initial_call=True,
    )  # fmt: skip
