"""Months of the server, at speed: pictures and looks by the thousand, and what they leave behind in its memory.

`python -m tests.soak.server_months` makes 100,000 pictures of the demo city while 2,000 times somebody else begins to
look at something else (`SOAK_SERVER_FRAMES=`, `SOAK_SERVER_CHANGES=`); the suite runs a short one of a small city.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx

from dashboard.live.past import WINDOW_S
from data.stats.mirror.seconds import from_seconds, to_seconds
from tests.browser.running_center import RunningCenter
from tests.soak.fast_center import MOST_REQUEST_THREADS, FastCenter, Held
from tests.soak.onlookers import Onlookers, Screen

FRAMES = int(os.environ.get("SOAK_SERVER_FRAMES", "100000"))
CHANGES = int(os.environ.get("SOAK_SERVER_CHANGES", "2000"))
# Before the first measurement: what is made once is made by then.
WARM_FRAMES: Final = min(2_000, FRAMES // 2)
WARM_CHANGES: Final = min(40, CHANGES // 2)
# Measured after each of them, to see whether growth flattens.
PARTS: Final = 14
GROWTH: Final = 0.10
# Python's objects can be counted to the last one; caches with bounds fill up later than a fiftieth of the way.
OBJECT_GROWTH: Final = 0.05
# Connections to the database are made as they are needed, up to the size of the pool.
_MORE_FILES: Final = 8
# The mirror's own, and two for each of the windows of the past that are kept; the others are in use for a moment.
_MOST_VIEWS: Final = 16
_LOOKING: Final = ("channels", "screens", "walls")
_HISTORY: Final = {"GRID_DEMO_PER_DAY": "400", "GRID_DEMO_DAYS": "20"}
# The server closes a connection that is not used for five seconds: it must not be taken for a good one then.
_LIMITS: Final = httpx.Limits(keepalive_expiry=1.0)
_STEP_EVERY_S: Final = 0.05
_PATIENCE_S: Final = 60.0
_MOST_UNREAD: Final = 20


class Months:
    """A center that is looked at, at speed.

    Parameters
    ----------
    center
        Whose memory is in question.
    category
        A category it knows.
    seats
        Screens that look at the same time.
    steady
        Incidents that move on all the time: their number does not grow, and every picture differs.
    """

    def __init__(self, center: FastCenter, category: str, *, seats: int = 16, steady: int = 400) -> None:
        self._center = center
        self._category = category
        self._seats = seats
        self._steady = steady
        self._suspended: dict[int, bool] = {}
        self._seed = 1
        # The window of the past that goes on grows by right with every step, here by more in an hour than in a week.
        self._before = from_seconds(to_seconds(datetime.now(UTC)) // WINDOW_S * WINDOW_S)
        self.frames = self.maps = self.steps = self.cut_off = 0

    def run(self, pictures: int, changes: int) -> Held:
        """Let so many pictures be made, with so many changes of what is looked at, and see what is held in the end."""
        return asyncio.run(self._run(pictures, changes))

    async def _run(self, pictures: int, changes: int) -> Held:
        url = f"http://127.0.0.1:{self._center.port}"
        async with httpx.AsyncClient(base_url=url, timeout=_PATIENCE_S, limits=_LIMITS, trust_env=False) as client:
            grids = (await client.get("/api/v1/grids")).json()
            onlookers = Onlookers(client, self._center.port, grids, self._category, self._seed, self._before)
            if self._seed == 1:
                await onlookers.look_everywhere()
            self._seed += 1
            while len(self._suspended) < self._steady:
                self._suspended[await onlookers.report()] = False
            looked = asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._move_on(onlookers, looked))
                await self._look(onlookers, pictures, changes)
                looked.set()
        # What is held now is held for nobody.
        await self._until_none("answers")
        return self._center.held()

    async def _look(self, onlookers: Onlookers, pictures: int, changes: int) -> None:
        begun = self._center.now()["pictures"]
        seats = deque([await onlookers.screen().come() for _ in range(self._seats)])
        unread: deque[Screen] = deque()
        for number in range(1, changes + 1):
            await self._change(onlookers, seats, unread)
            while self._center.now()["pictures"] - begun < pictures * number / changes:
                await asyncio.sleep(0.02)
        for screen in seats:
            await self._left(screen, unread)
        # Screens that only stopped reading are let go by the server, while there is something to tell them.
        await self._until_none("screens")
        for screen in unread:
            screen.hang_up()

    async def _change(self, onlookers: Onlookers, seats: deque[Screen], unread: deque[Screen]) -> None:
        await self._left(seats.popleft(), unread)
        seats.append(await onlookers.screen().come())
        wall = await onlookers.wall().come()
        await onlookers.ask()
        await onlookers.report()
        await wall.leave()

    async def _left(self, screen: Screen, unread: deque[Screen]) -> None:
        self.frames += screen.told[b"frame"]
        self.maps += screen.told[b"map"]
        self.cut_off += screen.cut_off
        await screen.leave()
        if screen.leaving == "stops reading":
            unread.append(screen)
            if len(unread) > _MOST_UNREAD:
                unread.popleft().hang_up()

    async def _move_on(self, onlookers: Onlookers, looked: asyncio.Event) -> None:
        while not looked.is_set():
            await onlookers.step(self._suspended)
            self.steps += 1
            await asyncio.sleep(_STEP_EVERY_S)

    async def _until_none(self, of: str) -> None:
        """Wait until the server has let them all go."""
        deadline = time.monotonic() + _PATIENCE_S
        while left := self._center.now()[of]:
            assert time.monotonic() < deadline, f"{left} {of} are left"
            await asyncio.sleep(0.05)


def findings(first: Held, last: Held) -> list[str]:
    """What months have left behind; empty for nothing."""
    wrong = []
    by_right = last.mirror_bytes - first.mirror_bytes
    if last.resident_bytes - by_right > first.resident_bytes * (1 + GROWTH):
        wrong.append(
            f"memory grew from {first.resident_bytes:,} to {last.resident_bytes:,} bytes, of which the"
            f" {last.incidents - first.incidents:,} new incidents need {by_right:,}"
        )
    if last.objects > first.objects * (1 + OBJECT_GROWTH):
        more = {kind: count - first.kinds.get(kind, 0) for kind, count in last.kinds.items()}
        most = sorted(more, key=lambda kind: -more[kind])[:5]
        told = ", ".join(f"{more[kind]:,} of {kind}" for kind in most)
        wrong.append(f"objects grew from {first.objects:,} to {last.objects:,}, most of them {told}")
    if last.views > _MOST_VIEWS:
        wrong.append(f"{last.views} views of the mirror")
    if last.attached:
        wrong.append(f"{last.attached} objects of screens that left")
    if last.files > first.files + _MORE_FILES:
        wrong.append(f"open files grew from {first.files} to {last.files}")
    for name in ("threads", "tasks"):
        before, after = getattr(first, name), getattr(last, name)
        if after > before:
            wrong.append(f"{name} grew from {before} to {after}")
    if last.request_threads > MOST_REQUEST_THREADS:
        wrong.append(f"{last.request_threads} threads for requests")
    return wrong + [f"{kept} {name}, although nobody looks" for name in _LOOKING if (kept := getattr(last, name))]


def parts(whole: int, number: int) -> list[int]:
    """Cut a number into so many whole parts, no two of which differ by more than one."""
    return [whole * (at + 1) // number - whole * at // number for at in range(number)]


def main() -> int:
    """Run it on the demo city, say what was measured; status 1 if anything was left behind."""
    # Not in /tmp, which may be in memory.
    home = Path(tempfile.mkdtemp(prefix="grid-months-", dir="/var/tmp"))
    home.chmod(0o755)
    first_start = RunningCenter(home, **_HISTORY)
    first_start.start("--no-traffic", patience_s=600)
    first_start.interrupt()
    center = FastCenter(home)
    try:
        began = time.monotonic()
        months = Months(center, "exposed_garbage")
        first = months.run(WARM_FRAMES, WARM_CHANGES)
        _say(f"{time.monotonic() - began:,.0f} s: {first}")
        last = first
        for pictures, changes in zip(
            parts(FRAMES - WARM_FRAMES, PARTS), parts(CHANGES - WARM_CHANGES, PARTS), strict=True
        ):
            last = months.run(pictures, changes)
            _say(f"{time.monotonic() - began:,.0f} s, {months.steps:,} steps: {last}")
        told = f"screens were told {months.frames:,} frames and {months.maps:,} maps, {months.cut_off:,} were cut off"
        _say(told)
    finally:
        center.close()
    wrong = findings(first, last)
    _say("\n".join(wrong) or "nothing was left behind")
    shutil.rmtree(home)
    return 1 if wrong else 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  # it is a command


if __name__ == "__main__":
    sys.exit(main())
