"""The first thing a keyboard reaches on a page: the way past its header."""

from dash import html

from dashboard.components.screen import Screen

MAIN = "main"


def skip_link(screen: Screen) -> html.A:
    """A link to the element with the id `MAIN`, out of sight until it has the focus."""
    return html.A(screen.text("page.skip"), href=f"#{MAIN}", className="skip", **{"data-testid": "skip"})
