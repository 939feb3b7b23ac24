"""Pages on paper: light whatever the screen was, the map in its colours, nothing torn or left out."""

from collections.abc import Callable
from typing import Any

import pytest

from layers.palette import THEMES
from tests.browser.test_desk import at_desk, choose, make_desk  # noqa: F401  # a fixture
from tests.browser.wall_scenes import PANELS, SEEN, stand

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

COLOUR = "(selector, name) => getComputedStyle(document.querySelector(selector))[name]"
# How many pixels of the picture of the map have each colour of the paper's ramp, and how many are as dark as a screen.
PICTURE = """() => {
  const canvas = document.getElementById('map-paper');
  if (!canvas || !canvas.offsetWidth) return null;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const ramp = gridCenter.config.paper.ramp.map((said) => parseInt(said.slice(1), 16));
  const ratio = canvas.width / canvas.offsetWidth;
  const seen = { dark: 0, of: canvas.width * canvas.height, ramp: ramp.map(() => 0), ratio };
  for (let at = 0; at < data.length; at += 4) {
    const colour = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
    const step = ramp.indexOf(colour);
    if (step >= 0) seen.ramp[step] += 1;
    if (data[at] + data[at + 1] + data[at + 2] < 120) seen.dark += 1;
  }
  return seen;
}"""
# Panels and rows that may be torn between two sheets, and texts that are not seen whole.
TORN = """() => [...document.querySelectorAll('.panel, .strip, .centre, .desk-map, .event')]
  .filter((one) => one.getClientRects().length && getComputedStyle(one).breakInside !== 'avoid')
  .map((one) => one.className)"""
CUT_ON_PAPER = """() => [...document.querySelectorAll('.page *')].filter((one) => {
  const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !one.getClientRects().length || one.closest('svg')) return false;
  for (let at = one; at && at.id !== 'page'; at = at.parentElement) {
    const clips = getComputedStyle(at).overflow !== 'visible';
    if (clips && (at.scrollWidth > at.clientWidth + 1 || at.scrollHeight > at.clientHeight + 4)) return true;
  }
  return false;
}).map((one) => one.className + ': ' + one.textContent)"""
ADJUST = """() => [...document.querySelectorAll('.mark, .swatch, .legend i, .split .part, .levels-bar i, .bar i')]
  .filter((one) => one.getClientRects().length && getComputedStyle(one).printColorAdjust !== 'exact').length"""
# What makes the sheet scroll sideways, also while the map has the width of the screen.
WIDER = """() => document.scrollingElement.scrollWidth <= innerWidth ? []
  : [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
    .map((one) => `${one.tagName} ${one.id} ${one.getAttribute('class')}`)"""
PAPER = (794 - 90, 1000)  # an A4 sheet between its margins


def printed(screen: Any) -> Any:
    screen.page.emulate_media(media="print")
    screen.page.set_viewport_size({"width": PAPER[0], "height": PAPER[1]})
    screen.wait("!document.getElementById('printed').hidden")
    return screen


def assert_a_document(screen: Any) -> None:
    found = {name: screen.page.evaluate(script) for name, script in (("torn", TORN), ("cut", CUT_ON_PAPER))}
    assert found == {"torn": [], "cut": []}
    assert screen.page.evaluate(ADJUST) == 0
    assert screen.page.evaluate(COLOUR_OF_TEXT) == _rgb(THEMES["light"].text)
    assert screen.page.evaluate(WIDER) == []
    assert "演示数据" in screen.page.locator("#printed").inner_text()


COLOUR_OF_TEXT = "getComputedStyle(document.querySelector('h1')).color"


def _rgb(hex_: str) -> str:
    return f"rgb({', '.join(str(int(hex_[at : at + 2], 16)) for at in (1, 3, 5))})"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_overview_is_a_document(overview: Callable[..., Any], theme: str) -> None:
    screen = overview(theme=theme)
    screen.page.wait_for_selector("[data-testid=newest] .incident")
    moment = screen.page.evaluate("gridCenter.moment.written(gridCenter.live.shown().moment)")
    printed(screen)
    assert screen.text("today-reported").startswith("1,283")
    assert moment[:10] in screen.page.locator("#printed").inner_text()
    assert screen.page.locator("#city").inner_text().startswith("江城市")
    assert_a_document(screen)
    assert screen.page.locator("[data-testid=kpis] .kpi-row:visible").count() == 6
    assert screen.page.locator(".switches, .choosers, .time-machine").locator("visible=true").count() == 0
    picture = screen.page.evaluate(PICTURE)
    assert picture["dark"] < 0.05 * picture["of"]
    assert sum(count > 0 for count in picture["ramp"]) >= 3
    assert picture["ratio"] > 1.5
    legend = screen.page.evaluate(f"({COLOUR})('.legend .class i', 'backgroundColor')")
    assert legend == _rgb(THEMES["light"].ramp[0])
    # Back on the screen everything is as it was.
    screen.page.emulate_media(media="screen")
    screen.wait("document.getElementById('printed').hidden && !document.getElementById('map-paper')")
    back = screen.page.evaluate(f"({COLOUR})('.legend .class i', 'backgroundColor')")
    assert back == _rgb(THEMES[theme].ramp[0])  # type: ignore[index]  # pytest gives text
    assert screen.complaints == []


def test_a_file_made_of_the_page_has_its_map(overview: Callable[..., Any]) -> None:
    screen = overview()
    file = screen.page.pdf(format="A4")
    # A picture of the map is by far the largest thing in the file.
    assert len(file) > 60_000
    screen.wait("!document.getElementById('map-paper') && document.getElementById('printed').hidden")
    assert screen.complaints == []


def test_every_scene_of_the_wall_is_a_document(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    screen = visit(make_site(), size=(1920, 1080)).open("wall?scene=overview")
    for key, (scene, panels) in enumerate(PANELS.items(), start=1):
        screen.page.keyboard.press(str(key))
        stand(screen, scene)
        printed(screen)
        assert set(screen.page.evaluate(SEEN)) == panels
        assert_a_document(screen)
        assert screen.page.evaluate(PICTURE)["dark"] < 0.1 * screen.page.evaluate(PICTURE)["of"]
        screen.page.emulate_media(media="screen")
        screen.page.set_viewport_size({"width": 1920, "height": 1080})


def test_the_desk_prints_the_incident_that_is_open(make_desk: Callable[..., Any], revisit: Callable[..., Any]) -> None:  # noqa: F811
    screen = at_desk(revisit(make_desk()))
    choose(screen, 5002)
    printed(screen)
    assert_a_document(screen)
    assert not screen.page.locator(".queue-column").is_visible()
    assert screen.page.locator(".trace .event").last.is_visible()
    assert screen.page.evaluate("document.getElementById('map-paper').offsetWidth > 200")
    assert screen.complaints == []
