"""What a wall goes through in months: nobody touches it, and it never shows an old picture as a new one."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from data.city.categories import Category, save_categories
from data.city.editions import save_edition
from data.settings import Settings
from data.store.connection import Store
from data.store.embedded import postmaster
from data.store.embedded.embedded import EmbeddedServer
from data.store.embedded.keeper import DATA
from tests.browser.running_center import RunningCenter
from tests.browser.wall_scenes import READY, SCENE, coloured, stand
from tests.browser.wire import Wire
from tests.soak.killing import small_city

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

STALE = "document.documentElement.dataset.stale === 'true'"
CODE = "gridCenter.remote.state().code"
# By the page's own clock, so that a busy machine measures no more than the page waits.
WATCH = """() => {
  window.notReloaded = true;
  window.staleAt = null;
  const root = document.documentElement;
  new MutationObserver(() => {
    if (root.dataset.stale === 'true') window.staleAt ??= performance.now();
  }).observe(root, { attributes: true, attributeFilter: ['data-stale'] });
}"""
# A clock that has missed ten seconds slept.
WOKEN = """() => {
  window.wokenAt = null;
  let at = performance.now();
  setInterval(() => {
    if (performance.now() - at > 10_000) window.wokenAt ??= performance.now();
    at = performance.now();
  }, 50);
}"""
ASLEEP_S = 13


@pytest.fixture
def cable() -> Iterator[Callable[[int], Wire]]:
    """A wire to a port."""
    wires: list[Wire] = []

    def make(port: int) -> Wire:
        wires.append(Wire(port))
        return wires[-1]

    yield make
    for wire in wires:
        wire.close()


def goes_grey(screen: Any, since: float) -> None:
    """The wall as a whole becomes stale after ten seconds of silence, and says since when."""
    screen.wait("window.staleAt !== null")
    # What was heard last may have been heard a beat before the end; the page looks once a second.
    assert 8 <= (screen.page.evaluate("window.staleAt") - since) / 1000 <= 12
    assert screen.page.get_by_test_id("stale").is_visible()
    assert "数据停在" in screen.text("stale")
    assert "grayscale" in screen.page.evaluate("getComputedStyle(document.getElementById('page')).filter")


def comes_back(screen: Any, seconds: float = 30) -> None:
    """Fresh again by itself: the page that was there is still there."""
    screen.wait("!gridCenter.state().stale && document.documentElement.dataset.stale !== 'true'", seconds)
    assert screen.page.get_by_test_id("stale").is_hidden()
    assert screen.page.evaluate("window.notReloaded") is True
    # What was not reached is told by the browser, and by nobody else.
    assert [said for said in screen.complaints if "Failed to load resource" not in said] == []


def sleep(browser: Browser, seconds: float) -> None:
    """Stop the processes of all pages for a while, as a machine does that sleeps: no clock of theirs ticks."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pids = [int(one["id"]) for one in processes if one["type"] == "renderer"]
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def now(screen: Any) -> float:
    return float(screen.page.evaluate("performance.now()"))


def test_a_server_that_dies_and_is_started_again(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    site = make_site(beat_s=0.5)
    screen = visit(site).open("wall")
    stand(screen, "overview")
    screen.wait(CODE)
    code = screen.page.evaluate(CODE)
    screen.page.evaluate(WATCH)
    since = now(screen)
    site.kill()
    goes_grey(screen, since)
    # The timetable goes on meanwhile, and its scenes are as stale.
    screen.page.evaluate("gridCenter.scenes.pass(61)")
    screen.wait(f"{READY} === 'supervision' && {STALE}")
    site.start()
    comes_back(screen)
    stand(screen, "supervision")
    screen.wait("gridCenter.live.shown().kpi === 'on_time_closing_rate'")
    coloured(screen)
    # Phones can be paired again.
    screen.wait(f"{CODE} !== '{code}'")
    screen.page.evaluate("gridCenter.scenes.pass(46)")
    stand(screen, "place")


def test_a_town_first_shown_while_the_server_is_away_is_whole_once_it_is_back(
    make_site: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    site = make_site(beat_s=0.5)
    screen = visit(site).open("wall")
    stand(screen, "overview")
    screen.page.evaluate(WATCH)
    site.kill()
    screen.page.keyboard.press("3")
    screen.wait("document.querySelector('[data-testid=people]').innerText.includes('人员暂时读不到')")
    site.start()
    comes_back(screen)
    stand(screen, "place")
    coloured(screen)
    screen.page.keyboard.press("1")
    stand(screen, "overview")
    coloured(screen)


def test_a_network_that_is_cut_in_the_middle_of_a_replay(
    make_site: Callable[..., Any], visit: Callable[..., Any], cable: Callable[[int], Wire]
) -> None:
    site = make_site(beat_s=0.5)
    wire = cable(site.port)
    screen = visit(wire).open("wall?scene=night")
    stand(screen, "night")
    screen.wait(CODE)
    code = screen.page.evaluate(CODE)
    screen.page.evaluate(WATCH)
    since = now(screen)
    wire.cut()
    goes_grey(screen, since)
    drawn = screen.state["past"]["drawn"]
    wire.mend()
    comes_back(screen)
    screen.wait(f"gridCenter.state().past.drawn > {drawn}")
    assert screen.state["past"]["playing"]
    assert screen.page.evaluate(f"{SCENE}.scene") == "night"
    screen.wait(f"{CODE} !== '{code}'")
    # Whoever takes the wall over does so once.
    changes = screen.page.evaluate(f"{SCENE}.changes")
    screen.page.keyboard.press("1")
    stand(screen, "overview")
    assert screen.page.evaluate(f"{SCENE}.changes") == changes + 1
    screen.wait("gridCenter.state().past.moment === null")


def test_a_machine_that_slept(
    make_site: Callable[..., Any], visit: Callable[..., Any], cable: Callable[[int], Wire], browser: Browser
) -> None:
    site = make_site(beat_s=0.5)
    wire = cable(site.port)
    screen = visit(wire).open("wall")
    stand(screen, "overview")
    screen.page.evaluate(WATCH)
    screen.page.evaluate(WOKEN)
    wire.cut()  # nobody tells a sleeper that a connection has ended
    sleep(browser, ASLEEP_S)
    wire.mend()
    # Grey at once, without waiting for another ten seconds; and then back.
    screen.wait("window.wokenAt !== null && window.staleAt !== null")
    assert abs(screen.page.evaluate("window.staleAt - window.wokenAt")) < 2000
    comes_back(screen)
    stand(screen, "overview")
    screen.page.evaluate("gridCenter.scenes.pass(61)")
    stand(screen, "supervision")
    coloured(screen)


def test_another_version_of_the_server(make_site: Callable[..., Any], visit: Callable[..., Any]) -> None:
    site = make_site(beat_s=0.5)
    asked = visit(site).open("wall?scene=place&within=1:02")
    turning = visit(site).open("wall")
    for screen in (asked, turning):
        screen.page.evaluate(WATCH)
    turning.page.evaluate("gridCenter.scenes.pass(61)")
    stand(turning, "supervision")
    site.kill()
    site.fake.version = "2"
    site.start()
    for screen in (asked, turning):
        screen.wait("window.notReloaded === undefined && gridCenter.state().seq !== null")
    # The address still asks for its scene; a timetable begins with its first.
    stand(asked, "place")
    assert asked.state["within"] == "1:02"
    assert asked.page.evaluate(f"{SCENE}.held")
    coloured(asked)
    stand(turning, "overview")


@pytest.fixture
def server(open_folder: Path) -> Iterator[EmbeddedServer]:
    """A database beside the command center, which a test stops and starts."""
    running = EmbeddedServer.open(open_folder / "server")
    yield running
    postmaster.stop(running.home / DATA)
    running.close()


@pytest.fixture
def center(server: EmbeddedServer, open_folder: Path) -> Iterator[RunningCenter]:
    """The whole application on it, with a small city."""
    home = open_folder / "app"
    home.mkdir(mode=0o755)
    with Store.open(Settings.load({"GRID_HOME": str(home), "GRID_DATABASE_URL": server.url}), migrate=True) as store:
        save_edition(store, small_city(), city="小城", name="2026", holds_from=date(2020, 1, 1), demo=False)
        save_categories(store, [Category("0102", "道路破损", "Road damage", "市政设施")])
    running = RunningCenter(home, GRID_DATABASE_URL=server.url, GRID_DEMO_PER_DAY="0")
    yield running
    running.kill()


def report(center: RunningCenter, number: str) -> None:
    grid = next(one for one in httpx.get(f"{center.url}api/v1/grids", timeout=20).json()["grids"] if one["level"] == 2)
    lon, lat = grid["label"]
    said = {"source": "hotline", "source_id": number, "category": "0102", "lon": lon, "lat": lat, "title": number}
    said["reported_at"] = datetime.now(UTC).isoformat()
    answer = httpx.post(f"{center.url}api/v1/incidents", json=said, timeout=30)
    assert answer.status_code == 201, answer.text


def test_a_database_that_is_stopped_and_started_again(
    server: EmbeddedServer, center: RunningCenter, visit: Callable[..., Any]
) -> None:
    center.start("--no-traffic")
    report(center, "before")
    screen = visit(center).open("wall?scene=overview")
    screen.wait("document.querySelector('[data-testid=newest]').innerText.includes('before')")
    screen.wait(CODE)
    code = screen.page.evaluate(CODE)
    screen.page.evaluate(WATCH)
    since = now(screen)
    postmaster.stop(server.home / DATA)
    # The server lives and says so, but its numbers grow old.
    goes_grey(screen, since)
    server.ensure()
    comes_back(screen, 60)
    report(center, "after")
    screen.wait("document.querySelector('[data-testid=newest]').innerText.includes('after')", 10)
    assert screen.page.evaluate(f"{SCENE}.scene") == "overview"
    # The control needs no database: whoever had paired a phone still has it.
    assert screen.page.evaluate(CODE) == code
