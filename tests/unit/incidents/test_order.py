"""No step lies before the step it follows, through whatever door it comes."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.access.actor import Actor
from data.errors import StepIllegal, StepInvalid, StepOutOfOrder
from data.incidents.folding import fold_all
from data.incidents.lifecycle import allowed, check_step
from data.incidents.model import Report, Step
from data.incidents.order import MAX_CLOCK_SKEW
from data.incidents.rules import STEP_RULES
from tests.unit.incidents.pure_life import REASONED, SAID, PureLife, opening

T0 = datetime(2026, 6, 8, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
PATH = ("verified", "filed", "dispatched", "claimed", "handled", "checked", "closed")
# What is taken before, and which of it a step follows.
FOLLOWS = [
    *((PATH[:at], kind, PATH[at - 1] if at else "reported") for at, kind in enumerate(PATH)),
    ((), "self_handled", "reported"),
    (PATH[:1], "self_handled", "verified"),
    (PATH[:3], "returned", "dispatched"),
    (PATH[:4], "returned", "claimed"),
    ((*PATH[:4], "returned"), "dispatched", "returned"),
    ((*PATH[:3], "escalated"), "dispatched", "escalated"),
    ((*PATH[:5], "reworked"), "handled", "reworked"),
    (PATH[:5], "reworked", "handled"),
    (PATH[:3], "extended", "dispatched"),
    (PATH[:4], "extended", "claimed"),
    (PATH[:3], "suspended", "dispatched"),
    (("suspended",), "resumed", "suspended"),
    (("suspended", "resumed"), "verified", "resumed"),
    ((*PATH[:3], "suspended", "resumed"), "claimed", "resumed"),
    (PATH[:3], "appealed", "dispatched"),
    ((*PATH[:4], "appealed"), "appeal_decided", "appealed"),
    (("suspended",), "voided", "suspended"),
    (PATH[:2], "merged", "filed"),
    (PATH[:2], "urged", "filed"),
    (PATH[:2], "categorised", "filed"),
]


@pytest.mark.parametrize(("before", "kind", "follows"), FOLLOWS)
def test_a_step_before_the_one_it_follows_is_refused_with_both_times(
    before: tuple[str, ...], kind: str, follows: str
) -> None:
    last = T0 + HOUR if before else T0
    life = PureLife(T0).walk(before, T0 + HOUR)
    told = last + HOUR
    for early in (last - timedelta(microseconds=1), last - 30 * SECOND, T0 - HOUR):
        state = life.state
        with pytest.raises(StepOutOfOrder) as caught:
            life.take(kind, early, now=told)
        values = caught.value.values
        assert values["field"] == "at"
        assert early.isoformat() in caught.value.message
        assert (values["at"], values["follows_at"]) == (early.isoformat(), last.isoformat())
        assert last.isoformat() in caught.value.message
        assert values["follows"] in (follows, life.log[-1].kind)
        assert life.state is state
    # At the same time is in order.
    assert life.take(kind, last, now=told).n == len(before) + 1


@pytest.mark.parametrize(
    ("before", "kind"),
    [(before, kind) for before, kind, follows in FOLLOWS
     if follows in ("verified", "filed", "dispatched", "claimed", "handled", "checked", "reported")],
)  # fmt: skip
def test_the_state_alone_tells_most_of_it(before: tuple[str, ...], kind: str) -> None:
    last = T0 + HOUR if before else T0
    state = PureLife(T0).walk(before, T0 + HOUR).state
    step = Step(kind, last - SECOND, Actor.nobody("王芳"), {**SAID.get(kind, {}), **REASONED})
    with pytest.raises(StepOutOfOrder):
        check_step(state, step, now=last + HOUR, depth=2)


@pytest.mark.parametrize("kind", ["noted", "located", "reassigned"])
def test_what_may_be_done_at_any_time_may_be_told_late_but_not_from_before_the_report(kind: str) -> None:
    life = PureLife(T0).walk(PATH[:3], T0 + HOUR)
    assert life.take(kind, T0 + 60 * SECOND, now=T0 + 2 * HOUR).last_at == T0 + HOUR
    with pytest.raises(StepOutOfOrder, match="before the incident was reported") as caught:
        life.take(kind, T0 - SECOND, now=T0 + 2 * HOUR)
    assert caught.value.values["follows"] == "reported"


def test_a_note_does_not_stop_what_was_done_before_it_and_is_told_after_it() -> None:
    life = PureLife(T0).walk(PATH[:3], T0)
    life.take("noted", T0 + HOUR)
    life.take("urged", T0 + HOUR)
    assert life.take("claimed", T0 + HOUR / 2, now=T0 + 2 * HOUR).claimed_at == T0 + HOUR / 2


@pytest.mark.parametrize("kind", ["closed", "voided", "merged"])
def test_what_ends_an_incident_comes_after_all_that_was_told(kind: str) -> None:
    life = PureLife(T0).walk(PATH[:6], T0)
    life.take("noted", T0 + HOUR)
    with pytest.raises(StepOutOfOrder) as caught:
        life.take(kind, T0 + HOUR / 2, now=T0 + 2 * HOUR)
    assert (caught.value.values["follows"], caught.value.values["follows_at"]) == ("noted", (T0 + HOUR).isoformat())


def test_a_step_that_a_fast_clock_says_lies_ahead_happened_when_it_is_told() -> None:
    life = PureLife(T0)
    ahead = T0 + HOUR + MAX_CLOCK_SKEW
    assert life.take("verified", ahead, now=T0 + HOUR).verified_at == T0 + HOUR
    assert life.log[-1].at == life.log[-1].recorded_at == T0 + HOUR
    assert life.log[-1].detail["said_at"] == ahead.isoformat()
    # It stands in nobody's way whose clock is right.
    life.take("filed", T0 + HOUR + SECOND)
    assert "said_at" not in life.log[-1].detail
    with pytest.raises(StepInvalid, match="in the future: it is") as caught:
        life.take("dispatched", T0 + 2 * HOUR + MAX_CLOCK_SKEW + SECOND, now=T0 + 2 * HOUR)
    assert not isinstance(caught.value, StepOutOfOrder)


def test_a_report_that_a_fast_clock_says_lies_ahead_was_made_when_it_came() -> None:
    life = PureLife(T0 + 3 * 60 * SECOND, now=T0)
    assert life.state.reported_at == T0
    assert life.log[0].detail["said_at"] == (T0 + 3 * 60 * SECOND).isoformat()
    assert fold_all(life.log) == life.state


@pytest.mark.parametrize("live", [True, False])
def test_a_history_is_held_to_the_same_order(live: bool) -> None:
    steps = [Step(kind, T0 + HOUR, Actor.nobody("a"), SAID.get(kind, {})) for kind in PATH[:3]]
    steps.append(Step("claimed", T0 + HOUR / 2, Actor.nobody("a")))
    office, report = opening(), Report("hotline", "1", "garbage", T0)
    [place] = office.place([report])
    with pytest.raises(StepOutOfOrder) as caught:
        office.history(7, range(1, 6), report, place, steps, actor=Actor.nobody("a"), now=T0 + 9 * HOUR, live=live)
    values = caught.value.values
    assert (values["source_id"], values["n"], values["follows"]) == ("1", 4, "dispatched")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(-90, 90)), max_size=40))
def test_no_accepted_life_goes_back_in_time(choices: list[tuple[int, int]]) -> None:
    """Whatever is told: the steps that move an incident on lie one after the other in time, and none ahead of now."""
    life, now = PureLife(T0), T0
    for choice, minutes in choices:
        kinds = [kind for kind in allowed(life.state) if kind != "attached"]
        if not kinds:
            break
        now += timedelta(minutes=20)
        at = now + timedelta(minutes=minutes)
        try:
            life.take(kinds[choice % len(kinds)], at, now=now)
        except (StepInvalid, StepIllegal):
            continue
    assert fold_all(life.log) == life.state
    assert all(event.at <= event.recorded_at for event in life.log)
    moving = [event for event in life.log if STEP_RULES.get(event.kind) is None or STEP_RULES[event.kind].to != "same"
              or "suspended" in STEP_RULES[event.kind].sets]  # fmt: skip
    assert [event.at for event in moving] == sorted(event.at for event in moving)
    state = life.state
    for first, second in (("reported_at", "verified_at"), ("dispatched_at", "claimed_at"), ("claimed_at", "handled_at"),
                          ("handled_at", "checked_at"), ("checked_at", "closed_at")):  # fmt: skip
        start, end = getattr(state, first), getattr(state, second)
        assert start is None or end is None or start <= end
