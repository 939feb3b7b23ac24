"""The layers of the map: each is one file with one `LAYER`, see `view.Layer`; `LAYERS` finds them.

Python builds empty figures with all styling; the browser fills in the values of each frame.
"""

import pkgutil
from importlib import import_module

from layers.flow import flow_figure
from layers.map import empty_map, overlay_styles
from layers.palette import THEMES, Palette, Theme
from layers.view import Choice, Layer, LayerParts, LayerPlace, MapView


def _layers() -> tuple[Layer, ...]:
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    layers: list[Layer] = [module.LAYER for module in modules if hasattr(module, "LAYER")]
    return tuple(sorted(layers, key=lambda layer: layer.height))


# Every layer of this package, the lowest first.
LAYERS: tuple[Layer, ...] = _layers()

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
