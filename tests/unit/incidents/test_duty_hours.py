"""Hours of duty: what may be written, and what it means."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.calendar.duty_hours import WEEK_MINUTES, DutyHours
from tests.unit.incidents.slow_directory import HOURS

MONDAY = datetime(2026, 11, 16)  # noqa: DTZ001  # weekday and time of day only


@pytest.mark.parametrize("text", HOURS)
def test_every_minute_of_the_week(text: str) -> None:
    hours = DutyHours.parse(text)
    for minute in range(WEEK_MINUTES):
        at = MONDAY + timedelta(minutes=minute)
        assert hours.holds(minute) == HOURS[text](at.weekday(), at.strftime("%H:%M")), at


@given(
    days=st.sets(st.integers(0, 6), min_size=1),
    spans=st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 1440)), min_size=1, max_size=4),
)
def test_any_hours_against_a_table_of_minutes(days: set[int], spans: list[tuple[int, int]]) -> None:
    names = ["mon", "周二", "wed", "thu", "周五", "sat", "sun"]
    spans = [(start, end) for start, end in spans if start != end] or [(0, 1440)]
    written = " ".join(f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}" for start, end in spans)
    there = [False] * WEEK_MINUTES
    for day in days:
        for start, end in spans:
            for minute in range(start, end if end > start else end + 1440):
                there[(day * 1440 + minute) % WEEK_MINUTES] = True
    hours = DutyHours.parse(f"{','.join(names[day] for day in sorted(days))} {written}")
    assert [hours.holds(minute) for minute in range(WEEK_MINUTES)] == there


def test_days_may_run_over_the_end_of_the_week() -> None:
    assert DutyHours.parse("sat-mon 09:00-10:00") == DutyHours.parse("mon,sat,sun 9:00-10:00")
    assert DutyHours.parse("周一-周五 08:00-09:00") == DutyHours.parse("MON-FRI 08:00-09:00")


def test_always() -> None:
    assert DutyHours.parse("  ").always
    assert DutyHours.parse("00:00-24:00").always
    assert DutyHours.parse("00:00-12:00 12:00-00:00").always
    assert not DutyHours.parse("00:00-23:59").always


@pytest.mark.parametrize(
    "text",
    ["mon", "mon-", "08:00", "8-12", "08:00-25:00", "24:00-08:00", "08:60-09:00", "08:00-08:00", "noon 08:00-09:00",
     "08:00-09:00 mon", "mon-fri 08:00-09:00;", "mon 08:00-09:00 tue 10:00-11:00", "08:00-09:00,10:00-11:00"],
)  # fmt: skip
def test_what_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no|clock|empty"):
        DutyHours.parse(text)
