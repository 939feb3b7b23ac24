"""All KPIs per grid of a level: what `GET /api/v1/kpis` answers."""

from typing import Any

import numpy as np

from data.stats.counting import Counts
from data.stats.durations import answer
from data.stats.kpis import KPIS, counted
from data.stats.measures import MEASURES, level_measures
from data.stats.mirror import MirrorView
from data.stats.places import Places, level_places, whole
from data.stats.question import Question
from data.stats.wire import kpi_documents
from data.store.editions import Edition
from geo.grids import GridSystem


def kpi_rows(
    view: MirrorView, *, edition: Edition, level: int, question: Question, within: str | None = None
) -> dict[str, Any]:
    """Every KPI and every measure for each grid of a level.

    Parameters
    ----------
    question
        Moment, span, filter, and the scope of who asks.
    within
        ``"LEVEL:CODE"`` of a grid: only its part of the level; None for all of the scope.

    Returns
    -------
    JSON-able: ``level, within, moment, since, until, seq``; ``rows`` with ``id, code, name, kpis, measures`` for each
    grid that lies wholly in view, depth first; ``total`` of everything in view, unlocated incidents included where
    the scope sees them; ``unlocated``, the measures of those. The measures of the rows and the unlocated add up to
    the total when the rows cover what is in view. None stands for no data.

    Raises
    ------
    GridUnknown
        If there is no grid `within`.
    QueryInvalid
        If there is no such level, or the span is none.
    """
    system: GridSystem = edition.system
    grid = None if within is None else system.find(within)
    every = level_places(system, level)
    asked = question if grid is None else question.narrowed(grid.lo, grid.hi)
    counts = asked.count(view, (*MEASURES, *level_measures(system.depth)))
    places = every.at(np.flatnonzero(every.inside(asked.scope)))
    total = whole(system, edition.city, grid, question.scope)
    return {
        "level": level,
        "within": None if grid is None else grid.id,
        "moment": question.moment.isoformat(),
        "since": question.since.isoformat(),
        "until": question.until.isoformat(),
        "seq": view.seq,
        "rows": _rows(view, counts, places, asked),
        "total": _rows(view, counts, total, asked)[0],
        "unlocated": {name: int(n) for name, n in zip(counts.names, counts.unlocated, strict=True)},
    }


def _rows(view: MirrorView, counts: Counts, places: Places, question: Question) -> list[dict[str, Any]]:
    kpis = [kpi_documents(one, answer(one, view, counts, places, question)) for one in KPIS]
    measured = [counted(counts, name, places).tolist() for name in counts.names]
    keys = [one.key for one in KPIS]
    return [
        {
            "id": wire,
            "code": None if wire is None else wire.partition(":")[2],
            "name": name,
            "kpis": dict(zip(keys, values, strict=True)),
            "measures": dict(zip(counts.names, numbers, strict=True)),
        }
        for wire, name, values, numbers in zip(
            places.ids, places.names, zip(*kpis, strict=True), zip(*measured, strict=True), strict=True
        )
    ]
