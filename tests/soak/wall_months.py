"""Months on the wall, at speed: frames and scene changes by the thousand, and what they leave behind in the browser.

`python -m tests.soak.wall_months` runs 100,000 frames and 2,000 scene changes (`SOAK_FRAMES=`, `SOAK_CHANGES=`); the
suite runs a short one.
"""

import os
import sys
import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE_MS, Site
from tests.browser.fake_api import Fake
from tests.browser.fake_city import chinese_city

FRAMES = int(os.environ.get("SOAK_FRAMES", "100000"))
CHANGES = int(os.environ.get("SOAK_CHANGES", "2000"))
# Frames before the first measurement: what is made once is made by then.
WARM_FRAMES = 2_000
PROGRESS_FRAMES = 5_000
# Frames come as fast as they are drawn, not with the screen's sixtieth of a second.
FAST = ["--disable-frame-rate-limit", "--disable-gpu-vsync"]
HEAP_GROWTH = 0.10
# A movement that is under way waits for its end.
MORE_WAITING = 5
COLLECTIONS = 8
# Listeners of the map's own events, which no browser counts.
_WAITING = """(() => {
  const map = document.querySelector('#map .js-plotly-plot')._fullLayout.map._subplot.map;
  return Object.values(map._oneTimeListeners).reduce((sum, waiting) => sum + waiting.length, 0);
})()"""
_COUNT = """() => {
  window.seen = { frames: 0, lost: 0 };
  let drawn = () => {};
  const arrival = () => new Promise((resolve) => (drawn = resolve));
  window.next = async () => {
    const painted = arrival();
    await fetch('/soak/next', { method: 'POST' });
    await painted;
  };
  window.frames = async (n) => {
    for (let i = 0; i < n; i += 1) await window.next();
    return window.seen.frames;
  };
  gridCenter.live.watch(() => {
    window.seen.frames += 1;
    requestAnimationFrame(() => drawn());
  });
  document.querySelector('.map canvas').addEventListener('webglcontextlost', () => (window.seen.lost += 1));
}"""


@dataclass(frozen=True)
class Left:
    """What the page holds at a moment, after its garbage was collected."""

    frames: int
    heap_bytes: int
    nodes: int
    listeners: int
    lost_contexts: int
    waiting: int


class Months:
    """One wall, driven at speed."""

    def __init__(self, page: Page, site: Site) -> None:
        self._page = page
        self._site = site
        self._session = page.context.new_cdp_session(page)

    def __enter__(self) -> "Months":
        self._page.goto(f"{self._site.url}wall")
        self._until(
            "window.gridCenter && gridCenter.config && gridCenter.scenes.state().scene && gridCenter.map.settled()"
        )
        self._page.evaluate(_COUNT)
        return self

    def __exit__(self, *_error: object) -> None:
        self._session.detach()

    def run(self, frames: int, changes: int) -> None:
        """Let so many more frames be drawn, each before the next is sent, and turn the scenes so often meanwhile."""
        done = 0
        for number in range(changes):
            self._page.evaluate("gridCenter.scenes.command({ do: 'next' })")
            wanted = frames * (number + 1) // changes
            self._page.evaluate("(n) => window.frames(n)", wanted - done)
            done = wanted
        self._page.evaluate("(n) => window.frames(n)", frames - done)

    def left(self) -> Left:
        """Measure, with the overview standing, so that moments compare."""
        self._page.evaluate("gridCenter.scenes.command({ do: 'scene', scene: 'overview' })")
        self._until("gridCenter.map.settled() && gridCenter.state().past.moment === null")
        # Code that was not run for some collections goes too, and with it the chance of what happens to be compiled.
        for _ in range(COLLECTIONS):
            self._session.send("HeapProfiler.collectGarbage")
        heap = self._session.send("Runtime.getHeapUsage")
        dom = self._session.send("Memory.getDOMCounters")
        seen: dict[str, Any] = self._page.evaluate("window.seen")
        waiting = int(self._page.evaluate(_WAITING))
        self._page.evaluate("gridCenter.scenes.command({ do: 'release' })")
        heap_bytes = int(heap["usedSize"])
        return Left(seen["frames"], heap_bytes, dom["nodes"], dom["jsEventListeners"], seen["lost"], waiting)

    def _until(self, condition: str) -> None:
        for _ in range(PATIENCE_MS // 20):
            if self._page.evaluate(f"Boolean({condition})"):
                return
            self._page.wait_for_timeout(20)
        raise AssertionError(f"{condition} does not hold")


def findings(first: Left, last: Left) -> list[str]:
    """What months have left behind; empty for nothing."""
    wrong = []
    if last.heap_bytes > first.heap_bytes * (1 + HEAP_GROWTH):
        wrong.append(f"the heap grew from {first.heap_bytes:,} to {last.heap_bytes:,} bytes")
    if last.nodes > first.nodes * 1.02:
        wrong.append(f"the page grew from {first.nodes:,} to {last.nodes:,} nodes")
    if last.listeners > first.listeners * 1.02:
        wrong.append(f"listeners grew from {first.listeners:,} to {last.listeners:,}")
    if last.waiting > first.waiting + MORE_WAITING:
        wrong.append(f"what waits for events of the map grew from {first.waiting} to {last.waiting}")
    if last.lost_contexts:
        wrong.append(f"{last.lost_contexts} WebGL contexts were lost")
    return wrong


def main() -> int:
    """Run it, say what was measured; status 1 if anything was left behind."""
    site = Site(Fake(chinese_city(), lively=True))
    site.start()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS, *FAST])
        page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        page.set_default_timeout(PATIENCE_MS)
        began = time.monotonic()
        with Months(page, site) as months:
            months.run(WARM_FRAMES, max(1, CHANGES * WARM_FRAMES // FRAMES))
            first = months.left()
            print(first, flush=True)  # noqa: T201  # it is a command
            done = WARM_FRAMES
            while done < FRAMES:
                part = min(PROGRESS_FRAMES, FRAMES - done)
                months.run(part, max(1, CHANGES * part // FRAMES))
                done += part
                last = months.left()
                print(f"{time.monotonic() - began:,.0f} s", last, flush=True)  # noqa: T201
        browser.close()
    site.kill()
    wrong = findings(first, last)
    print("\n".join(wrong) or "nothing was left behind")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
