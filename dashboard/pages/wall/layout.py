"""The wall, empty of numbers: every panel of every scene, over one map."""

from typing import Any, Final

from dash import html

from dashboard.components import flow, header, map_panel, panels
from dashboard.components.cases import cases
from dashboard.components.live_picture import LivePicture
from dashboard.components.screen import Screen
from dashboard.components.skip import MAIN, skip_link
from dashboard.components.stale import stale
from dashboard.live.timetable import Timetable
from dashboard.pages.picture_page import PANELS, live_picture, page_config

# The module that the page begins with.
ENTRY: Final = "wall/start.js"
# Besides those of the overview.
WALL_PANELS: Final = ("deadlines", "units", "oldest", "trend", "people", "behind")


def layout(screen: Screen, timezone: str, timetable: Timetable) -> LivePicture:
    """The whole page; which panels are seen follows from the scene, by style alone."""
    config = page_config(screen, timezone, (*PANELS, *WALL_PANELS)) | {"wall": timetable.document(), "keys": False}
    left = (panels.today, panels.now, _people, panels.kpis, panels.means, panels.levels, _deadlines, _units)
    right = (panels.league, _behind, _oldest, _trend, panels.alerts, panels.newest)
    return live_picture(
        [
            skip_link(screen),
            html.Div(
                [
                    header.header(screen, corner=_corner()),
                    html.Main(
                        [
                            html.Aside(
                                [part(screen) for part in left],
                                className="left",
                                **{"aria-label": screen.text("page.figures")},
                            ),
                            map_panel.map_panel(screen),
                            html.Aside(
                                [part(screen) for part in right],
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
            html.Div(id="banner", className="banner", role="alert", **{"data-testid": "banner"}),
            cases(screen),
            stale(),
        ],
        config,
        ENTRY,
        "screen wall",
    )


def _corner() -> html.Div:
    """Which scene stands, and whether somebody holds it."""
    return html.Div(
        [html.Span(id="scene-name", **{"data-testid": "scene-name"}), html.Span(id="scene-held", className="held")],
        className="scene-corner",
    )


def _deadlines(screen: Screen) -> html.Section:
    return _titled(screen, "deadlines")


def _units(screen: Screen) -> html.Section:
    lights = [html.Span(screen.text("league.yellow")), html.Span(screen.text("league.red"))]
    return _titled(screen, "units", html.Span(lights, className="lights"))


def _oldest(screen: Screen) -> html.Section:
    return _titled(screen, "oldest", html.Span(screen.text("oldest.due")))


def _trend(screen: Screen) -> html.Section:
    key = [
        html.Span([html.I(className=f"swatch {name}"), screen.text(f"today.{name}")]) for name in ("reported", "closed")
    ]
    return _titled(screen, "trend", html.Span(key, className="key"))


def _behind(screen: Screen) -> html.Section:
    """The last area of the league, on walls that are very wide."""
    section = _titled(screen, "behind")
    section.children.insert(1, html.Canvas(id="behind-map", className="behind-map", **{"aria-hidden": "true"}))
    return section


def _people(screen: Screen) -> html.Section:
    return _titled(screen, "people")


def _titled(screen: Screen, name: str, aside: Any = None) -> html.Section:
    heading = [html.H2(screen.text(f"{name}.title"))]
    return panels.panel(name, heading if aside is None else [*heading, aside], screen.text("page.loading"))
