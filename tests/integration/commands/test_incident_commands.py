"""Imports as a nightly job runs them: what they print, and the status by which it learns how they went."""

from datetime import date
from pathlib import Path

import pytest

import app
from data.city.editions import save_edition
from data.store.connection import Store
from tests.unit.stats.cities import make_system

MAPPING = """
source = "test"
[columns]
source_id = "id"
reported_at = "when"
[times]
zone = "Asia/Shanghai"
"""
GOOD, BAD = "1,2026-11-20 08:00", "2,not a time"


@pytest.fixture
def folder(embedded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRID_DATABASE_URL", embedded_url)
    monkeypatch.setenv("GRID_HOME", str(tmp_path))
    with Store.connect(embedded_url, migrate=False) as store:
        save_edition(store, make_system(), city="小城", name="2026", holds_from=date(2026, 1, 1))
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    return tmp_path


def imported(folder: Path, *lines: str) -> int:
    path = folder / "feed.csv"
    path.write_text("".join(f"{line}\n" for line in ("id,when", *lines)), encoding="utf-8")
    return app.main(["incidents", "import", str(path), "--mapping", str(folder / "map.toml")])


def test_the_status_says_whether_all_rows_came_in(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(folder) == 1
    assert "the file has no rows" in capsys.readouterr().err
    assert imported(folder, BAD, "3,") == 1
    said = capsys.readouterr()
    assert "all rows were refused" in said.err
    assert "1 × reported_at: is not a time in the format ISO 8601" in said.out
    assert "(lines 2)" in said.out
    assert imported(folder, GOOD) == 0
    assert imported(folder, GOOD, GOOD) == 0
    assert "0 created + 2 already known (1 of them repeat a row above) + 0 rejected" in capsys.readouterr().out
    assert imported(folder, GOOD, BAD) == 3
    assert imported(folder, "1,2026-11-20 08:00,x") == 1


@pytest.mark.parametrize(
    ("command", "header"),
    [
        (["categories", "import"], "code,name_zh,name_en"),
        (["import-cameras"], "code,name,lon,lat,coordinate_system,stream"),
        (["registers", "import", "--persons"], "id,name"),
        (["registers", "check", "--units"], "code,name,kind,parent,grids,categories"),
    ],
)
def test_a_file_without_rows_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], command: list[str], header: str
) -> None:
    path = folder / "empty.csv"
    path.write_text(f"{header}\n", encoding="utf-8")
    assert app.main([*command, str(path)]) == 1
    said = capsys.readouterr()
    assert "below its header" in said.out + said.err


def test_all_cameras_are_removed_only_where_that_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "empty.csv"
    path.write_text("code,name,lon,lat,coordinate_system,stream\n", encoding="utf-8")
    assert app.main(["import-cameras", str(path), "--none"]) == 0
    assert "0 cameras are in force" in capsys.readouterr().out
