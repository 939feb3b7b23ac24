"""Incidents with a yellow or red light, and those just reported."""

from typing import Any

import folium

from layers.view import Layer, LayerParts, MapView


def build(view: MapView) -> LayerParts:
    """Marks with a shape besides the colour: triangle, square, ring.

    `ring_s` and `new_s` are how long a new one draws the eye, and stays on the map without a light.
    """
    palette = view.palette
    return LayerParts(
        overlay={
            "points": {
                "yellow": {"shape": "triangle", "color": palette.yellow, "size": 0.8},
                "red": {"shape": "square", "color": palette.red, "size": 0.72},
                "none": {"shape": "ring", "color": palette.text, "size": 0.5},
                "outline": palette.ink,
                "ring_s": 8,
                "new_s": 300,
            }
        }
    )


def leaflet(view: MapView, document: Any) -> list[Any]:
    """Points of a `frame` message: a mark of the light's shape and colour at each."""
    styles = build(view).overlay["points"]
    sign = {"triangle": "▲", "square": "■", "ring": "○"}
    found = []
    for lon, lat, light in zip(document["lon"], document["lat"], document["light"], strict=True):
        style = styles[light]
        look = f"color:{style['color']};text-shadow:0 0 2px {styles['outline']}"
        mark = f'<span style="{look}">{sign[style["shape"]]}</span>'
        icon = folium.DivIcon(html=mark, class_name="light", icon_size=(14, 14), icon_anchor=(7, 9))
        found.append(folium.Marker((lat, lon), icon=icon))
    return found


LAYER = Layer("points", build, leaflet, height=70)
