"""Where a feed has what: titles above the header, parts of a time, points in one cell, features, placeholders."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.errors import FeedUnreadable, MappingInvalid
from data.feeds.importing import import_file
from data.feeds.mapping import FeedMapping
from data.feeds.points import split_point
from data.feeds.tally import ImportSummary
from data.incidents.model import Report

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PLAIN = """
source = "test"
[columns]
source_id = "id"
reported_at = "when"
"""
TIMES = '[times]\nzone = "Asia/Shanghai"\nformats = ["ymd"]\n'
Run = Callable[..., ImportSummary]


@pytest.fixture
def run(desk: Any, tmp_path: Path) -> Run:
    def import_text(text: str, columns: str = "", more: str = "", name: str = "feed.csv") -> ImportSummary:
        (tmp_path / "feed.toml").write_text(PLAIN + columns + TIMES + more, encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
        return import_file(desk, tmp_path / name, FeedMapping.load(tmp_path / "feed.toml"), now=NOW)

    return import_text


def reports(desk: Any) -> list[Report]:
    return [report for _, report, _ in desk.incidents.values()]


def rejects(summary: ImportSummary) -> list[dict[str, str]]:
    assert summary.rejects_path is not None
    with summary.rejects_path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_header_below_titles_is_found(run: Run) -> None:
    titles = "热线工单统计表\n\n统计时段：2026-11,,\n"
    summary = run(f"{titles}id,when,note\nA,2026-11-20 10:00,x\nB,soon,x\n")
    assert (summary.created, summary.above_header, summary.unused_columns) == (1, 3, ("note",))
    assert rejects(summary)[0]["line"] == "6"


def test_without_a_header_the_first_line_is_named(run: Run) -> None:
    with pytest.raises(FeedUnreadable, match="it has 热线工单统计表"):
        run("热线工单统计表\n" + "A,2026-11-20 10:00\n" * 60)


def test_rows_of_empty_cells_are_none_and_padding_is_no_cell(run: Run, desk: Any) -> None:
    summary = run(
        "id,when,\nA,2026-11-20 10:00\nB,2026-11-20 10:00,,,,\n,,,,,,\n,\nC,2026-11-20 10:00,x\nD,2026-11-20 10:00,,x\n"
    )
    assert (summary.created, summary.rejected) == (3, 1)
    assert "has 4 cells, the header 3" in rejects(summary)[0]["reason"]


def test_day_and_time_in_two_columns(run: Run, desk: Any, tmp_path: Path) -> None:
    joined = 'occurred_at = { join = ["day", "time"] }\n'
    text = "id,when,day,time\n" + "".join(f"{n},2026-11-20 18:00,2026-11-20,1{n}:04:05\n" for n in range(3))
    assert run(text, joined).warnings == ()
    assert [report.occurred_at for report in reports(desk)] == [
        datetime(2026, 11, 20, 2 + n, 4, 5, tzinfo=UTC) for n in range(3)
    ]
    desk.incidents.clear()
    (tmp_path / "feed.toml").write_text(
        PLAIN.replace('"when"', '["day", "time"]') + TIMES.replace('"ymd"', '"ymd", "%Y-%m-%d"'), encoding="utf-8"
    )
    summary = import_file(desk, tmp_path / "feed.csv", FeedMapping.load(tmp_path / "feed.toml"), now=NOW)
    assert summary.created == 3
    (warning,) = summary.warnings
    assert warning.startswith("3 times were taken from one column although another says something")
    assert "time of reported_at (3)" in warning


@pytest.mark.parametrize(
    ("text", "order", "found"),
    [
        ("POINT (120.26 31.90)", "", ("120.26", "31.90")),
        ("SRID=4326;POINT(120.26 31.90)", "", ("120.26", "31.90")),
        ("point z (120.26 31.90 5)", "", ("120.26", "31.90")),
        ("POINT (31.90 120.26)", "lat_lon", ("120.26", "31.90")),
        ("POINT EMPTY", "", None),
        ("(31.90, 120.26)", "lat_lon", ("120.26", "31.90")),
        ("人民路 1 号\n(31.90, 120.26)", "lat_lon", ("120.26", "31.90")),
        ("120.26,31.90", "lon_lat", ("120.26", "31.90")),
        ("120.26，31.90", "lon_lat", ("120.26", "31.90")),
        ("[120.26; 31.90]", "lon_lat", ("120.26", "31.90")),
        ("120.26 31.90", "lon_lat", ("120.26", "31.90")),
        ("-71.0587 42.3594", "lon_lat", ("-71.0587", "42.3594")),
    ],
)
def test_points(text: str, order: str, found: tuple[str, str] | None) -> None:
    assert split_point(text, order) == found


@pytest.mark.parametrize(
    ("text", "order", "reason"),
    [
        ("(31.90, 120.26)", "", "say coordinates.order"),
        ("SRID=3857;POINT(13387278 3747434)", "lon_lat", "no point"),
        ("SRID=4527;POINT(120.26 31.90)", "lon_lat", "EPSG:4527"),
        ("LINESTRING (120 31, 121 32)", "lon_lat", "no point"),
        ("120.26", "lon_lat", "no point"),
        ("120.26,31.90,5", "lon_lat", "no point"),
        ("1" * 100_000, "lon_lat", "no point"),
        ("(" * 2_000 + ")", "lon_lat", "no point"),
    ],
)
def test_what_is_no_point_is_refused(text: str, order: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        split_point(text, order)


def test_a_column_of_points(run: Run, desk: Any) -> None:
    text = "id,when,location\n" + "".join(
        f'{n},2026-11-20 10:00,"{point}"\n'
        for n, point in enumerate(["POINT (31.9 120.26)", "(31.9, 120.26)", "", "x"])
    )
    summary = run(text, 'point = "location"\n', '[coordinates]\nsystem = "gcj02"\norder = "lat_lon"\n')
    assert [(report.lon, report.lat) for report in reports(desk)] == [(120.26, 31.9), (120.26, 31.9), (None, None)]
    assert (rejects(summary)[0]["field"], rejects(summary)[0]["value"]) == ("point", "x")


@pytest.mark.parametrize(
    ("columns", "more", "key"),
    [
        ('point = "p"\n', "", "coordinates.system"),
        ('point = "p"\nlon = "x"\nlat = "y"\n', '[coordinates]\nsystem = "wgs84"\n', "columns.point"),
        ('point = "p"\n', '[coordinates]\nsystem = "wgs84"\norder = "xy"\n', "coordinates.order"),
        ("", '[coordinates]\norder = "lon_lat"\n', "coordinates.order"),
        ("", "[coordinates]\nempty = [1, 2]\n", "coordinates.empty"),
        ("", '[coordinates]\nempty = [["1", "2"]]\n', "coordinates.empty"),
        ("", "[coordinates]\nempty = [[1, 2, 3]]\n", "coordinates.empty"),
        ("", "[coordinates]\nempty = 5\n", "coordinates.empty"),
        ('grid_code = { join = "x" }\n', "", "columns.grid_code.join"),
        ('grid_code = { jion = ["x"] }\n', "", "columns.grid_code.jion"),
        ('point = { join = ["x", "y"] }\n', "", "columns.point"),
    ],
)
def test_mistakes_in_these_keys_are_named(run: Run, columns: str, more: str, key: str) -> None:
    with pytest.raises(MappingInvalid) as caught:
        run("id,when\n", columns, more)
    assert caught.value.values["key"] == key


def test_placeholders_are_no_places_and_unnamed_ones_are_noticed(run: Run, desk: Any) -> None:
    columns = 'lon = "lon"\nlat = "lat"\n'
    text = "id,when,lon,lat\n" + "".join(f"{n},2026-11-20 10:00,120.30,31.9\n" for n in range(8))
    text += "8,2026-11-20 10:00,120.31,31.9\n"
    more = '[coordinates]\nsystem = "wgs84"\n'
    (warning,) = run(text, columns, more).warnings
    assert warning.startswith("8 rows stand at exactly the same positions: 120.3, 31.9 (8)")
    desk.incidents.clear()
    cameras = "id,when,lon,lat\n" + "".join(f"{n},2026-11-20 10:00,120.{n % 3},31.9\n" for n in range(30))
    assert run(cameras, columns, more).warnings == ()
    desk.incidents.clear()
    assert run(text, columns, more + "empty = [[120.3, 31.9], [0, 0]]\n").warnings == ()
    assert [report.lon for report in reports(desk)] == [None] * 8 + [120.31]
    desk.incidents.clear()
    values = '[values.lon]\n"120.30" = ""\n[values.lat]\n"31.9" = ""\n'
    assert run(text.replace("120.31,31.9", "120.31,31.8"), columns, more + values).created == 9
    assert [report.lon for report in reports(desk)] == [None] * 8 + [120.31]


FEATURES = [
    {
        "type": "Feature",
        "properties": {"id": f"G{n}", "when": "2026-11-20T10:00:00+08:00"},
        "geometry": {"type": "Point", "coordinates": [120.26 + n, 31.9]} if n else None,
    }
    for n in range(3)
]
INSIDE = """
source = "test"
[columns]
source_id = "properties.id"
reported_at = "properties.when"
lon = "geometry.coordinates.0"
lat = "geometry.coordinates.1"
"""


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    ("beside", "doubt"),
    [
        ({}, ""),
        ({"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, "bbox": [1, 2]}, ""),
        ({"numberMatched": 8, "numberReturned": 3}, "one page of more: 3 of 8"),
        ({"numberMatched": 3, "numberReturned": 3}, ""),
        ({"exceededTransferLimit": True}, "more records follow"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_features_of_geojson(
    desk: Any, tmp_path: Path, indent: int | None, beside: dict[str, Any], doubt: str, first: bool
) -> None:
    (tmp_path / "feed.toml").write_text(
        INSIDE + '[times]\nzone = "UTC"\n[coordinates]\nsystem = "wgs84"\n', encoding="utf-8"
    )
    kind, features = {"type": "FeatureCollection"}, {"features": FEATURES}
    document = {**kind, **beside, **features} if first else {**kind, **features, **beside}
    path = tmp_path / "feed.geojson"
    path.write_text(json.dumps(document, indent=indent), encoding="utf-8")
    summary = import_file(desk, path, FeedMapping.load(tmp_path / "feed.toml"), now=NOW)
    assert (summary.created, summary.rejected) == (3, 0)
    assert [report.lon for report in reports(desk)] == [None, 121.26, 122.26]
    assert [doubt in warning for warning in summary.warnings] == ([True] if doubt else [])


@pytest.mark.parametrize("head", ["[", '{"type": "FeatureCollection", "features": ['])
def test_a_list_that_does_not_end_is_named(run: Run, head: str) -> None:
    objects = ", ".join(json.dumps({"id": n, "when": "2026-11-20 10:00"}) for n in range(3))
    (warning,) = run(f"{head}{objects}", name="feed.json").warnings
    assert "cut off" in warning
    assert run(f"{head}{objects}]", name="feed.json").warnings == ()


OPTIONAL = 'category = "kind"\noccurred_at = "at"\nlon = "lon"\nlat = "lat"\ntitle = "title"\n'


def test_optional_fields_are_left_out_where_the_mapping_wants_it(run: Run, desk: Any) -> None:
    rows = [
        "A,2026-11-20 10:00,k,昨天下午,120.3,31.9,x",
        "B,2026-11-20 10:00,k,2026-11-21 10:00,120.3,31.9,x",
        "C,2026-11-20 10:00,k,,120.3,,x",
        "D,2026-11-20 10:00,k,,未知,未知,x",
        f"E,2026-11-20 10:00,{'k' * 300},1900-01-01 00:00,1200,31.9,x\0",
        "F,soon,k,,,,x",
        ",2026-11-20 10:00,k,,,,x",
    ]
    text = "id,when,kind,at,lon,lat,title\n" + "".join(f"{row}\n" for row in rows)
    places = '[coordinates]\nsystem = "wgs84"\n'
    summary = run(text, OPTIONAL, places)
    assert (summary.rejected, summary.left_out, summary.left_out_path) == (7, 0, None)

    assert summary.rejects_path is not None
    folder = summary.rejects_path.parent
    mapping = folder / "feed.toml"
    mapping.write_text('optional_fields = "leave_out"\n' + mapping.read_text(encoding="utf-8"), encoding="utf-8")
    summary = import_file(desk, folder / "feed.csv", FeedMapping.load(mapping), now=NOW)
    assert (summary.created, summary.rejected, summary.left_out) == (5, 2, 8)
    assert [row["line"] for row in rejects(summary)] == ["7", "8"]
    assert summary.left_out_path == folder / "feed.csv.left_out.csv"
    with summary.left_out_path.open(encoding="utf-8-sig", newline="") as file:
        listed = [(row["line"], row["field"]) for row in csv.DictReader(file)]
    assert listed == [
        ("2", "occurred_at"), ("3", "occurred_at"), ("4", "lat"), ("5", "lon"),
        ("6", "lon"), ("6", "category"), ("6", "occurred_at"), ("6", "title"),
    ]  # fmt: skip
    found = {report.source_id: report for report in reports(desk)}
    assert {key: (one.occurred_at, one.lon, one.category[:1], one.title) for key, one in found.items()} == {
        "A": (None, 120.3, "k", "x"), "B": (None, 120.3, "k", "x"), "C": (None, None, "k", "x"),
        "D": (None, None, "k", "x"), "E": (None, None, "", ""),
    }  # fmt: skip


def test_other_words_for_optional_fields_are_refused(desk: Any, tmp_path: Path) -> None:
    (tmp_path / "feed.toml").write_text('optional_fields = "drop"\n' + PLAIN + TIMES, encoding="utf-8")
    with pytest.raises(MappingInvalid, match="optional_fields is 'drop'; it must be one of refuse, leave_out"):
        FeedMapping.load(tmp_path / "feed.toml")
