"""What needs attention on the overview, and the league's ranks: on a made-up API, in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

FIRST = "document.querySelector('[data-testid=alerts] .alert')"


def test_alerts_say_why_and_lead_to_their_grid(overview: Callable[..., Any]) -> None:
    screen = overview()
    screen.wait(f"{FIRST} !== null")
    rows = screen.page.locator("[data-testid=alerts] .alert")
    assert rows.count() == 2
    assert "紧急" in rows.nth(0).inner_text()
    assert "近 3 小时上报 42 件" in rows.nth(0).inner_text()
    assert "另有 1 项" in screen.page.locator(".panel-alerts .heading").inner_text()
    rows.nth(1).locator("button.text").click()
    screen.wait("gridCenter.state().within !== null")
    assert screen.complaints == []


def test_who_takes_note_is_named_and_the_next_one_moves_up(overview: Callable[..., Any]) -> None:
    screen = overview()
    screen.wait(f"{FIRST} !== null")
    screen.page.locator("[data-acknowledge]").first.click()
    screen.wait(f"document.querySelector('[data-acknowledge=\"{'0' * 20}\"]') === null")
    screen.wait("document.querySelectorAll('[data-acknowledge]').length === 2")
    assert screen.fake.acknowledged == {"0" * 20: screen.fake.acknowledged["0" * 20]}
    # Noted ones come last: the two that are shown still wait for somebody.
    assert "已阅" in screen.text("alerts")
    for _ in range(2):
        waiting = screen.page.locator("[data-acknowledge]")
        key = waiting.first.get_attribute("data-acknowledge")
        waiting.first.click()
        screen.wait(f"document.querySelector('[data-acknowledge=\"{key}\"]') === null")
    screen.wait("document.querySelectorAll('[data-testid=alerts] .below').length === 2")
    assert "已阅 王芳 W01" in screen.text("alerts")
    assert screen.complaints == []


def test_a_note_that_is_not_taken_says_so_and_can_be_tried_again(overview: Callable[..., Any]) -> None:
    screen = overview()
    screen.wait(f"{FIRST} !== null")
    screen.page.route("**/acknowledge", lambda route: route.abort())
    screen.page.locator("[data-acknowledge]").first.click()
    screen.wait("document.querySelector('[data-testid=alerts]').innerText.includes('未送达')")
    screen.page.unroute("**/acknowledge")
    screen.page.locator("[data-acknowledge]").first.click()
    screen.wait("!document.querySelector('[data-testid=alerts]').innerText.includes('未送达')")


def test_no_alert_is_said_too(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site(empty=True)).open()
    screen.wait("document.querySelector('[data-testid=alerts]').innerText.includes('暂无需要关注的事项')")


def test_ranks_are_honest(overview: Callable[..., Any]) -> None:
    screen = overview()
    rows = screen.page.locator("[data-testid=league] .league-row")
    screen.wait("document.querySelectorAll('[data-testid=league] .league-row').length > 3")
    ranks = [rows.nth(at).locator(".rank").inner_text() for at in range(4)]
    assert ranks == ["1", "2=", "2=", "4"]
    assert "名之间" in str(rows.nth(1).locator(".rank").get_attribute("title"))
    assert "红榜" in rows.nth(0).inner_text()
    assert "黑榜" in rows.last.inner_text()
