"""The empty map: every layer's traces and styles, and nothing that asks another host."""

import json
from typing import Any

import pytest

from layers import LAYERS, THEMES, MapView, empty_map, flow_figure, overlay_styles
from layers.choropleth import NO_DATA, OUTSIDE, steps

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
    assert set(styles) == {"lines", "points", "labels", "density", "cameras", "layers"}
    assert set(styles["lines"]) == {"first", "middle", "focus", "teams"}


def test_what_can_be_switched_on_says_where_its_numbers_are() -> None:
    offered = overlay_styles(VIEWS[0], LAYERS)["layers"]
    assert list(offered) == ["hexes", "density", "teams", "cameras"]
    traces = {trace.name: trace for trace in empty_map(VIEWS[0], LAYERS).data}
    for key, choice in offered.items():
        assert choice["url"] == f"/api/v1/layers/{key}"
        # What takes the place of the fill is a trace that is there from the start: the map is never made anew.
        if choice["place"] == "ground":
            assert traces[key].visible is False
            assert traces[key].hoverinfo == "skip"
    assert set(traces) == {"grids", "hexes", "density"}


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
