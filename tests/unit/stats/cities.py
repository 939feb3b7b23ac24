"""A small city, and random histories in it."""

import dataclasses
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
from hypothesis import strategies as st
from shapely.geometry import box

from data.access.scope import Scope
from data.city.editions import Edition
from data.incidents.fields import DEFAULTS, SATISFACTIONS, STATE_COLUMNS
from data.incidents.model import State
from data.stats.mirror.mirror import Mirror, MirrorView
from data.words import MEANS
from geo.grids import GridSystem
from tests.unit.stats import slow

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 18, 12, tzinfo=ZONE)  # a Wednesday
STEPS = ("verified_at", "filed_at", "dispatched_at", "claimed_at", "handled_at", "checked_at", "closed_at")
LEAVES = 12
CITY = Scope.city(LEAVES)


def make_system() -> GridSystem:
    """Towns 1 to 3 with two villages each, villages with two leaves each; town 3 has no known population."""
    towns = [(f"T{i}", f"镇{i}", None, box(0.04 * i, 0, 0.04 * (i + 1), 0.01)) for i in range(3)]
    villages = [(f"V{i}", f"村{i}", f"T{i // 2}", box(0.02 * i, 0, 0.02 * (i + 1), 0.01)) for i in range(6)]
    leaves = [(f"L{i:02}", f"格{i}", f"V{i // 2}", box(0.01 * i, 0, 0.01 * (i + 1), 0.01)) for i in range(LEAVES)]
    layers = [
        gpd.GeoDataFrame(rows, columns=["code", "name", "parent", "geometry"], crs="EPSG:4326")
        for rows in (towns, villages, leaves)
    ]
    layers[0]["population"] = [20_000, 35_000, None]
    return GridSystem.build([layers[0].drop(columns="parent"), *layers[1:]])


def make_edition(system: GridSystem) -> Edition:
    names = tuple({"zh": zh, "en": en} for zh, en in (("镇", "Towns"), ("村", "Villages"), ("网格", "Grids")))
    return Edition(1, "小城", "2026", date(2026, 1, 1), True, names, system)


def state(incident_id: int, reported_at: datetime, **more: Any) -> State:
    """An incident with only what matters; the stage follows from the times."""
    values: dict[str, Any] = dict.fromkeys(STATE_COLUMNS) | DEFAULTS
    values |= {
        "id": incident_id, "seq": incident_id, "n": 0, "hash": b"", "source": "grid", "source_id": str(incident_id),
        "category": "0101", "title": "", "address": "", "reported_at": reported_at, "coordinate_system": "wgs84",
        "leaf": 0, "lon": 0.005, "lat": 0.005,
        "last_at": reported_at, "recorded_at": reported_at,
    }  # fmt: skip
    values |= more
    done = [name for name in (*STEPS, "voided_at") if values[name] is not None]
    if values["stage"] is None:
        values["stage"] = done[-1].removesuffix("_at") if done else "reported"
    if values["stage"] == "closed":
        values["means"] = values["means"] or "service"
        values["level"] = 3 if values["level"] is None else values["level"]
    return State(**values)


def view_of(states: list[State], leaf_count: int = LEAVES) -> MirrorView:
    mirror = Mirror(leaf_count)
    mirror.apply(max((one.seq for one in states), default=0), slow.columns_of(states))
    return mirror.view()


def history(seed: int, size: int) -> list[State]:
    """Incidents of two and a half days around noon, at any stage, with all side paths; many times coincide."""
    rng = random.Random(seed)
    return [_incident(rng, incident_id) for incident_id in range(1, size + 1)]


def _incident(rng: random.Random, incident_id: int) -> State:
    at = NOON + timedelta(hours=rng.randint(-40, 6), milliseconds=rng.choice([0, 0, 500]))
    reached, on_spot = rng.choice([0, 1, 2, 3, 4, 5, 6, 7, 7, 7]), rng.random() < 0.3
    more: dict[str, Any] = {
        "leaf": rng.randint(-1, LEAVES - 1),
        "category": rng.choice(["0101", "0102", ""]),
        "source": rng.choice(["grid", "12345"]),
        "unit": rng.choice(["", "T1-team", "squad", "grid:3:L03"]),
        "self_handled": on_spot and reached >= 5,
        **{name: rng.choice([0, 0, 1, 2]) for name in slow.COUNTER_COLUMNS},
    }
    time = at
    for step in STEPS[:reached]:
        time += timedelta(hours=rng.randint(0, 12))
        # Handled on the spot: never filed, dispatched or claimed.
        if not (more["self_handled"] and step in STEPS[:4]):
            more[step] = time
    if reached < len(STEPS):
        ending = rng.random()
        if ending < 0.2:
            more["voided_at"] = time + timedelta(hours=rng.randint(0, 12))
        more["suspended"] = ending > 0.8
    if more.get("dispatched_at") is not None:
        for deadline in ("due_at", "due_claim_at"):
            hours = rng.choice([None, *range(-1, 30)])
            more[deadline] = None if hours is None else more["dispatched_at"] + timedelta(hours=hours)
    if rng.random() < 0.5 and "voided_at" not in more and reached < len(STEPS):
        more["clock_due_at"] = time + timedelta(hours=rng.randint(-1, 30))
        more["clock_yellow_at"] = more["clock_due_at"] - timedelta(hours=rng.randint(0, 9))
    if reached == len(STEPS):
        more |= {"means": rng.choice(MEANS), "level": rng.randint(0, 3)}
        more["satisfaction"] = rng.choice([None, *SATISFACTIONS])
        more["merged_into"] = rng.choice([None, None, 1])
    return state(incident_id, at, **more)


def histories(max_size: int = 40) -> st.SearchStrategy[list[State]]:
    """Random histories; the size shrinks."""
    return st.builds(history, st.integers(0, 2**32), st.integers(0, max_size))


@st.composite
def asked(draw: st.DrawFn) -> dict[str, datetime]:
    """A moment and a span that may begin, end, or lie wholly on either side of it."""
    moment = NOON + timedelta(hours=draw(st.integers(-30, 50)))
    since = NOON + timedelta(hours=draw(st.integers(-50, 20)))
    return {"moment": moment, "since": since, "until": since + timedelta(hours=draw(st.integers(0, 80)))}


def whole_seconds(one: State) -> State:
    """The incident as the mirror keeps it: times cut to the second."""
    times = {
        name: time.replace(microsecond=0).astimezone(UTC)
        for name in slow.TIME_COLUMNS
        if (time := getattr(one, name)) is not None
    }
    return dataclasses.replace(one, **times)


def random_states(count: int, leaf_count: int, days: int, seed: int) -> dict[str, np.ndarray]:
    """Columns of many incidents, quickly; for time budgets."""
    rng = np.random.default_rng(seed)
    now = int((NOON - slow.ORIGIN).total_seconds())
    reported = np.sort(now - rng.integers(0, days * 86400, count))
    columns: dict[str, np.ndarray] = {
        "id": np.arange(1, count + 1), "seq": np.arange(1, count + 1),
        "leaf": rng.integers(-1, leaf_count, count).astype(np.int32),
        "category": np.array([f"{i:04}" for i in range(60)], dtype=object)[rng.integers(0, 60, count)],
        "source": np.array(["grid", "12345", "video"], dtype=object)[rng.integers(0, 3, count)],
        "unit": np.array(["", "team", "squad"], dtype=object)[rng.integers(0, 3, count)],
        "stage": np.full(count, 7, np.int8), "means": rng.integers(0, 3, count).astype(np.int8),
        "satisfaction": rng.integers(-1, 3, count).astype(np.int8), "merged": np.zeros(count, dtype=bool),
        "level": rng.integers(0, 4, count).astype(np.int8), "lon": rng.uniform(120, 121, count),
        "lat": rng.uniform(31, 32, count), "voided_at": np.full(count, slow.MISSING),
        **{name: rng.integers(0, 20, count) // 19 for name in (*slow.COUNTER_COLUMNS, *slow.FLAG_COLUMNS)},
    }  # fmt: skip
    time = reported
    columns["reported_at"] = reported
    for step in STEPS:
        time = time + rng.integers(0, 8 * 3600, count)
        columns[step] = np.where(time <= now, time, slow.MISSING)
    columns["last_at"] = columns["recorded_at"] = np.minimum(time, now)
    columns["clock_due_at"] = columns["clock_yellow_at"] = np.full(count, slow.MISSING)
    columns["due_claim_at"], columns["due_at"] = columns["dispatched_at"] + 0, reported + 30 * 3600
    columns["due_claim_at"] = np.where(columns["due_claim_at"] == slow.MISSING, slow.MISSING, reported + 8 * 3600)
    return {name: c.astype(np.int32) if name in slow.TIME_COLUMNS else c for name, c in columns.items()}
