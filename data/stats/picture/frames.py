"""The frame: all numbers of a screen at a moment, computed by one function for live and past moments."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from data.access.scope import Scope
from data.stats.measures.counting import Counts, count
from data.stats.measures.durations import answers
from data.stats.measures.kpis import KPIS, counted
from data.stats.measures.kpis import kpi as kpi_of
from data.stats.measures.measures import MEASURES, level_measures
from data.stats.measures.places import Places, children_of, level_places, whole
from data.stats.measures.question import Question
from data.stats.measures.rows import Rows
from data.stats.measures.span_counts import span_counts
from data.stats.measures.spans import last_days
from data.stats.measures.wire import kpi_documents
from data.stats.mirror.mirror import MirrorView
from data.stats.picture.incidents_shown import newest, newest_ids, newest_rows, points
from data.stats.picture.key import PictureCity, PictureKey
from data.stats.picture.map_document import map_document
from data.stats.picture.panels import headline, league_panel, levels_panel, means_panel
from data.stats.picture.supervision import deadlines_panel, oldest, units_panel
from data.stats.picture.trend import trend
from data.stats.picture.unusual import most_unusual
from data.stats.picture.usual import CityClock, comparable_days, flow, usual_open, usual_so_far
from geo.grids import Grid, GridSystem

__all__ = ["count", "frame", "map_document", "newest_ids"]

SPAN_DAYS: Final = 30
_NO_TITLES: Final[Mapping[int, str]] = MappingProxyType({})
_NO_UNITS: Final[Mapping[str, str]] = MappingProxyType({})


def frame(
    view: MirrorView,
    city: PictureCity,
    key: PictureKey,
    moment: datetime,
    *,
    titles: Mapping[int, str] = _NO_TITLES,
    units: Mapping[str, str] = _NO_UNITS,
    data_at: datetime | None = None,
) -> dict[str, Any]:
    """Return the `Frame` document of docs/architecture.md.

    Parameters
    ----------
    moment
        Now, or any moment of the past; later events are ignored.
    titles
        Titles of the newest incidents by id (see `newest_ids`), which the mirror does not contain.
    units
        Names of the units by code.
    data_at
        The last time the data were known to be current; by default the moment itself.

    Raises
    ------
    GridUnknown, QueryInvalid
        Unknown grid, level or KPI, or a moment without an offset.
    """
    system, zone, name = city.edition.system, city.zone, city.edition.city
    grid = city.grid(key)
    clock = CityClock(moment, zone)
    question = Question(moment, *last_days(moment, SPAN_DAYS), city.narrowed(key), rules=city.rules)
    still = question.open(view)
    counts = question.count(view, (*MEASURES, *level_measures(system.depth)), still)
    in_view, children = whole(system, name, grid, key.scope), _children(system, grid, key.scope)
    days, latest = comparable_days(view, clock), newest_rows(view, question)
    unusual = most_unusual(view, question, clock, days, in_view if children is None else children)
    level_places(system, key.level)  # refuses an unknown level
    named: dict[str, Any] = {"places": _named(system, grid), "categories": city.categories, "zone": zone}
    return {
        "seq": view.seq,
        "moment": clock.local.isoformat(timespec="seconds"),
        "data_at": (data_at or moment).astimezone(zone).isoformat(timespec="seconds"),
        "within": None if grid is None else grid.id,
        "level": key.level,
        "kpi": kpi_of(key.kpi).key,
        "path": _path(system, name, grid),
        "headline": headline(counts, in_view, children, unusual, city.categories, _silent_days(latest)),
        "today": _today(view, question, clock, in_view, days, counts),
        "kpis": [
            {"key": one.key, **documents[0]}
            for one, documents in zip(
                KPIS, kpi_documents(KPIS, answers(KPIS, view, counts, in_view, question)), strict=True
            )
        ],
        "means": means_panel(counts, in_view, children),
        "levels": levels_panel(counts, in_view, system.depth),
        "league": league_panel(counts, in_view, children),
        "deadlines": deadlines_panel(still),
        "units": units_panel(view, still, units),
        "oldest": oldest(view, still, **named, names=units),
        "trend": trend(view, question, clock) | {"month": _month(counts, in_view)},
        "newest": newest(view, latest, **named, titles=titles),
        "flow": flow(view, question, clock, days),
        "points": points(still),
    }


def _month(counts: Counts, in_view: Places) -> dict[str, int]:
    """Return the reports and closings in the span of most panels; both have lists of incidents."""
    return {name: int(counted(counts, name, in_view)[0]) for name in ("reported", "closed")}


def _silent_days(latest: Rows) -> int | None:
    """Return the whole days since the last report before the moment; None if there was none."""
    return int(latest.moment_s - latest["reported_at"][0]) // 86_400 if len(latest) else None


def _children(system: GridSystem, grid: Grid | None, scope: Scope) -> Places | None:
    children = children_of(system, grid)
    return None if children is None else children.at(children.inside(scope).nonzero()[0])


def _named(system: GridSystem, grid: Grid | None) -> Places:
    """Return the grids by which places of incidents are named: one level below the view; in a leaf, the leaves."""
    return level_places(system, 1 if grid is None else min(grid.level + 1, system.depth))


def _path(system: GridSystem, city: str, grid: Grid | None) -> list[dict[str, Any]]:
    above = [] if grid is None else system.path(grid)
    return [{"id": None, "name": city}, *({"id": one.id, "name": one.name} for one in above)]


def _today(
    view: MirrorView, question: Question, clock: CityClock, in_view: Places, days: list[Any], counts: Counts
) -> dict[str, Any]:
    """Return flows of the city's day so far and stocks at the moment, each with its typical value at this time."""
    seen, so_far = question.seen(view), np.array([[clock.start(clock.local.date()), clock.moment_s + 1]])
    usual = {
        "reported": usual_so_far(view, question, clock, days, "reported_at"),
        "closed": usual_so_far(view, question, clock, days, "closed_at"),
        "open": usual_open(view, question, clock, days),
    }
    values = {name: int(span_counts(view, seen, f"{name}_at", so_far)[0, 0]) for name in ("reported", "closed")} | {
        name: int(counted(counts, name, in_view)[0]) for name in ("open", "overdue", "yellow", "unlocated")
    }
    return {name: {"value": value, "usual": usual.get(name)} for name, value in values.items()}
