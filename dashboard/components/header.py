"""The header: the city, the one sentence, the clock and how fresh the picture is, and the way to the other page."""

from typing import Any

from dash import html

from dashboard.components.screen import Screen

OVERVIEW, DESK, WALL, REGISTERS = "/", "/desk", "/wall", "/office/registers"
# On each page the others are linked that its people need.
_OTHERS = {
    OVERVIEW: (("nav.desk", DESK, "other-page"),),
    DESK: (("nav.overview", OVERVIEW, "other-page"), ("office.registers", REGISTERS, "registers-page")),
}


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
    language = "en" if screen.language == "zh" else "zh"
    theme = "light" if screen.theme == "dark" else "dark"
    return html.Nav(
        [
            *(
                html.A(screen.text(key), href=address, className="switch", **{"data-testid": test_id})
                for key, address, test_id in _OTHERS[page]
            ),
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
