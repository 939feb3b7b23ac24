"""Reports as a smooth density: how many per square kilometre, whatever the borders of grids."""

from typing import Any

import folium
import folium.plugins
import plotly.graph_objects as go

from layers.view import Choice, Layer, LayerParts, MapView

KEY = "density"
# How far a report is smeared, metres, where the whole city is in view, or one grid: as wide as the hexagons there.
RADIUS_M = {"city": 1000, "grid": 400}


def build(view: MapView) -> LayerParts:
    """One trace, not seen until it is switched on; the browser gives it points, radius in pixels, and `zmax`.

    The first colour is drawn clear, so that the ground is seen where nothing was reported.
    """
    ramp = view.palette.ramp
    last = len(ramp) - 1
    trace = go.Densitymap(
        name=KEY,
        visible=False,
        lon=[],
        lat=[],
        z=[],
        zmin=0,
        zmax=1,
        radius=20,
        colorscale=[[at / last, colour] for at, colour in enumerate(ramp)],
        showscale=False,
        hoverinfo="skip",
        opacity=1,
    )
    return LayerParts(traces=(trace,), overlay={KEY: {"radius_m": RADIUS_M}})


def leaflet(view: MapView, document: Any) -> list[Any]:
    """Points of ``GET /api/v1/layers/density``; four mean weights at a place are its last colour."""
    weights = document["weight"]
    if not weights:
        return []
    ramp = view.palette.ramp
    gradient = {at / (len(ramp) - 1): colour for at, colour in enumerate(ramp) if at}
    points = list(zip(document["lat"], document["lon"], weights, strict=True))
    most = 4 * sum(weights) / len(weights)
    # Its own zoom is left aside: nearer, the same points would fade.
    look = {"min_opacity": 0.05, "max_zoom": 1, "radius": 14, "blur": 12, "max": most}
    heat: Any = folium.plugins.HeatMap
    return [heat(points, gradient=gradient, **look)]


LAYER = Layer(KEY, build, leaflet, choice=Choice("ground", "heat", "/api/v1/layers/density", of_moment=True), height=20)
