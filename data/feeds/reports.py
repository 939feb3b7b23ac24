"""The one door by which a report comes in: fields as a source gives them, a valid `Report` out.

REST and files use the same function, so a row that one refuses the other refuses as well.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from data.errors import ReportInvalid
from data.feeds.ids import no_id
from data.feeds.times import parse_time, to_utc
from data.incidents.lifecycle import MAX_CLOCK_SKEW
from data.incidents.model import Report
from data.privacy.personal_data import masked
from data.words import CoordinateSystem

FIELDS = (
    "source", "source_id", "category", "occurred_at", "reported_at", "lon", "lat", "coordinate_system", "address",
    "title", "grid_code",
)  # fmt: skip
_KNOWN = frozenset(FIELDS)
MAX_NAME_CHARS = 200
MAX_TEXT_CHARS = 2_000
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Two clocks take part when somebody says when it happened and a system notes when it was told.
OCCURRED_TOLERANCE = timedelta(minutes=10)

_SHOWN_CHARS = 100
# More than any id has; also below the length at which Python refuses to print an integer.
_MAX_ID_BITS = 640
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# NUL and the other control characters, and half a surrogate pair, which no UTF-8 store can keep.
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# Characters of no width, which copying brings along: two ids that look the same would be two.
_UNSEEN = "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff" + "".join(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
_NOT_IN_NAMES = re.compile(f"[{_UNSEEN}\ufffd]")
_LINE_BREAKS = re.compile(r"[\r\n\t]+")
_SYSTEMS: dict[str, CoordinateSystem] = {name: name for name in get_args(CoordinateSystem)}


def parse_report(fields: Mapping[str, object], zone: ZoneInfo, now: datetime) -> Report:
    """Make a report of the fields a source gives.

    Parameters
    ----------
    fields
        By the names in `FIELDS`; a value of None is the same as none. `source`, `source_id` and `reported_at` are
        required. Texts and whole numbers are taken for ids and codes; times as ISO 8601 text or `datetime`;
        coordinates as numbers or plain decimal text, both or none.
    zone
        Zone of times that name none.
    now
        Aware; a report from later than this (but for the difference of two clocks) is refused.

    Returns
    -------
    Report
        Texts trimmed, times in UTC, coordinates as given in their own system (WGS 84 where none is named), numbers and
        names of persons in `address` and `title` masked. It passes `lifecycle.check_report`.

    Raises
    ------
    ReportInvalid
        With `field`, `value` (cut to 100 characters) and `reason`.
    """
    if not fields.keys() <= _KNOWN:
        raise unknown_fields(fields, FIELDS)
    reported_at = read_time(fields, "reported_at", zone, now)
    if reported_at is None:
        raise refused("reported_at", None, "is missing: say when it was reported")
    lon, lat = read_coordinates(fields)
    return Report(
        source=read_name(fields, "source", required=True),
        source_id=read_name(fields, "source_id", required=True),
        category=read_name(fields, "category"),
        reported_at=reported_at,
        occurred_at=_occurred_at(fields, zone, now, reported_at),
        lon=lon,
        lat=lat,
        coordinate_system=read_coordinate_system(fields),
        address=masked(_text(fields, "address")),
        title=masked(_text(fields, "title")),
        grid_code=read_name(fields, "grid_code") or None,
    )


def unknown_fields(fields: Mapping[str, object], known: Sequence[str]) -> ReportInvalid:
    """The error that names the fields which are none of those known, and those that are."""
    unknown = [str(name) for name in fields if name not in known]
    named = ", ".join(name[:_SHOWN_CHARS] for name in unknown[:10])
    return refused(unknown[0][:_SHOWN_CHARS], fields[unknown[0]], f"unknown field ({named}); known: {', '.join(known)}")


def refused(field: str, value: object, reason: str) -> ReportInvalid:
    """The error that says which value of which field is wrong, and why; the value is cut."""
    shown = shorten(value)
    return ReportInvalid(f"{field} {shown!r}: {reason}", field=field, value=shown, reason=reason)


def shorten(value: object, limit: int = _SHOWN_CHARS) -> str:
    """A value as text for a message; "" for None, at most `limit` characters."""
    if value is None:
        return ""
    if isinstance(value, int) and value.bit_length() > _MAX_ID_BITS:
        return "a number too long to show"
    text = value[: limit + 1] if isinstance(value, str) else str(value)
    # PostgreSQL, logs and JSON alike choke on NUL and on half a surrogate pair.
    text = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def read_name(fields: Mapping[str, object], field: str, *, required: bool = False) -> str:
    """An id, code or name: text or a whole number, without loss."""
    value = fields.get(field)
    if value is None:
        if required:
            raise refused(field, value, "is missing")
        return ""
    text = _clean(field, value if isinstance(value, str) else _digits(field, value), MAX_NAME_CHARS)
    if not text.isprintable() or "\ufffd" in text:
        text = text.strip(_UNSEEN + " ")
        unseen = _NOT_IN_NAMES.search(text)
        if unseen is not None:
            what = "stands for letters that were lost" if unseen.group() == "\ufffd" else "nobody sees: remove it"
            raise refused(field, value, f"holds the character U+{ord(unseen.group()):04X}, which {what}")
    if required and not text:
        raise refused(field, value, "is empty")
    wrong = no_id(text) if required else ""
    if wrong:
        raise refused(field, value, wrong)
    return text


def _digits(field: str, value: object) -> str:
    """A whole number as text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(field, value, "must be text")
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= 2**53:
            raise refused(field, value, "must be text: this number cannot be kept without loss")
        value = int(value)
    if value.bit_length() > _MAX_ID_BITS:
        raise refused(field, value, f"is longer than {MAX_NAME_CHARS} characters")
    return str(value)


def _text(fields: Mapping[str, object], field: str) -> str:
    """Free text; line breaks and tabs become spaces."""
    value = fields.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise refused(field, value, "must be text")
    trimmed = value.strip()
    # Almost every text is of one line, and telling that is much cheaper than looking for line breaks.
    if not trimmed.isprintable():
        trimmed = _LINE_BREAKS.sub(" ", trimmed)
    return _clean(field, trimmed, MAX_TEXT_CHARS)


def _clean(field: str, text: str, max_chars: int) -> str:
    trimmed = text.strip()
    if len(trimmed) > max_chars:
        raise refused(field, text, f"is longer than {max_chars:,} characters (it has {len(trimmed):,})")
    bad = None if trimmed.isprintable() else _NOT_TEXT.search(trimmed)
    if bad is not None:
        raise refused(field, text, f"holds the character U+{ord(bad.group()):04X}, which no text has: remove it")
    return trimmed


def read_time(fields: Mapping[str, object], field: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """A time in UTC, see `checked_moment`; None where there is none."""
    value = fields.get(field)
    if value is None:
        return None
    if isinstance(value, str):
        try:
            moment = parse_time(value.strip(), ("iso",))
        except ValueError as error:
            raise refused(field, value, str(error)) from error
    elif isinstance(value, datetime):
        moment = value
    else:
        raise refused(field, value, "must be text in ISO 8601, such as 2026-11-22T15:36:19+08:00")
    return checked_moment(field, value, moment, zone, now)


def checked_moment(
    field: str, value: object, moment: datetime, zone: ZoneInfo, now: datetime, *, not_before: datetime | None = None
) -> datetime:
    """A time of a report in UTC, neither before 1990 nor in the future; `value` is what to show if it is.

    Raises
    ------
    ReportInvalid
        With `field`, `value` and `reason`.
    """
    if not EARLIEST.year <= moment.year < 9999:
        raise refused(field, value, f"lies outside the years from {EARLIEST.year} to now")
    utc = to_utc(moment, zone, not_before=not_before)
    if utc < EARLIEST:
        raise refused(field, value, f"lies before {EARLIEST.year}")
    if utc > now + MAX_CLOCK_SKEW:
        shown = now.astimezone(zone).isoformat(timespec="seconds")
        raise refused(field, value, f"lies in the future (it is {shown}): look at the clock and the time zone")
    return utc


def _occurred_at(fields: Mapping[str, object], zone: ZoneInfo, now: datetime, reported_at: datetime) -> datetime | None:
    occurred_at = read_time(fields, "occurred_at", zone, now)
    if occurred_at is not None and occurred_at > reported_at + OCCURRED_TOLERANCE:
        raise refused(
            "occurred_at", fields["occurred_at"], "lies after the report: it cannot be reported before it was"
        )
    return occurred_at


def read_coordinates(fields: Mapping[str, object]) -> tuple[float | None, float | None]:
    """`lon` and `lat` in degrees, as given; both or none."""
    lon, lat = _degrees(fields, "lon"), _degrees(fields, "lat")
    if lon is None or lat is None:
        if lon is not lat:
            missing = "lon" if lon is None else "lat"
            raise refused(missing, None, "is missing: give both coordinates or none")
        return None, None
    if abs(lon) <= 180 and abs(lat) <= 90:
        return lon, lat
    field = "lon" if abs(lon) > 180 else "lat"
    if abs(lon) <= 90 and abs(lat) <= 180:
        reason = "is not between -90 and 90: longitude and latitude look swapped"
    elif max(abs(lon), abs(lat)) > 1_000:
        reason = "is not in degrees: it looks like metres of a map projection, give longitude and latitude"
    else:
        reason = f"is not between {'-180 and 180' if field == 'lon' else '-90 and 90'} degrees"
    raise refused(field, fields[field], reason)


def _degrees(fields: Mapping[str, object], field: str) -> float | None:
    value = fields.get(field)
    if value is None:
        return None
    if isinstance(value, str):
        number = _decimal(field, value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) < 1e300 else math.inf
    else:
        raise refused(field, value, "must be a number")
    if not math.isfinite(number):
        raise refused(field, value, "is not a finite number")
    return number


def _decimal(field: str, value: str) -> float:
    text = value[:_SHOWN_CHARS].strip()
    if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return math.nan
    if len(value) > _SHOWN_CHARS or not _NUMBER.fullmatch(text):
        raise refused(field, value, "is not a plain decimal number")
    return float(text)


def read_coordinate_system(fields: Mapping[str, object]) -> CoordinateSystem:
    """The system of the coordinates; WGS 84 where none is named."""
    value = fields.get("coordinate_system")
    if value is None:
        return "wgs84"
    if isinstance(value, str) and value in _SYSTEMS:
        return _SYSTEMS[value]
    written = value.strip().lower() if isinstance(value, str) and len(value) <= _SHOWN_CHARS else ""
    found = _SYSTEMS.get(re.sub(r"[\s_-]", "", written))
    if found is None:
        raise refused("coordinate_system", value, f"is unknown: give one of {', '.join(_SYSTEMS)}")
    return found
