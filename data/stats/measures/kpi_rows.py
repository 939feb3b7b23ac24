"""All KPIs per grid of a level, or per source, category or unit: what `GET /api/v1/kpis` answers."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from data.city.editions import Edition
from data.stats.measures.chance import TARGET, Split, split_against
from data.stats.measures.counting import Counts
from data.stats.measures.durations import answers
from data.stats.measures.grouping import Dimension, grouped
from data.stats.measures.kpis import KPIS, Kpi, counted, level_kpis
from data.stats.measures.measures import MEASURES, Measure, level_measures, within_level_measures
from data.stats.measures.places import Places, level_places, whole
from data.stats.measures.question import Question
from data.stats.measures.wire import kpi_documents, number
from data.stats.mirror.mirror import MirrorView
from data.words import MEANS
from geo.grids import GridSystem


def all_kpis(edition: Edition) -> tuple[Kpi, ...]:
    """The declared KPIs, and those of each level of the edition."""
    return (*KPIS, *level_kpis(edition.system.depth, edition.level_names))


def all_measures(edition: Edition) -> tuple[Measure, ...]:
    """The declared measures, and those of each level of the edition."""
    depth = edition.system.depth
    return (*MEASURES, *level_measures(depth), *within_level_measures(depth))


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
    JSON-able: ``level, within, moment, since, until, seq``; ``rows`` with ``id, code, name, kpis, measures, means`` for
    each grid that lies wholly in view, depth first; ``total`` of everything in view, unlocated incidents included where
    the scope sees them; ``unlocated``, the measures of those. The measures of the rows and the unlocated add up to
    the total when the rows cover what is in view. ``means`` is the split by means against ``means_target``, see
    `chance.Split`. None stands for no data.

    Raises
    ------
    GridUnknown
        If there is no grid `within`.
    QueryInvalid
        If there is no such level, or the span is none.
    """
    system: GridSystem = edition.system
    every = level_places(system, level)
    asked, total = in_view(edition, question, within)
    counts = asked.count(view, all_measures(edition))
    places = every.at(np.flatnonzero(every.inside(asked.scope)))
    kpis = all_kpis(edition)
    return {
        "level": level,
        "by": None,
        **_asked(view, question, total.ids[0]),
        "rows": _rows(view, counts, places, asked, kpis),
        "total": _rows(view, counts, total, asked, kpis)[0],
        "unlocated": {name: int(n) for name, n in zip(counts.names, counts.unlocated, strict=True)},
    }


def kpi_groups(
    view: MirrorView,
    *,
    edition: Edition,
    by: Dimension,
    question: Question,
    within: str | None = None,
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Every KPI and every measure for each source, category or unit: `kpi_rows` with other rows.

    The rows are those words of the mirror that have anything to count, in alphabetical order; their ``id`` is None,
    ``code`` is the word ("" where the category is unknown, or nothing was dispatched), ``name`` its entry in `names`,
    the word itself without one. The measures of the rows add up to the total.
    """
    asked, total = in_view(edition, question, within)
    kpis, measures = all_kpis(edition), all_measures(edition)
    relabelled, of_each, every = grouped(view, asked, by, sorted(view.words[by]), total)
    counts = of_each.count(relabelled, measures)
    places = every.at(np.flatnonzero(counts.by_leaf.any(axis=0)))
    rows = _rows(relabelled, counts, places, of_each, kpis)
    of_all = asked.count(view, measures)
    return {
        "level": None,
        "by": by,
        **_asked(view, question, total.ids[0]),
        "rows": [_worded(row, names or {}) for row in rows],
        "total": _rows(view, of_all, total, asked, kpis)[0],
        "unlocated": {name: int(n) for name, n in zip(of_all.names, of_all.unlocated, strict=True)},
    }


def _worded(row: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    word = row["name"]
    return {**row, "id": None, "code": word, "name": names.get(word, word)}


def in_view(edition: Edition, question: Question, within: str | None) -> tuple[Question, Places]:
    """The question of what is in view, and that as one place."""
    system: GridSystem = edition.system
    grid = None if within is None else system.find(within)
    total = whole(system, edition.city, grid, question.scope)
    return question if grid is None else question.narrowed(grid.lo, grid.hi), total


def _asked(view: MirrorView, question: Question, within: str | None) -> dict[str, Any]:
    return {
        "within": within,
        "moment": question.moment.isoformat(),
        "since": question.since.isoformat(),
        "until": question.until.isoformat(),
        "seq": view.seq,
        "means_target": list(TARGET),
    }


def _rows(
    view: MirrorView, counts: Counts, places: Places, question: Question, asked: tuple[Kpi, ...]
) -> list[dict[str, Any]]:
    kpis = kpi_documents(asked, answers(asked, view, counts, places, question))
    measured = [counted(counts, name, places).tolist() for name in counts.names]
    split = split_against(np.stack([counted(counts, means, places) for means in MEANS], axis=1))
    keys = [one.key for one in asked]
    return [
        {
            "id": wire,
            "code": None if wire is None else wire.partition(":")[2],
            "name": name,
            "kpis": dict(zip(keys, values, strict=True)),
            "measures": dict(zip(counts.names, numbers, strict=True)),
            "means": _means(split, at),
        }
        for at, (wire, name, values, numbers) in enumerate(
            zip(places.ids, places.names, zip(*kpis, strict=True), zip(*measured, strict=True), strict=True)
        )
    ]


def _means(split: Split, at: int) -> dict[str, Any]:
    return {
        "counts": split.counts[at].tolist(),
        "distance": number(split.distance[at]),
        "p": number(split.p[at]),
        "p_adjusted": number(split.p_adjusted[at]),
        "more_than_chance": bool(split.more_than_chance[at]),
    }
