"""A map as one HTML file that opens anywhere, without a network: Leaflet and everything else stands in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import folium
from branca.element import Element

from layers.basemap import Basemap
from layers.leaflet_shapes import safe
from layers.palette import class_colours
from layers.view import Layer, MapView

_LEAFLET: Final = Path(__file__).with_name("vendor") / "leaflet"
# It comes with folium, which would have the browser fetch it.
_HEAT: Final = Path(folium.__file__).parent / "templates" / "leaflet_heat.min.js"


def folium_map(
    view: MapView,
    layers: Sequence[Layer],
    data: Mapping[str, Any],
    *,
    title: str = "",
    names: Mapping[str, str] | None = None,
    tiles: str | None = None,
    attribution: str = "",
) -> str:
    """Draw layers on a map in a file of its own.

    Parameters
    ----------
    view
        The colours.
    layers
        What may be drawn, the first at the bottom.
    data
        Documents by the layers' keys; a layer without one is left out. Those of the API where it has them (`hexes`,
        `density`, `teams`, `cameras`); `choropleth` is a `map` message with ``geojson`` of its level, `borders` GeoJSON
        by role, `points` those of a frame, `labels` ``{"grids": …}`` as the list of grids.
    title
        Of the document, and above the map.
    names
        What the layers are called in the chooser and the legend, by key; a layer without one is not named.
    tiles
        Address of a map to lie below, with ``{z}``, ``{x}`` and ``{y}``, in WGS 84: the file then asks for it wherever
        it is opened. None is no map, and a file that asks nobody for anything.
    attribution
        Whose map that is.

    Returns
    -------
    A whole HTML document, to be written as UTF-8.
    """
    credited = tiles is not None and bool(attribution)
    made = folium.Map(tiles=None, attribution_control=credited, zoom_control=False, prefer_canvas=True)
    # Of what folium loads from other hosts only Leaflet and its heat map are used; both are put in below.
    made.default_js, made.default_css = [], []
    if tiles is not None:
        view = replace(view, basemap=Basemap(tiles, attribution=attribution))
        folium.TileLayer(tiles, attr=safe(attribution) or " ", control=False).add_to(made)
    called = names or {}
    drawn = [layer for layer in layers if layer.key in data]
    for layer in drawn:
        group = folium.FeatureGroup(name=safe(called.get(layer.key, layer.key)), control=layer.key in called)
        for part in layer.leaflet(view, data[layer.key]):
            part.default_js = []
            part.add_to(group)
        group.add_to(made)
    if len(called) > 1:
        # Collapsed, it would show a picture of its own.
        folium.LayerControl(collapsed=False).add_to(made)
    bounds: Any = made.get_bounds()
    if bounds != [[None, None], [None, None]]:
        made.fit_bounds(bounds)
    figure: Any = made.get_root()
    figure.title = safe(title)
    figure.header.add_child(Element(_head(view)))
    figure.html.add_child(Element(_caption(view, drawn, data, called, title)))
    document: str = figure.render()
    return document


@cache
def _library() -> str:
    scripts = [(_LEAFLET / "leaflet.js").read_text("utf-8"), _HEAT.read_text("utf-8")]
    # Its pictures are those of marks and controls that are not used here.
    style = re.sub(r"url\([^)]*\)", "none", (_LEAFLET / "leaflet.css").read_text("utf-8"))
    return f"<style>{style}</style>" + "".join(f"<script>{script}</script>" for script in scripts)


def _head(view: MapView) -> str:
    palette = view.palette
    return _library() + (
        f"<style>html,body{{margin:0;height:100%;background:{palette.ink};color:{palette.text};font-family:sans-serif}}"
        f".folium-map{{height:100vh;background:{palette.ink}}}"
        ".name span{position:absolute;transform:translate(-50%,-50%);white-space:nowrap;font-weight:500;"
        f"color:{palette.text};text-shadow:0 0 3px {palette.ink},0 0 3px {palette.ink},0 0 3px {palette.ink}}}"
        ".light span{font-size:.75rem}"
        ".leaflet-tooltip table{border:0}.leaflet-tooltip,.leaflet-control-layers{border:0;border-radius:0;"
        f"box-shadow:none;background:{palette.ink};color:{palette.text}}}.leaflet-tooltip::before{{display:none}}"
        ".caption{position:absolute;z-index:1000;left:1rem;top:.8rem;pointer-events:none}"
        f".caption h1{{margin:0 0 .5rem;font-size:1.3rem}}.caption p{{margin:.2rem 0;color:{palette.quiet}}}"
        ".classes{display:flex;font-size:.8rem}.classes i{display:block;width:3.2rem;height:.6rem}</style>"
    )


def _caption(
    view: MapView, layers: Sequence[Layer], data: Mapping[str, Any], names: Mapping[str, str], title: str
) -> str:
    """Title, and for every layer with classes what their colours mean: from the breaks it was coloured by."""
    legends = [
        _legend(view, names.get(layer.key, ""), data[layer.key])
        for layer in layers
        if "classes" in data[layer.key] or "geojson" in data[layer.key]
    ]
    return f'<div class="caption"><h1>{safe(title)}</h1>{"".join(legends)}</div>'


def _legend(view: MapView, name: str, document: Mapping[str, Any]) -> str:
    breaks: Sequence[float] = document["breaks"]
    colours = class_colours(view.palette, max(1, len(breaks) - 1), falling=document.get("falling", False))
    steps = "".join(
        f'<span>{edge:g}<i style="background:{colour}"></i></span>'
        for edge, colour in zip(breaks[:-1], colours, strict=False)
    )
    end = f"<span>{breaks[-1]:g}</span>" if breaks else ""
    return f'<p>{safe(name)}</p><div class="classes">{steps}{end}</div>'
