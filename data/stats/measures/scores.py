"""Composite scores: several shares, each with its points, in one number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.errors import QueryInvalid
from data.stats.measures.intervals import wilson
from data.stats.measures.kpis import Kpi, KpiValues, kpi

# Sums of the same shares are the same score, in whatever order a machine adds them up.
_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Score:
    """One composite score.

    Attributes
    ----------
    key, zh, en
        Its key and its names.
    source
        Where the form comes from.
    points
        Points of each share, by the key of its KPI. A KPI of which less is better counts as 1 - share.
    when_missing
        Where a share is 0 of 0: no score, or the points of the others are scaled up to the full ones.
    """

    key: str
    zh: str
    en: str
    source: str
    points: Mapping[str, float] = field(default_factory=dict)
    when_missing: Literal["no_data", "rescale"] = "no_data"

    def __post_init__(self) -> None:
        if not self.points:
            raise QueryInvalid(f"score {self.key!r} has no points: give at least one KPI its points", score=self.key)
        for name, points in self.points.items():
            one = kpi(name)
            if one.unit != "ratio" or one.better is None:
                raise QueryInvalid(
                    f"score {self.key!r} gives points to {name!r}, which is no share with a better and a worse end",
                    score=self.key, kpi=name,
                )  # fmt: skip
            if not 0 < points < np.inf:
                raise QueryInvalid(
                    f"score {self.key!r} gives {name!r} {points} points: they must be more than 0",
                    score=self.key, kpi=name, points=points,
                )  # fmt: skip

    @property
    def full(self) -> float:
        """The most points there are."""
        return sum(self.points.values())

    @property
    def kpis(self) -> tuple[Kpi, ...]:
        """The KPIs it is made of."""
        return tuple(kpi(name) for name in self.points)

    @property
    def formula(self) -> str:
        """The form in words: ``handling_rate * 30 + (1 - rework_rate) * 20``."""
        shares = [one.key if one.better == "up" else f"(1 - {one.key})" for one in self.kpis]
        return " + ".join(f"{share} * {points:g}" for share, points in zip(shares, self.points.values(), strict=True))


@dataclass(frozen=True, eq=False)
class ScoreValues:
    """A score for several places.

    Attributes
    ----------
    value
        float64 points; NaN where there is no score.
    low, high
        float64: the interval, made of those of the shares (MOVER, as if they were independent).
    sample
        int64: the fewest cases behind any of its shares.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    sample: NDArray[np.int64]


def scored(score: Score, shares: Sequence[KpiValues], confidence: float = 0.95) -> ScoreValues:
    """Add up the points.

    Parameters
    ----------
    shares
        Values of `score.kpis`, in that order, for the same places.

    References
    ----------
    G. Y. Zou, A. Donner, Construction of confidence limits about effect measures: a general approach, Statistics in
    Medicine 27 (2008), 1693-1702.
    """
    cases = np.stack([_cases(one) for one in shares])
    hits = np.stack([one.numerator for one in shares])
    falls = np.array([one.better == "down" for one in score.kpis])[:, None]
    good = np.where(falls, cases - hits, hits)
    known = cases > 0
    share = good / np.where(known, cases, 1)
    low, high = wilson(good, cases, confidence)
    points = np.array(list(score.points.values()), np.float64)[:, None] * known
    there = points.sum(axis=0)
    complete = np.asarray(known.all(axis=0) if score.when_missing == "no_data" else there > 0)
    weight = points * np.divide(score.full, there, out=np.zeros_like(there), where=there > 0)
    value = (weight * share).sum(axis=0)
    below = np.sqrt(((weight * np.where(known, share - low, 0)) ** 2).sum(axis=0))
    above = np.sqrt(((weight * np.where(known, high - share, 0)) ** 2).sum(axis=0))
    sample = np.where(known, cases, np.iinfo(np.int64).max).min(axis=0)
    return ScoreValues(
        _points(value, complete),
        _points(np.maximum(value - below, 0), complete),
        _points(np.minimum(value + above, score.full), complete),
        np.where(complete, sample, 0),
    )


def _points(values: NDArray[np.float64], there: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.where(there, values.round(_DECIMALS), np.nan)


def _cases(values: KpiValues) -> NDArray[np.int64]:
    if values.denominator is None:
        raise QueryInvalid("a score is made of shares: a count or a duration has no denominator")
    return values.denominator.astype(np.int64)
