"""A real Chromium, and the fake server as something that can be killed and started again."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from tests.browser import fake_api, fake_city

# The names that distributions give it; the installer of the tests' packages asks for the same.
_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = Path(next(filter(None, map(shutil.which, _NAMES)), "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    # Where everything is drawn in software, a page is put together faster without the detour over WebGL's own.
    "--disable-gpu-compositing",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# What the software that draws says of itself, of no machine with a graphics card, is no complaint about the page.
DRAWING_SLOWLY = "GPU stall due to ReadPixels"
# Everything is drawn in software, on a machine that has other work.
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a file, not of the session: Playwright's loop runs on this thread as long as it
    lives, and `asyncio.run` of other tests would be refused.
    """
    if not CHROMIUM.exists():
        reason = f"no Chromium at {CHROMIUM} (apt install chromium fonts-noto-cjk)"
        if os.environ.get("GRID_REQUIRE_ALL") == "1":
            pytest.fail(f"{reason}, and GRID_REQUIRE_ALL=1")
        pytest.skip(reason)
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()


class FakeServer(uvicorn.Server):
    """Ends with its connections: one whose browser does not read would stay open until some other test."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()


class Site:
    """The fake server on a port of its own; `kill` and `start` again as often as a test likes."""

    def __init__(self, fake: fake_api.Fake) -> None:
        self.fake = fake
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        app = fake_api.create_app(self.fake)
        config = uvicorn.Config(app, port=self.port, log_level="error", ws="none", timeout_graceful_shutdown=0)
        self._server = FakeServer(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            assert time.monotonic() < deadline, "the fake server did not start"
            time.sleep(0.02)

    def kill(self) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.fixture
def make_site() -> Iterator[Callable[..., Site]]:
    sites: list[Site] = []

    def make(city: fake_city.City | None = None, **steering: Any) -> Site:
        site = Site(fake_api.Fake(city or fake_city.chinese_city(), **steering))
        site.start()
        sites.append(site)
        return site

    yield make
    for site in sites:
        site.kill()


class Screen:
    """One visitor: the page, and everything the browser complained about."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.abroad: list[str] = []
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._on_request)

    def _on_console(self, message: Any) -> None:
        if message.type in ("error", "warning") and DRAWING_SLOWLY not in message.text:
            self.complaints.append(message.text)

    def _on_request(self, request: Any) -> None:
        place = urlparse(request.url)
        if place.scheme not in ("blob", "data") and place.hostname != urlparse(self.url).hostname:
            self.abroad.append(request.url)

    def open(self, query: str = "") -> "Screen":
        self.page.goto(self.url + query)
        self.wait("gridCenter.state().seq !== null && gridCenter.state().mapUpdates > 0 && gridCenter.map.settled()")
        return self

    def wait(self, condition: str, seconds: float = PATIENCE_MS / 1000) -> None:
        """Until a condition holds on a started page. Playwright's own way needs `eval`, which our policy forbids."""
        deadline = time.monotonic() + seconds
        while not self._holds(condition):
            assert time.monotonic() < deadline, f"{condition} does not hold; {self.complaints}"
            self.page.wait_for_timeout(50)

    def _holds(self, condition: str) -> bool:
        try:
            return bool(self.page.evaluate(f"Boolean(window.gridCenter && gridCenter.config && ({condition}))"))
        except Error as error:
            if "context was destroyed" in str(error):  # the page is being loaded anew
                return False
            raise

    @property
    def state(self) -> dict[str, Any]:
        return dict(self.page.evaluate("gridCenter.state()"))

    def text(self, test_id: str) -> str:
        return self.page.get_by_test_id(test_id).inner_text()

    def click_map(self, lon: float, lat: float) -> None:
        """A real click on the map, where this place lies."""
        pixel = self.page.evaluate("([lon, lat]) => gridCenter.pixelOf(lon, lat)", [lon, lat])
        self.page.mouse.move(pixel["x"] - 3, pixel["y"])
        self.page.mouse.move(pixel["x"], pixel["y"], steps=3)
        self.page.wait_for_selector("#map-tip", state="visible")
        self.page.mouse.click(pixel["x"], pixel["y"])


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Screen]]:
    contexts: list[BrowserContext] = []

    def make(site: Site, size: tuple[int, int] = (1366, 768), **cookies: str) -> Screen:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
        context.add_cookies([{"name": name, "value": value, "url": site.url} for name, value in cookies.items()])
        contexts.append(context)
        return Screen(context, site.url)

    yield make
    for context in contexts:
        context.close()
