"""Clocks: what each step says about them, and what holds for any dispatch at any time."""

import math
from datetime import datetime, time, timedelta
from typing import Any

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.calendar.limits import CategoryLimits, Limit, Limits
from data.calendar.work_calendar import WorkCalendar
from data.errors import StepInvalid
from data.incidents.clocks import Clocks
from tests.unit.incidents.clock_case import SHANGHAI, Case, at, claimed, dispatched

CALENDAR = WorkCalendar.load("jiangyin")
CLOCKS = Clocks(CALENDAR)

moments = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minute: datetime(2024, 6, 1, tzinfo=SHANGHAI) + timedelta(minutes=minute)
)
spans = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=30))
limits_said = st.one_of(st.integers(1, 15).map(lambda n: f"{n}d"), st.floats(0.25, 40).map(lambda n: f"{n:.2f}h"))


def opened(clocks: Clocks = CLOCKS) -> Case:
    case = Case(clocks)
    case.take("reported", at("2026-06-08 09:00"))
    return case


def test_which_clock_runs_from_report_to_closing() -> None:
    case = opened()
    assert case.clock[0] == at("2026-06-08 11:00")  # dispatch: 2 h
    for kind in ("verified", "filed", "located", "noted", "urged", "attached", "reassigned", "categorised"):
        assert case.take(kind, at("2026-06-08 09:10")) == {}
    assert set(case.take("dispatched", at("2026-06-08 09:30"))) == {"due_claim_at", "due_at", "finish_limit", "clock"}
    assert case.state.finish_limit == "5d"
    assert case.clock[0] == case.state.due_claim_at == at("2026-06-08 15:30")
    assert set(case.take("claimed", at("2026-06-08 10:00"))) == {"clock"}
    assert case.clock[0] == case.state.due_at == at("2026-06-15 17:30")
    case.take("handled", at("2026-06-09 10:00"))
    assert case.clock[0] == at("2026-06-11 17:30")  # check and close: 2 d
    assert case.take("checked", at("2026-06-09 11:00")) == {}
    assert case.take("closed", at("2026-06-09 11:30")) == {"clock": None}
    assert case.light(at("2026-06-20 10:00")).colour == "none"


@pytest.mark.parametrize("kind", ["closed", "voided", "merged"])
def test_the_end_stops_all_clocks(kind: str) -> None:
    assert opened().take(kind, at("2026-06-08 10:00")) == {"clock": None}


@pytest.mark.parametrize("kind", ["returned", "escalated"])
def test_what_comes_back_is_to_be_dispatched_again(kind: str) -> None:
    case = claimed(CLOCKS, at("2026-06-08 09:00"), at("2026-06-08 10:00"))
    case.take(kind, at("2026-06-09 09:00"))
    assert case.clock == (at("2026-06-09 11:00"), at("2026-06-09 10:30"))


def test_self_handled_is_to_be_checked() -> None:
    case = opened()
    case.take("self_handled", at("2026-06-08 10:00"))
    assert case.clock[0] == at("2026-06-10 17:30")
    # Nobody gave it a deadline yet: the rework does.
    case.take("reworked", at("2026-06-09 10:00"))
    assert case.clock[0] == case.state.due_at == at("2026-06-16 17:30")


def test_a_rework_goes_on_with_the_old_deadline_unless_it_says_another() -> None:
    case = claimed(CLOCKS, at("2026-06-05 18:20"), at("2026-06-08 09:00"))
    before = case.clock
    case.take("handled", at("2026-06-09 10:00"))
    assert case.take("reworked", at("2026-06-10 10:00")).keys() == {"clock"}
    assert case.clock == before
    case.take("handled", at("2026-06-11 10:00"))
    case.take("reworked", at("2026-06-11 14:00"), due_at="2026-06-16T15:00:00+08:00")
    assert case.state.due_at == case.clock[0] == at("2026-06-16 15:00")


def test_what_was_handled_keeps_its_deadlines_when_it_is_suspended() -> None:
    case = claimed(CLOCKS, at("2026-06-05 18:20"), at("2026-06-08 09:00"))
    case.take("handled", at("2026-06-15 10:00"))  # late: it was due on Friday
    case.take("suspended", at("2026-06-15 11:00"))
    assert case.take("resumed", at("2026-06-29 10:00")).keys() == {"clock"}
    assert case.state.due_at == at("2026-06-12 17:30")
    assert case.clock[0] == at("2026-07-01 17:30")  # two days were left to check


def test_a_claim_deadline_that_was_met_stays() -> None:
    case = claimed(CLOCKS, at("2026-06-05 18:20"), at("2026-06-08 09:00"))
    case.take("suspended", at("2026-06-08 10:00"))
    assert "due_claim_at" not in case.take("resumed", at("2026-06-10 10:00"))


def test_deadlines_by_hand_win_and_are_said_in_the_citys_zone() -> None:
    case = Case(CLOCKS)
    case.take("reported", at("2026-06-08 09:00"))
    found = case.take(
        "dispatched", at("2026-06-08 09:00"), due_claim_at="2026-06-08T02:00:00Z", due_at="2026-06-09T02:00:00+00:00"
    )
    assert found["due_claim_at"] == "2026-06-08T10:00:00+08:00"
    assert found["due_at"] == "2026-06-09T10:00:00+08:00"
    assert "finish_limit" not in found
    # Resumed with deadlines by hand as well.
    case.take("suspended", at("2026-06-08 09:30"))
    case.take("resumed", at("2026-06-08 15:00"), due_at="2026-06-08T08:00:00Z")
    assert case.state.due_at == at("2026-06-08 16:00")
    assert case.clock[0] == case.state.due_claim_at == at("2026-06-08 15:30")  # half an hour was left


def test_a_deadline_by_hand_within_a_day_counts_in_office_hours() -> None:
    case = claimed(CLOCKS, at("2026-06-08 09:00"), at("2026-06-08 09:10"), due_at="2026-06-10T10:00:00+08:00")
    case.take("suspended", at("2026-06-10 09:00"))
    case.take("resumed", at("2026-06-12 17:00"))
    assert case.state.due_at == at("2026-06-15 09:00")  # 0.5 h on Friday, 0.5 h on Monday


def test_nobody_may_claim_later_than_he_must_have_finished() -> None:
    case = dispatched(CLOCKS, at("2026-06-08 09:00"), finish_limit="2h")
    assert case.state.due_claim_at == case.state.due_at == at("2026-06-08 11:00")


def test_the_finish_clock_runs_from_the_start_where_it_ends_first() -> None:
    case = dispatched(
        CLOCKS, at("2026-06-08 09:00"), due_claim_at="2026-06-09T09:00:00+08:00", due_at="2026-06-08T11:00:00+08:00"
    )
    assert case.clock == (at("2026-06-08 11:00"), at("2026-06-08 10:30"))
    # Extended beyond the claim, the claim comes first.
    case.take("extended", at("2026-06-08 10:00"), days=3)
    assert case.clock[0] == at("2026-06-09 09:00")


@pytest.mark.parametrize("limit", ["5", "0d", "1.5d", "-1h", "0h", "9999h", "400d", "five days", "5 d", "5d "])
def test_impossible_limits_of_a_dispatch(limit: str) -> None:
    with pytest.raises(StepInvalid) as caught:
        dispatched(CLOCKS, at("2026-06-08 09:00"), finish_limit=limit)
    assert caught.value.values["field"] == "finish_limit"


def test_a_step_centuries_away_is_invalid() -> None:
    with pytest.raises(StepInvalid) as caught:
        CLOCKS.detail(None, "reported", at("1850-01-01 10:00"), {}, "")
    assert caught.value.values["field"] == "at"


def test_limits_and_share_of_the_category_count() -> None:
    quick = CategoryLimits(Limit(1, "h"), Limit(1, "d"), yellow_share=0.5, claim=Limit(0.5, "h"), finish=Limit(2, "h"))
    clocks = Clocks(CALENDAR, Limits("test", CategoryLimits(), by_code={"0403": quick}))
    case = Case(clocks, "0403")
    case.take("reported", at("2026-06-08 09:00"))
    assert case.clock == (at("2026-06-08 10:00"), at("2026-06-08 09:30"))
    case.take("dispatched", at("2026-06-08 09:00"))
    assert (case.state.due_claim_at, case.state.due_at) == (at("2026-06-08 09:30"), at("2026-06-08 11:00"))
    assert case.state.finish_limit == "2h"
    case.take("claimed", at("2026-06-08 09:10"))
    assert case.clock[1] == at("2026-06-08 10:00")
    light = case.light(at("2026-06-08 10:30"))
    assert (light.colour, light.share_left) == ("yellow", 0.25)
    case.take("handled", at("2026-06-08 10:40"))
    assert case.clock[0] == at("2026-06-09 17:30")


def test_a_share_of_nothing_is_never_yellow() -> None:
    clocks = Clocks(CALENDAR, Limits("test", CategoryLimits(yellow_share=0.0)))
    case = claimed(clocks, at("2026-06-05 18:20"), at("2026-06-08 09:00"))
    assert case.clock[1] == case.clock[0]
    light = case.light(at("2026-06-12 17:29"))
    assert (light.colour, light.share_left) == ("none", None)


def test_incidents_of_old_logs_without_clocks() -> None:
    case = Case(CLOCKS)
    case.opened = True
    case.state.stage = "handled"
    assert case.light(at("2026-06-08 09:00")).colour == "none"
    assert case.take("suspended", at("2026-06-08 09:00")) == {"left": {}}
    case.take("resumed", at("2026-06-08 10:00"))
    assert case.clock[0] == at("2026-06-10 17:30")
    case.state.stage = "claimed"
    case.take("extended", at("2026-06-08 10:00"), days=1)
    assert case.state.due_at == case.clock[0] == at("2026-06-09 17:30")


@settings(max_examples=150, deadline=None)
@given(start=moments, limit=limits_said, claim_after=st.none() | spans, gap=spans)
def test_suspended_and_resumed_at_once_changes_nothing(
    start: datetime, limit: str, claim_after: timedelta | None, gap: timedelta
) -> None:
    case = dispatched(CLOCKS, start, finish_limit=limit)
    if claim_after is not None:
        case.take("claimed", start + claim_after)
    now = start + (claim_after or timedelta()) + gap
    before = (*case.clock, case.state.due_claim_at, case.state.due_at)
    case.take("suspended", now)
    case.take("resumed", now)
    assert (*case.clock, case.state.due_claim_at, case.state.due_at) == before


@settings(max_examples=200, deadline=None)
@given(start=moments, limit=limits_said, gap=spans, pause=spans)
def test_what_was_left_is_left(start: datetime, limit: str, gap: timedelta, pause: timedelta) -> None:
    case = claimed(CLOCKS, start, start, finish_limit=limit)
    stop, go, old = start + gap, start + gap + pause, case.state.due_at
    left = case.take("suspended", stop)["left"]
    case.take("resumed", go)
    new = case.state.due_at
    assert new >= old
    if old < stop or limit.endswith("h"):
        assert math.isclose(CALENDAR.hours_between(go, new), CALENDAR.hours_between(stop, old), abs_tol=1e-9)
    else:
        assert new == CALENDAR.close_from(new) >= go
        days = CALENDAR.days_between(go, new)
        # With none left, today's close if it is still ahead, else tomorrow's.
        assert days == left["finish_working_days"] or (left["finish_working_days"], days) == (0, 1)
    if new != go:
        assert (case.light(go).colour == "red") == (old < stop)


@settings(max_examples=150, deadline=None)
@given(start=moments, limit=limits_said, gap=spans, pause=spans, more=spans)
def test_resuming_later_never_ends_earlier(
    start: datetime, limit: str, gap: timedelta, pause: timedelta, more: timedelta
) -> None:
    ends = []
    for go in (start + gap + pause, start + gap + pause + more):
        case = claimed(CLOCKS, start, start, finish_limit=limit)
        case.take("suspended", start + gap)
        case.take("resumed", go)
        ends.append((case.clock[0], case.clock[1]))
    assert ends[0][0] <= ends[1][0]
    assert ends[0][1] <= ends[1][1]


def slow_close(base: datetime, days: int) -> datetime:
    """Count one day at a time; winter closes at 17:00."""
    day = base.astimezone(SHANGHAI).date()
    while days:
        day += timedelta(days=1)
        days -= chinese_calendar.is_workday(day)
    return datetime.combine(day, time(17, 30) if 5 <= day.month <= 9 else time(17), tzinfo=SHANGHAI)


@settings(max_examples=150, deadline=None)
@given(start=moments, gap=spans, days=st.integers(1, 10))
def test_extending_by_days_equals_counting_one_at_a_time(start: datetime, gap: timedelta, days: int) -> None:
    case = claimed(CLOCKS, start, start)
    old, now = case.state.due_at, start + gap
    case.take("extended", now, days=days)
    assert case.state.due_at == slow_close(max(old, now), days)
    assert case.state.due_at > max(old, now)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), start=moments, limit=limits_said)
def test_yellow_comes_before_red_whatever_happens(data: st.DataObject, start: datetime, limit: str) -> None:
    case, now = dispatched(CLOCKS, start, finish_limit=limit), start
    for kind in ("claimed", "extended", "suspended", "resumed", "handled", "suspended", "resumed", "reworked"):
        now += data.draw(spans)
        said: dict[str, Any] = {"days": 2} if kind == "extended" else {}
        case.take(kind, now, **said)
        due, yellow = case.clock
        assert yellow <= due
        if case.state.suspended or CALENDAR.hours_between(yellow, due) == 0:
            continue
        assert case.light(yellow - timedelta(microseconds=1)).colour == "none"
        assert case.light(yellow).colour == case.light(due).colour == "yellow"
        assert case.light(due + timedelta(microseconds=1)).colour == "red"


@settings(max_examples=150, deadline=None)
@given(start=moments, limit=limits_said, gap=spans, pause=spans)
def test_a_quarter_is_left_when_it_turns_yellow(start: datetime, limit: str, gap: timedelta, pause: timedelta) -> None:
    case = dispatched(CLOCKS, start, finish_limit=limit)
    for due_name in ("due_claim_at", "due_at"):
        due, yellow = case.clock
        assert due == getattr(case.state, due_name)
        whole_h = CALENDAR.hours_between(start, due)
        assert math.isclose(CALENDAR.hours_between(yellow, due), whole_h / 4, abs_tol=1e-9)
        assert math.isclose(case.light(start).share_left or 0.0, 1.0, abs_tol=1e-6)
        case.take("claimed", start)
    # Suspended before it is claimed: the pause is no time to work, so the quarter stays as long.
    other = dispatched(CLOCKS, start, finish_limit=limit)
    other.take("suspended", start + gap)
    other.take("resumed", start + gap + pause)
    other.take("claimed", start + gap + pause)
    assert math.isclose(CALENDAR.hours_between(*reversed(other.clock)), whole_h / 4, abs_tol=1e-9)
