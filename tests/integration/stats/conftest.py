"""The small city of the unit tests in a real store, with a desk."""

import itertools
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from data.access.actor import Actor
from data.calendar.work_calendar import WorkCalendar
from data.city.editions import save_edition
from data.incidents.desk import IncidentDesk
from data.incidents.model import Report, Step
from data.store.connection import Store
from geo.grids import GridSystem
from geo.index import GridIndex
from tests.unit.stats.cities import NOON, ZONE, make_system


@pytest.fixture(scope="session")
def system() -> GridSystem:
    return make_system()


@pytest.fixture(scope="session")
def grid_index(system: GridSystem) -> GridIndex:
    return GridIndex(system)


@pytest.fixture
def edition_id(store: Store, system: GridSystem) -> int:
    return save_edition(store, system, city="小城", name="2026", holds_from=date(2026, 1, 1))


@pytest.fixture
def desk(store: Store, system: GridSystem, grid_index: GridIndex, edition_id: int) -> IncidentDesk:
    return IncidentDesk(store, system, edition_id, grid_index, WorkCalendar.load("jiangyin"), ZONE)


@pytest.fixture
def make_report() -> Callable[..., Report]:
    """A report by number: in leaf ``number % 12``, or unlocated for ``leaf=-1``."""
    numbers = itertools.count(1)

    def make(leaf: int | None = None, **more: Any) -> Report:
        number = next(numbers)
        where = number % 12 if leaf is None else leaf
        position = {"lon": 0.01 * where + 0.005, "lat": 0.005} if where >= 0 else {}
        at = NOON - timedelta(hours=number % 40, milliseconds=number)
        return Report(
            **({"source": "grid", "source_id": f"A-{number}", "category": "0101", "reported_at": at} | position | more)
        )

    return make


@pytest.fixture
def life() -> Callable[[datetime, int], list[Step]]:
    """The first steps of a life with a detour, from this moment on, an hour apart."""

    def make(start: datetime, steps: int) -> list[Step]:
        due = {"due_at": (start + timedelta(days=10)).isoformat(), "reason": "会商"}
        returned = {"reason": "不属本单位"}
        said: list[tuple[str, dict[str, Any]]] = [
            ("verified", {}), ("filed", {}), ("dispatched", {"handler": "中队"}), ("returned", returned),
            ("dispatched", {"handler": "环卫站"}), ("claimed", {}),
            ("extended", due), ("handled", {}), ("checked", {}),
            ("closed", {"means": "management", "level": 1}),
        ]  # fmt: skip
        return [
            Step(kind, start + timedelta(hours=i), Actor.nobody("王芳"), detail)
            for i, (kind, detail) in enumerate(said, 1)
        ][:steps]

    return make
