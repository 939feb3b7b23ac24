"""The command that removes positions, as a user types it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import app
from data.positions.tables import Position, read_positions, save_positions
from data.store.connection import Store


@pytest.fixture
def url(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with positions of two devices, each of today and of ten days ago."""
    monkeypatch.setenv("GRID_DATABASE_URL", database_url)
    monkeypatch.setenv("GRID_HOME", str(tmp_path))
    now = datetime.now(UTC)
    with Store.connect(database_url, migrate=False) as store:
        save_positions(store, [
            Position(now - timedelta(days=days, minutes=1), device, 120.2, 31.9, f"W-{device}", "patrol", "3:L00", "")
            for device in ("A", "B") for days in (0, 10)
        ])  # fmt: skip
    return database_url


def kept(url: str) -> list[tuple[str, int]]:
    now = datetime.now(UTC)
    with Store.connect(url, migrate=False) as store:
        found = read_positions(store, now - timedelta(days=30), now).positions
    return [(one.device, (now - one.at).days) for one in found]


def test_what_is_older_than_it_may_be_kept(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRID_TRACK_DAYS", "11")
    assert app.main(["positions", "forget"]) == 0
    assert capsys.readouterr().out == "0 positions were removed.\n"
    monkeypatch.setenv("GRID_TRACK_DAYS", "7")
    assert app.main(["positions", "forget"]) == 0
    assert capsys.readouterr().out == "2 positions were removed.\n"
    assert kept(url) == [("A", 0), ("B", 0)]


@pytest.mark.parametrize("which", [["--device", "A"], ["--person", "W-A"]])
def test_all_of_one(url: str, capsys: pytest.CaptureFixture[str], which: list[str]) -> None:
    assert app.main(["positions", "forget", *which]) == 0
    assert capsys.readouterr().out == "2 positions were removed.\n"
    assert kept(url) == [("B", 10), ("B", 0)]
