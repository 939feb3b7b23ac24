"""Open pages where there is no network but this machine's own: `unshare --net python -m tests.browser.alone PATH …`.

Prints one JSON object: for each page what its requests were answered with, what failed, and whether the map was drawn.
"""

import fcntl
import json
import socket
import struct
import sys
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE_MS, Site
from tests.browser.fake_api import Fake
from tests.browser.fake_city import chinese_city

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_DRAWN = (
    "Boolean(window.gridCenter && gridCenter.config && gridCenter.state().mapUpdates > 0 && gridCenter.map.settled())"
)


def loopback_up() -> None:
    """Switch on the loopback of a new network namespace: it has nothing else."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack("16xh14x", fcntl.ioctl(control, _SIOCGIFFLAGS, asked))
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def reaches_beyond() -> bool:
    """Whether there is a way to any other host."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 53))  # sends nothing; asks for a route
        except OSError:
            return False
    return True


def visited(browser: Browser, url: str) -> dict[str, Any]:
    """Open a page and wait until its map is drawn."""
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page.set_default_timeout(PATIENCE_MS)
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto(url)
    drawn = False
    for _ in range(PATIENCE_MS // 50):
        drawn = bool(page.evaluate(_DRAWN))
        if drawn:
            break
        page.wait_for_timeout(50)
    letters = page.evaluate("document.querySelector('[data-testid=today]').innerText")
    page.close()
    return {"drawn": drawn, "failed": failed, "today": letters}


def main(paths: list[str]) -> None:
    """Open each page, and say how it went."""
    loopback_up()
    site = Site(Fake(chinese_city()))
    site.start()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        pages = {path: visited(browser, site.url + path) for path in paths}
        browser.close()
    site.kill()
    print(json.dumps({"reaches_beyond": reaches_beyond(), "pages": pages}, ensure_ascii=False))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
