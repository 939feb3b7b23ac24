"""From every number of the panels to the incidents behind it: the list is as long as the number says."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser

LISTED = "gridCenter.cases.state().count !== null && !document.querySelector('#cases-said').innerText.includes('正在')"


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
def test_every_number_opens_as_many_incidents(
    make_site: Callable[..., Any], visit: Callable[..., Any], past: bool
) -> None:
    screen = visit(make_site()).open()
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


def test_a_long_list_comes_in_pages(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site()).open()
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


def test_numerator_denominator_and_the_keys(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site()).open()
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
