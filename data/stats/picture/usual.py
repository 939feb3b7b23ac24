"""The usual day: what the same weekday of the weeks before was like, as it is known at the moment.

Without at least two such days nothing is usual, and None is said. A day is comparable when the city, as a whole,
received reports on it and on the day before: a day on which recording began, or did not happen, is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from data.stats.measures.question import Question
from data.stats.measures.rows import Seen
from data.stats.measures.span_counts import open_counts, span_counts
from data.stats.measures.wire import numbers
from data.stats.mirror.mirror import MirrorView
from data.stats.mirror.seconds import to_seconds

WEEKS: Final = 8
# With too few weeks of history, working days of the last two weeks speak for a working day, and the others likewise.
_FALLBACK_DAYS: Final = 14
_FEWEST_DAYS: Final = 2
_FIRST_WEEKEND_DAY: Final = 5
HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class CityClock:
    """The city's day at a moment.

    Attributes
    ----------
    moment_s
        The moment, in the mirror's seconds.
    """

    moment: datetime
    zone: ZoneInfo

    @property
    def local(self) -> datetime:
        """The moment on the city's clocks."""
        return self.moment.astimezone(self.zone)

    @property
    def moment_s(self) -> int:
        """The moment in the mirror's seconds."""
        return to_seconds(self.moment)

    @property
    def midnight(self) -> datetime:
        """When the city's day began."""
        return datetime.combine(self.local.date(), time(), self.zone)

    def same_time(self, day: date) -> int:
        """The same time of another day, to the second."""
        return to_seconds(datetime.combine(day, self.local.time(), self.zone))

    def start(self, day: date) -> int:
        """When a day began."""
        return to_seconds(datetime.combine(day, time(), self.zone))

    def hours(self, day: date) -> tuple[int, ...]:
        """The 25 bounds of the day's hours by the clock; where clocks jump, an hour is empty or double."""
        return _hours(self.zone, day)


# Screens ask for the same few days every second.
@lru_cache(maxsize=256)
def _hours(zone: ZoneInfo, day: date) -> tuple[int, ...]:
    bounds = [to_seconds(datetime.combine(day, time(hour), zone)) for hour in range(HOURS)]
    return *bounds, to_seconds(datetime.combine(day + timedelta(days=1), time(), zone))


def comparable_days(view: MirrorView, clock: CityClock) -> list[date]:
    """Days that today can be compared with, newest first; empty when there are fewer than two."""
    today = clock.local.date()
    weekend = today.weekday() >= _FIRST_WEEKEND_DAY
    near = [today - timedelta(days=back) for back in range(1, _FALLBACK_DAYS + 1)]
    choices = [
        [today - timedelta(weeks=back) for back in range(1, WEEKS + 1)],
        [day for day in near if (day.weekday() >= _FIRST_WEEKEND_DAY) == weekend],
    ]
    for days in choices:
        covered = _covered(view, clock, days)
        if len(covered) >= _FEWEST_DAYS:
            return covered
    return []


def _covered(view: MirrorView, clock: CityClock, days: Sequence[date]) -> list[date]:
    day = timedelta(days=1)
    spans = np.array([(clock.start(one - day), clock.start(one), clock.start(one + day)) for one in days])
    received = span_counts(view, Seen(None), "reported_at", spans.reshape(-1, 3)) > 0
    return [one for one, both in zip(days, received, strict=True) if both.all()]


def usual_so_far(
    view: MirrorView, question: Question, clock: CityClock, days: Sequence[date], column: str
) -> float | int | None:
    """Median, over the comparable days, of the events from midnight to the same time of day; None without days."""
    if not days:
        return None
    spans = np.array([(clock.start(day), clock.same_time(day) + 1) for day in days])
    spans = np.minimum(spans, clock.moment_s + 1)
    return float(np.median(span_counts(view, question.seen(view), column, spans)[:, 0]))


def usual_open(view: MirrorView, question: Question, clock: CityClock, days: Sequence[date]) -> float | None:
    """Median, over the comparable days, of the incidents open at the same time of day; None without days."""
    if not days:
        return None
    moments = np.sort([clock.same_time(day) for day in days])
    return float(np.median(open_counts(view, question.seen(view), moments)))


def flow(view: MirrorView, question: Question, clock: CityClock, days: Sequence[date]) -> dict[str, Any]:
    """Reports per hour of the city's day, and the usual band.

    Returns
    -------
    ``hours`` 0 to 23; ``actual``, None for hours that have not begun, the running hour as far as it is;
    ``usual``, ``usual_lo``, ``usual_hi``: median and quartiles of the comparable days, None without them;
    ``complete``: the number of hours that are over; ``days``: how many days were compared.
    """
    today = clock.local.date()
    bounds = np.array([clock.hours(day) for day in (today, *days)])
    counts = span_counts(view, question.seen(view), "reported_at", np.minimum(bounds, clock.moment_s + 1))
    begun = bounds[0, :-1] <= clock.moment_s
    actual = [int(n) if has_begun else None for n, has_begun in zip(counts[0], begun, strict=True)]
    bands = np.quantile(counts[1:], [0.25, 0.5, 0.75], axis=0) if days else np.full((3, HOURS), np.nan)
    low, middle, high = (numbers(band) for band in bands)
    return {
        "hours": list(range(HOURS)),
        "actual": actual,
        "usual": middle,
        "usual_lo": low,
        "usual_hi": high,
        "complete": int(np.count_nonzero(bounds[0, 1:] <= clock.moment_s)),
        "days": len(days),
    }
