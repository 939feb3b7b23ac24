"""The commands of the screens as a user types them."""

from datetime import date
from pathlib import Path

import pytest

import app
from data.access.screens import hash_of, keys_in_force, list_screens
from data.city.editions import save_edition
from data.store.connection import Store
from tests.unit.stats.cities import make_system


@pytest.fixture
def url(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database, on each server in turn, that the settings name."""
    monkeypatch.setenv("GRID_DATABASE_URL", database_url)
    monkeypatch.setenv("GRID_HOME", str(tmp_path))
    return database_url


def test_add_list_revoke(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["screens", "add", "hall-east"]) == 0
    said = capsys.readouterr()
    key = said.out.strip()
    assert f"http://127.0.0.1:8050/wall?key={key}" in said.err
    with Store.connect(url, migrate=False) as store:
        assert list(keys_in_force(store, {})) == [hash_of(key)]
    assert app.main(["screens", "list"]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith("hall-east: the whole city, made ")
    assert listed.endswith(", last seen never\n")
    # Told once, and never again.
    assert key not in listed
    assert app.main(["screens", "revoke", "hall-east"]) == 0
    assert "opens nothing any more" in capsys.readouterr().out
    with Store.connect(url, migrate=False) as store:
        assert keys_in_force(store, {}) == {}
    assert app.main(["screens", "list"]) == 0
    assert "[revoked 2" in capsys.readouterr().out


def test_a_screen_of_one_grid(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    # Which grids there are is known only with a grid system.
    assert app.main(["screens", "add", "town", "--within", "1:T0"]) == 1
    assert "no grid system" in capsys.readouterr().err
    with Store.connect(url, migrate=False) as store:
        save_edition(store, make_system(), city="小城", name="2026", holds_from=date(2026, 1, 1))
    assert app.main(["screens", "add", "town", "--within", "1:nowhere"]) == 1
    assert "1:nowhere" in capsys.readouterr().err
    assert app.main(["screens", "add", "town", "--within", "T0"]) == 0
    assert "镇0 (1:T0)" in capsys.readouterr().err
    with Store.connect(url, migrate=False) as store:
        assert [one.within for one in list_screens(store)] == ["1:T0"]
    assert app.main(["screens", "list"]) == 0
    assert capsys.readouterr().out.startswith("town: 1:T0, made ")


def test_names_that_cannot_be(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["screens", "revoke", "nobody"]) == 1
    assert "no screen 'nobody' has a key in force" in capsys.readouterr().err
    assert app.main(["screens", "add", "hall"]) == 0
    assert app.main(["screens", "add", "hall"]) == 1
    assert "choose another name" in capsys.readouterr().err
    assert app.main(["screens", "add", " "]) == 1
    assert "cannot be called ' '" in capsys.readouterr().err
    assert app.main(["screens", "list"]) == 0
    assert capsys.readouterr().out.count("\n") == 1
