"""The grids of one level, coloured by the class of a number."""

from typing import Any

import plotly.graph_objects as go

from layers.leaflet_shapes import coloured
from layers.view import Layer, LayerParts, MapView

# Classes below the first of the ramp.
OUTSIDE = -2
NO_DATA = -1


def steps(colours: tuple[str, ...]) -> list[list[object]]:
    """A colour scale with hard steps: class i of n has one flat colour; ``colours`` must not be empty."""
    n = len(colours)
    return [[edge / n, colour] for i, colour in enumerate(colours) for edge in (i, i + 1)]


def build(view: MapView) -> LayerParts:
    """One trace `grids`; its `z` is a class number, from `OUTSIDE` over `NO_DATA` to the last of the ramp.

    The geometry comes by address, once the browser knows the level: fetched once, cached, never inside the layout.
    """
    palette = view.palette
    colours = (palette.outside, palette.no_data, *palette.ramp)
    trace = go.Choroplethmap(
        name="grids",
        geojson={"type": "FeatureCollection", "features": []},
        locations=[],
        z=[],
        # MapLibre lets the state of a shape be set only by number.
        featureidkey="properties.position",
        zmin=OUTSIDE - 0.5,
        zmax=len(palette.ramp) - 0.5,
        colorscale=steps(colours),
        showscale=False,
        hoverinfo="none",
        marker={"line": {"color": palette.leaf_border, "width": 0.6}, "opacity": view.fill_opacity},
    )
    return LayerParts(traces=(trace,))


def leaflet(view: MapView, document: Any) -> list[Any]:
    """Grids of a `map` message (`classes`, `breaks`, `values`), with the level's ``geojson`` beside it.

    ``falling`` (absent = False): the lowest class has the last colour, see `class_colours`.
    """
    shapes = document["geojson"]["features"]
    values = ["–" if value is None else f"{value:g}" for value in document["values"]]
    told = [f"{shape['properties']['name']}: {value}" for shape, value in zip(shapes, values, strict=True)]
    falling = document.get("falling", False)
    return coloured(view, shapes, document["classes"], document["breaks"], told, falling=falling)


LAYER = Layer("choropleth", build, leaflet)
