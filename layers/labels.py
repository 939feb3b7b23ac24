"""Names of the children of the grid in view."""

from layers.view import LayerParts, MapView


def build(view: MapView) -> LayerParts:
    """Style of the names, drawn in the browser's own fonts."""
    palette = view.palette
    return LayerParts(overlay={"labels": {"color": palette.text, "halo": palette.ink, "size": 1.0, "padding": 0.35}})
