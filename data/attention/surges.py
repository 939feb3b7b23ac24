"""More reports than expected for this hour and weekday, per grid of any level, per category and for all together."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.attention.alert import Alert, matter_of
from data.attention.expected import base_of, expected_in
from data.attention.nest import Nest
from data.attention.past_reports import HOUR_S, PastReports, same_hours
from data.attention.tails import adjusted, count_tail
from data.stats.mirror.seconds import from_seconds
from data.stats.picture.usual import CityClock

WINDOWS_H: Final = (1, 3, 24)
FEWEST_REPORTS: Final = 4
# Among what is called a surge at one look, the share that may be chance.
FALSE_DISCOVERIES: Final = 0.02
# What is left of a wider surge without the smaller ones in it is no matter of its own when chance does it this often.
_REST: Final = 0.001
_RED_COUNT: Final = 10
_RED_FACTOR: Final = 3.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tables:
    """What was counted and expected: arrays ``(windows, grids, categories + 1)``, all categories in the last column."""

    nest: Nest
    count: NDArray[np.int64]
    mean: Floats
    shape: Floats
    same: NDArray[np.int64]
    reports: NDArray[np.int64]

    def excess(self, window: int, grid: int, category: int) -> float:
        """Reports beyond the expected ones; 0 where there are fewer."""
        return max(0.0, float(self.count[window, grid, category] - self.mean[window, grid, category]))


@dataclass(frozen=True, slots=True)
class Surge:
    """A grid and category above the expected; `category` is a position, the last one being all of them.

    `p_adjusted` is corrected for all that was looked at; `hottest` the inner grid that was folded into this one, -1
    for none.
    """

    window: int
    grid: int
    category: int
    p_adjusted: float
    hottest: int = -1


def surges(nest: Nest, past: PastReports, clock: CityClock, days: list[date]) -> list[Alert]:
    """Find them; empty without comparable days: where nothing is usual, nothing is unusual.

    Parameters
    ----------
    days
        Comparable days (`usual.comparable_days`).
    """
    if not days or not past.categories:
        return []
    tables = tables_of(nest, past, clock, days)
    found = folded(tables, significant(tables))
    return [_alert(tables, surge, past, clock, len(days)) for surge in found]


def tables_of(nest: Nest, past: PastReports, clock: CityClock, days: list[date]) -> Tables:
    """Count and expect, for each window that ends at the moment."""
    base = base_of(nest, past)
    counts, means, shapes, sames = [], [], [], []
    for hours in WINDOWS_H:
        length_s = hours * HOUR_S
        same = nest.sums(
            sum((past.cells(past.within(*span)) for span in same_hours(clock, days, length_s)), _none(past))
        )
        expected = expected_in(nest, base, same, len(days))
        counts.append(nest.sums(past.cells(past.within(past.moment_s - length_s, past.moment_s))))
        means.append(expected.mean)
        shapes.append(expected.shape)
        sames.append(same)
    return Tables(nest, np.stack(counts), np.stack(means), np.stack(shapes), np.stack(sames), base.reports)


def _none(past: PastReports) -> NDArray[np.int64]:
    return np.zeros((past.leaf_count + 1, len(past.categories)), np.int64)


def significant(tables: Tables) -> list[Surge]:
    """Those beyond chance, corrected for all pairs of a grid and a category and all windows that were looked at."""
    window, grid, category = np.nonzero((tables.count >= FEWEST_REPORTS) & (tables.count > tables.mean))
    where = (window, grid, category)
    p = count_tail(tables.count[where], tables.mean[where], tables.shape[where])
    singles = tables.count.shape[2] - 1
    of_level = np.bincount(tables.nest.level)
    tests = of_level[tables.nest.level[grid]] * np.where(category == singles, 1, singles)
    corrected = adjusted(p, tests, 2 * len(of_level) * len(tables.count))
    best: dict[tuple[int, int], Surge] = {}
    for at in np.flatnonzero(corrected <= FALSE_DISCOVERIES)[::-1]:
        surge = Surge(int(window[at]), int(grid[at]), int(category[at]), float(corrected[at]))
        known = best.get((surge.grid, surge.category))
        # Of several windows the surest; the shortest of equals, which come last.
        if known is None or surge.p_adjusted <= known.p_adjusted:
            best[surge.grid, surge.category] = surge
    return list(best.values())


def folded(tables: Tables, found: list[Surge]) -> list[Surge]:
    """Leave, of surges that are the same incidents seen in nested grids, the smallest grid that explains them.

    From the leaves upwards: a grid whose count is no surprise once the excess of the smaller surges in it is taken away
    adds nothing, and is dropped. If it still is one, or if several of them make up most of it, the matter is wider than
    each of them: it stands, and they are folded into it. All categories together come last: what single categories
    explain is no matter of its own.
    """
    everything = tables.count.shape[2] - 1
    kept: list[Surge] = []
    for category in sorted({one.category for one in found} - {everything}):
        kept += _fold_levels(tables, [one for one in found if one.category == category], [])
    return kept + _fold_levels(tables, [one for one in found if one.category == everything], kept)


def _fold_levels(tables: Tables, found: list[Surge], explaining: list[Surge]) -> list[Surge]:
    nest = tables.nest
    kept: list[Surge] = []
    for one in sorted(found, key=lambda surge: (-nest.level[surge.grid], surge.grid)):
        inner = [other for other in kept if nest.inside(other.grid, one.grid)]
        within = [other for other in explaining if nest.inside(other.grid, one.grid)]
        wide = len(inner) > 1 and _most_of(tables, one, inner)
        if (inner or within) and not wide and _explained(tables, one, inner, within):
            continue
        kept = [other for other in kept if other not in inner]
        kept.append(_with_hottest(tables, one, inner))
    return kept


def _most_of(tables: Tables, one: Surge, inner: list[Surge]) -> bool:
    """Whether several surges inside a grid are, by what is expected of them, at least half of it."""
    parts = sum(float(tables.mean[one.window, other.grid, one.category]) for other in inner)
    return parts >= 0.5 * float(tables.mean[one.window, one.grid, one.category])


def _explained(tables: Tables, one: Surge, inner: list[Surge], within: list[Surge]) -> bool:
    window, grid, category = one.window, one.grid, one.category
    excess = sum(tables.excess(window, other.grid, other.category) for other in within)
    for other in inner:
        # What the categories inside an inner grid explain is taken away once only.
        own = [each for each in within if tables.nest.inside(each.grid, other.grid)]
        twice = sum(tables.excess(window, each.grid, each.category) for each in own)
        excess += max(0.0, tables.excess(window, other.grid, other.category) - twice)
    rest = max(0.0, round(float(tables.count[window, grid, category]) - excess))
    if rest < FEWEST_REPORTS:
        return True
    p = count_tail(rest, tables.mean[window, grid, category], tables.shape[window, grid, category])
    return bool(p > _REST)


def _with_hottest(tables: Tables, one: Surge, inner: list[Surge]) -> Surge:
    if not inner:
        return one
    hottest = max(inner, key=lambda other: tables.excess(one.window, other.grid, other.category)).grid
    return Surge(one.window, one.grid, one.category, one.p_adjusted, hottest)


def _alert(tables: Tables, surge: Surge, past: PastReports, clock: CityClock, days: int) -> Alert:
    at = (surge.window, surge.grid, surge.category)
    hours, count, expected = WINDOWS_H[surge.window], int(tables.count[at]), float(tables.mean[at])
    nest, grid = tables.nest, tables.nest.ids[surge.grid]
    single = surge.category < len(past.categories)
    category = past.categories[surge.category] if single else None
    red = count >= _RED_COUNT and count >= _RED_FACTOR * expected
    return Alert(
        kind="surge",
        matter=matter_of("surge", grid, category),
        grid=grid,
        lo=int(nest.lo[surge.grid]),
        hi=int(nest.hi[surge.grid]),
        category=category,
        since=from_seconds(past.moment_s - hours * HOUR_S, clock.zone),
        count=count,
        expected=round(expected, 3),
        base={
            "days": days,
            "same_hours": int(tables.same[at]),
            "base_days": past.base_days,
            "base_reports": int(tables.reports[surge.grid, surge.category]),
            "p_adjusted": surge.p_adjusted,
            "hottest": nest.ids[surge.hottest] if surge.hottest >= 0 else None,
        },
        reason="surge_of_category" if single else "surge_of_all",
        values={"hours": hours, "count": count, "expected": _shown(expected), "days": days},
        severity="red" if red else "yellow",
    )


def _shown(expected: float) -> float:
    """An expectation as a sentence says it: whole from ten on, two digits below."""
    return round(expected) if expected >= 10 else round(expected, 1 if expected >= 1 else 2)
