"""Open pages where there is no network but this machine's own: `unshare --net python -m tests.browser.alone PATH …`.

With `--shut-in` the network stays, and the browser is kept from it.

Prints one JSON object: for each page what its requests were answered with, what failed, and whether the map was drawn.
"""

import fcntl
import json
import socket
import struct
import sys
from typing import Any

from playwright.sync_api import Browser, Error, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE_MS, Site
from tests.browser.fake_api import Fake
from tests.browser.fake_city import chinese_city

# Everything but this machine goes by a proxy that is not there; port 1 is nobody's.
SHUT_IN = ["--proxy-server=127.0.0.1:1", "--proxy-bypass-list=127.0.0.1;localhost;[::1]"]
_CLOSED = ("ERR_PROXY_CONNECTION_FAILED", "ERR_UNSAFE_PORT")
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


def browser_reaches_beyond(browser: Browser) -> bool:
    """Whether a page could have had something from another host: asked of one whose address is nobody's."""
    page = browser.new_page()
    try:
        page.goto("http://192.0.2.1/", timeout=PATIENCE_MS)
    except Error as error:
        return not any(closed in error.message for closed in _CLOSED)
    return True


def main(paths: list[str], *, shut_in: bool) -> None:
    """Open each page, and say how it went."""
    if not shut_in:
        loopback_up()
    site = Site(Fake(chinese_city()))
    site.start()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS, *(SHUT_IN if shut_in else [])])
        pages = {path: visited(browser, site.url + path) for path in paths}
        beyond = browser_reaches_beyond(browser) if shut_in else reaches_beyond()
        browser.close()
    site.kill()
    print(json.dumps({"reaches_beyond": beyond, "pages": pages}, ensure_ascii=False))  # noqa: T201


if __name__ == "__main__":
    main([path for path in sys.argv[1:] if path != "--shut-in"], shut_in="--shut-in" in sys.argv)
