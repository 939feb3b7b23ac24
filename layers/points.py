"""Incidents with a yellow or red light, and those just reported."""

from layers.view import LayerParts, MapView


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
