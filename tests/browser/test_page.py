"""The page in a real browser: what stands there, in which language, and that it fits."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import fake_city
from tests.browser.sight import CLASHES, CUT

pytestmark = pytest.mark.browser

SIZES = [(1366, 768), (1920, 1080), (3840, 2160)]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("city", [fake_city.chinese_city, fake_city.latin_city])
def test_nothing_is_cut_or_overlaps(
    overview: Callable[..., Any],
    language: str,
    city: Callable[[], fake_city.City],
) -> None:
    screen = overview(city=city, language=language)
    screen.page.wait_for_selector("[data-testid=newest] .incident")
    for width, height in SIZES:
        screen.page.set_viewport_size({"width": width, "height": height})
        screen.wait(f"innerWidth === {width} && document.querySelector('#flow svg').clientWidth > {width} * 0.9")
        found = {"cut": screen.page.evaluate(CUT), "clashes": screen.page.evaluate(CLASHES)}
        assert found == {"cut": [], "clashes": []}, (width, height)
        assert screen.page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_chinese_first_without_a_foreign_word(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site()).open()
    screen.page.wait_for_selector("[data-testid=newest] .incident")
    words = set(re.findall(r"[A-Za-z]{2,}", screen.page.locator(".page").inner_text()))
    assert words <= {"EN"}
    assert screen.text("today-reported").startswith("1,283")
    assert "演示数据" in screen.page.locator(".header").inner_text()
    assert screen.page.locator("html").get_attribute("lang") == "zh-CN"


def test_english_by_a_switch_that_stays(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site(fake_city.latin_city())).open("?kpi=reported")
    screen.page.get_by_test_id("language").click()
    screen.page.wait_for_selector("html[lang=en]")
    screen.wait("gridCenter.state().seq !== null")
    screen.page.wait_for_selector("[data-testid=newest] .incident")
    chinese = re.findall(r"[\u4e00-\u9fff]+", screen.page.locator(".page").inner_text())
    assert chinese == ["中文"]
    assert screen.state["kpi"] == "reported"
    assert "lang=" not in screen.page.url
    screen.open()
    assert screen.page.locator("html").get_attribute("lang") == "en"
    assert "Demonstration" not in screen.page.locator(".header").inner_text()


def test_no_request_leaves_and_nothing_is_complained_about(
    make_site: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    screen = visit(make_site()).open()
    screen.page.mouse.wheel(0, 200)
    screen.page.locator("[data-testid=level-chooser] [data-level='1']").click()
    screen.wait("gridCenter.state().level === 1 && gridCenter.state().mapUpdates > 1")
    assert screen.abroad == []
    assert screen.complaints == []


def test_a_fresh_empty_city_says_so(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site(fake_city.latin_city(), empty=True)).open()
    screen.page.wait_for_selector("[data-testid=league] .empty")
    for panel in ("kpis", "means", "levels", "league", "newest", "flow", "legend"):
        assert "暂无数据" in screen.text(panel), panel
    assert "一切正常" in screen.page.locator("#headline").inner_text()
    assert screen.complaints == []


def test_map_is_coloured_by_the_chosen_kpi(overview: Callable[..., Any]) -> None:
    screen = overview()
    drawn = "JSON.stringify(document.querySelector('#map .js-plotly-plot').data[0].z)"
    before = screen.page.evaluate(drawn)
    screen.page.locator("[data-testid=kpi-chooser] summary").click()
    screen.page.locator("[data-kpi=on_time_closing_rate]").click()
    screen.wait(f"{drawn} !== {before!r} && gridCenter.state().kpi === 'on_time_closing_rate'")
    assert "kpi=on_time_closing_rate" in screen.page.url
    assert screen.text("kpi-chooser") == "按期结案率"


def test_no_tip_stays_when_the_pointer_has_left_the_map(overview: Callable[..., Any]) -> None:
    screen = overview()
    page, tip = screen.page, screen.page.locator("#map-tip")
    pixel = page.evaluate("(grid) => gridCenter.pixelOf(...grid.label)", screen.fake.city.of(1)[1])
    page.mouse.move(pixel["x"] - 3, pixel["y"])
    page.mouse.move(pixel["x"], pixel["y"], steps=3)
    expect(tip).to_be_visible()
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    # Plotly holds its events back for a moment: the last one may come after the pointer has gone.
    page.evaluate(
        """document.querySelector('#map .js-plotly-plot')
          .emit('plotly_hover', { points: [{ curveNumber: 0, location: 0, pointNumber: 0 }], event: {} })"""
    )
    assert tip.is_hidden()
    page.mouse.move(pixel["x"], pixel["y"], steps=3)
    expect(tip).to_be_visible()
