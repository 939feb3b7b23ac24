"""The vectorised axis against the calendar, one by one."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from data.calendar.work_calendar import WorkCalendar
from data.demo.office import field_axis, office_axis
from data.demo.timetable import DemoClock

ZONE = ZoneInfo("Asia/Shanghai")


def _moments(count: int) -> np.ndarray:
    first = int(datetime(2026, 1, 15, tzinfo=ZONE).timestamp())
    return np.random.default_rng(3).integers(first, first + 330 * 86_400, count)


def test_office_hours_equal_the_calendar() -> None:
    calendar, axis = WorkCalendar.load("jiangyin"), office_axis("jiangyin", 2025, 2027)
    at = _moments(400)
    seconds = np.random.default_rng(4).integers(0, 40 * 3600, 400)
    seconds[:40] = 4 * 3600
    for moment, needed, got in zip(at.tolist(), seconds.tolist(), axis.add(at, seconds).tolist(), strict=True):
        start = datetime.fromtimestamp(moment, ZONE)
        assert datetime.fromtimestamp(got, ZONE) == calendar.add_hours(start, needed / 3600), start


def test_working_days_equal_the_calendar() -> None:
    calendar, axis = WorkCalendar.load("jiangyin"), office_axis("jiangyin", 2025, 2027)
    at = _moments(300)
    days = np.random.default_rng(5).integers(1, 25, 300)
    local = DemoClock.around(at, ZONE).local_day(at)
    for moment, count, got in zip(at.tolist(), days.tolist(), axis.add_days(local, days).tolist(), strict=True):
        start = datetime.fromtimestamp(moment, ZONE)
        assert datetime.fromtimestamp(got, ZONE) == calendar.add_days(start, count), start


def test_offices_are_open_only_when_the_field_is() -> None:
    office, field = office_axis("jiangyin", 2026, 2026), field_axis(ZONE, 2026, 2026)
    at = _moments(500)
    seconds = np.full(500, 7200)
    assert (field.add(at, seconds) <= office.add(at, seconds)).all()
