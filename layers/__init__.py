"""The layers of the map: each is one file with one `LAYER`, see `view.Layer`, and one line in `LAYERS`.

Python builds empty figures with all styling; the browser fills in the values of each frame.
"""

from layers import borders, cameras, choropleth, density, hexes, labels, points, teams, tracks
from layers.flow import flow_figure
from layers.map import empty_map, overlay_styles
from layers.palette import THEMES, Palette, Theme
from layers.view import Choice, Layer, LayerParts, LayerPlace, MapView

# Drawn in this order, the first at the bottom.
LAYERS: tuple[Layer, ...] = (
    choropleth.LAYER,
    hexes.LAYER,
    density.LAYER,
    borders.LAYER,
    teams.LAYER,
    cameras.LAYER,
    tracks.LAYER,
    points.LAYER,
    labels.LAYER,
)

__all__ = [
    "LAYERS",
    "THEMES",
    "Choice",
    "Layer",
    "LayerParts",
    "LayerPlace",
    "MapView",
    "Palette",
    "Theme",
    "empty_map",
    "flow_figure",
    "overlay_styles",
]
