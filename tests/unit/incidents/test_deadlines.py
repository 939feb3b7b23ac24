"""Deadlines: worked examples from a paper calendar, and equality with stepping minute by minute."""

import logging
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.calendar.calendar_file import CALENDARS
from data.calendar.work_calendar import WorkCalendar
from data.errors import QueryInvalid, SettingInvalid

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar.load("jiangyin")
SUMMER = ((time(8, 30), time(12)), (time(14), time(17, 30)))
WINTER = ((time(8, 30), time(12)), (time(14), time(17)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        # Friday 2026-06-05; Monday is the 8th.
        ("2026-06-05 18:20", 4, "2026-06-08 14:30"),  # Friday evening: 3.5 h before noon, 0.5 h after the break
        ("2026-06-05 16:30", 4, "2026-06-08 11:30"),  # 1 h on Friday, 3 h on Monday
        ("2026-06-08 12:45", 1, "2026-06-08 15:00"),  # in the lunch break
        ("2026-06-08 11:00", 2, "2026-06-08 15:00"),  # across the lunch break
        ("2026-06-08 05:00", 1, "2026-06-08 09:30"),  # before opening
        ("2026-06-08 08:30", 3.5, "2026-06-08 12:00"),  # used up just at closing: due then, not at 14:00
        ("2026-06-08 17:30", 1, "2026-06-09 09:30"),  # exactly at closing
        ("2026-06-08 12:00", 0.5, "2026-06-08 14:30"),  # exactly at the start of the break
        ("2026-06-08 08:30", 7, "2026-06-08 17:30"),  # a whole summer day
        ("2026-06-08 08:30", 0.25, "2026-06-08 08:45"),
        ("2026-06-08 09:00", 1 / 3, "2026-06-08 09:20"),
        ("2026-06-08 22:00", 0, "2026-06-08 22:00"),  # zero hours: nothing to wait for
        # National Day: 1 to 7 October 2025 and the 8th (Mid-Autumn) closed; Sunday 28 September and
        # Saturday 11 October are make-up working days.
        ("2025-09-30 17:00", 4, "2025-10-09 12:00"),  # 0.5 h of summer hours, 3.5 h on the 9th
        ("2025-09-27 10:00", 1, "2025-09-28 09:30"),  # Saturday; the Sunday after is worked
        ("2025-10-10 16:30", 1, "2025-10-11 09:00"),  # winter hours since 1 October: 0.5 h on Friday, 0.5 h on Saturday
        # Summer hours begin on 1 May: 1 to 5 May 2025 closed, 30 April is winter and closes at 17:00.
        ("2025-04-30 16:30", 1, "2025-05-06 09:00"),
        ("2025-04-30 17:15", 7, "2025-05-06 17:30"),
        # Spring Festival 2025: 28 January to 4 February closed, Sunday 26 January and Saturday 8 February worked.
        ("2025-01-27 16:00", 4, "2025-02-05 11:30"),
    ],
)
def test_add_hours_worked_examples(start: str, hours: float, due: str) -> None:
    assert CALENDAR.add_hours(at(start), hours) == at(due)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-06-05 18:20", 5, "2026-06-12 17:30"),  # Friday evening: Monday is the first day
        ("2026-06-05 07:00", 1, "2026-06-08 17:30"),  # the day itself is never counted
        ("2026-06-06 10:00", 1, "2026-06-08 17:30"),  # Saturday
        ("2025-09-30 17:00", 5, "2025-10-14 17:00"),  # 9, 10, 11 (Saturday, worked), 13, 14; winter closes at 17:00
        ("2025-09-26 09:00", 3, "2025-09-30 17:30"),  # 28 (Sunday, worked), 29, 30
        ("2025-01-27 10:00", 5, "2025-02-10 17:00"),  # 5, 6, 7, 8 (Saturday, worked), 10 February
        ("2025-12-31 10:00", 1, "2026-01-04 17:00"),  # 1 to 3 January closed, Sunday the 4th worked
    ],
)
def test_add_days_worked_examples(start: str, days: int, due: str) -> None:
    assert CALENDAR.add_days(at(start), days) == at(due)


def test_the_citys_defaults() -> None:
    start = at("2026-06-05 16:30")
    assert CALENDAR.claim_due(start) == CALENDAR.add_hours(start, 4) == at("2026-06-08 11:30")
    assert CALENDAR.finish_due(start) == CALENDAR.add_days(start, 5) == at("2026-06-12 17:30")


def test_any_zone_in_city_zone_out() -> None:
    utc = at("2026-06-05 16:30").astimezone(UTC)
    due = CALENDAR.add_hours(utc, 4)
    assert due == at("2026-06-08 11:30")
    assert due.tzinfo == SHANGHAI
    # 23:00 UTC on Sunday is already Monday in Jiangyin, so Tuesday is the first day.
    assert CALENDAR.add_days(datetime(2026, 6, 7, 23, tzinfo=UTC), 1) == at("2026-06-09 17:30")


def _stepper(start: datetime, minutes: int) -> datetime:
    """Walk minute by minute, asking at each whether the offices are open."""
    moment, left = start.replace(tzinfo=None), minutes
    while left:
        if not chinese_calendar.is_workday(moment.date()):
            moment = datetime.combine(moment.date() + timedelta(days=1), time())
            continue
        summer = (5, 1) <= (moment.month, moment.day) <= (9, 30)
        left -= any(opens <= moment.time() < closes for opens, closes in (SUMMER if summer else WINTER))
        moment += timedelta(minutes=1)
    return moment.replace(tzinfo=SHANGHAI)


minutes_of_known_years = st.integers(0, 20 * 365 * 24 * 60).map(
    lambda minute: datetime(2005, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minute)
)


@settings(max_examples=60, deadline=None)
@given(start=minutes_of_known_years, minutes=st.integers(0, 20 * 60))
def test_add_hours_equals_stepping_by_minutes(start: datetime, minutes: int) -> None:
    assert CALENDAR.add_hours(start, minutes / 60) == _stepper(start, minutes)


@settings(max_examples=200, deadline=None)
@given(start=minutes_of_known_years, days=st.integers(1, 30))
def test_add_days_equals_stepping_by_days(start: datetime, days: int) -> None:
    day, left = start.date(), days
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day)
    closes = time(17, 30) if 5 <= day.month <= 9 else time(17)
    assert CALENDAR.add_days(start, days) == datetime.combine(day, closes, tzinfo=SHANGHAI)


@settings(max_examples=200, deadline=None)
@given(start=minutes_of_known_years, first=st.floats(0, 50), second=st.floats(0, 50))
def test_hours_add_up(start: datetime, first: float, second: float) -> None:
    at_once = CALENDAR.add_hours(start, first + second)
    in_two = CALENDAR.add_hours(CALENDAR.add_hours(start, first), second)
    # Rounding to the microsecond may fall on the other side of a closing hour; then both name no office time between.
    between = sorted((at_once, in_two))
    assert between[1] - between[0] <= timedelta(microseconds=2) or (
        CALENDAR.add_hours(between[0], 1e-9) <= between[1] <= CALENDAR.add_hours(between[0], 2e-9)
    )


def test_sub_second_precision() -> None:
    start = datetime(2026, 6, 8, 11, 59, 59, 123457, tzinfo=SHANGHAI)
    assert CALENDAR.add_hours(start, 1) == datetime(2026, 6, 8, 14, 59, 59, 123457, tzinfo=SHANGHAI)


def test_years_beyond_the_package_count_weekdays_and_warn_once(caplog: pytest.LogCaptureFixture) -> None:
    calendar = WorkCalendar.load("jiangyin")
    last_known = max(chinese_calendar.constants.holidays).year
    friday = next(d for d in (date(last_known + 5, 6, n) for n in range(1, 8)) if d.weekday() == 4)
    start = datetime.combine(friday, time(16, 30), tzinfo=SHANGHAI)
    with caplog.at_level(logging.WARNING):
        assert calendar.add_days(start, 1) == datetime.combine(
            friday + timedelta(days=3), time(17, 30), tzinfo=SHANGHAI
        )
        calendar.add_hours(start, 4)
        calendar.add_hours(start + timedelta(days=400), 4)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(last_known + 5) in caplog.text


def test_known_years_do_not_warn(caplog: pytest.LogCaptureFixture) -> None:
    calendar = WorkCalendar.load("jiangyin")
    with caplog.at_level(logging.WARNING):
        calendar.add_days(at("2025-12-01 10:00"), 5)
    assert not caplog.records


def test_days_set_by_hand_win(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    calendar = WorkCalendar.load(
        _edited(
            tmp_path,
            ("closed = []", 'closed = ["2030-02-04", "2030-02-05", "2025-06-10"]'),
            ("working = []", 'working = ["2030-02-09"]'),
            ("complete_years = []", "complete_years = [2030]"),
        )
    )
    with caplog.at_level(logging.WARNING):
        # 2030-02-03 is a Sunday; Monday and Tuesday closed, so 6, 7, 8, 9 (Saturday, worked), 11.
        assert calendar.add_days(at("2030-02-03 10:00"), 4) == at("2030-02-09 17:00")
        assert calendar.add_days(at("2030-02-03 10:00"), 5) == at("2030-02-11 17:00")
    assert not caplog.records
    assert not calendar.is_working(date(2025, 6, 10))
    assert calendar.hours_on(date(2025, 6, 10)) == ()
    assert calendar.hours_on(date(2025, 6, 11)) == SUMMER


def test_another_country_with_daylight_saving(tmp_path: Path) -> None:
    calendar = WorkCalendar.load(
        _edited(tmp_path, ('"Asia/Shanghai"', '"America/New_York"'), ('source = "china"', 'source = "none"'))
    )
    new_york = ZoneInfo("America/New_York")
    # Clocks go forward on Sunday 2026-03-08: office hours stay local.
    start = datetime(2026, 3, 6, 16, 0, tzinfo=new_york)
    assert calendar.add_hours(start, 2) == datetime(2026, 3, 9, 9, 30, tzinfo=new_york)


def _edited(folder: Path, *changes: tuple[str, str]) -> Path:
    text = (CALENDARS / "jiangyin.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    path = folder / "city.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"Asia/Shanghai"', '"Asia/Jiangyin"', "timezone"),
        ('to = "09-30"', 'to = "10-15"', "season"),  # overlap
        ('to = "09-30"', 'to = "09-15"', "season"),  # gap
        ('"05-01"', '"05-32"', "season.summer.from"),
        ('"14:00-17:30"', '"11:00-17:30"', "season.summer.hours"),  # overlaps the morning
        ('"14:00-17:30"', '"17:30-14:00"', "season.summer.hours"),
        ('"14:00-17:30"', '"14-17 Uhr"', "season.summer.hours"),
        ('"14:00-17:30"', '"2027-02-05"', "season.summer.hours"),
        ('name = "summer"', "name = []", "[[season]] 1, name"),
        ('["08:30-12:00", "14:00-17:30"]', "[]", "season.summer.hours"),
        ("claim_hours = 4", "claim_hours = 0", "deadlines.claim_hours"),
        ("claim_hours = 4", 'claim_hours = "4"', "deadlines.claim_hours"),
        ("claim_hours = 4", "claim_hours = nan", "deadlines.claim_hours"),
        ("finish_days = 5", "finish_days = -1", "deadlines.finish_days"),
        ("finish_days = 5", "finish_days = 5.5", "deadlines.finish_days"),
        ("finish_days = 5", "finish_day = 5", "deadlines.finish_day"),
        ('"saturday", "sunday"', '"saturday", "caturday"', "weekend"),
        (
            '"saturday", "sunday"',
            '"monday","tuesday","wednesday","thursday","friday","saturday","sunday"',
            "weekend",
        ),
        ('source = "china"', 'source = "france"', "holidays.source"),
        ("closed = []", 'closed = ["2027-02-30"]', "holidays.closed"),
        ("closed = []", 'closed = "2027-02-03"', "holidays.closed"),
        ("closed = []\nworking = []", 'closed = ["2027-02-03"]\nworking = ["2027-02-03"]', "holidays.closed"),
    ],
)
def test_contradicting_files_are_refused(tmp_path: Path, old: str, new: str, key: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        WorkCalendar.load(_edited(tmp_path, (old, new)))
    assert caught.value.values["name"] == key
    assert key in caught.value.message


@pytest.mark.parametrize("name", ["atlantis", "/no/such/file.toml"])
def test_unknown_calendars_name_the_known(name: str) -> None:
    with pytest.raises(SettingInvalid, match="jiangyin"):
        WorkCalendar.load(name)


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(b"timezone = \xff\xfe")
    with pytest.raises(SettingInvalid, match="cannot be read"):
        WorkCalendar.load(path)


@pytest.mark.parametrize("hours", [-1, float("nan"), float("inf"), 1e9])
def test_impossible_hours(hours: float) -> None:
    with pytest.raises(QueryInvalid):
        CALENDAR.add_hours(at("2026-06-08 10:00"), hours)


@pytest.mark.parametrize("days", [0, -3, 10**9])
def test_impossible_days(days: int) -> None:
    with pytest.raises(QueryInvalid):
        CALENDAR.add_days(at("2026-06-08 10:00"), days)


@pytest.mark.parametrize("start", [datetime(2026, 6, 8, 10), datetime(1, 1, 1, tzinfo=UTC)])  # noqa: DTZ001
def test_impossible_starts(start: datetime) -> None:
    with pytest.raises(QueryInvalid):
        CALENDAR.add_hours(start, 1)
    with pytest.raises(QueryInvalid):
        CALENDAR.add_days(start, 1)


def test_long_spans_end_after_as_many_working_days() -> None:
    # 2,000 summer and winter days later: counted on the calendar's own days, hours against days.
    start = at("2010-01-04 08:30")
    opened = timedelta()
    day = start.date()
    while opened < timedelta(hours=10_000):
        for opens, closes in CALENDAR.hours_on(day):
            opened += datetime.combine(day, closes) - datetime.combine(day, opens)
        day += timedelta(days=1)
    due = CALENDAR.add_hours(start, 10_000)
    assert due.date() == day - timedelta(days=1)
    assert due <= CALENDAR.add_hours(start, 100_000)
