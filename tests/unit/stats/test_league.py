"""The league table against a slow one in plain Python, and its promises one by one."""

import string
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import QueryInvalid
from data.stats.measures.intervals import wilson
from data.stats.measures.kpis import KpiValues, kpi
from data.stats.measures.league import LeagueRules, Measured, league_rows
from data.stats.measures.places import Places

ON_TIME, REWORK = kpi("on_time_closing_rate"), kpi("rework_rate")


def places(count: int) -> Places:
    at = np.arange(count)
    names = tuple(string.ascii_uppercase[i] for i in range(count))
    return Places(tuple(f"1:{i}" for i in range(count)), names, at, at + 1, np.ones(count), np.ones(count))


def measured(pairs: list[tuple[int, int]], better: str = "up") -> Measured:
    hits, cases = np.array([k for k, _ in pairs]), np.array([float(n) for _, n in pairs])
    with np.errstate(invalid="ignore"):
        values = KpiValues(hits / np.where(cases > 0, cases, np.nan), hits, cases)
    return Measured.of_share(ON_TIME if better == "up" else REWORK, values, 0.95)


def table(pairs: list[tuple[int, int]], **more: Any) -> list[dict[str, Any]]:
    overall = sum(k for k, _ in pairs) / max(1, sum(n for _, n in pairs))
    return league_rows(places(len(pairs)), measured(pairs, more.pop("better", "up")), overall=overall, **more)


def by_name(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in rows}


def test_one_case_does_not_win():
    rows = table([(1, 1), (190, 200), (150, 200)])
    assert [row["name"] for row in rows] == ["B", "C", "A"]
    assert (rows[2]["rank"], rows[2]["reason"], rows[2]["value"]) == (None, "too_few", 1.0)
    assert rows[2]["low"] < 0.25  # the interval says how little that is


def test_equal_ones_share_a_rank_and_the_next_one_is_not_moved_up():
    rows = table([(45, 50), (90, 100), (50, 50), (40, 50)])
    assert [(row["name"], row["rank"], row["tied"]) for row in rows] == [
        ("C", 1, 0), ("A", 2, 1), ("B", 2, 1), ("D", 4, 0),
    ]  # fmt: skip


def test_less_is_better_where_it_is():
    rows = table([(5, 100), (1, 100), (30, 100)], better="down")
    assert [row["name"] for row in rows] == ["B", "A", "C"]
    assert rows[2]["list"] == "black"


def test_nothing_of_nothing_stands_last_without_a_rank():
    rows = table([(0, 0), (3, 4), (15, 20)])
    assert [(row["name"], row["reason"]) for row in rows] == [("C", None), ("B", "too_few"), ("A", "no_data")]
    assert rows[2]["value"] is rows[2]["low"] is rows[2]["rank"] is None


def test_rank_change_since_the_last_period():
    before = measured([(90, 100), (80, 100), (70, 100), (1, 2)])
    rows = by_name(table([(70, 100), (90, 100), (80, 100), (99, 100)], previous=before))
    assert [(rows[name]["previous_rank"], rows[name]["rank"], rows[name]["change"]) for name in "ABCD"] == [
        (1, 4, -3), (2, 2, 0), (3, 3, 0), (None, 1, None),
    ]  # fmt: skip


def test_only_who_differs_by_more_than_chance_is_on_a_list():
    """Six places alike but for chance: nobody is praised, nobody is blamed."""
    assert {row["list"] for row in table([(88, 100), (92, 100), (90, 100), (89, 100), (91, 100), (90, 100)])} == {None}
    rows = by_name(table([(99, 100), (500, 1000), (20, 100), (12, 12)]))
    assert {name: row["list"] for name, row in rows.items()} == {"A": "red", "B": None, "C": "black", "D": "red"}


def test_lists_are_as_long_as_allowed_and_never_part_equals():
    pairs = [(100, 100), (100, 100), (99, 100), (40, 100), (0, 1000)]
    rows = by_name(table(pairs, rules=LeagueRules(longest_list=1)))
    assert {name for name, row in rows.items() if row["list"] == "red"} == {"A", "B"}
    assert {row["list"] for row in table(pairs, rules=LeagueRules(longest_list=0))} == {None}


def test_without_an_overall_value_nobody_is_on_a_list():
    rows = league_rows(places(2), measured([(99, 100), (1, 100)]), overall=float("nan"))
    assert {row["list"] for row in rows} == {None}


PAIRS = st.lists(st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=12)


@given(PAIRS, st.sampled_from(["up", "down"]), st.integers(1, 20))
def test_equals_a_slow_table(pairs: list[tuple[int, int]], better: str, minimum: int):
    rows = by_name(table(pairs, better=better, rules=LeagueRules(minimum_sample=minimum)))
    playing = {name: pair for name, pair in zip(string.ascii_uppercase, pairs, strict=False) if pair[1] >= minimum}

    def beats(mine: tuple[int, int], theirs: tuple[int, int]) -> bool:
        left, right = mine[0] * theirs[1], theirs[0] * mine[1]
        return left > right if better == "up" else left < right

    def surely_beats(mine: tuple[int, int], theirs: tuple[int, int]) -> bool:
        (low, high), (their_low, their_high) = wilson(*mine), wilson(*theirs)
        return bool(low > their_high if better == "up" else high < their_low)

    for name, row in rows.items():
        if name not in playing:
            assert row["rank"] is row["rank_best"] is row["rank_worst"] is row["list"] is None
            continue
        mine, others = playing[name], [pair for other, pair in playing.items() if other != name]
        assert row["rank"] == 1 + sum(beats(other, mine) for other in others)
        assert row["tied"] == sum(not beats(other, mine) and not beats(mine, other) for other in others)
        assert row["rank_best"] == 1 + sum(surely_beats(other, mine) for other in others)
        assert row["rank_worst"] == len(playing) - sum(surely_beats(mine, other) for other in others)
        assert row["rank_best"] <= row["rank"] <= row["rank_worst"]
        assert 0 <= row["low"] <= row["value"] <= row["high"] <= 1


def test_an_empty_table():
    assert table([]) == []


@pytest.mark.parametrize("key", ["reported", "median_hours_to_close", "open_per_km2", "service_share"])
def test_only_what_has_a_better_end_and_cases_behind_it_is_ranked(key: str):
    values = KpiValues(np.array([1.0]), np.array([1]), None)
    with pytest.raises(QueryInvalid, match="cannot be ranked"):
        Measured.of_share(kpi(key), values, 0.95)


@pytest.mark.parametrize(
    "rules", [{"minimum_sample": 0}, {"longest_list": -1}, {"confidence": 1.0}, {"confidence": float("nan")}]
)
def test_rules_that_cannot_be_are_refused(rules: dict[str, Any]):
    with pytest.raises(QueryInvalid):
        LeagueRules(**rules)
