"""A small city of squares, a desk on a fresh database, and ways to look into the tables."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pytest
from shapely import box

from data.access.actor import Actor
from data.access.scope import Scope
from data.calendar.work_calendar import WorkCalendar
from data.incidents.desk import IncidentDesk
from data.incidents.model import Report, Step
from data.store.connection import Store
from data.store.openers import System
from geo.grids import GridSystem
from geo.index import GridIndex

Query = Callable[..., list[tuple[Any, ...]]]
T0 = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
WEST, SOUTH, STEP = 120.20, 31.80, 0.01


@pytest.fixture(scope="session")
def system() -> GridSystem:
    """Two towns of four square leaves each, from west to east."""
    squares = [box(WEST + i * STEP, SOUTH, WEST + (i + 1) * STEP, SOUTH + STEP) for i in range(8)]
    leaves = gpd.GeoDataFrame(
        {"code": [f"L{i}" for i in range(8)], "name": [f"格{i}" for i in range(8)], "parent": ["A"] * 4 + ["B"] * 4},
        geometry=squares, crs=4326,
    )  # fmt: skip
    towns = gpd.GeoDataFrame(
        {"code": ["A", "B"], "name": ["甲镇", "乙镇"]},
        geometry=[leaves.geometry[:4].union_all(), leaves.geometry[4:].union_all()], crs=4326,
    )  # fmt: skip
    return GridSystem.build([towns, leaves])


@pytest.fixture(scope="session")
def grid_index(system: GridSystem) -> GridIndex:
    return GridIndex(system)


@pytest.fixture
def query(store: Store) -> Query:
    """Run one statement in a transaction of its own, as the superuser of the test servers."""

    def run(statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with store.transaction(System("test")) as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def desk(store: Store, system: GridSystem, grid_index: GridIndex, query: Query) -> IncidentDesk:
    edition = query(
        "INSERT INTO edition (city, name, holds_from, level_names, checksum) "
        "VALUES ('试', 'test', '2026-01-01', '[]', %s) RETURNING id",
        (system.checksum,),
    )
    zone = ZoneInfo("Asia/Shanghai")
    return IncidentDesk(store, system, edition[0][0], grid_index, WorkCalendar.load("jiangyin"), zone)


@pytest.fixture
def city() -> Scope:
    return Scope.city(8)


@pytest.fixture
def make_report() -> Callable[..., Report]:
    """A report by number: in leaf ``number % 8``, or unlocated for ``leaf=-1``."""

    def make(number: int, leaf: int | None = None, **fields: Any) -> Report:
        where = number % 8 if leaf is None else leaf
        position = {"lon": WEST + (where + 0.5) * STEP, "lat": SOUTH + STEP / 2} if where >= 0 else {}
        said = {"category": "0102", "reported_at": T0 + timedelta(minutes=number), "title": f"第{number}件", **position}
        return Report("hotline", f"A-{number}", **{**said, **fields})

    return make


@pytest.fixture
def whole_path() -> Callable[[datetime], list[Step]]:
    """All steps of a life with a detour, from this moment on, an hour apart."""

    def make(start: datetime) -> list[Step]:
        said: list[tuple[str, dict[str, Any]]] = [
            ("verified", {}),
            ("filed", {"note": 'tab\tback\\slash\nline\r"quote" 中文 ۝ \u2028'}),
            ("dispatched", {"handler": "城管中队"}),
            ("returned", {"reason": "not ours"}),
            ("located", {"grid_code": "L2"}),
            ("dispatched", {"handler": "环卫站"}),
            ("claimed", {}),
            ("suspended", {"reason": "等待施工"}),
            ("resumed", {"due_at": (start + timedelta(days=9)).isoformat()}),
            ("extended", {"due_at": (start + timedelta(days=10)).isoformat(), "reason": "会商"}),
            ("handled", {}),
            ("checked", {}),
            ("closed", {"means": "management", "level": 1}),
        ]
        return [
            Step(kind, start + timedelta(hours=hour), Actor.nobody("王芳"), detail)
            for hour, (kind, detail) in enumerate(said, 1)
        ]

    return make
