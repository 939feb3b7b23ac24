"""The map: where we are, what colours it, and the key to it."""

from dash import dcc, html

from dashboard.components.screen import Screen
from dashboard.components.time_machine import band
from layers import LAYERS, empty_map

_CONFIG = {"displayModeBar": False, "scrollZoom": True, "doubleClick": False, "responsive": True, "showTips": False}


def map_panel(screen: Screen) -> html.Section:
    """Breadcrumb and choosers above, the map, its legend below."""
    graph = dcc.Graph(
        id="map", figure=empty_map(screen.map_view, LAYERS), config=_CONFIG, className="map-graph", responsive=True
    )
    return html.Section(
        [
            html.Div(
                [
                    html.Nav(id="breadcrumb", className="breadcrumb", **{"data-testid": "breadcrumb"}),
                    html.Div(
                        [
                            html.Div(id="level-chooser", className="tabs", **{"data-testid": "level-chooser"}),
                            html.Div(id="kpi-chooser", className="menu", **{"data-testid": "kpi-chooser"}),
                        ],
                        className="choosers",
                    ),
                ],
                className="map-bar",
            ),
            html.Div(
                [
                    graph,
                    html.Div(id="map-overlay", className="map-overlay"),
                    html.Div(id="map-tip", className="map-tip"),
                ],
                className="map",
                role="img",
                **{"data-testid": "map", "aria-label": screen.text("legend.label")},
            ),
            band(screen),
            html.Div(id="legend", className="legend", **{"data-testid": "legend"}),
        ],
        className="centre",
    )
