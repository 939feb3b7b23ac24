"""Alerts in the store: one matter is one alert, over looks, restarts and two watchers at once."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.access.actor import Actor
from data.attention.alert import Alert, matter_of
from data.attention.matters import continuing, seen_of
from data.attention.tables import acknowledge, keep_alerts, read_alert, read_alerts
from data.attention.watcher import QUIET, AttentionWatcher
from data.city.editions import current_edition
from data.errors import AlertUnknown, DatabaseUnavailable
from data.incidents.desk import IncidentDesk
from data.incidents.model import Report
from data.stats.mirror.mirror import Mirror
from data.store.connection import Store
from tests.unit.stats.cities import LEAVES, NOON, ZONE

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def surge(grid: str = "1:T0", lo: int = 0, hi: int = 4, count: int = 9) -> Alert:
    return Alert(
        "surge", matter_of("surge", grid, "0101"), grid, lo, hi, "0101", NOON, count, 1.5, {"days": 8},
        "surge_of_category", {"count": count}, "red",
    )  # fmt: skip


def keep(store: Store, edition_id: int, found: list[Alert], minutes: float) -> int:
    moment = NOON + timedelta(minutes=minutes)
    return keep_alerts(store, edition_id, [seen_of(one) for one in found], moment, QUIET, continuing)


def test_a_matter_is_one_alert_while_it_lasts(store: Store, edition_id: int) -> None:
    assert keep(store, edition_id, [surge(count=9)], 0) == 1
    assert keep(store, edition_id, [surge(count=12)], 10) == 0
    # The smallest grid that explains it is another one now.
    assert keep(store, edition_id, [surge("2:V0", 0, 2, count=15)], 20) == 0
    (only,) = read_alerts(store, LONG_AGO, 10)
    assert (only.first_seen, only.last_seen) == (NOON, NOON + timedelta(minutes=20))
    assert (only.content["grid"], only.content["count"]) == ("2:V0", 15)
    assert keep(store, edition_id, [surge("2:V0", 0, 2)], 51) == 1
    again, before = read_alerts(store, LONG_AGO, 10)
    assert before == only
    assert again.key != only.key


def test_the_same_look_twice_changes_nothing_and_an_older_one_neither(store: Store, edition_id: int) -> None:
    assert keep(store, edition_id, [surge(count=9)], 0) == 1
    assert keep(store, edition_id, [surge(count=10)], 5) == 0
    before = read_alerts(store, LONG_AGO, 10)
    assert keep(store, edition_id, [surge(count=10)], 5) == 0
    assert keep(store, edition_id, [surge(count=7)], 3) == 0
    assert read_alerts(store, LONG_AGO, 10) == before


def test_two_who_look_at_once_write_one_alert(store: Store, edition_id: int) -> None:
    begun: list[int] = []
    threads = [
        threading.Thread(target=lambda at=at: begun.append(keep(store, edition_id, [surge()], at / 60)))
        for at in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(begun) == [0, 0, 0, 1]
    assert len(read_alerts(store, LONG_AGO, 10)) == 1


def test_who_was_first_to_take_note_stands(store: Store, edition_id: int) -> None:
    keep(store, edition_id, [surge()], 0)
    key = read_alerts(store, LONG_AGO, 1)[0].key
    first = acknowledge(store, key, Actor.person("d1", "钱值班"), "已派人 '; DROP TABLE alert", NOON)
    assert first.acknowledged_by_id == "person:d1"
    assert (first.acknowledged_by, first.note) == ("钱值班 d1", "已派人 '; DROP TABLE alert")
    assert acknowledge(store, key, Actor.person("d2", "孙值班"), "", NOON + timedelta(hours=1)) == first
    keep(store, edition_id, [surge(count=30)], 5)
    later = read_alert(store, key)
    assert (later.acknowledged_at, later.content["count"]) == (NOON, 30)


def test_an_alert_nobody_knows(store: Store, edition_id: int) -> None:
    for ask in (lambda: read_alert(store, "abc"), lambda: acknowledge(store, "abc", Actor.nobody("x"), "", NOON)):
        with pytest.raises(AlertUnknown, match="abc"):
            ask()


@pytest.fixture
def busy(store: Store, desk: IncidentDesk, make_report: Callable[..., Report]) -> Mirror:
    """Two reports a day for eight weeks, and twelve of one category in one leaf within the last hour."""
    past = [NOON - timedelta(hours=12 * back + 30) for back in range(120)]
    reports = [make_report(leaf=at % LEAVES, reported_at=moment) for at, moment in enumerate(past)]
    reports += [make_report(leaf=5, category="0102", reported_at=NOON - timedelta(minutes=4 * i)) for i in range(12)]
    desk.report_many(reports, Actor.nobody("导入"))
    mirror = Mirror(LEAVES)
    mirror.refresh(store)
    return mirror


def watcher(store: Store, mirror: Mirror, minutes: float = 0, **more: Any) -> AttentionWatcher:
    now = NOON.astimezone(UTC) + timedelta(minutes=minutes)
    asked = {"healthy_at": lambda: now, "now": lambda: now} | more
    return AttentionWatcher(store, current_edition(store, NOON.date()), ZONE, mirror.view, **asked)


def test_a_watcher_that_starts_anew_goes_on(store: Store, busy: Mirror) -> None:
    assert watcher(store, busy).look() == 1
    assert watcher(store, busy, minutes=1).look() == 0
    (only,) = read_alerts(store, LONG_AGO, 10)
    assert (only.kind, only.content["grid"], only.content["count"]) == ("surge", "3:L05", 12)
    assert only.last_seen == NOON + timedelta(minutes=1)


def test_a_watcher_says_when_it_looked(store: Store, busy: Mirror) -> None:
    watching = watcher(store, busy)
    assert watching.looked_at is None
    watching.look()
    assert watching.looked_at == NOON
    blind = watcher(store, busy, healthy_at=lambda: None)
    blind.look()
    assert blind.looked_at is None


def test_nothing_is_said_while_the_mirror_does_not_follow(store: Store, busy: Mirror) -> None:
    assert watcher(store, busy, healthy_at=lambda: None).look() is None
    late = NOON.astimezone(UTC) - timedelta(minutes=2)
    assert watcher(store, busy, healthy_at=lambda: late).look() is None
    assert read_alerts(store, LONG_AGO, 10) == []


@pytest.mark.parametrize("error", [DatabaseUnavailable("away"), RuntimeError("a mistake of ours")])
def test_nothing_takes_the_watcher_down(store: Store, busy: Mirror, error: Exception) -> None:
    calls: list[int] = []

    def view() -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise error
        return busy.view()

    now = NOON.astimezone(UTC)
    edition = current_edition(store, NOON.date())
    watching = AttentionWatcher(store, edition, ZONE, view, lambda: now, every_s=0.01, now=lambda: now)
    watching.start()
    end_s = time.monotonic() + 20
    while watching.looks == 0:
        assert time.monotonic() < end_s, "it did not look again"
        time.sleep(0.01)
    watching.stop()
    watching.stop()
    assert not watching.alive
    assert len(read_alerts(store, LONG_AGO, 10)) == 1
