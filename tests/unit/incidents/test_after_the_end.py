"""What may follow a closing: it is opened again, or what it says is corrected."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.access.actor import Actor
from data.access.scope import Scope
from data.errors import StepForbidden, StepIllegal, StepInvalid, StepOutOfOrder
from data.incidents.lifecycle import allowed, check_step
from data.incidents.model import State, Step
from data.incidents.yellow_parts import YellowParts
from tests.unit.incidents.pure_life import PureLife

MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
PATH = ("verified", "filed", "dispatched", "claimed", "handled", "checked", "closed")


def closed(*before: str, satisfaction: str | None = "dissatisfied") -> tuple[PureLife, datetime]:
    """An incident closed on its way, a step an hour."""
    life = PureLife(MONDAY)
    at = MONDAY
    for kind in before or PATH:
        at += timedelta(hours=1)
        life.take(kind, at, **({"satisfaction": satisfaction} if kind == "checked" and satisfaction else {}))
    assert life.state.stage == "closed"
    return life, at


def test_opened_again_it_is_filed_and_its_clock_starts_anew() -> None:
    life, at = closed()
    again = at + timedelta(days=3)
    state = life.take("reopened", again)
    assert (state.stage, state.reopens, state.filed_at) == ("filed", 1, again)
    assert state.reported_at == MONDAY
    assert state.verified_at is not None
    undone = ("dispatched_at", "claimed_at", "handled_at", "checked_at", "closed_at", "due_claim_at", "due_at",
              "means", "level", "satisfaction")  # fmt: skip
    assert [getattr(state, name) for name in undone] == [None] * len(undone)
    assert (state.unit, state.handler, state.finish_limit, state.self_handled) == ("", "", "", False)
    # Two office hours from there, as after a return.
    assert state.clock_due_at == life.opening.clocks.calendar.add_hours(again, 2)
    assert "dispatched" in allowed(state)


def test_what_was_handled_on_the_spot_is_filed_for_the_first_time() -> None:
    life, at = closed("self_handled", "checked", "closed")
    assert life.state.filed_at is None
    state = life.take("reopened", at + timedelta(hours=1))
    assert (state.stage, state.filed_at, state.self_handled) == ("filed", at + timedelta(hours=1), False)


def test_it_is_closed_again_and_opened_again() -> None:
    life, at = closed()
    for round_ in (1, 2):
        at += timedelta(days=1)
        assert life.take("reopened", at).reopens == round_
        for kind in PATH[2:]:
            at += timedelta(hours=1)
            state = life.take(kind, at)
        assert (state.stage, state.closed_at, state.means) == ("closed", at, "service")


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ({"category": "noise"}, "category", "noise"),
        ({"means": "enforcement"}, "means", "enforcement"),
        ({"satisfaction": "satisfied"}, "satisfaction", "satisfied"),
        ({"grid_code": "L5"}, "leaf_code", "L5"),
        ({"lon": 120.205, "lat": 31.805}, "leaf_code", "L0"),
    ],
)
def test_a_correction_is_taken_over_and_the_rest_stays(said: dict[str, Any], field: str, value: str) -> None:
    life, at = closed()
    before = life.state
    state = life.take("corrected", at + timedelta(days=2), **said)
    assert (state.stage, state.closed_at, state.corrections) == ("closed", before.closed_at, 1)
    assert getattr(state, field) == value
    others = ("category", "means", "satisfaction", "level", "responsible", "clock_due_at", "due_at", "handled_at")
    assert [getattr(state, name) for name in others if name != field] == [
        getattr(before, name) for name in others if name != field
    ]
    if field != "leaf_code":
        assert (state.leaf, state.placed_by) == (before.leaf, before.placed_by)
    assert life.log[-1].detail["reason"] == "有理由"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "category"),
        ({"category": ""}, "category"),
        ({"coordinate_system": "gcj02"}, "category"),
        ({"coordinate_system": "gcj02", "means": "service"}, "coordinate_system"),
        ({"lon": 120.2}, "lat"),
        ({"level": 1}, "level"),
        ({"means": "magic"}, "means"),
        ({"grid_code": "nowhere"}, "grid_code"),
        ({"category": "noise", "reason": " "}, "reason"),
    ],
)
def test_a_correction_that_says_nothing_or_nonsense_is_refused(said: dict[str, Any], field: str) -> None:
    life, at = closed()
    before = life.state
    with pytest.raises(StepInvalid) as refused:
        life.take("corrected", at + timedelta(hours=1), **said)
    assert refused.value.values["field"] == field
    assert life.state == before


@pytest.mark.parametrize("kind", ["reopened", "corrected"])
def test_it_lies_behind_the_closing_and_says_why(kind: str) -> None:
    life, at = closed()
    said = {"means": "service"} if kind == "corrected" else {}
    with pytest.raises(StepOutOfOrder):
        life.take(kind, at - timedelta(minutes=1), now=at + timedelta(days=1), **said)
    with pytest.raises(StepInvalid):
        life.take(kind, at, reason="", **said)


def test_a_corrected_category_counts_for_the_clocks_of_what_is_opened_again() -> None:
    life, at = closed()
    life.take("corrected", at, category="noise")
    clocks = life.opening.clocks
    parts = YellowParts.after(life.log, clocks.calendar, clocks.limits)
    assert parts.category == life.state.category == "noise"


def step(kind: str) -> Step:
    return Step(
        kind,
        MONDAY + timedelta(days=30),
        Actor.nobody("王芳"),
        {"reason": "不实", **({"means": "service"} if kind == "corrected" else {})},
    )


@pytest.mark.parametrize("kind", ["reopened", "corrected"])
def test_only_the_center_may_and_only_what_is_closed(kind: str) -> None:
    life, _ = closed()
    state: State = life.state
    for role in ("dispatcher", "administrator"):
        check_step(state, step(kind), scope=Scope.city(8, role))  # type: ignore[arg-type]
    for role in ("leader", "supervisor", "handler", "grid_worker", "screen", "analyst"):
        with pytest.raises(StepForbidden):
            check_step(state, step(kind), scope=Scope.city(8, role))  # type: ignore[arg-type]
    ended = PureLife(MONDAY)
    with pytest.raises(StepIllegal):
        check_step(ended.state, step(kind))
    ended.take("voided", MONDAY + timedelta(hours=1))
    with pytest.raises(StepIllegal):
        check_step(ended.state, step(kind))
