"""Tracks: where devices on duty went, and where each was seen last. They name a unit or a grid, never a person."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

import folium

from layers.leaflet_shapes import tip
from layers.palette import Palette
from layers.view import Choice, Layer, LayerParts, MapView

KEY = "tracks"
# A way fades in so many steps, from what was walked first to what was walked last.
OPACITIES: Final = (0.22, 0.4, 0.65, 0.95)
# Who said nothing for so long is where they were seen last, perhaps.
SILENT_S: Final = 300


def build(view: MapView) -> LayerParts:
    """Lines in the colour of text, with a seam of the ground: no colour that means something.

    The head is a disc; hollow where the device has been `silent_s` without a word.
    """
    palette = view.palette
    style = {
        "color": palette.text,
        "seam": palette.ink,
        "width": 0.16,
        "opacities": OPACITIES,
        "silent_s": SILENT_S,
        "head": _head(palette.text, palette.ink),
        "silent": _head(palette.ink, palette.quiet),
    }
    return LayerParts(overlay={KEY: style})


def _head(color: str, line: str) -> dict[str, Any]:
    return {"shape": "disc", "color": color, "line": line, "size": 0.66, "small": 0.5, "many": 120}


def leaflet(view: MapView, document: Any) -> list[Any]:
    """Lines and heads of ``GET /api/v1/layers/tracks``, with name and code at each head."""
    palette = view.palette
    span_s = 60 * document["minutes"]
    return [part for track in document["tracks"] for part in (*_ways(palette, track, span_s), _last(palette, track))]


def _ways(palette: Palette, track: Any, span_s: int) -> Iterator[Any]:
    for line in track["lines"]:
        for step, points in _by_age(line, span_s):
            places = [(lat, lon) for lon, lat, _ in points]
            look = {"color": palette.text, "opacity": OPACITIES[step], "weight": 2.5, "interactive": False}
            yield folium.PolyLine(places, **look)  # type: ignore[no-untyped-call]


def _by_age(line: Sequence[Sequence[float]], span_s: int) -> Iterator[tuple[int, list[Sequence[float]]]]:
    """A line cut where its opacity changes; the parts touch."""
    part: list[Sequence[float]] = []
    last = None
    for before, after in pairwise(line):
        step = step_of(after[2], span_s)
        if step != last:
            if last is not None:
                yield last, part
            part, last = [before], step
        part.append(after)
    if last is not None:
        yield last, part


def step_of(age_s: float, span_s: float) -> int:
    """Which of `OPACITIES` a piece of a way has; `dashboard/assets/tracks_drawn.js` does the same."""
    steps = len(OPACITIES)
    return min(steps - 1, max(0, steps - 1 - int(age_s * steps / span_s)))


def _last(palette: Palette, track: Any) -> folium.CircleMarker:
    lon, lat, age_s = track["lines"][-1][-1]
    silent = age_s > SILENT_S
    return folium.CircleMarker(
        (lat, lon),
        radius=4,
        color=palette.quiet if silent else palette.ink,
        weight=1.5,
        fill_color=palette.ink if silent else palette.text,
        fill_opacity=1,
        tooltip=tip(track["name"], track["code"]),
    )


LAYER = Layer(
    KEY, build, leaflet, choice=Choice("over", "track", "/api/v1/layers/tracks", of_moment=True, every_s=15), height=60
)
