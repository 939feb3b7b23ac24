"""The office's registers as a keeper sees them: tables, filters, search, the reason; both looks, wide and narrow."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENCE_MS, Screen
from tests.browser.field_center import FieldCenter

pytestmark = [pytest.mark.browser, pytest.mark.postgis, pytest.mark.timeout(420)]

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text("utf-8")
FINDINGS = """() => axe.run().then(({ violations }) =>
  violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`))"""
WIDER_THAN_WINDOW = "document.scrollingElement.scrollWidth - innerWidth"
ASKED = "office/registers?person=W01&category=0101&grid=L00"


@pytest.fixture
def center(postgis_url: str, tmp_path: Path) -> Iterator[FieldCenter]:
    running = FieldCenter(postgis_url, tmp_path).start()
    yield running
    running.stop()


@pytest.fixture
def look(browser: Browser, center: FieldCenter) -> Iterator[Callable[..., Screen]]:
    contexts = []

    def make(language: str = "zh", theme: str = "light", size: tuple[int, int] = (1920, 1080), **more: Any) -> Screen:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **more)
        chosen = [("lang", language), ("theme", theme)]
        context.add_cookies([{"name": name, "value": value, "url": center.url} for name, value in chosen])
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return Screen(context, center.url)

    yield make
    for context in contexts:
        context.close()


def opened(screen: Screen, address: str) -> Screen:
    screen.page.goto(f"{screen.url}{address}")
    expect(screen.page.locator("#table .ag-row").first).to_be_visible(timeout=PATIENCE_MS)
    return screen


def test_tables_are_searched_filtered_sorted_and_a_row_is_asked_about(look: Callable[..., Screen]) -> None:
    screen = opened(look(), "office")
    page, wait = screen.page, {"timeout": PATIENCE_MS}
    assert page.url == f"{screen.url}office/registers"
    count, rows = page.get_by_test_id("count"), page.locator("#table .ag-center-cols-container .ag-row")
    expect(page.get_by_test_id("version")).to_contain_text("第 1 版名册：2 个单位，4 人，0 项权责")
    expect(count).to_have_text("共 2 行")
    page.locator("#register").get_by_text("人员").click()
    expect(count).to_have_text("共 4 行", **wait)
    expect(page.locator("#kind")).to_be_visible()
    page.locator("#search").fill("Ｗ０１")
    expect(count).to_have_text("1 行，共 4 行", **wait)
    expect(rows).to_have_count(1, **wait)
    expect(rows.first).to_contain_text("王芳")
    page.locator("#search").fill("")
    expect(rows).to_have_count(4, **wait)
    page.locator("#kind").click()
    page.get_by_role("option", name="网格长").click()
    expect(rows).to_have_count(1, **wait)
    expect(rows.first).to_contain_text("陈建国")
    rows.first.click()
    expect(page.locator("#person")).to_have_value("C01", **wait)
    expect(page.get_by_test_id("finding")).to_contain_text("陈建国在", **wait)
    page.locator("#grid").fill("Ｌ００")
    page.locator("#category").click()
    page.get_by_role("option", name="0101 暴露垃圾").click()
    expect(page.get_by_test_id("finding")).to_have_text(
        "陈建国可以办理花园村第1网格的“暴露垃圾”，仅限服务手段。", **wait
    )
    expect(page.locator("[data-means=service]")).to_contain_text("花园村网格长")
    page.locator("#grid").fill("天边")
    expect(page.get_by_test_id("reason")).to_have_text("没有这个网格：“天边”", **wait)
    page.locator("#kind").locator("xpath=ancestor::*[contains(@class, 'choice')]").locator("button").click()
    expect(rows).to_have_count(4, **wait)
    head = page.locator(".ag-header-cell[col-id=person]")
    head.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("#table .ag-row[row-index='0']")).to_contain_text("C01", **wait)
    assert (screen.complaints, screen.abroad) == ([], [])


@pytest.mark.parametrize(("language", "theme", "width"), [("zh", "light", 1920), ("en", "dark", 390)])
def test_both_looks_have_no_finding_and_fit(look: Callable[..., Screen], language: str, theme: str, width: int) -> None:
    screen = opened(look(language, theme, (width, 844), bypass_csp=True), ASKED)
    page = screen.page
    said = {"zh": "王芳可以办理花园村第1网格的“暴露垃圾”", "en": "王芳 may handle Exposed rubbish in 花园村第1网格"}
    expect(page.get_by_test_id("finding")).to_contain_text(said[language], timeout=PATIENCE_MS)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == {
        "light": "rgb(251, 252, 253)", "dark": "rgb(10, 17, 25)",
    }[theme]  # fmt: skip
    assert page.evaluate(WIDER_THAN_WINDOW) <= 0
    page.evaluate(AXE)
    assert page.evaluate(FINDINGS) == []
    page.locator("#town").click()
    expect(page.get_by_role("option").first).to_be_visible()
    assert page.evaluate(FINDINGS) == []
    page.keyboard.press("Escape")
    page.evaluate("document.querySelector('#table').append(document.createElement('button'))")
    assert page.evaluate(FINDINGS) != []
    assert (screen.complaints, screen.abroad) == ([], [])


def test_the_first_stop_of_the_keyboard_leads_past_the_header(look: Callable[..., Screen]) -> None:
    page = opened(look(), "office/registers").page
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
