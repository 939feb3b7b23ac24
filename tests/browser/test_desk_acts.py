"""What is framed is what is acted on, and a key that does nothing says why: the desk on a made-up API."""

from collections.abc import Callable
from typing import Any

import pytest

from data.incidents.rules import STEP_RULES
from tests.browser import fake_desk
from tests.browser.test_desk import at_desk, choose, make_desk, opened, press

__all__ = ["make_desk"]

pytestmark = pytest.mark.browser

FRAMED = "document.querySelector('#queue .row.active')?.dataset.key"
WHOSE = "document.querySelector('#form .whose')?.innerText || ''"
WHY = "document.querySelector('#why').innerText"


def framed(screen: Any) -> int:
    return int(screen.page.evaluate(FRAMED))


def last_steps(site: Any) -> dict[int, str]:
    return {id_: one["events"][-1]["kind"] for id_, one in site.fake.desk.incidents.items()}


def test_a_step_is_taken_on_the_framed_incident_and_the_form_says_whose_it_is(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk()
    screen = at_desk(revisit(site))
    rows = screen.state["rows"]
    for keys in (("j",), ("j", "j"), ("k",), ("ArrowDown",), ("J",)):
        press(screen, *keys, "n")
        screen.wait("gridCenter.state().form === 'noted'")
        at = framed(screen)
        assert f"备注 #{at}" in screen.page.evaluate(WHOSE)
        assert f"#{at}" in screen.page.locator("#incident-head").inner_text()
        screen.page.get_by_test_id("form").get_by_role("textbox", name="备注").fill(f"给 {at}")
        before = last_steps(site)
        press(screen, "Control+Enter")
        screen.wait("gridCenter.state().form === null")
        changed = {id_ for id_, kind in last_steps(site).items() if kind != before[id_] or kind == "noted"}
        assert site.fake.desk.incidents[at]["events"][-1]["detail"]["note"] == f"给 {at}"
        assert at in changed
    assert framed(screen) == rows[4]
    noted = [id_ for id_, one in site.fake.desk.incidents.items() if one["events"][-1]["kind"] == "noted"]
    assert sorted(noted) == sorted({rows[1], rows[3], rows[2], rows[4]})


def test_the_mouse_over_another_row_frames_nothing(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    site = make_desk()
    screen = at_desk(revisit(site))
    rows = screen.state["rows"]
    screen.page.locator(f"#row-{rows[3]}").hover()
    screen.page.mouse.wheel(0, 400)
    press(screen, "n")
    screen.wait("gridCenter.state().form === 'noted'")
    assert framed(screen) == rows[0]
    assert f"#{rows[0]}" in screen.page.evaluate(WHOSE)
    place = site.fake.desk.incidents[rows[0]]["leaf"]["name"]
    assert place in screen.page.evaluate(WHOSE)


def test_a_slow_answer_never_lets_the_incident_before_be_pressed(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk()
    screen = at_desk(revisit(site))
    rows = screen.state["rows"]
    site.fake.desk.delay_s = 1.0
    press(screen, "j")
    assert framed(screen) == rows[1]
    assert screen.page.evaluate("document.querySelector('#actions').inert && document.querySelector('#nearby').inert")
    press(screen, "n")
    # The key waits for the incident it was pressed on; in the meantime the one before goes out of sight.
    screen.wait("document.querySelector('#incident-body').innerText.includes('正在打开')")
    assert screen.state["form"] is None
    screen.wait("gridCenter.state().form === 'noted'")
    assert f"#{rows[1]}" in screen.page.evaluate(WHOSE)
    # Pressed and moved on: no form comes up for what is framed no more.
    press(screen, "Escape", "j", "n", "j")
    opened(screen, rows[3])
    assert screen.state["form"] is None


def test_the_frame_stays_with_its_incident_when_the_list_is_sorted_anew_or_loses_it(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk(beat_s=0.3)
    screen = at_desk(revisit(site))
    choose(screen, 5004)
    press(screen, "n")
    note = screen.page.get_by_test_id("form").get_by_role("textbox", name="备注")
    note.fill("半句")
    fake_desk.add(site.fake.desk, due_minutes=-9000, title="新上报")
    site.fake.seq += 1
    screen.wait("document.querySelector('#queue').innerText.includes('新上报')")
    assert framed(screen) == 5004
    # Somebody else closes it: it leaves the list, and the form goes on saying whose it is.
    site.fake.desk.incidents[5004]["stage"] = "checked"
    fake_desk.take(site.fake.desk, 5004, "closed", "刘芳", {})
    site.fake.seq += 1
    screen.wait("gridCenter.state().rows.indexOf(5004) === -1")
    assert screen.page.evaluate(FRAMED) is None
    assert (screen.state["opened"], note.input_value()) == (5004, "半句")
    assert "备注 #5004" in screen.page.evaluate(WHOSE)
    screen.wait("document.querySelector('#form .told').innerText.includes('刘芳 已结案')")
    count = len(site.fake.desk.incidents[5004]["events"])
    screen.page.wait_for_timeout(1100)
    press(screen, "Control+Enter")
    assert "现在已不能备注" in screen.page.evaluate(WHY)
    assert len(site.fake.desk.incidents[5004]["events"]) == count
    # The next one is what took its place.
    follower = screen.page.evaluate("gridCenter.state().rows[gridCenter.state().rows.indexOf(5005)]")
    press(screen, "Escape", "j")
    opened(screen, follower)
    assert framed(screen) == follower == 5005


def test_another_queue_frames_what_it_opens_and_disturbs_no_form(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    screen = at_desk(revisit(make_desk()))
    choose(screen, 5010)
    press(screen, "5")
    screen.wait("gridCenter.state().queue === 'red' && gridCenter.state().active === gridCenter.state().rows[0]")
    opened(screen, screen.state["rows"][0])
    press(screen, "n")
    whose = screen.page.evaluate(WHOSE)
    screen.page.locator("#queues [data-queue=unlocated]").click()
    screen.wait("gridCenter.state().queue === 'unlocated' && gridCenter.state().rows.length === 8")
    assert screen.page.evaluate(FRAMED) is None
    assert (screen.state["form"], screen.page.evaluate(WHOSE)) == ("noted", whose)


def test_every_listed_key_acts_or_says_why_not(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    site = make_desk()
    desk = site.fake.desk
    desk.incidents[5006]["suspended"] = True
    screen = at_desk(revisit(site))
    keys = screen.page.evaluate("gridCenter.desk.actions.keys()")
    assert set(keys) == set(STEP_RULES) - {"attached"}
    for id_ in (5000, 5001, 5003, 5005, 5006):
        choose(screen, id_)
        possible = {one["kind"] for one in fake_desk.at_desk(desk, desk.incidents[id_])["actions"]}
        for kind, key in keys.items():
            screen.page.locator("#queue").focus()
            press(screen, key)
            if kind in possible:
                assert screen.state["form"] == kind
                assert screen.page.evaluate(WHY) == ""
                press(screen, "Escape")
                screen.page.evaluate("gridCenter.desk.form.leave()")
            else:
                assert screen.state["form"] is None, kind
                assert f"#{id_}" in screen.page.evaluate(WHY), kind


def test_the_reason_names_the_stage_and_what_to_do(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    site = make_desk()
    site.fake.desk.incidents[5005]["suspended"] = True
    screen = at_desk(revisit(site))
    choose(screen, 5003)
    press(screen, "E")
    assert screen.page.evaluate(WHY) == "#5003 现为“已上报”；结案只在“已核查”时进行"
    press(screen, "y")
    assert screen.page.evaluate(WHY) == "#5003 没有待裁定的申诉"
    choose(screen, 5005)
    press(screen, "r")
    assert screen.page.evaluate(WHY) == "#5005 挂账中；先恢复（G）再督办"
    # Keys that move, open and send say it, too.
    press(screen, "1", "Control+Enter")
    assert "没有打开的表单" in screen.page.evaluate(WHY)
    choose(screen, screen.state["rows"][0])
    press(screen, "k")
    assert screen.page.evaluate(WHY) == "已是第一件"
    choose(screen, screen.state["rows"][-1])
    press(screen, "j")
    assert screen.page.evaluate(WHY) == "已是最后一件"
    screen.page.locator("#search").fill("没有这样的事")
    press(screen, "Enter")
    screen.wait("document.querySelector('#why').innerText === '没有找到'")
    # The list of keys greys what is not possible, and says so.
    press(screen, "?")
    assert screen.page.locator(".key-line.off").count() > 5
    assert "其键可知原因" in screen.page.get_by_role("dialog").inner_text()


def test_a_search_finds_what_is_closed_and_says_what_it_leaves_out(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk()
    site.fake.desk.incidents[5012]["stage"] = "closed"
    screen = at_desk(revisit(site))
    press(screen, "/")
    screen.page.keyboard.type("#5012")
    press(screen, "Enter")
    opened(screen, 5012)
    assert framed(screen) == 5012
    assert "其中已结案或作废 1 件" in screen.page.locator("#queue-notes").inner_text()
    press(screen, "n")
    assert screen.page.evaluate(WHY) == "#5012 已结案，不能再备注"
    press(screen, "5")
    screen.wait("gridCenter.state().queue === 'red' && gridCenter.state().rows.length === 0")
    screen.page.get_by_role("button", name="另有 1 件不在“红灯”中").click()
    screen.wait("gridCenter.state().queue === 'all' && gridCenter.state().rows.length === 1")


def test_a_merged_incident_leads_to_its_target_and_back(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk()
    for one, into in ((5001, 5002), (5002, 5007)):
        fake_desk.take(site.fake.desk, one, "merged", "刘芳", {"into": into, "reason": "同一处"})
    screen = at_desk(revisit(site), "?id=5001")
    head = screen.page.locator("#incident-head")
    assert "已并入" in head.inner_text()
    assert head.locator(".incident-link").all_inner_texts() == ["#5002", "#5007"]
    head.get_by_role("link", name="#5007").click()
    opened(screen, 5007)
    assert "并入本件的事件 · 1" in screen.text("incident")
    screen.page.get_by_test_id("merged").get_by_role("link", name="#5002").click()
    opened(screen, 5002)
    # Back leads to where the link was followed from.
    screen.page.go_back()
    opened(screen, 5007)
    screen.page.go_forward()
    opened(screen, 5002)
    # The trace leads there, too, and the address names what is open.
    screen.page.get_by_test_id("trace").get_by_role("link", name="#5007").click()
    opened(screen, 5007)
    assert screen.page.url.endswith("?id=5007")


def test_a_place_is_chosen_by_the_name_or_code_of_a_grid(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk()
    screen = at_desk(revisit(site))
    screen.wait("gridCenter.state().map")
    leaf = site.fake.city.of(site.fake.city.depth)[5]
    names = " ／ ".join(one["name"] for one in site.fake.city.path(leaf["id"])[1:])
    for id_, typed in ((5008, leaf["code"]), (5013, names)):
        choose(screen, id_)
        press(screen, "l")
        box = screen.page.get_by_test_id("form").get_by_role("combobox", name="网格名称或编码")
        box.fill("没有的网格")
        assert "没有名称或编码为“没有的网格”的网格" in screen.text("form")
        press(screen, "Control+Enter")
        assert "请从列表中选择网格" in screen.text("form")
        box.fill(typed)
        assert names in screen.page.get_by_test_id("form").get_by_role("option").first.inner_text()
        press(screen, "Enter")
        screen.wait(f"document.querySelector('#form .why').innerText === '位于：{names}'")
        press(screen, "Control+Enter")
        screen.wait("gridCenter.state().form === null")
        detail = site.fake.desk.incidents[id_]["events"][-1]["detail"]
        assert detail["grid_code"] == leaf["id"]
        assert {"lon", "lat", "coordinate_system"} & set(detail) == set()


def test_the_crosshair_says_the_names_of_the_grids(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    site = make_desk()
    screen = at_desk(revisit(site))
    screen.wait("gridCenter.state().map")
    choose(screen, 5008)
    press(screen, "l")
    area = site.fake.city.get(site.fake.desk.incidents[5008]["area"])
    lon, lat = area["label"]
    leaf = fake_desk.leaf_at(site.fake.city, lon, lat)
    names = " ／ ".join(one["name"] for one in site.fake.city.path(leaf["id"])[1:])
    pixel = screen.page.evaluate("([lon, lat]) => gridCenter.desk.map.pixelOf(lon, lat)", [lon, lat])
    screen.page.mouse.move(pixel["x"], pixel["y"], steps=4)
    screen.wait(f"document.querySelector('#map-says').innerText === '{names}'")
    screen.page.mouse.click(pixel["x"], pixel["y"])
    screen.wait(f"document.querySelector('#form .why').innerText === '位于：{names}'")
    # A grid by name takes the place of the position, and a position that of the grid.
    form = screen.page.get_by_test_id("form")
    assert form.get_by_label("经度").input_value() != ""
    form.get_by_role("combobox").fill(leaf["code"])
    press(screen, "Enter")
    assert form.get_by_label("经度").input_value() == ""
    assert screen.page.locator("#map-says").inner_text() == names
    form.get_by_label("经度").fill("0")
    form.get_by_label("纬度").fill("0")
    screen.wait("document.querySelector('#form .why').innerText === '不在本市任何网格内'")
    assert form.get_by_role("combobox").input_value() == ""


def test_the_number_to_merge_into_is_typed_as_it_is_printed(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk()
    screen = at_desk(revisit(site))
    choose(screen, 5002)
    press(screen, "m")
    form = screen.page.get_by_test_id("form")
    form.get_by_label("理由").fill("同一处")
    form.get_by_label("并入").fill("五千")
    press(screen, "Control+Enter")
    assert "请填写：并入" in form.inner_text()
    form.get_by_label("并入").fill("＃５００７")
    press(screen, "Control+Enter")
    screen.wait("gridCenter.state().form === null")
    assert site.fake.desk.incidents[5002]["events"][-1]["detail"]["into"] == 5007


def test_an_empty_roster_says_that_none_was_imported(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk()
    site.fake.desk.roster = False
    screen = at_desk(revisit(site))
    screen.page.get_by_test_id("who").click()
    screen.wait("document.querySelector('#persons').innerText.includes('尚未导入名册')")
    assert "python app.py registers import" in screen.page.locator("#persons").inner_text()
    press(screen, "Escape", "2")
    screen.wait("document.querySelector('#why').innerText.includes('尚未导入名册')")
    site.fake.desk.roster = True
    screen.page.get_by_test_id("who").click()
    screen.page.get_by_role("dialog").get_by_role("searchbox").fill("没有此人")
    screen.wait("document.querySelector('#persons').innerText.includes('没有找到')")


def test_a_closed_incident_is_corrected_and_opened_again(
    make_desk: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_desk()
    closed = site.fake.desk.incidents[5012]
    closed["stage"] = "closed"
    screen = at_desk(revisit(site))
    press(screen, "/")
    screen.page.keyboard.type("#5012")
    press(screen, "Enter")
    opened(screen, 5012)
    form = screen.page.get_by_test_id("form")
    press(screen, ".")
    screen.wait("gridCenter.state().form === 'corrected'")
    form.get_by_role("textbox", name="理由").fill("手段误填")
    press(screen, "Control+Enter")
    # A reason alone corrects nothing.
    assert "请至少填写一项" in form.locator(".problem").inner_text()
    form.get_by_text("管理", exact=True).click()
    press(screen, "Control+Enter")
    screen.wait("gridCenter.state().form === null")
    said = closed["events"][-1]
    assert (said["kind"], said["detail"]["means"], said["detail"]["reason"]) == ("corrected", "management", "手段误填")
    assert not {"category", "lon", "lat", "grid_code", "satisfaction"} & said["detail"].keys()
    assert (closed["stage"], closed["corrections"]) == ("closed", 1)
    screen.wait("document.querySelector('#queue').innerText.includes('更正 1')")
    press(screen, "z")
    screen.wait("gridCenter.state().form === 'reopened'")
    form.get_by_role("textbox", name="理由").fill("回访不满意")
    press(screen, "Control+Enter")
    screen.wait("gridCenter.state().form === null")
    assert (closed["stage"], closed["reopens"]) == ("filed", 1)
    screen.wait("document.querySelector('#actions [data-kind=dispatched]') !== null")
