"""Shapes, lines and names as folium draws them: what several layers share."""

import html
from collections.abc import Sequence
from typing import Any

import folium

from layers.palette import class_colours
from layers.view import MapView


def tip(*lines: str) -> folium.Tooltip:
    """Lines of plain text that stand at a mark under the pointer."""
    return folium.Tooltip("<br>".join(safe(line) for line in lines))


def safe(text: str) -> str:
    """Text that is text wherever folium puts it: in a document, and between the backticks of its scripts."""
    return html.escape(text).replace("\\", "&#92;").replace("`", "&#96;").replace("$", "&#36;")


def coloured(
    view: MapView,
    shapes: Sequence[Any],
    classes: Sequence[int | None],
    breaks: Sequence[float],
    told: Sequence[str],
    *,
    falling: bool = False,
) -> list[Any]:
    """GeoJSON features in the colours of their classes; None is no data. `told` stands at each under the pointer.

    `falling` as in `class_colours`.
    """
    palette = view.palette
    colours = class_colours(palette, max(1, len(breaks) - 1), falling=falling)
    fills = [palette.no_data if step is None else colours[step] for step in classes]
    if not shapes:
        return []
    features = [
        {"type": "Feature", "geometry": shape["geometry"], "properties": {"fill": fill, "told": safe(text)}}
        for shape, fill, text in zip(shapes, fills, told, strict=True)
    ]
    line = {"color": palette.leaf_border, "weight": 0.6, "fillOpacity": view.fill_opacity}
    return [
        folium.GeoJson(
            {"type": "FeatureCollection", "features": features},
            style_function=lambda feature: {**line, "fillColor": feature["properties"]["fill"]},
            tooltip=folium.GeoJsonTooltip(["told"], labels=False),
        )
    ]


def outlined(shapes: Sequence[Any], style: dict[str, Any]) -> list[Any]:
    """GeoJSON features as lines in a style of MapLibre's, as `LayerParts.lines` has them."""
    if not shapes:
        return []
    width = style["line"]["width"]
    look = {"color": style["color"], "opacity": style["opacity"], "weight": width, "fill": False}
    if "dash" in style["line"]:
        look["dashArray"] = " ".join(f"{part * width:g}" for part in style["line"]["dash"])
    collection = {"type": "FeatureCollection", "features": list(shapes)}
    return [folium.GeoJson(collection, style_function=lambda _: look, interactive=False)]


def named(names: Sequence[tuple[str, Sequence[float]]]) -> list[Any]:
    """Names in the middle of places ``(name, [lon, lat])``."""
    found = []
    for name, (lon, lat) in names:
        icon = folium.DivIcon(html=f"<span>{safe(name)}</span>", class_name="name", icon_size=(0, 0))
        found.append(folium.Marker((lat, lon), icon=icon, interactive=False))
    return found
