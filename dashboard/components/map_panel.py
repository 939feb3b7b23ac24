"""The map: where we are, what colours it, and the key to it."""

from typing import get_args

from dash import dcc, html

from dashboard.components.basemap import credit
from dashboard.components.screen import Screen
from dashboard.components.time_machine import band
from layers import LAYERS, LayerPlace, empty_map

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
                            _layer_chooser(screen),
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
                    *credit(screen),
                    html.Div(id="map-tip", className="map-tip"),
                    html.P(screen.text("page.map_late"), id="map-late", className="map-late", hidden=True),
                    _mark_card(screen),
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


def _layer_chooser(screen: Screen) -> html.Div:
    """What can be switched on; the browser says what is."""
    groups = [_layer_group(screen, place) for place in get_args(LayerPlace)]
    summary = html.Summary([screen.text("layers.title"), html.Span(id="layers-count", className="count")])
    # Where it leads the browser says when it is pressed.
    file = html.A(
        screen.text("layers.file"), id="map-file", href="#", download="map.html", title=screen.text("layers.hint_file")
    )
    return html.Div(
        html.Details([summary, html.Div([*groups, file], className="menu-list")]),
        className="menu layers",
        **{"data-testid": "layer-chooser"},
    )


def _layer_group(screen: Screen, place: LayerPlace) -> html.Div:
    offered = [layer.key for layer in LAYERS if layer.choice is not None and layer.choice.place == place]
    buttons = [
        html.Button(
            screen.text(f"layers.{key}"),
            title=screen.text(f"layers.hint_{key}"),
            **{"data-layer": key, "aria-pressed": "false"},
        )
        for key in offered
    ]
    return html.Div([html.Span(screen.text(f"layers.{place}"), className="quiet"), *buttons], role="group")


def _mark_card(screen: Screen) -> html.Div:
    """What a mark that was pressed says; the browser fills it."""
    close = html.Button("×", className="close", **{"aria-label": screen.text("layers.close")})
    content = html.Div(className="content")
    return html.Div(
        [content, close], id="mark-card", className="mark-card", hidden=True, **{"data-testid": "mark-card"}
    )
