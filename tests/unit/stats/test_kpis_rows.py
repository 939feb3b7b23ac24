"""Rows by source, category and unit, the split by means, and the incidents behind each number."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.tables.kpi_csv import kpis_csv
from data.access.scope import Scope
from data.errors import QueryInvalid
from data.incidents.model import State
from data.stats.measures.chance import split_against
from data.stats.measures.grouping import DIMENSIONS, Dimension
from data.stats.measures.kpi_rows import all_kpis, all_measures, kpi_groups, kpi_rows
from data.stats.measures.kpis import KpiValues, kpi, level_kpis, measures_of, rounded_shares
from data.stats.measures.question import Question
from data.stats.picture.cases import cases
from data.words import MEANS
from tests.unit.stats import slow
from tests.unit.stats.cities import (
    CITY,
    NOON,
    asked,
    histories,
    history,
    make_edition,
    make_system,
    view_of,
    whole_seconds,
)

SYSTEM = make_system()
EDITION = make_edition(SYSTEM)


@given(histories(), asked(), st.sampled_from(DIMENSIONS), st.sampled_from([None, "1:T1", "2:V4"]))
@settings(max_examples=30, deadline=None)
def test_rows_by_source_category_and_unit_equal_the_slow_computation_and_add_up(
    states: list[State], question: dict[str, Any], by: Dimension, within: str | None
):
    answered = kpi_groups(
        view_of(states), edition=EDITION, by=by, question=Question(**question, scope=CITY), within=within
    )
    grid = None if within is None else SYSTEM.find(within)
    seen = [one for one in map(whole_seconds, states) if grid is None or grid.lo <= one.leaf < grid.hi]
    for row in answered["rows"]:
        mine = [one for one in seen if getattr(one, by) == row["code"]]
        for name, numerator_denominator in slow.RATES.items():
            held = [slow.measures(one, **question) for one in mine]
            expected = tuple(sum(part in one for one in held) for part in numerator_denominator)
            entry = row["kpis"][name]
            assert (entry["numerator"], entry["denominator"]) == expected, name
    codes = [row["code"] for row in answered["rows"]]
    assert codes == sorted(set(codes))
    for name, total in answered["total"]["measures"].items():
        assert sum(row["measures"][name] for row in answered["rows"]) == total, name


def test_a_filter_leaves_only_its_own_rows():
    view, question = view_of(history(3, 200)), question_of_all()
    only = replace(question, category=("0101", "none such"), source="grid")
    assert [row["code"] for row in kpi_groups(view, edition=EDITION, by="category", question=only)["rows"]] == ["0101"]
    assert [row["code"] for row in kpi_groups(view, edition=EDITION, by="source", question=only)["rows"]] == ["grid"]
    squad = replace(question, unit="squad")
    assert [row["code"] for row in kpi_groups(view, edition=EDITION, by="unit", question=squad)["rows"]] == ["squad"]
    assert kpi_groups(view_of([]), edition=EDITION, by="source", question=question)["rows"] == []


def test_units_go_by_their_names_and_what_is_behind_their_numbers_is_found():
    view, question = view_of(history(3, 400)), question_of_all()
    rows = kpi_groups(view, edition=EDITION, by="unit", question=question, names={"squad": "一中队"})["rows"]
    assert [(row["code"], row["name"]) for row in rows] == [
        ("", ""), ("T1-team", "T1-team"), ("grid:3:L03", "grid:3:L03"), ("squad", "一中队"),
    ]  # fmt: skip
    for row in rows:
        of_it = replace(question, unit=row["code"])
        assert len(cases(view, edition=EDITION, asked="closed", question=of_it)) == row["measures"]["closed"] > 0


def test_rows_of_a_part_of_the_city_count_nothing_outside_it():
    view, question = view_of(history(3, 400)), question_of_all()
    part = replace(question, scope=Scope.of([(4, 8)], "leader"))
    answered = kpi_groups(view, edition=EDITION, by="unit", question=part)
    inside = kpi_rows(view, edition=EDITION, level=1, question=question, within="1:T1")["total"]
    assert answered["total"]["measures"] == inside["measures"]
    for name, total in answered["total"]["measures"].items():
        assert sum(row["measures"][name] for row in answered["rows"]) == total, name


def question_of_all() -> Question:
    return Question(NOON + timedelta(hours=12), NOON - timedelta(days=3), NOON + timedelta(days=1), CITY)


@given(histories(), asked(), st.sampled_from([None, "1:T0", "2:V1", "3:L03"]))
@settings(max_examples=30, deadline=None)
def test_the_list_behind_every_number_is_as_long_as_the_number(
    states: list[State], question: dict[str, Any], within: str | None
):
    view, whole = view_of(states), Question(**question, scope=CITY)
    total = kpi_rows(view, edition=EDITION, level=1, question=whole, within=within)["total"]
    grid = None if within is None else SYSTEM.find(within)
    mine = whole if grid is None else whole.narrowed(grid.lo, grid.hi)
    seen = {one.id: slow.measures(one, **question) for one in map(whole_seconds, states) if mine.scope.sees(one.leaf)}
    for measure in all_measures(EDITION):
        found = cases(view, edition=EDITION, asked=measure.name, question=mine).tolist()
        assert found == sorted(number for number, held in seen.items() if measure.name in held), measure.name
        assert len(found) == total["measures"][measure.name], measure.name
    for one in all_kpis(EDITION):
        found = cases(view, edition=EDITION, asked=one.key, question=mine)
        assert len(found) == total["kpis"][one.key]["numerator"], one.key


def test_cases_of_nothing_known_are_refused():
    with pytest.raises(QueryInvalid, match="no measure and no KPI 'happiness'"):
        cases(view_of([]), edition=EDITION, asked="happiness", question=question_of_all())


def test_the_split_by_means_stands_beside_each_row():
    answered = kpi_rows(view_of(history(5, 1500)), edition=EDITION, level=1, question=question_of_all())
    rows = answered["rows"]
    assert answered["means_target"] == [0.7, 0.2, 0.1]
    split = split_against(np.array([[row["measures"][means] for means in MEANS] for row in rows]))
    for at, row in enumerate(rows):
        assert row["means"]["counts"] == split.counts[at].tolist()
        assert row["means"]["distance"] == pytest.approx(split.distance[at], abs=1e-6)
        # Means are drawn alike in these histories, a third each: far from 70/20/10.
        assert row["means"]["more_than_chance"]
        assert row["means"]["p_adjusted"] == pytest.approx(split.p_adjusted[at], abs=1e-6)


def test_levels_go_by_the_names_of_the_edition():
    named = {one.key: (one.zh, one.en) for one in level_kpis(3, EDITION.level_names)}
    assert list(named) == ["within_level_3", "within_level_2", "within_level_1"]
    assert named["within_level_3"] == ("不出网格率", "Closed within Grids")
    assert level_kpis(1)[0].zh == "不出1级网格率"
    assert kpi("within_level_2").numerator == "closed_within_level_2"
    assert {one.name for one in measures_of(kpi("within_level_2"))} == {"closed", "closed_within_level_2"}
    for none in ("within_level_0", "within_level_10", "within_level_x", "within_level_"):
        with pytest.raises(QueryInvalid, match="no KPI"):
            kpi(none)


def test_the_shares_of_the_three_means_add_up_in_every_row_and_file():
    answered = kpi_rows(view_of(history(5, 900)), edition=EDITION, level=3, question=question_of_all())
    heads, *body = csv.reader(io.StringIO(kpis_csv(answered)))
    off = 0
    for row, line in zip(answered["rows"], body, strict=True):
        shares = [row["kpis"][f"{means}_share"]["value"] for means in MEANS]
        in_file = [line[heads.index(f"{means}_share")] for means in MEANS]
        if not row["measures"]["closed"]:
            assert shares == [None] * 3
            assert in_file == [""] * 3
            continue
        assert sum(round(1e6 * share) for share in shares) == sum(Decimal(text) for text in in_file) * 10**6 == 10**6
        off += sum(round(1e6 * row["measures"][means] / row["measures"]["closed"]) for means in MEANS) != 10**6
    assert off, "rounded one by one they would add up as well: nothing was tried"


def test_what_no_means_names_is_a_part_of_its_own():
    one = of_means(5, [1, 1, 1], 7)
    assert [round(share.tolist()[0], 6) for share in rounded_shares(one, 3)] == [0.143, 0.143, 0.143]


def of_means(places: int, counts: list[int], closed: int) -> list[KpiValues]:
    denominator = np.full(places, float(closed))
    return [KpiValues(np.full(places, n / closed), np.full(places, n), denominator) for n in counts]
