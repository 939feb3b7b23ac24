"""The wall on a made-up API, in a real browser: scenes, their turns, and who takes them over."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PATIENCE_MS
from tests.browser.sight import CLASHES, CUT, HALF_SEEN, SMALLEST_PX
from tests.soak.wall_months import Months, findings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SIZES = [(1366, 768), (1920, 1080), (3840, 2160), (5760, 1080)]
PANELS = {
    "overview": {"today", "kpis", "means", "levels", "league", "alerts", "newest"},
    "supervision": {"today", "deadlines", "units", "league", "oldest"},
    "place": {"today", "people", "kpis", "means", "trend", "alerts", "newest"},
    "night": {"today", "deadlines", "means", "levels", "league", "newest"},
}
SEEN = """[...document.querySelectorAll('.panel')].filter((panel) => panel.offsetParent !== null)
  .map((panel) => [...panel.classList].find((name) => name.startsWith('panel-')).slice(6))"""
EMPTY = """[...document.querySelectorAll('.panel .content')]
  .filter((one) => one.offsetParent && !one.innerText.trim()).map((one) => one.id)"""
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


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("scene", list(PANELS))
def test_every_scene_is_whole_at_every_size(
    make_site: Callable[..., Any], visit: Callable[..., Any], scene: str, language: str
) -> None:
    screen = visit(make_site(), SIZES[0], lang=language)
    screen.open(f"wall?scene={scene}")
    stand(screen, scene)
    for width, height in SIZES:
        screen.page.set_viewport_size({"width": width, "height": height})
        screen.wait(f"innerWidth === {width} && gridCenter.map.settled()")
        seen = set(screen.page.evaluate(SEEN))
        assert PANELS[scene] <= seen if width > 3 * height else seen == PANELS[scene]
        wrong = {name: screen.page.evaluate(of) for name, of in (("cut", CUT), ("clash", CLASHES), ("half", HALF_SEEN))}
        assert wrong == {"cut": [], "clash": [], "half": []}, (width, height)
        assert screen.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert screen.page.evaluate(EMPTY) == []
        if (width, height) == (3840, 2160):
            screen.wait(f"({SMALLEST_PX})() >= {height / 60}")
    assert screen.complaints == []
    assert screen.abroad == []


def test_scenes_follow_each_other_and_keys_take_the_wall_over(
    make_site: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    screen = visit(make_site()).open("wall")
    stand(screen, "overview")
    assert not screen.page.evaluate(f"{SCENE}.held")
    # The turn of a scene is over when its time is: the page's own clock is moved on, not waited for.
    screen.page.evaluate("gridCenter.scenes.pass(61)")
    stand(screen, "supervision")
    assert screen.state["kpi"] == "overdue_pending_rate"
    screen.page.evaluate("gridCenter.scenes.pass(46)")
    stand(screen, "place")
    first = screen.state["within"]
    assert first == screen.page.evaluate("gridCenter.grids.ofLevel(1)[0].id")
    assert "总览" not in screen.text("scene-name")
    screen.page.keyboard.press("ArrowLeft")
    stand(screen, "supervision")
    assert screen.state["within"] is None
    screen.page.keyboard.press("ArrowRight")
    screen.wait(f"gridCenter.state().within !== '{first}' && {READY} === 'place'")
    screen.page.keyboard.press(" ")
    screen.page.evaluate("gridCenter.scenes.pass(3600)")
    screen.wait(f"{SCENE}.leftS < 0")
    assert screen.page.evaluate(f"{SCENE}.scene") == "place"
    assert "已停留" in screen.page.locator(".scene-corner").inner_text()
    screen.page.keyboard.press(" ")
    screen.wait(f"{READY} !== 'place'")
    screen.page.keyboard.press("1")
    stand(screen, "overview")
    assert screen.complaints == []


def test_the_night_is_played_back_and_ends_in_the_present(
    make_site: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    screen = visit(make_site()).open("wall?scene=night")
    stand(screen, "night")
    past = screen.state["past"]
    assert past["playing"]
    assert past["speed"] == 720
    begun = past["drawn"]
    screen.wait(f"gridCenter.state().past.drawn > {begun}")
    screen.page.keyboard.press("1")
    stand(screen, "overview")
    screen.wait("gridCenter.state().past.moment === null")
    assert screen.page.locator("html").get_attribute("data-past") is None


def test_a_new_red_alert_takes_the_screen_and_gives_it_back(
    make_site: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    site = make_site()
    screen = visit(site).open("wall?scene=supervision")
    stand(screen, "supervision")
    assert screen.text("banner") == ""  # what was red before is no news
    place = screen.page.evaluate("gridCenter.grids.ofLevel(1)[1].id")
    site.fake.red_alert = place
    site.fake.seq += 1
    screen.wait("document.getElementById('banner').innerText.includes('新红灯预警')")
    stand(screen, "place")
    assert screen.state["within"] == place
    # The same alert once more is no news either.
    site.fake.seq += 1
    changes = screen.page.evaluate(f"{SCENE}.changes")
    screen.page.evaluate("gridCenter.scenes.pass(41)")
    stand(screen, "supervision")
    screen.wait("document.getElementById('banner').innerText === ''")
    assert screen.state["within"] is None
    assert screen.page.evaluate(f"{SCENE}.changes") == changes + 1


def test_two_walls_do_not_see_each_others_scene(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    site = make_site()
    one, other = visit(site).open("wall?scene=supervision"), visit(site).open("wall?scene=overview")
    stand(one, "supervision")
    stand(other, "overview")
    one.page.keyboard.press("3")
    stand(one, "place")
    assert other.page.evaluate(f"{SCENE}.scene") == "overview"
    assert other.state["within"] is None


def test_a_wall_lives_through_a_dead_server_and_a_new_version(
    make_site: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    site = make_site()
    screen = visit(site).open("wall?scene=place")
    stand(screen, "place")
    site.kill()
    screen.wait("document.documentElement.dataset.stale === 'true'")
    assert screen.page.get_by_test_id("stale").is_visible()
    # Scenes go on turning meanwhile, and all of them are stale.
    screen.page.keyboard.press("2")
    screen.wait(f"{READY} === 'supervision'")
    site.fake.version = "2"
    screen.page.evaluate("document.body.dataset.before = 'yes'")
    site.start()
    screen.wait("!document.body.dataset.before && !gridCenter.state().stale && gridCenter.state().seq !== null")
    stand(screen, "place")  # the address still asks for it


def test_frames_and_scenes_by_the_hundred_leave_nothing_behind(make_site: Callable[..., Any], browser: Browser) -> None:
    """A short run of `python -m tests.soak.wall_months`."""
    site = make_site(lively=True)
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    try:
        with Months(context.new_page(), site) as months:
            months.run(150, 12)
            first = months.left()
            months.run(150, 12)
            last = months.left()
    finally:
        context.close()
    assert last.frames >= first.frames + 150
    assert findings(first, last) == []
