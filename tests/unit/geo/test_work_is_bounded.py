"""The readers' work grows with the size of a file, not faster: each is given the worst of two sizes."""

import json
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from geo.errors import CommandCenterError
from geo.readers import LevelColumns, read_layers
from tests.unit.geo.grid_files import collection, feature, frames, grid_shape, towns

SMALL, FACTOR = 30_000, 8
# Of quadratic work, eight times the size is 64 times the time; of linear work, 8, and what a busy machine adds.
MOST = 32.0
FLOOR_S = 0.05


def _features(row: str) -> Callable[[int], bytes]:
    def made(size: int) -> bytes:
        return ('{"type":"FeatureCollection","features":[' + ",".join([row] * (size // len(row))) + "]}").encode()

    return made


def _topology(size: int) -> bytes:
    """One long arc that many shapes use many times over."""
    arc = [[float(at), 0.0] for at in range(size // 30)]
    shapes = [{"type": "Polygon", "arcs": [[0, 0]], "properties": {"code": "1", "name": "a"}}] * (size // 100)
    return json.dumps({"type": "Topology", "arcs": [arc], "objects": {"a": {
        "type": "GeometryCollection", "geometries": shapes}}}).encode()  # fmt: skip


def _wide(size: int) -> bytes:
    properties = {"code": "1", "name": "a", "o" * (size // 4): {f"k{at}": 1 for at in range(size // 12)}}
    return json.dumps(collection([{"type": "Feature", "properties": properties, "geometry": None}])).encode()


def _holes(size: int) -> bytes:
    """ArcGIS's rings: one outer ring around many holes."""
    rings = [[[0, 0], [0, 9e5], [9e5, 9e5], [9e5, 0], [0, 0]]]
    rings += [[[x, 1], [x + 1, 1], [x + 1, 2], [x, 1]] for x in range(1, 2 * (size // 45), 2)]
    return json.dumps({"spatialReference": {"wkid": 4528}, "features": [
        {"attributes": {"code": "1", "name": "a"}, "geometry": {"rings": rings}}]}).encode()  # fmt: skip


WORST: dict[str, Callable[[int], bytes]] = {
    "open brackets": lambda size: b"[" * size,
    "open braces": lambda size: b'{"a":' * (size // 5),
    "blanks": lambda size: b'{"type":"FeatureCollection","features":[' + b" \n" * (size // 2) + b"]}",
    "one-byte lines": lambda size: b"1\n" * (size // 2),
    "empty objects": _features("{}"),
    "nulls": _features("null"),
    "long number": lambda size: b'{"features":[{"properties":{"code":' + b"9" * size + b"}}]}",
    "long coordinate": lambda size: (
        b'{"features":[{"properties":{"code":1,"name":2},"geometry":{"type":"Polygon","coordinates":[[['
        + b"9" * size + b",1]]]}}]}"
    ),
    "long text": lambda size: b'{"features":[{"properties":{"code":"' + b"\\u4e00" * (size // 6) + b'"}}]}',
    "open text": lambda size: b'{"features":["' + b'\\"' * (size // 2),
    "repeated members": lambda size: b'{"features":[{"properties":{' + b'"a":1,' * (size // 6) + b'"code":"1"}}]}',
    "wide objects": _wide,
    "shared arcs": _topology,
    "holes": _holes,
    "ten shapes": _features(json.dumps(feature(grid_shape(0), code="1", name="a"))),
}  # fmt: skip


def _seconds(path: Path, made: bytes) -> float:
    path.write_bytes(made)
    begun = time.process_time()
    with suppress(CommandCenterError):
        read_layers([path], [LevelColumns("code", "name")])
    return time.process_time() - begun


@pytest.mark.parametrize("kind", WORST)
def test_json_takes_time_in_proportion_to_its_size(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t.json"
    _seconds(path, json.dumps(collection(towns())).encode())
    once = max(_seconds(path, WORST[kind](SMALL)), FLOOR_S)
    assert _seconds(path, WORST[kind](SMALL * FACTOR)) < MOST * once


@pytest.mark.parametrize(
    "head",
    [
        (2**32 - 1, 65, 0), (2**32 - 1, 65, 1), (2**31, 97, 0), (1, 65535, 65535), (0, 0, 0), (2**32 - 1, 1, 1),
        (10, 65, 1),
    ],
)  # fmt: skip
def test_a_table_whose_head_says_anything(tmp_path: Path, head: tuple[int, int, int]) -> None:
    path = tmp_path / "t.shp"
    frames()[0].to_file(path)
    table = path.with_suffix(".dbf")
    data = bytearray(table.read_bytes())
    data[4:12] = struct.pack("<IHH", *head)
    table.write_bytes(data)
    begun = time.process_time()
    with pytest.raises(CommandCenterError):
        read_layers([path])
    assert time.process_time() - begun < 5.0


def test_shapes_that_say_they_are_without_length(tmp_path: Path) -> None:
    path = tmp_path / "t.shp"
    frames()[0].to_file(path)
    data = bytearray(path.read_bytes())
    for length in (0, -4, 2**31 - 1):
        data[104:108] = struct.pack(">i", length)
        path.write_bytes(data)
        with pytest.raises(CommandCenterError):
            read_layers([path])
