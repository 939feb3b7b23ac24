"""The map in a file: every layer is in it, and nothing of it lies anywhere else."""

import re
from typing import Any

import folium
import numpy as np
import pytest

from data.stats.picture.breaks import class_breaks, classes_of
from layers import LAYERS, THEMES, MapView, tracks
from layers.folium_map import folium_map
from layers.palette import class_colours

EVIL = "</script><b>`${alert(1)}\\\"'"


def square(west: float, south: float, **more: Any) -> dict[str, Any]:
    ring = [[west, south], [west + 0.1, south], [west + 0.1, south + 0.1], [west, south + 0.1], [west, south]]
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, **more}


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def track() -> dict[str, Any]:
    """Two lines: an hour's way that fades, and one of now."""
    first = [[120.11, 31.81 + 0.001 * at, 3600 - 60 * at] for at in range(20)]
    lines = [first, [[120.13, 31.84, 120], [120.14, 31.85, 60]]]
    return {"code": "D-7", "name": f"二中队{EVIL}", "post": "duty_officer", "lines": lines}


def documents() -> dict[str, Any]:
    values = [3.0, None, 40.0, 7.5]
    breaks = class_breaks(np.array(values, dtype=float))
    grids = [
        square(120 + 0.1 * at, 31.8, id=f"L{at}", properties={"name": f"格{at}{EVIL}"}) for at in range(len(values))
    ]
    cells = [square(120.03 * 1, 31.81, id="88", properties={"n": 12, "c": 0})]
    classes = classes_of(np.array(values, dtype=float), breaks)
    return {
        "choropleth": {"geojson": collection(*grids), "values": values, "classes": classes, "breaks": breaks},
        "hexes": {"geojson": collection(*cells), "breaks": [1.0, 20.0]},
        "density": {"lon": [120.1, 120.2], "lat": [31.85, 31.86], "weight": [3, 9], "breaks": [0.0, 5.0]},
        "borders": {"first": collection(square(120, 31.8, properties={}))},
        "teams": {"outlines": [{"name": f"一中队{EVIL}", "label": [120.1, 31.85], **square(120, 31.8)}]},
        "cameras": {"marks": [{"code": "C1", "name": EVIL, "lon": 120.15, "lat": 31.84, "stream": "rtsp://h/1"}]},
        "tracks": {"minutes": 60, "tracks": [track()]},
        "points": {"lon": [120.1, 120.2], "lat": [31.82, 31.83], "light": ["red", "none"]},
        "labels": {"grids": [{"name": f"镇{EVIL}", "label": [120.2, 31.85]}]},
    }


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_is_asked_of_anybody(theme: Any) -> None:
    page = folium_map(MapView(THEMES[theme]), LAYERS, documents(), title="江阴市", names={"hexes": "六边形"})
    assert not re.search(r"<(script|link|img|iframe)[^>]*\b(src|href)=", page)
    assert not re.search(r"@import|url\((?!#)", page)
    assert "<title>江阴市</title>" in page
    assert "Leaflet 1.9.4" in page
    assert "heatLayer" in page


def test_a_map_below_is_asked_for_only_where_one_is_wanted() -> None:
    view, address = MapView(THEMES["dark"]), "https://maps.example/{z}/{x}/{y}.png"
    page = folium_map(view, LAYERS, documents(), tiles=address, attribution=f"© City{EVIL}")
    assert address in page
    assert "\\u00a9 City" in page
    assert "<b>" not in page
    # What is coloured lets it shine through.
    assert '"fillOpacity": 0.7' in page
    plain = folium_map(view, LAYERS, documents())
    assert "L.tileLayer(" in page
    assert "L.tileLayer(" not in plain
    assert '"fillOpacity": 1' in plain


def test_every_layer_is_drawn_and_only_those_given() -> None:
    view, whole = MapView(THEMES["dark"]), documents()
    marks = {
        "choropleth": "\\u683c0", "hexes": '"told": "12"', "density": "L.heatLayer(", "borders": '"color": "#a9bccd"',
        "teams": "\\u4e00\\u4e2d\\u961f", "cameras": "rtsp://h/1", "points": "\\u25a0", "labels": "\\u9547",
        "tracks": "D-7",
    }  # fmt: skip
    assert set(marks) == {layer.key for layer in LAYERS}
    for key, mark in marks.items():
        assert mark in folium_map(view, LAYERS, {key: whole[key]}), key
        rest = {other: document for other, document in whole.items() if other != key}
        assert mark not in folium_map(view, LAYERS, rest), key


def test_ways_fade_and_touch_where_they_do() -> None:
    parts = tracks.leaflet(MapView(THEMES["dark"]), documents()["tracks"])
    ways = [part for part in parts if isinstance(part, folium.PolyLine)]
    assert [way.options["opacity"] for way in ways] == [tracks.OPACITIES[0], tracks.OPACITIES[1], tracks.OPACITIES[3]]
    assert ways[0].locations[-1] == ways[1].locations[0]
    assert sum(len(way.locations) for way in ways[:2]) == 21
    (head,) = [part for part in parts if isinstance(part, folium.CircleMarker)]
    assert head.location == [31.85, 120.14]


def test_names_stay_text() -> None:
    page = folium_map(MapView(THEMES["dark"]), LAYERS, documents(), title=EVIL, names={"hexes": EVIL, "teams": EVIL})
    assert "<b>" not in page
    assert "`${alert" not in page
    assert page.count("</script>") == page.count("<script>") + page.count("<script ")


def test_legend_has_the_breaks_and_colours_of_the_map() -> None:
    view, whole = MapView(THEMES["light"]), documents()
    page = folium_map(view, LAYERS, {"choropleth": whole["choropleth"]})
    breaks = whole["choropleth"]["breaks"]
    colours = class_colours(view.palette, len(breaks) - 1)
    legend = re.findall(r'<span>([\d.]+)<i style="background:(#\w+)">', page)
    assert [(float(edge), colour) for edge, colour in legend] == list(zip(breaks[:-1], colours, strict=True))
    drawn = set(re.findall(r'"fill": "(#\w+)"', page))
    known = [step for step in whole["choropleth"]["classes"] if step is not None]
    assert drawn == {colours[step] for step in known} | {view.palette.no_data}


def test_a_rate_of_which_more_is_better_has_its_lowest_class_in_the_last_colour() -> None:
    view, whole = MapView(THEMES["dark"]), documents()
    page = folium_map(view, LAYERS, {"choropleth": {**whole["choropleth"], "falling": True}})
    breaks = whole["choropleth"]["breaks"]
    colours = class_colours(view.palette, len(breaks) - 1)[::-1]
    assert colours[0] == view.palette.ramp[-1]
    legend = re.findall(r'<span>([\d.]+)<i style="background:(#\w+)">', page)
    assert [colour for _, colour in legend] == list(colours)
    known = [step for step in whole["choropleth"]["classes"] if step is not None]
    drawn = set(re.findall(r'"fill": "(#\w+)"', page))
    assert drawn == {colours[step] for step in known} | {view.palette.no_data}


def test_an_empty_map_is_a_map() -> None:
    assert "L.map(" in folium_map(MapView(THEMES["dark"]), LAYERS, {})
    nothing = {"hexes": {"geojson": collection(), "breaks": []}, "density": {"lon": [], "lat": [], "weight": []}}
    assert "L.map(" in folium_map(MapView(THEMES["dark"]), LAYERS, nothing)


@pytest.mark.parametrize(("classes", "steps"), [(1, [0]), (2, [0, 5]), (3, [0, 3, 5]), (6, [0, 1, 2, 3, 4, 5])])
def test_classes_are_spread_over_the_ramp(classes: int, steps: list[int]) -> None:
    palette = THEMES["dark"]
    assert class_colours(palette, classes) == tuple(palette.ramp[step] for step in steps)
