"""The order of steps in time: no step lies before the step it follows.

The log has the order in which it learned of steps; a phone without network tells of them late. A step follows the one
that made it possible: the last that moved the incident on, or stopped or resumed its clocks. What may be done at any
time (a note, a photo, a place, another person) follows the report alone, and may be told after what happened later.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from data.errors import StepOutOfOrder
from data.incidents.model import Event, State, Step
from data.incidents.rules import STEP_RULES, Rule
from data.words import OPEN_STAGES

if TYPE_CHECKING:
    from data.incidents.folding import Draft

# A source's clock may go this much fast.
MAX_CLOCK_SKEW = timedelta(minutes=5)
# A deadline beyond it is a mistake; from years near 9999 no other time can be reckoned.
LAST_DEADLINE_YEAR = 2199

# All events of an incident so far, in order: read only where they are needed.
Life = Callable[[], Sequence[Event]]


def not_ahead(at: datetime, now: datetime) -> datetime:
    """When something happened that a fast clock says lies ahead: by the moment it is told.

    What lies ahead by more than `MAX_CLOCK_SKEW`, and a time without an offset, comes back as it is, to be refused.
    """
    if at.utcoffset() is None or not now < at <= now + MAX_CLOCK_SKEW:
        return at
    return now.astimezone(at.tzinfo)


def step_not_ahead(step: Step, now: datetime) -> Step:
    """The step as it can have happened, see `not_ahead`."""
    at = not_ahead(step.at, now)
    return step if at is step.at else replace(step, at=at)


def check_order(state: "State | Draft", rule: Rule, at: datetime, life: Life | None = None) -> None:
    """Check that a step lies not before the step it follows.

    Parameters
    ----------
    state
        The incident before the step.
    rule
        The step's kind.
    at
        When it happened; aware.
    life
        The incident's events; without them, only the steps whose times the state holds are looked at.

    Raises
    ------
    StepOutOfOrder
        `values`: field, reason, at, follows (kind of the step before which it would lie), follows_at.
    """
    if at >= state.last_at:
        return
    if rule.to in ("closed", "voided"):
        # It ends the incident: nothing that is told can have happened afterwards.
        kind, moment = _last(state, life)
    else:
        kind, moment = _latest([*_followed(state, rule, life)])
    if at < moment:
        raise _out_of_order(at, kind, moment.astimezone(at.tzinfo))


def _followed(state: "State | Draft", rule: Rule, life: Life | None) -> Iterator[tuple[str, datetime]]:
    """Kind and time of the steps that made this one possible."""
    yield "reported", state.reported_at
    if _possible_at_any_time(rule):
        return
    if life is None:
        yield from _stamped(state)
        return
    for event in life():
        told = STEP_RULES.get(event.kind)
        if told is not None and (_moves(told) or (rule.appealed is not None and "appealed" in told.sets)):
            yield event.kind, event.at


def _possible_at_any_time(rule: Rule) -> bool:
    anywhere = rule.stages == OPEN_STAGES and rule.suspended is None and rule.appealed is None
    return anywhere and rule.to == "same"


def _moves(rule: Rule) -> bool:
    """Whether a step changes what may follow it."""
    return rule.to != "same" or "suspended" in rule.sets


def _stamped(state: "State | Draft") -> Iterator[tuple[str, datetime]]:
    """The steps whose time the state holds."""
    for kind, rule in STEP_RULES.items():
        moment = None if rule.stamps is None else getattr(state, rule.stamps)
        if moment is not None:
            yield kind, moment


def _last(state: "State | Draft", life: Life | None) -> tuple[str, datetime]:
    """The step that happened last, whatever kind it is."""
    if life is None:
        return "last step", state.last_at
    return _latest([(event.kind, event.at) for event in life()])


def _latest(steps: list[tuple[str, datetime]]) -> tuple[str, datetime]:
    """The one that happened last; of those that happened at once the one told last."""
    return max(reversed(steps), key=lambda step: step[1])


def _out_of_order(at: datetime, kind: str, moment: datetime) -> StepOutOfOrder:
    reason = (
        f"is {at.isoformat()}, before the incident was reported ({moment.isoformat()})"
        if kind == "reported"
        else f"is {at.isoformat()}, before the step it follows: {kind!r} at {moment.isoformat()}"
    )
    return StepOutOfOrder(
        f"'at' {reason}; give the time at which it was really done", field="at", reason=reason,
        at=at.isoformat(), follows=kind, follows_at=moment.isoformat(),
    )  # fmt: skip
