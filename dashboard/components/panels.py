"""The panels left and right of the map: headings here, numbers from the browser."""

from typing import Any

from dash import html

from dashboard.components.screen import Screen
from data.incidents.model import MEANS, MEANS_TARGET


def panel(name: str, heading: list[Any], empty: str) -> html.Section:
    """A panel with its heading and the place its content is poured into; until then it says `empty`."""
    return html.Section(
        [
            html.Div(heading, className="heading"),
            html.Div(html.P(empty, className="empty"), id=name, className="content", **{"data-testid": name}),
        ],
        className=f"panel panel-{name}",
    )


def today(screen: Screen) -> html.Section:
    """Today's numbers against a typical day."""
    return _titled(screen, "today", html.Span(screen.text("today.against")))


def kpis(screen: Screen) -> html.Section:
    """The indicators of the grid in view."""
    return _titled(screen, "kpis", html.Span(screen.text("kpis.span")))


def means(screen: Screen) -> html.Section:
    """Service, management, enforcement against their target, with the key to the colours in the heading."""
    split = " / ".join(f"{MEANS_TARGET[name]:.0%}".rstrip("%") for name in MEANS)
    section = _titled(screen, "means", html.Span(screen.text("means.target", split=split)))
    keys = [html.Span([html.I(className=f"swatch {name}"), screen.text(f"means.{name}")]) for name in MEANS]
    section.children.append(html.Div(keys, className="key"))
    return section


def levels(screen: Screen) -> html.Section:
    """How far up incidents had to go."""
    return _titled(screen, "levels", html.Span(screen.text("kpis.span")))


def league(screen: Screen) -> html.Section:
    """The children of the grid in view, side by side."""
    lights = [html.Span(screen.text("league.yellow")), html.Span(screen.text("league.red"))]
    return _titled(screen, "league", html.Span(lights, className="lights"))


def alerts(screen: Screen) -> html.Section:
    """What needs attention."""
    return _titled(screen, "alerts", html.Span(id="alerts-total"))


def newest(screen: Screen) -> html.Section:
    """The newest incidents."""
    return _titled(screen, "newest", html.Span(screen.text("newest.sources")))


def _titled(screen: Screen, name: str, aside: html.Span) -> html.Section:
    return panel(name, [html.H2(screen.text(f"{name}.title")), aside], screen.text("page.loading"))
