"""The empty map: every layer's traces and styles in one figure, with no number in it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import plotly.graph_objects as go

from layers import basemap
from layers.view import Layer, MapView


def empty_map(view: MapView, layers: Sequence[Layer]) -> go.Figure:
    """A map with every layer's traces, on a ground that asks no other host for anything.

    The style has no `glyphs` and no `sprite`: MapLibre would fetch them. `uirevision` is constant, so that new
    values never move the camera.
    """
    traces = [trace for layer in layers for trace in layer.build(view).traces]
    figure = go.Figure(traces)
    figure.update_layout(
        template=None,
        autosize=True,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor=view.palette.ink,
        showlegend=False,
        uirevision="constant",
        hovermode="closest",
        dragmode="pan",
        map={"style": _style(view), "center": {"lon": 0, "lat": 0}, "zoom": 1},
    )
    return figure


def _style(view: MapView) -> dict[str, Any]:
    # The source draws nothing: Plotly prunes an empty `sources` at the first relayout, and MapLibre then refuses
    # the style and every later change with it.
    nothing = {"type": "geojson", "data": {"type": "Point", "coordinates": [0, 0]}}
    ground = {"id": "ground", "type": "background", "paint": {"background-color": view.palette.ink}}
    sources, layers = {"nothing": nothing}, [ground]
    if view.basemap is not None:
        sources[basemap.KEY] = basemap.source(view.basemap)
        layers.append(basemap.layer(view.basemap, view.palette))
    return {"version": 8, "sources": sources, "layers": layers}


def overlay_styles(view: MapView, layers: Sequence[Layer]) -> dict[str, dict[str, Any]]:
    """What the browser needs besides the figure: ``{"lines": {…}, "points": {…}, …, "layers": {…}}``.

    ``layers`` are those that can be switched on, by key, see `Choice`.
    """
    styles: dict[str, dict[str, Any]] = {"lines": {}, "layers": {}}
    for layer in layers:
        if layer.choice is not None:
            styles["layers"][layer.key] = asdict(layer.choice)
        parts = layer.build(view)
        styles["lines"] |= parts.lines
        styles |= parts.overlay
    return styles
