"""Reports per H3 hexagon: where they are dense, whatever the borders of grids."""

from typing import Any

import plotly.graph_objects as go

from layers.choropleth import steps
from layers.leaflet_shapes import coloured
from layers.view import Choice, Layer, LayerParts, MapView

KEY = "hexes"


def build(view: MapView) -> LayerParts:
    """One trace, not seen until it is switched on; its `z` is a step of the ramp, as the legend shows them.

    Its hexagons take no part in hovering and clicking: those mean the grid below.
    """
    palette = view.palette
    trace = go.Choroplethmap(
        name=KEY,
        visible=False,
        geojson={"type": "FeatureCollection", "features": []},
        locations=[],
        z=[],
        featureidkey="id",
        zmin=-0.5,
        zmax=len(palette.ramp) - 0.5,
        colorscale=steps(palette.ramp),
        showscale=False,
        hoverinfo="skip",
        marker={"line": {"color": palette.leaf_border, "width": 0.6}, "opacity": view.fill_opacity},
    )
    return LayerParts(traces=(trace,))


def leaflet(view: MapView, document: Any) -> list[Any]:
    """Hexagons of ``GET /api/v1/layers/hexes``."""
    shapes = document["geojson"]["features"]
    classes = [shape["properties"]["c"] for shape in shapes]
    numbers = [str(shape["properties"]["n"]) for shape in shapes]
    return coloured(view, shapes, classes, document["breaks"], numbers)


LAYER = Layer(KEY, build, leaflet, choice=Choice("ground", "fill", "/api/v1/layers/hexes", of_moment=True), height=10)
