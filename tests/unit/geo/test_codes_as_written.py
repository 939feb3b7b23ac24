"""Codes and names are what the file writes, digit by digit; what cannot be kept is named."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo.checks import check
from geo.codes import NumberText, written_texts
from geo.errors import GridsUnreadable
from geo.readers import LevelColumns, read_layers
from tests.unit.geo.grid_files import TOWNS, frames, grid_shape, grids, towns, write, write_text


def read_codes(tmp_path: Path, literals: list[str]) -> list[str]:
    """The codes of grids in whose file these stand, letter by letter."""
    marks = [f"@{at}@" for at in range(8)]
    replaced = {json.dumps(mark): text for mark, text in zip(marks, literals, strict=True)}
    path = write_text(tmp_path / "g.geojson", grids(code=marks), replaced)
    return list(read_layers([write(tmp_path / "t.geojson", towns()), path])[1]["code"])


@pytest.mark.parametrize(
    ("literals", "codes"),
    [
        (['"1.10"', "1.2", '"1.20"', "1.30", "4", '"1e5"', '"007"', "8"],
         ["1.10", "1.2", "1.20", "1.30", "4", "1e5", "007", "8"]),
        ([f"3202811010010010010{n}" for n in range(8)], [f"3202811010010010010{n}" for n in range(8)]),
        ([str(2**63 + n) for n in range(8)], [str(2**63 + n) for n in range(8)]),
        ([str(2**53 + n) for n in range(8)], [str(2**53 + n) for n in range(8)]),
        (['"true"', '"NaN"', '"null"', '"NA"', '"None"', '"N/A"', '"-"', '"0"'],
         ["true", "NaN", "null", "NA", "None", "N/A", "-", "0"]),
        # A column of whole numbers as a table of floats writes it; among codes with points, ".0" is a code.
        (["1", "2.0", "3", "4", "5", "6", "7", "8"], list("12345678")),
        (["1.0", "1.1", "1.2", "1.3", "2.0", "2.1", "2.2", "2.3"],
         ["1.0", "1.1", "1.2", "1.3", "2.0", "2.1", "2.2", "2.3"]),
        (["3.20281101001E+11", "2", "3", "4", "5", "6", "7", "8"], ["320281101001", *"2345678"]),
        (['"2026-01-01"', '"01/02"', '"1,5"', '"1_000"', '"0x10"', '"+5"', '"٣"', '"Ⅷ"'],
         ["2026-01-01", "01/02", "1,5", "1_000", "0x10", "+5", "٣", "Ⅷ"]),
    ],
)  # fmt: skip
def test_json_codes_to_the_letter(tmp_path: Path, literals: list[str], codes: list[str]) -> None:
    assert read_codes(tmp_path, literals) == codes


@pytest.mark.parametrize("literal", ["1E5", "3.2E+11", "1e-3", "true", "false", "Infinity", '{"code": "1"}', "[1]"])
def test_values_that_cannot_be_kept_are_named(tmp_path: Path, literal: str) -> None:
    with pytest.raises(GridsUnreadable) as caught:
        read_codes(tmp_path, ["1", "2", literal, "4", "5", "6", "7", "8"])
    assert caught.value.values["reason"] == "value"
    assert caught.value.values["row"] == 3
    assert literal.casefold().strip('{}[]"')[:3] in str(caught.value).casefold()


def test_one_empty_parent_rounds_no_other(tmp_path: Path) -> None:
    parents = [320281101001000001] * 4 + [320281101001000003] * 3 + [None]
    high = [{**one, "properties": {**one["properties"], "code": code}}
            for one, code in zip(towns(), (parents[0], parents[4]), strict=True)]  # fmt: skip
    layers = read_layers([write(tmp_path / "t.geojson", high), write(tmp_path / "g.geojson", grids(parent=parents))])
    orphans = [finding for finding in check(layers).errors if finding.kind == "orphan"]
    assert [finding.codes for finding in orphans] == [(f"{TOWNS[1]}007",)]
    assert layers[1]["parent"].tolist()[0] == "320281101001000001"


def test_a_note_on_shortened_numbers_and_a_warning_on_rounded_ones(tmp_path: Path) -> None:
    path = write_text(tmp_path / "t.geojson", towns(), {f'"{TOWNS[0]}"': f"{TOWNS[0]}.0"})
    report = check(read_layers([path]))
    assert [(finding.severity, finding.kind) for finding in report.findings] == [("note", "shortened")]
    path = write_text(tmp_path / "t.geojson", towns(), {TOWNS[0]: "3.20281E+11"})
    report = check(read_layers([path]))
    assert "3.20281E+11" in str(report.warnings[0])


def test_a_note_on_blanks_around_codes_parents_and_names(tmp_path: Path) -> None:
    high = write_text(tmp_path / "t.geojson", towns(), {f'"{TOWNS[0]}"': f'" {TOWNS[0]}\u3000"', '"街道1"': '"街道1 "'})
    low = write_text(tmp_path / "g.geojson", grids(), {f'"parent": "{TOWNS[0]}"': f'"parent": "{TOWNS[0]} "'})
    layers = read_layers([high, low])
    assert layers[0]["code"].tolist() == list(TOWNS)
    told = sorted((found.severity, found.kind, found.level, found.measure) for found in check(layers).findings)
    parents = int((layers[1]["parent"] == TOWNS[0]).sum())
    assert told == [("note", "blanks", 1, 1), ("note", "blanks", 1, 1), ("note", "blanks", 2, parents)]
    assert "1 texts of column 'code' have blanks around them" in str(check(layers))
    # The same of layers that were made in memory.
    made = [layers[0].assign(name=[" 一", "二"]), layers[1]]
    for layer in made:
        layer.attrs.clear()
    assert [found.kind for found in check(made).findings] == ["blanks"]


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet", ".shp"])
def test_long_numbers_beside_an_empty_one(tmp_path: Path, suffix: str) -> None:
    layer = frames()[1]
    codes: Any = [320281101001000100 + n for n in range(8)]
    parents: Any = pd.array([codes[0], None, *codes[2:]], dtype="Int64")
    layer = layer.assign(code=codes, parent=parents)
    path = tmp_path / f"g{suffix}"
    if suffix == ".parquet":
        layer.to_parquet(path)
    else:
        layer.to_file(path)
    above = frames()[0].assign(code=codes[:2])
    above.to_file(tmp_path / "t.gpkg")
    read = read_layers([tmp_path / "t.gpkg", path])[1]
    assert read["code"].tolist() == [str(code) for code in codes]
    assert read["parent"].tolist() == [str(codes[0]), None, *(str(code) for code in codes[2:])]


def test_floats_too_long_for_their_type_are_refused(tmp_path: Path) -> None:
    for suffix in (".gpkg", ".parquet"):
        layer = frames()[0].assign(code=np.array([3.20281101001e19, 2.0]))
        path = tmp_path / f"t{suffix}"
        layer.to_parquet(path) if suffix == ".parquet" else layer.to_file(path)
        with pytest.raises(GridsUnreadable) as caught:
            read_layers([path])
        assert caught.value.values["reason"] == "value"
    frames()[0].assign(code=[1.0, 2.0]).to_parquet(tmp_path / "whole.parquet")
    assert read_layers([tmp_path / "whole.parquet"])[0]["code"].tolist() == ["1", "2"]


def test_text_in_a_column_of_numbers_of_a_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    frames()[0].assign(code=[1, 2]).to_file(path)
    with sqlite3.connect(path) as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        # SQLite keeps a text that is no number, whatever the column's type; a reader of numbers would say 0.
        database.execute("UPDATE t SET code = 'A01' WHERE code = 1")
    database.close()
    assert read_layers([path])[0]["code"].tolist() == ["A01", "2"]


def test_numbers_of_a_dbf_as_their_text(tmp_path: Path) -> None:
    path = tmp_path / "t.shp"
    frames()[0].assign(code=["1.10", "1.20"]).to_file(path)
    table = path.with_suffix(".dbf")
    data = bytearray(table.read_bytes())
    # The field becomes one of numbers with two decimals; its text stays.
    assert data[32:37].split(b"\0")[0] == b"code"
    data[32 + 11 : 32 + 12], data[32 + 17] = b"N", 2
    table.write_bytes(data)
    assert read_layers([path])[0]["code"].tolist() == ["1.10", "1.20"]
    table.write_bytes(bytes(data).replace(b"1.10", b"****"))
    assert read_layers([path])[0]["code"].tolist() == [None, "1.20"]
    table.write_bytes(bytes(data).replace(b"1.10", b"1x10"))
    with pytest.raises(GridsUnreadable, match="1x10"):
        read_layers([path])


def test_a_point_leads_into_an_object(tmp_path: Path) -> None:
    inside = [{"adcode": int(TOWNS[at // 4]), "more": {"deep": [TOWNS[at // 4]]}} for at in range(8)]
    paths = [write(tmp_path / "t.geojson", towns()), write(tmp_path / "g.geojson", grids(parent=inside))]
    assert not check(read_layers(paths)).findings
    for column in ("parent.adcode", "parent.more.deep.0"):
        layers = read_layers(paths, [LevelColumns(), LevelColumns(parent=column)])
        assert layers[1]["parent"].tolist() == [TOWNS[at // 4] for at in range(8)]
    for column in ("parent", "parent.more", "parent.more.deep"):
        with pytest.raises(GridsUnreadable, match="object or a list"):
            read_layers(paths, [LevelColumns(), LevelColumns(parent=column)])
    with pytest.raises(GridsUnreadable, match=r"parent\.nowhere"):
        read_layers(paths, [LevelColumns(), LevelColumns(parent="parent.nowhere")])
    # A property with a point in its name is itself.
    dotted = grids(**{"parent.adcode": [TOWNS[at // 4] for at in range(8)], "parent": [{"adcode": "x"}] * 8})
    paths[1] = write(tmp_path / "dotted.geojson", dotted)
    assert read_layers(paths)[1]["parent"].tolist()[0] == TOWNS[0]


def test_members_that_stand_there_twice(tmp_path: Path) -> None:
    twice = {f'"code": "{TOWNS[0]}"': f'"code": "{TOWNS[0]}", "code": "9"'}
    with pytest.raises(GridsUnreadable, match="more than once"):
        read_layers([write_text(tmp_path / "t.geojson", towns(), twice)])
    same = {f'"code": "{TOWNS[0]}"': f'"code": "{TOWNS[0]}", "code": "{TOWNS[0]}"'}
    assert read_layers([write_text(tmp_path / "t.geojson", towns(), same)])[0]["code"].tolist() == list(TOWNS)


def test_names_that_are_numbers(tmp_path: Path) -> None:
    path = write_text(tmp_path / "t.geojson", towns(), {'"街道0"': "1.50", '"街道1"': "2"})
    assert read_layers([path])[0]["name"].tolist() == ["1.50", "2"]


def test_a_column_of_codes() -> None:
    texts, unkept, shortened = written_texts([NumberText("5.00"), " x ", "", None, float("nan"), 7, NumberText("NaN")])
    assert texts == ["5", "x", None, None, None, "7", None]
    assert not unkept
    assert shortened == 1
    assert written_texts([]) == ([], [], 0)


def test_shapes_of_the_small_city() -> None:
    assert gpd.GeoSeries([grid_shape(at) for at in range(4)]).union_all().equals(towns_union())


def towns_union() -> Any:
    return frames()[0].geometry.iloc[0]
