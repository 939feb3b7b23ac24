"""What the tests of the wall ask of its scenes."""

import time
from typing import Any

from tests.browser.conftest import PATIENCE_MS
from tests.browser.sight import (
    CLASHES,
    COVERED,
    CUT,
    FAINT,
    HALF_SEEN,
    JITTERS,
    LOOSE,
    LOST,
    MAP_COLOURS,
    SHORTENED,
    SMALLEST_PX,
    SPILT,
)

SIZES = [(1366, 768), (1920, 1080), (3840, 2160), (5760, 1080)]
PANELS = {
    "overview": {"today", "now", "kpis", "means", "levels", "league", "alerts", "newest"},
    "supervision": {"today", "now", "deadlines", "units", "league", "oldest"},
    "place": {"today", "now", "people", "kpis", "means", "trend", "alerts", "newest"},
    "night": {"today", "now", "deadlines", "means", "levels", "league", "newest"},
}
KEYS = dict(zip(PANELS, "1234", strict=True))
SEEN = """[...document.querySelectorAll('.panel')].filter((panel) => panel.offsetParent !== null)
  .map((panel) => [...panel.classList].find((name) => name.startsWith('panel-')).slice(6))"""
EMPTY = """[...document.querySelectorAll('.panel .content')]
  .filter((one) => one.offsetParent && !one.innerText.trim()).map((one) => one.id)"""
WAYS = {
    "cut": CUT,
    "shortened": SHORTENED,
    "clash": CLASHES,
    "covered": COVERED,
    "loose": LOOSE,
    "spilt": SPILT,
    "half": HALF_SEEN,
    "faint": FAINT,
    "jitters": JITTERS,
    "lost": LOST,
}
# A window that was given another size: its charts are drawn anew a little later.
SETTLING_S = 15
SCENE = "gridCenter.scenes.state()"
READY = "gridCenter.scenes.state() && gridCenter.scenes.state().scene"


def stand(screen: Any, scene: str) -> None:
    """Wait until a scene stands with its numbers."""
    screen.wait(f"{READY} === '{scene}'")
    screen.wait("document.querySelector('[data-testid=today] .value') && gridCenter.map.settled()")
    if scene == "place":
        screen.wait("document.querySelector('[data-testid=people] .person')")
    if scene == "night":
        screen.wait("document.documentElement.dataset.past === 'shown'")


def coloured(screen: Any, classes: int = 3) -> None:
    """Wait until every grid in sight has the colour of its class on the map, and there are so many classes at least."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not done(seen := screen.page.evaluate(MAP_COLOURS), classes):
        assert time.monotonic() < deadline, f"the map shows other colours than it should: {seen}"
        screen.page.wait_for_timeout(200)


def done(seen: dict[str, int], classes: int) -> bool:
    return seen["right"] == seen["of"] > 0 and seen["colours"] >= classes


def found_wrong(page: Any, height: int) -> dict[str, Any]:
    """What can be seen wrong at this moment, by what kind of wrong it is; the height is the wall's, in pixels."""
    wrong = {name: found for name, of in WAYS.items() if (found := page.evaluate(of))}
    smallest_px = page.evaluate(SMALLEST_PX)
    return wrong if smallest_px >= height / 60 else {**wrong, "too small": smallest_px}


def look(screen: Any, scene: str) -> None:
    """Everything that can be seen wrong on a scene that stands."""
    page = screen.page
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    seen = set(page.evaluate(SEEN))
    assert PANELS[scene] <= seen if width > 3 * height else seen == PANELS[scene]
    deadline = time.monotonic() + SETTLING_S
    while wrong := found_wrong(page, height):
        assert time.monotonic() < deadline, (scene, width, height, wrong)
        page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.evaluate(EMPTY) == []
    coloured(screen)
