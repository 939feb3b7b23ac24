"""Which commands may change the schema of a database, and that no other one does."""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from app import build_parser, main
from data.store.migrations import SCHEMA, read_migrations

ROOT = Path(__file__).parents[3]
NEWEST = read_migrations(SCHEMA, "base")[-1]
# What the documents list (docs/operations.md, Schema).
MIGRATING = {
    "run", "migrate", "grids import", "incidents import", "categories import", "registers import", "import-cameras",
}  # fmt: skip
# They open no database.
WITHOUT_DATABASE = {"grids check", "kpis definitions"}
# Arguments without which the parser does not let a command begin.
ARGUMENTS = {
    "grids crosswalk": ["2025", "2026"],
    "grids locate-system": ["grids.geojson"],
    "grids overlay": ["grids.geojson", "--out", "net"],
    "regrid": ["2026"],
    "registers who": ["--category", "0101", "--means", "service", "--grid", "1:1"],
    "kpis cases": ["--of", "open"],
    "kpis league": ["--kpi", "on_time_closing_rate"],
    "screens add": ["wall"],
    "screens revoke": ["1"],
}


def _commands(parser: argparse.ArgumentParser, before: str = "") -> Iterator[str]:
    """Every command, with that of its family before it."""
    families = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not families:
        yield before.strip()
    for name, inner in (pair for family in families for pair in family.choices.items()):
        yield from _commands(inner, f"{before} {name}")


GRIDS = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "1", "name": "一"},
"geometry": {"type": "Polygon", "coordinates": [[[120, 31], [121, 31], [121, 32], [120, 31]]]}}]}"""
READING = sorted(set(_commands(build_parser())) - MIGRATING - WITHOUT_DATABASE)


def _schema(url: str) -> list[tuple[object, ...]]:
    """All there is to see of a schema, and of the order in which it came to be."""
    session = psycopg2.connect(url)
    try:
        with session.cursor() as cursor:
            cursor.execute("SELECT track, version, xmin::text FROM schema_migration ORDER BY 1, 2")
            versions = cursor.fetchall()
            cursor.execute("SELECT relname, oid FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
            return [*versions, *cursor.fetchall()]
    finally:
        session.close()


def _execute(url: str, statement: str) -> None:
    session = psycopg2.connect(url)
    with session, session.cursor() as cursor:
        cursor.execute(statement)
    session.close()


def test_the_lists_above_name_commands_that_there_are() -> None:
    assert set(_commands(build_parser())) >= MIGRATING | WITHOUT_DATABASE | ARGUMENTS.keys()


@pytest.mark.parametrize("command", READING)
def test_a_command_that_reads_refuses_an_older_database_and_changes_nothing(
    command: str, embedded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _execute(embedded_url, f"DELETE FROM schema_migration WHERE version = {NEWEST.version}")
    before = _schema(embedded_url)
    monkeypatch.setenv("GRID_DATABASE_URL", embedded_url)
    monkeypatch.setenv("GRID_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("grids.geojson").write_text(GRIDS, encoding="utf-8")
    assert main([*command.split(), *ARGUMENTS.get(command, [])]) == 1
    said = capsys.readouterr().err
    assert f"at {NEWEST.version - 1:04d}" in said
    assert f"needs {NEWEST.version:04d} ({NEWEST.name})" in said
    assert "python app.py migrate" in said
    assert _schema(embedded_url) == before


def test_a_newer_database_is_refused_by_those_that_migrate_too(
    embedded_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _execute(embedded_url, f"INSERT INTO schema_migration VALUES ('base', {NEWEST.version + 1}, 'tomorrow', '')")
    before = _schema(embedded_url)
    monkeypatch.setenv("GRID_DATABASE_URL", embedded_url)
    for command in ("verify", "migrate"):
        assert main([command]) == 1
        assert (
            f"at {NEWEST.version + 1:04d} (tomorrow), this program knows {NEWEST.version:04d}"
            in capsys.readouterr().err
        )
    assert _schema(embedded_url) == before


def test_migrate_brings_an_empty_database_up_to_date(
    empty_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRID_DATABASE_URL", empty_url)
    assert main(["verify"]) == 1
    assert "no schema yet" in capsys.readouterr().err
    assert main(["migrate"]) == 0
    assert main(["verify"]) == 0


def test_the_lines_of_python_in_the_documents_change_no_database(embedded_url: str, tmp_path: Path) -> None:
    texts = [path.read_text("utf-8") for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))]
    lines = [line for text in texts for line in re.findall(r'python -c "([^"]+)"', text)]
    assert any("Store.open" in line for line in lines)
    _execute(embedded_url, f"DELETE FROM schema_migration WHERE version = {NEWEST.version}")
    before = _schema(embedded_url)
    environment = os.environ | {"GRID_DATABASE_URL": embedded_url, "GRID_HOME": str(tmp_path / "home")}
    for line in lines:
        done = subprocess.run(
            [sys.executable, "-c", line], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert "Store" not in line or f"needs {NEWEST.version:04d}" in done.stderr
    assert _schema(embedded_url) == before


def test_a_folder_without_a_database_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GRID_DATABASE_URL", raising=False)
    monkeypatch.setenv("GRID_HOME", str(tmp_path / "typing-mistake"))
    assert main(["verify"]) == 1
    assert f"no database in {tmp_path / 'typing-mistake'}" in capsys.readouterr().err
    assert not (tmp_path / "typing-mistake").exists()
