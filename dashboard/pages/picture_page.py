"""What every page that draws the frames of the stream has in common: its configuration and how it begins."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output

from dashboard.components.screen import Screen
from dashboard.words.texts import catalogue
from data.stats.measures.kpis import KPIS
from data.stats.picture.panels import LEAGUE
from data.words import MEANS, MEANS_TARGET
from layers import LAYERS, THEMES, overlay_styles

# What colours the map until the viewer chooses.
MAP_KPI: Final = "open_per_km2"
# The indicators that have a place on the page; all others are in the chooser.
PANEL_KPIS: Final = (
    "on_time_closing_rate", "closing_rate", "self_handling_rate", "on_time_handling_rate", "rework_rate",
    "median_hours_to_close",
)  # fmt: skip
# Panels whose content the browser makes of each frame: function of `gridCenter` in assets -> element it fills.
PANELS: Final = ("headline", "today", "now", "kpis", "means", "levels", "league", "alerts", "newest")
# What follows from the view (where we are, at which level, which KPI) and from the map's message.
MAP_PARTS: Final[Mapping[str, str]] = MappingProxyType(
    {"breadcrumb": "breadcrumb", "levelChooser": "level-chooser", "kpiChooser": "kpi-chooser", "legend": "legend"}
)


def page_config(screen: Screen, timezone: str, panels: Sequence[str] = PANELS) -> dict[str, Any]:
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
                "low_is_worse": kpi.low_is_worse,
                "judges": kpi.judges,
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
        "paper": asdict(THEMES["light"]),
        "styles": overlay_styles(screen.map_view, LAYERS),
        "geometry_url": screen.map_view.geometry_url,
        "panels": panels,
        "map_parts": dict(MAP_PARTS),
    }


def register(app: Dash) -> None:
    """Begin in the browser when the layout stands: from then on neither Python nor Dash has part in a frame."""
    app.clientside_callback(
        ClientsideFunction(namespace="gridCenter", function_name="start"),
        Output("started", "data"),
        Input("config", "data"),
    )
