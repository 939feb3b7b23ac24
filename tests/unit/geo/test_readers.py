"""Grid files of every kind and shape, and files that lie, are cut off, or lack something."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo import GridSystem
from geo.crs import from_wgs84
from geo.errors import CoordinateSystemUnknown, GridsInvalid, GridsUnreadable
from geo.readers import LevelColumns, read_layers

Layers = list[gpd.GeoDataFrame]
SUFFIXES = [".geojson", ".json", ".shp", ".gpkg", ".parquet", ".geoparquet"]


def write(layer: gpd.GeoDataFrame, path: Path, **options: object) -> Path:
    if path.suffix in (".parquet", ".geoparquet"):
        layer.to_parquet(path)
    elif path.suffix in (".json", ".geojson"):
        layer.to_file(path, driver="GeoJSON")
    else:
        layer.to_file(path, **options)
    return path


def write_all(layers: Layers, folder: Path, suffix: str) -> list[Path]:
    return [write(layer, folder / f"level{n}{suffix}") for n, layer in enumerate(layers, start=1)]


def leaf_table(layers: Layers) -> gpd.GeoDataFrame:
    halves, villages, leaves = layers
    villages = villages.merge(
        halves.drop(columns="geometry"), left_on="parent", right_on="code", suffixes=("", "_town")
    )
    table = leaves.merge(
        villages[["code", "name", "code_town", "name_town"]],
        left_on="parent",
        right_on="code",
        suffixes=("", "_village"),
    )
    return gpd.GeoDataFrame(table.drop(columns="parent"), geometry="geometry", crs=leaves.crs)


LEAF_COLUMNS = [
    LevelColumns("code_town", "name_town"), LevelColumns("code_village", "name_village"), LevelColumns("code", "name"),
]  # fmt: skip


def refused(paths: list[Path], reason: str, **options: object) -> GridsUnreadable:
    with pytest.raises(GridsUnreadable) as caught:
        read_layers(paths, **options)
    assert caught.value.values["reason"] == reason, caught.value
    assert Path(caught.value.values["path"]).name in str(caught.value)
    return caught.value


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_for_each_level(layers: Layers, tmp_path: Path, suffix: str) -> None:
    system = GridSystem.build(read_layers(write_all(layers, tmp_path, suffix)))
    assert system.leaves["code"].tolist() == GridSystem.build(layers).leaves["code"].tolist()
    assert system.find("3:0102").name == "格1-2"
    # Shapefile turns rings round; the area stays.
    assert system.leaves["area_m2"].sum() == pytest.approx(GridSystem.build(layers).leaves["area_m2"].sum())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_leaf_file(layers: Layers, tmp_path: Path, suffix: str) -> None:
    table = leaf_table(layers)
    if suffix == ".shp":  # names of at most ten letters
        table = table.rename(columns={"code_village": "code_v", "name_village": "name_v"})
    columns = [LEAF_COLUMNS[0], LevelColumns("code_v", "name_v"), LEAF_COLUMNS[2]] if suffix == ".shp" else LEAF_COLUMNS
    system = GridSystem.build(read_layers([write(table, tmp_path / f"leaves{suffix}")], columns))
    plain = GridSystem.build(layers)
    for level in range(3):
        assert system.levels[level]["code"].tolist() == plain.levels[level]["code"].tolist()
        assert system.levels[level]["name"].tolist() == plain.levels[level]["name"].tolist()
        same = shapely.equals(system.levels[level].geometry.values, plain.levels[level].geometry.values)
        assert same.all()


def test_a_geopackage_with_a_layer_for_each_level(layers: Layers, tmp_path: Path) -> None:
    path = tmp_path / "city.gpkg"
    for name, layer in zip(["网格", "镇", "村"], [layers[2], layers[0], layers[1]], strict=True):
        layer.to_file(path, layer=name)
    by_count = GridSystem.build(read_layers([path]))
    by_name = GridSystem.build(read_layers([path], layers=["镇", "村", "网格"]))
    assert by_count.checksum == by_name.checksum == GridSystem.build(layers).checksum
    assert "网格" in str(refused([path], "layers", layers=["镇", "县"]))
    layers[0].to_file(path, layer="镇2")
    assert "name the layers" in str(refused([path], "layers"))
    one = tmp_path / "several.gpkg"
    shutil.copy(path, one)
    assert "several layers" in str(refused([path, one], "layers"))
    both = read_layers([path, one], layers=["镇", "村"])
    assert [len(layer) for layer in both] == [2, 4]


@pytest.mark.parametrize("encoding", ["GBK", "GB18030", "UTF-8"])
@pytest.mark.parametrize("says", [True, False])
def test_shapefiles_in_chinese_encodings(layers: Layers, tmp_path: Path, encoding: str, says: bool) -> None:
    # 镕 is in GBK but not in GB2312, 㐂 (in GB18030 and UTF-8 only) is of four bytes.
    name = "徐霞客镇镕" if encoding == "GBK" else "徐霞客镇㐂"
    layer = layers[0].rename(columns={"name": "名称"}).assign(名称=["澄江街道", name])
    path = write(layer, tmp_path / "towns.shp", encoding=encoding)
    if not says:
        path.with_suffix(".cpg").unlink()
        assert read_layers([path])[0]["name"].tolist() == ["澄江街道", name]
    assert read_layers([path], encoding=encoding)[0]["name"].tolist() == ["澄江街道", name]
    assert read_layers([path])[0]["name"].tolist() == ["澄江街道", name]


def test_a_cpg_file_that_lies(layers: Layers, tmp_path: Path) -> None:
    path = write(layers[0].assign(name=["澄江街道", "徐霞客镇"]), tmp_path / "towns.shp", encoding="GBK")
    path.with_suffix(".cpg").write_text("UTF-8")
    assert refused([path], "encoding").values["seems"] == "gb18030"
    assert read_layers([path], encoding="GBK")[0]["name"].tolist() == ["澄江街道", "徐霞客镇"]
    refused([path], "encoding", encoding="klingon")
    for word in ("936", "CP936", "GB2312", "ANSI 936", "gbk\n"):
        path.with_suffix(".cpg").write_text(word)
        assert read_layers([path])[0]["name"].tolist() == ["澄江街道", "徐霞客镇"]


def test_a_long_name_cut_within_a_character(layers: Layers, tmp_path: Path) -> None:
    path = write(layers[0].assign(name=["江" * 127, "徐霞客镇"]), tmp_path / "towns.shp", encoding="GBK")
    path.with_suffix(".cpg").unlink()
    table = path.with_suffix(".dbf").read_bytes()
    cut = "江".encode("gbk") * 127
    assert cut in table
    path.with_suffix(".dbf").write_bytes(table.replace(cut, cut[:-1] + b" "))
    # One byte of the last character is lost; that does not turn the rest into something else.
    names = read_layers([path])[0]["name"].tolist()
    assert names[0].startswith("江" * 126)
    assert names[1] == "徐霞客镇"


def test_chinese_columns_are_guessed(layers: Layers, tmp_path: Path) -> None:
    named = [
        layer.rename(columns={"code": "网格编码", "name": "网格名称", "parent": "上级编码"}).assign(备注="x")
        for layer in layers
    ]
    read = read_layers(write_all(named, tmp_path, ".geojson"))
    assert GridSystem.build(read).checksum == GridSystem.build(layers).checksum


def test_ambiguous_and_missing_columns(layers: Layers, tmp_path: Path) -> None:
    path = write(layers[0].assign(grid_code="x"), tmp_path / "a.geojson")
    error = refused([path], "ambiguous_columns")
    assert error.values["candidates"] == ["code", "grid_code"]
    assert error.values["columns"] == ["code", "name", "grid_code"]
    assert len(read_layers([path], [LevelColumns(code="code")])[0]) == 2
    path = write(layers[0].rename(columns={"code": "foo"}), tmp_path / "b.geojson")
    assert "foo, name" in str(refused([path], "missing_columns"))
    error = refused([path], "missing_columns", columns=[LevelColumns(code="nr")])
    assert error.values["missing"] == ["nr"]
    assert error.values["columns"] == ["foo", "name"]
    assert read_layers([path], [LevelColumns(code="foo", name="foo")])[0]["name"].tolist() == ["0", "1"]
    bare = write(layers[0][["geometry"]], tmp_path / "c.geojson")
    assert "none" in str(refused([bare], "missing_columns"))


def test_columns_from_a_command_line() -> None:
    assert LevelColumns.parse("code=geoid, name=ct_label,parent=nta2020") == LevelColumns(
        "geoid", "ct_label", "nta2020"
    )
    assert LevelColumns.parse("") == LevelColumns()
    for text in ("geoid", "kode=geoid", "code=", "code=a,code=b"):
        with pytest.raises(GridsUnreadable):
            LevelColumns.parse(text)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("share", [0.0, 0.03, 0.5, 0.97])
def test_half_a_file(layers: Layers, tmp_path: Path, suffix: str, share: float) -> None:
    path = write(layers[2], tmp_path / f"leaves{suffix}")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(GridsUnreadable) as caught:
        read_layers([path], [LevelColumns()])
    assert caught.value.values["path"] == str(path)
    assert caught.value.values["reason"] in ("empty", "cut_off", "damaged", "format")
    if share == 0.0:
        assert caught.value.values["reason"] == "empty"


def test_geojson_cut_anywhere_is_never_read(layers: Layers, tmp_path: Path) -> None:
    whole = write(layers[0], tmp_path / "whole.geojson").read_bytes().rstrip()
    path = tmp_path / "half.geojson"
    for count in range(0, len(whole), 7):
        path.write_bytes(whole[:count])
        with pytest.raises(GridsUnreadable):
            read_layers([path])


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
def test_half_a_shapefile(layers: Layers, tmp_path: Path, part: str) -> None:
    path = write(layers[2], tmp_path / "leaves.shp")
    whole = path.with_suffix(part).read_bytes()
    path.with_suffix(part).write_bytes(whole[: len(whole) // 2])
    assert part in str(refused([path], "cut_off"))
    if part != ".shp":
        path.with_suffix(part).unlink()
        assert part in str(refused([path], "cut_off"))


def test_files_that_are_not_what_their_name_says(layers: Layers, tmp_path: Path) -> None:
    for suffix, kind in ((".geojson", "GeoJSON"), (".gpkg", "GeoPackage"), (".parquet", "GeoParquet")):
        true = write(layers[0], tmp_path / f"true{suffix}")
        for other in SUFFIXES:
            if other in (suffix, ".json", ".geoparquet"):
                continue
            lie = tmp_path / f"lie{other}"
            shutil.copy(true, lie)
            assert refused([lie], "format").values["seems"] == kind
    lie = tmp_path / "zipped.geojson"
    with zipfile.ZipFile(lie, "w") as archive:
        archive.writestr("a.geojson", "{}")
    assert refused([lie], "format").values["seems"] == "a zip archive"
    for text, seems in (
        ("<html></html>", "XML or HTML"),
        ("code,name\n1,a\n", "plain text, perhaps CSV"),
        (" ", "blank"),
    ):
        lie.write_text(text)
        assert refused([lie], "format").values["seems"] == seems


def test_other_files(layers: Layers, tmp_path: Path) -> None:
    refused([tmp_path / "nowhere.geojson"], "not_found")
    refused([tmp_path], "not_found")
    other = tmp_path / "grids.docx"
    other.write_bytes(b"PK")
    assert ".geojson" in str(refused([other], "format"))
    with pytest.raises(GridsUnreadable):
        read_layers([])
    path = tmp_path / "a.geojson"
    for text, reason in (
        ('{"a": 1}', "damaged"),
        ('{"type": "FeatureCollection", "features": []}', "no_features"),
        (json.dumps({"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"code": "1", "name": "a"}, "geometry": None}]}), "no_geometry"),
    ):  # fmt: skip
        path.write_text(text)
        with pytest.raises(GridsUnreadable) as caught:
            read_layers([path], [LevelColumns("code", "name")])
        assert caught.value.values["reason"] in (reason, "no_geometry", "missing_columns")
    path.write_bytes('{"type": "FeatureCollection", "名": "'.encode("gbk") + b'"}')
    refused([path], "encoding")
    parquet = tmp_path / "bare.parquet"
    pd.DataFrame({"code": ["1"]}).to_parquet(parquet)
    refused([parquet], "no_geometry")
    assert "2 levels" in str(
        refused(write_all(layers, tmp_path, ".geojson"), "levels", columns=[LevelColumns(), LevelColumns()])
    )
    refused([write(layers[0], tmp_path / "x.geojson")], "layers", layers=["a"])


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_coordinates_of_another_system(layers: Layers, tmp_path: Path, system: str) -> None:
    def shift(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        moved = shapely.transform(
            layer.geometry.values, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], target=system))
        )
        return layer.set_geometry(gpd.GeoSeries(moved, index=layer.index, crs=layer.crs))

    paths = write_all([shift(layer) for layer in layers], tmp_path, ".gpkg")
    back = GridSystem.build(read_layers(paths, coordinate_system=system))
    plain = GridSystem.build(layers)
    offset = shapely.get_coordinates(back.leaves.geometry) - shapely.get_coordinates(plain.leaves.geometry)
    assert np.abs(offset).max() < 1e-9
    with pytest.raises(CoordinateSystemUnknown):
        read_layers(paths, coordinate_system="mars")


def test_coordinate_system_of_a_projected_file(layers: Layers, tmp_path: Path) -> None:
    projected = [layer.to_crs("EPSG:4549") for layer in layers]
    read = read_layers(write_all(projected, tmp_path, ".gpkg"), coordinate_system="cgcs2000")
    assert GridSystem.build(read).leaves.total_bounds == pytest.approx(layers[2].total_bounds, abs=1e-8)
    metres = projected[0].set_crs(None, allow_override=True)
    refused([write(metres, tmp_path / "metres.parquet")], "coordinate_system", coordinate_system="gcj02")


def test_a_leaf_file_that_contradicts_itself(layers: Layers, tmp_path: Path) -> None:
    table = leaf_table(layers)
    two_names = table.copy()
    two_names.loc[0, "name_town"] = "另一个镇"
    two_parents = table.copy()
    two_parents.loc[0, "code_town"] = "1"
    two_parents.loc[0, "name_town"] = "镇1"
    no_code = table.copy()
    no_code.loc[0, "code_town"] = None
    bad_shape = table.copy()
    bad_shape.loc[0, "geometry"] = shapely.Polygon([(120, 31), (120.01, 31.01), (120.01, 31), (120, 31.01)])
    for wrong, reason in (
        (two_names, "two_names"), (two_parents, "two_parents"), (no_code, "no_code"), (bad_shape, "invalid_geometry"),
    ):  # fmt: skip
        with pytest.raises(GridsInvalid) as caught:
            read_layers([write(wrong, tmp_path / f"{reason}.gpkg")], LEAF_COLUMNS)
        assert caught.value.values["reason"] == reason
    path = write(table, tmp_path / "table.gpkg")
    refused([path], "missing_columns", columns=[LevelColumns(), LevelColumns("code")])
    by_code = read_layers([path], [LevelColumns("code_town"), LevelColumns("code")])
    assert by_code[0]["name"].tolist() == by_code[0]["code"].tolist()


def test_dissolved_from_leaves_that_do_not_fit_exactly(make_squares: Callable[..., Layers], tmp_path: Path) -> None:
    layers = make_squares()
    table = leaf_table(layers)
    grown = shapely.buffer(table.geometry.values, 0.0001)
    table = table.set_geometry(gpd.GeoSeries(grown, crs="EPSG:4326"))
    read = read_layers([write(table, tmp_path / "overlapping.gpkg")], LEAF_COLUMNS)
    assert shapely.is_valid(read[0].geometry.values).all()
    assert (read[0].geometry.geom_type == "Polygon").all()


def test_populations(layers: Layers, tmp_path: Path) -> None:
    leaves = leaf_table(layers).assign(人口=range(16))
    read = read_layers([write(leaves, tmp_path / "leaves.geojson")], LEAF_COLUMNS)
    system = GridSystem.build(read)
    assert system.grid(3, "0003").population == 3
    assert system.grid(1, "0").population is None


@pytest.mark.timeout(120)
def test_new_york(nyc_files: dict[str, Path]) -> None:
    read = read_layers(list(nyc_files.values()))
    system = GridSystem.build(read)
    assert [len(level) for level in system.levels] == [5, 262, 2325]
    assert system.find("1:3").name == "Brooklyn"
    # A tract of the Bronx by its code, of Rikers Island in Queens by declaration.
    odd = system.find("36005000100")
    assert [grid.code for grid in system.path(odd)][1:] == ["QN0151", "36005000100"]
    strange = [leaf for leaf in system.leaves.itertuples() if not leaf.code.startswith(leaf.parent)]
    assert strange
