"""Working time as an axis: adding office hours to many moments at once, equal to `WorkCalendar` one by one."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.calendar.work_calendar import WorkCalendar

Ints = NDArray[np.int64]

# Grid workers are about from early to late, every day.
FIELD_HOURS = ((6, 30), (21, 30))


@dataclass(frozen=True)
class TimeAxis:
    """Spans of working time, in seconds since 1970.

    Attributes
    ----------
    starts, ends
        Shape ``(spans,)``, ascending.
    worked
        Shape ``(spans,)``: working seconds up to the end of each span.
    days, closings
        Shape ``(days,)``: ordinal of each working day and the second its last span ends.
    """

    starts: Ints
    ends: Ints
    worked: Ints
    days: Ints
    closings: Ints

    def position(self, at: Ints) -> Ints:
        """Working seconds from the start of the axis up to moments."""
        span = np.maximum(np.searchsorted(self.starts, at, side="right") - 1, 0)
        return np.asarray(self.worked[span] - np.maximum(self.ends[span] - np.maximum(at, self.starts[span]), 0))

    def add(self, at: Ints, seconds: Ints) -> Ints:
        """Moments by which `seconds` of working time have passed since `at`; 0 seconds give `at` itself."""
        target = self.position(at) + seconds
        span = np.searchsorted(self.worked, target, side="left")
        moment = self.ends[span] - (self.worked[span] - target)
        return np.where(seconds > 0, moment, at)

    def add_days(self, local_day: Ints, days: Ints) -> Ints:
        """Closing time of the `days`-th working day after the day with ordinal `local_day`."""
        return np.asarray(self.closings[self.days_up_to(local_day) + days - 1])

    def days_up_to(self, local_day: Ints) -> Ints:
        """Number of working days up to days with these ordinals, themselves included."""
        return np.asarray(np.searchsorted(self.days, local_day, side="right"))


def _axis(spans: list[tuple[int, int]], days: list[int], closings: list[int]) -> TimeAxis:
    starts, ends = np.array(spans, dtype=np.int64).T
    return TimeAxis(starts, ends, np.cumsum(ends - starts), np.array(days), np.array(closings))


def _days(first_year: int, last_year: int) -> list[date]:
    first = date(first_year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(last_year, 12, 31) - first).days + 1)]


@lru_cache(maxsize=8)
def office_axis(calendar_name: str, first_year: int, last_year: int) -> TimeAxis:
    """Office hours of whole years of a calendar that `WorkCalendar.load` knows."""
    calendar = WorkCalendar.load(calendar_name)
    spans, days, closings = [], [], []
    for day in _days(first_year, last_year):
        hours = [
            tuple(int(datetime.combine(day, at, tzinfo=calendar.zone).timestamp()) for at in pair)
            for pair in calendar.hours_on(day)
        ]
        if hours:
            spans += [(span[0], span[1]) for span in hours]
            days.append(day.toordinal())
            closings.append(hours[-1][1])
    return _axis(spans, days, closings)


@lru_cache(maxsize=8)
def field_axis(zone: ZoneInfo, first_year: int, last_year: int) -> TimeAxis:
    """Hours in which grid workers are about, every day of whole years."""
    spans = []
    days = _days(first_year, last_year)
    for day in days:
        from_to = [
            int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).timestamp())
            for hour, minute in FIELD_HOURS
        ]
        spans.append((from_to[0], from_to[1]))
    return _axis(spans, [day.toordinal() for day in days], [end for _, end in spans])
