"""The empty map: every layer's traces and styles, and nothing that asks another host."""

import json
from itertools import pairwise
from typing import Any

import pytest

from layers import LAYERS, THEMES, MapView, Palette, Theme, empty_map, flow_figure, overlay_styles
from layers.basemap import FILL_OPACITY, Basemap
from layers.choropleth import NO_DATA, OUTSIDE, steps
from layers.palette import contrast
from layers.tracks import step_of

VIEWS = [MapView(palette) for palette in THEMES.values()]


def texts_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts_in(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("view", VIEWS)
def test_map_asks_no_other_host(view: MapView) -> None:
    document = json.loads(empty_map(view, LAYERS).to_json())
    style = document["layout"]["map"]["style"]
    assert isinstance(style, dict)
    assert not {"glyphs", "sprite"} & set(style)
    assert not [text for text in texts_in(document) if "//" in text]
    # Plotly prunes an empty one, and MapLibre refuses a style without.
    assert style["sources"]


@pytest.mark.parametrize("tone", ["light", "dark"])
@pytest.mark.parametrize("palette", THEMES.values(), ids=THEMES)
def test_a_basemap_lies_under_everything_and_is_held_back(palette: Palette, tone: Theme) -> None:
    basemap = Basemap("/tiles/{z}/{x}/{y}", (9, 17), (120.0, 31.7, 120.6, 32.1), 512, tone, "©")
    document = json.loads(empty_map(MapView(palette, basemap=basemap), LAYERS).to_json())
    style = document["layout"]["map"]["style"]
    assert [layer["id"] for layer in style["layers"]] == ["ground", "basemap"]
    assert style["sources"]["basemap"] == {
        "type": "raster", "tiles": ["/tiles/{z}/{x}/{y}"], "tileSize": 512, "minzoom": 9, "maxzoom": 17,
        "bounds": [120.0, 31.7, 120.6, 32.1],
    }  # fmt: skip
    paint = style["layers"][1]["paint"]
    assert paint["raster-saturation"] < 0
    # A light map on a dark screen is turned over, nothing else is.
    turned = paint.get("raster-brightness-min", 0) > paint.get("raster-brightness-max", 1)
    assert turned is (tone == "light" and palette is THEMES["dark"])
    filled = [trace for trace in document["data"] if trace["type"] == "choroplethmap"]
    assert {trace["marker"]["opacity"] for trace in filled} == {FILL_OPACITY}
    assert not [text for text in texts_in(document) if "//" in text]


def test_without_a_basemap_colours_are_whole() -> None:
    document = json.loads(empty_map(VIEWS[0], LAYERS).to_json())
    assert list(document["layout"]["map"]["style"]["sources"]) == ["nothing"]
    filled = [trace for trace in document["data"] if trace["type"] == "choroplethmap"]
    assert {trace["marker"]["opacity"] for trace in filled} == {1}


def test_map_keeps_its_view() -> None:
    assert empty_map(VIEWS[0], LAYERS).layout.uirevision


def test_no_number_and_no_geometry_is_in_the_layout() -> None:
    figure = empty_map(VIEWS[0], LAYERS)
    assert len(figure.to_json()) < 5_000
    assert not figure.data[0].geojson["features"]


@pytest.mark.parametrize("view", VIEWS)
def test_every_class_has_its_own_flat_colour(view: MapView) -> None:
    trace = empty_map(view, LAYERS).data[0]
    classes = range(OUTSIDE, len(view.palette.ramp))
    span = trace.zmax - trace.zmin
    found = []
    for number in classes:
        at = (number - trace.zmin) / span
        found.append(next(colour for (low, colour), (high, _) in zip(trace.colorscale[::2], trace.colorscale[1::2],
                                                                     strict=True) if low <= at <= high))  # fmt: skip
    assert found == [view.palette.outside, view.palette.no_data, *view.palette.ramp]
    assert NO_DATA - OUTSIDE == 1


def test_steps_of_one_colour() -> None:
    assert steps(("#000000",)) == [[0.0, "#000000"], [1.0, "#000000"]]


def test_lights_differ_in_shape() -> None:
    points = overlay_styles(VIEWS[0], LAYERS)["points"]
    shapes = [points[light]["shape"] for light in ("yellow", "red", "none")]
    assert len(set(shapes)) == 3


def test_overlay_has_every_role() -> None:
    styles = overlay_styles(VIEWS[0], LAYERS)
    assert set(styles) == {"lines", "points", "labels", "density", "cameras", "tracks", "layers"}
    assert set(styles["lines"]) == {"first", "middle", "focus", "teams"}


def test_what_can_be_switched_on_says_where_its_numbers_are() -> None:
    offered = overlay_styles(VIEWS[0], LAYERS)["layers"]
    assert list(offered) == ["hexes", "density", "teams", "cameras", "tracks"]
    traces = {trace.name: trace for trace in empty_map(VIEWS[0], LAYERS).data}
    for key, choice in offered.items():
        assert choice["url"] == f"/api/v1/layers/{key}"
        # What takes the place of the fill is a trace that is there from the start: the map is never made anew.
        if choice["place"] == "ground":
            assert traces[key].visible is False
            assert traces[key].hoverinfo == "skip"
    assert set(traces) == {"grids", "hexes", "density"}


@pytest.mark.parametrize("view", VIEWS)
def test_tracks_have_no_colour_that_means_something(view: MapView) -> None:
    style = overlay_styles(view, LAYERS)["tracks"]
    palette = view.palette
    used = {
        style["color"],
        style["seam"],
        *(style[head][part] for head in ("head", "silent") for part in ("color", "line")),
    }
    assert used <= {palette.text, palette.ink, palette.quiet}
    assert contrast(style["color"], style["seam"]) > 10
    # The eye can tell the steps of the fading apart, and the oldest from nothing.
    opacities = style["opacities"]
    assert all(before * 1.3 < after for before, after in pairwise(opacities))
    assert opacities[0] >= 0.2
    assert style["head"]["shape"] not in {"triangle", "square", "ring", "diamond"}


@pytest.mark.parametrize(
    ("age_s", "step"), [(0, 3), (899, 3), (900, 2), (1800, 1), (2700, 0), (3600, 0), (9999, 0), (-60, 3)]
)
def test_a_way_fades_in_even_steps(age_s: float, step: int) -> None:
    assert step_of(age_s, 3600) == step


@pytest.mark.parametrize("view", VIEWS)
def test_hexagons_have_the_colours_of_the_legend(view: MapView) -> None:
    trace = next(trace for trace in empty_map(view, LAYERS).data if trace.name == "hexes")
    for step, colour in enumerate(view.palette.ramp):
        at = (step - trace.zmin) / (trace.zmax - trace.zmin)
        assert next(found for edge, found in reversed(trace.colorscale) if edge <= at) == colour


def test_every_key_is_its_own() -> None:
    keys = [layer.key for layer in LAYERS]
    assert len(set(keys)) == len(keys)


def test_layers_leave_the_view_as_it_was() -> None:
    once, again = (overlay_styles(VIEWS[0], LAYERS) for _ in range(2))
    once["points"]["yellow"]["color"] = "changed"
    assert again["points"]["yellow"]["color"] == THEMES["dark"].yellow


def test_flow_has_a_trace_for_every_series() -> None:
    figure = flow_figure(THEMES["dark"])
    assert [trace.name for trace in figure.data] == ["usual_lo", "usual_hi", "usual", "actual"]
    assert not figure.data[0].y
