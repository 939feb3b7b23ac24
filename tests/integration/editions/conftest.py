"""A strip of twelve leaves, redrawn: editions of it in a real store, and a desk for each."""

from collections.abc import Sequence
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.calendar.work_calendar import WorkCalendar
from data.city.editions import save_edition
from data.incidents.desk import IncidentDesk
from data.incidents.model import Report
from data.store.connection import Store
from geo.grids import GridSystem
from geo.index import GridIndex
from tests.unit.stats.cities import NOON, ZONE, make_system


def strip(leaves: Sequence[tuple[str, str, int, int]], west: int = 0) -> GridSystem:
    """Leaves (code, town, from, to) in thousandths of a degree, all 0.01 degree high, and their towns."""
    frame = gpd.GeoDataFrame(
        {"code": [leaf[0] for leaf in leaves], "name": "格", "parent": [leaf[1] for leaf in leaves]},
        geometry=[shapely.box((west + a) / 1000, 0, (west + b) / 1000, 0.01) for *_, a, b in leaves], crs="EPSG:4326",
    )  # fmt: skip
    towns = frame[["parent", "geometry"]].dissolve("parent").reset_index().rename(columns={"parent": "code"})
    return GridSystem.build([towns.assign(name="镇"), frame])


def desk_on(store: Store, system: GridSystem, edition_id: int) -> IncidentDesk:
    return IncidentDesk(store, system, edition_id, GridIndex(system), WorkCalendar.load("jiangyin"), ZONE)


@pytest.fixture(scope="session")
def old_system() -> GridSystem:
    """Leaves L00 to L11, side by side, 0.01 degree wide."""
    return make_system()


@pytest.fixture(scope="session")
def new_system() -> GridSystem:
    """L00 kept, L01 recoded, L02 and L03 merged, L04 split, L05/L06 redrawn, L07 gone, L08 to L11 kept, N new."""
    return strip(
        [
            ("L00", "A", 0, 10), ("X01", "A", 10, 20), ("M23", "A", 20, 40), ("S4a", "B", 40, 45), ("S4b", "B", 45, 50),
            ("R5", "B", 50, 63), ("R6", "B", 63, 70), ("L08", "A", 80, 90), ("L09", "A", 90, 100),
            ("L10", "B", 100, 110), ("L11", "B", 110, 120), ("N", "B", 120, 130),
        ]
    )  # fmt: skip


@pytest.fixture
def old_id(store: Store, old_system: GridSystem) -> int:
    return save_edition(store, old_system, city="小城", name="2025", holds_from=date(2025, 1, 1))


@pytest.fixture
def new_id(store: Store, old_id: int, new_system: GridSystem) -> int:
    return save_edition(store, new_system, city="小城", name="2026", holds_from=date(2026, 1, 1))


@pytest.fixture
def old_desk(store: Store, old_system: GridSystem, old_id: int) -> IncidentDesk:
    return desk_on(store, old_system, old_id)


@pytest.fixture
def new_desk(store: Store, new_system: GridSystem, new_id: int) -> IncidentDesk:
    return desk_on(store, new_system, new_id)


def reports(count: int, seed: int, prefix: str = "P") -> list[Report]:
    """Incidents anywhere in and around the strip, some on borders, some without a position."""
    random = np.random.default_rng(seed)
    lon = np.round(random.uniform(-0.005, 0.135, count), random.integers(3, 7))
    lat = np.round(random.uniform(-0.001, 0.011, count), 4)
    return [
        Report(
            "grid", f"{prefix}{i}", "0101", NOON - timedelta(hours=i % 40),
            lon=None if i % 9 == 0 else float(lon[i]), lat=None if i % 9 == 0 else float(lat[i]),
            grid_code=f"L{i % 12:02}" if i % 3 == 0 else None,
        )
        for i in range(count)
    ]  # fmt: skip
