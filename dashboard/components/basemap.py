"""Whose map lies under the grids."""

from dash import html

from dashboard.components.screen import Screen


def credit(screen: Screen) -> list[html.Div]:
    """A line in the corner of the map; none where no basemap is set, or nobody is to be named."""
    if screen.basemap is None or not screen.basemap.attribution:
        return []
    told = screen.text("basemap.credit", by=screen.basemap.attribution)
    return [html.Div(told, className="map-credit", **{"data-testid": "map-credit"})]
