"""Times in feeds: text to an aware moment in UTC, with local times of a zone made definite.

A local time that the clocks show twice (autumn) is the first of the two; one they skip (spring) is moved forward by
what was skipped, as a clock that nobody had set yet would show it.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

# Formats with a name of their own; every other is a pattern of `datetime.strptime`.
NAMED_FORMATS = ("iso", "unix_s", "unix_ms")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# `datetime.fromisoformat` also takes bare dates, week dates and any separator; a report needs day and time.
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?|\d{8}T\d{4}(\d{2}([.,]\d+)?)?)([Zz]|[+-]\d{2}(:?\d{2})?)?",
    re.ASCII,
)
_UNIX = re.compile(r"-?\d{1,13}", re.ASCII)
_LONGEST = 64


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


def parse_time(text: str, formats: Sequence[str]) -> datetime:
    """Read a time in the first of the formats that fits; naive where the text names no zone.

    Parameters
    ----------
    text
        Trimmed text.
    formats
        ``"iso"`` (ISO 8601 with day and time), ``"unix_s"``, ``"unix_ms"``, or patterns of `datetime.strptime`.

    Raises
    ------
    ValueError
        None fits; says which were tried.
    """
    if len(text) <= _LONGEST:
        for wanted in formats:
            try:
                return _parse_as(text, wanted)
            except (ValueError, OverflowError):
                continue
    raise ValueError(f"is not a time in the format {' or '.join(_named(wanted) for wanted in formats)}")


def _parse_as(text: str, wanted: str) -> datetime:
    if wanted == "iso":
        if not _ISO.fullmatch(text):
            raise ValueError
        return datetime.fromisoformat(text)
    if wanted in NAMED_FORMATS:
        if not _UNIX.fullmatch(text):
            raise ValueError
        return _EPOCH + timedelta(milliseconds=int(text) * (1000 if wanted == "unix_s" else 1))
    return datetime.strptime(text, wanted)  # noqa: DTZ007  # the caller knows the zone


def _named(wanted: str) -> str:
    return "ISO 8601 (such as 2026-11-22T15:36:19+08:00)" if wanted == "iso" else repr(wanted)
