"""The life cycle of an incident: the steps possible now, and the details they require.

The path is reported → verified → filed → dispatched → claimed → handled → checked → closed. `rules.STEP_RULES` declares
the steps on the path, beside it and after its end, with their details and effects.
"""

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, get_args

from data.access.actor import Actor
from data.access.scope import Right, Scope
from data.errors import ReportInvalid, StepForbidden, StepIllegal, StepInvalid
from data.incidents.folding import Draft, fold, parse_time
from data.incidents.model import Report, State, Step
from data.incidents.order import LAST_DEADLINE_YEAR, MAX_CLOCK_SKEW, Life, check_order
from data.incidents.rules import FREE_TEXT, STEP_RULES, FieldType, Rule
from data.store.storable import storable_text
from data.utc import finer_than_kept
from data.words import MEANS, CoordinateSystem, Satisfaction

__all__ = ["MAX_CLOCK_SKEW", "allowed", "check_report", "check_step", "fold"]

MAX_TEXT = 2_000
# The pair is the key of an index, and PostgreSQL limits the size of index rows.
MAX_IDENTITY_BYTES = 2_000


def allowed(state: State | Draft, scope: Scope | None = None) -> list[str]:
    """Return the kinds of steps possible now, in the order of the declared table; none when voided.

    With a scope, return only those its holder may take; it is the scope at the incident's place
    (`IncidentDesk.rights_at`).
    """
    return [
        kind for kind, rule in STEP_RULES.items() if _legal(rule, state) and (scope is None or _may(scope, rule, state))
    ]


def check_step(
    state: State | Draft,
    step: Step,
    *,
    now: datetime | None = None,
    depth: int | None = None,
    scope: Scope | None = None,
    life: Life | None = None,
) -> None:
    """Check that a step may be taken on an incident, and that its details are complete.

    Parameters
    ----------
    state
        The current state of the incident.
    step
        The step, with its detail as sent, before the desk adds deadlines or a place.
    now
        The current time, to detect times in the future; None skips that check.
    depth
        Number of levels of the grid system, the highest resolution level; None sets no upper bound.
    scope
        The rights of the actor at the incident's place (`IncidentDesk.rights_at`); None skips the check of rights.
    life
        The incident's events, for a step recorded after one that happened later; without them, only steps whose times
        are in the state are considered.

    Raises
    ------
    StepIllegal
        The stage does not allow it; `values`: incident_id, stage, suspended, kind, allowed.
    StepForbidden
        Not allowed for this role, or not for this unit; `values`: incident_id, kind, role, roles, unit.
    StepOutOfOrder
        It is earlier than the step it follows; see `order.check_order`.
    StepInvalid
        A detail is missing, unknown or invalid; `values`: field, reason.
    """
    rule = STEP_RULES.get(step.kind)
    if rule is None:
        raise _invalid("kind", f"is {step.kind!r}: it must be one of {', '.join(STEP_RULES)}")
    if not _legal(rule, state):
        raise _illegal(state, step.kind)
    if scope is not None and not _may(scope, rule, state):
        raise _forbidden(state, rule, scope)
    _check_actor(step.actor)
    _check_time(step.at, now)
    check_order(state, rule, step.at, life)
    _check_detail(rule, step.detail, depth)
    _check_sense(state, step)


def check_report(report: Report, *, now: datetime | None = None) -> None:
    """Check a report from any source for invalid values; its place is checked when it is placed.

    Raises
    ------
    ReportInvalid
        `values`: field, value, reason, source, source_id.
    """
    for name in ("reported_at", "occurred_at"):
        moment = getattr(report, name)
        if moment is not None and moment.utcoffset() is None:
            raise _not_a_report(report, name, "has no offset from UTC: give an aware time")
    if now is not None and report.reported_at > now + MAX_CLOCK_SKEW:
        raise _not_a_report(report, "reported_at", "lies in the future")
    if (report.lon is None) != (report.lat is None):
        raise _not_a_report(report, "lon" if report.lon is None else "lat", "is missing: give both coordinates or none")
    # A single check of all texts together; they are checked one by one only if it fails.
    texts = f"{report.source}{report.source_id}{report.category}{report.title}{report.address}{report.grid_code}"
    if not texts.isprintable():
        for name in ("source", "source_id", "category", "title", "address", "grid_code"):
            if not storable_text(getattr(report, name) or ""):
                raise _not_a_report(report, name, "holds a NUL character or a lone surrogate: remove it")
    if not report.source or not report.source_id:
        raise _not_a_report(report, "source_id" if report.source else "source", "is empty")
    if len(report.source.encode()) + len(report.source_id.encode()) > MAX_IDENTITY_BYTES:
        raise _not_a_report(report, "source_id", f"is longer than {MAX_IDENTITY_BYTES} bytes with its source")


def _legal(rule: Rule, state: State | Draft) -> bool:
    return (
        state.stage in rule.stages
        and rule.suspended in (None, state.suspended)
        and rule.appealed in (None, state.appealed)
    )


def _may(scope: Scope, rule: Rule, state: State | Draft) -> bool:
    """Whether the holder of a scope has the right to take this kind of step on this incident."""
    return scope.may(rule.right, responsible=state.responsible, unit=state.unit)


def _check_actor(actor: Actor) -> None:
    for text in (actor.id, actor.name):
        if not text.strip() or len(text) > MAX_TEXT or not storable_text(text):
            raise _invalid("actor", f"must be a text of 1 to {MAX_TEXT} characters that names who takes the step")
    # An id of no kind is a mistake of ours, and no input.
    _ = actor.kind


def _check_time(at: datetime, now: datetime | None) -> None:
    if at.utcoffset() is None:
        raise _invalid("at", f"is {at.isoformat()}: give the offset from UTC")
    if now is not None and at > now + MAX_CLOCK_SKEW:
        raise _invalid("at", f"is {at.isoformat()}, in the future: it is {now.isoformat()} now; check the clock")


def _check_detail(rule: Rule, detail: Mapping[str, Any], depth: int | None) -> None:
    for name, says in rule.says.items():
        if says.required and detail.get(name) in (None, ""):
            raise _invalid(name, f"is missing: {rule.kind!r} must say it")
    if rule.needs_reason and not str(detail.get("reason") or "").strip():
        raise _invalid("reason", f"is missing: {rule.kind!r} must say why")
    for name, value in detail.items():
        declared = rule.says.get(name) or FREE_TEXT.get(name)
        if declared is None:
            known = ", ".join((*rule.says, *FREE_TEXT))
            raise _invalid(str(name)[:100], f"is unknown: {rule.kind!r} may say {known}")
        if value is None:
            continue
        reason = _level_reason(value, depth) if declared.type == "level" else _REASONS[declared.type](value)
        if reason is None and declared.required and value == "":
            reason = "is empty"
        if reason is not None:
            raise _invalid(name, reason)


def _check_sense(state: State | Draft, step: Step) -> None:
    """Check the fields against each other and against the state."""
    said = step.detail
    for name in ("due_claim_at", "due_at"):
        if said.get(name) is not None and parse_time(said[name]) <= step.at:
            raise _invalid(name, f"is {said[name]}: a deadline must lie after the step ({step.at.isoformat()})")
        if said.get(name) is not None and parse_time(said[name]).year > LAST_DEADLINE_YEAR:
            raise _invalid(name, f"is {said[name]}: a deadline lies in the year {LAST_DEADLINE_YEAR} at the latest")
    if step.kind == "extended":
        _check_extension(state, said)
    if step.kind == "escalated" and state.held_level is not None:
        _check_escalation(state.held_level, said.get("to_level"))
    if step.kind == "merged" and said["into"] == state.id:
        raise _invalid("into", f"is {state.id}, the incident itself: name the other one")
    if (said.get("lon") is None) != (said.get("lat") is None):
        raise _invalid("lon" if said.get("lon") is None else "lat", "is missing: give both coordinates")
    one_of = STEP_RULES[step.kind].one_of
    if one_of and all(said.get(name) is None for name in one_of):
        raise _invalid(one_of[0], f"is missing: {step.kind!r} must say one of {', '.join(one_of)}")
    if step.kind == "corrected":
        _check_correction(said)


def _check_correction(said: Mapping[str, Any]) -> None:
    if said.get("category") == "":
        raise _invalid("category", "is empty: say the category it should have had")
    if said.get("coordinate_system") is not None and said.get("lon") is None:
        raise _invalid("coordinate_system", "says nothing without coordinates: give them, or leave it out")


def _check_escalation(held_level: int, to_level: int | None) -> None:
    if held_level == 0:
        raise _invalid("to_level", "cannot be: the incident is with the city already, nobody is above it")
    if to_level is not None and to_level >= held_level:
        raise _invalid("to_level", f"is {to_level}: up from level {held_level} is a smaller one")


def _check_extension(state: State | Draft, said: Mapping[str, Any]) -> None:
    if sum(said.get(name) is not None for name in ("due_at", "days", "hours")) != 1:
        raise _invalid("due_at", "must be said, or days, or hours, and only one of them")
    if said.get("due_at") is not None and state.due_at is not None and parse_time(said["due_at"]) <= state.due_at:
        raise _invalid("due_at", f"is {said['due_at']}: it must lie after the deadline it extends ({state.due_at})")


def _text_reason(value: Any) -> str | None:
    if not isinstance(value, str):
        return "must be a text"
    return None if len(value) <= MAX_TEXT else f"is longer than {MAX_TEXT} characters"


def _time_reason(value: Any) -> str | None:
    try:
        parse_time(value)
    except (TypeError, ValueError, OverflowError):
        return "must be an ISO 8601 time with an offset, such as 2026-11-22T15:36:19+08:00"
    return finer_than_kept(value) or None


def _level_reason(value: Any, depth: int | None) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and value >= 0 and (depth is None or value <= depth):
        return None
    return f"must be a whole number from 0 (the city itself) to {'the finest level' if depth is None else depth}"


def _one_of(words: tuple[str, ...]) -> Callable[[Any], str | None]:
    reason = f"must be one of {', '.join(words)}"
    return lambda value: None if isinstance(value, str) and value in words else reason


def _within(bound: float) -> Callable[[Any], str | None]:
    def reason(value: Any) -> str | None:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return (
            None if number and math.isfinite(value) and abs(value) <= bound else f"must be -{bound} to {bound} degrees"
        )

    return reason


def _flag_reason(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _whole_reason(value: Any) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return None if whole and 0 < value < 2**63 else "must be a whole number above 0"


def _number_reason(value: Any) -> str | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if number and math.isfinite(value) and value > 0 else "must be a number above 0"


_REASONS: Mapping[FieldType, Callable[[Any], str | None]] = {
    "text": _text_reason,
    "time": _time_reason,
    "means": _one_of(MEANS),
    "longitude": _within(180),
    "latitude": _within(90),
    "coordinate_system": _one_of(get_args(CoordinateSystem)),
    "satisfaction": _one_of(get_args(Satisfaction)),
    "flag": _flag_reason,
    "whole": _whole_reason,
    "number": _number_reason,
}


def _illegal(state: State | Draft, kind: str) -> StepIllegal:
    now_possible = allowed(state)
    standing = f"{state.stage!r}{' and suspended' if state.suspended else ''}"
    return StepIllegal(
        f"incident {state.id} is {standing}: {kind!r} is not possible now; "
        f"possible: {', '.join(now_possible) or 'nothing, it is at its end'}",
        incident_id=state.id, stage=state.stage, suspended=state.suspended, kind=kind, allowed=now_possible,
    )  # fmt: skip


def _forbidden(state: State | Draft, rule: Rule, scope: Scope) -> StepForbidden:
    whose = f" and incident {state.id} is with {state.unit or state.responsible!r}" if state.unit else ""
    if rule.right is Right.CHECK and scope.holds(Right.CHECK):
        whose = f" and incident {state.id} was handled by you or your unit: nobody checks his own work"
    return StepForbidden(
        f"{rule.kind!r} is not for you: your role is {scope.role!r}{whose}; it may be taken by {', '.join(rule.roles)}",
        incident_id=state.id, kind=rule.kind, role=scope.role, roles=list(rule.roles), unit=state.unit,
    )  # fmt: skip


def _invalid(name: str, reason: str) -> StepInvalid:
    return StepInvalid(f"{name!r} {reason}", field=name, reason=reason)


def _not_a_report(report: Report, name: str, reason: str) -> ReportInvalid:
    value = str(getattr(report, name))[:100]
    return ReportInvalid(
        f"{name!r} {reason} (it is {value!r}, in report {report.source_id[:100]!r} of {report.source[:100]!r})",
        field=name, value=value, reason=reason, source=report.source[:100], source_id=report.source_id[:100],
    )  # fmt: skip
