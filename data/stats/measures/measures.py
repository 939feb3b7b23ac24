"""The declared list of measures: what is counted.

A measure is a predicate over columns of the mirror and the time column that places it. A *flow* counts incidents
whose time in that column lies in the asked span and was known by the moment. A *stock* counts incidents that are open
at the moment, whatever the span. Measures are additive: over leaves, categories, sources and, for flows, spans.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.incidents.lights import is_red, is_yellow
from data.stats.measures.rows import Mask, Rows
from data.stats.mirror.mirror import MISSING
from data.words import MEANS, OPEN_STAGES

Predicate = Callable[[Rows], Mask]

_STEPS = (
    "verified_at",
    "filed_at",
    "dispatched_at",
    "claimed_at",
    "handled_at",
    "checked_at",
    "closed_at",
    "voided_at",
)
# Codes of the stages in which an incident has ended.
_FIRST_END = len(OPEN_STAGES)


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
    """Past the deadline of the clock that runs, which is not missed before its second is over."""
    return np.asarray(is_red(_Terms(rows)))


def end_of_clock(rows: Rows) -> NDArray[np.int32]:
    """End of the clock that runs, in the mirror's seconds; `MISSING` where none runs, or has an end."""
    due = np.where(_clock_known(rows), rows["clock_due_at"], rows["due_at"])
    return np.where(_clock_runs(rows) & ~_ended(rows), due, np.int32(MISSING))


def light_is_yellow(rows: Rows) -> Mask:
    """Less than the set share of the clock's office time is left, and it is not yet past.

    Where the clock of the moment is not known, the share is one of the time since the dispatch, by night and by day.
    """
    return np.asarray(is_yellow(_Terms(rows)))


class _Terms:
    """The terms of `incidents.lights` for rows of the mirror, in its seconds; gathered where they are asked for."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.now = rows.moment_s
        self.share = rows.rules.yellow_share

    @property
    def runs(self) -> Mask:
        return _clock_runs(self._rows) & ~_ended(self._rows)

    @property
    def said(self) -> Mask:
        return _clock_known(self._rows)

    @property
    def clock_due(self) -> NDArray[np.int32]:
        return self._rows["clock_due_at"]

    @property
    def clock_yellow(self) -> NDArray[np.int32]:
        return self._rows["clock_yellow_at"]

    @property
    def due(self) -> NDArray[np.int64]:
        return self._rows["due_at"].astype(np.int64)

    @property
    def dispatched(self) -> NDArray[np.int64]:
        return self._rows["dispatched_at"].astype(np.int64)

    @property
    def reported(self) -> NDArray[np.int64]:
        return self._rows["reported_at"].astype(np.int64)

    def known(self, time: NDArray[Any]) -> Mask:
        return np.asarray(time != MISSING)

    def either(self, condition: Mask, yes: NDArray[Any], no: NDArray[Any]) -> NDArray[Any]:
        return np.where(condition, yes, no)

    def ceil(self, number: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.ceil(number)


def _clock_known(rows: Rows) -> Mask:
    """Whether the clock the mirror keeps is the one of the moment, and the log says it at all (old logs do not)."""
    return rows.once("clock_known", lambda some: _of_moment(some) & ~_missing(some, "clock_due_at"))


def _ended(rows: Rows) -> Mask:
    """Whether the log had learned by the moment that the incident ended, be it by a clock that goes fast."""
    return rows.once("ended", lambda some: (some["stage"] >= _FIRST_END) & _of_moment(some))


def _of_moment(rows: Rows) -> Mask:
    return rows.once("of_moment", _is_of_moment)


def _is_of_moment(rows: Rows) -> Mask:
    """Whether the state the mirror keeps is the one of the moment: no step was taken since.

    A step that was told by the moment belongs to it, although it says that it lies ahead: logs hold some of clocks that
    went fast. It is the log that says which clock runs, here as at the desk.
    """
    ahead, told = rows["last_at"] > rows.moment_s, rows["recorded_at"] <= rows.moment_s
    moved_on = np.zeros(len(rows), dtype=bool)
    for step in _STEPS:
        moved_on |= (rows[step] > rows.moment_s) & ~_missing(rows, step)
    return np.asarray(~((ahead & ~told) | (moved_on & ~(ahead & told))))


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
    if rows.rules.self_handled_is_sent_up:
        return np.ones(len(rows), dtype=bool)
    return ~(_handled_on_spot(rows) & ~rows.done("filed_at"))


def _handled_on_spot(rows: Rows) -> Mask:
    return rows.flagged("self_handled") & rows.done("handled_at")


def _sent_out(rows: Rows) -> Mask:
    """A dispatch that stands, or one that was returned."""
    return rows.done("dispatched_at") | rows.flagged("returned")


def _dispatch_due(rows: Rows) -> Mask:
    time_over = rows["filed_at"].astype(np.int64) + rows.rules.dispatch_within_s < rows.moment_s
    return _valid(rows) & (rows.done("dispatched_at") | (time_over & ~_handled_on_spot(rows)))


def _dispatched_on_time(rows: Rows) -> Mask:
    taken = rows["dispatched_at"].astype(np.int64) - rows["filed_at"]
    return np.asarray(_dispatch_due(rows) & rows.done("dispatched_at") & (taken <= rows.rules.dispatch_within_s))


def _contented(rows: Rows) -> Mask:
    satisfied = rows.flagged("satisfied")
    return satisfied | rows.flagged("neutral") if rows.rules.neutral_is_satisfied else satisfied


def _with_means(code: int) -> Predicate:
    return lambda rows: rows["means"] == code


def _on_level(level: int) -> Predicate:
    return lambda rows: rows["level"] == level


def _within_level(level: int) -> Predicate:
    return lambda rows: rows["level"] >= level


def _flagged(flag: str) -> Predicate:
    return lambda rows: rows.flagged(flag)


def _in_time(step: str, deadline: str) -> Predicate:
    # A closed incident without a deadline was not closed "on time": nothing was due.
    return lambda rows: (rows[step] <= rows[deadline]) & ~_missing(rows, deadline)


_CLOSED = "closed_at"

MEASURES: tuple[Measure, ...] = (
    # By the time of the report.
    Measure("reported", "reported_at", None, "reported in the span"),
    Measure("reported_unlocated", "reported_at", lambda rows: rows.flagged("unlocated"), "reported, and in no grid"),
    Measure("valid", "reported_at", _valid, "reported, and not voided by the moment"),
    Measure("valid_closed", "reported_at", lambda rows: rows.done(_CLOSED), "reported, and closed by the moment"),
    Measure("sent_up", "reported_at", _sent_up, "reported, except incidents handled on the spot without being filed"),
    Measure("sent_up_filed", "reported_at", lambda rows: rows.done("filed_at"), "reported, and filed by the moment"),
    # By the time of the step.
    Measure("verified", "verified_at", None, "verified in the span"),
    Measure("filed", "filed_at", None, "filed in the span"),
    Measure("filed_sent_out", "filed_at", _sent_out,
            "filed in the span, and dispatched by the moment, or dispatched and returned"),
    Measure("filed_sent_out_right", "filed_at", lambda rows: _sent_out(rows) & ~rows.flagged("returned"),
            "filed in the span, and dispatched by the moment; never returned"),
    Measure("dispatch_due", "filed_at", _dispatch_due,
            "filed in the span, and dispatched or overdue for dispatch; neither voided nor handled on the spot"),
    Measure("dispatched_on_time", "filed_at", _dispatched_on_time,
            "due for dispatch, and dispatched within the set time from filing; a returned dispatch does not count"),
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
    Measure("closed_on_time", _CLOSED, _in_time(_CLOSED, "due_at"), "closed by the deadline it had"),
    Measure("self_handled", _CLOSED, _flagged("self_handled"), "closed, and handled by the person who found it"),
    Measure("reworked", _CLOSED, _flagged("reworked"), "closed, after at least one rework"),
    Measure("returned", _CLOSED, _flagged("returned"), "closed, after at least one returned dispatch"),
    Measure("extended", _CLOSED, _flagged("extended"), "closed, after at least one extension of the deadline"),
    Measure("escalated", _CLOSED, _flagged("escalated"), "closed, after at least one escalation"),
    Measure("rated", _CLOSED, lambda rows: rows.flagged("satisfied") | rows.flagged("neutral")
            | rows.flagged("dissatisfied"), "closed, and rated by its reporter"),
    Measure("satisfied", _CLOSED, _contented, "closed, and its reporter is satisfied"),
    # By the deadline.
    Measure("due", "due_at", _due, "deadline in the span and past; not voided, and not open and suspended"),
    Measure("due_closed", "due_at", lambda rows: _due(rows) & rows.done(_CLOSED), "due, and closed by the moment"),
    Measure("due_closed_on_time", "due_at", lambda rows: _due(rows) & _in_time(_CLOSED, "due_at")(rows),
            "due, and closed by the deadline"),
    Measure("due_handled_on_time", "due_at", lambda rows: _due(rows) & _in_time("handled_at", "due_at")(rows),
            "due, and handled by the deadline"),
    Measure("due_pending", "due_at", lambda rows: _due(rows) & ~rows.done("handled_at"),
            "due, and not handled by the moment"),
    Measure("claim_due", "due_claim_at", lambda rows: (rows["due_claim_at"] < rows.moment_s) & _valid(rows),
            "deadline for claiming in the span and past; not voided"),
    Measure("claimed_on_time", "due_claim_at",
            lambda rows: (rows["due_claim_at"] < rows.moment_s) & _valid(rows)
            & _in_time("claimed_at", "due_claim_at")(rows),
            "due for claiming, and claimed by the deadline"),
    # At the moment.
    Measure("open", None, None, "reported, and neither closed nor voided"),
    Measure("pending", None, lambda rows: ~rows.done("handled_at"), "open, and not handled"),
    Measure("overdue", None, light_is_red, "open, and past its deadline: red light"),
    Measure("yellow", None, light_is_yellow, "open, with less than the set share of its time left: yellow light"),
    Measure("overdue_pending", None, lambda rows: light_is_red(rows) & ~rows.done("handled_at"),
            "open, past its deadline, and not handled"),
    Measure("unlocated", None, lambda rows: rows.flagged("unlocated"), "open, and in no grid"),
    Measure("suspended", None, _flagged("suspended"), "open, and suspended"),
)  # fmt: skip


@cache
def level_measures(depth: int) -> tuple[Measure, ...]:
    """What each level closed in the span: ``closed_level_0`` (the city itself) to ``closed_level_{depth}``."""
    return tuple(
        Measure(f"closed_level_{level}", _CLOSED, _on_level(level), f"closed on level {level}")
        for level in range(depth + 1)
    )


@cache
def within_level_measures(depth: int) -> tuple[Measure, ...]:
    """What did not have to leave a grid of each level to be closed: ``closed_within_level_1`` to the leaves."""
    return tuple(
        Measure(f"closed_within_level_{level}", _CLOSED, _within_level(level), f"closed on level {level} or finer")
        for level in range(1, depth + 1)
    )


def select(*names: str, depth: int = 0) -> tuple[Measure, ...]:
    """The measures of these names, in the order of the list; KeyError for an unknown one."""
    known = {measure.name: measure for measure in (*MEASURES, *level_measures(depth), *within_level_measures(depth))}
    return tuple(known[name] for name in dict.fromkeys(names))
