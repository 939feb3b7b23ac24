"""Times as offices write them: year first, month first or day first, in digits, Chinese or English.

The order has to be said, for 05/06/2026 is two days; all else is told by how the text is written. What leaves a part
of a text unread, and what contradicts itself, is no time.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

# The orders of year, month and day that can be said.
ORDERS: Final = ("ymd", "mdy", "dmy")

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_FULL_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CHINESE_WEEKDAYS: Final = "一二三四五六日"

# Full-width digits and marks, as Chinese input methods write them.
_HALF_WIDTH: Final = str.maketrans(
    "０１２３４５６７８９：／－．，　（）＋", "0123456789:/-., ()+"
)  # fmt: skip

MARKERS: Final = "上午|下午|凌晨|清晨|早上|早晨|中午|傍晚|晚上|晚间|夜间|[ap]m|[ap]\\.m\\."
ZONES: Final = "z|(?:utc|gmt)?[+-]\\d{1,2}(?::?\\d{2})?|utc|gmt"
_NAMED = f"(?P<month>{'|'.join((*_FULL_MONTHS, 'sept', *MONTHS))})\\.?"
_NTH = "(?:st|nd|rd|th)?"
_DAY = "(?P<day>\\d{1,2})"
_YEARS = "(?P<year>\\d{4}|\\d{2})(?!\\d)"
_BY_NAME = (f"{_NAMED}\\s*{_DAY}{_NTH},?\\s+(?P<year>\\d{{4}})", f"{_DAY}{_NTH}[\\s-]*{_NAMED},?[\\s-]*{_YEARS}")
_DATES: Final[Mapping[str, tuple[str, ...]]] = {
    "ymd": (
        f"(?P<year>\\d{{4}})(?P<mark>[-/.])(?P<month>\\d{{1,2}})(?P=mark){_DAY}(?!\\d)",
        f"(?P<year>\\d{{4}})\\s?年\\s?(?P<month>\\d{{1,2}})\\s?月\\s?{_DAY}\\s?[日号]",
        f"(?P<year>\\d{{4}})[\\s-]*{_NAMED}[\\s-]*{_DAY}(?!\\d)",
        "(?P<year>\\d{4})(?P<month>\\d{2})(?P<day>\\d{2})",
    ),
    "mdy": (f"(?P<month>\\d{{1,2}})(?P<mark>[-/.]){_DAY}(?P=mark){_YEARS}", *_BY_NAME),
    "dmy": (f"{_DAY}(?P<mark>[-/.])(?P<month>\\d{{1,2}})(?P=mark){_YEARS}", *_BY_NAME),
}
_WEEKDAY = f"(?:\\(?(?:星期|周|礼拜)(?P<weekday>[{_CHINESE_WEEKDAYS}天])\\)?)?"
_FRACTION = "(?P<fraction>\\d{1,9})"
# A last field of one digit may be what was left of two when a text was cut off: minutes and seconds have two digits
# unless a word or a further field closes them.
_SECOND = f"(?P<second>\\d{{2}})(?:[.,]{_FRACTION})?"
_COLONS = f"(?P<hour>\\d{{1,2}}):(?:(?P<minute>\\d{{2}})|(?P<minute>\\d{{1,2}}):{_SECOND})"
_CLOSED_SECOND = f"(?:(?P<second>\\d{{1,2}})(?:[.,]{_FRACTION})?\\s?秒)?"
_CHINESE = f"(?P<hour>\\d{{1,2}})\\s?[时点點]\\s?(?:(?P<minute>\\d{{1,2}})\\s?分\\s?{_CLOSED_SECOND}|(?P<half>半)|整)?"
_POINTS = f"(?P<hour>\\d{{1,2}})\\.(?P<minute>\\d{{2}})(?:\\.{_SECOND})?"
_DIGITS = f"(?P<hour>\\d{{2}})(?P<minute>\\d{{2}})(?:(?P<second>\\d{{2}})(?:[.,]?{_FRACTION})?)?"
_CLOCKS: Final = (_COLONS, _CHINESE, _POINTS, _DIGITS)


def _numbered(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which a name may stand in several branches, which `re` does not know."""
    seen: dict[str, int] = {}

    def name(found: re.Match[str]) -> str:
        seen[found[1]] = seen.get(found[1], 0) + 1
        return f"(?P<{found[1]}{'' if seen[found[1]] == 1 else seen[found[1]]}>"

    return re.compile(re.sub(r"\(\?P<(\w+)>", name, pattern), re.IGNORECASE | re.ASCII)


def _whole(date: str, clock: str) -> re.Pattern[str]:
    return _numbered(
        f"(?:(?P<weekday>{'|'.join((*_FULL_WEEKDAYS, *WEEKDAYS))}),?\\s*)?{date}\\s*{_WEEKDAY}(?:[t,]|\\s+at\\s)?\\s*"
        f"(?P<marker>{MARKERS})?\\s*{clock}\\s*(?P<marker>{MARKERS})?\\s*(?P<zone>{ZONES})?"
    )


_WHOLE: Final = {order: [_whole(date, clock) for date in _DATES[order] for clock in _CLOCKS] for order in ORDERS}


def half_width(text: str) -> str:
    """The text with full-width digits and marks as ASCII has them."""
    return text if text.isascii() else text.translate(_HALF_WIDTH)


def read_written(text: str, order: str) -> datetime:
    """Read a time of day and date in one of the `ORDERS`; naive where the text names no zone.

    Parameters
    ----------
    text
        Trimmed and short: the patterns are tried one after the other.

    Raises
    ------
    ValueError
        It is none, is not complete, or contradicts itself.
    """
    plain = half_width(text)
    for pattern in _WHOLE[order]:
        found = pattern.fullmatch(plain)
        if found is not None:
            return moment_of(_parts(found))
    raise ValueError("is no time of day and date")


def _parts(found: re.Match[str]) -> dict[str, str]:
    """What the groups of a match say, by their names without the number of the branch."""
    parts: dict[str, str] = {}
    for name, text in found.groupdict().items():
        if text is not None and parts.setdefault(name.rstrip("23"), text) != text:
            raise ValueError(f"says {name} twice")
    return parts


def moment_of(parts: Mapping[str, str]) -> datetime:
    """The moment of these parts of a date and a time of day, as texts.

    Parameters
    ----------
    parts
        `year`, `month` (number or name) and `day`; any of `hour`, `minute`, `second`, `fraction`, `marker` (morning or
        afternoon), `half`, `weekday`, `zone`.

    Raises
    ------
    ValueError, OverflowError
        There is no such moment, or the parts contradict each other.
    """
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        # As POSIX has it.
        year += 1900 if year >= 69 else 2000
    hour, minute = int(parts.get("hour", "0")), 30 if "half" in parts else int(parts.get("minute", "0"))
    second, micros = int(parts.get("second", "0")), int(parts.get("fraction", "")[:6].ljust(6, "0"))
    # ISO 8601 and offices alike end a day at 24:00.
    ends = hour == 24 and minute == second == micros == 0 and "marker" not in parts
    hour = 0 if ends else hour_of_day(hour, parts.get("marker", ""))
    zone = _zone(parts["zone"]) if "zone" in parts else None
    moment = datetime(year, _month(parts["month"]), int(parts["day"]), hour, minute, second, micros, zone)
    if "weekday" in parts and _weekday(parts["weekday"]) != moment.weekday():
        raise ValueError("is not on this day of the week")
    return moment + timedelta(days=1) if ends else moment


def hour_of_day(hour: int, marker: str) -> int:
    """The hour from 0 to 23 of an hour with a word such as 下午 or PM.

    Raises
    ------
    ValueError
        They contradict each other, as 16 AM does, or leave it open, as 晚上12点 does.
    """
    word = marker.lower().replace(".", "")
    if not word:
        return hour
    if word in ("am", "上午", "凌晨"):
        hours = {hour: hour for hour in range(12)} | {12: 0}
    elif word in ("早上", "早晨", "清晨"):
        hours = {hour: hour for hour in range(12)}
    elif word == "中午":
        hours = {11: 11, 12: 12, 13: 13, 14: 14, 1: 13, 2: 14}
    else:
        hours = {hour: hour + 12 for hour in range(1, 12)} | {hour: hour for hour in range(13, 24)}
        if word in ("pm", "下午"):
            hours[12] = 12
    if hour not in hours:
        raise ValueError(f"says {marker} of hour {hour}")
    return hours[hour]


def _month(text: str) -> int:
    return int(text) if text.isdecimal() else MONTHS.index(text[:3].lower()) + 1


def _weekday(text: str) -> int:
    if text.isascii():
        return WEEKDAYS.index(text[:3].lower())
    return _CHINESE_WEEKDAYS.index(text.replace("天", "日"))


def _zone(text: str) -> tzinfo:
    digits = re.sub(r"[^\d+-]", "", text)
    if not digits:
        return UTC
    number = digits[1:]
    hours, minutes = (int(number), 0) if len(number) <= 2 else (int(number[:-2]), int(number[-2:]))
    if hours > 14 or minutes > 59:
        raise ValueError("is no offset of a zone")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if digits[0] == "-" else offset)
