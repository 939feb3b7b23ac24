"""What can be drawn: each layer is one file with one pure function `build(view) -> LayerParts`.

The Python side builds empty figures with all styling; the browser pours in the values of each frame.
"""

from layers import borders, choropleth, labels, points
from layers.flow import flow_figure
from layers.map import empty_map, overlay_styles
from layers.palette import THEMES, Palette, Theme
from layers.view import Layer, LayerParts, MapView

# Drawn in this order, the first at the bottom.
LAYERS: tuple[Layer, ...] = (choropleth.build, borders.build, points.build, labels.build)

__all__ = [
    "LAYERS",
    "THEMES",
    "Layer",
    "LayerParts",
    "MapView",
    "Palette",
    "Theme",
    "empty_map",
    "flow_figure",
    "overlay_styles",
]
