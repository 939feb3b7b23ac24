"""How many reports are expected of each grid and category in some hours, and how surely that is known.

Few data are the rule: most pairs of a grid and a category see a report a month. So each expectation is a chain of
means, each shrunken towards the one before by as much as the data themselves say (gamma-Poisson shrinkage: W.
DuMouchel, Am. Stat. 53, 1999, 177; the negative binomial as the count to be expected: A. Noufaily et al., Stat. Med.
32, 2013, 1206):

1. the city in the comparable hours of the weeks before, times the grid's share of all reports, times the category's;
2. times how much more the category is reported at these hours than at others;
3. times how much more this grid sees of this category than its shares say;
4. times how much more this grid saw of this category in these very hours.

What is not known of each factor, and how much days differ beyond chance, makes the shape of a negative binomial.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.attention.nest import Nest
from data.attention.past_reports import DAY_S, PastReports

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Reports each leaf and category is taken to have had besides its own: what never happened is rare, not impossible.
_PRIOR_REPORTS: Final = 0.5
# Bounds of the variance of a factor from one grid, category or day to another, relative to the square of its mean.
_FACTOR_VARIANCE: Final = (0.01, 4.0)
_DAY_VARIANCE: Final = (0.003, 0.1)


@dataclass(frozen=True, eq=False)
class Expected:
    """The count to be expected, shape ``(grids, categories + 1)``: negative binomial of this mean and shape."""

    mean: Floats
    shape: Floats


@dataclass(frozen=True, eq=False)
class Base:
    """What all windows of a moment have in common.

    Attributes
    ----------
    reports
        Of the base, per grid and category, all categories in the last column.
    share
        Of each grid in all reports.
    factor, certainty
        Of step 3: the factor, and the shape of the gamma it is drawn from.
    day_variance
        Per category: how much days differ beyond chance.
    """

    reports: Ints
    share: Floats
    factor: Floats
    certainty: Floats
    day_variance: Floats


def base_of(nest: Nest, past: PastReports) -> Base:
    """Learn the base of a moment; a grid's share is that of its leaves where there are no reports."""
    reports = nest.sums(past.cells(past.base))
    leaves = nest.hi - np.maximum(nest.lo, 0)
    total = float(reports[0, -1])
    # Of the whole city 1, whatever lies in no grid.
    share = (reports[:, -1] + _PRIOR_REPORTS * leaves) / (total + _PRIOR_REPORTS * leaves[0])
    by_share = share[:, None] * _of_categories(reports)[None, :]
    prior = 1.0 / _variances(nest, reports, by_share)
    certainty = prior + reports
    return Base(reports, share, certainty / (prior + by_share), certainty, _day_variance(past))


def expected_in(nest: Nest, base: Base, same: Ints, windows: int) -> Expected:
    """Expect the reports of one more window.

    Parameters
    ----------
    same
        Reports of the comparable windows together, as `Nest.sums` gives them.
    windows
        How many there were, at least 1.
    """
    total = base.reports[0, -1] + _PRIOR_REPORTS
    # Hours in which nothing was reported are not without any chance of it.
    in_hours = max(float(same[0, -1]), _PRIOR_REPORTS)
    by_hours = in_hours * _of_categories(base.reports) / total
    by_hours[-1] = in_hours
    hours_prior = 1.0 / _variance(same[0, :-1], by_hours[:-1])
    hours_certainty = hours_prior + same[0]
    of_city = by_hours * hours_certainty / (hours_prior + by_hours)
    of_city[-1] = in_hours
    mean = of_city[None, :] * base.share[:, None] * base.factor
    own_prior = 1.0 / _variances(nest, same, mean)
    own_certainty = own_prior + same
    mean = mean * own_certainty / (own_prior + mean) / windows
    of_all = 1 / (same[0, -1] + _PRIOR_REPORTS) + 1 / hours_certainty + base.day_variance
    unknown = of_all[None, :] + 1 / base.certainty + 1 / own_certainty
    return Expected(mean, 1.0 / unknown)


def _of_categories(reports: Ints) -> Floats:
    """The city's reports per category, and all of them."""
    found = reports[0] + _PRIOR_REPORTS
    found[-1] = max(float(reports[0, -1]), _PRIOR_REPORTS)
    return np.asarray(found)


def _variances(nest: Nest, seen: Ints, mean: Floats) -> Floats:
    """`_variance` of each level, categories singly and together."""
    found = np.empty(mean.shape)
    for level in range(int(nest.level[-1]) + 1):
        rows = nest.level == level
        found[rows, :-1] = _variance(seen[rows, :-1], mean[rows, :-1])
        found[rows, -1] = _variance(seen[rows, -1], mean[rows, -1])
    return found


def _variance(seen: NDArray[np.int64], mean: Floats) -> float:
    """How much the true means vary around the given ones beyond chance, by moments; relative to their square."""
    squares = float((mean**2).sum())
    beyond = float(((seen - mean) ** 2 - seen).sum())
    return float(np.clip(beyond / squares if squares > 0 else 0.0, *_FACTOR_VARIANCE))


def _day_variance(past: PastReports) -> Floats:
    """The same of the days of the base around the mean of their weekday, per category and for all together."""
    width = len(past.categories)
    chosen = past.base
    day = (past.moment_s - DAY_S - past.time_s[chosen]) // DAY_S
    days = max(past.base_days, 1)
    cells = np.bincount(day * width + past.category[chosen], minlength=days * width).reshape(-1, width)[:days]
    counts = np.column_stack([cells, cells.sum(axis=1)]).astype(np.float64)
    found = np.full(width + 1, _DAY_VARIANCE[0])
    squares, beyond = np.zeros(width + 1), np.zeros(width + 1)
    for weekday in range(7):
        same = counts[weekday::7]
        if len(same) > 1:
            mean = same.mean(axis=0)
            beyond += ((same - mean) ** 2).sum(axis=0) * len(same) / (len(same) - 1) - same.sum(axis=0)
            squares += len(same) * mean**2
    known = squares > 0
    found[known] = np.clip(beyond[known] / squares[known], *_DAY_VARIANCE)
    return found
