"""The league table: places in order, and how much that order means."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from data.errors import QueryInvalid
from data.stats.measures.intervals import deviate, wilson
from data.stats.measures.kpis import Kpi, KpiValues
from data.stats.measures.places import Places
from data.stats.measures.scores import ScoreValues
from data.stats.measures.wire import number

Better = Literal["up", "down"]
UNRANKED: Final = 0


@dataclass(frozen=True, slots=True)
class LeagueRules:
    """What makes a rank.

    Attributes
    ----------
    minimum_sample
        With fewer cases a place is listed, but not ranked.
    confidence
        Of the interval beside each value.
    longest_list
        Most places on the red list (红榜) and on the black list (黑榜); equal ones are never parted.
    """

    minimum_sample: int = 10
    confidence: float = 0.95
    longest_list: int = 3

    def __post_init__(self) -> None:
        if self.minimum_sample < 1:
            raise QueryInvalid(
                f"the minimum sample is {self.minimum_sample}: nothing can be ranked on less than 1 case",
                minimum_sample=self.minimum_sample,
            )
        if self.longest_list < 0:
            raise QueryInvalid(
                f"the longest list is {self.longest_list}: it must be 0 or more", longest_list=self.longest_list
            )
        deviate(self.confidence)


@dataclass(frozen=True, eq=False)
class Measured:
    """What places are compared by.

    Attributes
    ----------
    value, low, high
        float64: the value and its interval; NaN where there is no data.
    sample
        int64: cases behind it.
    better
        Which way is better.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    sample: NDArray[np.int64]
    better: Better

    @classmethod
    def of_share(cls, asked: Kpi, values: KpiValues, confidence: float) -> "Measured":
        """A KPI that is a share, with Wilson's interval.

        Raises
        ------
        QueryInvalid
            The KPI is no share, or has no better and no worse end.
        """
        if asked.unit != "ratio" or asked.better is None or values.denominator is None:
            raise QueryInvalid(
                f"places cannot be ranked by {asked.key!r}: give a share with a better and a worse end, or a score",
                kpi=asked.key,
            )
        low, high = wilson(values.numerator, values.denominator, confidence)
        return cls(values.value, low, high, values.denominator.astype(np.int64), asked.better)

    @classmethod
    def of_score(cls, values: ScoreValues) -> "Measured":
        """A composite score: more points are better."""
        return cls(values.value, values.low, values.high, values.sample, "up")

    @property
    def goodness(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Value and interval turned so that more is better."""
        if self.better == "up":
            return self.value, self.low, self.high
        return -self.value, -self.high, -self.low


def ranks(measured: Measured, rules: LeagueRules) -> NDArray[np.int64]:
    """Rank of each place: 1 + the number of places that are better; equal values share a rank.

    `UNRANKED` where there is no data or fewer cases than the minimum sample.
    """
    good, ranked = measured.goodness[0], ranked_places(measured, rules)
    mine = np.sort(good[ranked])
    rank = np.full(len(good), UNRANKED, dtype=np.int64)
    rank[ranked] = len(mine) - np.searchsorted(mine, good[ranked], side="right") + 1
    return rank


def rank_ranges(measured: Measured, rules: LeagueRules) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The best and the worst rank that the intervals allow.

    Only places whose whole interval is better stand above for certain, and only those whose whole interval is worse
    stand below; `UNRANKED` as in `ranks`.
    """
    _, low, high = measured.goodness
    ranked = ranked_places(measured, rules)
    lows, highs = np.sort(low[ranked]), np.sort(high[ranked])
    best, worst = np.full((2, len(low)), UNRANKED, dtype=np.int64)
    best[ranked] = len(lows) - np.searchsorted(lows, high[ranked], side="right") + 1
    worst[ranked] = len(highs) - np.searchsorted(highs, low[ranked], side="left")
    return best, worst


def ranked_places(measured: Measured, rules: LeagueRules) -> NDArray[np.bool_]:
    """Which places have data, and enough cases to be ranked."""
    return ~np.isnan(measured.value) & (measured.sample >= rules.minimum_sample)


def lists(measured: Measured, overall: float, rules: LeagueRules) -> NDArray[np.int8]:
    """Red list (1), black list (-1), or neither (0).

    On a list is who is better, or worse, than all together by more than chance: the whole interval lies on one side of
    `overall`, the value of all places together. Of those, the first ones by rank, as many as the rules allow; those
    equal to the last one are on it as well. Without an overall value, nobody is.
    """
    good, low, high = measured.goodness
    mean = overall if measured.better == "up" else -overall
    ranked = ranked_places(measured, rules)
    found = np.zeros(len(good), dtype=np.int8)
    found[_foremost(good, ranked & (low > mean), rules.longest_list)] = 1
    found[_foremost(-good, ranked & (high < mean), rules.longest_list)] = -1
    return found


def _foremost(good: NDArray[np.float64], chosen: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    if not most or not chosen.any():
        return np.zeros(len(good), dtype=bool)
    best = np.sort(good[chosen])[::-1]
    return np.asarray(chosen & (good >= best[min(most, len(best)) - 1]))


def league_rows(
    places: Places,
    measured: Measured,
    *,
    overall: float,
    previous: Measured | None = None,
    rules: LeagueRules | None = None,
) -> list[dict[str, Any]]:
    """The table, best first; equal ones by name; then who has too few cases, then who has none.

    Parameters
    ----------
    overall
        Value of all places together.
    previous
        The same places in the last period; None where nothing is known of it.

    Returns
    -------
    JSON-able rows: ``id, name, rank, rank_best, rank_worst, tied, value, low, high, sample, previous_rank, change,
    list, reason``. `tied` is the number of other places with the same rank. `change` is how many ranks it rose
    (negative: fell), None unless ranked in both periods. `list` is ``"red"``, ``"black"`` or None. `reason` says why
    there is no rank: ``"no_data"`` or ``"too_few"``.
    """
    rules = rules or LeagueRules()
    rank, (best, worst) = ranks(measured, rules), rank_ranges(measured, rules)
    before = np.full(len(places), UNRANKED) if previous is None else ranks(previous, rules)
    named = lists(measured, overall, rules)
    sharing = np.bincount(rank)
    rows = [
        {
            "id": places.ids[at],
            "name": places.names[at],
            "rank": _rank(rank[at]),
            "rank_best": _rank(best[at]),
            "rank_worst": _rank(worst[at]),
            "tied": int(sharing[rank[at]]) - 1 if rank[at] else 0,
            "value": number(measured.value[at]),
            "low": number(measured.low[at]),
            "high": number(measured.high[at]),
            "sample": int(measured.sample[at]),
            "previous_rank": _rank(before[at]),
            "change": int(before[at] - rank[at]) if rank[at] and before[at] else None,
            "list": (None, "red", "black")[named[at]],
            "reason": None if rank[at] else "no_data" if np.isnan(measured.value[at]) else "too_few",
        }
        for at in range(len(places))
    ]
    return sorted(rows, key=_position)


def _rank(rank: np.int64) -> int | None:
    return int(rank) or None


def _position(row: dict[str, Any]) -> tuple[int, int, str, str]:
    reasons = (None, "too_few", "no_data")
    return reasons.index(row["reason"]), row["rank"] or 0, row["name"], row["id"] or ""
