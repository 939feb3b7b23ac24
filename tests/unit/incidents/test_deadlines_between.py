"""Office time between moments, before moments, and working days between: against slow counting on a paper calendar."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.calendar.work_calendar import WorkCalendar
from data.errors import QueryInvalid

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar.load("jiangyin")
SUMMER = ((time(8, 30), time(12)), (time(14), time(17, 30)))
WINTER = ((time(8, 30), time(12)), (time(14), time(17)))

moments = st.integers(0, 20 * 365 * 24 * 60).map(
    lambda minute: datetime(2005, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minute)
)
hours = st.integers(1, 400 * 3_600_000_000).map(lambda microseconds: microseconds / 3_600_000_000)
spans = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=40))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def spans_of(day: datetime) -> list[tuple[datetime, datetime]]:
    if not chinese_calendar.is_workday(day.date()):
        return []
    season = SUMMER if (5, 1) <= (day.month, day.day) <= (9, 30) else WINTER
    return [tuple(datetime.combine(day.date(), one, tzinfo=SHANGHAI) for one in pair) for pair in season]


def slow_hours(start: datetime, end: datetime) -> timedelta:
    """Day by day, what of each opening lies between the two."""
    worked, day = timedelta(), start
    while day.date() <= end.date():
        for opens, closes in spans_of(day):
            worked += max(min(closes, end) - max(opens, start), timedelta())
        day += timedelta(days=1)
    return worked


@pytest.mark.parametrize(
    ("start", "end", "between"),
    [
        ("2026-06-08 11:00", "2026-06-08 15:00", 2),  # across the lunch break
        ("2026-06-08 12:10", "2026-06-08 13:50", 0),  # within it
        ("2026-06-05 18:20", "2026-06-08 14:30", 4),  # Friday evening
        ("2026-06-05 18:20", "2026-06-08 08:00", 0),  # a whole weekend
        ("2026-06-08 15:00", "2026-06-08 11:00", -2),  # backwards
        ("2025-09-30 16:00", "2025-10-09 11:00", 4),  # 1.5 h in summer, 2.5 h after National Day
        ("2025-10-10 16:00", "2025-10-13 08:30", 7.5),  # 1 h in winter, 6.5 h on the make-up Saturday
        ("2025-12-31 16:00", "2026-01-04 09:30", 2),  # 1 h, New Year, 1 h on the make-up Sunday
        ("2026-04-30 16:00", "2026-05-06 09:00", 1.5),  # 1 h in winter, Labour Day, 0.5 h in summer
    ],
)
def test_hours_between_worked_examples(start: str, end: str, between: float) -> None:
    assert CALENDAR.hours_between(at(start), at(end)) == between


@pytest.mark.parametrize(
    ("end", "back", "start"),
    [
        ("2026-06-08 15:00", 2, "2026-06-08 11:00"),  # across the lunch break
        ("2026-06-08 09:30", 2, "2026-06-05 16:30"),  # across the weekend
        ("2026-06-08 09:30", 1, "2026-06-05 17:30"),  # just the morning's hour: from the close before
        ("2026-06-07 12:00", 1, "2026-06-05 16:30"),  # from a Sunday
        ("2025-10-09 09:30", 2, "2025-09-30 16:30"),  # across National Day into summer hours
        ("2026-02-24 09:30", 2, "2026-02-14 16:00"),  # across Spring Festival, to the make-up Saturday
        ("2026-06-07 12:00", 0, "2026-06-07 12:00"),
    ],
)
def test_subtract_hours_worked_examples(end: str, back: float, start: str) -> None:
    assert CALENDAR.subtract_hours(at(end), back) == at(start)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-06-05 18:20", "2026-06-12 17:30", 5),
        ("2026-06-08 07:00", "2026-06-08 17:30", 0),  # the same day
        ("2026-06-06 10:00", "2026-06-07 10:00", 0),  # Saturday to Sunday
        ("2025-12-31 16:00", "2026-01-06 17:00", 3),  # 4 (Sunday, worked), 5, 6
        ("2025-09-30 17:00", "2025-10-14 17:00", 5),  # 9, 10, 11 (Saturday, worked), 13, 14
        ("2026-06-12 17:30", "2026-06-05 18:20", -5),
    ],
)
def test_days_between_worked_examples(start: str, end: str, days: int) -> None:
    assert CALENDAR.days_between(at(start), at(end)) == days


@pytest.mark.parametrize(
    ("start", "close"),
    [
        ("2026-06-08 07:00", "2026-06-08 17:30"),
        ("2026-06-08 12:30", "2026-06-08 17:30"),
        ("2026-06-08 17:30", "2026-06-08 17:30"),
        ("2026-06-08 17:31", "2026-06-09 17:30"),
        ("2025-09-30 17:31", "2025-10-09 17:00"),
        ("2025-10-10 18:00", "2025-10-11 17:00"),
    ],
)
def test_close_from_worked_examples(start: str, close: str) -> None:
    assert CALENDAR.close_from(at(start)) == at(close)


@settings(max_examples=100, deadline=None)
@given(start=moments, span=spans)
def test_hours_between_equals_counting_day_by_day(start: datetime, span: timedelta) -> None:
    end = start + span
    assert timedelta(hours=CALENDAR.hours_between(start, end)) == slow_hours(start, end)
    assert CALENDAR.hours_between(end, start) == -CALENDAR.hours_between(start, end)


@settings(max_examples=100, deadline=None)
@given(start=moments, span=spans)
def test_days_between_equals_counting_day_by_day(start: datetime, span: timedelta) -> None:
    end = start + span
    days = [start + timedelta(days=n) for n in range(1, (end.date() - start.date()).days + 1)]
    assert CALENDAR.days_between(start, end) == sum(bool(spans_of(day)) for day in days)


@settings(max_examples=100, deadline=None)
@given(start=moments)
def test_close_from_equals_looking_day_by_day(start: datetime) -> None:
    day = start
    while not spans_of(day) or (day == start and spans_of(day)[-1][1] < start):
        day += timedelta(days=1)
    close = spans_of(day)[-1][1]
    assert CALENDAR.close_from(start) == close
    assert CALENDAR.is_close(close)
    assert CALENDAR.is_close(start) == (start == close)
    assert not CALENDAR.is_close(spans_of(day)[0][1])  # the lunch break


@settings(max_examples=200, deadline=None)
@given(start=moments, span=hours)
def test_what_is_added_lies_between_and_comes_off_again(start: datetime, span: float) -> None:
    due = CALENDAR.add_hours(start, span)
    assert CALENDAR.hours_between(start, due) == span
    back = CALENDAR.subtract_hours(due, span)
    # The beginning of the time in which no office opens until `start`; then the way forth is the same.
    assert back <= start
    assert CALENDAR.hours_between(back, start) == 0
    assert CALENDAR.add_hours(back, span) == due


@settings(max_examples=200, deadline=None)
@given(end=moments, span=hours)
def test_what_is_subtracted_lies_between_and_is_the_earliest(end: datetime, span: float) -> None:
    start = CALENDAR.subtract_hours(end, span)
    assert CALENDAR.hours_between(start, end) == span
    assert CALENDAR.hours_between(start - timedelta(microseconds=1), end) > span


@settings(max_examples=200, deadline=None)
@given(one=moments, gap=spans, span=hours, more=hours)
def test_later_and_longer_never_ends_earlier(one: datetime, gap: timedelta, span: float, more: float) -> None:
    other = one + gap
    assert CALENDAR.add_hours(one, span) <= CALENDAR.add_hours(other, span)
    assert CALENDAR.add_hours(one, span) < CALENDAR.add_hours(one, span + more)
    assert CALENDAR.subtract_hours(one, span) <= CALENDAR.subtract_hours(other, span)
    assert CALENDAR.subtract_hours(one, span) > CALENDAR.subtract_hours(one, span + more)
    assert CALENDAR.close_from(one) <= CALENDAR.close_from(other)


def test_far_back_and_in_another_zone() -> None:
    start = at("2026-06-08 10:00")
    back = CALENDAR.subtract_hours(start.astimezone(UTC), 50_000)
    assert back.tzinfo == SHANGHAI
    assert back.year < 2003
    assert CALENDAR.add_hours(back, 50_000) == start


@pytest.mark.parametrize("moment", [datetime(2026, 6, 8, 10), datetime(1, 1, 1, tzinfo=UTC)])  # noqa: DTZ001
def test_impossible_moments(moment: datetime) -> None:
    known = at("2026-06-08 10:00")
    for ask in (CALENDAR.hours_between, CALENDAR.days_between):
        for pair in ((moment, known), (known, moment)):
            with pytest.raises(QueryInvalid):
                ask(*pair)
    with pytest.raises(QueryInvalid):
        CALENDAR.subtract_hours(moment, 1)
    with pytest.raises(QueryInvalid):
        CALENDAR.close_from(moment)
    with pytest.raises(QueryInvalid):
        CALENDAR.is_close(moment)


@pytest.mark.parametrize("span", [-1, float("nan"), float("inf"), 1e9])
def test_impossible_hours_back(span: float) -> None:
    with pytest.raises(QueryInvalid):
        CALENDAR.subtract_hours(at("2026-06-08 10:00"), span)
