"""What every page that draws the frames of the stream has in common: its configuration and its component."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final

from dashboard.components.live_picture import LivePicture
from dashboard.components.screen import Screen
from dashboard.pages import modules
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
# Panels whose content the browser makes of each frame: function of a panel's module -> element it fills.
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


def live_picture(children: list[Any], config: Mapping[str, Any], entry: str, name: str = "screen") -> LivePicture:
    """Build the page around the picture; `entry` is the module that it begins with, `name` the class of the page."""
    return LivePicture(children, id="picture", className=name, config={**config, "entry": modules.address(entry)})
