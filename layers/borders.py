"""Borders of the levels above the one shown, and round the grid in view."""

from typing import Any

from layers.leaflet_shapes import outlined
from layers.view import Layer, LayerParts, MapView


def build(view: MapView) -> LayerParts:
    """Line styles `first` (the coarsest level), `middle` (levels between) and `focus` (the grid in view)."""
    palette = view.palette
    return LayerParts(
        lines={
            "middle": {"color": palette.border, "opacity": 0.22, "line": {"width": 0.8}},
            "first": {"color": palette.border, "opacity": 0.85, "line": {"width": 1.1}},
            "focus": {"color": palette.focus, "opacity": 1, "line": {"width": 2.4}},
        }
    )


def leaflet(view: MapView, document: Any) -> list[Any]:
    """GeoJSON by the roles of `build`: those given are drawn, the coarsest on top."""
    lines = build(view).lines
    return [
        part for role in ("middle", "first", "focus") if role in document
        for part in outlined(document[role]["features"], lines[role])
    ]  # fmt: skip


LAYER = Layer("borders", build, leaflet, height=30)
