"""The league table of a city, from incidents to ranks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.errors import QueryInvalid
from data.incidents.model import State
from data.stats.measures.assessment import Assessment
from data.stats.measures.league_table import league_table, previous_period
from data.stats.measures.question import Question
from tests.unit.stats.cities import CITY, NOON, ZONE, history, make_edition, make_system, state, view_of

SYSTEM = make_system()
EDITION = make_edition(SYSTEM)
ASSESSMENT = Assessment.load("jiangyin")
MONTH = Question(NOON, NOON - timedelta(days=30), NOON + timedelta(seconds=1), CITY)


def reported(first: int, leaf: int, count: int, closed: int, days_ago: int = 5, unit: str = "") -> list[State]:
    at = NOON - timedelta(days=days_ago)
    return [
        state(first + i, at, leaf=leaf, unit=unit, closed_at=at + timedelta(hours=1) if i < closed else None)
        for i in range(count)
    ]


def table(states: list[State], **asked: Any) -> dict[str, Any]:
    asked = {"edition": EDITION, "level": 1, "question": MONTH, "assessment": ASSESSMENT, "zone": ZONE} | asked
    return league_table(view_of(states), **asked)


def test_towns_by_a_rate_this_month_and_the_month_before():
    """Town 1 falls from the first to the second rank; town 2 has one case, and is not ranked."""
    states = [
        *reported(1, 0, 40, 39), *reported(100, 4, 40, 20), *reported(200, 8, 1, 1),
        *reported(300, 0, 20, 10, days_ago=40), *reported(400, 4, 20, 19, days_ago=40),
    ]  # fmt: skip
    found = table(states, kpi="closing_rate")
    assert [(row["name"], row["rank"], row["change"], row["list"]) for row in found["rows"]] == [
        ("镇0", 1, 1, "red"), ("镇1", 2, -1, "black"), ("镇2", None, None, None),
    ]  # fmt: skip
    assert found["rows"][2]["reason"] == "too_few"
    assert found["overall"] == pytest.approx(60 / 81, abs=1e-6)
    assert found["by"]["key"] == "closing_rate"


def test_a_score_shows_the_shares_it_is_made_of():
    found = table(history(11, 2000), score="handling")
    for row in found["rows"]:
        parts = row["parts"]
        expected = (
            parts["handling_rate"] * 30 + parts["on_time_handling_rate"] * 20 + (1 - parts["rework_rate"]) * 20
            + (1 - parts["overdue_pending_rate"]) * 20 + (1 - parts["extension_rate"]) * 10
        )  # fmt: skip
        assert row["value"] == pytest.approx(expected, abs=1e-4)
    assert found["by"]["full"] == 100


def test_within_a_town_only_its_own_are_compared():
    states = [*reported(1, 0, 40, 39), *reported(100, 4, 40, 20), *reported(200, 6, 40, 30)]
    found = table(states, kpi="closing_rate", level=2, within="1:T1")
    assert [(row["name"], row["rank"]) for row in found["rows"]] == [("村3", 1), ("村2", 2)]
    assert found["overall"] == pytest.approx(50 / 80)
    assert found["within"] == "1:T1"


def test_units_by_a_rate_wherever_their_cases_lie_this_month_and_the_month_before():
    """The squad was first and is last of the two; the team new this month has no rank of before."""
    states = [
        *reported(1, 0, 20, 4, unit="squad"), *reported(50, 8, 20, 6, unit="squad"),
        *reported(100, 4, 40, 30, unit="team"), *reported(200, 4, 30, 0),
        *reported(300, 0, 20, 19, days_ago=40, unit="squad"), *reported(400, 4, 20, 10, days_ago=40, unit="gone"),
        *reported(500, 4, 9, 9, unit="grid:3:L04"),
    ]  # fmt: skip
    units = {"squad": "一中队", "team": "执法大队", "idle": "闲"}
    found = table(states, kpi="closing_rate", level=None, units=units)
    assert (found["of"], found["level"]) == ("units", None)
    assert [(row["id"], row["name"], row["rank"], row["previous_rank"], row["reason"]) for row in found["rows"]] == [
        ("team", "执法大队", 1, None, None), ("squad", "一中队", 2, 1, None), ("idle", "闲", None, None, "no_data"),
    ]  # fmt: skip
    assert found["overall"] == pytest.approx(40 / 80)
    town = table(states, kpi="closing_rate", level=None, units=units, within="1:T0")
    assert [(row["id"], row["sample"]) for row in town["rows"]] == [("squad", 20), ("team", 0), ("idle", 0)]


def test_the_score_of_a_unit_is_that_of_its_own_cases():
    states = history(11, 2000)
    found = table(states, score="handling", level=None, units={"squad": "一中队"})
    alone = table(
        [one for one in states if one.unit == "squad"], score="handling", level=None, units={"squad": "一中队"}
    )
    assert found["rows"] == alone["rows"]
    assert found["overall"] == found["rows"][0]["value"]


@pytest.mark.parametrize("by", [{}, {"kpi": "closing_rate", "score": "handling"}])
def test_one_measure_must_be_given(by: dict[str, str]):
    with pytest.raises(QueryInvalid, match="give a KPI or a score"):
        table([], **by)


@pytest.mark.parametrize(
    ("since", "until", "earlier"),
    [
        ("2026-11-01", "2026-12-01", "2026-10-01"),  # 30 days after 31
        ("2026-03-01", "2026-04-01", "2026-02-01"),
        ("2026-01-01", "2026-04-01", "2025-10-01"),
        ("2026-01-01", "2027-01-01", "2025-01-01"),
        ("2026-11-01", "2026-11-22", "2026-10-11"),
        ("2026-11-02", "2026-12-02", "2026-10-03"),
    ],
)
def test_the_period_before(since: str, until: str, earlier: str):
    at = [datetime.fromisoformat(text).replace(tzinfo=ZONE) for text in (since, until, earlier)]
    asked = replace(MONTH, moment=at[1] + timedelta(days=2), since=at[0].astimezone(UTC), until=at[1].astimezone(UTC))
    before = previous_period(asked, ZONE)
    assert (before.since, before.until) == (at[2], at[0])
    assert before.moment == at[0] + timedelta(days=2)
    assert replace(before, moment=asked.moment, since=asked.since, until=asked.until) == asked
