"""The map of a frame: one value per grid of a level."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from data.stats.measures.durations import answer, answers
from data.stats.measures.kpis import kpi as kpi_of
from data.stats.measures.kpis import measures_of, rounded_shares, whole_of
from data.stats.measures.places import level_places
from data.stats.measures.question import Question
from data.stats.measures.spans import last_days
from data.stats.mirror.mirror import MirrorView
from data.stats.picture.breaks import class_breaks, classes_of
from data.stats.picture.key import PictureCity, PictureKey

_DECIMALS = 4
_SHARE_DECIMALS = 3


def map_document(
    view: MirrorView,
    city: PictureCity,
    key: PictureKey,
    moment: datetime,
    *,
    days: int = 30,
    previous_breaks: Sequence[float] | None = None,
) -> dict[str, Any]:
    """The `map` event: a KPI for each grid of a level, over the last `days` days (stocks: at the moment).

    Parameters
    ----------
    key
        Grids outside what is in view have no value.
    previous_breaks
        ``breaks`` of the map this one follows, so that colours do not jump.

    Returns
    -------
    JSON-able: ``level, kpi, within``; ``ids`` None, because ``values``, ``counts`` (numerators) and ``classes``
    (see `class_breaks`) hold one entry for every grid of the level, depth first; None outside what is in view, and
    values and classes also where there is no data; ``breaks``.

    Raises
    ------
    GridUnknown, QueryInvalid
        No such grid, level or KPI.
    """
    asked, grid = kpi_of(key.kpi), city.grid(key)
    places = level_places(city.edition.system, key.level)
    question = Question(moment, *last_days(moment, days), city.narrowed(key), rules=city.rules)
    whole = tuple(map(kpi_of, whole_of(asked.key)))
    counts = question.count(view, measures_of(asked, *whole))
    found = answer(asked, view, counts, places, question)
    inside = places.inside(question.scope)
    values = np.where(inside, found.value, np.nan).round(_DECIMALS)
    if whole:
        # Read as percentages with one decimal, a grid's parts of one whole add up from map to map.
        parts = rounded_shares(answers(whole, view, counts, places, question), _SHARE_DECIMALS)
        values = np.where(inside, parts[whole.index(asked)], np.nan)
    breaks = class_breaks(values, previous_breaks)
    return {
        "level": key.level,
        "kpi": asked.key,
        "within": None if grid is None else grid.id,
        "ids": None,
        "values": [None if np.isnan(value) else value for value in values.tolist()],
        "breaks": breaks,
        "counts": [n if seen else None for n, seen in zip(found.numerator.tolist(), inside.tolist(), strict=True)],
        "classes": classes_of(values, breaks),
    }
