"""Files that say something wrong about themselves, or are not quite what their name says: read right, or refused."""

import json
import shutil
import sqlite3
import struct
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from geo.checks import check
from geo.errors import GridsUnreadable
from geo.readers import LevelColumns, read_layers
from tests.unit.geo.grid_files import (
    TOWNS,
    collection,
    feature,
    frames,
    grid_shape,
    grids,
    town_shape,
    towns,
    write,
    write_text,
)  # fmt: skip


def refused(paths: list[Path], reason: str, **options: Any) -> GridsUnreadable:
    with pytest.raises(GridsUnreadable) as caught:
        read_layers(paths, **options)
    assert caught.value.values["reason"] == reason, caught.value
    return caught.value


def kinds(paths: list[Path], **options: Any) -> set[tuple[str, str]]:
    return {(one.severity, one.kind) for one in check(read_layers(paths, **options)).findings}


# Counts


@pytest.mark.parametrize("counted", [0, 4, 8, 80])
def test_every_row_of_a_geopackage_whatever_it_counts(tmp_path: Path, counted: int) -> None:
    path = tmp_path / "g.gpkg"
    frames()[1].to_file(path)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE gpkg_ogr_contents SET feature_count = ?", (counted,))
    database.close()
    assert len(read_layers([path])[0]) == 8


def _shapefile(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    frames()[1].to_file(folder / "g.shp")
    return folder / "g.shp"


def test_parts_of_a_shapefile_that_do_not_belong_together(tmp_path: Path) -> None:
    whole, less = _shapefile(tmp_path / "whole"), tmp_path / "less" / "g.shp"
    less.parent.mkdir()
    frames()[1].iloc[:6].to_file(less)
    for part in (".dbf", ".shx", ".shp"):
        mixed = tmp_path / f"mixed{part}"
        shutil.copytree(whole.parent, mixed)
        shutil.copy(less.with_suffix(part), mixed / f"g{part}")
        assert "belong together" in str(refused([mixed / "g.shp"], "parts"))
    # As many shapes, but another file's: the index tells.
    other = tmp_path / "other"
    other.mkdir()
    wide = frames()[1]
    wide.geometry = [shapely.segmentize(shape, 0.001 * (at + 1)) for at, shape in enumerate(wide.geometry)]
    wide.to_file(other / "g.shp")
    shutil.copy(whole.with_suffix(".shx"), other / "g.shx")
    refused([other / "g.shp"], "parts")


def test_deleted_records_are_not_read_but_counted(tmp_path: Path) -> None:
    path = _shapefile(tmp_path)
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    start, width = struct.unpack("<HH", data[8:12])
    data[start + 2 * width] = 0x2A
    path.with_suffix(".dbf").write_bytes(data)
    (layer,) = read_layers([path])
    assert layer["code"].tolist() == [f"{TOWNS[at // 4]}{at:03d}" for at in range(8) if at != 2]
    assert shapely.equals(layer.geometry.values, np.array([grid_shape(at) for at in range(8) if at != 2])).all()
    assert ("note", "deleted") in kinds([path])


# A page taken for the whole


@pytest.mark.parametrize(
    "members",
    [
        {"numberMatched": 8, "numberReturned": 2}, {"totalFeatures": 8}, {"exceededTransferLimit": True},
        {"properties": {"exceededTransferLimit": True}}, {"links": [{"rel": "self"}, {"rel": "next", "href": "u"}]},
        {"count": 8, "next": "http://example.test/?page=2"}, {"numberReturned": 3}, {"meta": {"total_count": 9}},
        {"page": {"totalPages": 4}}, {"total": 3}, {"context": {"matched": 99}}, {"hasMore": True},
        {"@odata.nextLink": "u"},
    ],
)  # fmt: skip
def test_a_file_that_says_it_is_a_page(tmp_path: Path, members: dict[str, Any]) -> None:
    assert kinds([write(tmp_path / "t.geojson", towns(), **members)]) == {("error", "partial")}


@pytest.mark.parametrize(
    "members",
    [
        {"numberMatched": 2, "numberReturned": 2}, {"totalFeatures": "unknown"}, {"exceededTransferLimit": False},
        {"links": [{"rel": "self"}]}, {"count": 2, "next": None}, {"properties": {"total": 99}}, {"bbox": [1, 2, 3, 4]},
        {"numberMatched": "unknown"}, {"pages": 1}, {"links": "next"}, {"links": None},
    ],
)  # fmt: skip
def test_a_file_that_says_it_is_whole(tmp_path: Path, members: dict[str, Any]) -> None:
    assert kinds([write(tmp_path / "t.geojson", towns(), **members)]) == set()


# Layers


def _topology() -> dict[str, Any]:
    def ring(shape: shapely.Polygon) -> list[list[float]]:
        return [list(point) for point in shape.exterior.coords]

    arcs = [ring(town_shape(at)) for at in range(2)] + [ring(grid_shape(at)) for at in range(8)]
    rows = [one["properties"] for one in (*towns(), *grids())]
    shapes = [{"type": "Polygon", "arcs": [[at]], "properties": row} for at, row in enumerate(rows)]
    return {
        "type": "Topology",
        "arcs": arcs,
        "objects": {
            "grids": {"type": "GeometryCollection", "geometries": shapes[2:]},
            "towns": {"type": "GeometryCollection", "geometries": shapes[:2]},
        },
    }


def test_objects_of_topojson_are_layers(tmp_path: Path) -> None:
    path = tmp_path / "city.json"
    path.write_text(json.dumps(_topology()))
    assert [len(layer) for layer in read_layers([path])] == [2, 8]
    (only,) = read_layers([path], layers=["towns"])
    assert shapely.equals(only.geometry.values, np.array([town_shape(0), town_shape(1)])).all()
    assert "grids, towns" in str(refused([path], "layers", layers=["villages"]))
    refused([path, path], "layers")


def test_arcs_that_are_shared_turned_and_packed(tmp_path: Path) -> None:
    # Two towns with one border between them, drawn once; whole numbers, each from the one before.
    document = {
        "type": "Topology",
        "transform": {"scale": [0.01, 0.01], "translate": [120.27, 31.9]},
        "arcs": [[[2, 0], [0, 2]], [[2, 2], [-2, 0], [0, -2], [2, 0]], [[2, 0], [2, 0], [0, 2], [-2, 0]]],
        "objects": {"towns": {"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "arcs": [[0, 1]], "properties": {"code": "a", "name": "a"}},
            {"type": "MultiPolygon", "arcs": [[[2, -1]]], "properties": {"code": "b", "name": "b"}},
            {"type": "Polygon", "arcs": [[7]], "properties": {"code": "c", "name": "c"}},
        ]}},
    }  # fmt: skip
    path = tmp_path / "t.topojson"
    path.write_text(json.dumps(document))
    (layer,) = read_layers([path])
    for at in range(2):
        assert shapely.equals_exact(
            shapely.normalize(shapely.union_all(layer.geometry.iloc[at])),
            shapely.normalize(town_shape(at)), tolerance=1e-9,
        )  # fmt: skip
    assert "arc 7" in next(one.message for one in check([layer]).errors if one.kind == "unreadable_geometry")


def test_an_empty_layer_is_named(tmp_path: Path) -> None:
    path = tmp_path / "city.gpkg"
    for name, layer in (("镇", frames()[0]), ("网格", frames()[1]), ("草稿 空", frames()[1].iloc[:0])):
        layer.to_file(path, layer=name)
    assert "草稿 空" in str(refused([path], "layers"))
    assert "草稿 空" in str(refused([path], "no_features", layers=["镇", "草稿 空"]))
    assert [len(layer) for layer in read_layers([path], layers=["镇", "网格"])] == [2, 8]


# One bad shape


def _broken(tmp_path: Path, geometry: Any) -> list[Path]:
    features = grids()
    features[2]["geometry"] = geometry
    return [write(tmp_path / "t.geojson", towns()), write(tmp_path / "g.geojson", features)]


OPEN = [[120.28, 31.9], [120.29, 31.9], [120.29, 31.91], [120.28, 31.91]]


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        ({"type": "Polygon", "coordinates": [OPEN]}, "not closed"),
        ({"type": "Polygon", "coordinates": [[*OPEN[:1], *OPEN[:1]]]}, "2 points"),
        ({"type": "Polygon", "coordinates": [[*OPEN, [None, 31.9], OPEN[0]]]}, "null"),
        ({"type": "Polygon", "coordinates": [[*OPEN, ["120.28", "31.9"]]]}, "120.28"),
        ({"type": "Polygon", "coordinates": [[*OPEN, [float("nan"), 31.9], OPEN[0]]]}, "nan"),
        ({"type": "Polygon", "coordinates": [[*OPEN, [True, 31.9], OPEN[0]]]}, "True"),
        ({"type": "Polygon", "coordinates": [[*OPEN, [120.28], OPEN[0]]]}, "120.28"),
        ({"type": "Polygon", "coordinates": OPEN}, "is not closed|is no pair|no list"),
        ({"type": "Polygon", "coordinates": "@@@hi"}, "no list"),
        ({"type": "Polygon", "coordinates": ["@@@hi@@gj@"]}, "ECharts"),
        ({"type": "Polygon"}, "coordinates"),
        ({"type": "polygon", "coordinates": [OPEN]}, "polygon"),
        ({"type": "CurvePolygon", "geometries": []}, "CurvePolygon"),
        ({"coordinates": [OPEN]}, "None"),
        ("POLYGON((0 0, 1 0, 1 1, 0 0))", "POLYGON"),
        ({"type": "MultiPolygon", "coordinates": [[[*OPEN, OPEN[0]]], [OPEN]]}, "not closed"),
        ({"type": "MultiPolygon", "coordinates": [None]}, "None"),
    ],
)
def test_a_shape_that_cannot_be_read_costs_itself(tmp_path: Path, geometry: Any, why: str) -> None:
    report = check(read_layers(_broken(tmp_path, geometry)))
    (finding,) = report.errors
    assert (finding.kind, finding.codes) == ("unreadable_geometry", (f"{TOWNS[0]}002",))
    assert any(part in finding.message for part in why.split("|")), finding.message


@pytest.mark.parametrize(
    ("geometry", "kind"),
    [
        (None, "empty_geometry"),
        ({"type": "Polygon", "coordinates": []}, "empty_geometry"),
        ({"type": "Point", "coordinates": [120.28, 31.9]}, "not_a_polygon"),
        ({"type": "LineString", "coordinates": [[*OPEN[0]], [*OPEN[1]]]}, "not_a_polygon"),
        ({"type": "GeometryCollection", "geometries": [{"type": "Polygon", "coordinates": [[*OPEN, OPEN[0]]]}]},
         "not_a_polygon"),
        ({"type": "Polygon", "coordinates": [[OPEN[0], OPEN[2], OPEN[1], OPEN[3], OPEN[0]]]}, "invalid_geometry"),
        ({"type": "Polygon", "coordinates": [[[300.28, 31.9], *OPEN[1:], [300.28, 31.9]]]}, "coordinates_out_of_range"),
    ],
)  # fmt: skip
def test_a_shape_that_can_be_read_but_is_no_grid(tmp_path: Path, geometry: Any, kind: str) -> None:
    report = check(read_layers(_broken(tmp_path, geometry)))
    assert [(one.kind, one.codes) for one in report.errors] == [(kind, (f"{TOWNS[0]}002",))]


def test_heights_and_measures_are_left_out(tmp_path: Path) -> None:
    ring = [[*xy, 5.0, 7.0][: 2 + at % 3] for at, xy in enumerate(grid_shape(2).exterior.coords)]
    layers = read_layers(_broken(tmp_path, {"type": "Polygon", "coordinates": [ring]}))
    assert not check(layers).findings
    assert not shapely.has_z(layers[1].geometry.values).any()


def test_a_ring_of_a_geopackage_that_is_not_closed(tmp_path: Path) -> None:
    path = tmp_path / "g.gpkg"
    frames()[1].to_file(path)
    with sqlite3.connect(path) as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        ((blob,),) = database.execute("SELECT geom FROM g WHERE fid = 3").fetchall()
        database.execute("UPDATE g SET geom = ? WHERE fid = 3", (blob[:-8] + struct.pack("<d", 31.905),))
        database.execute("UPDATE g SET geom = x'0102' WHERE fid = 4")
    database.close()
    write(tmp_path / "t.geojson", towns())
    report = check(read_layers([tmp_path / "t.geojson", path]))
    assert {(one.kind, one.codes) for one in report.errors} == {
        ("unreadable_geometry", (f"{TOWNS[0]}00{at}",)) for at in (2, 3)
    }


def test_curves_of_a_geopackage_become_lines(tmp_path: Path) -> None:
    path = tmp_path / "g.gpkg"
    frames()[1].to_file(path)
    multisurface = struct.pack("<BII", 1, 12, 1) + shapely.to_wkb(grid_shape(2), byte_order=1)
    with sqlite3.connect(path) as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        database.execute("UPDATE gpkg_ogr_contents SET feature_count = 2")
        head = b"GP\x00\x01" + struct.pack("<i", 4326)
        database.execute("UPDATE g SET geom = ? WHERE fid = 3", (head + multisurface,))
    database.close()
    (layer,) = read_layers([path])
    assert shapely.equals(layer.geometry.iloc[2], grid_shape(2))
    assert len(layer) == 8


# Sequences, lists and other JSON


def test_features_one_behind_the_other(tmp_path: Path) -> None:
    path = tmp_path / "g.json"
    lines = [json.dumps(one) for one in grids()]
    for text in ("\n".join(lines), "\x1e" + "\n\x1e".join(lines) + "\n", "\r\n".join(lines), f"[{','.join(lines)}]",
                 "[\n" + ",\n".join(lines) + "\n]\n"):  # fmt: skip
        path.write_text(text)
        assert len(read_layers([path])[0]) == 8


def test_other_json_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    whole = collection(towns())
    for document, reason, told in (
        ({"code": 200, "data": whole}, "damaged", "'data'"),
        ([whole, whole], "layers", "2 feature collections"),
        (towns()[0]["geometry"], "damaged", "bare Polygon"),
        ([towns()[0]["geometry"]], "damaged", "bare geometry"),
        ([1, 2], "damaged", "'1'"),
        ({**whole, "UTF8Encoding": True}, "packed", "ECharts"),
        ({"rows": []}, "damaged", "rows"),
    ):
        path.write_text(json.dumps(document))
        assert told in str(refused([path], reason))
    path.write_text("\n".join([json.dumps(whole)] * 3))
    assert "3 feature collections" in str(refused([path], "layers"))
    path.write_text(json.dumps(whole)[:-1] + ', "features": []}')
    assert "more than once" in str(refused([path], "damaged"))
    path.write_text('{"features": [{"properties": {"code": 012}}]}')
    assert "line 1" in str(refused([path], "damaged"))
    path.write_text("[" * 200_000 + "]" * 200_000)
    assert "nested" in str(refused([path], "damaged"))


def test_a_number_as_the_id_of_a_feature(tmp_path: Path) -> None:
    features = [{**one, "id": int(code), "properties": {"name": "x"}} for one, code in zip(towns(), TOWNS, strict=True)]
    path = write(tmp_path / "t.geojson", features)
    assert read_layers([path], [LevelColumns(code="id")])[0]["code"].tolist() == list(TOWNS)
    assert "id" in str(refused([path], "missing_columns"))


def test_json_of_arcgis(tmp_path: Path) -> None:
    outer = [[0, 0], [0, 4000], [4000, 4000], [4000, 0], [0, 0]]
    hole = [[1000, 1000], [2000, 1000], [2000, 2000], [1000, 2000], [1000, 1000]]
    apart = [[5000, 0], [5000, 1000], [6000, 1000], [6000, 0], [5000, 0]]
    moved = [[[x + 40_500_000, y + 3_500_000] for x, y in ring] for ring in (hole, outer, apart)]
    document = {
        "geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4528},
        "features": [{"attributes": {"code": "1", "name": "a"}, "geometry": {"rings": moved}}],
    }  # fmt: skip
    path = tmp_path / "t.json"
    path.write_text(json.dumps(document))
    (layer,) = read_layers([path])
    assert layer.crs.to_epsg() == 4528
    assert shapely.area(layer.geometry.iloc[0]) == 16e6 - 1e6 + 1e6
    path.write_text(json.dumps(document | {"exceededTransferLimit": True}))
    assert ("error", "partial") in kinds([path])
    document["features"][0]["geometry"] = {"curveRings": []}
    path.write_text(json.dumps(document))
    assert ("error", "unreadable_geometry") in kinds([path])


# Encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_of_every_kind(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.geojson"
    path.write_bytes(json.dumps(collection(towns()), ensure_ascii=False).encode(encoding))
    assert read_layers([path])[0]["name"].tolist() == ["街道0", "街道1"]


def test_json_in_gbk_is_said_and_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "t.geojson"
    path.write_bytes(json.dumps(collection(towns()), ensure_ascii=False).encode("gbk"))
    assert "--encoding gb18030" in str(refused([path], "encoding"))
    both = [path, write(tmp_path / "g.geojson", grids())]
    assert read_layers(both, encoding="gbk")[0]["name"].tolist() == ["街道0", "街道1"]
    refused([path], "encoding", encoding="utf-16")
    refused([path], "encoding", encoding="rot13")


def test_a_name_cut_within_a_letter(tmp_path: Path) -> None:
    path = tmp_path / "t.shp"
    frames()[0].assign(name=["澄江街道" * 20, "镇"]).to_file(path, encoding="UTF-8")
    data = path.with_suffix(".dbf").read_bytes()
    whole = ("澄江街道" * 20).encode()
    path.with_suffix(".dbf").write_bytes(data.replace(whole, whole[:-2] + b"  "))
    (layer,) = read_layers([path])
    assert layer["name"].tolist() == [("澄江街道" * 20)[:-1], "镇"]
    assert ("note", "cut_text") in kinds([path])


@pytest.mark.parametrize(
    ("really", "said", "seems"),
    [("gbk", "OEM", "gb18030"), ("utf-8", "GBK", "utf-8"), ("utf-8", "ISO-8859-1", "utf-8"), ("gbk", "1252", "gb18030"),
     ("gbk", "hex", "gb18030"), ("gbk", "UTF-8", "gb18030"), ("utf-8", "88591", "utf-8")],
)  # fmt: skip
def test_a_cpg_that_lies(tmp_path: Path, really: str, said: str, seems: str) -> None:
    path = tmp_path / "t.shp"
    frames()[0].assign(name=["澄江街道", "徐霞客镇"]).to_file(path, encoding=really.upper())
    path.with_suffix(".cpg").write_text(said)
    error = refused([path], "encoding")
    assert error.values["seems"] == seems
    assert "t.cpg" in str(error)
    assert f"--encoding {seems}" in str(error) or "--encoding, such as" in str(error)
    assert read_layers([path], encoding=really)[0]["name"].tolist() == ["澄江街道", "徐霞客镇"]


# Coordinate systems


def test_any_epsg_code_can_be_said(tmp_path: Path) -> None:
    paths = []
    for name, layer in zip("tg", frames(), strict=True):
        paths.append(tmp_path / f"{name}.shp")
        layer.to_crs("EPSG:4528").to_file(paths[-1])
        paths[-1].with_suffix(".prj").unlink()
    (first, *_) = check(read_layers(paths)).errors
    assert first.kind == "coordinate_system"
    assert "EPSG:4528" in first.message
    for said in ("EPSG:4528", "epsg:4528", "4528"):
        layers = read_layers(paths, coordinate_system=said)
        assert not check(layers).errors
        box = layers[0].to_crs("EPSG:4326").total_bounds
        assert box == pytest.approx(frames()[0].total_bounds, abs=1e-8)
    refused(paths, "coordinate_system", coordinate_system="EPSG:4490")


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::999999"}},
        {"type": "link", "properties": {"href": "http://example.test/4528", "type": "proj4"}},
        {"type": "name", "properties": {"name": "GCJ02"}}, {"type": "name"}, "EPSG:4326", 4326, [],
    ],
)  # fmt: skip
def test_an_unknown_system_is_quoted(tmp_path: Path, crs: Any) -> None:
    path = write(tmp_path / "t.geojson", towns(), crs=crs)
    assert refused([path], "coordinate_system").values["said"] in str(refused([path], "coordinate_system"))
    assert len(read_layers([path], coordinate_system="wgs84")[0]) == 2


@pytest.mark.parametrize(
    ("crs", "epsg"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, None),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}, 4490),
        ({"type": "name", "properties": {"name": "EPSG:4326"}}, 4326),
        ({"type": "EPSG", "properties": {"code": 4326}}, 4326),
    ],
)
def test_systems_by_their_many_names(tmp_path: Path, crs: Any, epsg: int | None) -> None:
    (layer,) = read_layers([write(tmp_path / "t.geojson", towns(), crs=crs)])
    assert layer.crs is not None
    assert layer.crs.to_epsg() == epsg
    assert not check([layer]).errors


def test_a_prj_that_says_nothing_known(tmp_path: Path) -> None:
    path = tmp_path / "t.shp"
    frames()[0].to_file(path)
    path.with_suffix(".prj").write_text("江阴市城建坐标系")
    assert "江阴市城建坐标系" in str(refused([path], "coordinate_system"))
    path.with_suffix(".prj").write_text("")
    assert len(read_layers([path])[0]) == 2


def test_features_with_a_system_of_their_own(tmp_path: Path) -> None:
    features = towns()
    features[1]["crs"] = {"type": "name", "properties": {"name": "EPSG:3857"}}
    assert ("error", "coordinate_system") in kinds([write(tmp_path / "t.geojson", features)])


@pytest.mark.parametrize("turns", [-1, 1, 2])
def test_longitudes_beyond_a_whole_turn(tmp_path: Path, turns: int) -> None:
    def far(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
        shapes = [shapely.geometry.shape(one["geometry"]) for one in features]
        moved = shapely.transform(shapes, lambda xy: xy + np.array((360.0 * turns, 0.0)))
        return [feature(shape, **one["properties"]) for shape, one in zip(moved, features, strict=True)]

    layers = read_layers([write(tmp_path / "t.geojson", far(towns())), write(tmp_path / "g.geojson", far(grids()))])
    report = check(layers)
    assert {one.kind for one in report.errors} == {"coordinate_system"}
    assert f"add {-360 * turns:+d} degrees" in str(report)


# Letters that nobody sees


def test_letters_that_nobody_sees_are_shown(tmp_path: Path) -> None:
    parents = [TOWNS[0] + "\u200b", "\ufeff" + TOWNS[0], "３２０２８１１０１", TOWNS[0], *[TOWNS[1]] * 4]
    report = check(
        read_layers([write(tmp_path / "t.geojson", towns()), write(tmp_path / "g.geojson", grids(parent=parents))])
    )
    text = str(report)
    for shown in (r"320281101\u200b", r"\ufeff320281101", "U+200B", "full-width"):
        assert shown in text
    assert "\u200b" not in text
    assert "\ufeff" not in text


def test_text_that_no_database_holds(tmp_path: Path) -> None:
    for bad in ("a\x00b", "a\ud800"):
        path = tmp_path / "t.geojson"
        path.write_text(json.dumps(collection(towns())).replace('"\\u8857\\u90530"', json.dumps(bad)))
        report = check(read_layers([path]))
        assert [one.kind for one in report.errors] == ["letters"]


@pytest.mark.parametrize("people", ["many", -1, 1e12, "1e400", [1]])
def test_a_population_that_cannot_be(tmp_path: Path, people: Any) -> None:
    features = towns()
    features[1]["properties"]["population"] = people
    report = check(read_layers([write(tmp_path / "t.geojson", features)]))
    assert [(one.kind, one.codes) for one in report.errors] == [("population", (TOWNS[1],))]


def test_a_town_and_a_grid_of_one_code(tmp_path: Path) -> None:
    codes = [TOWNS[0], *[f"x{at}" for at in range(7)]]
    paths = [write(tmp_path / "t.geojson", towns()), write(tmp_path / "g.geojson", grids(code=codes))]
    assert kinds(paths) == {("note", "same_code")}


def test_replaced_text_is_in_the_file(tmp_path: Path) -> None:
    assert "x" in write_text(tmp_path / "x.geojson", towns(), {"街道0": "x"}).read_text("utf-8")
    assert isinstance(frames()[0], gpd.GeoDataFrame)


def test_metres_that_are_degrees(tmp_path: Path) -> None:
    for name, layer in (("t.gpkg", frames()[0]), ("t.parquet", frames()[0]), ("t.shp", frames()[0])):
        path = tmp_path / name
        claims = layer.set_crs("EPSG:4528", allow_override=True)
        claims.to_parquet(path) if path.suffix == ".parquet" else claims.to_file(path)
        (finding,) = check(read_layers([path])).errors
        assert "look like degrees" in finding.message
        assert not check(read_layers([path], coordinate_system="wgs84")).errors


def test_a_geopackage_that_names_two_systems(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    frames()[0].to_file(path)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE gpkg_contents SET srs_id = 4490")
    database.close()
    assert kinds([path]) == {("warning", "coordinate_system")}


def test_ids_that_other_readers_drop(tmp_path: Path) -> None:
    features = [{**one, "id": -1 - at} for at, one in enumerate(grids())]
    features[3]["properties"]["id"] = -7
    (layer,) = read_layers([write(tmp_path / "g.geojson", features)], [LevelColumns(code="id")])
    assert layer["code"].tolist() == ["-1", "-2", "-3", "-7", "-5", "-6", "-7", "-8"]
    long = grids()
    long[0]["properties"]["note"] = "x" * 3_000_000
    assert len(read_layers([write(tmp_path / "g.geojson", long)])[0]) == 8


def test_a_bad_leaf_costs_itself_in_a_leaf_file_too(tmp_path: Path) -> None:
    features = grids()
    bowtie = [OPEN[0], OPEN[2], OPEN[1], OPEN[3], OPEN[0]]
    features[2]["geometry"] = {"type": "Polygon", "coordinates": [bowtie]}
    features[5]["geometry"] = {"type": "Polygon", "coordinates": [OPEN]}
    columns = [LevelColumns("parent"), LevelColumns("code")]
    layers = read_layers([write(tmp_path / "g.geojson", features)], columns, tolerant=True)
    report = check(layers)
    assert {(one.kind, one.codes) for one in report.errors} == {
        ("invalid_geometry", (f"{TOWNS[0]}002",)), ("unreadable_geometry", (f"{TOWNS[1]}005",)),
    }  # fmt: skip
    assert layers[0]["code"].tolist() == list(TOWNS)


def test_a_bad_shape_of_a_shapefile_and_of_geoparquet(tmp_path: Path) -> None:
    path = _shapefile(tmp_path / "shp")
    data = bytearray(path.read_bytes())
    at = struct.unpack(">i", path.with_suffix(".shx").read_bytes()[116:120])[0] * 2
    data[at + 8 + 36 : at + 8 + 40] = struct.pack("<i", 2**30)
    path.write_bytes(data)
    report = check(read_layers([path]))
    assert [one.codes for one in report.errors] == [(f"{TOWNS[0]}002",)]
    path = tmp_path / "g.parquet"
    frames()[1].to_parquet(path)
    table = pq.read_table(path)
    blobs = table.column("geometry").to_pylist()
    blobs[3] = blobs[3][:40]
    at = table.schema.get_field_index("geometry")
    pq.write_table(table.set_column(at, table.schema.field(at), [blobs]), path)
    report = check(read_layers([path]))
    assert [(one.kind, one.codes) for one in report.errors] == [("unreadable_geometry", (f"{TOWNS[0]}003",))]


def test_degrees_without_a_word_on_their_system_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "t.shp"
    frames()[0].to_file(path)
    path.with_suffix(".prj").unlink()
    assert kinds([path]) == {("note", "coordinate_system")}
    assert kinds([path], coordinate_system="wgs84") == set()
    assert kinds([write(tmp_path / "t.geojson", towns(), crs=None)]) == {("note", "coordinate_system")}
    assert kinds([write(tmp_path / "t.geojson", towns())]) == set()


def test_an_encoding_that_nothing_would_use(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    frames()[0].to_file(path)
    assert "UTF-8" in str(refused([path], "encoding", encoding="gbk"))


@pytest.mark.parametrize(
    "name",
    ["澄江街道".encode().decode("latin-1"), "徐霞客镇".encode().decode("gb18030"), "????", "澄江\ufffd道"],
)
def test_garbled_names_are_warned_about(tmp_path: Path, name: str) -> None:
    features = towns()
    features[0]["properties"]["name"] = name
    assert kinds([write(tmp_path / "t.geojson", features)]) == {("warning", "letters")}


@pytest.mark.parametrize("name", ["澄江街道", "Zürich", "Łódź", "Ærø", "Москва", "?", "東京", "㐂", "街道?", "ÄÖÜ"])
def test_names_that_are_not_garbled(tmp_path: Path, name: str) -> None:
    features = towns()
    features[0]["properties"]["name"] = name
    assert kinds([write(tmp_path / "t.geojson", features)]) == set()


def test_as_many_as_a_service_hands_out(tmp_path: Path) -> None:
    many = [feature(shapely.box(at / 10, 0, at / 10 + 0.1, 1), code=f"{at}", name="x") for at in range(500)]
    path = write(tmp_path / "g.geojson", many)
    assert kinds([path]) == {("note", "partial")}
    assert kinds([write(path, many[1:])]) == set()
    assert kinds([write(path, many, metadata={"limitExceeded": True})]) == {("error", "partial")}


def test_an_open_ring_of_a_shapefile_costs_its_grid(tmp_path: Path) -> None:
    path = _shapefile(tmp_path / "shp")
    data = bytearray(path.read_bytes())
    last = 100 + 8 + 4 + 32 + 4 + 4 + 4 + 4 * 16 + 8
    assert struct.unpack("<d", data[last : last + 8]) == (31.9,)
    data[last : last + 8] = struct.pack("<d", 31.905)
    path.write_bytes(data)
    report = check(read_layers([path]))
    assert [(one.kind, one.codes) for one in report.errors] == [("unreadable_geometry", (f"{TOWNS[0]}000",))]
    assert "not closed" in str(report)


def test_a_prj_in_gbk(tmp_path: Path) -> None:
    path = tmp_path / "t.shp"
    frames()[0].to_crs("EPSG:4528").to_file(path)
    text = path.with_suffix(".prj").read_text()
    start = text.index('"') + 1
    path.with_suffix(".prj").write_bytes((text[:start] + "江阴坐标系" + text[text.index('"', start) :]).encode("gbk"))
    (layer,) = read_layers([path])
    assert layer.to_crs("EPSG:4326").total_bounds == pytest.approx(frames()[0].total_bounds, abs=1e-7)


def test_a_schema_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    frames()[0].to_file(path)
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE gpkg_contents", b"CREATE TABLE gpkg\xff\xfeontents"))
    refused([path], "damaged")
