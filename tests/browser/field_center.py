"""A small city on real PostGIS with people in its roster, served in this process: stop it and start it at will."""

import asyncio
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from socket import socket
from typing import Any, Self

import geopandas as gpd
import httpx
import shapely
import uvicorn
from shapely.geometry import Polygon
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Asked

from dashboard.center.services import Services, services_on
from dashboard.pages.overview.page import mount_page
from dashboard.server import create_server, create_uvicorn
from data.access.actor import Actor
from data.access.scope import Scope
from data.city.categories import Category, save_categories
from data.city.editions import save_edition
from data.incidents.model import Step
from data.registers.registers import Registers
from data.registers.roster import Duty, Person
from data.registers.tables import save_registers
from data.registers.units import Unit
from data.settings import Settings
from data.store.connection import Store
from geo.grids import GridSystem

WEST, SOUTH, STEP = 120.280, 31.900, 0.006
COLUMNS, ROWS = 6, 3
LONG_AGO = date(2020, 1, 1)
WORKER, CHIEF, NEIGHBOUR, OFFICER = "W01", "C01", "W09", "D01"
HOME = "3:L00"
PEOPLE = {WORKER: "王芳", CHIEF: "陈建国", NEIGHBOUR: "李敏", OFFICER: "周值班"}
CATEGORIES = [
    Category("0101", "暴露垃圾", "Exposed rubbish", "市容环境"),
    Category("0102", "道路破损", "Road damage", "市政设施"),
    Category("0103", "店外经营", "Trading outside the shop", "街面秩序"),
    Category("0104", "乱堆物堆料", "Materials left lying about", "市容环境"),
    Category("0105", "窨井盖缺失或破损", "Manhole cover missing or broken", "市政设施"),
    Category("0106", "水域不洁", "Dirty water", "市容环境"),
    Category("0201", "占道停车", "Parking in the way", "街面秩序"),
    Category("0202", "违章搭建", "Building without a permit", "规划建设"),
]


def _corner(column: int, row: int) -> tuple[float, float]:
    """A net that is pulled a little out of shape, as real borders are."""
    lean = 0.0011 * ((column * 7 + row * 3) % 5 - 2)
    return WEST + column * STEP + lean * (0 < column < COLUMNS), SOUTH + row * STEP - lean * (0 < row < ROWS)


def _leaf(column: int, row: int) -> Polygon:
    corners = ((column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1))
    return Polygon([_corner(*one) for one in corners])


def system() -> GridSystem:
    """Two towns with a village each, nine leaves in every village."""
    cells = [(column, row) for column in range(COLUMNS) for row in range(ROWS)]
    leaves = gpd.GeoDataFrame(
        {
            "code": [f"L{column}{row}" for column, row in cells],
            "name": [f"{_village(column)}第{column % 3 * ROWS + row + 1}网格" for column, row in cells],
            "parent": [f"V{column // 3}" for column, _ in cells],
        },
        geometry=[_leaf(*cell) for cell in cells],
        crs="EPSG:4326",
    )
    villages = _above(leaves, [("V0", "花园村", "T0"), ("V1", "金桥社区", "T1")])
    towns = _above(villages, [("T0", "澄江街道", None), ("T1", "徐霞客镇", None)])
    return GridSystem.build([towns, villages, leaves])


def _village(column: int) -> str:
    return "花园村" if column < 3 else "金桥社区"


def _above(below: gpd.GeoDataFrame, rows: list[tuple[str, str, str | None]]) -> gpd.GeoDataFrame:
    shapes = [shapely.union_all(below[below["parent"] == code].geometry.to_numpy()) for code, _, _ in rows]
    columns = {name: [row[at] for row in rows] for at, name in enumerate(("code", "name", "parent"))}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def registers() -> Registers:
    """A worker and a chief at home, a worker next door, an officer at the center, a squad in town."""
    persons = tuple(Person(person, name) for person, name in PEOPLE.items())
    duties = (
        Duty(WORKER, "member", HOME, "", LONG_AGO),
        Duty(CHIEF, "chief", "2:V0", "", LONG_AGO),
        Duty(NEIGHBOUR, "member", "3:L32", "", LONG_AGO),
        Duty(OFFICER, "duty_officer", "", "center", LONG_AGO),
    )
    units = (
        Unit("center", "市指挥中心", "center"),
        Unit("squad", "澄江城管中队", "squad", "", ("1:T0",), ("*",)),
    )
    return Registers(units, persons, duties, ())


class Gate:
    """What the center answers "later" for the time being, to the pages and service workers of phones alike.

    The browser's own "offline" is for pages: a service worker that starts meanwhile may still get through.
    """

    def __init__(self) -> None:
        self.all = False
        self.reports = False

    def holds_back(self, scope: Asked) -> bool:
        asked = (scope["method"], scope["path"])
        shut = self.all or (self.reports and asked == ("POST", "/api/v1/incidents"))
        return shut and b"Mozilla" in dict(scope["headers"]).get(b"user-agent", b"")

    class Door:
        """The gate, around the application."""

        def __init__(self, app: ASGIApp, gate: "Gate") -> None:
            self._app = app
            self._gate = gate

        async def __call__(self, scope: Asked, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or not self._gate.holds_back(scope):
                await self._app(scope, receive, send)
            else:
                await PlainTextResponse("later", status_code=503)(scope, receive, send)


class FieldCenter:
    """The server of the small city on one port; what it holds outlives a stop."""

    def __init__(self, url: str, home: Path) -> None:
        with closing(socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._database = url
        self.settings = replace(Settings.load({}), home=home, port=port, demo_per_day=0)
        with Store.connect(url, migrate=False) as store:
            self.furnish(store)
        self.services: Services
        self._server: uvicorn.Server
        self._thread: threading.Thread | None = None
        self.gate = Gate()

    def furnish(self, store: Store) -> None:
        """The city, as it is imported."""
        edition = save_edition(store, system(), city="江阴市", name="2026", holds_from=LONG_AGO, demo=True)
        save_categories(store, CATEGORIES)
        save_registers(store, registers(), edition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}/"

    def start(self) -> Self:
        self.services = services_on(Store.connect(self._database, migrate=False), self.settings)
        api = create_server(self.services)
        mount_page(api, self.services)
        api.add_middleware(Gate.Door, gate=self.gate)
        self._server = create_uvicorn(api, self.services)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve()))
        self._thread.start()
        self.until(lambda: self._server.started)
        return self

    def stop(self) -> None:
        if self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()
        self.services.close()
        self._thread = None

    def until(self, holds: Any, timeout_s: float = 30.0) -> None:
        end_s = time.monotonic() + timeout_s
        while not holds():
            assert time.monotonic() < end_s, "it did not come"
            time.sleep(0.02)

    # What the center knows, and what others do there.

    def incidents(self) -> list[dict[str, Any]]:
        """All incidents, newest first, as the administrator sees them."""
        return list(httpx.get(f"{self.url}api/v1/incidents", timeout=20).json()["incidents"])

    def trace(self, incident_id: int) -> dict[str, Any]:
        return dict(httpx.get(f"{self.url}api/v1/incidents/{incident_id}", timeout=20).json())

    def kinds(self, incident_id: int) -> list[str]:
        return [event["kind"] for event in self.trace(incident_id)["events"]]

    def report(self, number: str, title: str, hours_ago: float = 1.0, **fields: Any) -> int:
        """A citizen's report in the worker's own grid."""
        lon, lat = shapely.centroid(_leaf(0, 0)).coords[0]
        said = {
            "source": "hotline", "source_id": number, "category": "0102", "title": title, "lon": lon, "lat": lat,
            "reported_at": (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat(),
        }  # fmt: skip
        answer = httpx.post(f"{self.url}api/v1/incidents", json={**said, **fields}, timeout=20)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def take(self, incident_id: int, kind: str, **detail: Any) -> None:
        """A step of the command center."""
        everything = Scope.city(len(self.services.edition.system.leaves))
        self.services.desk.take(
            incident_id, Step(kind, datetime.now(UTC), Actor.nobody("指挥中心"), detail), everything
        )

    def dispatch(self, incident_id: int, unit: str = f"grid:{HOME}") -> None:
        """Verified, filed, and sent to the grid's own people."""
        for kind in ("verified", "filed"):
            self.take(incident_id, kind)
        self.take(incident_id, "dispatched", unit=unit, means="service", reason="测试")
