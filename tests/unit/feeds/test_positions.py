"""Positions as devices send them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from data.feeds.positions import FIELDS, parse_position
from data.positions.errors import PositionInvalid
from data.positions.position_intake import Sighting
from geo.crs import from_wgs84

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
OLDEST = NOW - timedelta(days=7)
GOOD = {"device": "D1", "person": "W1", "at": "2026-11-22T15:36:19+08:00", "lon": 120.2853, "lat": 31.9102}


def parse(carrier: str = "", **fields: Any) -> Sighting:
    given = {name: value for name, value in {**GOOD, **fields}.items() if value is not ...}
    return parse_position(given, ZONE, NOW, OLDEST, person=carrier)


def test_a_good_one() -> None:
    at = datetime(2026, 11, 22, 7, 36, 19, tzinfo=UTC)
    assert parse() == Sighting("D1", "W1", at, 120.2853, 31.9102)
    assert parse(at="2026-11-22T15:36:19").at == at
    assert parse(device=42, lon="120.2853").device == "42"


def test_whoever_is_known_already_carries_it() -> None:
    assert parse("W9").person == parse("W9", person=...).person == "W9"


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_other_systems_come_out_in_wgs84(system: Any) -> None:
    lon, lat = from_wgs84(120.2853, 31.9102, target=system)
    found = parse(lon=float(lon), lat=float(lat), coordinate_system=system)
    assert (found.lon, found.lat) == pytest.approx((120.2853, 31.9102), abs=1e-6)


@pytest.mark.parametrize(
    ("field", "fields", "reason"),
    [
        ("device", {"device": ...}, "missing"),
        ("device", {"device": " "}, "empty"),
        ("device", {"device": "x" * 201}, "longer"),
        ("device", {"device": "a\0b"}, "U+0000"),
        ("person", {"person": ...}, "missing"),
        ("at", {"at": ...}, "missing"),
        ("at", {"at": "yesterday"}, ""),
        ("at", {"at": (NOW + timedelta(minutes=6)).isoformat()}, "future"),
        ("at", {"at": (OLDEST - timedelta(seconds=1)).isoformat()}, "older"),
        ("lon", {"lon": ..., "lat": ...}, "both"),
        ("lat", {"lat": ...}, "missing"),
        ("lon", {"lon": 181.0}, "between"),
        ("lat", {"lat": -90.5}, "between"),
        ("lat", {"lon": 31.9, "lat": 120.3}, "swapped"),
        ("lon", {"lon": "NaN"}, "finite"),
        ("coordinate_system", {"coordinate_system": "mars"}, "unknown"),
        ("speed", {"speed": 3}, ", ".join(FIELDS)),
    ],
)
def test_what_cannot_be_is_refused(field: str, fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(PositionInvalid) as caught:
        parse(**fields)
    assert caught.value.values["field"] == field
    assert reason in caught.value.values["reason"]
