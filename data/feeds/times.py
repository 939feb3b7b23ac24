"""Times in feeds: text to an aware moment in UTC, with local times of a zone made definite.

A local time that the clocks show twice (autumn) is the first of the two; one they skip (spring) is moved forward by
what was skipped, as a clock that nobody had set yet would show it. `clock_doubt` says where that was so.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from data.feeds.time_patterns import read_pattern
from data.feeds.written_times import MONTHS, ORDERS, half_width, read_written
from data.utc import finer_than_kept

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# `datetime.fromisoformat` also takes bare dates, week dates and any separator; a report needs day and time.
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?|\d{8}T\d{4}(\d{2}([.,]\d+)?)?)([Zz]|[+-]\d{2}(:?\d{2})?)?",
    re.ASCII,
)
# The end of a day, which ISO 8601 has and not every Python reads.
_ISO_END_OF_DAY = re.compile(r"(?<=[T ])24(?=:?00(?::?00(?:[.,]0+)?)?(?:$|[Zz+-]))", re.ASCII)
# From 1990 on seconds have 9 or 10 digits and milliseconds 12 or 13: the one is never taken for the other.
_UNIX_S = re.compile(r"\d{9,10}(?:\.\d{1,9})?", re.ASCII)
_UNIX_MS = re.compile(r"\d{12,13}(?:\.0+)?", re.ASCII)
# Days since 30 December 1899, from 1982 to 2173.
_SERIAL = re.compile(r"([3-9]\d{4})(?:\.(\d{1,17}))?", re.ASCII)
_SERIAL_START = datetime(1899, 12, 30)  # noqa: DTZ001  # the caller knows the zone
_DAY_S, _HOUR_S, _HALF_MINUTE_S = 86_400, 3_600, 30
_MONTH_NAME = re.compile(rf"(?<![a-z])(?:{'|'.join(MONTHS)})", re.IGNORECASE | re.ASCII)
_FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)", re.ASCII)
_LONGEST = 64

ClockDoubt = Literal["", "shown_twice", "skipped"]


def to_utc(moment: datetime, zone: ZoneInfo, *, not_before: datetime | None = None) -> datetime:
    """The moment in UTC; a naive one is local time of `zone`.

    Parameters
    ----------
    moment
        Aware, or naive as the clocks of `zone` show it.
    not_before
        Aware. Settles a local time that exists twice: the second one, where only the second is not before this.

    Raises
    ------
    OverflowError
        The moment leaves the years 1 to 9999.
    """
    if moment.utcoffset() is not None:
        return moment.astimezone(UTC)
    first, second = (moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if not_before is not None and first < not_before <= second:
        return second
    return first


def clock_doubt(moment: datetime, zone: ZoneInfo) -> ClockDoubt:
    """Whether the clocks of the zone show this local time twice, or never; "" for once, and for an aware moment."""
    if moment.utcoffset() is not None:
        return ""
    first, second = (moment.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first is None or second is None or first == second:
        return ""
    return "shown_twice" if first > second else "skipped"


def parse_time(text: str, formats: Sequence[str]) -> datetime:
    """Read a time in the formats that fit; naive where the text names no zone.

    Parameters
    ----------
    text
        Trimmed text.
    formats
        Names of `NAMED_FORMATS`, or patterns as `time_patterns` reads them.

    Raises
    ------
    ValueError
        None fits: says which were tried. Or several fit and mean different moments: says which. Or one fits, but the
        text is finer than in microseconds.
    """
    found: dict[datetime, str] = {}
    if len(text) <= _LONGEST:
        for wanted in formats:
            try:
                found.setdefault(_parse_as(text, wanted), wanted)
            except (ValueError, OverflowError):
                continue
    if len(found) > 1:
        said = " and ".join(f"{moment:%Y-%m-%d %H:%M:%S} ({wanted!r})" for moment, wanted in found.items())
        raise ValueError(f"can be {said}: leave one of these formats in the mapping")
    for moment, wanted in found.items():
        # A serial day is a fraction of a day, rounded to the second; of any other fraction nothing may be lost.
        finer = "" if wanted.startswith("excel") else finer_than_kept(half_width(text))
        if finer:
            raise ValueError(finer)
        return moment
    raise ValueError(f"is not a time in the format {' or '.join(_named(wanted) for wanted in formats)}")


def other_format(text: str, formats: Sequence[str]) -> str:
    """Advice for a text that is no time in these formats: the named one that would do; "" where none does."""
    if len(text) > _LONGEST:
        return ""
    passed_over: tuple[str, ...] = ()
    if not _FOUR_DIGITS.search(half_width(text)):
        # Of 26-9-20 nobody can say which is the year; 20-SEP-26 is how databases write the day first.
        passed_over = ("mdy",) if _MONTH_NAME.search(text) else ("mdy", "dmy")
    fitting = [wanted for wanted in NAMED_FORMATS if wanted not in (*formats, *passed_over) and _fits(text, wanted)]
    if not fitting:
        return ""
    return f"it is one in the format {' or '.join(map(repr, fitting))}: add it to times.formats if that is meant"


def _fits(text: str, wanted: str) -> bool:
    try:
        return bool(_parse_as(text, wanted))
    except (ValueError, OverflowError):
        return False


def _parse_as(text: str, wanted: str) -> datetime:
    read = NAMED_FORMATS.get(wanted)
    return read_pattern(text, wanted) if read is None else read(text)


def _iso(text: str) -> datetime:
    if not _ISO.fullmatch(text):
        raise ValueError
    begins, ends = _ISO_END_OF_DAY.subn("00", text)
    return datetime.fromisoformat(begins) + timedelta(days=ends)


def _unix_s(text: str) -> datetime:
    if not _UNIX_S.fullmatch(text):
        raise ValueError
    whole, _, fraction = text.partition(".")
    return _EPOCH + timedelta(seconds=int(whole), microseconds=int(fraction[:6].ljust(6, "0")))


def _unix_ms(text: str) -> datetime:
    if not _UNIX_MS.fullmatch(text):
        raise ValueError
    return _EPOCH + timedelta(milliseconds=int(text.partition(".")[0]))


def _serial(text: str) -> datetime:
    """A serial day of a spreadsheet with its time, to the second.

    A cell that shows four decimals was rounded by up to four seconds: it is taken for the whole minute next to it, as
    people enter minutes, and is no time where there is none. Fewer decimals can be rounded by many minutes: of them
    only whole hours are believed.
    """
    day, decimals = _serial_parts(text)
    if not decimals.rstrip("0"):
        raise ValueError("is a day without a time")
    exact = int(decimals) * _DAY_S / 10 ** len(decimals)
    off_by = 0.5 * _DAY_S / 10 ** len(decimals)
    seconds, minutes = round(exact), round(exact / 60) * 60
    if off_by > _HALF_MINUTE_S and exact % _HOUR_S:
        raise ValueError("is rounded: its time cannot be told")
    if off_by > 0.5:
        if abs(exact - minutes) > off_by:
            raise ValueError("is rounded: its time cannot be told")
        seconds = minutes
    return _SERIAL_START + timedelta(days=day, seconds=seconds)


def _serial_day(text: str) -> datetime:
    day, decimals = _serial_parts(text)
    if decimals.rstrip("0"):
        raise ValueError("has a time")
    return _SERIAL_START + timedelta(days=day)


def _serial_parts(text: str) -> tuple[int, str]:
    found = _SERIAL.fullmatch(text)
    if found is None:
        raise ValueError("is no serial day")
    return int(found[1]), found[2] or ""


def _ordered(order: str) -> Callable[[str], datetime]:
    return lambda text: read_written(text, order)


# Formats with a name of their own; every other is a pattern.
NAMED_FORMATS: Final[Mapping[str, Callable[[str], datetime]]] = {
    "iso": _iso,
    **{order: _ordered(order) for order in ORDERS},
    "excel": _serial,
    "excel_day": _serial_day,
    "unix_s": _unix_s,
    "unix_ms": _unix_ms,
}


def _named(wanted: str) -> str:
    return "ISO 8601 (such as 2026-11-22T15:36:19+08:00)" if wanted == "iso" else repr(wanted)
