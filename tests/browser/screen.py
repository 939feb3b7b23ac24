"""One visitor's page: opened, waited for, read, and clicked on."""

import time
from typing import Any
from urllib.parse import urlparse

from playwright.sync_api import BrowserContext, Error, Page

# Everything is drawn in software, on a machine that has other work.
PATIENCE_MS = 60_000
# What the software that draws says of itself, of no machine with a graphics card, is no complaint about the page.
DRAWING_SLOWLY = "GPU stall due to ReadPixels"


class Screen:
    """The page, and everything the browser complained about."""

    def __init__(self, context: BrowserContext, url: str, page: Page | None = None) -> None:
        self.url = url
        self.context = context
        self.fake: Any = None
        self.page: Page = page or context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.abroad: list[str] = []
        self._listeners = (("console", self._on_console), ("pageerror", self._on_error), ("request", self._on_request))
        for event, listener in self._listeners:
            self.page.on(event, listener)

    def listen_no_more(self) -> None:
        """The page goes on to somebody else."""
        for event, listener in self._listeners:
            self.page.remove_listener(event, listener)

    def _on_error(self, error: Any) -> None:
        self.complaints.append(str(error))

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
