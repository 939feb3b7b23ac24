"""A small city on a real store, its services, and a real server that answers on this machine."""

import asyncio
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx
import pytest
import shapely
from fastapi import FastAPI

from dashboard.center.services import Services, services_on
from dashboard.server import create_server, create_uvicorn
from data.access.scope import Scope
from data.city.categories import Category, save_categories
from data.city.editions import save_edition
from data.registers.powers import Power
from data.registers.registers import Registers
from data.registers.roster import Duty, Person, Post
from data.registers.tables import save_registers
from data.registers.units import Unit
from data.settings import Settings
from data.store.connection import Store
from geo.grids import GridSystem
from tests.conftest import fresh_database

# A plane of 4 x 2 leaves of 0.01 degrees; two columns are a village, four leaves a town.
WEST, SOUTH, STEP = 120.20, 31.80, 0.01

_report_number = itertools.count(1)
# Clients read all certificates of the system when they are made, though they ask this machine only.
_TLS = httpx.create_ssl_context(trust_env=False)


def small_system() -> GridSystem:
    def layer(rows: list[tuple[str, str, str | None, float, float, float, float]]) -> gpd.GeoDataFrame:
        boxes = [
            shapely.box(WEST + w * STEP, SOUTH + s * STEP, WEST + e * STEP, SOUTH + n * STEP) for *_, w, s, e, n in rows
        ]
        columns = {"code": [r[0] for r in rows], "name": [r[1] for r in rows], "parent": [r[2] for r in rows]}
        return gpd.GeoDataFrame(columns, geometry=boxes, crs="EPSG:4326")

    towns = layer([("T1", "澄江街道", None, 0, 0, 2, 2), ("T2", "徐霞客镇", None, 2, 0, 4, 2)])
    villages = layer([(f"V{at}", f"村{at}", f"T{at // 2 + 1}", at, 0, at + 1, 2) for at in range(4)])
    leaves = layer(
        [(f"L{at}{row}", f"格{at}{row}", f"V{at}", at, row, at + 1, row + 1) for at in range(4) for row in range(2)]
    )
    return GridSystem.build([towns, villages, leaves])


@pytest.fixture(scope="session")
def system() -> GridSystem:
    return small_system()


def free_settings(home: Path) -> Settings:
    """Settings of a server on a free port."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return replace(Settings.load({}), home=home, port=port, demo_per_day=0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return free_settings(tmp_path)


@pytest.fixture
def store(postgis_store: Store) -> Store:
    """A store on a server with PostGIS; what modules share here is on the embedded one."""
    return postgis_store


@pytest.fixture
def services(store: Store, system: GridSystem, settings: Settings) -> Iterator[Services]:
    """The services of the small city, on PostGIS."""
    yield from _services(store, system, settings)


@pytest.fixture(scope="module")
def module_store(embedded_server: Callable[[str], str], embedded_template: str) -> Iterator[Store]:
    """A store on a database of this module's own."""
    yield from _own_store(embedded_server, embedded_template)


@pytest.fixture(scope="module")
def second_module_store(embedded_server: Callable[[str], str], embedded_template: str) -> Iterator[Store]:
    """Another one."""
    yield from _own_store(embedded_server, embedded_template)


def _own_store(embedded_server: Callable[[str], str], embedded_template: str) -> Iterator[Store]:
    with (
        fresh_database(embedded_server, embedded_template) as url,
        Store.connect(url, migrate=False) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def plain_services(
    module_store: Store, system: GridSystem, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """The services of a small city that the tests of a module share: it may hold what others of them reported."""
    yield from _services(module_store, system, free_settings(tmp_path_factory.mktemp("home")))


def small_registers() -> Registers:
    """People and units of the small city: a center, a team for each town, a squad, and the people of some grids."""
    day = date(2020, 1, 1)

    def at_grid(person: str, post: Post, grid: str, until: date | None = None) -> Duty:
        return Duty(person, post, grid, "", day, until)

    units = (
        Unit("center", "指挥中心", "center", categories=("*",)),
        Unit("team", "市容执法大队", "city_team", categories=("*",)),
        Unit("T1-team", "澄江综合执法局", "town_team", "", ("1:T1",), ("*",)),
        Unit("T1-squad", "澄江一中队", "squad", "T1-team", ("2:V0",), ("*",)),
        Unit("T2-team", "徐霞客综合执法局", "town_team", "", ("1:T2",), ("*",)),
    )
    names = {
        "d1": "钱值班", "d2": "孙值班", "w0": "赵一", "w3": "李二", "c1": "周长", "c2": "吴长", "h1": "郑队",
        "h2": "王队", "s1": "冯督", "gone": "陈离", "none": "褚无",
    }  # fmt: skip
    duties = (
        Duty("d1", "duty_officer", "", "center", day),
        Duty("d2", "duty_officer", "", "center", day),
        at_grid("c1", "chief", "1:T1"),
        at_grid("c2", "chief", "1:T2"),
        at_grid("w0", "member", "3:L00"),
        at_grid("w3", "member", "3:L30"),
        at_grid("s1", "supervisor", "1:T1"),
        Duty("h1", "leader", "", "T1-squad", day),
        Duty("h2", "leader", "", "T2-team", day),
        at_grid("gone", "member", "3:L01", date(2026, 1, 1)),
    )
    powers = (
        Power("P1", "penalty", "查处暴露垃圾", ("garbage",), "enforcement", ("T1",), day),
        Power("P2", "penalty", "查处暴露垃圾", ("garbage",), "enforcement", ("T2",), day, date(2025, 1, 1)),
    )
    return Registers(units, tuple(Person(key, name) for key, name in names.items()), duties, powers)


@pytest.fixture
def manned_services(store: Store, system: GridSystem, settings: Settings) -> Iterator[Services]:
    """The services of the small city with its people, on PostGIS."""
    yield from _services(store, system, settings, small_registers())


def _services(
    store: Store, system: GridSystem, settings: Settings, registers: Registers | None = None
) -> Iterator[Services]:
    edition_id = save_edition(store, system, city="小城", name="2026", holds_from=date(2020, 1, 1), demo=True)
    save_categories(store, [Category("garbage", "暴露垃圾", "Exposed garbage", "市容环境")])
    if registers is not None:
        save_registers(store, registers, edition_id)
    opened = services_on(store, settings)
    until(lambda: opened.follower.healthy_at is not None)
    yield opened
    opened.close()


def until(holds: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Wait for something that must come."""
    end_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end_s, "it did not come"
        time.sleep(0.01)


class Served:
    """A running server and a client of it."""

    def __init__(self, services: Services, mount: Callable[[FastAPI], object] | None = None) -> None:
        self.services = services
        api = create_server(services)
        if mount is not None:
            mount(api)
        self.server = create_uvicorn(api, services)
        self.thread = threading.Thread(target=self._run)
        self.city = Scope.city(len(services.edition.system.leaves)) if services.has_edition else None
        self.url = f"http://127.0.0.1:{services.settings.port}"
        self.client = httpx.Client(base_url=self.url, timeout=30, trust_env=False, verify=_TLS)

    def _run(self) -> None:
        asyncio.run(self.server.serve())

    def start(self) -> "Served":
        self.thread.start()
        until(lambda: self.server.started)
        return self

    def stop(self) -> float:
        """End the server as SIGINT would; returns how long it took, in seconds."""
        begin_s = time.monotonic()
        self.server.should_exit = True
        self.thread.join(timeout=20)
        assert not self.thread.is_alive()
        return time.monotonic() - begin_s

    def close(self) -> None:
        self.client.close()
        self.stop()

    @contextmanager
    def as_person(self, person: str) -> Iterator[httpx.Client]:
        """A client of its own that says to be somebody."""
        with httpx.Client(base_url=self.url, timeout=30, trust_env=False, verify=_TLS) as client:
            answer = client.post("/api/v1/session", json={"person": person})
            assert answer.status_code == 200, answer.text
            yield client

    def error(self, answer: httpx.Response) -> dict[str, Any]:
        """The error of an answer, its shape checked."""
        document = answer.json()
        assert list(document) == ["error"]
        assert sorted(document["error"]) == ["code", "message", "values"]
        return dict(document["error"])

    def post_lines(self, *lines: object) -> dict[str, Any]:
        """Send lines: bytes as they are, others as JSON."""
        raw = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        answer = self.client.post("/api/v1/incidents", content=raw, headers={"Content-Type": "application/x-ndjson"})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that must come."""
        until(holds)

    def followed(self, seq: int) -> None:
        """Wait until the mirror has it."""
        until(lambda: self.services.mirror.seq >= seq)


@pytest.fixture
def served(services: Services) -> Iterator[Served]:
    """A server of the small city, on PostGIS."""
    running = Served(services).start()
    yield running
    running.close()


@pytest.fixture
def manned(manned_services: Services) -> Iterator[Served]:
    """A server of the small city with its people, on PostGIS."""
    running = Served(manned_services).start()
    yield running
    running.close()


@pytest.fixture(scope="module")
def plain_manned(
    second_module_store: Store, system: GridSystem, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server of a small city with its people that the tests of a module share."""
    settings = free_settings(tmp_path_factory.mktemp("home"))
    for services in _services(second_module_store, system, settings, small_registers()):
        running = Served(services).start()
        yield running
        running.close()


@pytest.fixture(scope="module")
def plain_served(plain_services: Services) -> Iterator[Served]:
    """A server of a small city that the tests of a module share."""
    running = Served(plain_services).start()
    yield running
    running.close()


@pytest.fixture
def empty_served(embedded_store: Store, settings: Settings) -> Iterator[Served]:
    """A server without any grid system."""
    opened = services_on(embedded_store, settings)
    running = Served(opened).start()
    yield running
    running.close()
    opened.close()


@pytest.fixture
def a_report() -> Callable[..., dict[str, Any]]:
    """Make a good report, each a new one; leaf L00 unless told otherwise."""

    def make(number: int | str | None = None, **fields: Any) -> dict[str, Any]:
        number = f"fresh-{next(_report_number)}" if number is None else number
        report = {
            "source": "hotline",
            "source_id": f"J-{number}",
            "category": "garbage",
            "reported_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
            "lon": WEST + STEP / 2,
            "lat": SOUTH + STEP / 2,
            "title": "路边暴露垃圾",
        }
        return {name: value for name, value in {**report, **fields}.items() if value is not ...}

    return make


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Start servers that are ended after the test."""
    running: list[Served] = []

    def start(services: Services, mount: Callable[[FastAPI], object] | None = None) -> Served:
        running.append(Served(services, mount).start())
        return running[-1]

    yield start
    for each in running:
        each.close()
