"""Pages for everybody: no finding of axe-core, one way past the header, and windows as narrow as a phone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, Screen
from tests.browser.field_center import WORKER, FieldCenter
from tests.browser.wall_scenes import KEYS, stand

pytestmark = [pytest.mark.browser, pytest.mark.postgis, pytest.mark.timeout(420)]

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text("utf-8")
# Each finding with the elements it is about.
FINDINGS = """() => axe.run().then(({ violations }) =>
  violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`))"""
# A phone; a small desk at 200 %; the narrowest window that pages are held to.
NARROW = [(390, 844), (683, 384), (320, 640)]
WIDER_THAN_WINDOW = "document.scrollingElement.scrollWidth - innerWidth"
LOOKS = [(language, theme) for language in ("zh", "en") for theme in ("dark", "light")]


@pytest.fixture
def center(postgis_url: str, tmp_path: Path) -> Iterator[FieldCenter]:
    running = FieldCenter(postgis_url, tmp_path).start()
    running.dispatch(running.report("1", "路面塌陷", hours_ago=2))
    running.report("2", "井盖缺失")
    yield running
    running.stop()


@pytest.fixture
def look(browser: Browser, center: FieldCenter) -> Iterator[Callable[..., Screen]]:
    """A visitor; our policy would keep axe-core from being put into the page."""
    contexts = []

    def make(language: str = "zh", theme: str = "dark", size: tuple[int, int] = (1366, 768)) -> Screen:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, bypass_csp=True)
        context.add_cookies(
            [
                {"name": name, "value": value, "url": center.url}
                for name, value in (("lang", language), ("theme", theme))
            ]
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return Screen(context, center.url)

    yield make
    for context in contexts:
        context.close()


def findings(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return list(page.evaluate(FINDINGS))


def desk(screen: Screen) -> None:
    """The desk with an incident open."""
    screen.page.goto(f"{screen.url}desk")
    screen.wait("gridCenter.state().rows && gridCenter.state().seq !== null")
    screen.page.locator("#queue .row").first.click()
    screen.page.wait_for_selector("#incident-head .title")


def plain(screen: Screen, path: str) -> None:
    """A page without Dash."""
    screen.page.goto(f"{screen.url}{path}")
    screen.page.wait_for_selector("main *")


def field(screen: Screen) -> Iterator[str]:
    """The field's views, one after the other."""
    plain(screen, "field")
    expect(screen.page.locator("html[data-started]")).to_be_attached()
    yield "who"
    screen.page.request.post(f"{screen.url}api/v1/session", data={"person": WORKER})
    for view in ("report", "list", "outbox", "incident/1"):
        plain(screen, f"field#{view}")
        screen.page.reload()
        expect(screen.page.locator(f"main[data-view={view.split('/')[0]}] > *").first).to_be_visible()
        yield view


def views(screen: Screen) -> Iterator[str]:
    """Every page, in the states in which something else stands on it."""
    screen.open()
    yield "overview"
    screen.page.locator("[data-testid=layer-chooser] summary").click()
    yield "overview, layers"
    # What is open is open at any hour; of today there is nothing yet just after midnight.
    screen.page.locator("#now [data-cases=open]").first.click()
    screen.page.wait_for_selector("#cases-list li")
    yield "overview, cases"
    screen.open("wall?scene=overview")
    for scene, key in KEYS.items():
        screen.page.keyboard.press(key)
        stand(screen, scene)
        yield f"wall, {scene}"
    desk(screen)
    yield "desk"
    screen.page.keyboard.press("?")
    yield "desk, keys"
    screen.page.keyboard.press("Escape")
    screen.page.locator("#actions button").first.click()
    yield "desk, form"
    for key in ("Escape", "l"):
        screen.page.keyboard.press(key)
    screen.page.locator("#field-grid-code").fill("网格")
    screen.page.wait_for_selector("#grid-choices li")
    yield "desk, grids to choose from"
    for key in ("Escape", "Escape", "e"):
        screen.page.keyboard.press(key)
    screen.wait("document.querySelector('#why').innerText !== ''")
    yield "desk, a key that says why"
    screen.page.locator("#search").fill("塌陷")
    screen.wait("gridCenter.state().rows.length === 1")
    yield "desk, search"
    screen.page.get_by_test_id("who").click()
    screen.page.wait_for_selector("#persons li")
    yield "desk, people"
    yield from field(screen)
    plain(screen, "remote")
    yield "remote"
    plain(screen, "nowhere")
    yield "nowhere"


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_axe_finds_nothing_on_any_page(look: Callable[..., Screen], language: str, theme: str) -> None:
    screen = look(language, theme)
    found = {view: findings(screen.page) for view in views(screen)}
    assert {view: wrong for view, wrong in found.items() if wrong} == {}
    assert len(found) >= 20


def test_axe_would_find_something(look: Callable[..., Screen]) -> None:
    screen = look()
    plain(screen, "remote")
    screen.page.evaluate("document.body.append(document.createElement('button'))")
    assert any(one.startswith("button-name") for one in findings(screen.page))


def test_the_first_stop_of_the_keyboard_leads_past_the_header(look: Callable[..., Screen]) -> None:
    screen = look()
    for path, hash_ in (("", ""), ("wall", ""), ("desk", ""), ("field", ""), ("remote", "#main")):
        screen.page.goto(f"{screen.url}{path}")
        link = screen.page.locator("a.skip")
        expect(link).to_have_text("跳到主要内容")
        before = screen.page.evaluate("location.hash")
        assert screen.page.evaluate("document.activeElement.matches('body')"), path
        screen.page.keyboard.press("Tab")
        expect(link).to_be_focused()
        expect(link).to_be_in_viewport()
        screen.page.keyboard.press("Enter")
        expect(screen.page.locator("#main")).to_be_focused()
        assert screen.page.evaluate("location.hash") == (hash_ or before), path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_narrow_windows_scroll_one_way_only(look: Callable[..., Screen], language: str) -> None:
    screen = look(language, size=NARROW[0])
    opened: list[tuple[str, Callable[[], Any]]] = [
        ("overview", screen.open),
        ("wall", lambda: screen.open("wall?scene=overview")),
        ("field", lambda: plain(screen, "field")),
        ("remote", lambda: plain(screen, "remote")),
        ("nowhere", lambda: plain(screen, "nowhere")),
    ]
    found = {}
    for page, open_ in opened:
        open_()
        for width, height in NARROW:
            screen.page.set_viewport_size({"width": width, "height": height})
            screen.page.wait_for_timeout(300)
            found[page, width] = max(0, screen.page.evaluate(WIDER_THAN_WINDOW))
    assert {where: wider for where, wider in found.items() if wider} == {}


def test_nothing_is_left_out_of_a_narrow_page(look: Callable[..., Screen]) -> None:
    screen = look(size=(683, 384)).open()
    screen.page.wait_for_selector("[data-testid=kpis] .kpi-row")
    rows = screen.page.locator("[data-testid=kpis] .kpi-row")
    assert rows.count() == 6
    assert all(rows.nth(i).is_visible() for i in range(6))
    assert screen.page.evaluate("document.querySelector('#flow').clientWidth <= innerWidth")
