"""Any moment of the past on the page: reached, played, said so unmistakably, and left again."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import fake_api
from tests.browser.conftest import Screen
from tests.browser.sight import CLASHES, CUT
from tests.browser.test_page import SIZES

pytestmark = pytest.mark.browser

FRAME_MS = 500
SHOWN = "gridCenter.timeMachine.state().drawn !== null"
LIVE = "gridCenter.state().past.moment === null && document.documentElement.dataset.past === undefined"
FIELD = "document.querySelector('#time-field input').value"
FIELD_INVALID = "document.querySelector('#time-field input').getAttribute('aria-invalid')"
FIGURES = {
    key: f"document.querySelector(':is(#today, #now) [data-cases={key}]').innerText" for key in ("reported", "open")
}


def go(screen: Any, moment: str) -> None:
    """Through the field, as a viewer would."""
    screen.page.locator("#time-field input").fill(moment)
    screen.page.locator("#time-field input").blur()
    screen.wait(f"document.querySelector('#past-moment').innerText === '回放 {moment}'")


def yesterday(hour: int, minute: int) -> str:
    day = fake_api.now() - timedelta(days=1)
    return f"{day:%Y-%m-%d} {hour:02d}:{minute:02d}"


def test_a_past_moment_by_the_field_and_back_by_a_key(overview: Callable[..., Any]) -> None:
    screen = overview(beat_s=0.2)
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
    seq = fake_api.report(screen.fake, "1:06")
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


def test_as_known_then_and_as_known_now(overview: Callable[..., Any]) -> None:
    screen = overview()
    go(screen, yesterday(12, 0))
    screen.wait(f"{FIGURES['open']} === '300'")
    assert screen.text("past-known") == "最新口径"
    screen.page.locator("[data-time=known][data-value=then]").click()
    screen.wait(f"{FIGURES['open']} === '307' && document.querySelector('#past-known').innerText === '当时口径'")
    assert screen.page.locator("[data-time=known][data-value=then]").get_attribute("aria-pressed") == "true"


def test_keys_move_by_a_minute_and_an_hour(overview: Callable[..., Any]) -> None:
    screen = overview()
    go(screen, yesterday(10, 30))
    for key, reported in (
        ("ArrowLeft", 629), ("Shift+ArrowLeft", 569), ("ArrowRight", 570), ("Shift+ArrowRight", 630),
    ):  # fmt: skip
        screen.page.keyboard.press(key)
        screen.wait(f"{FIGURES['reported']} === '{reported}'")
    # From live, back means back from now.
    screen.page.keyboard.press("l")
    screen.wait(LIVE)
    screen.page.keyboard.press("Shift+ArrowLeft")
    screen.wait(SHOWN)
    ago = screen.page.evaluate("gridCenter.live.now() - gridCenter.timeMachine.state().drawn")
    assert 3_600_000 <= ago < 3_600_000 + 120_000


def test_playing_moves_the_moment_and_the_numbers_with_one_request_at_a_time(overview: Callable[..., Any]) -> None:
    screen = overview()
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
    moments = [moment for moment, _ in screen.fake.past_asked]
    assert moments == sorted(moments)
    # The picture comes to the moment where it stopped.
    screen.wait("Math.floor(gridCenter.state().past.moment / 1000) * 1000 === gridCenter.state().past.drawn")


def test_playing_ends_in_the_present(overview: Callable[..., Any]) -> None:
    screen = overview()
    screen.page.keyboard.press("ArrowLeft")
    screen.page.keyboard.press("Shift+ArrowLeft")
    screen.wait(SHOWN)
    screen.page.locator("[data-time=speed][data-value='3600']").click()
    screen.page.get_by_test_id("time-play").click()
    screen.wait(f"{LIVE} && {FIGURES['reported']} === '1,283'")
    assert screen.state["past"]["playing"] is False


def test_the_slider_and_another_place_at_the_same_moment(overview: Callable[..., Any]) -> None:
    screen = overview()
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


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_overlaps_in_the_past(overview: Callable[..., Any], language: str) -> None:
    screen = overview(language=language)
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


def test_moments_of_the_citys_clocks(overview: Callable[..., Any]) -> None:
    screen = overview()
    assert screen.page.evaluate("gridCenter.moment.read('2026-11-21T03:14')") == 1_795_202_040_000
    assert screen.page.evaluate("gridCenter.moment.read('2026-11-21T03:14:09')") == 1_795_202_049_000
    assert screen.page.evaluate("gridCenter.moment.written(1795202040000)") == "2026-11-21 03:14"


READINGS = {
    "2026-11-21 03:14": "2026-11-21 03:14:00",
    "2026-11-21 3:14": "2026-11-21 03:14:00",
    "  2026-1-2   3:04 ": "2026-01-02 03:04:00",
    "2026/11/21T03:14": "2026-11-21 03:14:00",
    "2026-11-21 03:14:59": "2026-11-21 03:14:59",
    "２０２６－１１－２１　０３：１４": "2026-11-21 03:14:00",
    "2026-11-21 03：14": "2026-11-21 03:14:00",
    # Of the day, or the year, of the page: it shows 2026-11-20 10:00, and it is 2026-11-21 12:00.
    "03:14": "2026-11-20 03:14:00",
    "23:59": "2026-11-20 23:59:00",
    "11-21 03:14": "2026-11-21 03:14:00",
    "11.3 9:05": "2026-11-03 09:05:00",
    # That lies ahead: it was a year ago.
    "11-21 12:01": "2025-11-21 12:01:00",
    "12-31 23:00": "2025-12-31 23:00:00",
    # Said in full, it is what it is; the field refuses what lies ahead.
    "2026-11-21 12:01": "2026-11-21 12:01:00",
    "2024-02-29 00:00": "2024-02-29 00:00:00",
    "2026-02-29 00:00": None, "2026-13-01 00:00": None, "2026-11-31 08:00": None, "2026-00-10 08:00": None,
    "2026-11-21 24:00": None, "2026-11-21 3:60": None, "3:4": None, "03:14 PM": None, "2026-11-21": None,
    "26-11-21 03:14": None, "昨天": None, "": None, "12": None,
}  # fmt: skip


def test_what_viewers_write_is_understood(overview: Callable[..., Any]) -> None:
    screen = overview()
    asked = """(texts) => {
      const { understood, read, written } = gridCenter.moment;
      const about = [read("2026-11-20T10:00"), read("2026-11-21T12:00")];
      const told = (moment) => (moment === null ? null : written(moment, true));
      return texts.map((text) => told(understood(text, ...about)));
    }"""
    found = screen.page.evaluate(asked, list(READINGS))
    assert dict(zip(READINGS, found, strict=True)) == READINGS
    # On a live page at three past midnight, a time of day that has not come is yesterday's.
    night = """(texts) => {
      const now = gridCenter.moment.read("2026-01-01T00:03");
      return texts.map((text) => gridCenter.moment.written(gridCenter.moment.understood(text, now, now)));
    }"""
    asked_at_night = {"00:03": "2026-01-01 00:03", "00:04": "2025-12-31 00:04", "12-31 23:00": "2025-12-31 23:00"}
    assert screen.page.evaluate(night, list(asked_at_night)) == list(asked_at_night.values())


@pytest.mark.parametrize("locale", ["en-US", "zh-CN", "de-DE"])
def test_the_field_writes_the_citys_way_whatever_the_browsers_language(
    make_site: Callable[..., Any], browser: Browser, locale: str
) -> None:
    site = make_site()
    # A browser of another zone, too.
    with closing(browser.new_context(locale=locale, timezone_id="America/New_York")) as context:
        screen = Screen(context, site.url).open()
        field = screen.page.locator("#time-field input")
        early = fake_api.now()
        assert field.input_value() in {
            f"{at:%Y-%m-%d %H:%M}" for at in (early - timedelta(minutes=1), early, fake_api.now())
        }
        go(screen, yesterday(15, 4))
        screen.wait(f"{FIGURES['reported']} === '904'")
        assert field.input_value() == yesterday(15, 4)
        screen.page.keyboard.press("ArrowRight")
        screen.wait(f"{FIELD} === '{yesterday(15, 5)}'")
        assert screen.complaints == []


def test_the_field_takes_short_and_wide_writing_and_writes_it_in_full(overview: Callable[..., Any]) -> None:
    screen = overview()
    go(screen, yesterday(3, 14))
    field = screen.page.locator("#time-field input")
    field.click()
    field.fill("５：０６")
    screen.page.keyboard.press("Enter")
    screen.wait(f"{FIGURES['reported']} === '306'")
    assert field.input_value() == yesterday(5, 6)
    day = fake_api.now() - timedelta(days=2)
    field.fill(f"{day.month}-{day.day} 7:08")
    field.blur()
    screen.wait(f"{FIGURES['reported']} === '428'")
    assert field.input_value() == f"{day:%Y-%m-%d} 07:08"
    # One that is now is live, as with the slider.
    field.fill(f"{fake_api.now():%Y-%m-%d %H:%M}")
    screen.page.keyboard.press("Enter")
    screen.wait(LIVE)


def test_wrong_writing_is_said_and_changes_nothing(overview: Callable[..., Any]) -> None:
    for language, words in (("zh", "请写一个已经过去的时刻"), ("en", "Write a moment that has been")):
        screen = overview(language=language)
        screen.page.keyboard.press("Shift+ArrowLeft")
        screen.wait(SHOWN)
        before = screen.state["past"]
        field, said = screen.page.locator("#time-field input"), screen.page.locator("#time-said")
        stood = field.input_value()
        tomorrow = f"{fake_api.now() + timedelta(days=1):%Y-%m-%d %H:%M}"
        for wrong in ("昨天", "2026-02-30 10:00", tomorrow, "1999-12-31 23:59", ""):
            field.fill(wrong)
            assert field.get_attribute("aria-invalid") == "false", "only what is finished is judged"
            screen.page.keyboard.press("Enter")
            screen.wait(f"{FIELD_INVALID} === 'true'")
            assert said.inner_text().startswith(words), wrong
            assert field.input_value() == wrong
        assert field.get_attribute("aria-describedby") == said.get_attribute("id")
        box, size = said.bounding_box(), screen.page.viewport_size
        assert box is not None
        assert size is not None
        assert 0 <= box["x"] <= box["x"] + box["width"] <= size["width"]
        assert 0 <= box["y"] <= box["y"] + box["height"] <= size["height"]
        # Left as it is, it goes on saying so, and the page stays where it was.
        field.blur()
        began = screen.page.evaluate("performance.now()")
        screen.wait(f"performance.now() > {began} + 1500")  # longer than the field takes to be written anew
        assert (field.get_attribute("aria-invalid"), field.input_value()) == ("true", "")
        assert screen.state["past"] == before
        # Whoever writes may give it up; whoever moves on has.
        field.fill("x")
        screen.page.keyboard.press("Escape")
        assert (field.get_attribute("aria-invalid"), field.input_value()) == ("false", stood)
        assert screen.state["past"] == before
        field.fill("x")
        field.blur()
        screen.page.keyboard.press("ArrowLeft")
        screen.wait(f"{FIELD_INVALID} === 'false' && {FIELD} !== 'x' && {FIELD} < '{stood}'")
        assert not said.is_visible()
        screen.page.keyboard.press("Escape")
        screen.wait(LIVE)
        assert screen.complaints == []


def test_what_is_written_into_the_field_is_not_for_the_page(overview: Callable[..., Any]) -> None:
    screen = overview()
    go(screen, yesterday(3, 14))
    before, field = screen.state["past"], screen.page.locator("#time-field input")
    field.focus()
    screen.page.keyboard.press("Control+a")
    screen.page.keyboard.type("l L 2026")
    for key in ("ArrowLeft", "Shift+ArrowLeft", "ArrowRight", "Home", "Delete", " "):
        screen.page.keyboard.press(key)
    # Each key did in the field what it does in a field.
    assert field.input_value() == "  L 2026"
    assert screen.state["past"] == before
    screen.page.keyboard.press("Escape")
    assert field.input_value() == yesterday(3, 14)
    assert screen.state["past"] == before
    # Nothing is being written: the key is the page's.
    screen.page.keyboard.press("Escape")
    screen.wait(LIVE)
