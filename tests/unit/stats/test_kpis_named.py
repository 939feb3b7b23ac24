"""Every formula by its name: equal to the slow one, and a change of it is noticed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest

from data.incidents.columns import TIME_COLUMNS
from data.stats.measures.durations import answer
from data.stats.measures.kpi_rows import all_kpis, all_measures
from data.stats.measures.kpis import AREA, PEOPLE, Kpi
from data.stats.measures.measures import Measure
from data.stats.measures.places import level_places, whole
from data.stats.measures.question import Question
from tests.unit.stats import slow
from tests.unit.stats.cities import CITY, NOON, history, make_edition, make_system, view_of, whole_seconds

SYSTEM = make_system()
EDITION = make_edition(SYSTEM)
# Long enough that no two measures come to the same counts in every leaf, and each leaf has its own.
STATES = history(20261122, 3000)
VIEW = view_of(STATES)
ASKED = {
    "moment": NOON + timedelta(hours=20),
    "since": NOON - timedelta(hours=14),
    "until": NOON + timedelta(hours=18),
}
QUESTION = Question(**ASKED, scope=CITY)
MEASURES = all_measures(EDITION)
KPIS = all_kpis(EDITION)
TOWNS = level_places(SYSTEM, 1)
TOTAL = whole(SYSTEM, "城", None, CITY)
# On the leaves there is nothing finer.
THE_SAME = {("closed_within_level_3", "closed_level_3")}

# What each KPI is called, and which way is better, written down a second time.
DECLARED = {
    "reported": ("上报", None), "filed": ("立案", None), "closed": ("结案", "up"), "open": ("在办", "down"),
    "overdue": ("超期", "down"), "unlocated": ("待定位", "down"),
    "open_per_km2": ("每平方公里在办", "down"), "reported_per_km2": ("每平方公里上报", None),
    "open_per_10k": ("每万人在办", "down"), "reported_per_10k": ("每万人上报", None),
    "filing_rate": ("立案率", "up"), "closing_rate": ("结案率", "up"), "due_closing_rate": ("应结案结案率", "up"),
    "on_time_closing_rate": ("按期结案率", "up"), "on_time_share_of_closed": ("结案及时率", "up"),
    "handling_rate": ("处置率", "up"), "on_time_handling_rate": ("按期处置率", "up"),
    "overdue_pending_rate": ("超期待处置率", "down"), "accurate_dispatch_rate": ("派遣准确率", "up"),
    "on_time_dispatch_rate": ("按时派遣率", "up"), "claim_on_time_rate": ("按时签收率", "up"),
    "self_handling_rate": ("自行处置率", "up"), "rework_rate": ("返工率", "down"), "return_rate": ("回退率", "down"),
    "extension_rate": ("延期率", "down"), "escalation_rate": ("升级率", "down"), "satisfaction_rate": ("满意率", "up"),
    "service_share": ("服务占比", None), "management_share": ("管理占比", None),
    "enforcement_share": ("执法占比", None),
    "median_hours_to_claim": ("签收用时中位数", "down"), "p90_hours_to_claim": ("签收用时 90 分位", "down"),
    "median_hours_to_handle": ("处置用时中位数", "down"), "p90_hours_to_handle": ("处置用时 90 分位", "down"),
    "median_hours_to_close": ("结案用时中位数", "down"), "p90_hours_to_close": ("结案用时 90 分位", "down"),

    "within_level_3": ("不出网格率", "up"), "within_level_2": ("不出村率", "up"), "within_level_1": ("不出镇率", "up"),
}  # fmt: skip


@cache
def counted() -> dict[str, list[int]]:
    """How many each measure counts, per leaf from -1 on, by the slow computation."""
    found = {one.name: [0] * 13 for one in MEASURES}
    for one in map(whole_seconds, STATES):
        for name in slow.measures(one, **ASKED):
            found[name][one.leaf + 1] += 1
    return found


@cache
def expected() -> list[dict[str, tuple[float | None, int]]]:
    """Every KPI of the city and of every town, by the slow computation."""
    towns = [SYSTEM.find(str(wire)) for wire in TOWNS.ids]
    kept = [whole_seconds(one) for one in STATES]
    area = sum(town.area_m2 for town in towns) / 1e6
    return [slow.kpis(kept, area_km2=area, population=None, **ASKED)] + [
        slow.kpis(
            [one for one in kept if town.lo <= one.leaf < town.hi],
            area_km2=town.area_m2 / 1e6, population=town.population, **ASKED,
        )
        for town in towns
    ]  # fmt: skip


def measured(one: Measure) -> list[int]:
    counts = QUESTION.count(VIEW, (one,))
    return [int(counts.unlocated[0]), *counts.by_leaf[0].tolist()]


def values(one: Kpi) -> list[Any]:
    counts = QUESTION.count(VIEW, MEASURES)
    found = [answer(one, VIEW, counts, places, QUESTION).value for places in (TOTAL, TOWNS)]
    return [None if np.isnan(value) else pytest.approx(value, abs=1e-9) for value in np.concatenate(found)]


@pytest.mark.parametrize("one", MEASURES, ids=lambda one: one.name)
def test_measure(one: Measure):
    assert measured(one) == counted()[one.name]
    assert any(counted()[one.name]), "this history says nothing about it"


@pytest.mark.parametrize("one", KPIS, ids=lambda one: one.key)
def test_kpi(one: Kpi):
    assert values(one) == [place[one.key][0] for place in expected()]
    assert (one.zh, one.better) == DECLARED[one.key]


def test_nothing_is_declared_twice_or_not_at_all():
    assert [one.key for one in KPIS] == list(dict.fromkeys(one.key for one in KPIS))
    assert {one.key for one in KPIS} == set(DECLARED)
    assert len({one.name for one in MEASURES}) == len(MEASURES)


def changed_measures(one: Measure) -> Iterator[Measure]:
    holds = one.holds
    if holds is not None:
        yield replace(one, holds=None)
        yield replace(one, holds=lambda rows: ~holds(rows))
    for column in TIME_COLUMNS:
        # What the log learned when is another clock, and stands beside the others.
        if one.placed_by not in (None, column) and column not in ("last_at", "recorded_at"):
            yield replace(one, placed_by=column)


@pytest.mark.parametrize("one", MEASURES, ids=lambda one: one.name)
def test_a_change_of_a_measure_is_noticed(one: Measure):
    """Another predicate or another time column comes to other counts than the definition."""
    for other in changed_measures(one):
        assert measured(other) != counted()[one.name], (other.placed_by, other.holds is None)


def changed_kpis(one: Kpi) -> Iterator[Kpi]:
    if one.between is not None:
        start, end = one.between
        yield replace(one, quantile=1 - one.quantile if one.quantile != 0.5 else 0.6)
        yield replace(one, between=(end, start))
        yield replace(one, between=("verified_at", end))
        yield replace(one, numerator="closed" if one.numerator != "closed" else "handled")
        return
    names = [measure.name for measure in MEASURES]
    above = [name for name in names if name != one.numerator and (one.numerator, name) not in THE_SAME]
    yield from (replace(one, numerator=name) for name in above)
    if one.denominator is not None:
        others = [*names, AREA, PEOPLE]
        yield from (replace(one, denominator=name) for name in others if name != one.denominator)


@pytest.mark.parametrize("one", KPIS, ids=lambda one: one.key)
def test_a_change_of_a_formula_is_noticed(one: Kpi):
    """Another measure above or below the line comes to other values than the definition."""
    right = [place[one.key][0] for place in expected()]
    for other in changed_kpis(one):
        assert values(other) != right, (other.numerator, other.denominator, other.between)
