"""Positions into tracks: where lines end, what is shown of whom, and how far they are thinned."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.map.tracks import tracks_of
from data.positions.tables import Position, slot_of

MOMENT = datetime(2026, 11, 22, 8, tzinfo=UTC)


def position(device: str, ago_s: float, lon: float = 120.2, unit: str = "U1") -> Position:
    return Position(MOMENT - timedelta(seconds=ago_s), device, lon, 31.9, "W1", "patrol", "", unit)


def tracks(positions: list[Position], seen: list[bool] | None = None, slot_s: int = 60) -> list[dict[str, Any]]:
    shown = [True] * len(positions) if seen is None else seen
    return list(tracks_of(positions, shown, MOMENT, slot_s, lambda one: f"name of {one.unit}"))


def ages(track: dict[str, Any]) -> list[list[float]]:
    return [[point[2] for point in line] for line in track["lines"]]


def test_points_are_places_and_ages() -> None:
    (found,) = tracks([position("D1", 60, 120.1234567), position("D1", 0.6)])
    assert found == {
        "code": "D1", "name": "name of U1", "post": "patrol",
        "lines": [[[120.12346, 31.9, 60], [120.2, 31.9, 1]]],
    }  # fmt: skip


def test_a_line_ends_where_the_device_was_silent() -> None:
    (found,) = tracks([position("D1", ago) for ago in (1000, 940, 640, 339, 279)])
    assert ages(found) == [[1000, 940, 640], [339, 279]]
    # What lies between two slots that are wide is no silence.
    (found,) = tracks([position("D1", ago) for ago in (4000, 3100, 400)], slot_s=900)
    assert ages(found) == [[4000, 3100, 400]]


def test_a_line_does_not_lead_through_what_may_not_be_seen() -> None:
    positions = [position("D1", ago) for ago in (180, 120, 60, 0)]
    (found,) = tracks(positions, [True, False, True, True])
    assert ages(found) == [[180], [60, 0]]
    assert tracks(positions, [False] * 4) == []
    # The newest that is seen is the head, and names the track.
    positions[-1] = position("D1", 0, unit="U2")
    assert [one["name"] for one in tracks(positions, [True, True, True, False])] == ["name of U1"]
    assert [one["name"] for one in tracks(positions)] == ["name of U2"]


def test_every_device_has_its_own() -> None:
    found = tracks([position("A", 60), position("A", 0), position("B", 30)])
    assert [(one["code"], ages(one)) for one in found] == [("A", [[60, 0]]), ("B", [[30]])]
    assert tracks([]) == []


@pytest.mark.parametrize(
    ("span_s", "devices", "slot_s"),
    [
        (3600, 1, 60), (3600, 0, 60), (60, 1, 10), (86_400, 1, 900), (3600, 300, 60), (3600, 400, 120),
        (86_400, 3659, 28_800),
    ],
)  # fmt: skip
def test_slots_are_as_narrow_as_the_bounds_allow(span_s: float, devices: int, slot_s: int) -> None:
    assert slot_of(span_s, devices) == slot_s


def test_slots_keep_within_both_bounds() -> None:
    rng = random.Random(1)
    for _ in range(300):
        span_s, devices = rng.uniform(60, 86_400), rng.randint(1, 5_000)
        begin = rng.uniform(0, 1e9)
        slot_s = slot_of(span_s, devices)
        slots = Counter(int((begin + span_s * n / 5_000) // slot_s) for n in range(5_001))
        assert len(slots) <= 120
        assert len(slots) * devices <= 20_000
