"""The file of a work calendar: what its keys say; ``calendars/jiangyin.toml`` explains every one of them."""

from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import PlainValidator

from data.toml_file import Listed, Name, Number, TomlFile, TomlTable, required, wrong

HolidaySource = Literal["china", "none"]
MonthDay = tuple[int, int]
OfficeHours = tuple[time, time]

CALENDARS = Path(__file__).parent / "calendars"
KIND = "Work calendar"
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
LEAP_YEAR = 2024


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


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("the name of an IANA time zone, such as Asia/Shanghai") from error


def _month_day(value: object) -> MonthDay:
    try:
        day = date.fromisoformat(f"{LEAP_YEAR}-{value}")
    except ValueError as error:
        raise ValueError('a month and day, such as "05-01"') from error
    return day.month, day.day


def _hours(value: object) -> OfficeHours:
    opens, dash, closes = str(value).partition("-")
    try:
        hours = time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
    except ValueError:
        hours = None
    # What looks like a date reads as an hour with a distance from Greenwich.
    if dash and hours is not None and all(at.tzinfo is None for at in hours):
        return hours
    raise ValueError('opening and closing time, such as "08:30-12:00"')


def _day(value: object) -> date:
    """A day, as a text or as TOML has days itself."""
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError('days such as "2027-02-05"') from error


_Days = Listed[Annotated[date, PlainValidator(_day)]]
_MonthDay = Annotated[MonthDay, PlainValidator(_month_day)]


class _SeasonTable(TomlTable):
    name: Name = "?"
    first: _MonthDay = required("from")
    last: _MonthDay = required("to")
    hours: Listed[Annotated[OfficeHours, PlainValidator(_hours)]] = required()


class _Deadlines(TomlTable):
    claim_hours: Number = 4.0
    finish_days: int = 5


class _Holidays(TomlTable):
    source: HolidaySource = "china"
    closed: _Days = ()
    working: _Days = ()
    complete_years: Listed[int] = ()


class _CalendarFile(TomlTable):
    timezone: Annotated[ZoneInfo, PlainValidator(_zone)] = required()
    weekend: Listed[Weekday] = WEEKDAYS[5:]
    deadlines: _Deadlines = _Deadlines()
    season: Listed[_SeasonTable] = ()
    holidays: _Holidays = _Holidays()


def read_calendar(name: str | Path) -> dict[str, Any]:
    """Read the fields of a `WorkCalendar` from a file, by the calendar's name or the file's path.

    Raises
    ------
    SettingInvalid
        No such calendar, or a key of its file cannot be; names the file and the key.
    """
    file = TomlFile.read(KIND, name, CALENDARS)
    said = file.read_as(_CalendarFile)
    return {
        "name": file.name,
        "zone": said.timezone,
        "weekend": frozenset(WEEKDAYS.index(day) for day in said.weekend),
        "seasons": tuple(Season(one.name, one.first, one.last, one.hours) for one in said.season),
        "claim_hours": said.deadlines.claim_hours,
        "finish_days": said.deadlines.finish_days,
        "source": said.holidays.source,
        "closed": frozenset(said.holidays.closed),
        "working": frozenset(said.holidays.working),
        "complete_years": frozenset(said.holidays.complete_years),
    }


def check_seasons(where: str, seasons: tuple[Season, ...]) -> None:
    """Refuse seasons that leave a day out, hold it twice, or open before they close; `where` names the file."""
    for season in seasons:
        flat = [at for hours in season.hours for at in hours]
        if not flat or any(later <= earlier for earlier, later in pairwise(flat)):
            shown = [f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in season.hours]
            raise wrong(where, f"season.{season.name}.hours", shown, "one or more spans, in order, that do not touch")
    for day in days_of(LEAP_YEAR, LEAP_YEAR):
        holding = [season.name for season in seasons if season.holds(day)]
        if len(holding) != 1:
            raise wrong(where, "season", holding, f"exactly one season on {day:%m-%d}")


def days_of(first_year: int, last_year: int) -> list[date]:
    """Every day of whole years, in order."""
    first, last = date(first_year, 1, 1).toordinal(), date(last_year, 12, 31).toordinal()
    return [date.fromordinal(ordinal) for ordinal in range(first, last + 1)]
