"""What the check calls free of errors, the import takes: whatever the files hold."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo import GridSystem
from geo.checks import check
from geo.errors import CommandCenterError
from geo.readers import read_layers
from tests.unit.geo.grid_files import TOWNS, collection, grids, towns

CODES = st.one_of(
    st.sampled_from([TOWNS[0], TOWNS[1], "1", "1.0", "", " ", "NaN", "\u200b", "a\x00b", "\ud800", "1E5"]),
    st.sampled_from([None, True, 1, 1.0, 2**63, 1e300, float("nan"), {"a": 1}, [], TOWNS[0]]),
    st.text(max_size=4),
)
NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True, width=32),
    st.sampled_from([120.27, 31.9, -239.73, 480.3, 0.0, 91.0, 3_500_000.0, 1e308]),
)
POINTS = st.one_of(st.lists(NUMBERS, min_size=2, max_size=4), st.sampled_from([None, "1", [], [1], {}]))
SHAPES = st.one_of(
    st.sampled_from([None, {}, "x", {"type": "Point", "coordinates": [120.27, 31.9]}, {"type": "GeometryCollection"}]),
    st.builds(lambda ring: {"type": "Polygon", "coordinates": [ring]}, st.lists(POINTS, max_size=6)),
    st.builds(
        lambda ring: {"type": "MultiPolygon", "coordinates": [[[*ring, *ring[:1]]]]}, st.lists(POINTS, max_size=5)
    ),
)
MEMBERS = st.sampled_from(
    [{}, {"numberMatched": 9}, {"crs": None}, {"crs": {"type": "name", "properties": {"name": "EPSG:4490"}}},
     {"crs": {"type": "name", "properties": {"name": "EPSG:4528"}}}],
)  # fmt: skip
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 9), st.sampled_from(["code", "name", "parent", "population"]), CODES),
        st.tuples(st.integers(0, 9), st.just("geometry"), SHAPES),
        st.tuples(st.integers(0, 9), st.just("shift"), st.sampled_from([-360.0, 360.0, 60.0, 1e-9])),
    ),
    max_size=3,
)


def _changed(changes: list[tuple[int, str, Any]]) -> list[list[dict[str, Any]]]:
    low, high = towns(), grids()
    for at, what, value in changes:
        feature = [*low, *high][at]
        if what == "geometry":
            feature["geometry"] = value
        elif what == "shift" and isinstance(feature["geometry"], dict) and "coordinates" in feature["geometry"]:
            rings = feature["geometry"]["coordinates"]
            if isinstance(rings, list) and rings and isinstance(rings[0], list):
                feature["geometry"] = {**feature["geometry"], "coordinates": _moved(rings, value)}
        elif what != "shift":
            feature["properties"][what] = value
    return [low, high]


def _moved(value: Any, by: float) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], float):
        return [value[0] + by, *value[1:]]
    return [_moved(part, by) for part in value] if isinstance(value, list) else value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES, members=MEMBERS)
def test_no_errors_means_it_can_be_built(tmp_path: Path, changes: list[tuple[int, str, Any]], members: Any) -> None:
    paths = [tmp_path / "t.geojson", tmp_path / "g.geojson"]
    for path, features in zip(paths, _changed(changes), strict=True):
        path.write_text(json.dumps(collection(features, **members)))
    try:
        layers = read_layers(paths)
    except CommandCenterError:
        return
    report = check(layers)
    assert str(report).isprintable() or "\n" in str(report)
    str(report).encode()
    if report.errors:
        return
    system = GridSystem.build(layers)
    # What the database is given, as bytes.
    for level in system.levels:
        for text in (*level["code"], *level["name"]):
            assert "\x00" not in text
            text.encode()
    assert len(system.checksum) == 64


STARTS = (b"", b"{", b"[", b'{"type":"FeatureCollection","features":[', b'{"type":"Topology","objects":')


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), start=st.sampled_from(STARTS))
def test_any_bytes_are_read_or_refused_by_name(tmp_path: Path, data: bytes, start: bytes) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(start + data)
    try:
        check(read_layers([path]))
    except CommandCenterError as error:
        refused = error
    else:
        return
    assert "t.json" in str(refused)
