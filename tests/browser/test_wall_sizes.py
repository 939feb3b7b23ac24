"""Every scene of the wall as it is opened at every size, in both languages: nothing cut, faint, jumping or empty."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.fake_city import latin_city
from tests.browser.sight import MAP_COLOURS
from tests.browser.wall_scenes import EMPTY, KEYS, PANELS, SIZES, coloured, look, stand

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HEAD = """[...document.querySelectorAll('.header :is(.city, .sentence, .clock, .fresh, .demo, #scene-name)')]
  .map((one) => { const { left, top, width, height } = one.getBoundingClientRect();
    return [one.className, left, top, width, height].join(); })"""
CODE = "document.getElementById('remote-code')"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_scene_is_whole_at_the_size_it_was_opened_at(
    make_site: Callable[..., Any], revisit: Callable[..., Any], size: tuple[int, int], language: str
) -> None:
    scenes = list(KEYS)
    # Every scene is the one a wall is opened with, at a large and at a small size.
    first = 2 * (SIZES.index(size) % 2) + (language == "en")
    screen = revisit(make_site(), size, lang=language).open(f"wall?scene={scenes[first]}")
    screen.wait(f"{CODE} && !{CODE}.hidden")
    stand(screen, scenes[first])
    look(screen, scenes[first])
    for scene in [*scenes[first + 1 :], *scenes[:first]]:
        screen.page.keyboard.press(KEYS[scene])
        stand(screen, scene)
        look(screen, scene)
    assert screen.complaints == []
    assert screen.abroad == []


def test_every_scene_stays_whole_when_its_window_changes_its_size(
    make_site: Callable[..., Any], revisit: Callable[..., Any]
) -> None:
    screen = revisit(make_site(), SIZES[0]).open("wall?scene=overview")
    for (width, height), (scene, key) in zip([*SIZES[1:], SIZES[0]], KEYS.items(), strict=True):
        screen.page.set_viewport_size({"width": width, "height": height})
        screen.page.keyboard.press(key)
        screen.wait(f"innerWidth === {width}")
        stand(screen, scene)
        look(screen, scene)


def test_every_scene_is_whole_in_the_light_theme(make_site: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    screen = revisit(make_site(), theme="light").open("wall")
    for scene, key in KEYS.items():
        screen.page.keyboard.press(key)
        stand(screen, scene)
        look(screen, scene)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pairing_code_moves_nothing_in_the_head(
    make_site: Callable[..., Any], revisit: Callable[..., Any], language: str
) -> None:
    screen = revisit(make_site(), lang=language).open("wall?scene=overview")
    screen.wait(f"{CODE} && !{CODE}.hidden")
    # The running second is taken out of the way.
    screen.page.evaluate("Object.assign(Date, { now: ((at) => () => at)(Date.now()) })")
    before = screen.page.evaluate(HEAD)
    screen.page.keyboard.press("c")
    screen.wait(f"{CODE}.hidden")
    assert screen.page.evaluate(HEAD) == before
    assert len(before) == 6


def test_what_is_not_known_is_shown_as_such(make_site: Callable[..., Any], revisit: Callable[..., Any]) -> None:
    screen = revisit(make_site(latin_city(), empty=True)).open("wall")
    for scene, key in KEYS.items():
        screen.page.keyboard.press(key)
        screen.wait(f"gridCenter.scenes.state().scene === '{scene}' && gridCenter.map.settled()")
        if scene == "night":
            screen.wait("document.documentElement.dataset.past === 'shown'")
        for panel in PANELS[scene] - {"today", "now", "people", "alerts", "units"}:
            screen.wait(f"document.getElementById('{panel}').innerText.includes('暂无数据')")
        assert screen.page.evaluate(EMPTY) == []
        assert "暂无数据" in screen.text("legend")
        coloured(screen, classes=0)
        # Every grid in the colour of what is not known, none in one of a class.
        assert screen.page.evaluate(MAP_COLOURS)["colours"] == 0


NARROW_WALL = """() => {
  const box = (name) => document.querySelector(name).getBoundingClientRect();
  const [code, map, path] = [box('#remote-code'), box('#map'), box('.breadcrumb')];
  const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const cut = [...document.querySelectorAll('.headline .sentence, .headline .part, .headline .rest')]
    .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflow !== 'visible');
  const classes = [...document.querySelectorAll('.legend .class:not(.end)')].map((one) => one.offsetWidth);
  return { over: [map, path].filter((one) => meets(code, one)).length, cut: cut.length,
    narrowest: Math.min(...classes), shown: code.width > 100 };
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_wall_on_a_phone_covers_nothing_and_cuts_no_headline(
    make_site: Callable[..., Any], revisit: Callable[..., Any], language: str
) -> None:
    screen = revisit(make_site(), (390, 844), lang=language).open("wall?scene=supervision")
    stand(screen, "supervision")
    screen.wait("gridCenter.remote.state().code")
    screen.page.wait_for_selector(".legend .class")
    seen = screen.page.evaluate(NARROW_WALL)
    assert {name: seen[name] for name in ("over", "cut", "shown")} == {"over": 0, "cut": 0, "shown": True}
    assert seen["narrowest"] >= 30
