"""A real Chromium, made-up servers, and visitors: with a page that is opened anew, or one that others had before."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser import fake_api, fake_city
from tests.browser.chromium import CHROMIUM, FLAGS, Chromium
from tests.browser.screen import PATIENCE_MS, Screen
from tests.browser.shared_pages import Look, Overview, Returning, SharedPages
from tests.browser.site import Site

__all__ = ["CHROMIUM", "FLAGS", "PATIENCE_MS", "Screen", "Site"]

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Fixtures that end after a test know whether it failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    if not CHROMIUM.exists():
        reason = f"no Chromium at {CHROMIUM} (apt install chromium fonts-noto-cjk)"
        if os.environ.get("GRID_REQUIRE_ALL") == "1":
            pytest.fail(f"{reason}, and GRID_REQUIRE_ALL=1")
        pytest.skip(reason)
    made = Chromium()
    yield made
    made.close()


@pytest.fixture(scope="session")
def shared_pages(chromium: Chromium) -> Iterator[SharedPages]:
    pages = SharedPages()
    yield pages
    if chromium.starts:
        with chromium.within():
            pages.close()


@pytest.fixture
def browser(chromium: Chromium, shared_pages: SharedPages, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The one browser of this worker."""
    with chromium.within() as running:
        shared_pages.belong_to(running)
        yield running
        if request.node.stash.get(FAILED, False) and not chromium.is_well():
            shared_pages.close()
            chromium.forget()


@pytest.fixture
def make_site(shared_pages: SharedPages) -> Iterator[Callable[..., Site]]:
    sites: list[Site] = []
    ports = shared_pages.ports

    def make(city: fake_city.City | None = None, **steering: Any) -> Site:
        fake = fake_api.Fake(city or fake_city.chinese_city(), **steering)
        site = Site(fake, ports.pop(fake.city.name, 0))
        site.start()
        sites.append(site)
        return site

    yield make
    for site in sites:
        site.kill()
        ports[site.fake.city.name] = site.port


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Screen]]:
    """A visitor of a site, with nothing kept and nothing open."""
    contexts: list[BrowserContext] = []

    def make(site: Site, size: tuple[int, int] = (1366, 768), **cookies: str) -> Screen:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
        context.add_cookies([{"name": name, "value": value, "url": site.url} for name, value in cookies.items()])
        contexts.append(context)
        return Screen(context, site.url)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def revisit(
    browser: Browser, shared_pages: SharedPages, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Screen]]:
    """As `visit`, by a visitor who was here before: the page is loaded anew, its files come out of the cache."""
    visitors: list[tuple[Returning, Screen]] = []

    def make(site: Site, size: tuple[int, int] = (1366, 768), **cookies: str) -> Screen:
        visitor = shared_pages.visitor(browser)
        screen = visitor.visit(site.url, size, cookies)
        visitors.append((visitor, screen))
        return screen

    yield make
    for visitor, screen in visitors:
        shared_pages.left(visitor, screen, whole=not request.node.stash.get(FAILED, False))


@pytest.fixture
def overview(
    browser: Browser, shared_pages: SharedPages, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Screen]]:
    """The overview of a made-up city as it is when it was just opened, on a page that other tests may have had before.

    For tests of what happens on an open page. Tests of the opening itself, of servers that end, and of scripts that
    must be there first take `visit`.
    """
    lent: list[tuple[Overview, Look]] = []

    def make(*, beat_s: float = 1.0, **look: Any) -> Screen:
        wanted = Look(**look)
        found = shared_pages.borrow(browser, wanted)
        lent.append((found, wanted))
        found.site.fake.beat_s = beat_s
        return found.screen

    yield make
    for found, wanted in lent:
        shared_pages.give_back(found, wanted, whole=not request.node.stash.get(FAILED, False))
