"""The declared list of measures: what is counted.

A measure is a predicate over columns of the mirror and the time column that places it. A *flow* counts incidents
whose time in that column lies in the asked span and was known by the moment. A *stock* counts incidents that are open
at the moment, whatever the span. Measures are additive: over leaves, categories, sources and, for flows, spans.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.incidents.model import MEANS
from data.stats.mirror import MISSING
from data.stats.rows import Mask, Rows

Predicate = Callable[[Rows], Mask]


@dataclass(frozen=True, slots=True)
class Measure:
    """Something to count.

    Attributes
    ----------
    name
        Its key.
    placed_by
        The time column that places a flow; None for a stock, which looks at the open incidents.
    holds
        Which of the rows so placed count; None for all.
    meaning
        The definition in words.
    """

    name: str
    placed_by: str | None
    holds: Predicate | None
    meaning: str


def light_is_red(rows: Rows) -> Mask:
    """Past the deadline, which is not missed before its second is over."""
    return np.asarray((rows["due_at"] < rows.moment_s) & _clock_runs(rows))


def light_is_yellow(rows: Rows) -> Mask:
    """Less than the set share of the time is left, counted from the dispatch, and it is not yet past."""
    due = rows["due_at"].astype(np.int64)
    start = np.where(rows.done("dispatched_at"), rows["dispatched_at"], rows["reported_at"]).astype(np.int64)
    left = due - rows.moment_s
    return (
        (left >= 0) & (left < rows.rules.yellow_share * (due - start)) & ~_missing(rows, "due_at") & _clock_runs(rows)
    )


def _missing(rows: Rows, column: str) -> Mask:
    return np.asarray(rows[column] == MISSING)


def _clock_runs(rows: Rows) -> Mask:
    if rows.rules.suspended_is_due:
        return np.ones(len(rows), dtype=bool)
    return ~rows.flagged("suspended")


def _valid(rows: Rows) -> Mask:
    return ~rows.done("voided_at")


def _due(rows: Rows) -> Mask:
    decided = rows["due_at"] < rows.moment_s
    return decided & ~rows.done("voided_at") & (rows.done("closed_at") | _clock_runs(rows))


def _sent_up(rows: Rows) -> Mask:
    return ~(rows.flagged("self_handled") & rows.done("handled_at") & ~rows.done("filed_at"))


def _with_means(code: int) -> Predicate:
    return lambda rows: rows["means"] == code


def _on_level(level: int) -> Predicate:
    return lambda rows: rows["level"] == level


def _flagged(flag: str) -> Predicate:
    return lambda rows: rows.flagged(flag)


def _in_time(step: str, deadline: str) -> Predicate:
    # A closed incident without a deadline was not closed "on time": nothing was due.
    return lambda rows: (rows[step] <= rows[deadline]) & ~_missing(rows, deadline)


_CLOSED = "closed_at"

MEASURES: tuple[Measure, ...] = (
    # By the time of the report.
    Measure("reported", "reported_at", None, "reported in the span"),
    Measure("reported_unlocated", "reported_at", lambda rows: rows["leaf"] < 0, "reported, and in no grid"),
    Measure("valid", "reported_at", _valid, "reported, and not voided by the moment"),
    Measure("valid_closed", "reported_at", lambda rows: rows.done(_CLOSED), "reported, and closed by the moment"),
    Measure("sent_up", "reported_at", _sent_up, "reported, except what was handled on the spot without being filed"),
    Measure("sent_up_filed", "reported_at", lambda rows: rows.done("filed_at"), "reported, and filed by the moment"),
    # By the time of the step.
    Measure("verified", "verified_at", None, "verified in the span"),
    Measure("filed", "filed_at", None, "filed in the span"),
    Measure("dispatched", "dispatched_at", None, "dispatched in the span; a returned dispatch does not count"),
    Measure("dispatched_handled", "dispatched_at", lambda rows: rows.done("handled_at"),
            "dispatched in the span, and handled by the moment"),
    Measure("claimed", "claimed_at", None, "claimed in the span"),
    Measure("handled", "handled_at", None, "handled in the span"),
    Measure("checked", "checked_at", None, "checked in the span"),
    Measure("voided", "voided_at", None, "voided in the span"),
    # By the time of closing.
    Measure("closed", _CLOSED, None, "closed in the span"),
    *(Measure(means, _CLOSED, _with_means(code), f"closed by {means}") for code, means in enumerate(MEANS)),
    Measure("closed_on_time", _CLOSED, _in_time(_CLOSED, "due_at"), "closed not after the deadline; it had one"),
    Measure("self_handled", _CLOSED, _flagged("self_handled"), "closed, and handled by the one who found it"),
    Measure("reworked", _CLOSED, _flagged("reworked"), "closed, after at least one rework"),
    Measure("returned", _CLOSED, _flagged("returned"), "closed, after at least one returned dispatch"),
    Measure("extended", _CLOSED, _flagged("extended"), "closed, after at least one extension of the deadline"),
    Measure("escalated", _CLOSED, _flagged("escalated"), "closed, after at least one escalation"),
    # By the deadline.
    Measure("due", "due_at", _due, "deadline in the span and past; not voided, and not open and suspended"),
    Measure("due_closed", "due_at", lambda rows: _due(rows) & rows.done(_CLOSED), "due, and closed by the moment"),
    Measure("due_closed_on_time", "due_at", lambda rows: _due(rows) & _in_time(_CLOSED, "due_at")(rows),
            "due, and closed not after the deadline"),
    Measure("due_handled_on_time", "due_at", lambda rows: _due(rows) & _in_time("handled_at", "due_at")(rows),
            "due, and handled not after the deadline"),
    Measure("due_pending", "due_at", lambda rows: _due(rows) & ~rows.done("handled_at"),
            "due, and not handled by the moment"),
    Measure("claim_due", "due_claim_at", lambda rows: (rows["due_claim_at"] < rows.moment_s) & _valid(rows),
            "deadline for claiming in the span and past; not voided"),
    Measure("claimed_on_time", "due_claim_at",
            lambda rows: (rows["due_claim_at"] < rows.moment_s) & _valid(rows)
            & _in_time("claimed_at", "due_claim_at")(rows),
            "due for claiming, and claimed not after the deadline"),
    # At the moment.
    Measure("open", None, None, "reported, and neither closed nor voided"),
    Measure("pending", None, lambda rows: ~rows.done("handled_at"), "open, and not handled"),
    Measure("overdue", None, light_is_red, "open, and past its deadline: red light"),
    Measure("yellow", None, light_is_yellow, "open, and less than the set share of its time left: yellow light"),
    Measure("overdue_pending", None, lambda rows: light_is_red(rows) & ~rows.done("handled_at"),
            "open, past its deadline, and not handled"),
    Measure("unlocated", None, lambda rows: rows["leaf"] < 0, "open, and in no grid"),
    Measure("suspended", None, _flagged("suspended"), "open, and suspended"),
)  # fmt: skip


def level_measures(depth: int) -> tuple[Measure, ...]:
    """What each level closed in the span: ``closed_level_0`` (the city itself) to ``closed_level_{depth}``."""
    return tuple(
        Measure(f"closed_level_{level}", _CLOSED, _on_level(level), f"closed on level {level}")
        for level in range(depth + 1)
    )


def select(*names: str, depth: int = 0) -> tuple[Measure, ...]:
    """The measures of these names, in the order of the list; KeyError for an unknown one."""
    known = {measure.name: measure for measure in (*MEASURES, *level_measures(depth))}
    return tuple(known[name] for name in dict.fromkeys(names))
