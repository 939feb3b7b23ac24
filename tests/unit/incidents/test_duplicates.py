"""Neighbours and duplicates, against the geodesic and an exhaustive search."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from data.incidents.duplicates import (
    DUPLICATE_RADIUS_M,
    DUPLICATE_WINDOW,
    NEIGHBOUR_RADIUS_M,
    NEIGHBOUR_WINDOW,
    distance_m,
    duplicates,
    neighbours,
    vicinity_of,
)
from data.incidents.model import State
from tests.unit.stats.cities import make_system

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
LON, LAT = 120.27, 31.91
GEOD = Geod(ellps="WGS84")


def a_state(number: int = 1, **fields: Any) -> State:
    said: dict[str, Any] = {
        "id": number, "source": "hotline", "source_id": f"A-{number}", "category": "0102", "title": "", "address": "",
        "stage": "reported", "reported_at": NOON, "occurred_at": None, "lon": LON, "lat": LAT, "lon_given": LON,
        "lat_given": LAT, "coordinate_system": "wgs84", "grid_code_given": None, "h3": None, "edition_id": 1,
        "leaf": 0, "leaf_code": "L00", "placed_by": "coordinates", "seq": number, "n": 0, "hash": b"",
        "last_at": NOON, "recorded_at": NOON,
    }  # fmt: skip
    return State(**{**said, **fields})


NOWHERE: dict[str, Any] = {"lon": None, "lat": None, "leaf": -1, "leaf_code": None, "placed_by": None}


@given(st.floats(-0.02, 0.02), st.floats(-0.02, 0.02), st.floats(18, 53))
def test_distance_is_that_along_the_ground(east: float, north: float, lat: float) -> None:
    one, other = a_state(lat=lat), a_state(2, lon=LON + east, lat=lat + north)
    metres = GEOD.inv(one.lon, one.lat, other.lon, other.lat)[2]
    assert distance_m(one, other) == pytest.approx(metres, rel=1e-6, abs=1e-6)
    assert distance_m(other, one) == distance_m(one, other)


def test_without_a_position_there_is_no_distance() -> None:
    assert distance_m(a_state(), a_state(2, **NOWHERE)) is None
    assert neighbours(a_state(**NOWHERE), [a_state(2), a_state(3, **NOWHERE)]) == []


def crowd(seed: int) -> list[State]:
    random = np.random.default_rng(seed)
    stages = ["reported", "dispatched", "closed", "voided"]
    return [
        a_state(
            number,
            lon=LON + float(random.uniform(-0.008, 0.008)),
            lat=LAT + float(random.uniform(-0.008, 0.008)),
            category=["0102", "0201", ""][int(random.integers(3))],
            stage=stages[int(random.integers(4))],
            reported_at=NOON + timedelta(hours=float(random.uniform(-200, 200))),
        )
        for number in range(2, 300)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_neighbours_are_those_an_exhaustive_search_finds(seed: int) -> None:
    of, others = a_state(), crowd(seed)
    metres = {s.id: GEOD.inv(LON, LAT, s.lon, s.lat)[2] for s in others}
    expected = [
        s.id
        for s in sorted(others, key=lambda s: metres[s.id])
        if metres[s.id] <= NEIGHBOUR_RADIUS_M
        and s.stage != "voided"
        and abs((s.reported_at - NOON).total_seconds()) <= NEIGHBOUR_WINDOW.total_seconds()
    ]
    found = neighbours(of, [*others, of], limit=1000)
    assert len(expected) > 20
    assert [near.state.id for near in found] == expected
    assert all(near.same_category == (near.state.category == "0102") for near in found)
    assert neighbours(of, others, limit=5) == found[:5]


@pytest.mark.parametrize("seed", range(3))
def test_duplicates_are_open_near_recent_and_of_one_category(seed: int) -> None:
    of, others = a_state(), crowd(seed)
    found = {near.state.id for near in duplicates(of, [*others, of], radius_m=900, limit=1000)}
    expected = {
        s.id
        for s in others
        if s.category == "0102"
        and s.stage in ("reported", "dispatched")
        and GEOD.inv(LON, LAT, s.lon, s.lat)[2] <= 900
        and NOON - DUPLICATE_WINDOW <= s.reported_at <= NOON + DUPLICATE_WINDOW
    }
    assert found == expected != set()


def test_the_border_belongs_to_it() -> None:
    of = a_state()
    edge = replace(a_state(2), reported_at=NOON + DUPLICATE_WINDOW)
    assert [near.state.id for near in duplicates(of, [edge])] == [2]
    assert duplicates(of, [replace(edge, reported_at=edge.reported_at + timedelta(seconds=1))]) == []
    north = GEOD.fwd(LON, LAT, 0, DUPLICATE_RADIUS_M + 0.01)
    assert duplicates(of, [a_state(3, lon=north[0], lat=north[1])]) == []
    north = GEOD.fwd(LON, LAT, 0, DUPLICATE_RADIUS_M - 0.01)
    assert len(duplicates(of, [a_state(3, lon=north[0], lat=north[1])])) == 1


def test_without_a_position_one_address_is_one_place() -> None:
    of = a_state(address="人民中路 8 号", **NOWHERE)
    same, other = a_state(2, address="人民中路 8 号 ", **NOWHERE), a_state(3, address="人民中路 9 号", **NOWHERE)
    placed = a_state(4, address="人民中路 8 号")
    assert [near.state.id for near in duplicates(of, [same, other, placed])] == [2, 4]
    assert duplicates(replace(of, address=""), [replace(same, address="")]) == []
    # With both positions known, the address says nothing.
    assert duplicates(a_state(address="a"), [a_state(2, address="a", lat=LAT + 0.01)]) == []


def test_what_has_no_category_or_has_ended_is_the_same_as_nothing() -> None:
    other = a_state(2)
    assert len(duplicates(a_state(), [other])) == 1
    assert duplicates(a_state(category=""), [replace(other, category="")]) == []
    for stage in ("closed", "voided"):
        assert duplicates(a_state(stage=stage), [other]) == []
        assert duplicates(a_state(), [replace(other, stage=stage)]) == []


def test_the_vicinity_holds_every_leaf_within_the_radius() -> None:
    system = make_system()
    west, south, east, north = system.leaves.total_bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    vicinity = vicinity_of(a_state(lon=float(lon), lat=float(lat), leaf=3), system)
    around = [GEOD.fwd(lon, lat, bearing, NEIGHBOUR_RADIUS_M)[:2] for bearing in range(0, 360, 5)]
    circle = set(system.leaves.sjoin(_points(around)).index)
    assert circle <= set(vicinity.leaves)
    assert 3 in vicinity.leaves
    assert vicinity.until - vicinity.since == 2 * NEIGHBOUR_WINDOW
    nowhere = vicinity_of(a_state(**NOWHERE), system)
    assert (nowhere.leaves, nowhere.bounds) == ((), None)


def _points(places: list[tuple[float, float]]) -> Any:
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*zip(*places, strict=True)), crs=4326)
