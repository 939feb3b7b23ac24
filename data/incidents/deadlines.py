"""Deadlines in office hours and working days, from a city's work calendar.

A calendar is a TOML file: ``calendars/jiangyin.toml`` beside this module explains every key. Public holidays and
make-up working days come from the package chinesecalendar, which learns a year only after the State Council published
it. For a year it does not know, the weekend of the file is all that is closed, and one warning is logged: update the
package, or write the days of that year into the file.
"""

import logging
import math
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chinese_calendar import constants as chinese_days

from data.errors import QueryInvalid, SettingInvalid

logger = logging.getLogger(__name__)

HolidaySource = Literal["china", "none"]
MonthDay = tuple[int, int]
OfficeHours = tuple[time, time]

CALENDARS = Path(__file__).parent / "calendars"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Beyond these a deadline is a mistake; they also bound how many working days are ever computed.
FIRST_YEAR, LAST_YEAR = 1900, 2200
MAX_HOURS, MAX_DAYS = 100_000, 10_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LEAP_YEAR = 2024


@dataclass(frozen=True, slots=True)
class Season:
    """A part of the year, both ends included, with its office hours; it may run over the turn of the year."""

    name: str
    first: MonthDay
    last: MonthDay
    hours: tuple[OfficeHours, ...]

    def holds(self, day: date) -> bool:
        """Whether the day lies in this season."""
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@dataclass(frozen=True, slots=True)
class _Table:
    """Working days and office hours of whole years, sorted; times are integer microseconds since 1970, UTC.

    `worked_before[i]` and `worked_after[i]` are the office time before and up to the end of span `i`.
    """

    first_year: int
    last_year: int
    days: list[int]
    closings: list[int]
    starts: list[int]
    worked_before: list[int]
    worked_after: list[int]

    def worked_until(self, moment: int) -> int:
        """Office time from the start of the table to this moment."""
        span = bisect_right(self.starts, moment) - 1
        if span < 0:
            return 0
        return min(self.worked_before[span] + moment - self.starts[span], self.worked_after[span])


@dataclass(frozen=True)
class WorkCalendar:
    """When a city's offices are open, and the deadlines that follow from it.

    Attributes
    ----------
    name
        Name or path it was loaded from.
    zone
        Zone of the office hours; every answer is in it.
    seasons
        Office hours by part of the year; together they cover each day exactly once.
    weekend
        Closed weekdays, 0 = Monday.
    claim_hours, finish_days
        The city's deadlines, in office hours and working days.
    source
        Where public holidays come from.
    closed, working
        Days set by hand; they win over the source.
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
    # Caches, not part of the value: the computed years, and whether the warning was given.
    _tables: list[_Table] = field(default_factory=list, init=False, repr=False, compare=False)
    _warned: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Reject what contradicts itself."""
        _check_seasons(self.name, self.seasons)
        if not 0 < self.claim_hours <= MAX_HOURS:
            raise _wrong(self.name, "deadlines.claim_hours", self.claim_hours, f"more than 0, at most {MAX_HOURS}")
        if not 1 <= self.finish_days <= MAX_DAYS:
            raise _wrong(self.name, "deadlines.finish_days", self.finish_days, f"from 1 to {MAX_DAYS}")
        if len(self.weekend) > 6:
            raise _wrong(self.name, "weekend", sorted(self.weekend), "leave at least one working day in a week")
        both = self.closed & self.working
        if both:
            raise _wrong(self.name, "holidays.closed", str(min(both)), "not also in holidays.working")

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Load a calendar by its name (``"jiangyin"``) or from the path of a TOML file.

        Raises
        ------
        SettingInvalid
            No such calendar, or its file contradicts itself; names the file and the key.
        """
        path = Path(name)
        if path.suffix != ".toml" and len(path.parts) == 1:
            path = CALENDARS / f"{name}.toml"
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            known = ", ".join(sorted(file.stem for file in CALENDARS.glob("*.toml")))
            raise SettingInvalid(
                f"Work calendar {str(name)!r} cannot be read ({error}): give one of {known}, or a file like it",
                name="calendar", value=str(name),
            ) from error  # fmt: skip
        return cls(name=str(name), **_parse(str(name), document))

    def claim_due(self, start: datetime) -> datetime:
        """When an incident dispatched at `start` must be claimed."""
        return self.add_hours(start, self.claim_hours)

    def finish_due(self, start: datetime) -> datetime:
        """When an incident dispatched at `start` must be handled."""
        return self.add_days(start, self.finish_days)

    def add_hours(self, start: datetime, hours: float) -> datetime:
        """Add office hours: the earliest moment by which the offices have been open that long since `start`.

        Parameters
        ----------
        start
            Aware datetime, in any zone.
        hours
            0 to 100,000, fractions welcome; counted to the microsecond. Zero hours give `start` itself,
            be the offices open or not.

        Returns
        -------
        datetime
            Aware, in the calendar's zone. Hours that are used up just when the offices close end then,
            not at the next opening.

        Raises
        ------
        QueryInvalid
            `start` has no zone or is centuries away, or `hours` cannot be.
        """
        moment = self._moment(start)
        if not 0 <= hours <= MAX_HOURS:
            raise QueryInvalid(f"{hours} office hours: give 0 to {MAX_HOURS}", field="hours", value=str(hours))
        needed = round(hours * 3_600_000_000)
        if needed == 0:
            return start.astimezone(self.zone)
        last_year = start.year + 1 + int(hours) // 1_000
        while True:
            table = self._years(start.year - 1, last_year)
            target = table.worked_until(moment) + needed
            if target <= table.worked_after[-1]:
                span = bisect_left(table.worked_after, target)
                return self._local(table.starts[span] + target - table.worked_before[span])
            last_year = self._later(last_year, start)

    def add_days(self, start: datetime, days: int) -> datetime:
        """Close of office hours on the `days`-th working day after `start`; the day of `start` itself is not counted.

        Parameters
        ----------
        start
            Aware datetime, in any zone; its day is that of the calendar's zone.
        days
            1 to 10,000.

        Raises
        ------
        QueryInvalid
            `start` has no zone or is centuries away, or `days` cannot be.
        """
        self._moment(start)
        if not 1 <= days <= MAX_DAYS:
            raise QueryInvalid(f"{days} working days: give 1 to {MAX_DAYS}", field="days", value=str(days))
        local = start.astimezone(self.zone)
        last_year = local.year + 1 + days // 50
        while True:
            table = self._years(local.year, last_year)
            position = bisect_right(table.days, local.toordinal()) + days - 1
            if position < len(table.days):
                return self._local(table.closings[position])
            last_year = self._later(last_year, start)

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
            for day in _days_of(_LEAP_YEAR, _LEAP_YEAR)
        }

    def _moment(self, start: datetime) -> int:
        if start.utcoffset() is None:
            raise QueryInvalid(f"{start} has no time zone: give an aware datetime", field="start", value=str(start))
        if not FIRST_YEAR < start.year < LAST_YEAR:
            raise QueryInvalid(
                f"{start} is not between {FIRST_YEAR + 1} and {LAST_YEAR - 1}", field="start", value=str(start)
            )
        return (start - _EPOCH) // _MICROSECOND

    def _local(self, moment: int) -> datetime:
        answer = (_EPOCH + timedelta(microseconds=moment)).astimezone(self.zone)
        self._warn_of_unknown(answer.year)
        return answer

    def _later(self, last_year: int, start: datetime) -> int:
        """The year up to which to look further; a calendar with next to no working days ends here."""
        if last_year >= _LAST_COMPUTED:
            raise QueryInvalid(
                f"The deadline from {start} ends after {last_year}: look at the calendar {self.name!r}",
                field="start", value=str(start),
            )  # fmt: skip
        return min(last_year + 10, _LAST_COMPUTED)

    def _years(self, first: int, last: int) -> _Table:
        """The table, with at least the years asked for; it only ever grows, and is swapped as a whole."""
        table = self._tables[0] if self._tables else None
        if table is None or first < table.first_year or last > table.last_year:
            if table is not None:
                first, last = min(first, table.first_year), max(last, table.last_year)
            table = self._compute(first, last)
            self._tables[:] = [table]
        return table

    def _compute(self, first: int, last: int) -> _Table:
        table = _Table(first, last, [], [], [], [], [])
        worked = 0
        for day in _days_of(first, last):
            spans = [self._span(day, hours) for hours in self.hours_on(day)]
            for opens, closes in spans:
                table.starts.append(opens)
                table.worked_before.append(worked)
                worked += closes - opens
                table.worked_after.append(worked)
            if spans:
                table.days.append(day.toordinal())
                table.closings.append(spans[-1][1])
        return table

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


_FIRST_KNOWN = min(chinese_days.holidays).year
_LAST_KNOWN = max(chinese_days.holidays).year
_LAST_COMPUTED = LAST_YEAR + 400


def _days_of(first_year: int, last_year: int) -> list[date]:
    first, last = date(first_year, 1, 1).toordinal(), date(last_year, 12, 31).toordinal()
    return [date.fromordinal(ordinal) for ordinal in range(first, last + 1)]


def _wrong(name: str, key: str, value: object, expected: str) -> SettingInvalid:
    return SettingInvalid(
        f"Work calendar {name!r}: {key} is {value!r}; it must be {expected}", name=key, value=str(value)
    )


def _check_seasons(name: str, seasons: tuple[Season, ...]) -> None:
    for season in seasons:
        flat = [at for hours in season.hours for at in hours]
        if not flat or any(later <= earlier for earlier, later in pairwise(flat)):
            shown = [f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in season.hours]
            raise _wrong(name, f"season.{season.name}.hours", shown, "one or more spans, in order, that do not touch")
    for day in _days_of(_LEAP_YEAR, _LEAP_YEAR):
        holding = [season.name for season in seasons if season.holds(day)]
        if len(holding) != 1:
            raise _wrong(name, "season", holding, f"exactly one season on {day:%m-%d}")


def _parse(name: str, document: Mapping[str, Any]) -> dict[str, Any]:
    _only(name, "", document, {"timezone", "weekend", "deadlines", "season", "holidays"})
    deadlines = _section(name, document, "deadlines", {"claim_hours", "finish_days"})
    holidays = _section(name, document, "holidays", {"source", "closed", "working", "complete_years"})
    source = holidays.get("source", "china")
    if source not in get_args(HolidaySource):
        raise _wrong(name, "holidays.source", source, "china or none")
    seasons = _list(name, "season", document.get("season", []))
    return {
        "zone": _zone(name, document.get("timezone")),
        "weekend": frozenset(
            _weekday(name, day) for day in _list(name, "weekend", document.get("weekend", WEEKDAYS[5:]))
        ),
        "seasons": tuple(_season(name, table) for table in seasons),
        "claim_hours": _number(name, "deadlines.claim_hours", deadlines.get("claim_hours", 4)),
        "finish_days": _whole(name, "deadlines.finish_days", deadlines.get("finish_days", 5)),
        "source": source,
        "closed": _dates(name, "holidays.closed", holidays.get("closed", [])),
        "working": _dates(name, "holidays.working", holidays.get("working", [])),
        "complete_years": frozenset(
            _whole(name, "holidays.complete_years", year)
            for year in _list(name, "holidays.complete_years", holidays.get("complete_years", []))
        ),
    }


def _section(name: str, document: Mapping[str, Any], key: str, allowed: set[str]) -> Mapping[str, Any]:
    section = document.get(key, {})
    if not isinstance(section, dict):
        raise _wrong(name, key, section, "a table")
    _only(name, f"{key}.", section, allowed)
    return section


def _only(name: str, prefix: str, table: Mapping[str, Any], allowed: set[str]) -> None:
    for key in table:
        if key not in allowed:
            raise _wrong(name, prefix + key, table[key], f"left out: only {', '.join(sorted(allowed))} are known")


def _list(name: str, key: str, value: object) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise _wrong(name, key, value, "a list")
    return list(value)


def _zone(name: str, value: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _wrong(name, "timezone", value, "the name of an IANA time zone, such as Asia/Shanghai") from error


def _weekday(name: str, value: object) -> int:
    if value not in WEEKDAYS:
        raise _wrong(name, "weekend", value, f"one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(str(value))


def _season(name: str, table: object) -> Season:
    if not isinstance(table, dict):
        raise _wrong(name, "season", table, "a table [[season]]")
    _only(name, "season.", table, {"name", "from", "to", "hours"})
    label = str(table.get("name", "?"))
    return Season(
        name=label,
        first=_month_day(name, f"season.{label}.from", table.get("from")),
        last=_month_day(name, f"season.{label}.to", table.get("to")),
        hours=tuple(_hours(name, f"season.{label}.hours", text) for text in _list(name, "hours", table.get("hours"))),
    )


def _month_day(name: str, key: str, value: object) -> MonthDay:
    try:
        day = date.fromisoformat(f"{_LEAP_YEAR}-{value}")
    except ValueError as error:
        raise _wrong(name, key, value, 'a month and day, such as "05-01"') from error
    return day.month, day.day


def _hours(name: str, key: str, value: object) -> OfficeHours:
    opens, dash, closes = str(value).partition("-")
    try:
        if dash:
            return time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
    except ValueError:
        pass
    raise _wrong(name, key, value, 'opening and closing time, such as "08:30-12:00"')


def _number(name: str, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _wrong(name, key, value, "a number")
    return float(value)


def _whole(name: str, key: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(name, key, value, "a whole number")
    return value


def _dates(name: str, key: str, values: object) -> frozenset[date]:
    try:
        return frozenset(date.fromisoformat(str(value)) for value in _list(name, key, values))
    except ValueError as error:
        raise _wrong(name, key, values, 'days such as "2027-02-05"') from error
