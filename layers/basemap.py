"""The map under the grids, where there is one: tiles, held back so that the city's numbers are what is seen."""

from dataclasses import dataclass
from typing import Any, Final

from layers.palette import Palette, Theme, luminance

KEY: Final = "basemap"
# How much of a grid's colour covers the map below.
FILL_OPACITY: Final = 0.7
# Streets and names stay to be read, but no colour of a map is as strong as a class or a light. A picture whose darkest
# is brighter than its brightest is turned over, its hues turned back: a map as for paper then suits a dark screen.
_HELD_BACK: Final[dict[tuple[Theme, Theme], dict[str, float]]] = {
    ("dark", "light"): {
        "raster-brightness-min": 0.5,
        "raster-brightness-max": 0.04,
        "raster-hue-rotate": 180,
        "raster-saturation": -0.4,
        "raster-opacity": 0.85,
    },
    ("dark", "dark"): {"raster-brightness-max": 0.5, "raster-saturation": -0.5},
    ("light", "light"): {"raster-brightness-min": 0.15, "raster-saturation": -0.5},
    ("light", "dark"): {"raster-brightness-min": 0.3, "raster-saturation": -0.4, "raster-opacity": 0.7},
}


@dataclass(frozen=True, slots=True)
class Basemap:
    """What a map has to know of the tiles under it.

    Attributes
    ----------
    tiles
        Address of a tile on the page's own server, with ``{z}``, ``{x}`` and ``{y}``: WGS 84 in Web Mercator.
    zooms
        The first and the last zoom there are tiles of; nearer, those of the last are drawn larger.
    bounds
        West, south, east, north, outside of which there are none; None is the whole world.
    tile_px
        Width of a tile on the screen.
    tone
        "light" is a map as for paper, "dark" a photograph from above or a map that is dark already.
    attribution
        Whose map it is, plain text; empty where nothing needs to be said.
    """

    tiles: str
    zooms: tuple[int, int] = (0, 18)
    bounds: tuple[float, float, float, float] | None = None
    tile_px: int = 256
    tone: Theme = "light"
    attribution: str = ""


def source(basemap: Basemap) -> dict[str, Any]:
    """The tiles as a source of a MapLibre style."""
    first, last = basemap.zooms
    found: dict[str, Any] = {
        "type": "raster",
        "tiles": [basemap.tiles],
        "tileSize": basemap.tile_px,
        "minzoom": first,
        "maxzoom": last,
    }
    return found if basemap.bounds is None else found | {"bounds": list(basemap.bounds)}


def layer(basemap: Basemap, palette: Palette) -> dict[str, Any]:
    """The layer that draws them, in the theme of a palette."""
    theme: Theme = "dark" if luminance(palette.ink) < 0.5 else "light"
    # Without the fade a tile that is fetched anew after its time does not blink.
    paint = {**_HELD_BACK[theme, basemap.tone], "raster-fade-duration": 0}
    return {"id": KEY, "type": "raster", "source": KEY, "paint": paint}
