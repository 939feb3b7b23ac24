"""One Chromium for all tests of a worker."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

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


class Chromium:
    """Started when it is first asked for, and anew where it has ended.

    Playwright's event loop counts as running on this thread as long as Playwright lives, and `asyncio.run` of other
    tests would be refused: so the loop is the thread's only `within` a test of the browser.
    """

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._browser: Browser | None = None
        self.starts = 0

    @contextmanager
    def within(self) -> Iterator[Browser]:
        """The browser, for as long as a test wants it."""
        try:
            yield self._running()
        finally:
            asyncio._set_running_loop(None)

    def _running(self) -> Browser:
        asyncio._set_running_loop(self._loop)
        if self._browser is None or not self._browser.is_connected():
            if self._playwright is None:
                self._playwright = sync_playwright().start()
                self._loop = asyncio._get_running_loop()
            self._browser = self._playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
            self.starts += 1
        return self._browser

    def is_well(self) -> bool:
        """Whether it still does its work; a test that was broken off may have taken Playwright with it."""
        try:
            self._running().new_context().close()
        except (Error, RuntimeError):
            return False
        return True

    def forget(self) -> None:
        """The next test gets another one."""
        self.close()
        self._playwright = self._loop = self._browser = None

    def close(self) -> None:
        if self._playwright is None:
            return
        asyncio._set_running_loop(self._loop)
        # What has ended by itself cannot be ended again.
        with suppress(Error, RuntimeError):
            if self._browser is not None:
                self._browser.close()
            self._playwright.stop()
        asyncio._set_running_loop(None)
