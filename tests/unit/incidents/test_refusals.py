"""Why a step cannot be taken now: every step is allowed or refused, and the reason holds."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import get_args

import pytest

from data.access.scope import Holder, Role, Scope
from data.incidents.lifecycle import allowed
from data.incidents.model import State
from data.incidents.refusals import Refusal, refusals
from data.incidents.rules import STEP_RULES
from data.words import STAGES, Stage

T0 = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
STATE = State(
    id=1, source="hotline", source_id="1", category="0102", title="", address="", stage="reported", reported_at=T0,
    occurred_at=None, lon=None, lat=None, lon_given=None, lat_given=None, coordinate_system="wgs84",
    grid_code_given=None, h3=None, edition_id=1, leaf=-1, leaf_code=None, placed_by=None, seq=1, n=0, hash=bytes(32),
    last_at=T0, recorded_at=T0, unit="squad", responsible="p1",
)  # fmt: skip


def removed(refusal: Refusal, state: State, scope: Scope) -> tuple[State, Scope]:
    """The incident and the asker without what the reason says is in the way."""
    match refusal.reason:
        case "ended" | "stage":
            return replace(state, stage=refusal.stages[0]), scope
        case "suspended" | "not_suspended":
            return replace(state, suspended=not state.suspended), scope
        case "appeal_open" | "no_appeal":
            return replace(state, appealed=not state.appealed), scope
        case "role":
            return state, Scope.city(9, refusal.roles[0], scope.holder)
        case "other_hands":
            return state, replace(scope, holder=Holder.person("p1"))
        case "own_work":
            return replace(state, unit="another"), scope


@pytest.mark.parametrize("role", get_args(Role))
@pytest.mark.parametrize("stage", STAGES)
def test_every_step_is_possible_or_says_why_not(stage: Stage, role: Role) -> None:
    for suspended, appealed, person in product((False, True), (False, True), ("p1", "p2", "")):
        state = replace(STATE, stage=stage, suspended=suspended, appealed=appealed)
        scope = Scope.city(9, role, Holder.person(person, units=("squad",) if person == "p2" else ()))
        refused = {refusal.kind: refusal for refusal in refusals(state, scope)}
        assert set(refused) | set(allowed(state, scope)) == set(STEP_RULES)
        assert set(refused) & set(allowed(state, scope)) == set()
        for refusal in refused.values():
            reached(refusal, state, scope)


def reached(refusal: Refusal, state: State, scope: Scope) -> None:
    """Each reason stands; once all of them, one after the other, are out of the way, the step is possible."""
    met = []
    while refusal.kind not in allowed(state, scope):
        current = next(each for each in refusals(state, scope) if each.kind == refusal.kind)
        assert current.reason not in met, "the reason was not what stood in the way"
        met.append(current.reason)
        state, scope = removed(current, state, scope)


def test_what_has_ended_is_said_before_all_else() -> None:
    state, scope = replace(STATE, stage="voided"), Scope.city(9, "screen")
    assert {refusal.reason for refusal in refusals(state, scope)} == {"ended"}
    assert all(stage != "voided" for refusal in refusals(state, scope) for stage in refusal.stages)


def test_what_may_follow_a_closing_is_refused_by_role_and_all_else_has_ended() -> None:
    state, scope = replace(STATE, stage="closed"), Scope.city(9, "screen")
    reasons = {refusal.kind: refusal.reason for refusal in refusals(state, scope)}
    assert {kind for kind, reason in reasons.items() if reason == "role"} == {"reopened", "corrected"}
    assert set(reasons.values()) == {"role", "ended"}
