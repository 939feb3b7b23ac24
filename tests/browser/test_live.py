"""The page over time: drill-down, new incidents, a server that goes away and comes back."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser import fake_api

pytestmark = pytest.mark.browser


def test_drills_down_by_click_and_back_by_breadcrumb_and_browser(
    make_site: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    site = make_site()
    screen = visit(site).open()
    settled = (
        "gridCenter.map.settled() && document.querySelector('#map .js-plotly-plot').data[0].z.some((z) => z === -2)"
    )
    grid = site.fake.city.get("3:010203")

    screen.click_map(*grid["label"])
    screen.wait(f"gridCenter.state().within === '1:01' && {settled}")
    screen.wait("document.querySelector('#breadcrumb').innerText.includes('东山镇')")
    screen.wait("document.querySelector('#headline').innerText === '第1村 2 件红灯'")

    screen.click_map(*grid["label"])
    screen.wait(f"gridCenter.state().within === '2:0102' && {settled}")
    assert "within=2:0102" in screen.page.url
    screen.wait("document.querySelector('#breadcrumb').innerText.includes('第2村')")

    screen.page.get_by_test_id("breadcrumb").get_by_text("江城市").click()
    screen.wait("gridCenter.state().within === null")
    screen.page.go_back()
    screen.wait("gridCenter.state().within === '2:0102'")
    screen.page.go_back()
    screen.wait("gridCenter.state().within === '1:01'")
    screen.page.reload()
    screen.wait("gridCenter.state().within === '1:01' && gridCenter.state().seq !== null")
    assert screen.complaints == []


def test_a_map_that_has_not_come_yet_says_so(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site())
    late = "(document.getElementById('map-late') ?? { hidden: true }).hidden"
    geometry = "**/grids/geometry**"
    with held(screen.page, geometry), screen.page.expect_request(geometry):
        screen.page.goto(screen.url)
        screen.wait(f"!{late}")
        assert screen.page.locator("#map-late").inner_text() == "地图读取中…"
    screen.wait(f"gridCenter.map.settled() && {late}")
    # Also on the way to another place, of which nothing has come.
    with held(screen.page, geometry):
        screen.page.evaluate("gridCenter.view.go('1:01')")
        screen.wait(f"!{late}")
    screen.wait(f"gridCenter.map.settled() && {late}")


@contextmanager
def held(page: Page, pattern: str) -> Iterator[None]:
    """Answers do not come as long as this lasts."""
    routes: list[Route] = []
    over = Event()
    page.route(pattern, lambda route: route.continue_() if over.is_set() else routes.append(route))
    yield
    over.set()
    for route in routes:
        route.continue_()


def test_view_stays_where_the_viewer_put_it_while_numbers_change(overview: Callable[..., Any]) -> None:
    screen = overview()
    where = "JSON.stringify(gridCenter.pixelOf(120.3, 31.8))"
    before = screen.page.evaluate(where)
    box = screen.page.get_by_test_id("map").bounding_box()
    screen.page.mouse.move(box["x"] + 200, box["y"] + 200)
    screen.page.mouse.down()
    screen.page.mouse.move(box["x"] + 260, box["y"] + 240, steps=8)
    screen.page.mouse.up()
    screen.wait(f"{where} !== {before!r}")
    # The map glides on a little after the hand is off.
    screen.wait("!document.querySelector('#map .js-plotly-plot')._fullLayout.map._subplot.map.isMoving()")
    moved = screen.page.evaluate(where)
    seq = fake_api.report(screen.fake, "3:010101")
    screen.wait(f"gridCenter.state().seq === {seq}")
    updates = screen.state["mapUpdates"]
    screen.page.evaluate("gridCenter.live.connect(gridCenter.view.query())")
    screen.wait(f"gridCenter.state().mapUpdates > {updates}")
    assert screen.page.evaluate(where) == moved


def test_new_incident_appears_without_reload(overview: Callable[..., Any]) -> None:
    screen = overview(beat_s=0.2)
    screen.page.evaluate("window.notReloaded = true")
    before = screen.page.locator("[data-testid=newest] .incident").count()
    seq = fake_api.report(screen.fake, "1:06")
    screen.wait(f"gridCenter.state().seq === {seq}")
    screen.wait("document.querySelector('[data-testid=newest]').innerText.includes('高新技术产业开发区 · 道路破损')")
    assert screen.page.locator("[data-testid=newest] .incident").count() == before + 1
    assert screen.text("today-reported").startswith("1,284")
    assert screen.page.evaluate(
        "['2026-11-22T00:10:00+08:00', '2026-11-21T23:50:00+08:00', '2018-11-22T15:00:00+08:00']"
        ".map((at) => gridCenter.format.when(at, '2026-11-22T15:36:19+08:00'))"
    ) == ["00:10", "11-21", "11-22"]
    assert screen.page.evaluate("window.notReloaded") is True


def test_stale_as_a_whole_when_the_server_dies_and_back_without_reload(
    make_site: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    site = make_site(beat_s=0.5)
    screen = visit(site).open()
    screen.page.evaluate("window.notReloaded = true")
    assert not screen.page.get_by_test_id("stale").is_visible()
    site.kill()
    killed = time.monotonic()
    screen.page.get_by_test_id("stale").wait_for(state="visible", timeout=20_000)
    assert time.monotonic() - killed > 8
    assert screen.state["stale"] is True
    assert "数据停在" in screen.text("stale")
    assert "grayscale" in screen.page.evaluate("getComputedStyle(document.getElementById('page')).filter")
    site.start()
    screen.page.get_by_test_id("stale").wait_for(state="hidden", timeout=20_000)
    assert screen.state["stale"] is False
    assert screen.page.evaluate("window.notReloaded") is True


def test_stale_when_the_server_lives_but_its_data_does_not(overview: Callable[..., Any]) -> None:
    screen = overview(beat_s=0.5)
    screen.fake.fresh = False
    screen.page.get_by_test_id("stale").wait_for(state="visible", timeout=20_000)
    screen.fake.fresh = True
    screen.page.get_by_test_id("stale").wait_for(state="hidden", timeout=20_000)


def test_wakes_up_stale_after_a_sleep(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site(beat_s=5)).open()
    screen.wait("!gridCenter.state().stale")
    screen.page.evaluate("(() => { const now = Date.now; Date.now = () => now() + 3600e3; })()")
    assert screen.state["stale"] is True


def test_waits_for_the_first_import_and_then_begins(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    site = make_site(imported=False)
    screen = visit(site)
    screen.page.goto(site.url)
    screen.wait("document.getElementById('notice').innerText === '尚未导入网格'")
    site.fake.imported = True
    screen.wait("gridCenter.state().seq !== null && gridCenter.state().mapUpdates > 0")
    assert "东山镇" in screen.text("headline")
    assert screen.page.locator("#notice").inner_text() == ""


def test_an_answer_that_never_comes_is_asked_for_again(
    make_site: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    screen = visit(make_site())
    # The first thing it asks for are the grids; it has little patience with them here.
    screen.page.add_init_script(
        "const timeout = AbortSignal.timeout.bind(AbortSignal); let first = true;"
        "AbortSignal.timeout = (ms) => { const own = first ? 300 : ms; first = false; return timeout(own); };"
    )
    held = []
    screen.page.route("**/api/v1/grids", lambda route: held.append(route) if not held else route.continue_())
    screen.page.goto(screen.url)
    screen.wait("gridCenter.state().seq !== null && gridCenter.state().mapUpdates > 0")
    assert len(held) == 1
    assert "东山镇" in screen.text("headline")


def test_another_version_reloads_the_page(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    site = make_site(beat_s=0.5)
    screen = visit(site).open("?within=1:02")
    screen.page.evaluate("window.notReloaded = true")
    site.kill()
    site.fake.version = "2"
    site.start()
    screen.wait("window.notReloaded === undefined && gridCenter.state().seq !== null")
    assert screen.state["within"] == "1:02"
