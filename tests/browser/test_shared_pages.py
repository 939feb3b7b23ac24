"""Pages that tests share: brought back to what they were at first, or given to nobody."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import fake_api
from tests.browser.chromium import Chromium
from tests.browser.shared_pages import Look, Returning, SharedPages

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# What no door of a viewer takes back.
LEFT = """() => {
  Date.now = () => 0;
  window.left = 1;
  sessionStorage.setItem('left', 'here');
  document.querySelector('#headline').setAttribute('data-left', 'here');
}"""
KEEP = """async () => {
  localStorage.setItem('a', 1);
  sessionStorage.setItem('a', 1);
  const opened = indexedDB.open('a');
  await new Promise((done) => (opened.onsuccess = done));
  opened.result.close();
}"""
KEPT = """async () => [
  document.cookie, localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
  matchMedia('print').matches,
]"""


def take_far_away(screen: Any) -> None:
    """The map moved by hand; another place, layer, moment, speed and window; a list, a menu, and a report."""
    page = screen.page
    box = page.get_by_test_id("map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -300)
    page.evaluate("gridCenter.layers.set(['teams'])")
    page.evaluate("(town) => gridCenter.view.go(town)", screen.fake.city.of(1)[1]["id"])
    page.locator("[data-time=speed][data-value='600']").click()
    page.keyboard.press("Shift+ArrowLeft")
    screen.wait("gridCenter.timeMachine.state().drawn !== null && gridCenter.map.settled()")
    page.locator("#now [data-cases=open]").first.click()
    page.locator("[data-testid=kpi-chooser] summary").click()
    page.set_viewport_size({"width": 1500, "height": 800})
    page.route("**/acknowledge", lambda route: route.abort())
    fake_api.report(screen.fake, "1:06")
    screen.fake.fresh = False


def test_a_page_is_as_it_was_at_first_or_goes(browser: Any) -> None:
    pages, look = SharedPages(), Look()
    first = pages.borrow(browser, look)
    try:
        take_far_away(first.screen)
        pages.give_back(first, look, whole=True)
        assert pages.borrow(browser, look) is first, pages.refused
        fake = first.screen.fake
        assert (fake.extra, fake.fresh, first.screen.complaints) == ([], True, [])
        assert first.screen.text("today-reported").startswith("1,283")
        assert first.screen.page.viewport_size == {"width": 1366, "height": 768}
        # What stays is named, and is no page for another test.
        first.screen.page.evaluate(LEFT)
        assert {"native", "globals", "kept", "seen"} <= set(first.bring_back(within_s=1))
    finally:
        pages.give_back(first, look, whole=False)
    assert first.screen.page.is_closed()


def test_a_visitor_who_returns_has_nothing_of_the_visit_before(browser: Any, make_site: Callable[..., Any]) -> None:
    url = f"{make_site().url}api/v1/grids"
    visitor = Returning(browser)
    try:
        screen = visitor.visit(url, (800, 600), {"lang": "en"})
        screen.page.route("**/grids/geometry**", lambda route: route.abort())
        screen.page.goto(url)
        screen.page.emulate_media(media="print")
        screen.page.evaluate(KEEP)
        assert screen.page.evaluate(KEPT) == ["lang=en", 1, 1, 1, True]
        visitor.leave(screen)
        again = visitor.visit(url, (1366, 768), {})
        again.page.goto(url)
        assert again.page.evaluate(KEPT) == ["", 0, 0, 0, False]
        assert again.page.evaluate("[innerWidth, innerHeight]") == [1366, 768]
        assert again.page.goto(url + "/geometry?level=1").ok
    finally:
        visitor.close()


def test_other_tests_may_run_a_loop_between_those_of_the_browser(chromium: Chromium) -> None:
    with chromium.within() as running:
        running.new_context().close()
    assert asyncio.run(asyncio.sleep(0, "ran")) == "ran"
    with chromium.within() as again:
        assert again is running
        again.new_context().close()
