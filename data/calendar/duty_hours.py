"""Hours of duty within the week: ``mon-fri 08:30-12:00 14:00-17:30; sat 09:00-12:00``, in the city's own time."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

DAY_MINUTES: Final = 24 * 60
WEEK_MINUTES: Final = 7 * DAY_MINUTES

_NAMES: Final = {
    name: day
    for names in (
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    )
    for day, name in enumerate(names)
}  # fmt: skip
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class DutyHours:
    """When in a week somebody is on duty.

    Attributes
    ----------
    spans
        Minutes of the week, Monday 00:00 = 0, as sorted, disjoint ``[start, end)``.
    """

    spans: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str) -> "DutyHours":
        """Read hours of duty.

        Parameters
        ----------
        text
            Parts separated by ``;``, each with the days it is about (``mon-fri``, ``sat,sun``, ``周一-周五``; none:
            every day) and one or more spans. A span that does not end after its start ends on the next day; ``24:00``
            is the end of the day. Empty text is always.

        Raises
        ------
        ValueError
            Says which part cannot be read.
        """
        return _parsed(text)

    @property
    def always(self) -> bool:
        """Whether they cover the whole week."""
        return self.spans == ((0, WEEK_MINUTES),)

    def holds(self, minute: int) -> bool:
        """Whether this minute of the week lies in them."""
        at = bisect_right(self.spans, (minute, WEEK_MINUTES)) - 1
        return at >= 0 and minute < self.spans[at][1]


@lru_cache(maxsize=_KEPT)
def _parsed(text: str) -> DutyHours:
    if not text.strip():
        return DutyHours(((0, WEEK_MINUTES),))
    found: list[tuple[int, int]] = []
    for part in text.lower().split(";"):
        words = part.split()
        spans = [word for word in words if ":" in word]
        days = [word for word in words if ":" not in word]
        if not spans or words[len(days) :] != spans:
            raise ValueError(f"{part.strip()!r} is no hours of duty: write days, then spans, as in mon-fri 08:30-12:00")
        for day in _days(days):
            for span in spans:
                found += _in_week(day, *_minutes(span))
    return DutyHours(_merged(found))


def _days(words: list[str]) -> list[int]:
    if not words:
        return list(range(7))
    days: set[int] = set()
    for word in ",".join(words).split(","):
        first, dash, last = word.partition("-")
        if first not in _NAMES or (dash and last not in _NAMES):
            raise ValueError(f"{word!r} is no day of the week: write mon, tue, wed, thu, fri, sat, sun or mon-fri")
        begin, end = _NAMES[first], _NAMES[last or first]
        days.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return sorted(days)


def _minutes(span: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(span)
    if match is None:
        raise ValueError(f"{span!r} is no span of time: write it as 08:30-12:00")
    start, end = (int(match[at]) * 60 + int(match[at + 1]) for at in (1, 3))
    if int(match[2]) > 59 or int(match[4]) > 59 or start >= DAY_MINUTES or end > DAY_MINUTES:
        raise ValueError(f"{span!r} has a time that no clock shows")
    if start == end:
        raise ValueError(f"{span!r} is empty: write 00:00-24:00 for the whole day")
    return start, end if end > start else end + DAY_MINUTES


def _in_week(day: int, start: int, end: int) -> list[tuple[int, int]]:
    """A span of a day as minutes of the week; two where it runs over the end of Sunday."""
    begin, finish = day * DAY_MINUTES + start, day * DAY_MINUTES + end
    if finish <= WEEK_MINUTES:
        return [(begin, finish)]
    return [(begin, WEEK_MINUTES), (0, finish - WEEK_MINUTES)]


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return tuple(merged)
