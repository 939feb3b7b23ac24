"""Months on the wall, at speed: frames and scene changes by the thousand, and what they leave behind in the browser.

`python -m tests.soak.wall_months` runs 100,000 frames and 2,000 scene changes (`SOAK_FRAMES=`, `SOAK_CHANGES=`); the
suite runs a short one.
"""

import os
import sys
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
BEAT_S = 0.01
HEAP_GROWTH = 0.10
_COUNT = """() => {
  window.seen = { frames: 0, lost: 0 };
  window.drawn = (n) => new Promise((resolve) => {
    const look = () => (window.seen.frames >= n ? requestAnimationFrame(() => resolve(true)) : setTimeout(look, 2));
    look();
  });
  gridCenter.live.watch(() => (window.seen.frames += 1));
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
        per_change = max(1, frames // max(changes, 1))
        for number in range(frames):
            if number % per_change == 0 and number // per_change < changes:
                self._page.evaluate("gridCenter.scenes.command({ do: 'next' })")
                self._until("gridCenter.map.settled()")
            before = self._page.evaluate("window.seen.frames")
            self._site.fake.seq += 1
            self._page.evaluate("(n) => window.drawn(n)", before + 1)

    def left(self) -> Left:
        """Measure, with the overview standing, so that moments compare."""
        self._page.evaluate("gridCenter.scenes.command({ do: 'scene', scene: 'overview' })")
        self._until("gridCenter.map.settled() && gridCenter.state().past.moment === null")
        self._session.send("HeapProfiler.collectGarbage")
        heap = self._session.send("Runtime.getHeapUsage")
        dom = self._session.send("Memory.getDOMCounters")
        seen: dict[str, Any] = self._page.evaluate("window.seen")
        self._page.evaluate("gridCenter.scenes.command({ do: 'release' })")
        return Left(seen["frames"], int(heap["usedSize"]), dom["nodes"], dom["jsEventListeners"], seen["lost"])

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
    if last.lost_contexts:
        wrong.append(f"{last.lost_contexts} WebGL contexts were lost")
    return wrong


def main() -> int:
    """Run it, say what was measured; status 1 if anything was left behind."""
    site = Site(Fake(chinese_city(), beat_s=BEAT_S))
    site.start()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        page.set_default_timeout(PATIENCE_MS)
        with Months(page, site) as months:
            months.run(WARM_FRAMES, max(1, CHANGES * WARM_FRAMES // FRAMES))
            first = months.left()
            print(first, flush=True)  # noqa: T201  # it is a command
            months.run(FRAMES - WARM_FRAMES, CHANGES)
            last = months.left()
            print(last, flush=True)  # noqa: T201
        browser.close()
    site.kill()
    wrong = findings(first, last)
    print("\n".join(wrong) or "nothing was left behind")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
