"""Teams and squads: the outline of what each is there for, with its name."""

from typing import Any

from layers.leaflet_shapes import named, outlined
from layers.view import Choice, Layer, LayerParts, MapView

KEY = "teams"


def build(view: MapView) -> LayerParts:
    """A dashed line, no border of grids; the names take the place of those of grids."""
    return LayerParts(lines={KEY: _line(view)})


def _line(view: MapView) -> dict[str, Any]:
    return {"color": view.palette.text, "opacity": 0.9, "line": {"width": 1.6, "dash": [3, 2]}}


def leaflet(view: MapView, document: Any) -> list[Any]:
    """Outlines of ``GET /api/v1/layers/teams``, with their names."""
    teams = document["outlines"]
    shapes = [{"type": "Feature", "properties": {}, "geometry": team["geometry"]} for team in teams]
    return [*outlined(shapes, _line(view)), *named([(team["name"], team["label"]) for team in teams])]


LAYER = Layer(KEY, build, leaflet, choice=Choice("over", "outline", "/api/v1/layers/teams", of_moment=False), height=40)
