"""The grid commands as a user types them, on a city of files: import, redraw, compare, regrid, locate, overlay."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import app
from geo.crs import from_wgs84

SIZE = 8  # leaves on a side; 4 x 4 villages, 2 x 2 towns


def _city(west: float = 120.0, south: float = 31.7, step: float = 0.01) -> list[gpd.GeoDataFrame]:
    cells = [(i, j) for i in range(SIZE) for j in range(SIZE)]
    leaves = gpd.GeoDataFrame(
        {
            "code": [f"L{i}{j}" for i, j in cells],
            "name": [f"格{i}{j}" for i, j in cells],
            "parent": [f"V{i // 2}{j // 2}" for i, j in cells],
        },
        geometry=[
            shapely.box(west + i * step, south + j * step, west + (i + 1) * step, south + (j + 1) * step)
            for i, j in cells
        ],
        crs="EPSG:4326",
    )
    villages = leaves.dissolve("parent", as_index=False)[["parent", "geometry"]].rename(columns={"parent": "code"})
    villages["name"] = "村" + villages["code"]
    villages["parent"] = [f"T{int(code[1]) // 2}{int(code[2]) // 2}" for code in villages["code"]]
    towns = villages.dissolve("parent", as_index=False)[["parent", "geometry"]].rename(columns={"parent": "code"})
    towns["name"] = "镇" + towns["code"]
    return [towns, villages, leaves]


def _write(folder: Path, layers: list[gpd.GeoDataFrame], mark: str = "") -> list[str]:
    paths = [folder / f"{name}{mark}.geojson" for name in ("towns", "villages", "leaves")]
    for path, layer in zip(paths, layers, strict=True):
        layer.to_file(path, driver="GeoJSON")
    return [str(path) for path in paths]


def _shifted(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The layer as a map service in GCJ-02 would hand it out."""
    moved = shapely.transform(
        layer.geometry.to_numpy(), lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], "gcj02"))
    )
    return layer.set_geometry(gpd.GeoSeries(moved, crs="EPSG:4326", index=layer.index))


@pytest.fixture
def home(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRID_DATABASE_URL", database_url)
    monkeypatch.setenv("GRID_HOME", str(tmp_path / "home"))
    return tmp_path


def _import(files: list[str], name: str, holds_from: str) -> int:
    words = ("--city", "小城", "--name", name, "--holds-from", holds_from)
    return app.main(["grids", "import", *files, *words])


def _feed(folder: Path, system: str) -> list[str]:
    """A feed of 400 incidents with the codes of their grids; its coordinates really are GCJ-02."""
    random = np.random.default_rng(5)
    i, j = random.integers(0, SIZE, 400), random.integers(0, SIZE, 400)
    lon = 120.0 + (i + random.uniform(0, 1, 400)) * 0.01
    lat = 31.7 + (j + random.uniform(0, 1, 400)) * 0.01
    x, y = from_wgs84(lon, lat, "gcj02")
    start = datetime.now(UTC) - timedelta(days=3)
    lines = ["id,time,lon,lat,grid"]
    lines += [
        f"{n},{(start + timedelta(minutes=n)).isoformat()},{x[n]:.7f},{y[n]:.7f},L{i[n]}{j[n]}" for n in range(400)
    ]
    feed, mapping = folder / "feed.csv", folder / "feed.toml"
    feed.write_text("\n".join(lines) + "\n", "utf-8")
    mapping.write_text(
        'source = "video"\n[file]\nencoding = "utf-8"\n'
        '[columns]\nsource_id = "id"\nreported_at = "time"\nlon = "lon"\nlat = "lat"\ngrid_code = "grid"\n'
        '[times]\nzone = "Asia/Shanghai"\nformats = ["iso"]\n'
        f'[coordinates]\nsystem = "{system}"\n',
        "utf-8",
    )
    return [str(feed), "--mapping", str(mapping)]


def test_an_edition_is_redrawn_compared_and_history_moved(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = _city()
    assert _import(_write(home, layers), "old", "2020-01-01") == 0
    assert app.main(["incidents", "import", *_feed(home, "gcj02"), "--rejects", str(home / "rejects.csv")]) == 0
    assert "400 rows = 400 created" in capsys.readouterr().out

    towns, villages, leaves = layers
    merged = leaves["code"].isin(["L00", "L01"])
    union = leaves[merged].dissolve().assign(code="M0", name="合并", parent="V00")
    redrawn = gpd.pd.concat([leaves[~merged], union[leaves.columns]], ignore_index=True)
    assert _import(_write(home, [towns, villages, redrawn], "-new"), "new", "2021-01-01") == 0
    told = capsys.readouterr()
    assert "400 incidents of other editions" in told.out
    assert _import(_write(home, [towns, villages, redrawn], "-new"), "new", "2021-01-01") == 1
    assert "new" in capsys.readouterr().err

    table = home / "crosswalk.csv"
    assert app.main(["grids", "crosswalk", "old", "new", "--csv", str(table)]) == 0
    assert "M0" in capsys.readouterr().out
    found = gpd.pd.read_csv(table)
    assert set(found.loc[found["new_code"] == "M0", "old_code"]) == {"L00", "L01"}
    assert app.main(["grids", "crosswalk", "old", "nowhere"]) == 1
    assert "nowhere" in capsys.readouterr().err

    assert app.main(["regrid"]) == 0
    assert "400 newly placed" in capsys.readouterr().out
    assert app.main(["regrid", "new"]) == 0
    assert "0 newly placed" in capsys.readouterr().out
    assert app.main(["grids", "list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[0].startswith("old: 小城, 4 / 16 / 64 grids")
    assert listed[1].startswith("new: 小城, 4 / 16 / 63 grids")
    assert "[in force]" in listed[1]
    assert app.main(["verify"]) == 0
    assert app.main(["rebuild"]) == 0


def test_a_feed_in_another_coordinate_system_is_said_and_not_changed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = _write(home, _city())
    assert _import(files, "one", "2020-01-01") == 0
    claims_wgs84 = _feed(home, "wgs84")
    capsys.readouterr()
    assert app.main(["grids", "locate-system", *claims_wgs84]) == 1
    assert "seem to be in GCJ-02, not in WGS 84" in capsys.readouterr().out
    assert app.main(["incidents", "import", *claims_wgs84, "--rejects", str(home / "rejects.csv")]) == 0
    told = capsys.readouterr()
    assert "400 created" in told.out
    assert "GCJ-02" in told.err
    assert app.main(["grids", "locate-system", *_feed(home, "gcj02")]) == 0

    shifted = _write(home, [_shifted(layer) for layer in _city()], "-gcj02")
    assert app.main(["grids", "locate-system", *shifted]) == 1
    assert "seem to be in GCJ-02, not in WGS 84" in capsys.readouterr().out
    assert app.main(["grids", "locate-system", *files]) == 0


def test_one_net_out_of_two_departments(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = _city()
    assert _import(_write(home, layers), "one", "2020-01-01") == 0
    villages = layers[1]
    quarters = layers[2][["code", "name", "geometry"]]
    quarters.to_file(home / "城管.geojson", driver="GeoJSON")
    villages[["code", "name", "geometry"]].to_file(home / "综治.geojson", driver="GeoJSON")
    out = home / "net"
    words = ["grids", "overlay", str(home / "城管.geojson"), str(home / "综治.geojson"), "--out", str(out)]
    assert app.main([*words, "--bounds", "0.5,1.5"]) == 0
    net = gpd.read_file(out / "grids.geojson")
    assert set(net["parent"]) == set(villages["code"])
    assert len(net) == SIZE * SIZE
    assert "http" not in (out / "map.html").read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    capsys.readouterr()
    assert app.main([*words, "--bounds", "3,1"]) == 1
    assert "--bounds" in capsys.readouterr().err
    assert app.main([*words, "--level", "9"]) == 1


def test_bad_grid_files_are_told_and_nothing_is_stored(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    towns, villages, leaves = _city()
    twice = gpd.pd.concat([leaves, leaves.iloc[[0]]], ignore_index=True)
    files = _write(home, [towns, villages, twice])
    assert app.main(["grids", "check", *files]) == 1
    assert "L00" in capsys.readouterr().out
    assert _import(files, "bad", "2020-01-01") == 1
    assert "nothing was stored" in capsys.readouterr().err
    assert app.main(["grids", "list"]) == 0
    assert capsys.readouterr().out == ""
    (home / "empty.geojson").write_bytes(b"")
    assert app.main(["grids", "check", str(home / "empty.geojson")]) == 1
    assert "empty" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["missing/x.csv", "folder", "file.txt/x.csv"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (home / "folder").mkdir()
    (home / "file.txt").touch()
    files = _write(home, _city())
    assert _import(files, "one", "2020-01-01") == 0
    capsys.readouterr()

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the work had begun")

    monkeypatch.setattr("dashboard.commands.grids.crosswalk", never)
    monkeypatch.setattr("dashboard.commands.grids.read_layers", never)
    assert app.main(["grids", "crosswalk", "one", "one", "--csv", str(home / place)]) == 1
    assert str(home / place) in capsys.readouterr().err
    out = home / ("file.txt" if place == "folder" else "file.txt/sub")
    assert app.main(["grids", "overlay", files[0], "--out", str(out)]) == 1
    assert str(home / "file.txt") in capsys.readouterr().err
    # A folder that takes the place of one of the files, and an input that would be written over.
    (home / "net" / "map.html").mkdir(parents=True)
    assert app.main(["grids", "overlay", files[0], "--out", str(home / "net")]) == 1
    assert "map.html" in capsys.readouterr().err
    own = home / "own"
    own.mkdir()
    Path(files[2]).rename(own / "grids.geojson")
    assert app.main(["grids", "overlay", str(own / "grids.geojson"), "--out", str(own)]) == 1
    assert "written over" in capsys.readouterr().err


def test_names_and_days_that_cannot_be(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = _write(home, _city())
    for name in ("  ", "", "\u3000", "a\u200bb"):
        assert _import(files, name, "2020-01-01") == 1
        assert "--name" in capsys.readouterr().err
    assert app.main(["grids", "import", *files, "--city", " ", "--name", "one"]) == 1
    assert "--city" in capsys.readouterr().err
    for day in ("2026-02-30", "30.2.2026", ""):
        with pytest.raises(SystemExit):
            _import(files, "one", day)
        told = capsys.readouterr().err
        assert repr(day) in told
        assert "2026-02-28" in told
        assert "fromisoformat" not in told
    for words in (["kpis", "show", "--since", "2026-02-30"], ["powers", "who", "--day", "2026-02-30"]):
        with pytest.raises(SystemExit):
            app.main(words)
        assert "fromisoformat" not in capsys.readouterr().err
    assert _import(files, " one ", "2020-01-01") == 0
    assert app.main(["grids", "list"]) == 0
    assert "one: 小城" in capsys.readouterr().out


def test_a_department_with_several_layers_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = _city()
    assert _import(_write(home, layers), "one", "2020-01-01") == 0
    for name, layer in (("a", layers[0]), ("b", layers[2])):
        layer.to_file(home / "部门.gpkg", layer=name)
    assert app.main(["grids", "overlay", str(home / "部门.gpkg"), "--out", str(home / "net")]) == 1
    assert "2 layers" in capsys.readouterr().err


def test_metres_by_their_epsg_code(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = []
    for name, layer in zip(("towns", "villages", "leaves"), _city(), strict=True):
        layer.to_crs("EPSG:4528").to_file(home / f"{name}.shp")
        (home / f"{name}.prj").unlink()
        files.append(str(home / f"{name}.shp"))
    assert app.main(["grids", "check", *files]) == 1
    assert "EPSG:4528" in capsys.readouterr().out
    assert app.main(["grids", "check", *files, "--coordinate-system", "EPSG:4528"]) == 0
    with pytest.raises(SystemExit):
        app.main(["grids", "check", *files, "--coordinate-system", "EPSG:99999999"])
    assert "EPSG:99999999" in capsys.readouterr().err
    assert _import([*files, "--coordinate-system", "4528"], "one", "2020-01-01") == 0
    assert app.main(["grids", "locate-system", *files, "--coordinate-system", "EPSG:4528"]) == 0
    assert "as claimed" in capsys.readouterr().out


def test_libraries_are_quiet_on_the_screen(tmp_path: Path) -> None:
    code = (
        "import app, sys, warnings, logging\n"
        "from dashboard.commands import grids\n"
        "def noisy(*a, **k):\n"
        "    warnings.warn('library warning', UserWarning)\n"
        "    logging.getLogger('pyogrio._io').warning('gdal warning')\n"
        "    return []\n"
        "grids.read = noisy\n"
        "sys.exit(app.main(sys.argv[1:]))\n"
    )
    words = [sys.executable, "-c", code]
    quiet = subprocess.run([*words, "grids", "check", "x"], capture_output=True, text=True, check=False, timeout=100)
    assert "warning" not in quiet.stderr
    told = subprocess.run(
        [*words, "-v", "grids", "check", "x"], capture_output=True, text=True, check=False, timeout=100
    )
    assert "library warning" in told.stderr
    assert "gdal warning" in told.stderr


def test_options_that_would_not_be_used_are_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = _write(home, _city())
    assert _import(files, "one", "2020-01-01") == 0
    feed = _feed(home, "gcj02")
    capsys.readouterr()
    assert app.main(["grids", "locate-system", feed[0], *feed]) == 1
    assert "2 are given" in capsys.readouterr().err
    assert app.main(["grids", "locate-system", *feed, "--layer", "x"]) == 1
    assert "--layer" in capsys.readouterr().err
    for words in (["check", *files, "--min-area-m2", "nan"], ["crosswalk", "one", "one", "--sliver-m2", "-1"]):
        with pytest.raises(SystemExit):
            app.main(["grids", *words])
        assert "is no limit" in capsys.readouterr().err
    assert app.main(["grids", "overlay", files[0], "--out", str(home / "net"), "--level", "0"]) == 1
    assert "--level 0" in capsys.readouterr().err
