"""From every number of the panels to the incidents behind it: the list is as long as the number says."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import PATIENCE_MS
from tests.browser.test_page import SIZES
from tests.browser.test_time_machine import go, yesterday

pytestmark = pytest.mark.browser

LISTED = "gridCenter.cases.state().count !== null && !document.querySelector('#cases-said').innerText.includes('正在')"

# Parts of the drawer, however deep, that stand out of the window or out of the drawer, or are cut without an ellipsis.
OUTSIDE = """() => {
  const drawer = document.getElementById('cases').getBoundingClientRect();
  const list = document.getElementById('cases-list').getBoundingClientRect();
  return [...document.querySelectorAll('#cases, #cases *')].filter((part) => {
    const { left, right, top, bottom, width } = part.getBoundingClientRect();
    const scrolled = part.closest('#cases-list') && part.id !== 'cases-list';
    const style = getComputedStyle(part);
    const clips = style.overflow !== 'visible' && style.textOverflow !== 'ellipsis';
    const cut = width && clips && part.scrollWidth > part.clientWidth + 1;
    const wide = left < drawer.left - 1 || right > innerWidth + 1 || (scrolled && right > list.right + 1);
    return cut || wide || (!scrolled && (top < -1 || bottom > innerHeight + 1));
  }).map((part) => part.id || part.outerHTML.slice(0, 120));
}"""


def press(screen: Any, number: int) -> dict[str, Any]:
    """Open the list behind one of the page's numbers; what it says of itself."""
    button = screen.page.locator(".page [data-cases]").nth(number)
    told = int(button.get_attribute("data-count"))
    button.evaluate("(button) => button.click()")
    screen.wait(LISTED)
    state = screen.page.evaluate("gridCenter.cases.state()")
    lines = screen.page.locator("#cases-list li").count()
    return {"told": told, "count": state["count"], "lines": lines, "of": state["of"]}


@pytest.mark.parametrize("past", [False, True])
def test_every_number_opens_as_many_incidents(overview: Callable[..., Any], past: bool) -> None:
    screen = overview()
    screen.page.wait_for_selector("[data-testid=league] [data-cases]")
    if past:
        screen.page.keyboard.press("Shift+ArrowLeft")
        screen.wait("gridCenter.timeMachine.state().drawn !== null")
    seen = set()
    kinds = screen.page.locator(".page [data-cases]").evaluate_all(
        "(all) => all.map((one) => [one.closest('.content').id, one.dataset.cases].join())"
    )
    for number in sorted(kinds.index(kind) for kind in set(kinds)):
        found = press(screen, number)
        assert found["count"] == found["told"], found
        assert found["lines"] == min(500, found["count"]), found
        assert screen.text("cases-count") == f"共 {found['count']:,} 件"
        seen.add(found["of"])
    assert {"reported", "open", "overdue", "yellow", "unlocated", "service", "closed_level_3"} <= seen
    assert {"on_time_closing_rate", "due", "median_hours_to_close"} <= seen
    assert screen.complaints == []


def test_a_long_list_comes_in_pages(overview: Callable[..., Any]) -> None:
    screen = overview()
    screen.page.locator("#today [data-cases=reported]").click()
    screen.wait("gridCenter.cases.state().listed === 500")
    lines = screen.page.locator("#cases-list li")
    more = screen.page.get_by_test_id("cases-more")
    more.click()
    screen.wait("gridCenter.cases.state().listed === 1000")
    assert more.inner_text() == "再列 283 件"
    more.click()
    screen.wait("gridCenter.cases.state().listed === 1283")
    assert lines.count() == 1283
    assert not more.is_visible()
    links = screen.page.locator("#cases-list a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")
    assert len(set(links)) == 1283
    assert links[0] == "/desk?id=1"


def test_numerator_denominator_and_the_keys(overview: Callable[..., Any]) -> None:
    screen = overview()
    screen.page.locator("#league [data-cases=on_time_closing_rate]").first.click()
    screen.wait(LISTED)
    numerator = screen.page.evaluate("gridCenter.cases.state().count")
    screen.page.locator("#cases-parts button").nth(1).click()
    screen.wait(f"{LISTED} && gridCenter.cases.state().of === 'due'")
    assert screen.page.evaluate("gridCenter.cases.state().count") == 500 > numerator
    # The number did not lead into its grid; the rest of the row does.
    assert screen.state["within"] is None
    screen.page.keyboard.press("Shift+ArrowLeft")
    screen.wait("gridCenter.timeMachine.state().drawn !== null")
    screen.page.keyboard.press("Escape")
    assert not screen.page.get_by_test_id("cases").is_visible()
    assert screen.state["past"]["drawn"] is not None
    screen.page.locator("#league button.name").first.click()
    screen.wait("gridCenter.state().within !== null")


@pytest.mark.parametrize(("language", "past"), [("zh", True), ("en", False)])
def test_the_drawer_stays_in_the_window_and_its_list_scrolls(
    overview: Callable[..., Any], language: str, past: bool
) -> None:
    screen = overview(language=language)
    screen.page.wait_for_selector("[data-testid=league] [data-cases]")
    if past:
        # As many incidents as there were minutes of the day: more than one page of the list.
        go(screen, yesterday(15, 4))
        screen.wait("gridCenter.timeMachine.state().drawn !== null")
    for width, height in SIZES:
        screen.page.set_viewport_size({"width": width, "height": height})
        screen.wait(f"innerWidth === {width} && document.querySelector('#flow svg').clientWidth > {width} * 0.9")
        # One with a second list beside the first, and one that is only long: this one is scrolled to its end.
        for selector, scrolled in (("#kpis [data-denominator]", False), ("#today [data-cases=reported]", True)):
            screen.page.locator(selector).first.click()
            screen.wait(LISTED)
            assert screen.page.evaluate(OUTSIDE) == [], (width, height)
            assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert screen.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
            box = screen.page.get_by_test_id("cases").bounding_box()
            assert box is not None
            assert (box["x"] + box["width"], box["y"], box["height"]) == pytest.approx((width, 0, height), abs=1)
            # The page beside it is still there to be looked at.
            assert box["width"] <= width / 2
            if scrolled:
                scrolls_to_its_end(screen)
            screen.page.locator("#cases-close").click()
    assert screen.complaints == []


# The last of the listed stands in the list, whole, and the foot below it. In one look: lines get their height when they
# are first seen, so that the end of the list moves while one scrolls to it.
AT_ITS_END = """(() => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const [list, last, foot] = ['#cases-list', '#cases-list li:last-child', '.cases-foot'].map(box);
  return last.top >= list.top - 1 && last.bottom <= list.bottom + 1 && foot.top >= list.bottom - 1;
})()"""


def scrolls_to_its_end(screen: Any) -> None:
    """By the wheel, as a viewer would."""
    area = screen.page.get_by_test_id("cases-list")
    box, size = area.bounding_box(), screen.page.viewport_size
    assert box is not None
    assert box["height"] > size["height"] / 2
    assert area.evaluate("(list) => list.scrollTop === 0 && list.scrollHeight > list.clientHeight")
    assert not screen.page.evaluate(AT_ITS_END)
    screen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    end_s = time.monotonic() + PATIENCE_MS / 1000
    while not screen.page.evaluate(AT_ITS_END):
        assert time.monotonic() < end_s, "the list does not scroll to its end"
        screen.page.mouse.wheel(0, 5_000)
    # It was the list that moved, not the page behind it.
    assert screen.page.evaluate("document.documentElement.scrollTop + document.body.scrollTop") == 0
