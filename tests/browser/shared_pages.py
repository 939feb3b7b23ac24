"""Pages that tests use one after the other: to open one takes seconds of drawing, to bring one back hardly any."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error

from tests.browser import fake_api, fake_city
from tests.browser.screen import PATIENCE_MS, Screen
from tests.browser.site import Site

# How long a page may take to look as it did at first, and how often it is looked at.
BACK_S = 15
LOOK_MS = 100
CAMERA = """(() => {
  const map = document.querySelector('#map .js-plotly-plot, #map.js-plotly-plot')._fullLayout.map._subplot.map;
  const { lng, lat } = map.getCenter();
  return [lng.toFixed(5), lat.toFixed(5), map.getZoom().toFixed(3), map.getBearing(), map.getPitch()].join();
})()"""
# What the page looks like, and what of it can be felt: all that is seen, with the times of day taken out, the map, the
# address, what is kept, and what scripts of a test may have left behind.
PICTURE = r"""() => {
  const timeless = (text) => text.replace(/\d{9,}/g, '#').replace(/\d{4}-\d\d-\d\d/g, '#')
    .replace(/\d{1,2}:\d\d(:\d\d)?/g, '#').replace(/\b\d\d-\d\d\b/g, '#');
  const seen = [...document.querySelectorAll('body *')]
    .filter((one) => one.getClientRects().length && !one.closest('svg, .js-plotly-plot, script, #clock, #fresh'))
    .map((one) => {
      const unseen = one.tagName === 'CANVAS' ? ['style', 'width', 'height'] : ['style', 'title', 'value', 'min'];
      const said = [...one.attributes].filter(({ name }) => !unseen.includes(name))
        .map(({ name, value }) => `${name}=${value}`);
      const own = [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data);
      return timeless([one.tagName, ...said, one.value ?? '', one.scrollTop, ...own].join(' '));
    });
  const boxes = [...document.querySelectorAll('.panel, .map, .strip, .header, .legend, .breadcrumb, .choosers')]
    .map((one) => { const { x, y, width, height } = one.getBoundingClientRect();
      return [x, y, width, height].map(Math.round).join(); });
  const root = [...document.documentElement.attributes].map(({ name, value }) => `${name}=${value}`);
  const graph = document.querySelector('#map .js-plotly-plot, #map.js-plotly-plot');
  const traces = graph.data.map(({ name, visible, z, lon, geojson }) =>
    [name, visible, z && [...z].join(), lon?.length, geojson?.features?.length ?? geojson]);
  const { within, level, kpi, stale, past } = gridCenter.state();
  delete past.requests;
  const { chosen, drawn } = gridCenter.layers.state();
  return {
    seen, boxes, root, traces, stale, past,
    view: [within, level, kpi, location.pathname + location.search],
    layers: [chosen, drawn, graph.layout.map.layers.length],
    camera: CAMERA,
    window: [innerWidth, innerHeight, scrollX, scrollY, document.querySelectorAll('canvas').length],
    focus: document.activeElement.tagName + document.activeElement.id,
    kept: [document.cookie, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })],
    globals: Object.keys(window).filter((key) => !/^\d+$/.test(key)).sort().join(),
    native: [Date.now, HTMLCanvasElement.prototype.getContext].map(String).join(),
  };
}""".replace("CAMERA", CAMERA)
# Everything that a viewer can put back, by the doors that a viewer has.
BACK = """(first) => {
  gridCenter.timeMachine.live();
  document.querySelectorAll('[data-time][data-value]').forEach((button) => {
    const was = first.includes(`${button.dataset.time}=${button.dataset.value}`);
    if (was && button.getAttribute('aria-pressed') !== 'true') button.click();
  });
  gridCenter.layers.set([]);
  gridCenter.cases.close();
  document.querySelectorAll('details[open]').forEach((one) => (one.open = false));
  document.querySelector('[data-testid=mark-card] .close')?.click();
  document.activeElement.blur();
  delete window.notReloaded; // as tests call it
}"""
CHOSEN = """[...document.querySelectorAll('[data-time][data-value][aria-pressed=true]')]
  .map((button) => `${button.dataset.time}=${button.dataset.value}`)"""
TO_ADDRESS = """(address) => {
  history.replaceState(null, '', address);
  window.dispatchEvent(new PopStateEvent('popstate'));
}"""
QUIET = "gridCenter.map.settled() && gridCenter.state().past.moment === null && gridCenter.state().seq === {seq}"


@dataclass(frozen=True)
class Look:
    """How a page was opened."""

    city: Callable[[], fake_city.City] = fake_city.chinese_city
    language: str = "zh"
    theme: str = "dark"
    size: tuple[int, int] = (1366, 768)


class Overview:
    """The overview of a made-up city, on a server of its own."""

    def __init__(self, browser: Browser, look: Look) -> None:
        self._look = look
        self.site = Site(fake_api.Fake(look.city()))
        self.site.start()
        self._context = browser.new_context(viewport=_size(look), locale="zh-CN")
        cookies = [("lang", look.language), ("theme", look.theme)]
        self._context.add_cookies([{"name": name, "value": value, "url": self.site.url} for name, value in cookies])
        self.screen = Screen(self._context, self.site.url)
        self.screen.fake = self.site.fake
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        page = self.screen.open().page
        page.wait_for_selector("[data-testid=newest] .incident")
        self._address: str = page.evaluate("location.pathname + location.search")
        self._chosen: list[str] = page.evaluate(CHOSEN)
        self._first = self._still()

    def _still(self) -> dict[str, Any]:
        """The picture once it no longer changes."""
        before: dict[str, Any] = {}
        for now in self._pictures(PATIENCE_MS / 1000):
            if now == before:
                return now
            before = now
        raise AssertionError(f"the page does not come to rest: {before}")

    def _pictures(self, within_s: float) -> Iterator[dict[str, Any]]:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            yield self.screen.page.evaluate(PICTURE)
            self.screen.page.wait_for_timeout(LOOK_MS)

    def rests(self) -> bool:
        """Whether it no longer works at what a test wanted, in a window of another size or at another moment."""
        try:
            self._rest()
        except Error:
            return False
        return True

    def _rest(self) -> None:
        page = self.screen.page
        page.unroute_all(behavior="ignoreErrors")
        page.emulate_media(media="null")
        page.mouse.move(0, 0)
        page.set_viewport_size(_size(self._look))
        page.evaluate(BACK, self._chosen)

    def bring_back(self, within_s: float = BACK_S) -> list[str]:
        """Make it what it was when it was opened; what of it is not."""
        page = self.screen.page
        try:
            _renew(self.site.fake)
            # What moves on its own would be moved there and back; drawn in software, that is most of the work.
            page.emulate_media(reduced_motion="reduce")
            self._rest()
            page.evaluate(TO_ADDRESS, self._address)
            self._wait()
            if page.evaluate(CAMERA) != self._first["camera"]:
                # A map that was moved by hand stays where it is until it shows another place.
                page.evaluate("gridCenter.view.go(gridCenter.grids.ofLevel(1)[0].id)")
                self._wait()
                page.evaluate(TO_ADDRESS, self._address)
                self._wait()
            other = self._other(within_s)
            page.emulate_media(reduced_motion="null")
        except (AssertionError, Error) as error:
            return [str(error)]
        self.screen.complaints, self.screen.abroad = [], []
        return other

    def _wait(self) -> None:
        self.screen.wait(QUIET.format(seq=self.site.fake.seq))

    def _other(self, within_s: float) -> list[str]:
        """The parts of the picture that stay other than they were."""
        other: list[str] = []
        for now in self._pictures(within_s):
            other = [part for part, was in self._first.items() if now[part] != was]
            if not other:
                break
        return other

    def close(self) -> None:
        with suppress(Error):
            self._context.close()
        self.site.kill()


def _size(look: Look) -> Any:
    return {"width": look.size[0], "height": look.size[1]}


def _origin(url: str) -> str:
    place = urlsplit(url)
    return f"{place.scheme}://{place.netloc}"


def _renew(fake: fake_api.Fake) -> None:
    """As it was made; the sequence number goes on, as no server's goes back."""
    vars(fake).update({**vars(fake_api.Fake(fake.city)), "seq": fake.seq + 1})


class Returning:
    """A visitor whose browser was here before: files lie in its cache, scripts are compiled. Nothing else is kept."""

    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context(locale="zh-CN")
        self._page = self._context.new_page()

    def visit(self, url: str, size: tuple[int, int], cookies: dict[str, str]) -> Screen:
        self._page.set_viewport_size({"width": size[0], "height": size[1]})
        self._context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
        return Screen(self._context, url, self._page)

    def leave(self, screen: Screen) -> None:
        """Take away what the visit has left."""
        page = self._page
        assert [page] == self._context.pages, "a visit left pages behind"
        screen.listen_no_more()
        page.unroute_all(behavior="ignoreErrors")
        page.emulate_media(media="null")
        page.evaluate("(sessionStorage.clear(), localStorage.clear())")
        page.mouse.move(0, 0)
        page.goto("about:blank")
        kept = "cookies,indexeddb,local_storage,service_workers,cache_storage,file_systems"
        talk = self._context.new_cdp_session(page)
        talk.send("Storage.clearDataForOrigin", {"origin": _origin(screen.url), "storageTypes": kept})
        talk.detach()
        self._context.clear_cookies()

    def close(self) -> None:
        with suppress(Error):
            self._context.close()


class SharedPages:
    """The pages and visitors nobody has at the moment. They cost a little while they wait, so there are few."""

    MOST = 2

    def __init__(self) -> None:
        self._browser: Browser | None = None
        self._idle: dict[Look, Overview] = {}  # the one that was used last comes last
        self._visitors: list[Returning] = []
        self.ports: dict[str, int] = {}  # city -> where its made-up server was last: caches know files by their address
        self.opened = 0
        self.refused: list[list[str]] = []

    def belong_to(self, browser: Browser) -> None:
        """From now on; what belonged to one that has ended is let go."""
        if browser is not self._browser:
            self.close()
            self._browser = browser

    def borrow(self, browser: Browser, look: Look) -> Overview:
        """A page that is as if it had just been opened."""
        idle = self._idle.pop(look, None)
        if idle is not None:
            other = idle.bring_back()
            if not other:
                return idle
            self.refused.append(other)
            idle.close()
        self.opened += 1
        return Overview(browser, look)

    def give_back(self, overview: Overview, look: Look, *, whole: bool) -> None:
        """For the next test; a page on which a test failed is not given to another."""
        if not whole or look in self._idle or not overview.rests():
            overview.close()
            return
        self._idle[look] = overview
        while len(self._idle) > self.MOST:
            self._idle.pop(next(iter(self._idle))).close()

    def visitor(self, browser: Browser) -> Returning:
        return self._visitors.pop() if self._visitors else Returning(browser)

    def left(self, visitor: Returning, screen: Screen, *, whole: bool) -> None:
        """The end of a visit."""
        if whole:
            visitor.leave(screen)
            self._visitors.append(visitor)
        else:
            visitor.close()

    def close(self) -> None:
        for one in (*self._idle.values(), *self._visitors):
            one.close()
        self._idle.clear()
        self._visitors.clear()
