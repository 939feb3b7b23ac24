"""A wall that signed in with a key, and a phone that steers it: real server, real PostGIS, real Chromium."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from data.access.screens import add_screen, revoke_screen
from tests.browser.conftest import PATIENCE_MS, Screen
from tests.browser.field_center import FieldCenter

pytestmark = [pytest.mark.browser, pytest.mark.postgis, pytest.mark.timeout(300)]

expect.set_options(timeout=30_000)


@pytest.fixture
def center(postgis_url: str, tmp_path: Path) -> Iterator[FieldCenter]:
    running = FieldCenter(postgis_url, tmp_path).start()
    yield running
    running.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    made: list[BrowserContext] = []

    def make(width: int, height: int, **options: Any) -> BrowserContext:
        made.append(browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", **options))
        made[-1].set_default_timeout(PATIENCE_MS)
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def wall(center: FieldCenter, context: Callable[..., BrowserContext]) -> Callable[..., Screen]:
    """A wall that signed in with a key; its timetable stands still for the test."""

    def open_(key: str) -> Screen:
        screen = Screen(context(1920, 1080), center.url)
        screen.page.goto(f"{center.url}wall?key={key}&scene=overview")
        screen.wait(
            "gridCenter.scenes && gridCenter.scenes.state().scene === 'overview' && gridCenter.remote.state().code"
        )
        return screen

    return open_


class Phone:
    """A phone with the remote open."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.goto(f"{url}remote")
        expect(self.page.locator("#main[data-view]")).to_be_attached()

    def get(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    def pair(self, code: str) -> None:
        self.get("code").fill(code)
        expect(self.page.locator("#main")).to_have_attribute("data-view", "controls")

    @property
    def fits(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.fixture
def phone(center: FieldCenter, context: Callable[..., BrowserContext]) -> Callable[..., Phone]:
    def open_(**cookies: str) -> Phone:
        own = context(390, 844, has_touch=True, is_mobile=True)
        own.add_cookies([{"name": name, "value": value, "url": center.url} for name, value in cookies.items()])
        return Phone(own, center.url)

    return open_


def scene(screen: Screen) -> dict[str, Any]:
    return dict(screen.page.evaluate("gridCenter.scenes.state()"))


def code_of(screen: Screen) -> str:
    return str(screen.page.evaluate("gridCenter.remote.state().code"))


def test_a_phone_steers_the_wall(center: FieldCenter, wall: Any, phone: Callable[..., Phone]) -> None:
    screen = wall(add_screen(center.services.store, "hall"))
    # The key is gone from the address, and the browser is a screen.
    assert "key=" not in screen.page.url
    code = code_of(screen)
    shown = screen.page.get_by_test_id("remote-code")
    expect(shown).to_contain_text(f"{code[:3]} {code[3:]}")
    expect(shown).to_contain_text("/remote")
    one = phone()
    expect(one.page.get_by_label("请输入大屏上的配对码")).to_be_visible()
    assert one.fits
    one.pair(code)
    # Once it is used it is shown no more; a second phone asks for another one with a key.
    expect(shown).to_be_hidden()
    assert screen.page.evaluate("gridCenter.remote.state().phones") == 1
    screen.page.keyboard.press("c")
    expect(shown).to_be_visible()
    assert code_of(screen) != code
    screen.page.keyboard.press("c")
    expect(shown).to_be_hidden()

    one.get("supervision").click()
    screen.wait("gridCenter.scenes.state().scene === 'supervision'")
    expect(one.get("said")).to_have_text("已发送：督办")
    expect(one.get("towns").get_by_role("button")).to_have_text(["澄江街道", "徐霞客镇"])
    one.get("towns").get_by_text("徐霞客镇").click()
    screen.wait("gridCenter.scenes.state().within === '1:T1'")
    assert scene(screen)["scene"] == "place"
    # A scene that was chosen is held, and the phone knows.
    assert scene(screen)["held"]
    one.get("release").click()
    screen.wait("!gridCenter.scenes.state().held")
    one.get("hold").click()
    screen.wait("gridCenter.scenes.state().held")
    expect(one.get("release")).to_be_visible()
    before = scene(screen)["changes"]
    one.get("next").click()
    one.get("previous").click()
    screen.wait(f"gridCenter.scenes.state().changes === {before + 2}")
    assert one.fits
    assert one.complaints == []
    # The phone's page may be loaded anew without a new code.
    one.page.reload()
    one.get("overview").click()
    screen.wait("gridCenter.scenes.state().scene === 'overview'")
    one.get("disconnect").click()
    expect(one.get("code")).to_be_visible()
    one.page.reload()
    expect(one.get("code")).to_be_visible()


def test_a_wrong_code_is_told_in_the_viewers_language(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    one = phone(lang="en")
    expect(one.page.locator("html")).to_have_attribute("lang", "en")
    one.get("code").fill("123 45")
    one.get("connect").click()
    expect(one.get("code")).to_be_focused()
    expect(one.get("said")).to_have_text("")
    one.get("code").fill("123 456")
    expect(one.get("said")).to_have_text("No wall shows this code, or its control has run out")
    expect(one.get("code")).to_have_value("")
    one.get("language").click()
    expect(one.page.locator("html")).to_have_attribute("lang", "zh-CN")
    one.page.reload()
    expect(one.get("connect")).to_have_text("连接")


def test_wall_and_phone_get_over_a_restart(center: FieldCenter, wall: Any, phone: Callable[..., Phone]) -> None:
    screen = wall(add_screen(center.services.store, "hall"))
    one = phone()
    one.pair(code_of(screen))
    before = code_of(screen)
    center.stop()
    one.get("next").click()
    expect(one.get("said")).to_have_text("指挥中心没有应答，请检查网络")
    center.start()
    # Nobody touches the wall: it comes back, with a code of the new server.
    screen.wait(f"gridCenter.remote.state().code !== '{before}' && gridCenter.remote.state().phones === 0")
    one.get("next").click()
    expect(one.get("code")).to_be_visible()
    expect(one.get("said")).to_have_text("没有显示此配对码的大屏，或控制已失效")
    one.pair(code_of(screen))
    # What was opened again listens once: one press is one step.
    changes = scene(screen)["changes"]
    one.get("next").click()
    one.get("night").click()
    screen.wait("gridCenter.scenes.state().scene === 'night'")
    assert scene(screen)["changes"] == changes + 2
    # A second start, should somebody call it, changes nothing.
    screen.page.evaluate("gridCenter.remote.start()")
    assert screen.page.get_by_test_id("remote-code").count() == 1


def test_a_wall_whose_key_was_revoked_says_so(center: FieldCenter, wall: Any) -> None:
    screen = wall(add_screen(center.services.store, "hall"))
    revoke_screen(center.services.store, "hall")
    expect(screen.page.get_by_text("这块屏幕的密钥无效或已停用")).to_be_visible()
    assert screen.page.evaluate("document.cookie") == ""


def test_a_sheet_says_when_it_was_printed(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    mine = phone(lang="en")
    expect(mine.get("printed")).to_be_hidden()
    mine.page.emulate_media(media="print")
    line = mine.get("printed")
    expect(line).to_have_text(re.compile(r"Data as of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d · Demonstration data"))
    written = datetime.fromisoformat(line.inner_text()[11:30]).replace(tzinfo=center.services.settings.zone)
    assert abs(datetime.now(UTC) - written) < timedelta(minutes=5)
    mine.page.emulate_media(media="screen")
    expect(line).to_be_hidden()
    assert mine.complaints == []
