"""The header: the city, the one sentence, the clock and how fresh the picture is."""

from dash import html

from dashboard.components.screen import Screen


def header(screen: Screen) -> html.Header:
    """City on the left, sentence in the middle, time on the right."""
    return html.Header(
        [
            html.H1(id="city", className="city", children=screen.text("page.title")),
            html.Div(
                [html.Div(id="notice"), html.Div(id="headline", **{"data-testid": "headline"})],
                className="headline",
                role="status",
            ),
            html.Div(
                [
                    html.Time(id="clock", className="clock number"),
                    html.Div(
                        [
                            html.Div(
                                [html.Span(id="fresh", className="fresh"), html.Span(id="demo", className="demo")]
                            ),
                            html.Div(_switches(screen)),
                        ],
                        className="freshness",
                    ),
                ],
                className="time",
            ),
        ],
        className="header",
    )


def _switches(screen: Screen) -> html.Nav:
    language = "en" if screen.language == "zh" else "zh"
    theme = "light" if screen.theme == "dark" else "dark"
    return html.Nav(
        [
            html.A(
                screen.text(f"page.to_{language}"),
                href=f"/?lang={language}",
                lang=language,
                className="switch",
                **{"data-prefer": f"lang={language}", "data-testid": "language"},
            ),
            html.A(
                screen.text(f"page.to_{theme}"),
                href=f"/?theme={theme}",
                className="switch",
                **{"data-prefer": f"theme={theme}", "data-testid": "theme"},
            ),
        ],
        className="switches",
        **{"aria-label": screen.text("page.preferences")},
    )
