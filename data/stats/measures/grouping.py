"""A view whose places are not grids but words: categories, sources or units.

Every incident in view is put into the place of its word, so that whatever counts, ranks or compares grids does the same
for all words at once, in the same pass.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

import numpy as np

from data.access.scope import Scope
from data.stats.measures.places import Places
from data.stats.measures.question import Question
from data.stats.mirror.mirror import MirrorView

Dimension = Literal["category", "source", "unit"]
DIMENSIONS: Final[tuple[Dimension, ...]] = ("category", "source", "unit")


def grouped(
    view: MirrorView, question: Question, by: Dimension, words: Sequence[str], total: Places
) -> tuple[MirrorView, Question, Places]:
    """The view with one place for each word, the question asked of all of them, and these places.

    Parameters
    ----------
    question
        Its scope is what is in view: what lies outside is in no place.
    words
        The words there are places for; incidents of others are in no place.
    total
        What is in view as one place: every word is asked about in all of it, so that its area and people are theirs.

    Returns
    -------
    view
        Its `leaf` is the position of the incident's word in `words`; -1 for another one, and outside the scope. It
        costs four bytes for each incident while it is kept.
    question
        Over all places, and nothing outside.
    places
        In the order of the words; id and name are the word. None where there are no words.
    """
    positions = {word: at for at, word in enumerate(words)}
    place = np.array([*(positions.get(word, -1) for word in view.words[by]), -1], np.int32)[view[by]]
    scope, leaf = question.scope, view["leaf"]
    if not scope.whole(view.leaf_count):
        place[~scope.mask(leaf)] = -1
    named, count = tuple(words), len(words)
    at = np.arange(count, dtype=np.int64)
    places = Places(named, named, at, at + 1, np.full(count, total.area_km2[0]), np.full(count, total.population[0]))
    relabelled = MirrorView(view.seq, count, {**view.columns, "leaf": place}, view.words, view.zones)
    return relabelled, replace(question, scope=Scope.of([(0, count)], "screen")), places
