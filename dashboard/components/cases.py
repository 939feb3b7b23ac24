"""The drawer beside the page: the incidents behind a number."""

from dash import html

from dashboard.components.screen import Screen


def cases(screen: Screen) -> html.Div:
    """Heading, length and list; the browser fills them when a number is pressed."""
    close = screen.text("cases.close")
    return html.Div(
        [
            html.Div(
                [
                    html.H2(id="cases-name"),
                    html.Button("×", id="cases-close", className="close", title=close, **{"aria-label": close}),
                ],
                className="cases-head",
            ),
            html.P(id="cases-where", className="quiet"),
            html.Div(id="cases-parts", className="tabs"),
            html.P(id="cases-count", className="cases-count", role="status", **{"data-testid": "cases-count"}),
            html.Ol(id="cases-list", className="cases-list", **{"data-testid": "cases-list"}),
            html.Div(
                [
                    html.Span(id="cases-said"),
                    html.Button(id="cases-more", **{"data-testid": "cases-more"}),
                ],
                className="cases-foot",
            ),
        ],
        id="cases",
        className="cases",
        role="dialog",
        hidden=True,
        **{"data-testid": "cases", "aria-label": screen.text("cases.label")},
    )
