"""How fast the log is written, every commit on disk before it is acknowledged: beside what PostgreSQL alone can do."""

import http.client
import io
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import Table
from dashboard.center.making import index_of
from data.access.actor import Actor
from data.access.scope import Scope
from data.calendar.work_calendar import WorkCalendar
from data.city.editions import current_edition
from data.incidents.desk import IncidentDesk
from data.incidents.model import Step
from data.registers.tables import read_directory
from data.settings import Settings
from data.store.connection import Store
from data.store.openers import System
from geo import GridSystem
from tests.browser.running_center import RunningCenter

INCIDENTS = int(os.environ.get("BENCH_INCIDENTS", "20000"))
STEPS = int(os.environ.get("BENCH_STEPS", "2000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
BATCH = 1_000
CLIENTS = 4
# The steps of a life, one of each is taken on every incident in turn.
KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("verified", {}),
    ("filed", {}),
    ("dispatched", {"reason": "就近"}),
    ("claimed", {}),
    ("handled", {"note": "已清运，现场已恢复"}),
    ("checked", {}),
    ("closed", {"means": "service", "level": 2}),
)


@dataclass
class Bench:
    """A running center of the demo city, and the same database opened beside it."""

    port: int
    pid: int
    store: Store
    desk: IncidentDesk
    system: GridSystem
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(5))
    reported: int = 0
    _ready: list[int] = field(default_factory=list)

    def lines(self, count: int) -> list[bytes]:
        """New reports, one JSON object each, spread over the city."""
        west, south, east, north = self.system.leaves.total_bounds
        lon, lat = self.random.uniform(west, east, count).round(6), self.random.uniform(south, north, count).round(6)
        now = datetime.now(UTC) - timedelta(minutes=1)
        self.reported += count
        return [
            json.dumps(
                {
                    "source": "hotline",
                    "source_id": f"B-{self.reported - count + at:010d}",
                    "category": "exposed_garbage",
                    "reported_at": (now - timedelta(seconds=at % 600)).isoformat(timespec="seconds"),
                    "lon": x,
                    "lat": y,
                    "coordinate_system": "gcj02",
                    "address": f"澄江街道人民中路{at % 300}号附近",
                    "title": "路边暴露垃圾，请尽快处理",
                },
                ensure_ascii=False,
            ).encode()
            for at, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True))
        ]

    def incidents(self, count: int) -> list[int]:
        """Ids of incidents on which no step was taken."""
        if len(self._ready) < count:
            with self.store.transaction(System("benchmark")) as cursor:
                cursor.execute("SELECT id FROM incident WHERE n = 0 AND source_id LIKE 'B-%' ORDER BY id DESC")
                self._ready = [number for (number,) in cursor.fetchall()]
        taken, self._ready = self._ready[:count], self._ready[count:]
        return taken


@contextmanager
def running() -> Iterator[Bench]:
    """The whole center as `make run` starts it, without history and traffic, its database on a real disk."""
    home = Path(tempfile.mkdtemp(prefix="grid-bench-", dir="/var/tmp"))
    home.chmod(0o755)  # the server's user must reach it
    center = RunningCenter(home, GRID_DEMO_PER_DAY="0")
    with ExitStack() as ending:
        ending.callback(shutil.rmtree, home)
        ending.callback(center.wait_for_database_end)
        ending.callback(center.interrupt)
        center.start("--no-traffic", patience_s=600)
        settings = Settings.load({"GRID_HOME": str(home)})
        store = ending.enter_context(Store.open(settings, migrate=True))
        edition = current_edition(store, date(2100, 1, 1))
        desk = IncidentDesk(
            store, edition.system, edition.id, index_of(edition.system, settings), WorkCalendar.load("jiangyin"),
            settings.zone, directory=read_directory(store, edition.system, settings.zone),
        )  # fmt: skip
        yield Bench(center.port, center.pid, store, desk, edition.system)


def run() -> list[Table]:
    """All tables of this benchmark."""
    with running() as bench:
        # What is compiled, fetched or planned once is no part of the cost.
        _through_http(bench, 1, 2 * BATCH)
        _steps_over_http(bench, 1, 50)
        return [_reports(bench), _steps(bench)]


def _reports(bench: Bench) -> Table:
    ways: dict[str, Callable[[], float]] = {
        "bare `COPY` of the same rows, no hash, no placing, no client": lambda: _bare_copy(bench),
        f"**ours**, NDJSON over HTTP, lines of {BATCH:,} a commit": lambda: _through_http(bench, 1, INCIDENTS),
        "**ours**, the same from two sources at once": lambda: _through_http(bench, 2, INCIDENTS),
    }
    # The rows that are copied are those our own way wrote.
    _through_http(bench, 1, INCIDENTS)
    return Table(
        "Reports taken in",
        f"{INCIDENTS:,} incidents with position, address and title, `fsync` and `synchronous_commit` on; server,"
        " database and sources on this machine. An incident is its row, its first event in the hash chain, and their"
        " ten indexes.",
        ["", "incidents/s", "of the bare `COPY`"],
        _compared(ways),
    )


def _steps(bench: Bench) -> Table:
    ways: dict[str, Callable[[], float]] = {
        "bare one-row `INSERT` loop, a commit each": lambda: _bare_insert(bench),
        "**ours**, the desk alone, one after the other": lambda: _steps_at_desk(bench),
        "**ours**, over HTTP, one client": lambda: _steps_over_http(bench, 1, STEPS),
        f"**ours**, over HTTP, {CLIENTS} clients": lambda: _steps_over_http(bench, CLIENTS, STEPS),
    }
    return Table(
        "Steps taken one by one",
        f"{STEPS:,} steps from verifying to closing, one transaction each: read and lock the state, check it"
        " against the life cycle, append the event to the hash chain, update the state, notify followers, commit to"
        " disk. Keep-alive connections.",
        ["", "steps/s", "of the bare `INSERT`"],
        _compared(ways),
    )


def _compared(ways: dict[str, Callable[[], float]]) -> list[list[str]]:
    """Best rate of each way, taking turns so that all see the same machine, beside the first."""
    best = dict.fromkeys(ways, 0.0)
    for _ in range(ROUNDS):
        for name, rate in ways.items():
            best[name] = max(best[name], rate())
    first = next(iter(best.values()))
    return [[name, f"{rate:,.0f}", f"{rate / first:.2f}"] for name, rate in best.items()]


def _bare_copy(bench: Bench) -> float:
    texts: list[tuple[str, str]] = []
    with bench.store.transaction(System("benchmark"), timeout_s=600) as cursor:
        for table, key in (("incident", "id"), ("event", "incident_id")):
            cursor.execute(f"DROP TABLE IF EXISTS bare_{table}; CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
            chosen = f"SELECT id FROM incident WHERE n = 0 ORDER BY id DESC LIMIT {INCIDENTS}"  # noqa: S608
            out = io.StringIO()
            cursor.copy_expert(f"COPY (SELECT * FROM {table} WHERE {key} IN ({chosen}) ORDER BY seq) TO STDOUT", out)  # noqa: S608
            lines = out.getvalue().splitlines(keepends=True)
            texts += [(table, "".join(lines[at : at + BATCH])) for at in range(0, len(lines), BATCH)]
    count = sum(text.count("\n") for table, text in texts if table == "incident")
    began = time.perf_counter()
    half = len(texts) // 2
    for pair in zip(texts[:half], texts[half:], strict=True):
        with bench.store.transaction(System("benchmark")) as cursor:
            for table, text in pair:
                cursor.copy_expert(f"COPY bare_{table} FROM STDIN", io.StringIO(text))
    return count / (time.perf_counter() - began)


def _bare_insert(bench: Bench) -> float:
    with bench.store.transaction(System("benchmark")) as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare_step; CREATE TABLE bare_step (LIKE event INCLUDING ALL)")
        cursor.execute(
            "SELECT kind, at, recorded_at, actor, detail::text, prev_hash, hash, actor_id FROM event LIMIT 1"
        )
        row = cursor.fetchone()
    assert row is not None
    began = time.perf_counter()
    for number in range(STEPS):
        with bench.store.transaction(System("benchmark")) as cursor:
            cursor.execute(
                "INSERT INTO bare_step VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", (number, number, 0, *row)
            )
    return STEPS / (time.perf_counter() - began)


def _steps_at_desk(bench: Bench) -> float:
    scope = Scope.city(len(bench.system.leaves))
    incidents = bench.incidents(-(-STEPS // len(KINDS)))
    began = time.perf_counter()
    for kind, said in KINDS:
        for incident_id in incidents:
            bench.desk.take(incident_id, Step(kind, datetime.now(UTC), Actor.nobody("值班员 王芳"), said), scope)
    return len(KINDS) * len(incidents) / (time.perf_counter() - began)


def _steps_over_http(bench: Bench, clients: int, count: int) -> float:
    shares = [bench.incidents(-(-count // len(KINDS) // clients)) for _ in range(clients)]

    def work(share: Sequence[int], send: Callable[[str, bytes, str], Any]) -> None:
        for kind, said in KINDS:
            for incident_id in share:
                step = {"kind": kind, "at": datetime.now(UTC).isoformat(), "actor": "值班员 王芳", "detail": said}
                send(f"/api/v1/incidents/{incident_id}/events", json.dumps(step).encode(), "application/json")

    seconds = _at_once(bench.port, shares, work)
    return len(KINDS) * sum(map(len, shares)) / seconds


def _through_http(bench: Bench, sources: int, count: int) -> float:
    lines = bench.lines(count)
    # A request is no commit: the server takes a longer stream in batches.
    size = 5 * BATCH
    bodies = [b"\n".join(lines[at : at + size]) for at in range(0, count, size)]

    def work(share: Sequence[bytes], send: Callable[[str, bytes, str], Any]) -> None:
        for body in share:
            answer = send("/api/v1/incidents", body, "application/x-ndjson")
            assert answer["rejected"] == 0, answer["rejects"][:3]

    return count / _at_once(bench.port, [bodies[at::sources] for at in range(sources)], work)


def _at_once(port: int, shares: Sequence[Any], work: Callable[[Any, Callable[[str, bytes, str], Any]], None]) -> float:
    """Seconds that clients with a connection each need for their shares."""
    failed: list[BaseException] = []

    def client(share: Any) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

        def send(path: str, body: bytes, kind: str) -> Any:
            connection.request("POST", path, body, {"Content-Type": kind})
            answer = connection.getresponse()
            said = answer.read()
            assert answer.status in (200, 201), said.decode()[:500]
            return json.loads(said)

        try:
            work(share, send)
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=client, args=(share,)) for share in shares]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if failed:
        raise failed[0]
    return seconds
