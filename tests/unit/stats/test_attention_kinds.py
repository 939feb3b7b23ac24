"""Deadlines about to be missed, silent grids, repeated complaints; and which alert goes on with which."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.attention import Alert, attention
from data.attention.alert import matter_of
from data.attention.matters import continuing, seen_of
from data.attention.repeats import CELL_RESOLUTION
from data.attention.silence import zero_chance
from data.attention.tables import KeptAlert, Seen
from tests.unit.stats.cities import LEAVES, NOON, ZONE, make_system, state, view_of
from tests.unit.stats.reports import DAY_S, NOW_S, poisson_reports, reports_view

SYSTEM = make_system()


def found(view: Any, kind: str, moment: Any = NOON) -> list[Alert]:
    return [one for one in attention(view, SYSTEM, moment=moment, zone=ZONE) if one.kind == kind]


def waiting(incident_id: int, leaf: int, minutes: int, **more: Any) -> Any:
    due = NOON + timedelta(minutes=minutes)
    yellow = NOON - timedelta(minutes=5)
    return state(incident_id, NOON - timedelta(days=1), leaf=leaf, clock_due_at=due, clock_yellow_at=yellow, **more)


def test_deadlines_of_the_hour_by_town() -> None:
    states = [
        waiting(1, 0, 50), waiting(2, 3, 40), waiting(3, 4, 10), waiting(4, 5, 61), waiting(5, 6, -1),
        waiting(6, 8, 30, suspended=True), waiting(7, 9, 30, closed_at=NOON - timedelta(minutes=1)), waiting(8, -1, 20),
    ]  # fmt: skip
    alerts = {one.grid: one for one in found(view_of(states), "due_soon")}
    assert {grid: one.base["incidents"] for grid, one in alerts.items()} == {"1:T0": [2, 1], "1:T1": [3], None: [8]}
    assert {grid: one.severity for grid, one in alerts.items()} == {"1:T0": "yellow", "1:T1": "red", None: "yellow"}
    assert alerts["1:T0"].values == {"count": 2, "minutes": 40}
    assert (alerts[None].reason, alerts[None].lo) == ("due_within_unlocated", -1)


def test_a_green_light_is_not_about_to_be_missed() -> None:
    green = replace(waiting(1, 0, 50), clock_yellow_at=NOON + timedelta(minutes=1))
    assert found(view_of([green]), "due_soon") == []


def silent_since(reports: Any, leaves: list[int], days: float) -> Any:
    kept = ~(np.isin(reports[1], leaves) & (reports[0] > NOW_S - days * DAY_S))
    return reports_view(*(part[kept] for part in reports))


def test_a_grid_that_went_silent() -> None:
    # Leaf 11 has 60 * 12/78 = 9 reports a day.
    alerts = found(silent_since(poisson_reports(1), [11], 3), "silent")
    assert [one.grid for one in alerts] == ["3:L11"]
    assert alerts[0].expected == pytest.approx(27, rel=0.25)
    assert NOON - alerts[0].since > timedelta(days=3)


def test_the_widest_silent_grid_is_told() -> None:
    alerts = found(silent_since(poisson_reports(1), [8, 9, 10, 11], 3), "silent")
    assert [one.grid for one in alerts] == ["1:T2"]
    assert found(silent_since(poisson_reports(1), list(range(LEAVES)), 3), "silent")[0].grid is None


def test_nights_are_quiet() -> None:
    """Eight silent hours by night are no matter; those and six by day are."""
    night = NOON.replace(hour=6)
    reports = poisson_reports(2, per_day=120)
    gone = (reports[0] > NOW_S - 14 * 3600) & (reports[0] <= NOW_S)
    view = reports_view(*(part[~gone] for part in reports))
    assert found(view, "silent", night) == []
    assert [one.grid for one in found(view, "silent", NOON)] == [None]


def test_too_little_to_be_missed() -> None:
    few = poisson_reports(3, per_day=3)
    assert [one for one in found(silent_since(few, [0], 40), "silent") if one.grid == "3:L00"] == []
    short = poisson_reports(3, per_day=60, days=10)
    assert found(silent_since(short, [11], 3), "silent") == []


def test_silences_of_poisson_histories_are_rarer_than_promised() -> None:
    """A tenth of an alarm a day: over 40 histories looked at once a day for four days, hardly any."""
    alarms = sum(
        len(found(reports_view(*poisson_reports(500 + seed)), "silent", NOON - timedelta(days=day)))
        for seed in range(40)
        for day in range(4)
    )
    assert alarms <= 2


@given(st.floats(0, 200), st.integers(0, 5000))
def test_chance_of_nothing(expected: float, reports: int) -> None:
    """Never less than the Poisson's, and near it where the rate is well known and the span short."""
    chance = float(zero_chance(np.array([expected]), np.array([reports]))[0])
    assert np.exp(-expected) * (1 - 1e-9) <= chance <= 1
    more = float(zero_chance(np.array([expected + 1]), np.array([reports]))[0])
    assert more < chance


def at_place(days: list[int], lon: float, category: int) -> tuple[np.ndarray, ...]:
    count = len(days)
    time_s = NOW_S - np.array(days) * DAY_S - np.arange(count)
    return time_s, np.full(count, int(lon / 0.01)), np.full(count, category), np.full(count, lon), np.full(count, 0.005)


def scattered(seed: int, more: tuple[np.ndarray, ...]) -> Any:
    rng = np.random.default_rng(seed)
    time_s, leaf, category = poisson_reports(seed, per_day=20)
    lon, lat = 0.01 * leaf + rng.uniform(0, 0.01, len(leaf)), rng.uniform(0, 0.01, len(leaf))
    joined = [np.concatenate(pair) for pair in zip((time_s, leaf, category, lon, lat), more, strict=True)]
    return reports_view(*joined)


def test_the_same_complaint_again_and_again() -> None:
    alerts = found(scattered(1, at_place([1, 4, 9, 13, 20, 26], 0.0751, 2)), "repeat")
    assert [(one.grid, one.category) for one in alerts] == [("3:L07", "parking")]
    assert alerts[0].count >= 6
    assert alerts[0].base["lon"] == pytest.approx(0.0751, abs=1e-3)
    assert int(alerts[0].base["cell"], 16) >> 52 & 15 == CELL_RESOLUTION


@pytest.mark.parametrize("days", [[1, 1, 1, 1, 1, 1], [1, 1, 1, 2, 2, 2], [1, 9, 17], [30, 34, 38, 42, 46, 50]])
def test_a_burst_a_few_or_long_ago_are_no_repetition(days: list[int]) -> None:
    assert found(scattered(1, at_place(days, 0.0751, 2)), "repeat") == []


def test_without_a_position_the_leaf_is_the_place() -> None:
    """A leaf that has nothing but parking, where the city has hardly any."""
    time_s, leaf, category = poisson_reports(1, per_day=40)
    kept = (leaf != 0) & (category != 2)
    more_s = NOW_S - np.arange(1, 7) * 2 * DAY_S
    view = reports_view(
        np.concatenate([time_s[kept], more_s]), np.concatenate([leaf[kept], np.zeros(6, int)]),
        np.concatenate([category[kept], np.full(6, 2)]),
    )  # fmt: skip
    alerts = found(view, "repeat")
    assert [(one.grid, one.category, one.count) for one in alerts] == [("3:L00", "parking", 6)]
    assert alerts[0].base["cell"] is None


def test_chance_does_not_repeat() -> None:
    nothing = tuple(np.array([], float) for _ in range(5))
    assert sum(len(found(scattered(seed, nothing), "repeat")) for seed in range(20, 40)) <= 1


def alert(grid: str, lo: int, hi: int, category: str | None = "noise", kind: Any = "surge") -> Alert:
    return Alert(kind, matter_of(kind, grid, category), grid, lo, hi, category, NOON, 9, 1.0, {}, "x", {}, "red")


def kept(one: Alert) -> KeptAlert:
    seen = seen_of(one)
    return KeptAlert(
        one.matter, one.matter, one.kind, 1, NOON.astimezone(UTC), NOON, dict(seen.content), None, None, None, None
    )


TOWN, VILLAGE, LEAF = alert("1:T0", 0, 4), alert("2:V0", 0, 2), alert("3:L00", 0, 1)


@pytest.mark.parametrize(
    ("running", "now", "goes_on"),
    [
        ([], [TOWN], [None]),
        ([TOWN], [TOWN], [0]),
        ([TOWN], [VILLAGE], [0]),
        ([LEAF], [TOWN], [0]),
        ([TOWN], [VILLAGE, alert("2:V1", 2, 4)], [0, None]),
        ([TOWN, LEAF], [VILLAGE], [1]),
        ([TOWN], [VILLAGE, TOWN], [None, 0]),
        ([TOWN], [alert("2:V0", 0, 2, "garbage")], [None]),
        ([TOWN], [alert("1:T1", 4, 8)], [None]),
        ([alert("1:T0", 0, 4, None, "due_soon")], [alert("2:V0", 0, 2, None, "due_soon")], [None]),
    ],
)
def test_the_same_matter_goes_on(running: list[Alert], now: list[Alert], goes_on: list[int | None]) -> None:
    assert continuing([kept(one) for one in running], [seen_of(one) for one in now]) == goes_on


@given(
    st.lists(st.sampled_from([TOWN, VILLAGE, LEAF]), unique_by=lambda one: one.matter),
    st.lists(st.sampled_from([TOWN, VILLAGE, LEAF])),
)
@settings(deadline=None)
def test_no_two_findings_go_on_with_one_alert(running: list[Alert], now: list[Alert]) -> None:
    seen: list[Seen] = [seen_of(one) for one in {one.matter: one for one in now}.values()]
    chosen = [at for at in continuing([kept(one) for one in running], seen) if at is not None]
    assert len(set(chosen)) == len(chosen)
