"""The whole command center in a process of its own, its stream at speed, which tells what it holds.

`FastCenter` starts it and asks it. It ends at the end of its standard input, so also with whoever started it.
"""

import asyncio
import ctypes
import gc
import json
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import uvicorn

from app import create_app
from dashboard.api.walls import ControlStream
from dashboard.center.services import Services, services_on
from dashboard.live.event_stream import EventStream
from dashboard.live.hub import Picture, StreamHub, Subscription, _Channel
from dashboard.live.picture import LivePictures
from dashboard.live.walls import Walls, WallStream
from dashboard.server import create_uvicorn
from data.city.categories import Category, save_categories
from data.city.editions import has_edition, save_edition
from data.settings import Settings
from data.stats.mirror.mirror import MirrorView
from data.stats.picture.key import PictureKey
from data.store.connection import Store
from tests.browser.running_center import ROOT
from tests.soak.killing import small_city

BEAT_S: Final = 0.2
# A screen that takes nothing is let go after this, in place of half a minute.
SLOW_S: Final = 2.0
_NARROW: Final = 4096
# Threads that come and go with the requests; the library that has them keeps no more than these.
_REQUEST_THREADS: Final = "AnyIO worker thread"
MOST_REQUEST_THREADS: Final = 40
_ATTACHED: Final = (Subscription, _Channel, EventStream, WallStream, ControlStream)


@dataclass(frozen=True)
class Held:
    """What the server holds while nobody looks, after its garbage was collected and free memory was given back.

    Attributes
    ----------
    pictures
        Made so far.
    resident_bytes
        Memory of the process.
    mirror_bytes
        Of these for the incidents in the mirror.
    objects
        That Python's garbage collector knows; `kinds` the same by type.
    views
        Of these the views of the mirror: each may hold columns of its own.
    attached
        Of these what there is only while somebody is connected.
    files
        Open ones, connections included.
    threads, request_threads
        Those of the server, and those that requests are answered in.
    tasks
        Of the event loop.
    channels, screens, walls
        Pictures being made for somebody, and who is connected.
    """

    pictures: int
    incidents: int
    resident_bytes: int
    mirror_bytes: int
    objects: int
    kinds: dict[str, int]
    views: int
    attached: int
    files: int
    threads: int
    request_threads: int
    tasks: int
    channels: int
    screens: int
    walls: int

    def __str__(self) -> str:
        told = {name: value for name, value in asdict(self).items() if name != "kinds"}
        return ", ".join(f"{name} {value:,}" for name, value in told.items())


class FastCenter:
    """A running center, from outside; without any grid system, of a small city.

    Parameters
    ----------
    home
        Its folder.
    database_url
        Its database; None for the embedded server, whose user must reach `home`.
    """

    def __init__(self, home: Path, database_url: str | None = None) -> None:
        url = {} if database_url is None else {"GRID_DATABASE_URL": database_url}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GRID_")}
        self._said = (home / "center.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.fast_center"], cwd=ROOT,
            env={**kept, "GRID_HOME": str(home), "GRID_DEMO_PER_DAY": "0", **url},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said,
        )  # fmt: skip
        self.port = int(self._answer()["port"])

    def now(self) -> dict[str, int]:
        """How many `pictures` were made, how many `screens` look, walls too, and how many `answers` are not done."""
        return self._ask("now")

    def held(self) -> Held:
        """What it holds; ask while nobody is connected."""
        return Held(**self._ask("held"))

    def close(self) -> None:
        """End it, and wait."""
        # Its input ends, and it with it.
        self._process.communicate(timeout=60)
        self._said.close()

    def _ask(self, what: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n".encode())
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the center ended by itself; see {self._said.name}"
        return dict(json.loads(line))


class _Counted:
    """A maker of pictures that counts them."""

    def __init__(self, pictures: LivePictures) -> None:
        self._pictures = pictures
        self._counting = threading.Lock()
        self.made = 0

    def make(self, key: PictureKey) -> Picture:
        picture = self._pictures.make(key)
        with self._counting:
            self.made += 1
        return picture


def _at_speed(services: Services) -> tuple[Services, _Counted]:
    """The same services with a stream that makes the next picture as soon as there is anything new."""
    assert services.city is not None
    zone = services.settings.zone
    counted = _Counted(services.city.pictures)
    hub = StreamHub(
        counted.make, services.pulse, {"version": services.version}, now=lambda: datetime.now(zone),
        frame_every_s=0.0, map_every_s=0.0, beat_every_s=BEAT_S, slow_after_s=SLOW_S,
    )  # fmt: skip
    services.hub.close()
    return replace(services, city=replace(services.city, hub=hub)), counted


async def _serve(services: Services, counted: _Counted, listening: socket.socket) -> None:
    api = create_app(services)
    server = create_uvicorn(api, services)
    _say({"port": listening.getsockname()[1]})
    answering = asyncio.create_task(_answer_questions(server, services, counted, api.state.walls))
    await server.serve([listening])
    await answering


async def _answer_questions(server: uvicorn.Server, services: Services, counted: _Counted, walls: Walls) -> None:
    questions = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    while question := (await questions.readline()).strip():
        if question == b"now":
            screens = services.hub.connected + walls.connected
            # A connection may have gone, and what answered it is not done yet.
            answers = len(server.server_state.connections) + len(server.server_state.tasks)
            _say({"pictures": counted.made, "screens": screens, "answers": answers})
        else:
            _say(asdict(_held(services, counted, walls)))
    server.should_exit = True


def _held(services: Services, counted: _Counted, walls: Walls) -> Held:
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    kinds = Counter(_kind(type(one)) for one in gc.get_objects())
    view = services.mirror.view()
    threads = [thread.name for thread in threading.enumerate()]
    of_requests = threads.count(_REQUEST_THREADS)
    return Held(
        pictures=counted.made,
        incidents=len(view),
        resident_bytes=int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
        mirror_bytes=sum(column.nbytes for column in view.columns.values()),
        objects=sum(kinds.values()),
        kinds=dict(kinds.most_common(200)),
        views=kinds[_kind(MirrorView)],
        attached=sum(kinds[_kind(one)] for one in _ATTACHED),
        files=len(list(Path("/proc/self/fd").iterdir())),
        threads=len(threads) - of_requests,
        request_threads=of_requests,
        tasks=len(asyncio.all_tasks()),
        channels=services.hub.pictures,
        screens=services.hub.connected,
        walls=walls.connected,
    )


def _kind(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _say(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)  # noqa: T201  # read by who started us


def main() -> None:
    """Open the center of `GRID_HOME`, and answer until nobody asks any more."""
    settings = Settings.load()
    store = Store.open(settings, migrate=True)
    if not has_edition(store):
        save_edition(store, small_city(), city="小城", name="2026", holds_from=date(2020, 1, 1), demo=False)
        save_categories(store, [Category("garbage", "暴露垃圾", "Exposed garbage", "市容环境")])
    services, counted = _at_speed(services_on(store, settings))
    try:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            # With as little room as it may have it is soon full of what a screen does not read.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _NARROW)
            asyncio.run(_serve(services, counted, listening))
    finally:
        services.close()


if __name__ == "__main__":
    main()
