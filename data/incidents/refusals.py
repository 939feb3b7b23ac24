"""Why a step cannot be taken now: the same table that allows steps, read the other way round."""

from dataclasses import dataclass
from typing import Literal

from data.access.scope import Right, Role, Scope
from data.incidents.lifecycle import allowed
from data.incidents.model import State
from data.incidents.rules import STEP_RULES, Rule
from data.words import OPEN_STAGES, Stage

RefusalReason = Literal[
    "ended",
    "stage",
    "suspended",
    "not_suspended",
    "appeal_open",
    "no_appeal",
    "role",
    "other_hands",
    "own_work",
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step that cannot be taken now, and the first reason why.

    Attributes
    ----------
    kind
        The step.
    reason
        ``ended``: the incident is closed or voided, which the step cannot follow. ``stage``: it is too early or too
        late for the step.
        ``suspended``, ``not_suspended``: its clock stands still, or it does not. ``appeal_open``, ``no_appeal``: an
        appeal waits for its decision, or none does. ``role``: the step is for other roles. ``other_hands``: it is for
        the role, but the incident lies with another person or unit. ``own_work``: nobody checks what he, or a unit he
        acts for, handled.
    stages
        The stages it may be taken in.
    roles
        Who may take it.
    """

    kind: str
    reason: RefusalReason
    stages: tuple[Stage, ...]
    roles: tuple[Role, ...]


def refusals(state: State, scope: Scope) -> list[Refusal]:
    """Say of each step that the holder of a scope cannot take now why not, in the order of the declared table.

    The scope is the one where the incident lies (`IncidentDesk.rights_at`).
    """
    possible = set(allowed(state, scope))
    return [
        Refusal(kind, _reason(rule, state, scope), rule.stages, rule.roles)
        for kind, rule in STEP_RULES.items()
        if kind not in possible
    ]


def _reason(rule: Rule, state: State, scope: Scope) -> RefusalReason:
    if state.stage not in OPEN_STAGES and state.stage not in rule.stages:
        return "ended"
    # A right that is missing stays missing; a stage passes.
    if not scope.holds(rule.right):
        return "role"
    if state.stage not in rule.stages:
        return "stage"
    if rule.suspended not in (None, state.suspended):
        return "suspended" if state.suspended else "not_suspended"
    if rule.appealed not in (None, state.appealed):
        return "appeal_open" if state.appealed else "no_appeal"
    return "own_work" if rule.right is Right.CHECK else "other_hands"
