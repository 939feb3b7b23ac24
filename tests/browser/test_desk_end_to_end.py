"""A watch at the command desk, end to end: the real application, PostgreSQL with PostGIS, two real browsers."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.running_center import RunningCenter

pytestmark = [pytest.mark.browser, pytest.mark.postgis, pytest.mark.timeout(420)]

DEMO = {"GRID_DEMO_DAYS": "3", "GRID_DEMO_PER_DAY": "150"}


@pytest.fixture
def center(open_folder: Path, empty_postgis_url: str) -> Iterator[RunningCenter]:
    started = RunningCenter(open_folder, GRID_DATABASE_URL=empty_postgis_url, **DEMO)
    started.start("--no-traffic")
    yield started
    started.kill()


class Caller:
    """The API as another system speaks to it."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}api/v1/", timeout=20)

    def close(self) -> None:
        self._client.close()

    def report(self, source_id: str, **said: Any) -> int:
        told = {"source": "hotline", "source_id": source_id, "category": "0102", "reported_at": now()} | said
        answer = self._client.post("incidents", json=told)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def step(self, id_: int, kind: str, **detail: Any) -> None:
        said = {"kind": kind, "actor": "值班长", "at": now(), "detail": detail}
        answer = self._client.post(f"incidents/{id_}/events", json=said)
        assert answer.status_code == 200, answer.text

    def get(self, path: str) -> Any:
        answer = self._client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def last(self, id_: int) -> dict[str, Any]:
        return dict(self.get(f"incidents/{id_}")["events"][-1])


def now() -> str:
    return datetime.now(UTC).isoformat()


def at_desk(screen: Any, id_: int) -> None:
    screen.page.goto(f"{screen.url}desk?id={id_}")
    shows(screen, id_)


def shows(screen: Any, id_: int) -> None:
    screen.wait(
        f"gridCenter.state().opened === {id_} && /#{id_}\\b/.test(document.querySelector('#incident-head').innerText)"
        " && document.querySelector('#actions button')"
    )


@pytest.fixture
def caller(center: RunningCenter) -> Iterator[Caller]:
    with closing(Caller(center.url)) as made:
        yield made


def test_a_watch_at_the_desk(center: RunningCenter, caller: Caller, visit: Callable[..., Any]) -> None:
    grids = caller.get("grids")["grids"]
    leaf = next(one for one in grids if one["level"] == 3)
    lon, lat = leaf["label"]
    first = caller.report("desk-1", lon=lon, lat=lat, title="北大街路面塌陷")
    caller.step(first, "verified")
    caller.step(first, "filed")

    screen, other = visit(center, size=(1920, 1080)), visit(center)
    at_desk(screen, first)
    at_desk(other, first)
    screen.page.evaluate("window.notReloaded = true")
    assert leaf["name"] in screen.page.locator("#incident-head").inner_text()
    proposed = caller.get(f"desk/incidents/{first}")["decision"]

    # Dispatched with two keys, to whom the rule says; the other desk shows it without a reload.
    screen.page.keyboard.press("d")
    screen.wait("gridCenter.state().form === 'dispatched'")
    screen.page.keyboard.press("Enter")
    screen.wait("gridCenter.state().form === null")
    assert caller.last(first)["detail"]["unit"] == proposed["unit"]
    other.wait("document.querySelector('#incident-head .stage-word').innerText === '已派遣'")

    # Both write on the same incident; who is second is told what happened, and loses no word.
    for desk, text in ((screen, "已到现场"), (other, "请先设置围挡")):
        desk.page.keyboard.press("n")
        desk.page.get_by_test_id("form").get_by_role("textbox").fill(text)
    screen.page.keyboard.press("Control+Enter")
    screen.wait("gridCenter.state().form === null")
    other.page.keyboard.press("Control+Enter")
    other.wait("document.querySelector('#form .told').innerText.includes('他人已先行处理')")
    assert "指挥中心 备注" in other.text("form")
    assert other.page.get_by_test_id("form").get_by_role("textbox").input_value() == "请先设置围挡"
    assert caller.last(first)["detail"]["note"] == "已到现场"
    other.page.wait_for_timeout(1100)
    other.page.keyboard.press("Control+Enter")
    other.wait("gridCenter.state().form === null")
    assert caller.last(first)["detail"]["note"] == "请先设置围挡"

    # A report through the API is in the queue within seconds, without a reload, wherever the eye stands.
    caller.report("desk-2", lon=lon, lat=lat, title="路灯不亮")
    screen.page.locator("#search").fill("路灯不亮")
    screen.wait("document.querySelector('#queue').innerText.includes('路灯不亮')")
    screen.page.locator("#search").fill("")
    assert screen.page.evaluate("window.notReloaded") is True

    # An order without a place waits with its village, and is placed by a click on the map.
    village = next(one for one in grids if one["id"] == leaf["parent"])
    order = caller.report("desk-3", grid_code=village["code"], title="井盖松动")
    at_desk(screen, order)
    screen.page.keyboard.press("6")
    screen.wait(f"gridCenter.state().rows.indexOf({order}) >= 0 && gridCenter.state().map")
    screen.page.keyboard.press("l")
    screen.wait("document.querySelector('#map-frame').classList.contains('placing')")
    pixel = screen.page.evaluate("([lon, lat]) => gridCenter.desk.map.pixelOf(lon, lat)", [lon, lat])
    screen.page.mouse.click(pixel["x"], pixel["y"])
    screen.wait("document.querySelector('#form [id^=field-lon]').value !== ''")
    screen.page.get_by_test_id("form").get_by_role("button", name="定位").click()
    screen.wait(f"gridCenter.state().rows.indexOf({order}) === -1")
    assert caller.get(f"incidents/{order}")["grid"] == leaf["id"]
    assert screen.abroad == other.abroad == []
