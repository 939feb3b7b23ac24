"""Positions of devices on both servers."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from data.positions.tables import Position, forget_positions, forget_positions_of, read_positions, save_positions
from data.store.connection import Store

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def position(device: str, ago_s: float, **fields: object) -> Position:
    made = Position(NOW - timedelta(seconds=ago_s), device, 120.2, 31.9, f"W-{device}", "patrol", "3:L00", "")
    return replace(made, **fields)  # type: ignore[arg-type]  # fields of it


def everything(store: Store) -> list[Position]:
    return read_positions(store, NOW - timedelta(days=400), NOW + timedelta(days=1), most_per_device=10**9,
                          most=10**9).positions  # fmt: skip


def test_what_is_kept_comes_back_by_device_and_time(store: Store) -> None:
    given = [position("B", 10, unit="U", grid=""), position("A", 0), position("A", 60, lon=-179.5, lat=-1.25)]
    assert save_positions(store, given) == 3
    assert save_positions(store, []) == 0
    found = read_positions(store, NOW - timedelta(hours=1), NOW)
    assert found.positions == [given[2], given[1], given[0]]
    assert found.slot_s == 60


def test_the_same_device_and_moment_once_more_changes_nothing(store: Store) -> None:
    first = position("A", 5)
    assert save_positions(store, [first]) == 1
    other = replace(first, lon=121.0, person="W-2")
    assert save_positions(store, [other, position("A", 40), first, other]) == 1
    # Twice in one list as well: the first one stands.
    assert save_positions(store, [position("C", 5), position("C", 5, lat=30.0)]) == 1
    assert [one for one in everything(store) if one.at == first.at] == [first, position("C", 5)]


def test_a_span_begins_after_its_begin_and_ends_with_its_end(store: Store) -> None:
    save_positions(store, [position("A", ago) for ago in (61, 60, 30, 0, -1)])
    found = read_positions(store, NOW - timedelta(seconds=60), NOW).positions
    assert [(NOW - one.at).total_seconds() for one in found] == [30, 0]
    assert read_positions(store, NOW + timedelta(hours=1), NOW + timedelta(hours=2)).positions == []


def test_only_devices_that_were_in_the_box_but_their_whole_way(store: Store) -> None:
    inside, beside, below = position("A", 60), position("B", 0, lon=120.4), position("C", 0, lat=31.7)
    out = position("A", 0, lon=120.4)
    # In it, but before the span.
    save_positions(store, [inside, out, beside, below, position("C", 3700)])
    found = read_positions(store, NOW - timedelta(hours=1), NOW, box=(120.1, 31.8, 120.3, 32.0))
    assert found.positions == [inside, out]


@pytest.mark.parametrize("minutes", [60, 24 * 60])
def test_thinned_to_the_last_of_each_slot(store: Store, minutes: int) -> None:
    rng = random.Random(7)
    given = [position(f"D{n}", rng.randrange(60 * minutes)) for n in range(5) for _ in range(400)]
    save_positions(store, given)
    found = read_positions(store, NOW - timedelta(minutes=minutes), NOW, most_per_device=50, most=120)
    newest: dict[tuple[str, int], datetime] = {}
    for one in given:
        slot = one.device, int(one.at.timestamp() // found.slot_s)
        newest[slot] = max(one.at, newest.get(slot, one.at))
    expected = sorted((device, at) for (device, _), at in newest.items())
    assert [(one.device, one.at) for one in found.positions] == expected
    assert 60 <= len(expected) <= 120
    # With fewer devices in view each shows more.
    alone = read_positions(store, NOW - timedelta(minutes=minutes), NOW, box=(0, 0, 1, 1), most_per_device=50, most=120)
    assert (alone.positions, alone.slot_s < found.slot_s) == ([], True)


def test_a_place_once_shown_stays_as_the_moment_moves_on(store: Store) -> None:
    save_positions(store, [position("A", 17 * n) for n in range(500)])
    hour = timedelta(hours=1)
    before = read_positions(store, NOW - 2 * hour, NOW - hour).positions
    after = read_positions(
        store, NOW - 2 * hour + timedelta(seconds=600), NOW - hour + timedelta(seconds=600)
    ).positions
    # But for the slots that were cut off at either end.
    assert set(before[11:-1]) <= set(after)


def test_what_is_too_old_goes_in_steps_the_oldest_first(store: Store) -> None:
    save_positions(store, [position("A", 60 * n) for n in range(10)] + [position("B", 60 * n) for n in range(10)])
    before = NOW - timedelta(minutes=5)
    assert forget_positions(store, before, limit=3) == 3
    assert min(one.at for one in everything(store)) == NOW - timedelta(minutes=8)
    assert forget_positions(store, before, limit=100) == 5
    assert forget_positions(store, before, limit=100) == 0
    # What is just as old as may be stays.
    assert min(one.at for one in everything(store)) == before
    assert len(everything(store)) == 12


def test_all_of_a_device_or_a_person_goes(store: Store) -> None:
    mixed = position("A", 1, person="W-B")
    save_positions(store, [position("A", 0), mixed, position("B", 0), position("C", 0)])
    assert forget_positions_of(store, person="W-B") == 2
    assert [one.device for one in everything(store)] == ["A", "C"]
    assert forget_positions_of(store, device="A") == 1
    assert forget_positions_of(store, device="W-C") == 0
    assert forget_positions_of(store) == 0
    assert [one.device for one in everything(store)] == ["C"]


def test_a_device_has_a_code(store: Store) -> None:
    with pytest.raises(psycopg2.Error):
        save_positions(store, [position("", 0)])
