"""The phone page: real server, real PostGIS, real Chromium of the size of a phone, with and without a network."""

import base64
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.conftest import PATIENCE_MS
from tests.browser.field_center import FieldCenter

pytestmark = [pytest.mark.browser, pytest.mark.postgis, pytest.mark.timeout(300)]

AT_HOME = {"longitude": 120.2826, "latitude": 31.9022, "accuracy": 12}
SMALL_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


expect.set_options(timeout=20_000)


@pytest.fixture
def center(postgis_url: str, tmp_path: Path) -> Iterator[FieldCenter]:
    running = FieldCenter(postgis_url, tmp_path).start()
    yield running
    running.stop()


class Phone:
    """One phone: its pages come and go, what it keeps stays."""

    def __init__(self, context: BrowserContext, center: FieldCenter) -> None:
        self.context = context
        self.url = center.url
        self.gate = center.gate
        self.complaints: list[str] = []
        context.set_default_timeout(PATIENCE_MS)
        self.page: Page
        self.open()

    def open(self, view: str = "") -> "Phone":
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.goto(f"{self.url}field{view}")
        expect(self.page.locator("html[data-started]")).to_be_attached()
        return self

    def be(self, name: str) -> "Phone":
        """Choose oneself, and wait until the page is kept on the phone."""
        self.get("people").get_by_text(name).click()
        expect(self.get("me")).to_contain_text(name)
        expect(self.get("categories").get_by_role("radio")).to_have_count(6)
        expect(self.get("map").locator("path")).to_have_count(9)
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        return self

    def get(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    def tab(self, name: str) -> None:
        self.get(f"tab-{name}").click()
        expect(self.get(f"tab-{name}")).to_have_attribute("aria-current", "page")

    def fill(self, title: str, category: str = "道路破损") -> None:
        self.tab("report")
        self.get("categories").get_by_role("radio", name=category).click()
        self.get("title").fill(title)
        self.get("here").click()
        expect(self.get("place")).to_contain_text("花园村第1网格")

    def entry(self, title: str) -> Locator:
        return self.get("outbox").locator("li", has_text=title)

    def delivered(self, title: str) -> None:
        self.tab("outbox")
        expect(self.entry(title)).to_have_attribute("data-state", "sent")

    def open_incident(self, title: str) -> None:
        self.tab("list")
        self.get("mine").get_by_text(title).click()
        expect(self.get("incident").locator("h1")).to_contain_text(title)

    def step(self, kind: str, text: str = "") -> None:
        self.get("actions").locator(f"[data-kind={kind}]").click()
        if text:
            self.get("step-text").fill(text)
        self.get("confirm").click()


@pytest.fixture
def phone(browser: Browser, center: FieldCenter) -> Iterator[Callable[..., Phone]]:
    contexts: list[BrowserContext] = []

    def make(width: int = 390, **options: Any) -> Phone:
        context = browser.new_context(
            viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True, locale="zh-CN",
            permissions=["geolocation"], geolocation=AT_HOME, **options,
        )  # fmt: skip
        contexts.append(context)
        return Phone(context, center)

    yield make
    for context in contexts:
        context.close()


def large_picture(page: Page) -> dict[str, Any]:
    """A picture of 2400 x 1800 pixels, drawn by the browser."""
    said = page.evaluate(
        """() => {
            const canvas = document.createElement("canvas");
            canvas.width = 2400; canvas.height = 1800;
            const context = canvas.getContext("2d");
            for (let i = 0; i < 60; i += 1) {
                context.fillStyle = `hsl(${i * 6} 60% 50%)`;
                context.fillRect(i * 40, 0, 40, 1800);
            }
            return canvas.toDataURL("image/png").split(",")[1];
        }"""
    )
    return {"name": "heap.png", "mimeType": "image/png", "buffer": base64.b64decode(said)}


def take_photo(phone: Phone, file: dict[str, Any] | None = None) -> None:
    small = {"name": "dot.png", "mimeType": "image/png", "buffer": SMALL_PICTURE}
    phone.page.locator("input[type=file][capture]").first.set_input_files(file or small)
    expect(phone.page.locator(".photos figure img")).to_have_count(1)


def stored_photos(url: str) -> list[tuple[int, str, int]]:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT incident_id, media_type, size FROM photo ORDER BY incident_id, n")
            return list(cursor.fetchall())
    finally:
        connection.close()


def offline(phone: Phone, cut: bool = True) -> None:
    phone.gate.all = cut
    phone.context.set_offline(cut)


def test_a_report_with_photo_and_place_arrives(
    center: FieldCenter, phone: Callable[..., Phone], postgis_url: str
) -> None:
    mine = phone().be("王芳")
    mine.fill("窨井盖松动", "窨井盖缺失或破损")
    take_photo(mine, large_picture(mine.page))
    mine.get("send").click()
    mine.delivered("窨井盖松动")

    (incident,) = center.incidents()
    assert (incident["source"], incident["category"], incident["title"]) == ("grid", "0105", "窨井盖松动")
    assert (incident["grid"], incident["placed_by"], incident["coordinate_system"]) == ("3:L00", "coordinates", "wgs84")
    assert incident["lon"] == pytest.approx(AT_HOME["longitude"])
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", incident["source_id"])
    assert center.kinds(incident["id"]) == ["reported", "attached"]
    assert center.trace(incident["id"])["events"][0]["actor"] == "王芳 W01"
    ((photo_of, media_type, size),) = stored_photos(postgis_url)
    assert (photo_of, media_type) == (incident["id"], "image/jpeg")
    assert size < 400_000
    # It is shown again, no longer than 1600 pixels.
    mine.open_incident("窨井盖松动")
    shown = mine.get("incident").locator(".photos img")
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("complete", True)
    expect(shown).to_have_js_property("naturalWidth", 1600)
    assert mine.complaints == []


def test_handled_on_the_spot_is_one_report_and_one_step(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    mine = phone().be("王芳")
    mine.fill("垃圾已清走", "暴露垃圾")
    mine.page.get_by_label("已当场处置").check()
    mine.page.get_by_label("怎样处置的").fill("当场清理")
    mine.get("send").click()
    mine.delivered("垃圾已清走")
    (incident,) = center.incidents()
    assert (incident["stage"], incident["self_handled"]) == ("handled", True)
    said = center.trace(incident["id"])["events"][-1]
    assert (said["kind"], said["actor"], said["detail"]["note"]) == ("self_handled", "王芳 W01", "当场清理")


def test_a_place_may_be_tapped_on_the_map_or_be_a_grid(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    mine = phone().be("王芳")
    mine.get("categories").get_by_role("radio").first.click()
    mine.get("map").evaluate("(map) => map.scrollIntoView({ block: 'center' })")
    label = mine.get("map").locator("text", has_text="第5网格").bounding_box()
    assert label
    mine.page.touchscreen.tap(label["x"] + label["width"] / 2, label["y"] + label["height"] / 2)
    expect(mine.get("place")).to_have_text("花园村第5网格，地图选点")
    mine.get("title").fill("点在地图上")
    mine.get("send").click()
    mine.delivered("点在地图上")
    assert center.incidents()[0]["grid"] == "3:L11"

    mine.tab("report")
    mine.get("categories").get_by_role("radio").first.click()
    mine.page.get_by_label("只选网格").select_option(label="花园村第2网格")
    mine.get("title").fill("只知道网格")
    mine.get("send").click()
    mine.delivered("只知道网格")
    newest = center.incidents()[0]
    assert (newest["grid"], newest["placed_by"], newest["lon"]) == ("3:L01", "grid_code", None)


def test_nothing_is_sent_without_category_and_place(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    mine = phone().be("王芳")
    mine.get("send").click()
    expect(mine.get("said")).to_have_text("请选择类别")
    mine.get("categories").get_by_role("radio").first.click()
    mine.get("send").click()
    expect(mine.get("said")).to_contain_text("请给出位置")
    assert center.incidents() == []


def test_a_report_without_a_network_is_sent_once_when_it_is_back(
    center: FieldCenter, phone: Callable[..., Phone], postgis_url: str
) -> None:
    mine = phone().be("王芳")
    offline(mine)
    expect(mine.page.get_by_text("没有网络。")).to_be_visible()
    mine.fill("河边漏油", "水域不洁")
    take_photo(mine)
    mine.get("send").click()
    expect(mine.entry("河边漏油")).to_have_attribute("data-state", "waiting")
    expect(mine.entry("河边漏油")).to_contain_text("等待网络")
    assert center.incidents() == []
    offline(mine, False)
    expect(mine.entry("河边漏油")).to_have_attribute("data-state", "sent")
    (incident,) = center.incidents()
    assert center.kinds(incident["id"]) == ["reported", "attached"]
    assert len(stored_photos(postgis_url)) == 1


def test_a_closed_page_loses_nothing_and_opens_without_a_network(
    center: FieldCenter, phone: Callable[..., Phone], postgis_url: str
) -> None:
    mine = phone().be("王芳")
    offline(mine)
    mine.fill("围墙倒塌")
    take_photo(mine)
    mine.get("send").click()
    expect(mine.entry("围墙倒塌")).to_be_visible()
    mine.fill("还没写完")
    mine.page.wait_for_timeout(300)
    mine.page.close()

    mine.open()
    expect(mine.get("me")).to_contain_text("王芳")
    expect(mine.get("title")).to_have_value("还没写完")
    expect(mine.get("map").locator("path")).to_have_count(9)
    mine.tab("outbox")
    expect(mine.entry("围墙倒塌")).to_have_attribute("data-state", "waiting")
    mine.page.close()

    # Back in the network, whoever is first, the reopened page or the browser by itself: it is one incident.
    offline(mine, False)
    mine.open("#outbox")
    expect(mine.entry("围墙倒塌")).to_have_attribute("data-state", "sent")
    assert [one["title"] for one in center.incidents()] == ["围墙倒塌"]
    assert len(stored_photos(postgis_url)) == 1


def lose_first_answer(page: Page, pattern: str) -> list[str]:
    """Let the first matching POST reach the server, and its answer nobody."""
    lost: list[str] = []

    def handle(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().text())
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(pattern, handle)
    return lost


@pytest.mark.parametrize("part", ["**/incidents", "**/photos", "**/events"])
def test_an_answer_that_is_lost_makes_no_second_one(
    center: FieldCenter, phone: Callable[..., Phone], postgis_url: str, part: str
) -> None:
    mine = phone().be("王芳")
    lost = lose_first_answer(mine.page, part)
    mine.fill("路边枯树")
    take_photo(mine)
    mine.page.get_by_label("已当场处置").check()
    mine.get("send").click()
    mine.delivered("路边枯树")
    assert len(lost) == 1
    (incident,) = center.incidents()
    assert center.kinds(incident["id"]) == ["reported", "attached", "self_handled"]
    assert len(stored_photos(postgis_url)) == 1


def test_a_server_that_is_down_is_waited_for(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    mine = phone().be("王芳")
    mine.fill("护栏损坏")
    center.stop()
    mine.get("send").click()
    expect(mine.entry("护栏损坏")).to_contain_text("再试")
    center.start()
    mine.page.get_by_text("立即送出").click()
    expect(mine.entry("护栏损坏")).to_have_attribute("data-state", "sent")
    assert len(center.incidents()) == 1


def test_two_tabs_send_once(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    mine = phone().be("王芳")
    first = mine.page
    mine.open("#outbox")
    second = mine.page
    mine.page = first
    posts: list[str] = []
    for page in (first, second):
        page.on("request", lambda sent: posts.append(sent.url) if sent.method == "POST" else None)
    offline(mine)
    mine.fill("两页同开")
    mine.get("send").click()
    offline(mine, False)
    mine.delivered("两页同开")
    expect(second.get_by_test_id("outbox").locator("li")).to_have_attribute("data-state", "sent")
    assert len([url for url in posts if url.endswith("/incidents")]) <= 1
    assert len(center.incidents()) == 1


def test_claim_handle_send_up_and_hand_back_change_the_trace(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    ids = {title: center.report(title, title) for title in ("待处置", "要上报", "要退回")}
    for incident_id in ids.values():
        center.dispatch(incident_id)
    mine = phone().be("王芳")
    mine.open_incident("待处置")
    mine.step("claimed")
    mine.delivered("待处置")
    mine.open_incident("待处置")
    mine.step("handled", "已修好")
    mine.tab("outbox")
    expect(mine.get("outbox").locator("[data-state=sent]")).to_have_count(2)
    assert center.kinds(ids["待处置"])[-2:] == ["claimed", "handled"]
    assert center.trace(ids["待处置"])["events"][-1]["detail"]["note"] == "已修好"

    mine.open_incident("要上报")
    mine.step("escalated", "需要吊车")
    mine.delivered("要上报")
    up = center.trace(ids["要上报"])
    assert (up["events"][-1]["kind"], up["stage"], up["escalations"]) == ("escalated", "filed", 1)
    assert up["events"][-1]["detail"]["note"] == "需要吊车"

    mine.open_incident("要退回")
    # What must say why, by the rules, is not sent without.
    mine.step("returned")
    expect(mine.page.get_by_text("请说明情况")).to_be_visible()
    mine.get("step-text").fill("不属本网格")
    mine.get("confirm").click()
    mine.delivered("要退回")
    back = center.trace(ids["要退回"])
    assert (back["events"][-1]["kind"], back["events"][-1]["detail"]["reason"]) == ("returned", "不属本网格")
    assert mine.complaints == []


def test_steps_without_a_network_follow_each_other(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    incident_id = center.report("off-1", "树枝压线")
    center.dispatch(incident_id)
    mine = phone().be("王芳")
    mine.open_incident("树枝压线")
    offline(mine)
    mine.step("claimed")
    expect(mine.get("mine").locator("li", has_text="树枝压线")).to_contain_text("待送出：签收")
    mine.open_incident("树枝压线")
    # What may follow comes from the rules, which the phone has kept.
    expect(mine.page.locator("[data-kind]")).to_have_count(5)
    offered = [one.get_attribute("data-kind") for one in mine.page.locator("[data-kind]").all()]
    assert offered == ["handled", "escalated", "returned", "appealed", "noted"]
    mine.step("handled", "已锯除")
    assert center.trace(incident_id)["stage"] == "dispatched"
    offline(mine, False)
    mine.tab("outbox")
    expect(mine.get("outbox").locator("[data-state=sent]")).to_have_count(2)
    assert center.kinds(incident_id)[-2:] == ["claimed", "handled"]


def test_whoever_was_first_is_told_and_nothing_is_lost(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    incident_id = center.report("first-1", "店招坠落")
    center.dispatch(incident_id)
    mine = phone().be("王芳")
    mine.open_incident("店招坠落")
    offline(mine)
    mine.step("claimed")
    center.take(incident_id, "noted", note="请尽快")
    offline(mine, False)
    mine.tab("outbox")
    refused = mine.entry("店招坠落")
    expect(refused).to_have_attribute("data-state", "refused")
    expect(refused).to_contain_text("他人已先行处理")
    expect(refused).to_contain_text("指挥中心")
    assert center.trace(incident_id)["stage"] == "dispatched"
    refused.get_by_text("仍然送出").click()
    expect(refused).to_have_attribute("data-state", "sent")
    assert center.trace(incident_id)["stage"] == "claimed"


def test_a_refused_report_stays_and_can_be_corrected(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    mine = phone().be("王芳")
    refusal = {"error": {"code": "report_invalid", "message": "no", "values": {"field": "title", "reason": "no"}}}
    mine.page.route("**/api/v1/incidents", lambda route: route.fulfill(status=422, json=refusal), times=1)
    mine.fill("写错了")
    mine.get("send").click()
    expect(mine.entry("写错了")).to_contain_text("上报内容有误（看到什么）")
    mine.page.reload()
    mine.entry("写错了").get_by_text("修改").click()
    expect(mine.get("title")).to_have_value("写错了")
    mine.get("title").fill("改对了")
    mine.get("send").click()
    mine.delivered("改对了")
    assert [one["title"] for one in center.incidents()] == ["改对了"]


def test_a_report_that_had_arrived_where_nobody_may_look_is_sent_but_takes_no_photo(
    center: FieldCenter, phone: Callable[..., Phone]
) -> None:
    mine = phone().be("王芳")
    known = {"id": None, "created": False, "grid": None, "placed_by": None}
    mine.page.route("**/api/v1/incidents", lambda route: route.fulfill(status=200, json=known))
    mine.fill("别处的")
    mine.get("send").click()
    mine.delivered("别处的")
    mine.tab("report")
    mine.fill("别处的，有照片")
    take_photo(mine, large_picture(mine.page))
    mine.get("send").click()
    expect(mine.entry("别处的，有照片")).to_contain_text("不在您的网格内")
    assert center.incidents() == []


def test_a_phone_that_changes_hands_sends_nothing_in_another_name(
    center: FieldCenter, phone: Callable[..., Phone]
) -> None:
    mine = phone().be("王芳")
    center.gate.reports = True
    mine.fill("王芳写的")
    mine.get("send").click()
    expect(mine.entry("王芳写的")).to_contain_text(re.compile(r"已试 \d+ 次"))
    mine.get("me").click()
    mine.get("people").get_by_text("李敏").click()
    expect(mine.get("me")).to_contain_text("李敏")
    mine.tab("outbox")
    mine.page.get_by_text("立即送出").click()
    expect(mine.entry("王芳写的")).to_contain_text("请王芳在本机登录后送出")
    assert center.incidents() == []
    center.gate.reports = False
    mine.get("me").click()
    mine.get("people").get_by_text("王芳").click()
    mine.delivered("王芳写的")
    assert center.trace(center.incidents()[0]["id"])["events"][0]["actor"] == "王芳 W01"


def test_english_and_light_at_a_touch(phone: Callable[..., Phone]) -> None:
    mine = phone().be("王芳")
    mine.get("language").tap()
    expect(mine.get("send")).to_have_text("Report")
    expect(mine.get("categories")).to_contain_text("Exposed rubbish")
    assert mine.page.locator("html").get_attribute("lang") == "en"
    mine.page.get_by_role("button", name="Light").tap()
    assert mine.page.locator("html").get_attribute("data-theme") == "light"
    # Chosen once, it stays, and without a network too.
    offline(mine)
    mine.page.reload()
    expect(mine.get("send")).to_have_text("Report")
    assert mine.page.locator("html").get_attribute("data-theme") == "light"
    body = mine.page.locator("body").inner_text()
    assert not re.search("[\u3400-\u9fff]", re.sub("中文|王芳|花园村第.网格|第.网格", "", body)), body


# What stands on a view once it is whole.
READY = {
    "report": "svg.map path", "list": "a.row", "incident": "svg.map path", "outbox": "h1", "who": "button.row",
}  # fmt: skip
NARROW = """() => [...document.querySelectorAll("body *")].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width > 0 && !node.closest("svg") && (box.right > window.innerWidth + 0.5 || box.left < -0.5);
}).map((node) => node.outerHTML.slice(0, 100))"""
# The link past the header is no target before it has the focus.
TARGETS = "a:not(.skip:not(:focus)), button, select, textarea, input:not(.hidden-input), label.button"
SMALL = f"""() => [...document.querySelectorAll("{TARGETS}")].filter((node) => {{
    const box = (node.closest("label") || node).getBoundingClientRect();
    return box.width > 0 && (box.height < 44 || box.width < 44);
}}).map((node) => node.outerHTML.slice(0, 100))"""


def test_nothing_overflows_and_every_target_is_large_enough(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    title = "人民中路与中山路交叉口东北角人行道地砖大面积破损，行人须绕行机动车道，已放置警示牌"
    incident_id = center.report("long-1", title, hours_ago=400)
    center.dispatch(incident_id)
    center.take(incident_id, "urged")
    mine = phone().be("王芳")
    take_photo(mine)
    for language in ("zh", "en"):
        for view in ("report", "list", f"incident/{incident_id}", "outbox", "who"):
            name = view.partition("/")[0]
            mine.page.evaluate("(view) => { location.hash = view; }", view)
            expect(mine.page.locator(f"main[data-view={name}] {READY[name]}").first).to_be_visible()
            if name == "incident":
                mine.get("actions").locator("[data-kind=returned]").click()
            for width in (360, 390):
                mine.page.set_viewport_size({"width": width, "height": 844})
                assert mine.page.evaluate("document.documentElement.scrollWidth") <= width, (view, language)
                assert mine.page.evaluate(NARROW) == [], (view, language, width)
                assert mine.page.evaluate(SMALL) == [], (view, language, width)
        if language == "zh":
            mine.get("language").tap()
            expect(mine.get("tab-list")).to_contain_text("My list")
    assert mine.complaints == []


def on_paper(page: Page) -> str:
    """The line with the moment of the data, which stands on paper only."""
    line = page.get_by_test_id("printed")
    expect(line).to_be_hidden()
    page.emulate_media(media="print")
    expect(line).to_be_visible()
    return line.inner_text()


def test_a_sheet_says_of_what_moment_it_is(center: FieldCenter, phone: Callable[..., Phone]) -> None:
    center.dispatch(center.report("1", "路面塌陷"))
    mine = phone(timezone_id="America/New_York").be("王芳")
    mine.open_incident("路面塌陷")
    kept_ms = int(mine.page.locator("[data-as-of]").get_attribute("data-as-of") or 0)
    # The moment of the data in the city's time, whatever the phone's; the data are older than the sheet.
    written = datetime.fromtimestamp(kept_ms / 1000, center.services.settings.zone).strftime("%Y-%m-%d %H:%M:%S")
    mine.page.wait_for_timeout(1_100)
    assert on_paper(mine.page) == f"数据时间 {written} · 演示数据"
    assert mine.page.evaluate("getComputedStyle(document.body).color") == "rgb(22, 34, 46)"
    assert mine.page.evaluate("getComputedStyle(document.body).padding") == "0px"
    for hidden in ("#nav", ".switches", "[data-testid=actions]"):
        expect(mine.page.locator(hidden)).to_be_hidden()
    mine.page.emulate_media(media="screen")
    expect(mine.get("printed")).to_be_hidden()
