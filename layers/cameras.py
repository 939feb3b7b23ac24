"""Cameras: where they stand, and the address of their stream. No picture is fetched or looked at."""

from typing import Any

import folium

from layers.leaflet_shapes import tip
from layers.view import Choice, Layer, LayerParts, MapView

KEY = "cameras"


def build(view: MapView) -> LayerParts:
    """A mark with a shape of its own, in no colour that means something; smaller where there are `many` in view."""
    palette = view.palette
    style = {
        "shape": "diamond",
        "color": palette.ink,
        "line": palette.text,
        "size": 0.62,
        "small": 0.4,
        "many": 80,
    }
    return LayerParts(overlay={KEY: style})


def leaflet(view: MapView, document: Any) -> list[Any]:
    """Marks of ``GET /api/v1/layers/cameras``: name, code and address at each."""
    palette = view.palette
    return [
        folium.CircleMarker(
            (mark["lat"], mark["lon"]),
            radius=4,
            color=palette.text,
            weight=1.5,
            fill_color=palette.ink,
            fill_opacity=1,
            tooltip=tip(mark["name"], mark["code"], mark["stream"]),
        )
        for mark in document["marks"]
    ]


LAYER = Layer(KEY, build, leaflet, choice=Choice("over", "mark", "/api/v1/layers/cameras", of_moment=True), height=50)
