"""The header: the city, the one sentence, the clock and how fresh the picture is, and the way to the other page."""

from typing import Any

from dash import html

from dashboard.components.screen import Screen

OVERVIEW, DESK, WALL = "/", "/desk", "/wall"
# On each page the other one is linked.
_OTHER = {OVERVIEW: ("nav.desk", DESK), DESK: ("nav.overview", OVERVIEW)}


def header(screen: Screen, page: str = OVERVIEW, middle: Any = None, corner: Any = None) -> html.Header:
    """City on the left, sentence (or what `page` has in its place) in the middle, time on the right.

    `corner` takes the place of the links to the other page and of the choice of language and colours.
    """
    return html.Header(
        [
            html.H1(id="city", className="city", children=screen.text("page.title")),
            html.P(id="printed", className="printed", hidden=True),
            html.Div(
                [html.Div(id="notice"), html.Div(id="headline", **{"data-testid": "headline"})],
                className="headline",
                role="status",
            )
            if middle is None
            else middle,
            html.Div(
                [
                    html.Time(id="clock", className="clock number"),
                    html.Div(
                        [
                            html.Div(
                                [html.Span(id="fresh", className="fresh"), html.Span(id="demo", className="demo")]
                            ),
                            html.Div(_switches(screen, page) if corner is None else corner),
                        ],
                        className="freshness",
                    ),
                ],
                className="time",
            ),
        ],
        className="header",
    )


def _switches(screen: Screen, page: str) -> html.Nav:
    key, address = _OTHER[page]
    language = "en" if screen.language == "zh" else "zh"
    theme = "light" if screen.theme == "dark" else "dark"
    return html.Nav(
        [
            html.A(screen.text(key), href=address, className="switch", **{"data-testid": "other-page"}),
            html.A(
                screen.text(f"page.to_{language}"),
                href=f"{page}?lang={language}",
                lang=language,
                className="switch",
                **{"data-prefer": f"lang={language}", "data-testid": "language"},
            ),
            html.A(
                screen.text(f"page.to_{theme}"),
                href=f"{page}?theme={theme}",
                className="switch",
                **{"data-prefer": f"theme={theme}", "data-testid": "theme"},
            ),
        ],
        className="switches",
        **{"aria-label": screen.text("page.preferences")},
    )
