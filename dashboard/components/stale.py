"""What lies over a picture that is no longer true."""

from dash import html


def stale() -> html.Div:
    """The time of the data and why no newer one comes; empty and unseen while the picture is fresh."""
    return html.Div(
        [html.Strong(id="stale-text"), html.Span(id="stale-hint")],
        id="stale",
        className="stale",
        role="alert",
        **{"data-testid": "stale"},
    )
