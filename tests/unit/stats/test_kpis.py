from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.access.scope import Scope
from data.errors import QueryInvalid
from data.incidents.model import State
from data.stats.measures.counting import Counts
from data.stats.measures.durations import group_quantiles
from data.stats.measures.kpi_rows import kpi_rows
from data.stats.measures.kpis import KPI_BY_KEY, KPIS, evaluate, kpi, measures_of
from data.stats.measures.measures import MEASURES
from data.stats.measures.places import Places
from data.stats.measures.question import Question
from geo.errors import GridUnknown
from tests.unit.stats import slow
from tests.unit.stats.cities import (
    CITY,
    LEAVES,
    NOON,
    asked,
    histories,
    history,
    make_edition,
    make_system,
    state,
    view_of,
    whole_seconds,
)  # fmt: skip

SYSTEM = make_system()
EDITION = make_edition(SYSTEM)
MONTH = {"moment": NOON, "since": NOON - timedelta(days=30), "until": NOON + timedelta(seconds=1)}


def one_place(**counts: int) -> tuple[Counts, Places]:
    """Counts of a city of one leaf."""
    names = tuple(measure.name for measure in MEASURES)
    prefix = np.array([[0, counts.get(name, 0)] for name in names])
    place = Places((None,), ("城",), np.array([0]), np.array([1]), np.array([988.0]), np.array([np.nan]))
    return Counts(names, prefix, np.zeros(len(names), np.int64)), place


def approx(value: float | None) -> Any:
    return value if value is None else pytest.approx(value, abs=1e-6)


@given(histories(), asked(), st.sampled_from([1, 2, 3]))
@settings(max_examples=100, deadline=None)
@example(history(7, 400), MONTH, 1)
def test_every_kpi_of_every_grid_equals_the_slow_computation(states: list[State], question: dict[str, Any], level: int):
    answered = kpi_rows(view_of(states), edition=EDITION, level=level, question=Question(**question, scope=CITY))
    kept = [whole_seconds(one) for one in states]
    rows = [(SYSTEM.find(row["id"]), row) for row in answered["rows"]]
    assert [grid.ordinal for grid, _ in rows] == list(range(len(SYSTEM.levels[level - 1])))
    for grid, row in rows:
        inside = [one for one in kept if grid.lo <= one.leaf < grid.hi]
        expected = slow.kpis(inside, area_km2=grid.area_m2 / 1e6, population=grid.population, **question)
        found = {key: (entry["value"], entry["numerator"]) for key, entry in row["kpis"].items()}
        assert found == {key: (approx(value), numerator) for key, (value, numerator) in expected.items()}
    area = float(SYSTEM.levels[0]["area_m2"].sum()) / 1e6
    expected = slow.kpis(kept, area_km2=area, population=None, **question)
    found = {key: (entry["value"], entry["numerator"]) for key, entry in answered["total"]["kpis"].items()}
    assert found == {key: (approx(value), numerator) for key, (value, numerator) in expected.items()}


@given(histories(), asked(), st.sampled_from([1, 2, 3]))
@settings(max_examples=30, deadline=None)
def test_rows_and_unlocated_add_up_to_the_total(states: list[State], question: dict[str, Any], level: int):
    answered = kpi_rows(view_of(states), edition=EDITION, level=level, question=Question(**question, scope=CITY))
    for name, total in answered["total"]["measures"].items():
        assert sum(row["measures"][name] for row in answered["rows"]) + answered["unlocated"][name] == total


def test_closed_of_reported_as_published():
    """9,213 reported and 9,201 closed is 99.87 %."""
    counts, place = one_place(valid=9213, valid_closed=9201)
    assert round(100 * evaluate(kpi("closing_rate"), counts, place).value[0], 2) == 99.87


def test_closed_of_reported_as_published_from_incidents():
    reported = NOON - timedelta(days=2)
    states = [
        state(i, reported, leaf=i % LEAVES, closed_at=NOON - timedelta(hours=1) if i <= 9201 else None)
        for i in range(1, 9214)
    ]
    answered = kpi_rows(view_of(states), edition=EDITION, level=1, question=Question(**MONTH, scope=CITY))
    entry = answered["total"]["kpis"]["closing_rate"]
    assert (entry["numerator"], entry["denominator"]) == (9201, 9213)
    assert round(100 * entry["value"], 2) == 99.87


def test_a_city_s_monthly_bulletin():
    """Tianmen, December 2016: 1,054 reported, 996 filed, 972 due, 911 of them closed, 737 of them in time."""
    counts, place = one_place(sent_up=1054, sent_up_filed=996, due=972, due_closed=911, due_closed_on_time=737)
    percent = {
        key: round(100 * float(evaluate(kpi(key), counts, place).value[0]), 2)
        for key in ("filing_rate", "due_closing_rate", "on_time_closing_rate")
    }
    assert percent == {"filing_rate": 94.50, "due_closing_rate": 93.72, "on_time_closing_rate": 75.82}


def test_nothing_of_nothing_is_no_data():
    answered = kpi_rows(view_of([]), edition=EDITION, level=1, question=Question(**MONTH, scope=CITY))
    for key, entry in answered["total"]["kpis"].items():
        unit = kpi(key).unit
        expected = 0 if unit in ("count", "per_km2") else None
        assert entry["value"] == expected, key


def test_people_are_only_divided_by_where_they_are_known():
    answered = kpi_rows(view_of([state(1, NOON)]), edition=EDITION, level=1, question=Question(**MONTH, scope=CITY))
    rates = [row["kpis"]["reported_per_10k"]["value"] for row in answered["rows"]]
    assert rates == [0.5, 0.0, None]


def test_within_shows_only_that_grid_s_part():
    states = [state(i + 1, NOON, leaf=i) for i in range(-1, LEAVES)]
    answered = kpi_rows(
        view_of(states), edition=EDITION, level=3, question=Question(**MONTH, scope=CITY), within="1:T1"
    )
    assert [row["code"] for row in answered["rows"]] == ["L04", "L05", "L06", "L07"]
    assert answered["total"]["id"] == answered["within"] == "1:T1"
    assert answered["total"]["measures"]["reported"] == 4
    assert answered["unlocated"]["reported"] == 0


def test_a_scope_shows_only_whole_grids_and_its_own_total():
    states = [state(i + 1, NOON, leaf=i) for i in range(-1, LEAVES)]
    question = Question(**MONTH, scope=Scope.of([(4, 10)], "leader"))
    answered = kpi_rows(view_of(states), edition=EDITION, level=1, question=question)
    assert [row["id"] for row in answered["rows"]] == ["1:T1"]
    assert answered["total"]["measures"]["reported"] == 6
    leaves = SYSTEM.leaves["area_m2"].iloc[4:10].sum() / 1e6
    assert answered["total"]["kpis"]["reported_per_km2"]["denominator"] == pytest.approx(leaves, abs=1e-6)


def test_unknown_names_are_refused():
    question = Question(**MONTH, scope=CITY)
    with pytest.raises(GridUnknown):
        kpi_rows(view_of([]), edition=EDITION, level=1, question=question, within="1:none")
    with pytest.raises(QueryInvalid, match="no level 4"):
        kpi_rows(view_of([]), edition=EDITION, level=4, question=question)
    with pytest.raises(QueryInvalid, match="no KPI 'happiness'"):
        kpi("happiness")


def test_a_duration_is_not_read_from_counts():
    with pytest.raises(QueryInvalid, match="duration"):
        evaluate(kpi("median_hours_to_close"), *one_place())


def test_every_kpi_is_declared_whole():
    assert len(KPI_BY_KEY) == len(KPIS)
    for one in KPIS:
        assert measures_of(one), one.key
        assert all([one.zh, one.en, one.formula, one.source]), one.key
    assert set(slow.RATES) == {one.key for one in KPIS if one.unit == "ratio"}


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(-(2**20), 2**20)), max_size=40),
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]), max_size=3),
)
def test_quantiles_of_groups_equal_numpy(pairs: list[tuple[int, int]], quantiles: list[float]):
    groups, values = np.array([pair[0] for pair in pairs], np.intp), np.array([pair[1] for pair in pairs], np.int64)
    found, sizes = group_quantiles(groups, values, 5, quantiles)
    assert found.shape == (len(quantiles), 5)
    for group in range(5):
        mine = values[groups == group]
        assert sizes[group] == len(mine)
        for row, quantile in zip(found, quantiles, strict=True):
            expected = np.quantile(mine, quantile) if len(mine) else np.nan
            assert row[group] == pytest.approx(expected, nan_ok=True)
