"""From a number to the incidents behind it: as many as the number says."""

import numpy as np
from numpy.typing import NDArray

from data.city.editions import Edition
from data.errors import QueryInvalid
from data.stats.measures.kpi_rows import all_kpis, all_measures
from data.stats.measures.kpis import Kpi
from data.stats.measures.measures import Measure
from data.stats.measures.question import Question
from data.stats.measures.rows import Rows
from data.stats.mirror.mirror import MISSING, MirrorView
from data.stats.picture.supervision import DEADLINE_MEASURES


def cases(view: MirrorView, *, edition: Edition, asked: str, question: Question) -> NDArray[np.int64]:
    """Incidents that a number counts.

    Parameters
    ----------
    asked
        A measure; or a KPI, which means those of its numerator, for a duration those that were timed.
    question
        The one whose answer the number is: narrow its scope to the grid the number is of.

    Returns
    -------
    Ids, ascending; empty where the number is 0.

    Raises
    ------
    QueryInvalid
        There is neither such a measure nor such a KPI.
    """
    return np.sort(case_rows(view, edition=edition, asked=asked, question=question)["id"])


def case_rows(view: MirrorView, *, edition: Edition, asked: str, question: Question) -> Rows:
    """Rows of the incidents that a number counts, in no order; else as `cases`."""
    measures = {one.name: one for one in (*all_measures(edition), *DEADLINE_MEASURES)}
    if asked in measures:
        return _counted(view, measures[asked], question)
    kpis = {one.key: one for one in all_kpis(edition)}
    if asked not in kpis:
        raise QueryInvalid(
            f"there is no measure and no KPI {asked!r}: give one of {', '.join((*measures, *kpis))}", measure=asked
        )
    return _timed(_counted(view, measures[kpis[asked].numerator], question), kpis[asked])


def _counted(view: MirrorView, measure: Measure, question: Question) -> Rows:
    rows = question.open(view) if measure.placed_by is None else question.placed(view, measure.placed_by)
    return rows if measure.holds is None else rows.where(measure.holds(rows))


def _timed(rows: Rows, asked: Kpi) -> Rows:
    if asked.between is None:
        return rows
    start, end = asked.between
    return rows.where((rows[start] != MISSING) & (rows[end] != MISSING))
