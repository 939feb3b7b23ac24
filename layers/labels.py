"""Names of the children of the grid in view."""

from typing import Any

from layers.leaflet_shapes import named
from layers.view import Layer, LayerParts, MapView


def build(view: MapView) -> LayerParts:
    """Style of the names, drawn in the browser's own fonts."""
    palette = view.palette
    return LayerParts(overlay={"labels": {"color": palette.text, "halo": palette.ink, "size": 1.0, "padding": 0.35}})


def leaflet(_view: MapView, document: Any) -> list[Any]:
    """Names of grids, as ``GET /api/v1/grids`` lists them: ``name`` and ``label``."""
    return named([(grid["name"], grid["label"]) for grid in document["grids"]])


LAYER = Layer("labels", build, leaflet, height=80)
