"""The command desk in a real browser, on a made-up API: keys, forms, steps by others, what comes in, what is stale."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import fake_api, fake_city, fake_desk
from tests.browser.test_page import CLASHES, CUT, SIZES

pytestmark = pytest.mark.browser

STARTED = "gridCenter.state().rows && gridCenter.state().opened !== null && gridCenter.state().seq !== null"
# What ends to the right of the window.
BEYOND = """[...document.querySelectorAll('.desk button, .desk input, .desk p, .desk dd, .dialog *')]
    .filter((node) => node.getClientRects().length && !node.closest('.map-marks, .map-graph'))
    .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
    .map((node) => node.outerHTML.slice(0, 120))"""
# Where the list and the eye stand.
SCROLL = "document.querySelector('#queue').scrollTop"


@pytest.fixture
def make_desk(make_site: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Fake servers whose API has the desk."""
    monkeypatch.setattr(fake_api, "create_app", _with_desk(fake_api.create_app))
    return make_site


def _with_desk(plain: Callable[..., Any]) -> Callable[..., Any]:
    return lambda fake: fake_desk.create_app(fake, plain)


def at_desk(screen: Any, query: str = "") -> Any:
    screen.page.goto(f"{screen.url}desk{query}")
    screen.wait(f"{STARTED} && document.querySelector('#incident-head .title')")
    return screen


def press(screen: Any, *keys: str) -> None:
    for key in keys:
        screen.page.keyboard.press(key)


def choose(screen: Any, id_: int) -> None:
    """Open an incident by its row."""
    screen.page.locator(f"#row-{id_}").click()
    opened(screen, id_)


def opened(screen: Any, id_: int) -> None:
    screen.wait(f"document.querySelector('#incident-head').innerText.includes('#{id_}')")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("city", [fake_city.chinese_city, fake_city.latin_city])
def test_nothing_is_cut_or_overlaps(
    make_desk: Callable[..., Any], revisit: Callable[..., Any], language: str, city: Callable[[], fake_city.City]
) -> None:
    screen = at_desk(revisit(make_desk(city()), lang=language))
    choose(screen, 5002)
    for width, height in SIZES:
        screen.page.set_viewport_size({"width": width, "height": height})
        for keys in ((), ("d",), ("Escape", "m"), ("Escape",)):
            press(screen, *keys)
            screen.wait(f"innerWidth === {width}")
            found = {"cut": screen.page.evaluate(CUT), "clashes": screen.page.evaluate(CLASHES)}
            assert found == {"cut": [], "clashes": []}, (width, height, keys)
            assert screen.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
            assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# A phone, and a desk of 1366 x 768 and of 1920 x 1080 at twice the size of letters.
NARROW = [(390, 844), (683, 384), (960, 540)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_narrow_window_or_a_large_zoom_needs_no_scrolling_sideways(
    make_desk: Callable[..., Any], revisit: Callable[..., Any], language: str
) -> None:
    site = make_desk(fake_city.latin_city() if language == "en" else fake_city.chinese_city())
    fake_desk.take(site.fake.desk, 5001, "merged", "刘芳", {"into": 5002, "reason": "同一处"})
    screen = at_desk(revisit(site, lang=language))
    for width, height in NARROW:
        screen.page.set_viewport_size({"width": width, "height": height})
        choose(screen, 5002)
        for keys in ((), ("d",), ("Escape", "l"), ("Escape", "e"), ("?",)):
            screen.page.locator("#queue").focus()
            press(screen, *keys)
            screen.wait(f"innerWidth === {width}")
            wide = screen.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (width, keys)
            # Nothing of the work is beside the page where nobody can get at it.
            beyond = screen.page.evaluate(BEYOND)
            assert beyond == [], (width, keys)
        press(screen, "Escape")
        assert screen.page.locator("#queue").bounding_box()["height"] > 150
    assert screen.complaints == []


def test_what_burns_stands_first_with_its_words(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    screen = at_desk(revisit(make_desk()))
    first = screen.page.locator("#queue .row").first.inner_text()
    assert "超期 2 天 18 小时" in first
    assert "综合执法一中队" in first
    assert "已派遣" in first
    assert screen.page.get_by_role("tab", name="红灯").inner_text().startswith("3")
    incident = screen.text("incident")
    assert "权责清单：东山镇自 2018-01-01 起行使“擅自占用城市道路的处罚”（CF-0127）" in incident
    assert "空缺" in incident
    assert screen.page.locator("[data-testid=trace] .event").count() == 4
    assert screen.complaints == []
    assert screen.abroad == []


def test_works_without_a_mouse(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    site = make_desk()
    screen = at_desk(revisit(site))
    rows = screen.state["rows"]
    press(screen, "j", "ArrowDown", "k")
    assert screen.state["active"] == rows[1]
    press(screen, "j", "Enter")
    opened(screen, rows[2])
    assert screen.page.locator("#queue").get_attribute("aria-activedescendant") == f"row-{rows[2]}"
    assert screen.page.locator(f"#row-{rows[2]}").get_attribute("aria-selected") == "true"

    press(screen, "5")
    screen.wait("gridCenter.state().queue === 'red' && gridCenter.state().rows.length === 3")
    assert screen.page.get_by_role("tab", name="红灯").get_attribute("aria-selected") == "true"
    press(screen, "1")
    screen.wait("gridCenter.state().rows.length === 40")

    # While something is typed, letters are letters.
    press(screen, "/")
    screen.page.keyboard.type("dj2x")
    assert (screen.state["form"], screen.state["queue"]) == (None, "all")
    screen.wait("gridCenter.state().rows.length === 0")
    assert "没有找到" in screen.page.locator("#queue-empty").inner_text()
    screen.page.locator("#search").fill("")
    press(screen, "Escape")
    screen.wait("gridCenter.state().rows.length === 40 && document.activeElement.id === 'queue'")

    press(screen, "?")
    assert "派遣" in screen.page.get_by_role("dialog").inner_text()
    press(screen, "d")
    assert screen.state["form"] is None
    press(screen, "Escape")
    assert screen.page.get_by_role("dialog").count() == 0


def test_dispatches_by_rule_with_two_keys(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    site = make_desk()
    screen = at_desk(revisit(site))
    choose(screen, 5002)
    press(screen, "d")
    screen.wait("gridCenter.state().form === 'dispatched'")
    assert "网格01（按规则）" in screen.text("form")
    press(screen, "Enter")
    screen.wait("document.querySelector('#said').innerText === '#5002 已派遣'")
    said = site.fake.desk.incidents[5002]["events"][-1]
    assert said["kind"] == "dispatched"
    assert said["actor"] == "指挥中心"
    assert (said["detail"]["means"], "unit" in said["detail"]) == ("service", False)
    screen.wait("document.querySelector('#incident-head .stage-word').innerText === '已派遣'")


def test_another_unit_asks_for_a_reason_and_other_means_for_another_unit(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk()
    screen = at_desk(revisit(site))
    choose(screen, 5002)
    press(screen, "d")
    form = screen.page.get_by_test_id("form")
    assert form.get_by_label("理由").is_hidden()
    form.get_by_text("执法", exact=True).click()
    assert "综合执法二中队（按规则）" in form.inner_text()
    form.get_by_label("处置单位").select_option("water")
    form.get_by_role("button", name="派遣").click()
    assert "请填写：理由" in form.inner_text()
    form.get_by_label("理由").fill("管网在其辖下")
    press(screen, "Control+Enter")
    screen.wait("gridCenter.state().form === null")
    detail = site.fake.desk.incidents[5002]["events"][-1]["detail"]
    assert (detail["unit"], detail["means"], detail["reason"]) == ("water", "enforcement", "管网在其辖下")
    screen.wait("document.querySelector('#incident-body').innerText.includes('人工改派至 水务局，理由：管网在其辖下')")


def test_who_was_overtaken_is_told_and_loses_nothing(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk(beat_s=30)  # the stream says nothing yet: the refusal does
    screen = at_desk(revisit(site))
    choose(screen, 5000)
    press(screen, "n")
    screen.page.get_by_test_id("form").get_by_role("textbox", name="备注").fill("已电话联系当事人")
    fake_desk.take(site.fake.desk, 5000, "claimed", "刘芳", {})
    press(screen, "Control+Enter")
    screen.wait("document.querySelector('#form .told').innerText.includes('刘芳 已签收')")
    assert "他人已先行处理" in screen.text("form")
    assert screen.page.get_by_test_id("form").get_by_role("textbox", name="备注").input_value() == "已电话联系当事人"
    assert [event["kind"] for event in site.fake.desk.incidents[5000]["events"]][-1] == "claimed"
    screen.wait("document.querySelector('#incident-head .stage-word').innerText === '已签收'")
    # Read and confirmed, it goes on; a key that was already on its way would not have.
    screen.page.wait_for_timeout(1100)
    press(screen, "Control+Enter")
    screen.wait("gridCenter.state().form === null")
    assert site.fake.desk.incidents[5000]["events"][-1]["detail"]["note"] == "已电话联系当事人"


def test_what_is_no_longer_possible_is_said_while_typing(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk(beat_s=0.3)
    screen = at_desk(revisit(site))
    choose(screen, 5000)
    press(screen, "c")
    screen.page.get_by_test_id("form").get_by_role("textbox", name="备注").fill("在路上")
    fake_desk.take(site.fake.desk, 5000, "claimed", "刘芳", {})
    site.fake.seq += 1
    screen.wait("document.querySelector('#form .told').innerText.includes('现在已不能签收')")
    assert screen.page.get_by_test_id("form").get_by_role("button", name="签收").is_disabled()
    assert screen.page.get_by_test_id("form").get_by_role("textbox", name="备注").input_value() == "在路上"


def test_what_comes_in_disturbs_nothing(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    site = make_desk(beat_s=0.3)
    screen = at_desk(revisit(site))
    screen.page.evaluate("window.notReloaded = true")
    choose(screen, 5020)
    press(screen, "n")
    note = screen.page.get_by_test_id("form").get_by_role("textbox", name="备注")
    note.fill("半句")
    place = screen.page.locator("#row-5020").bounding_box()
    assert screen.page.evaluate(SCROLL) > 0
    fake_desk.add(site.fake.desk, due_minutes=-9000, title="北大街路面塌陷")
    before = len(site.fake.desk.requests)
    site.fake.seq += 1
    screen.wait("document.querySelector('#queue').innerText.includes('北大街路面塌陷')", seconds=5)
    assert screen.page.locator("#queue .row").first.inner_text().startswith("暴露垃圾 · 北大街路面塌陷")
    after = screen.page.locator("#row-5020").bounding_box()
    assert abs(after["y"] - place["y"]) < 1
    assert (note.input_value(), screen.state["opened"], screen.state["active"]) == ("半句", 5020, 5020)
    assert screen.page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    assert screen.page.evaluate("window.notReloaded") is True
    # However fast the log grows, the queue is asked for once a second at most.
    for _ in range(20):
        site.fake.seq += 1
        screen.page.wait_for_timeout(100)
    assert len(site.fake.desk.requests) - before <= 5


def test_typed_text_survives_a_reload_of_the_page(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    screen = at_desk(revisit(make_desk()))
    choose(screen, 5006)
    press(screen, "x")
    screen.page.get_by_test_id("form").get_by_label("理由").fill("重复上报，已核")
    screen.page.reload()
    screen.wait(f"{STARTED} && gridCenter.state().form === 'voided'")
    assert screen.page.get_by_test_id("form").get_by_label("理由").input_value() == "重复上报，已核"
    assert screen.state["opened"] == 5006


def test_markup_in_a_report_is_text(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    site = make_desk()
    fake_desk.take(site.fake.desk, 5003, "noted", fake_desk.HOSTILE, {"note": fake_desk.HOSTILE})
    screen = at_desk(revisit(site))
    choose(screen, 5003)
    screen.wait("document.querySelectorAll('[data-testid=trace] .event').length === 2")
    assert screen.page.locator("#incident-head .title").inner_text().endswith(fake_desk.HOSTILE)
    assert fake_desk.HOSTILE in screen.text("trace")
    assert screen.page.locator(".desk img, .desk script").count() == 0
    assert screen.page.evaluate("window.hacked") is None
    assert screen.complaints == []


def test_places_what_has_no_place_by_a_click_or_by_keys(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk()
    screen = at_desk(revisit(site))
    press(screen, "6")
    screen.wait("gridCenter.state().queue === 'unlocated' && gridCenter.state().map")
    choose(screen, 5008)
    press(screen, "l")
    screen.wait("document.querySelector('#map-frame').classList.contains('placing')")
    area = site.fake.city.get(site.fake.desk.incidents[5008]["area"])
    lon, lat = area["label"]
    pixel = screen.page.evaluate("([lon, lat]) => gridCenter.desk.map.pixelOf(lon, lat)", [lon, lat])
    screen.page.mouse.click(pixel["x"], pixel["y"])
    form = screen.page.get_by_test_id("form")
    screen.wait("document.querySelector('#form [id^=field-lon]').value !== ''")
    assert abs(float(form.get_by_label("经度").input_value()) - lon) < 1e-3
    form.get_by_role("button", name="定位").click()
    screen.wait("gridCenter.state().form === null && gridCenter.state().rows.indexOf(5008) === -1")
    placed = site.fake.desk.incidents[5008]
    assert placed["leaf"]["id"].startswith(area["id"].replace("2:", "3:"))

    choose(screen, 5013)
    press(screen, "l")
    screen.wait("document.querySelector('#map-frame').classList.contains('placing')")
    press(screen, "ArrowUp", "ArrowLeft", "Enter")
    screen.wait("gridCenter.state().rows.indexOf(5013) === -1")
    assert site.fake.desk.incidents[5013]["leaf"] is not None


def test_merges_from_the_list_of_duplicates(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    site = make_desk()
    screen = at_desk(revisit(site))
    choose(screen, 5001)
    screen.page.get_by_test_id("nearby").get_by_role("button", name="并入此件").nth(1).click()
    form = screen.page.get_by_test_id("form")
    form.get_by_label("理由").fill("同一处")
    press(screen, "Control+Enter")
    screen.wait("gridCenter.state().form === null")
    detail = site.fake.desk.incidents[5001]["events"][-1]["detail"]
    assert (detail["into"], detail["reason"]) == (5004, "同一处")


def test_turns_stale_with_the_time_of_its_data_and_recovers(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk(beat_s=0.5)
    screen = at_desk(revisit(site))
    screen.page.evaluate("window.notReloaded = true")
    site.kill()
    screen.page.get_by_test_id("stale").wait_for(state="visible", timeout=30_000)
    assert "数据停在" in screen.text("stale")
    assert "grayscale" in screen.page.evaluate("getComputedStyle(document.querySelector('.page')).filter")
    fake_desk.add(site.fake.desk, due_minutes=-9000, title="断线时上报")
    site.fake.seq += 1
    site.start()
    screen.page.get_by_test_id("stale").wait_for(state="hidden", timeout=30_000)
    screen.wait("document.querySelector('#queue').innerText.includes('断线时上报')")
    assert screen.page.evaluate("window.notReloaded") is True


def test_a_person_of_the_roster_sits_down(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    site = make_desk()
    screen = at_desk(revisit(site))
    press(screen, "2")
    screen.wait("document.querySelector('#why').innerText.includes('请先选择坐席人员')")
    screen.page.get_by_test_id("who").click()
    screen.page.get_by_role("dialog").get_by_role("searchbox").fill("刘芳")
    screen.wait("document.querySelectorAll('#persons .person').length === 1")
    screen.page.locator("[data-person=p4]").click()
    screen.wait("document.querySelector('#me').innerText.includes('刘芳') && gridCenter.state().rows.length > 0")
    choose(screen, screen.state["rows"][0])
    press(screen, "r", "Enter")
    screen.wait("gridCenter.state().form === null")
    assert site.fake.desk.incidents[screen.state["opened"]]["events"][-1]["actor"] == "刘芳"


def test_the_pages_lead_to_each_other_and_the_language_keeps_the_incident(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    screen = at_desk(revisit(make_desk()))
    choose(screen, 5004)
    screen.page.get_by_test_id("language").click()
    screen.page.wait_for_selector("html[lang=en]")
    screen.wait(f"{STARTED} && gridCenter.state().opened === 5004")
    screen.page.get_by_test_id("actions").get_by_role("button", name="Claim").wait_for()
    screen.page.get_by_test_id("other-page").click()
    screen.wait("document.title.includes('Command Center') && gridCenter.state().mapUpdates !== undefined")
    screen.page.get_by_test_id("other-page").click()
    screen.wait(STARTED)
    assert screen.abroad == []
    assert screen.complaints == []
