"""What is above the usual: places and categories with more reports today than on comparable days, beyond chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.stats.measures.places import Places
from data.stats.measures.question import Question
from data.stats.measures.rows import Seen, span_rows
from data.stats.mirror.mirror import MirrorView
from data.stats.picture.usual import CityClock

# In standard deviations. A wall looks at thousands of pairs of place and category at once: four of them let chance
# through about once in thirty thousand.
THRESHOLD: Final = 4.0
FEWEST_REPORTS: Final = 5


@dataclass(frozen=True, slots=True)
class Unusual:
    """A place and a category with more reports than usual.

    Attributes
    ----------
    place
        Position among the places.
    category
        Its code.
    count, expected, factor
        Reports today, those expected by now, and their ratio.
    score
        How far beyond chance, in standard deviations.
    """

    place: int
    category: str
    count: int
    expected: float
    factor: float
    score: float


def most_unusual(
    view: MirrorView, question: Question, clock: CityClock, days: Sequence[date], places: Places
) -> Unusual | None:
    """The pair of place and category farthest above its usual count at this time of day; None where none is.

    Counts are taken as Poisson; their square roots have a variance of about 1/4 whatever the mean, and the expected
    count is itself a mean over few days.
    """
    if not days or not len(places):
        return None
    seen = question.seen(view)
    shape = (len(places), len(view.categories))
    today = _tally(view, seen, places, shape, [_span(clock, clock.local.date())])
    before = _tally(view, seen, places, shape, [_span(clock, day) for day in days])
    # Half a report more than seen, so that what never happened is rare, and not impossible.
    expected = (before + 0.5) / len(days)
    score = 2 * (np.sqrt(today + 0.375) - np.sqrt(expected + 0.375)) / np.sqrt(1 + 1 / len(days))
    score[today < FEWEST_REPORTS] = -np.inf
    if not score.size or score.max() < THRESHOLD:
        return None
    place, category = np.unravel_index(int(score.argmax()), shape)
    count, usual = int(today[place, category]), float(expected[place, category])
    return Unusual(int(place), view.categories[category], count, usual, count / usual, float(score[place, category]))


def _span(clock: CityClock, day: date) -> tuple[int, int]:
    return clock.start(day), clock.same_time(day) + 1


def _tally(
    view: MirrorView, seen: Seen, places: Places, shape: tuple[int, int], spans: list[tuple[int, int]]
) -> NDArray[np.int64]:
    chosen = np.concatenate([span_rows(view, seen, "reported_at", *span) for span in spans])
    place = places.of_leaves(view["leaf"][chosen])
    inside = place >= 0
    cell = place[inside] * shape[1] + view["category"][chosen][inside]
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
