"""From the commit of an incident to the screens: how long it takes, and what it costs the server per screen."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.tables import Table
from benchmarks.writing import Bench, running
from data.store.openers import System
from tests.browser.conftest import CHROMIUM, FLAGS

SCREENS: Final = int(os.environ.get("BENCH_SCREENS", "200"))
RATE_PER_S: Final = float(os.environ.get("BENCH_RATE", "200"))
SECONDS: Final = float(os.environ.get("BENCH_SECONDS", "30"))
# Of a browser: what it compiles and draws at the first look is no part of it.
WARM_MS: Final = 8_000
# So many reports go in at once, as sources send them; the last of each is what is waited for.
BATCH: Final = 20
_CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")
# After the next picture of the browser has been drawn.
_WATCH = """() => {
  window.told = [];
  const note = (frame) => window.told.push([frame.seq, Date.now() / 1000]);
  gridCenter.live.watch((frame) => requestAnimationFrame(() => setTimeout(note, 0, frame)));
}"""

Told = list[tuple[int, float]]


@dataclass
class Feed:
    """Reports that arrive at a steady rate, and when the answer said that each batch is on disk."""

    bench: Bench
    acknowledged: list[tuple[str, float]] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def flowing(self) -> Iterator["Feed"]:
        """Send meanwhile."""
        thread = threading.Thread(target=self._send)
        thread.start()
        try:
            yield self
        finally:
            self._ending.set()
            thread.join()

    def _send(self) -> None:
        due = time.time()
        address = f"http://127.0.0.1:{self.bench.port}/api/v1/incidents"
        with httpx.Client(timeout=60) as client:
            while not self._ending.is_set():
                lines = self.bench.lines(BATCH)
                answer = client.post(
                    address, content=b"\n".join(lines), headers={"Content-Type": "application/x-ndjson"}
                )
                assert answer.json()["rejected"] == 0, answer.text[:300]
                self.acknowledged.append((json.loads(lines[-1])["source_id"], time.time()))
                due += BATCH / RATE_PER_S
                self._ending.wait(max(0.0, due - time.time()))

    def committed(self) -> list[tuple[int, float]]:
        """Sequence number of the last report of each batch, and when it was acknowledged."""
        with self.bench.store.transaction(System("benchmark"), timeout_s=60) as cursor:
            cursor.execute(
                "SELECT incident.source_id, min(event.seq) FROM incident JOIN event ON event.incident_id = incident.id "
                "WHERE incident.source_id = ANY(%s) GROUP BY 1",
                ([source_id for source_id, _ in self.acknowledged],),
            )
            seqs = dict(cursor.fetchall())
        return [(seqs[source_id], at) for source_id, at in self.acknowledged]


def run() -> list[Table]:
    """Both tables of this benchmark."""
    rows, costs = [], []
    with running() as bench:
        _measured(bench, "stream", 1, seconds=5)  # what is compiled once is no part of it
        for way, screens, browser in (
            ("stream", 1, False),
            ("stream", SCREENS // 4, False),
            ("stream", SCREENS, True),
            ("poll", SCREENS, False),
        ):
            found = _measured(bench, way, screens, seconds=SECONDS, browser=browser)
            name = "**ours**, event stream" if way == "stream" else "pages that fetch the same picture every 5 s"
            rows.append([f"{name}, {screens} screens", *_quantiles(found["clients"])])
            if found["browser"]:
                rows.append(
                    ["of these one real Chromium, to its pixels (software WebGL)", *_quantiles(found["browser"])]
                )
            costs.append([f"{name}, {screens} screens", f"{found['cpu']:.0%}", f"{found['cpu'] / screens:.2%}"])
    about = (
        f"{RATE_PER_S:.0f} incidents/s arrive in batches of {BATCH} for {SECONDS:.0f} s; server, database, source and"
        " screens on the same 2 processors. Time from the acknowledged commit of a report to the frame that counts it."
    )
    cost = (
        f"Processor time of the server's process meanwhile, as a share of one processor, at {RATE_PER_S:.0f}"
        " incidents/s."
    )
    return [
        Table("From commit to screen", about, ["", "median", "95 of 100", "slowest"], rows),
        Table("What a screen costs", cost, ["", "all", "per screen"], costs),
    ]


def _measured(bench: Bench, way: str, screens: int, *, seconds: float, browser: bool = False) -> dict[str, Any]:
    clients = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.live_clients", way, str(bench.port), str(screens), str(seconds)],
        cwd=Path(__file__).parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert clients.stdout is not None
    assert clients.stdin is not None
    feed = Feed(bench)
    shown: Told = []
    with feed.flowing(), ExitStack() as ending:
        json.loads(clients.stdout.readline())
        page = ending.enter_context(_chromium(bench.port)) if browser else None
        began, cpu_s = time.time(), _cpu_s(bench.pid)
        clients.stdin.write(b"now\n")
        clients.stdin.flush()
        if page is not None:
            page.wait_for_timeout(1000 * seconds)
            shown = page.evaluate("window.told")
        logs: list[Told] = json.loads(clients.stdout.readline())
        cpu = (_cpu_s(bench.pid) - cpu_s) / (time.time() - began)
    clients.wait()
    committed = [(seq, at) for seq, at in feed.committed() if at >= began]
    return {
        "clients": [one for told in logs for one in _delays(committed, told)],
        "browser": _delays(committed, shown),
        "cpu": cpu,
    }


def _delays(committed: list[tuple[int, float]], told: Told) -> list[float]:
    """Seconds from each commit to the first frame that knows it; those nobody was told before the end are left out."""
    if not told:
        return []
    seqs, times = (np.array(values) for values in zip(*told, strict=True))
    first = np.searchsorted(seqs, [seq for seq, _ in committed])
    return [
        float(times[at] - acknowledged)
        for at, (_, acknowledged) in zip(first.tolist(), committed, strict=True)
        if at < len(times) and acknowledged >= times[0]
    ]


@contextmanager
def _chromium(port: int) -> Iterator[Page]:
    """The page of a desk, its map drawn, that notes in `window.told` when it had drawn what."""
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = started.new_page(viewport={"width": 1366, "height": 768})
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator("[data-testid=today] .value").first.wait_for(timeout=60_000)
        page.wait_for_timeout(WARM_MS)
        page.evaluate(_WATCH)
        yield page
        started.close()


def _quantiles(delays: list[float]) -> list[str]:
    if not delays:
        return ["–"] * 3
    return [f"{1000 * value:,.0f} ms" for value in (*np.quantile(delays, [0.5, 0.95]), max(delays))]


def _cpu_s(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _CLOCK_TICKS
