"""When somebody may be followed: within the hours of a duty, and at no other time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from data.calendar.duty_hours import DAY_MINUTES, DutyHours
from data.calendar.work_calendar import WorkCalendar
from data.positions.tracking import Tracking
from data.registers.directory import Directory
from data.registers.roster import Duty, Person
from tests.unit.incidents.slow_directory import ZONE
from tests.unit.stats.cities import make_system

SYSTEM = make_system()
CALENDAR = WorkCalendar.load("jiangyin")
# A Wednesday; the Saturday after it is a day off.
DAY = datetime(2026, 11, 18, tzinfo=ZONE)
SATURDAY = DAY + timedelta(days=3)


def tracking(*duties: Duty) -> Tracking:
    return Tracking(Directory.build(SYSTEM, (), [Person("P1", "人一")], duties, (), zone=ZONE), CALENDAR)


def duty(hours: str, *, since: date = date(2026, 11, 1), until: date | None = None, grid: str = "3:L00") -> Duty:
    return Duty("P1", "patrol", grid, "", since, until, hours)


def followed(rule: Tracking, day: datetime) -> list[str]:
    """The whole quarters of an hour of a day at which a position would be kept."""
    quarters = [day + timedelta(minutes=15 * n) for n in range(96)]
    return [f"{at:%H:%M}" for at in quarters if rule.duty_at("P1", at) is not None]


def test_written_hours_are_kept_to_the_minute() -> None:
    rule = tracking(duty("mon-fri 08:30-12:00 14:00-17:30"))
    found = followed(rule, DAY)
    assert (found[0], found[-1], len(found)) == ("08:30", "17:15", 28)
    assert "12:00" not in found
    assert rule.duty_at("P1", DAY.replace(hour=11, minute=59, second=59)) is not None
    assert rule.duty_at("P1", DAY.replace(hour=8, minute=29, second=59)) is None
    assert followed(rule, SATURDAY) == []


def test_a_night_shift_goes_on_after_midnight() -> None:
    found = followed(tracking(duty("wed 22:00-06:00")), DAY + timedelta(days=1))
    assert found == [f"{hour:02}:{minute:02}" for hour in range(6) for minute in (0, 15, 30, 45)]


def test_a_duty_without_hours_counts_in_office_hours_only() -> None:
    rule = tracking(duty(""))
    expected = [
        f"{at:%H:%M}" for at in (DAY + timedelta(minutes=15 * n) for n in range(96))
        if any(opens <= at.time() < closes for opens, closes in CALENDAR.hours_on(DAY.date()))
    ]  # fmt: skip
    assert 20 < len(expected) < 40
    assert followed(rule, DAY) == expected
    assert followed(rule, SATURDAY) == []
    # National Day is no working day, whatever day of the week it is.
    assert followed(tracking(duty("", since=date(2026, 1, 1))), datetime(2026, 10, 1, tzinfo=ZONE)) == []


def test_written_hours_go_before_those_of_the_office() -> None:
    office, written = duty("", grid="3:L01"), duty("wed 10:00-11:00", grid="3:L02")
    rule = tracking(office, written)
    assert rule.duty_at("P1", DAY.replace(hour=10)) == written
    assert rule.duty_at("P1", DAY.replace(hour=9, minute=30)) == office


@pytest.mark.parametrize(("since", "until"), [(date(2026, 11, 19), None), (date(2026, 1, 1), date(2026, 11, 18))])
def test_nobody_is_followed_without_a_duty_of_the_day(since: date, until: date | None) -> None:
    assert followed(tracking(duty("00:00-24:00", since=since, until=until)), DAY) == []
    assert tracking().duty_at("nobody", DAY) is None


def test_the_hours_are_those_of_the_city_whatever_zone_a_moment_is_in() -> None:
    rule = tracking(duty("wed 08:00-09:00"))
    assert rule.duty_at("P1", DAY.replace(hour=8).astimezone(UTC)) is not None
    assert rule.duty_at("P1", datetime(2026, 11, 18, 8, tzinfo=UTC)) is None


def test_every_minute_of_a_week_is_as_the_hours_say() -> None:
    hours = "mon,wed 22:30-01:15; 周六-周日 00:00-24:00; fri 12:00-12:01"
    rule, parsed = tracking(duty(hours)), DutyHours.parse(hours)
    monday = DAY - timedelta(days=2)
    for minute in range(7 * DAY_MINUTES):
        assert (rule.duty_at("P1", monday + timedelta(minutes=minute)) is not None) == parsed.holds(minute), minute
