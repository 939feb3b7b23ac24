"""The wall on a made-up API, in a real browser: scenes, their turns, and who takes them over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PATIENCE_MS
from tests.browser.sight import MAP_COLOURS
from tests.browser.wall_scenes import READY, SCENE, coloured, stand
from tests.soak.wall_months import Months, findings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# What the layers say in the legend, and what of them is on the map.
LAYERS = """() => {
  const graph = document.querySelector('#map .js-plotly-plot, #map.js-plotly-plot');
  return {
    drawn: Object.keys(gridCenter.layers.state().drawn).sort(),
    traces: graph.data.slice(1).filter(({ visible, z }) => visible === true && z?.length).map(({ name }) => name),
    lines: graph.layout.map.layers.length,
    legend: document.getElementById('legend').innerText,
  };
}"""
TURNS = """
[[turn]]
scene = "overview"
layers = ["hexes"]

[[turn]]
scene = "overview"
layers = ["teams", "cameras"]

[[turn]]
scene = "overview"
"""


def test_scenes_follow_each_other_and_keys_take_the_wall_over(
    make_site: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    screen = revisit(make_site()).open("wall")
    stand(screen, "overview")
    assert not screen.page.evaluate(f"{SCENE}.held")
    # The turn of a scene is over when its time is: the page's own clock is moved on, not waited for.
    screen.page.evaluate("gridCenter.scenes.pass(61)")
    stand(screen, "supervision")
    assert screen.state["kpi"] == "on_time_closing_rate"
    assert screen.state["level"] == 2
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
    make_site: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    screen = revisit(make_site()).open("wall?scene=night")
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
    make_site: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_site()
    screen = revisit(site).open("wall?scene=supervision")
    stand(screen, "supervision")
    assert screen.text("banner") == ""  # what was red before is no news
    place = screen.page.evaluate("gridCenter.grids.ofLevel(1)[1].id")
    site.fake.red_alert = place
    site.fake.seq += 1
    screen.wait("document.getElementById('banner').innerText.includes('新的紧急预警')")
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
    # Nor is one that was gone for a moment.
    for comes in (None, place):
        site.fake.red_alert = comes
        site.fake.seq += 1
        screen.wait(f"gridCenter.state().seq === {site.fake.seq}")
    assert screen.page.evaluate(f"{SCENE}.changes") == changes + 1
    assert screen.text("banner") == ""


def test_two_walls_do_not_see_each_others_scene(make_site: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    site = make_site()
    one, other = revisit(site).open("wall?scene=supervision"), revisit(site).open("wall?scene=overview")
    stand(one, "supervision")
    stand(other, "overview")
    one.page.keyboard.press("3")
    stand(one, "place")
    assert other.page.evaluate(f"{SCENE}.scene") == "overview"
    assert other.state["within"] is None


def test_a_wall_in_the_past_leaves_another_in_the_present(
    make_site: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_site()
    night, present = revisit(site).open("wall?scene=night"), revisit(site).open("wall")
    stand(night, "night")
    stand(present, "overview")
    night.page.keyboard.press(" ")  # released; the other one was never held
    present.page.keyboard.press(" ")
    present.wait(f"{SCENE}.held")
    assert not night.page.evaluate(f"{SCENE}.held")
    past = night.state["past"]["drawn"]
    night.wait(f"gridCenter.state().past.drawn > {past}")
    assert present.state["past"]["moment"] is None
    assert present.page.locator("html").get_attribute("data-past") is None
    assert present.text("today-reported").startswith("1,283")
    codes = [screen.page.evaluate("gridCenter.remote.state().code") for screen in (night, present)]
    assert codes[0] != codes[1]


def test_a_night_that_is_held_is_played_again_and_survives_an_alert(
    make_site: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    site = make_site()
    screen = revisit(site).open("wall?scene=night")
    stand(screen, "night")
    # Its end comes sooner: the present is a moment on the same line.
    screen.page.evaluate("gridCenter.timeMachine.live()")
    screen.wait("gridCenter.state().past.moment === null")
    screen.page.evaluate("gridCenter.scenes.pass(1)")
    screen.wait(f"{SCENE}.scene === 'night'")
    screen.page.evaluate("gridCenter.scenes.pass(6)")
    stand(screen, "night")
    assert screen.state["past"]["playing"]
    site.fake.red_alert = screen.page.evaluate("gridCenter.grids.ofLevel(1)[1].id")
    site.fake.seq += 1
    stand(screen, "place")
    assert screen.state["past"]["moment"] is None
    screen.page.evaluate("gridCenter.scenes.pass(41)")
    stand(screen, "night")
    assert screen.state["past"]["playing"]
    assert screen.page.evaluate(f"{SCENE}.held")


def test_layers_come_and_go_with_their_turn(
    make_site: Callable[..., Any], revisit: Callable[..., Any], tmp_path: Path
) -> None:
    timetable = tmp_path / "layers.toml"
    timetable.write_text(TURNS, encoding="utf-8")
    screen = revisit(make_site(wall=str(timetable))).open("wall")
    stand(screen, "overview")
    screen.wait("gridCenter.layers.state().drawn.hexes && gridCenter.map.settled()")
    hexes = screen.page.evaluate(LAYERS)
    assert hexes["traces"] == ["hexes"]
    assert "件/六边形" in hexes["legend"]
    # Hexagons lie over the grids, and these have no colour of their own meanwhile.
    seen = screen.page.evaluate(MAP_COLOURS)
    assert seen["colours"] == 0
    assert seen["right"] < seen["of"] / 2

    screen.page.evaluate("gridCenter.scenes.pass(61)")
    screen.wait("gridCenter.layers.state().drawn.teams && gridCenter.layers.state().drawn.cameras")
    screen.wait("gridCenter.map.settled()")
    over = screen.page.evaluate(LAYERS)
    assert (over["drawn"], over["traces"]) == (["cameras", "teams"], [])
    assert over["lines"] == hexes["lines"] + 1
    assert "件/六边形" not in over["legend"]
    assert "摄像头 24" in over["legend"]
    coloured(screen)

    screen.page.evaluate("gridCenter.scenes.pass(61)")
    screen.wait(f"{SCENE}.changes === 3 && gridCenter.map.settled()")
    none = screen.page.evaluate(LAYERS)
    assert (none["drawn"], none["traces"], none["lines"]) == ([], [], hexes["lines"])
    assert "摄像头" not in none["legend"]
    # A key that takes the wall to a scene takes its layers too.
    screen.page.keyboard.press("2")
    stand(screen, "supervision")
    assert screen.page.evaluate(LAYERS)["drawn"] == []
    assert screen.complaints == []


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
