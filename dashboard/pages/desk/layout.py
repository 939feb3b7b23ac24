"""The desk, empty of incidents: three columns, a bar of keys, and the dialogs."""

from dataclasses import asdict
from typing import Any

from dash import dcc, html

from dashboard.components.basemap import credit
from dashboard.components.header import DESK, header
from dashboard.components.screen import Screen
from dashboard.components.skip import MAIN, skip_link
from dashboard.components.stale import stale
from dashboard.pages import modules
from dashboard.words.texts import catalogue
from data.words import MEANS
from layers import LAYERS, THEMES, empty_map, overlay_styles

# The order of the tabs is the order of the keys 1 to 7.
QUEUES = ("all", "mine", "unclaimed", "yellow", "red", "unlocated", "returned")
# The stream wants a picture to follow; the desk looks at its sequence number alone, so the smallest one will do.
STREAM = "level=1&kpi=open_per_km2"
# The module that the desk begins with.
ENTRY = "desk/start.js"
# The geometry of all levels in one detail, so that their borders coincide.
MAP_DETAIL = 2
# A map below is what tells the place; without one, the towns are.
GROUND_OPACITY = 0.2

_MAP_CONFIG = {"displayModeBar": False, "scrollZoom": True, "doubleClick": False, "responsive": True, "showTips": False}


def layout(screen: Screen, timezone: str) -> html.Div:
    """The whole page; the scripts fill what has an id."""
    return html.Div(
        [
            dcc.Store(id="config", data=_config(screen, timezone)),
            dcc.Store(id="started"),
            skip_link(screen),
            html.Div(
                [
                    header(screen, DESK, _middle(screen)),
                    html.Main(
                        [_queue(screen), _incident(screen), _side(screen)], id=MAIN, className="desk", tabIndex=-1
                    ),
                ],
                className="page desk-page",
                id="page",
            ),
            stale(),
            html.Div(id="dialog", className="veil", hidden=True),
        ],
        className="screen",
    )


def _middle(screen: Screen) -> html.Div:
    """Who sits at this desk, and what there is to say."""
    return html.Div(
        [
            html.Div(id="me", className="me", **{"data-testid": "me"}),
            html.Div(id="said", className="said", role="status", **{"data-testid": "said"}),
            html.Div(id="notice", className="said"),
            html.Button(
                [screen.text("desk.keys"), html.Kbd("?")], id="show-keys", type="button", className="switch keys-link"
            ),
        ],
        className="desk-middle",
    )


def _queue(screen: Screen) -> html.Section:
    return html.Section(
        [
            html.Div(
                id="queues",
                className="queues",
                role="tablist",
                **{"aria-label": screen.text("desk.queues"), "data-testid": "queues"},
            ),
            html.Div(
                [
                    html.Div(id="search-place"),
                    html.Kbd("/"),
                    html.Span(id="queue-total", className="quiet number"),
                ],
                className="search-line",
            ),
            html.Div(id="queue-notes", className="queue-notes quiet", role="status"),
            html.Div(
                [
                    html.Div(
                        id="queue",
                        className="queue",
                        role="listbox",
                        tabIndex=0,
                        **{"aria-label": screen.text("desk.queue"), "data-testid": "queue"},
                    ),
                    html.P(id="queue-empty", className="empty"),
                ],
                id="queue-panel",
                className="queue-panel",
                role="tabpanel",
            ),
        ],
        className="queue-column",
    )


def _incident(screen: Screen) -> html.Section:
    return html.Section(
        [
            html.Div(id="incident-head", className="incident-head", **{"data-testid": "incident-head"}),
            html.Div(
                id="incident-body",
                className="incident-body",
                tabIndex=0,
                role="group",
                **{"data-testid": "incident", "aria-label": screen.text("desk.incident")},
            ),
        ],
        id="incident",
        className="incident-column",
        **{"aria-label": screen.text("desk.incident")},
    )


def _side(screen: Screen) -> html.Section:
    graph = dcc.Graph(
        id="map", figure=empty_map(screen.map_view, LAYERS), config=_MAP_CONFIG, className="map-graph", responsive=True
    )
    return html.Section(
        [
            html.Div(
                [
                    graph,
                    html.Div(id="map-names", className="map-marks", **{"aria-hidden": "true"}),
                    html.Div(id="map-marks", className="map-marks"),
                    html.Div(id="map-says", className="map-says"),
                    *credit(screen),
                ],
                id="map-frame",
                className="desk-map",
                tabIndex=-1,
                role="application",
                **{"data-testid": "map", "aria-label": screen.text("desk.map")},
            ),
            html.Div(
                [
                    html.Div(
                        id="actions",
                        className="actions",
                        role="toolbar",
                        **{"aria-label": screen.text("desk.actions"), "data-testid": "actions"},
                    ),
                    html.P(id="why", className="why-not", role="status", **{"data-testid": "why"}),
                    html.Div(id="form", className="form-place", **{"data-testid": "form"}),
                    html.Div(id="nearby", className="nearby", **{"data-testid": "nearby"}),
                ],
                className="work",
                # It scrolls, and what is in it may be nothing that a keyboard can reach.
                tabIndex=0,
                role="group",
                **{"aria-label": screen.text("desk.work")},
            ),
        ],
        className="side-column",
    )


def _config(screen: Screen, timezone: str) -> dict[str, Any]:
    """Everything the scripts need to know, once per visit."""
    view = screen.map_view
    return {
        "language": screen.language,
        "theme": screen.theme,
        "timezone": timezone,
        "texts": catalogue(screen.language),
        "queues": QUEUES,
        "means": MEANS,
        "palette": asdict(screen.palette),
        "paper": asdict(THEMES["light"]),
        "styles": overlay_styles(view, LAYERS),
        "geometry_url": view.geometry_url.replace("{detail}", str(MAP_DETAIL)),
        "stream": STREAM,
        "entry": modules.address(ENTRY),
        "ground_opacity": 1 if view.basemap is None else GROUND_OPACITY,
    }
