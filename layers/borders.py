"""Borders of the levels above the one shown, and round the grid in view."""

from layers.view import LayerParts, MapView


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
