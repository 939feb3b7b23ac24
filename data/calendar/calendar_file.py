"""The file of a work calendar: what its keys say; ``calendars/jiangyin.toml`` explains every one of them."""

from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.toml_file import TomlFile, wrong

HolidaySource = Literal["china", "none"]
MonthDay = tuple[int, int]
OfficeHours = tuple[time, time]

CALENDARS = Path(__file__).parent / "calendars"
KIND = "Work calendar"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
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


def read_calendar(name: str | Path) -> dict[str, Any]:
    """Read the fields of a `WorkCalendar` from a file, by the calendar's name or the file's path.

    Raises
    ------
    SettingInvalid
        No such calendar, or a key of its file cannot be; names the file and the key.
    """
    file = TomlFile.read(KIND, name, CALENDARS)
    file.only("", file.document, {"timezone", "weekend", "deadlines", "season", "holidays"})
    deadlines = file.section("deadlines", {"claim_hours", "finish_days"})
    holidays = file.section("holidays", {"source", "closed", "working", "complete_years"})
    source = holidays.get("source", "china")
    if source not in get_args(HolidaySource):
        raise file.wrong("holidays.source", source, "china or none")
    years = file.list("holidays.complete_years", holidays.get("complete_years", []))
    return {
        "name": file.name,
        "zone": _zone(file, file.document.get("timezone")),
        "weekend": frozenset(
            _weekday(file, day) for day in file.list("weekend", file.document.get("weekend", WEEKDAYS[5:]))
        ),
        "seasons": tuple(_season(file, table) for table in file.list("season", file.document.get("season", []))),
        "claim_hours": file.number("deadlines.claim_hours", deadlines.get("claim_hours", 4)),
        "finish_days": file.whole("deadlines.finish_days", deadlines.get("finish_days", 5)),
        "source": source,
        "closed": _dates(file, "holidays.closed", holidays.get("closed", [])),
        "working": _dates(file, "holidays.working", holidays.get("working", [])),
        "complete_years": frozenset(file.whole("holidays.complete_years", year) for year in years),
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


def _zone(file: TomlFile, value: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise file.wrong("timezone", value, "the name of an IANA time zone, such as Asia/Shanghai") from error


def _weekday(file: TomlFile, value: object) -> int:
    if value not in WEEKDAYS:
        raise file.wrong("weekend", value, f"one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(str(value))


def _season(file: TomlFile, table: object) -> Season:
    if not isinstance(table, dict):
        raise file.wrong("season", table, "a table [[season]]")
    file.only("season.", table, {"name", "from", "to", "hours"})
    label = str(table.get("name", "?"))
    return Season(
        name=label,
        first=_month_day(file, f"season.{label}.from", table.get("from")),
        last=_month_day(file, f"season.{label}.to", table.get("to")),
        hours=tuple(_hours(file, f"season.{label}.hours", text) for text in file.list("hours", table.get("hours"))),
    )


def _month_day(file: TomlFile, key: str, value: object) -> MonthDay:
    try:
        day = date.fromisoformat(f"{LEAP_YEAR}-{value}")
    except ValueError as error:
        raise file.wrong(key, value, 'a month and day, such as "05-01"') from error
    return day.month, day.day


def _hours(file: TomlFile, key: str, value: object) -> OfficeHours:
    opens, dash, closes = str(value).partition("-")
    try:
        if dash:
            return time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
    except ValueError:
        pass
    raise file.wrong(key, value, 'opening and closing time, such as "08:30-12:00"')


def _dates(file: TomlFile, key: str, values: object) -> frozenset[date]:
    try:
        return frozenset(date.fromisoformat(str(value)) for value in file.list(key, values))
    except ValueError as error:
        raise file.wrong(key, values, 'days such as "2027-02-05"') from error
