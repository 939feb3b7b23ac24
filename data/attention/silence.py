"""Grids that went silent: no report for longer than is likely for them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.attention.alert import Alert, matter_of
from data.attention.nest import Nest
from data.attention.past_reports import DAY_S, HOUR_S, PastReports
from data.stats.mirror.seconds import from_seconds
from data.stats.picture.usual import CityClock

# Each report is the beginning of a silence: the promise is kept by the chance of each, whatever the number of looks.
FALSE_ALARMS_PER_DAY: Final = 0.1
# A grid with fewer reports in the base has no rate to speak of; in a shorter base there is no week to speak of.
FEWEST_REPORTS: Final = 20
FEWEST_DAYS: Final = 14
_WEEK_H: Final = 168
# Two weeks are not alike: how much the expectation over days may be wrong, relative to the square of its mean.
_WEEK_VARIANCE: Final = 0.01

Floats = NDArray[np.float64]


def silences(nest: Nest, past: PastReports, clock: CityClock) -> list[Alert]:
    """Find them, the widest grid that is silent as a whole.

    Over its silence a grid expects its share of what the city receives in such hours of the week, or of what it did
    receive, if that was less: demo nights, holidays and a broken feed are no silence of a single grid. A silence of
    that expectation has the probability of a zero of the negative binomial whose shape is the number of reports the
    share was learned from. It is an alert when, with one silence begun by each report and the reports shared out
    between the levels, so improbable ones occur `FALSE_ALARMS_PER_DAY` times a day or less.
    """
    days = past.base_days
    if days < FEWEST_DAYS:
        return []
    reports = nest.sums(past.cells(past.base))[:, -1]
    last_s = _last_of(nest, past)
    expected = _expected(past, reports / max(reports[0], 1), last_s)
    chance = zero_chance(expected, reports)
    levels = int(nest.level[-1]) + 1
    highest = FALSE_ALARMS_PER_DAY / (levels * max(reports[0], 1) / days)
    silent = (reports >= FEWEST_REPORTS) & (last_s < past.moment_s) & (chance <= highest)
    kept: list[int] = []
    for grid in np.flatnonzero(silent):  # the coarsest first
        if not any(nest.inside(int(grid), outer) for outer in kept):
            kept.append(int(grid))
    return [
        _alert(nest, past, clock, grid, int(last_s[grid]), float(expected[grid]), int(reports[grid])) for grid in kept
    ]


def zero_chance(expected: Floats, reports: NDArray[np.int64]) -> Floats:
    """How likely no report is where so many are expected, by a rate learned from so many reports."""
    shape = 1.0 / (1.0 / np.maximum(reports, 0.5) + _WEEK_VARIANCE)
    return np.asarray(np.exp(-shape * np.log1p(expected / shape)))


def _last_of(nest: Nest, past: PastReports) -> NDArray[np.int64]:
    """Time of each grid's last report; the beginning of the base where it had none."""
    of_leaf = np.full(past.leaf_count + 1, past.time_s[0] if len(past.time_s) else past.moment_s)
    np.maximum.at(of_leaf, past.leaf + 1, past.time_s)
    return np.array([of_leaf[lo + 1 : hi + 1].max() for lo, hi in zip(nest.lo, nest.hi, strict=True)])


def _expected(past: PastReports, share: Floats, since_s: NDArray[np.int64]) -> Floats:
    """What each grid expects from its last report to the moment."""
    usual = _usual_since(past, since_s)
    received = len(past.time_s) - np.searchsorted(past.time_s, since_s, side="right")
    expected = share * np.minimum(usual, received)
    # The city as a whole has nobody to be compared with but its own weeks.
    expected[0] = share[0] * usual[0]
    return expected


def _usual_since(past: PastReports, since_s: NDArray[np.int64]) -> Floats:
    """What the city receives from each time to the moment, by the mean of the base in each hour of the week."""
    base_until_s = past.moment_s - DAY_S
    base_since_s = base_until_s - past.base_days * DAY_S
    local = past.time_s[past.base] + past.offset_s
    counts = np.bincount(local // HOUR_S % _WEEK_H, minlength=_WEEK_H).astype(np.float64)
    hours = np.arange(base_since_s, base_until_s, HOUR_S) + past.offset_s
    per_hour = counts / np.maximum(np.bincount(hours // HOUR_S % _WEEK_H, minlength=_WEEK_H), 1)
    begun = np.concatenate([[0.0], np.cumsum(per_hour)])

    def until(time_s: NDArray[np.int64]) -> Floats:
        hour, rest = np.divmod(time_s + past.offset_s, HOUR_S)
        weeks, hour = np.divmod(hour, _WEEK_H)
        return np.asarray(weeks * begun[-1] + begun[hour] + per_hour[hour] * rest / HOUR_S)

    return np.asarray(until(np.full(1, past.moment_s)) - until(since_s))


def _alert(
    nest: Nest, past: PastReports, clock: CityClock, grid: int, last_s: int, expected: float, reports: int
) -> Alert:
    name = nest.ids[grid]
    hours = (past.moment_s - last_s) // HOUR_S
    return Alert(
        kind="silent",
        matter=matter_of("silent", name),
        grid=name,
        lo=int(nest.lo[grid]),
        hi=int(nest.hi[grid]),
        category=None,
        since=from_seconds(last_s, clock.zone),
        count=0,
        expected=round(expected, 3),
        base={"base_days": past.base_days, "base_reports": reports},
        reason="silent_for",
        values={"hours": int(hours), "expected": round(expected, 1), "days": past.base_days, "reports": reports},
        severity="red" if nest.level[grid] <= 1 else "yellow",
    )
