"""What is asked of the queues."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.access.scope import Scope
from data.incidents.model import State
from data.incidents.queue import QUEUES, areas_inside, clock_kind
from tests.unit.stats.cities import make_system

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DUE = NOON + timedelta(hours=4)


def a_state(**fields: Any) -> State:
    said: dict[str, Any] = {
        "id": 1, "source": "hotline", "source_id": "A-1", "category": "0102", "title": "", "address": "",
        "stage": "reported", "reported_at": NOON, "occurred_at": None, "lon": None, "lat": None, "lon_given": None,
        "lat_given": None, "coordinate_system": "wgs84", "grid_code_given": None, "h3": None, "edition_id": 1,
        "leaf": -1, "leaf_code": None, "placed_by": None, "seq": 1, "n": 0, "hash": b"",
        "last_at": NOON, "recorded_at": NOON,
    }  # fmt: skip
    return State(**{**said, **fields})


def test_a_queue_is_named_once() -> None:
    assert len(set(QUEUES)) == len(QUEUES) == 7


def test_areas_are_the_upper_grids_that_lie_inside_as_a_whole() -> None:
    system = make_system()
    count = len(system.leaves)
    every = [
        f"{level}:{row.code}"
        for level, layer in enumerate(system.levels[:-1], start=1)
        for row in layer.itertuples()
    ]  # fmt: skip
    assert list(areas_inside(system, Scope.city(count))) == every
    for lo in range(count + 1):
        for hi in range(count + 1):
            inside = [
                name for name in every if lo <= system.find(name).lo and system.find(name).hi <= hi and lo < hi
            ]  # fmt: skip
            assert list(areas_inside(system, Scope.of([(lo, hi)], "leader"))) == inside


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"stage": "reported", "clock_due_at": DUE}, "dispatch"),
        ({"stage": "filed", "clock_due_at": DUE}, "dispatch"),
        ({"stage": "dispatched", "clock_due_at": DUE, "due_claim_at": DUE, "due_at": DUE + timedelta(days=1)}, "claim"),
        # Both end together: it has to be claimed first.
        ({"stage": "dispatched", "clock_due_at": DUE, "due_claim_at": DUE, "due_at": DUE}, "claim"),
        (
            {"stage": "dispatched", "clock_due_at": DUE, "due_claim_at": DUE + timedelta(hours=1), "due_at": DUE},
            "finish",
        ),
        ({"stage": "dispatched", "clock_due_at": DUE, "due_at": DUE}, "finish"),
        ({"stage": "claimed", "clock_due_at": DUE}, "finish"),
        ({"stage": "handled", "clock_due_at": DUE}, "close"),
        ({"stage": "checked", "clock_due_at": DUE}, "close"),
        ({"stage": "closed", "clock_due_at": DUE}, None),
        ({"stage": "claimed", "clock_due_at": DUE, "suspended": True}, None),
        ({"stage": "claimed"}, None),
    ],
)
def test_what_the_clock_waits_for(fields: dict[str, Any], kind: str | None) -> None:
    assert clock_kind(a_state(**fields)) == kind
