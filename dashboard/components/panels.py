"""The panels left and right of the map: headings here, numbers from the browser."""

from typing import Any

from dash import html

from dashboard.components.screen import Screen
from data.words import MEANS, MEANS_TARGET


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


def now(screen: Screen) -> html.Section:
    """What stands at this moment: open, overdue, nearly due, in no grid."""
    return _untitled(screen, "now")


def kpis(screen: Screen) -> html.Section:
    """The indicators of the grid in view."""
    return _titled(screen, "kpis", html.Span(screen.text("kpis.span")))


def means(screen: Screen) -> html.Section:
    """Service, management, enforcement against their target, with the key to the colours in the heading."""
    split = " / ".join(f"{MEANS_TARGET[name]:.0%}".rstrip("%") for name in MEANS)
    keys = [html.Span([html.I(className=f"swatch {name}"), screen.text(f"means.{name}")]) for name in MEANS]
    section = _titled(screen, "means", html.Span(screen.text("means.target", split=split)))
    section.children.insert(1, html.Div(keys, className="key"))
    return section


def levels(screen: Screen) -> html.Section:
    """How far up incidents had to go."""
    return _titled(screen, "levels", html.Span(screen.text("kpis.span")))


def league(screen: Screen) -> html.Section:
    """The children of the grid in view, side by side: the rate, and as a bar what is missing to all of them."""
    heads = [html.Span(screen.text(f"league.{key}"), className=key) for key in ("missing", "yellow", "red")]
    return _titled(screen, "league", html.Span(heads, className="heads"))


def alerts(screen: Screen) -> html.Section:
    """What needs attention."""
    return _titled(screen, "alerts", html.Span(id="alerts-total"))


def newest(screen: Screen) -> html.Section:
    """The newest incidents."""
    return _titled(screen, "newest", html.Span(screen.text("newest.sources")))


def _untitled(screen: Screen, name: str) -> html.Section:
    """A panel whose numbers say themselves what they are."""
    content = html.Div(html.P(screen.text("page.loading"), className="empty"), id=name, className="content",
                       **{"data-testid": name})  # fmt: skip
    return html.Section([content], className=f"panel panel-{name}", **{"aria-label": screen.text(f"{name}.title")})


def _titled(screen: Screen, name: str, aside: html.Span) -> html.Section:
    return panel(name, [html.H2(screen.text(f"{name}.title")), aside], screen.text("page.loading"))
