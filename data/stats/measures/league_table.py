"""The league table of a level, or of the units: a KPI or a score, this period and the one before."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from data.city.editions import Edition
from data.errors import QueryInvalid
from data.stats.measures.assessment import Assessment
from data.stats.measures.durations import answers
from data.stats.measures.grouping import grouped
from data.stats.measures.kpi_rows import in_view
from data.stats.measures.kpis import Kpi, measures_of
from data.stats.measures.kpis import kpi as kpi_of
from data.stats.measures.league import Measured, league_rows
from data.stats.measures.places import Places, level_places
from data.stats.measures.question import Question
from data.stats.measures.scores import Score, scored
from data.stats.measures.wire import number
from data.stats.mirror.mirror import MirrorView

_MONTHS = 12
_NO_UNITS: Final[Mapping[str, str]] = MappingProxyType({})


def league_table(
    view: MirrorView,
    *,
    edition: Edition,
    level: int | None,
    question: Question,
    assessment: Assessment,
    zone: tzinfo,
    kpi: str | None = None,
    score: str | None = None,
    within: str | None = None,
    view_before: MirrorView | None = None,
    units: Mapping[str, str] = _NO_UNITS,
) -> dict[str, Any]:
    """The grids of a level in order, or the units.

    Parameters
    ----------
    view
        The mirror, or the mirror as of the question's moment.
    level
        Of the grids; None compares the units.
    question
        Moment, span, filter, and the scope of who asks; its rules should be those of the assessment.
    kpi, score
        What they are ranked by: one of the two.
    within
        ``"LEVEL:CODE"`` of a grid: only its part of the level, or what the units were given in it.
    view_before
        The mirror as of the moment of `previous_period` (see `past.as_of`), so that ranks before are those of then;
        None looks at the flags of now.
    units
        Names, by code, of the units that are compared. An incident counts for the one it was last dispatched to.

    Returns
    -------
    JSON-able: ``of`` ("grids" or "units"), ``level, within, moment, since, until, previous, seq, by, minimum_sample,
    confidence``; ``overall``, the value of everything in view, or of all these units; ``rows`` as of
    `league.league_rows`, with ``parts`` (the KPIs of a score).

    Raises
    ------
    GridUnknown
        There is no grid `within`.
    QueryInvalid
        There is no such level, KPI or score; not one of both is given; the KPI is no share with a better end.
    """
    if (kpi is None) == (score is None):
        raise QueryInvalid("a league table has one measure: give a KPI or a score", kpi=kpi, score=score)
    made_of = kpi_of(kpi) if kpi is not None else assessment.score(str(score))
    asked, total = in_view(edition, question, within)
    before = previous_period(question, zone)
    before_asked = before if within is None else in_view(edition, before, within)[0]
    confidence = assessment.league.confidence
    if level is None:
        together = replace(asked, unit=tuple(units))
        compared = _units(view, asked, units, total)
        compared_before = _units(view_before or view, before_asked, units, total)
    else:
        every = level_places(edition.system, level)
        places = every.at(np.flatnonzero(every.inside(asked.scope)))
        together, compared = asked, (view, asked, places)
        compared_before = view_before or view, before_asked, places
    now, parts = _measured(*compared, made_of, confidence)
    then, _ = _measured(*compared_before, made_of, confidence)
    overall, _ = _measured(view, together, total, made_of, confidence)
    places = compared[-1]
    rows = league_rows(places, now, overall=float(overall.value[0]), previous=then, rules=assessment.league)
    at = {place: i for i, place in enumerate(places.ids)}
    return {
        "of": "units" if level is None else "grids",
        "level": level,
        "within": total.ids[0],
        "moment": question.moment.isoformat(),
        "since": question.since.isoformat(),
        "until": question.until.isoformat(),
        "previous": {"since": before.since.isoformat(), "until": before.until.isoformat()},
        "seq": view.seq,
        "by": described(made_of),
        "minimum_sample": assessment.league.minimum_sample,
        "confidence": confidence,
        "overall": number(overall.value[0]),
        "rows": [{**row, "parts": {key: number(value[at[row["id"]]]) for key, value in parts.items()}} for row in rows],
    }


def described(made_of: Kpi | Score) -> dict[str, Any]:
    """What places are ranked by: ``kind, key, zh, en, formula, source, full, better``; `full` is the best value."""
    score = isinstance(made_of, Score)
    return {
        "kind": "score" if score else "kpi",
        "key": made_of.key,
        "zh": made_of.zh,
        "en": made_of.en,
        "formula": made_of.formula,
        "source": made_of.source,
        "full": made_of.full if isinstance(made_of, Score) else 1.0,
        "better": "up" if isinstance(made_of, Score) else made_of.better,
    }


def previous_period(question: Question, zone: tzinfo) -> Question:
    """The same question of the period before, as it was known as long after its end.

    Whole calendar months of the zone are followed back by as many months, any other span by its own length.
    """
    since, until = question.since.astimezone(zone), question.until.astimezone(zone)
    months = (until.year - since.year) * _MONTHS + until.month - since.month
    if _begins_month(since) and _begins_month(until) and months > 0:
        earlier = _months_before(since, months)
    else:
        earlier = question.since - (question.until - question.since)
    lag = question.moment - question.until
    return replace(question, moment=question.since + lag, since=earlier, until=question.since)


def _begins_month(moment: datetime) -> bool:
    return moment == moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _months_before(first: datetime, months: int) -> datetime:
    year, month = divmod(first.year * _MONTHS + first.month - 1 - months, _MONTHS)
    return first.replace(year=year, month=month + 1)


def _units(
    view: MirrorView, question: Question, units: Mapping[str, str], total: Places
) -> tuple[MirrorView, Question, Places]:
    """The units as places, by code, see `grouped`."""
    codes = sorted(units)
    relabelled, of_each, places = grouped(view, question, "unit", codes, total)
    return relabelled, of_each, replace(places, names=tuple(units[code] for code in codes))


def _measured(
    view: MirrorView, question: Question, places: Places, made_of: Kpi | Score, confidence: float
) -> tuple[Measured, dict[str, Any]]:
    """What the places are compared by, and the values of the KPIs it is made of, by key."""
    made = made_of.kpis if isinstance(made_of, Score) else (made_of,)
    values = answers(made, view, question.count(view, measures_of(*made)), places, question)
    parts = {one.key: value.value for one, value in zip(made, values, strict=True)}
    if isinstance(made_of, Score):
        return Measured.of_score(scored(made_of, values, confidence)), parts
    return Measured.of_share(made_of, values[0], confidence), {}
