"""The list of cameras as a user imports it: all of it or nothing."""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.commands import cameras
from data.city.cameras import Camera, CameraChanges, read_cameras, save_cameras
from data.errors import RegisterInvalid
from data.settings import Settings
from data.store.connection import Store
from geo.crs import to_wgs84

HEADER = "code,name,lon,lat,coordinate_system,stream\n"
GOOD = HEADER + (
    'C1,人民路口,120.28,31.91,gcj02,rtsp://10.0.0.8:554/1\n\nC2,"码头,东",120.3,31.92,,https://video.local/2?x=1\n'
)


def written(folder: Path, text: str) -> Path:
    path = folder / "cameras.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def importing(embedded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("GRID_DATABASE_URL", embedded_url)
    monkeypatch.setenv("GRID_HOME", str(tmp_path))
    parser = argparse.ArgumentParser()
    cameras.register(parser.add_subparsers())

    def run(text: str) -> int:
        options = parser.parse_args(["import-cameras", str(written(tmp_path, text))])
        return int(options.command(options, Settings.load()))

    return run


def test_import_and_import_again(importing: Any, embedded_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert importing(GOOD) == 0
    assert "2 cameras are in force: 2 new, 0 changed, 0 no longer there." in capsys.readouterr().out
    with Store.connect(embedded_url, migrate=False) as store:
        first, second = read_cameras(store)
    lon, lat = to_wgs84(120.28, 31.91, source="gcj02")
    assert first == Camera("C1", "人民路口", lon, lat, 120.28, 31.91, "gcj02", "rtsp://10.0.0.8:554/1")
    assert (second.name, second.lon, second.lat, second.coordinate_system) == ("码头,东", 120.3, 31.92, "wgs84")

    changed = GOOD.replace("人民路口", "中山路口").replace("C2", "C3")
    assert importing(changed) == 0
    assert "2 cameras are in force: 1 new, 1 changed, 1 no longer there." in capsys.readouterr().out
    assert importing(changed) == 0
    assert "0 new, 0 changed, 0 no longer there." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("C1,东,120.3,31.9,,rtsp://h/1", "line 5: code 'C1' stands on line 2 already"),
        (",东,120.3,31.9,,rtsp://h/1", "line 5: code is missing"),
        ("C9,,120.3,31.9,,rtsp://h/1", "line 5: name is missing"),
        ("C9,东,east,31.9,,rtsp://h/1", "line 5: lon 'east' is no number"),
        ("C9,东,nan,31.9,,rtsp://h/1", "line 5: lon 'nan' is no number"),
        ("C9,东,120.3,310,,rtsp://h/1", "line 5: lon, lat '120.3, 310.0'"),
        ("C9,东,120.3,31.9,utm,rtsp://h/1", "line 5: coordinate_system 'utm' must be one of wgs84"),
        ("C9,东,120.3,31.9,,", "line 5: stream is missing"),
        ("C9,东,120.3,31.9,,file:///etc/passwd", "line 5: stream 'file:///etc/passwd' must begin with"),
        ("C9,东,120.3,31.9,,javascript:alert(1)", "line 5: stream 'javascript:alert(1)' must begin with"),
        ("C9,东,120.3,31.9,,rtsp:///1", "line 5: stream 'rtsp:///1' names no host"),
        ("C9,东,120.3,31.9,,rtsp://[::1", "line 5: stream 'rtsp://[::1' is no address"),
        ("C9,东,120.3,31.9", "line 5:"),
    ],
)
def test_one_wrong_line_and_nothing_is_imported(importing: Any, embedded_url: str, line: str, told: str) -> None:
    with pytest.raises(RegisterInvalid) as caught:
        importing(f"{GOOD}{line}\n")
    assert told in caught.value.message
    assert caught.value.values["line"] == 5
    with Store.connect(embedded_url, migrate=False) as store:
        assert read_cameras(store) == []


def test_a_password_is_refused_and_not_repeated(importing: Any) -> None:
    with pytest.raises(RegisterInvalid) as caught:
        importing(f"{GOOD}C9,东,120.3,31.9,,rtsp://admin:geheim@10.0.0.9/1\n")
    assert "line 5: stream 'rtsp://…@10.0.0.9' holds a user name or password" in caught.value.message
    assert "geheim" not in repr((caught.value.message, caught.value.values))


def test_every_wrong_line_is_told(importing: Any) -> None:
    with pytest.raises(RegisterInvalid) as caught:
        importing(HEADER + "".join(f"C{at},东,x,31.9,,rtsp://h/1\n" for at in range(30)))
    assert "line 2:" in caught.value.message
    assert "line 21:" in caught.value.message
    assert "... and 10 more lines" in caught.value.message
    assert len(caught.value.values["findings"]) == 30


def test_every_moment_has_its_own_list(store: Store) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    days = [start + timedelta(days=day) for day in range(4)]

    def one(code: str, name: str = "东") -> Camera:
        return Camera.at(code, name, 120.3, 31.9, "wgs84", "rtsp://h/1")

    lists = [[one("A")], [one("A"), one("B")], [one("A", "西")], []]
    for day, some in zip(days, lists, strict=True):
        save_cameras(store, some, day)
    for day, some in zip(days, lists, strict=True):
        assert read_cameras(store, day) == some
    assert read_cameras(store, start - timedelta(seconds=1)) == []
    assert read_cameras(store) == []
    # Twice at one moment: the later list is the one.
    assert save_cameras(store, [one("A"), one("B")], days[3]) == CameraChanges(2, 0, 0)
    assert save_cameras(store, [one("A", "北")], days[3]) == CameraChanges(0, 1, 1)
    assert read_cameras(store, days[3]) == read_cameras(store) == [one("A", "北")]
