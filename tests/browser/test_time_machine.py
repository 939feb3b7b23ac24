"""Any moment of the past on the page: reached, played, said so unmistakably, and left again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.browser import fake_api
from tests.browser.test_page import CLASHES, CUT, SIZES

pytestmark = pytest.mark.browser

FRAME_MS = 500
SHOWN = "gridCenter.timeMachine.state().drawn !== null"
LIVE = "gridCenter.state().past.moment === null && document.documentElement.dataset.past === undefined"
FIGURES = {key: f"document.querySelector('#today [data-cases={key}]').innerText" for key in ("reported", "open")}


def go(screen: Any, moment: str) -> None:
    """Through the field, as a viewer would."""
    screen.page.locator("#time-field input").fill(moment)
    screen.page.locator("#time-field input").blur()
    screen.wait(f"document.querySelector('#past-moment').innerText === '回放 {moment.replace('T', ' ')}'")


def yesterday(hour: int, minute: int) -> str:
    day = fake_api.now() - timedelta(days=1)
    return f"{day:%Y-%m-%d}T{hour:02d}:{minute:02d}"


def test_a_past_moment_by_the_field_and_back_by_a_key(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    site = make_site(beat_s=0.2)
    screen = visit(site).open()
    screen.wait(f"{FIGURES['reported']} === '1,283'")
    assert not screen.page.locator("#past-band").is_visible()

    go(screen, yesterday(3, 14))
    screen.wait(f"{FIGURES['reported']} === '194'")
    assert screen.page.locator("#past-band").is_visible()
    frame = screen.page.evaluate("getComputedStyle(document.getElementById('page'), '::after').borderTopStyle")
    assert frame == "solid"
    # The header's clock is the real one, and the connection is what it was.
    assert screen.page.locator("#clock").inner_text()[:4] in {
        (fake_api.now() + timedelta(seconds=late)).strftime("%H:%M")[:4] for late in (-5, 5)
    }
    assert screen.state["stale"] is False

    # The stream goes on, and draws nothing.
    seq = fake_api.report(site.fake, "1:06")
    screen.wait(f"gridCenter.state().seq === {seq}")
    assert screen.page.evaluate(FIGURES["reported"]) == "194"
    screen.page.keyboard.press("l")
    screen.wait(f"{LIVE} && {FIGURES['reported']} === '1,284'")
    assert "道路破损" in screen.text("newest")
    assert not screen.page.locator("#past-band").is_visible()

    for leave in (
        lambda: screen.page.keyboard.press("Escape"),
        lambda: screen.page.get_by_test_id("back-to-live").click(),
    ):
        go(screen, yesterday(5, 0))
        leave()
        screen.wait(f"{LIVE} && {FIGURES['reported']} === '1,284'")
    assert screen.complaints == []


def test_as_known_then_and_as_known_now(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site()).open()
    go(screen, yesterday(12, 0))
    screen.wait(f"{FIGURES['open']} === '300'")
    assert screen.text("past-known") == "按现在所知"
    screen.page.locator("[data-time=known][data-value=then]").click()
    screen.wait(f"{FIGURES['open']} === '307' && document.querySelector('#past-known').innerText === '按当时所知'")
    assert screen.page.locator("[data-time=known][data-value=then]").get_attribute("aria-pressed") == "true"


def test_keys_move_by_a_minute_and_an_hour(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site()).open()
    go(screen, yesterday(10, 30))
    for key, reported in (
        ("ArrowLeft", 629), ("Shift+ArrowLeft", 569), ("ArrowRight", 570), ("Shift+ArrowRight", 630),
    ):  # fmt: skip
        screen.page.keyboard.press(key)
        screen.wait(f"{FIGURES['reported']} === '{reported}'")
    # What is typed into the field is meant for the field.
    screen.page.locator("#time-field input").focus()
    screen.page.keyboard.press("l")
    assert screen.page.evaluate(SHOWN)
    # From live, back means back from now.
    screen.page.locator("#time-field input").blur()
    screen.page.keyboard.press("l")
    screen.wait(LIVE)
    screen.page.keyboard.press("Shift+ArrowLeft")
    screen.wait(SHOWN)
    ago = screen.page.evaluate("gridCenter.live.now() - gridCenter.timeMachine.state().drawn")
    assert 3_600_000 <= ago < 3_600_000 + 120_000


def test_playing_moves_the_moment_and_the_numbers_with_one_request_at_a_time(
    make_site: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    site = make_site()
    screen = visit(site).open()
    go(screen, yesterday(1, 0))
    screen.page.locator("[data-time=speed][data-value='600']").click()
    asked = screen.state["past"]["requests"]
    screen.page.keyboard.press(" ")
    screen.wait(f"Number({FIGURES['reported']}.replace(',', '')) > 70")
    assert screen.state["past"]["playing"] is True
    began = screen.page.evaluate("performance.now()")
    screen.wait(f"performance.now() > {began} + 3000")
    screen.page.keyboard.press(" ")
    past = screen.state["past"]
    assert past["playing"] is False
    asked = past["requests"] - asked
    played_ms = screen.page.evaluate("performance.now()") - began
    assert 3 <= asked <= (played_ms + 3000) / FRAME_MS + 1
    moments = [moment for moment, _ in site.fake.past_asked]
    assert moments == sorted(moments)
    # The picture comes to the moment where it stopped.
    screen.wait("Math.floor(gridCenter.state().past.moment / 1000) * 1000 === gridCenter.state().past.drawn")


def test_playing_ends_in_the_present(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site()).open()
    screen.page.keyboard.press("ArrowLeft")
    screen.page.keyboard.press("Shift+ArrowLeft")
    screen.wait(SHOWN)
    screen.page.locator("[data-time=speed][data-value='3600']").click()
    screen.page.get_by_test_id("time-play").click()
    screen.wait(f"{LIVE} && {FIGURES['reported']} === '1,283'")
    assert screen.state["past"]["playing"] is False


def test_the_slider_and_another_place_at_the_same_moment(
    make_site: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    site = make_site()
    screen = visit(site).open()
    screen.page.locator("[data-time=span][data-value='168']").click()
    slider = screen.page.locator("#time-slider input")
    assert slider.get_attribute("min") == str(-7 * 24 * 60)
    slider.fill(str(-3 * 24 * 60))
    screen.wait(SHOWN)
    drawn = screen.state["past"]["drawn"]
    assert abs(fake_api.now().timestamp() - drawn / 1000 - 3 * 86_400) < 120
    screen.page.evaluate("gridCenter.clickGrid('1:02')")
    screen.wait(f"gridCenter.live.shown().within === '1:02' && {SHOWN}")
    assert screen.state["past"]["drawn"] == drawn
    slider.fill("0")
    screen.wait(LIVE)
    screen.wait("gridCenter.live.shown().within === '1:02'")


def test_nothing_overlaps_in_the_past(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    site = make_site()
    for language in ("zh", "en"):
        screen = visit(site, lang=language).open()
        screen.page.wait_for_selector("[data-testid=newest] .incident")
        parts = "[...document.querySelectorAll('.panel, .map, .strip')]"
        places = f"JSON.stringify({parts}.map((part) => part.getBoundingClientRect()))"
        for width, height in SIZES:
            screen.page.set_viewport_size({"width": width, "height": height})
            screen.wait(f"innerWidth === {width} && document.querySelector('#flow svg').clientWidth > {width} * 0.9")
            before = screen.page.evaluate(places)
            screen.page.keyboard.press("Shift+ArrowLeft")
            screen.wait(SHOWN)
            found = {"cut": screen.page.evaluate(CUT), "clashes": screen.page.evaluate(CLASHES)}
            assert found == {"cut": [], "clashes": []}, (language, width, height)
            assert screen.page.evaluate(places) == before, "the layout jumped"
            screen.page.keyboard.press("l")
            screen.wait(LIVE)
        assert screen.complaints == []
        assert screen.abroad == []


def test_moments_of_the_citys_clocks(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site()).open()
    assert screen.page.evaluate("gridCenter.moment.read('2026-11-21T03:14')") == 1_795_202_040_000
    assert screen.page.evaluate("gridCenter.moment.written(1795202040000)") == "2026-11-21 03:14"
