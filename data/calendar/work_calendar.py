"""Deadlines in office hours and working days, from a city's work calendar.

A calendar is a TOML file: ``calendars/jiangyin.toml`` beside this module explains every key. Public holidays and
make-up working days come from the package chinesecalendar, which covers a year only after the State Council has
published its holidays. In later years only the weekend counts as closed, and one warning is logged: update the package,
or write the days of that year into the file.
"""

import logging
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from chinese_calendar import constants as chinese_days

from data.calendar.calendar_file import (
    KIND,
    LEAP_YEAR,
    HolidaySource,
    MonthDay,
    OfficeHours,
    Season,
    check_seasons,
    days_of,
    read_calendar,
)
from data.calendar.office_table import DaySpans, OfficeTable
from data.errors import QueryInvalid, SettingInvalid
from data.toml_file import wrong

logger = logging.getLogger(__name__)

# A deadline outside these is a mistake; they also limit the number of working days computed.
FIRST_YEAR, LAST_YEAR = 1900, 2200
MAX_HOURS, MAX_DAYS = 100_000, 10_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HOUR = 3_600_000_000  # in microseconds


@dataclass(frozen=True)
class WorkCalendar:
    """Opening hours of a city's offices, and the deadlines derived from them.

    Hours are office hours, as floats that are exact to the microsecond: `add_hours` and `subtract_hours` turn a result
    of `hours_between` back into the same moment. Moments are aware datetimes in any zone; results are in the calendar's
    zone.

    Attributes
    ----------
    name
        Name or path from which it was loaded.
    zone
        Time zone of the office hours and of all results.
    seasons
        Office hours by part of the year; together they cover each day exactly once.
    weekend
        Closed weekdays, 0 = Monday.
    claim_hours, finish_days
        The city's deadlines, in office hours and working days.
    source
        Source of the public holidays.
    closed, working
        Days set by hand; they take precedence over the source.
    complete_years
        Years beyond the source whose days are all in `closed` and `working`.
    """

    name: str
    zone: ZoneInfo
    seasons: tuple[Season, ...]
    weekend: frozenset[int] = frozenset({5, 6})
    claim_hours: float = 4.0
    finish_days: int = 5
    source: HolidaySource = "china"
    closed: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()
    complete_years: frozenset[int] = frozenset()
    # Caches, not part of the value: the computed years, and the year of the warning if it was logged.
    _tables: list[OfficeTable] = field(default_factory=list, init=False, repr=False, compare=False)
    _warned: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse inconsistent values."""
        check_seasons(f"{KIND} {self.name!r}", self.seasons)
        if not 0 < self.claim_hours <= MAX_HOURS:
            raise self._wrong("deadlines.claim_hours", self.claim_hours, f"more than 0, at most {MAX_HOURS}")
        if not 1 <= self.finish_days <= MAX_DAYS:
            raise self._wrong("deadlines.finish_days", self.finish_days, f"from 1 to {MAX_DAYS}")
        if len(self.weekend) > 6:
            raise self._wrong("weekend", sorted(self.weekend), "leave at least one working day in a week")
        both = self.closed & self.working
        if both:
            raise self._wrong("holidays.closed", str(min(both)), "not also in holidays.working")

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Load a calendar by its name (``"jiangyin"``) or from the path of a TOML file.

        Raises
        ------
        SettingInvalid
            There is no such calendar, or its file is inconsistent; names the file and the key.
        """
        return cls(**read_calendar(name))

    def claim_due(self, start: datetime) -> datetime:
        """Return the deadline for claiming an incident dispatched at `start`."""
        return self.add_hours(start, self.claim_hours)

    def finish_due(self, start: datetime) -> datetime:
        """Return the deadline for handling an incident dispatched at `start`."""
        return self.add_days(start, self.finish_days)

    def add_hours(self, start: datetime, hours: float) -> datetime:
        """Add office hours: the earliest moment by which the offices have been open that long since `start`.

        Parameters
        ----------
        start
            Aware datetime, in any zone.
        hours
            0 to 100,000, with fractions; exact to the microsecond. Zero hours return `start` itself, even outside
            office hours.

        Returns
        -------
        datetime
            Aware, in the calendar's zone. Hours used up exactly at closing time end then, not at the next opening.

        Raises
        ------
        QueryInvalid
            `start` has no zone or is centuries away, or `hours` is out of range.
        """
        moment, needed = self._moment(start), _microseconds(hours)
        if needed == 0:
            return start.astimezone(self.zone)
        last_year = start.year + 1 + int(hours) // 1_000
        while True:
            table = self._years(start.year - 1, last_year)
            found = table.moment_of(table.worked_until(moment) + needed)
            if found is not None:
                return self._local(found)
            last_year = self._later(last_year, start)

    def subtract_hours(self, end: datetime, hours: float) -> datetime:
        """Subtract office hours: the earliest moment from which the offices are open exactly that long until `end`.

        Parameters
        ----------
        end
            Aware datetime, in any zone.
        hours
            0 to 100,000, with fractions; zero hours return `end` itself.

        Returns
        -------
        datetime
            Aware, in the calendar's zone. If a whole evening, night or weekend qualifies, its beginning: the close of
            office hours, as in `add_hours`.

        Raises
        ------
        QueryInvalid
            `end` has no zone or is centuries away, or `hours` is out of range.
        """
        moment, needed = self._moment(end), _microseconds(hours)
        if needed == 0:
            return end.astimezone(self.zone)
        first_year = end.year - 1 - int(hours) // 1_000
        while True:
            table = self._years(first_year, end.year + 1)
            found = table.moment_of(table.worked_until(moment) - needed)
            if found is not None:
                return self._local(found)
            first_year = self._earlier(first_year, end)

    def hours_between(self, start: datetime, end: datetime) -> float:
        """Return the office hours from `start` to `end`; negative if `end` is earlier, 0 if no office opens between.

        Raises
        ------
        QueryInvalid
            A moment has no zone or is centuries away.
        """
        first, last = self._moment(start), self._moment(end)
        table = self._years(min(start.year, end.year) - 1, max(start.year, end.year) + 1)
        return (table.worked_until(last) - table.worked_until(first)) / _HOUR

    def add_days(self, start: datetime, days: int) -> datetime:
        """Return the close of office hours on the `days`-th working day after `start`, whose own day does not count.

        Parameters
        ----------
        start
            Aware datetime, in any zone; its day is that of the calendar's zone.
        days
            1 to 10,000.

        Raises
        ------
        QueryInvalid
            `start` has no zone or is centuries away, or `days` is out of range.
        """
        if not 1 <= days <= MAX_DAYS:
            raise QueryInvalid(f"{days} working days: give 1 to {MAX_DAYS}", field="days", value=str(days))
        local = self._day(start)
        last_year = local.year + 1 + days // 50
        while True:
            table = self._years(local.year, last_year)
            position = table.working_days_until(local.toordinal()) + days - 1
            if position < len(table.days):
                return self._local(table.closings[position])
            last_year = self._later(last_year, start)

    def days_between(self, start: datetime, end: datetime) -> int:
        """Count working days after the day of `start`, up to and including that of `end`; negative if that is earlier.

        ``add_days(start, days_between(start, end))`` falls on the day of `end` if that is a later working day.

        Raises
        ------
        QueryInvalid
            A moment has no zone or is centuries away.
        """
        first, last = self._day(start), self._day(end)
        table = self._years(min(first.year, last.year), max(first.year, last.year))
        return table.working_days_until(last.toordinal()) - table.working_days_until(first.toordinal())

    def close_from(self, start: datetime) -> datetime:
        """Return the first close of office hours at or after `start`: that of its day, or of the next working day."""
        moment, last_year = self._moment(start), start.year + 1
        while True:
            found = self._years(start.year - 1, last_year).close_from(moment)
            if found is not None:
                return self._local(found)
            last_year = self._later(last_year, start)

    def is_close(self, moment: datetime) -> bool:
        """Whether the offices close for the day at this very moment."""
        at = self._moment(moment)
        return self._years(moment.year - 1, moment.year + 1).close_from(at) == at

    def is_working(self, day: date) -> bool:
        """Whether the offices open on this day."""
        if day in self.working:
            return True
        if day in self.closed:
            return False
        if self.source == "china" and _FIRST_KNOWN <= day.year <= _LAST_KNOWN:
            if day in chinese_days.workdays:
                return True
            if day in chinese_days.holidays:
                return False
        return day.weekday() not in self.weekend

    def hours_on(self, day: date) -> tuple[OfficeHours, ...]:
        """Opening and closing times on this day; empty where the offices stay closed."""
        return self._season_hours[day.month, day.day] if self.is_working(day) else ()

    @cached_property
    def _season_hours(self) -> dict[MonthDay, tuple[OfficeHours, ...]]:
        return {
            (day.month, day.day): next(season.hours for season in self.seasons if season.holds(day))
            for day in days_of(LEAP_YEAR, LEAP_YEAR)
        }

    def _moment(self, start: datetime) -> int:
        _check_year(start)
        try:
            return (start - _EPOCH) // _MICROSECOND
        except TypeError as error:
            raise _no_zone(start) from error

    def _day(self, start: datetime) -> datetime:
        """Return the moment in the calendar's zone, whose date is the relevant day."""
        _check_year(start)
        if start.utcoffset() is None:
            raise _no_zone(start)
        return start.astimezone(self.zone)

    def _local(self, moment: int) -> datetime:
        answer = (_EPOCH + timedelta(microseconds=moment)).astimezone(self.zone)
        self._warn_of_unknown(answer.year)
        return answer

    def _later(self, last_year: int, start: datetime) -> int:
        """Return the next last year to compute; give up on a calendar with almost no working days."""
        if last_year >= _LAST_COMPUTED:
            raise self._out_of_reach(start)
        return min(last_year + 10, _LAST_COMPUTED)

    def _earlier(self, first_year: int, end: datetime) -> int:
        """Return the next first year to compute."""
        if first_year <= _FIRST_COMPUTED:
            raise self._out_of_reach(end)
        return max(first_year - 10, _FIRST_COMPUTED)

    def _out_of_reach(self, start: datetime) -> QueryInvalid:
        return QueryInvalid(
            f"The deadline counted from {start} lies centuries away: look at the calendar {self.name!r}",
            field="start", value=str(start),
        )  # fmt: skip

    def _years(self, first: int, last: int) -> OfficeTable:
        """Return a table of at least these years; the cached table only grows, and is replaced as a whole."""
        table = self._tables[0] if self._tables else None
        if table is None or first < table.first_year or last > table.last_year:
            if table is not None:
                first, last = min(first, table.first_year), max(last, table.last_year)
            table = OfficeTable.of(first, last, (self._spans(day) for day in days_of(first, last)))
            self._tables[:] = [table]
        return table

    def _spans(self, day: date) -> DaySpans:
        return day, [self._span(day, hours) for hours in self.hours_on(day)]

    def _span(self, day: date, hours: OfficeHours) -> tuple[int, int]:
        opens, closes = ((datetime.combine(day, at, tzinfo=self.zone) - _EPOCH) // _MICROSECOND for at in hours)
        return opens, max(opens, closes)

    def _warn_of_unknown(self, year: int) -> None:
        known = self.source == "none" or _FIRST_KNOWN <= year <= _LAST_KNOWN or year in self.complete_years
        if not known and not self._warned:
            self._warned.append(year)
            logger.warning(
                "Public holidays of %d are not known (only %d to %d): deadlines there count every weekday outside the "
                "weekend as a working day. Update the package chinesecalendar, or list the days in the calendar %r",
                year, _FIRST_KNOWN, _LAST_KNOWN, self.name,
            )  # fmt: skip

    def _wrong(self, key: str, value: object, expected: str) -> SettingInvalid:
        return wrong(f"{KIND} {self.name!r}", key, value, expected)


_FIRST_KNOWN = min(chinese_days.holidays).year
_LAST_KNOWN = max(chinese_days.holidays).year
_FIRST_COMPUTED, _LAST_COMPUTED = FIRST_YEAR - 100, LAST_YEAR + 400


def _check_year(start: datetime) -> None:
    if not FIRST_YEAR < start.year < LAST_YEAR:
        raise QueryInvalid(
            f"{start} is not between {FIRST_YEAR + 1} and {LAST_YEAR - 1}", field="start", value=str(start)
        )


def _no_zone(start: datetime) -> QueryInvalid:
    return QueryInvalid(f"{start} has no time zone: give an aware datetime", field="start", value=str(start))


def _microseconds(hours: float) -> int:
    if not 0 <= hours <= MAX_HOURS:
        raise QueryInvalid(f"{hours} office hours: give 0 to {MAX_HOURS}", field="hours", value=str(hours))
    return round(hours * _HOUR)
