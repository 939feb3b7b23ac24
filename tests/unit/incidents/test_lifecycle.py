"""The life cycle against an independent reading of it, and random walks."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.access.actor import Actor
from data.access.scope import Holder, Role, Scope
from data.errors import LogBroken, ReportInvalid, StepForbidden, StepIllegal, StepInvalid
from data.incidents.chain import FIRST_PREV_HASH, sealed
from data.incidents.folding import Draft, fold_all, place_detail, report_detail
from data.incidents.lifecycle import allowed, check_report, check_step, fold
from data.incidents.model import Event, Place, Report, State, Step
from data.incidents.rules import STEP_RULES
from data.words import STAGES

T0 = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
REPORT = Report(
    "hotline", "A-1", "0102", T0, lon=120.25, lat=31.85, address="长江路1号", title="暴露垃圾", grid_code="g1"
)
PLACE = Place(120.25, 31.85, 0x8C309B1A2B3C5FF, 3, "g1", "coordinates")
OPEN = ["reported", "verified", "filed", "dispatched", "claimed", "handled", "checked"]

# Written down a second time, by hand, from the description: (kind, stage) -> stage after.
EXPECTED: dict[tuple[str, str], str] = {
    ("verified", "reported"): "verified",
    ("filed", "verified"): "filed",
    ("dispatched", "filed"): "dispatched",
    ("claimed", "dispatched"): "claimed",
    ("handled", "claimed"): "handled",
    ("checked", "handled"): "checked",
    ("closed", "checked"): "closed",
    **{("self_handled", stage): "handled" for stage in OPEN[:3]},
    **{("returned", stage): "filed" for stage in ("dispatched", "claimed")},
    **{("reworked", stage): "claimed" for stage in ("handled", "checked")},
    **{("extended", stage): stage for stage in ("dispatched", "claimed")},
    **{("escalated", stage): stage for stage in OPEN[:3]},
    **{("escalated", stage): "filed" for stage in ("dispatched", "claimed")},
    **{(kind, stage): stage for kind in ("suspended", "located", "urged", "reassigned", "attached", "noted")
       for stage in OPEN},
    **{("categorised", stage): stage for stage in OPEN[:5]},
    **{("appealed", stage): stage for stage in OPEN[3:]},
    ("reopened", "closed"): "filed",
    ("corrected", "closed"): "closed",
    **{(kind, stage): "voided" for kind in ("voided", "merged") for stage in OPEN},
}  # fmt: skip
WHILE_SUSPENDED = {"resumed", "voided", "merged", "located", "reassigned", "attached", "noted"}
WHY = {"reason": "如此"}
DETAILS: dict[str, dict[str, Any]] = {
    "dispatched": {"handler": "城管中队"},
    "closed": {"means": "service", "level": 3},
    "located": {"grid_code": "g1"},
    "merged": {"into": 4, **WHY},
    "categorised": {"category": "0103"},
    "attached": {"sha256": "ab", "media_type": "image/jpeg", "size": 5},
    "noted": {"note": "已联系"},
    "corrected": {"category": "0103", **WHY},
    "appeal_decided": {"upheld": True, **WHY},
    **dict.fromkeys(
        ("returned", "reworked", "extended", "suspended", "voided", "appealed", "reassigned", "reopened"), WHY
    ),
}
# By hand, from the description: who may take which step.
CENTER = {"dispatcher", "administrator"}
MAY: dict[str, set[str]] = {
    **dict.fromkeys(("filed", "dispatched", "closed", "suspended", "resumed", "voided", "merged"), CENTER),
    **dict.fromkeys(("reassigned", "categorised"), CENTER),
    **{kind: {"grid_worker", *CENTER} for kind in ("verified", "self_handled", "escalated", "located")},
    **{kind: {"grid_worker", "handler", *CENTER} for kind in ("claimed", "handled", "returned", "appealed")},
    **{kind: {"supervisor", *CENTER} for kind in ("checked", "reworked")},
    **{kind: {"leader", *CENTER} for kind in ("extended", "appeal_decided")},
    "urged": {"leader", "supervisor", *CENTER},
    **{kind: {"leader", "supervisor", "grid_worker", "handler", *CENTER} for kind in ("attached", "noted")},
}  # fmt: skip


def opened(**changes: Any) -> State:
    detail = report_detail(REPORT, PLACE, edition_id=1)
    event = sealed(
        seq=1, incident_id=7, n=0, kind="reported", at=T0, recorded_at=T0, actor=Actor.nobody("test"), detail=detail,
        prev_hash=FIRST_PREV_HASH,
    )  # fmt: skip
    state = fold(None, event)
    return State(**{**{name: getattr(state, name) for name in state.__dataclass_fields__}, **changes})


def event_after(state: State, kind: str, at: datetime, detail: dict[str, Any]) -> Event:
    if kind == "located" or "grid_code" in detail:
        detail = {**detail, "place": place_detail(Place(None, None, None, 5, "g5", "hand"), 1)}
    return sealed(
        seq=state.seq + 3, incident_id=state.id, n=state.n + 1, kind=kind, at=at, recorded_at=at,
        actor=Actor.nobody("test"), detail=detail, prev_hash=state.hash,
    )  # fmt: skip


def moved(state: State, kind: str, at: datetime, **said: Any) -> State:
    step = Step(kind, at, Actor.nobody("王芳"), {**DETAILS.get(kind, {}), **said})
    check_step(state, step, now=at, depth=3)
    return fold(state, event_after(state, kind, at, step.detail))


def walked(*kinds: str) -> State:
    state = opened()
    for hour, kind in enumerate(kinds, start=1):
        said = {"due_at": (T0 + timedelta(days=30 + hour)).isoformat()} if kind == "extended" else {}
        state = moved(state, kind, T0 + timedelta(hours=hour), **said)
    return state


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("suspended", [False, True])
def test_allowed_is_what_the_description_says(stage: str, suspended: bool) -> None:
    state = opened(stage=stage, suspended=suspended)
    if suspended:
        expected = WHILE_SUSPENDED if stage in OPEN else set()
    else:
        expected = {kind for kind, source in EXPECTED if source == stage}
    assert set(allowed(state)) == expected


@pytest.mark.parametrize("stage", STAGES)
def test_an_appeal_is_decided_before_the_next(stage: str) -> None:
    now = set(allowed(opened(stage=stage, appealed=True)))
    expected = {kind for kind, source in EXPECTED if source == stage} - {"appealed"}
    assert now == expected | ({"appeal_decided"} if stage in OPEN else set())


@pytest.mark.parametrize("role", get_args(Role))
@pytest.mark.parametrize("kind", sorted(STEP_RULES))
def test_who_may_take_a_step(kind: str, role: Role) -> None:
    mine = {"unit": "T1", "responsible": "P1"}
    state = opened(
        stage=STEP_RULES[kind].stages[-1], suspended=kind == "resumed", appealed=kind == "appeal_decided", **mine
    )
    step = Step(kind, T0, Actor.nobody("王芳"), {**DETAILS.get(kind, {}), **said_for(kind, 1, state)})
    # A supervisor acts for no unit here: see the next but one.
    units = () if role == "supervisor" else ("T1",)
    for scope in (Scope.city(9, role, Holder.person("P1")), Scope.city(9, role, Holder.person("P2", units=units))):
        assert (kind in allowed(state, scope)) == (role in MAY.get(kind, CENTER))
        if role in MAY.get(kind, CENTER):
            check_step(state, step, scope=scope)
            continue
        with pytest.raises(StepForbidden) as caught:
            check_step(state, step, scope=scope)
        assert caught.value.values["role"] == role
        assert set(caught.value.values["roles"]) == MAY.get(kind, CENTER)


@pytest.mark.parametrize("role", ["handler", "grid_worker"])
def test_what_lies_with_another_unit_is_not_for_these_hands(role: Role) -> None:
    other = Scope.city(9, role, Holder.person("P2", units=("T2",)))
    state = opened(stage="dispatched", unit="T1", responsible="P1")
    assert allowed(state, other) == []
    with pytest.raises(StepForbidden) as caught:
        check_step(state, Step("claimed", T0, Actor.nobody("王芳")), scope=other)
    assert caught.value.values["unit"] == "T1"
    of_grid = allowed(opened(stage="dispatched", unit="grid:3:g1", responsible="P1"), other)
    assert ("claimed" in of_grid) == (role == "grid_worker")


@pytest.mark.parametrize("kind", ["checked", "reworked"])
def test_a_supervisor_does_not_check_what_the_own_unit_handled(kind: str) -> None:
    supervisor = Scope.city(9, "supervisor", Holder.person("P1", units=("T1",)))
    step = Step(kind, T0, Actor.nobody("王芳"), said_for(kind, 1, opened(stage="handled")) | {"reason": "复查"})
    with pytest.raises(StepForbidden) as caught:
        check_step(opened(stage="handled", unit="T1", responsible="P1"), step, scope=supervisor)
    assert "handled" in str(caught.value)
    check_step(opened(stage="handled", unit="T2", responsible="P1"), step, scope=supervisor)


@pytest.mark.parametrize(
    ("held", "to_level", "good"),
    [(3, 2, True), (3, 0, True), (3, None, True), (3, 3, False), (1, 2, False), (0, 0, False), (0, None, False)],
)
def test_up_is_a_smaller_level(held: int, to_level: int | None, good: bool) -> None:
    step = Step("escalated", T0, Actor.nobody("王芳"), {} if to_level is None else {"to_level": to_level})
    if good:
        check_step(opened(held_level=held), step, depth=3)
        return
    with pytest.raises(StepInvalid) as caught:
        check_step(opened(held_level=held), step, depth=3)
    assert caught.value.values["field"] == "to_level"


@pytest.mark.parametrize("kind", sorted(kind for kind, rule in STEP_RULES.items() if rule.needs_reason))
def test_some_steps_must_say_why(kind: str) -> None:
    state = opened(stage=STEP_RULES[kind].stages[-1], appealed=kind == "appeal_decided")
    said = {**DETAILS[kind], **said_for(kind, 1, state)}
    for reason in (None, "", "  "):
        with pytest.raises(StepInvalid) as caught:
            check_step(state, Step(kind, T0, Actor.nobody("王芳"), {**said, "reason": reason}))
        assert caught.value.values["field"] == "reason"


@pytest.mark.parametrize(("kind", "stage"), sorted(EXPECTED))
def test_each_step_leads_where_the_description_says(kind: str, stage: str) -> None:
    state = opened(stage=stage)
    said = {"due_at": (T0 + timedelta(days=9)).isoformat()} if kind == "extended" else {}
    after = moved(state, kind, T0 + timedelta(hours=1), **said)
    assert after.stage == EXPECTED[kind, stage]
    assert (after.n, after.id, after.seq) == (state.n + 1, state.id, state.seq + 3)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", sorted(STEP_RULES))
def test_what_is_not_allowed_is_refused_with_what_is(kind: str, stage: str) -> None:
    state = opened(stage=stage)
    if kind in allowed(state):
        return
    with pytest.raises(StepIllegal) as caught:
        check_step(state, Step(kind, T0, Actor.nobody("王芳"), {}))
    assert caught.value.values["allowed"] == allowed(state)
    assert (caught.value.values["stage"], caught.value.values["kind"]) == (stage, kind)


def test_the_straight_path_stamps_every_time() -> None:
    state = walked("verified", "filed", "dispatched", "claimed", "handled", "checked", "closed")
    stamps = [state.verified_at, state.filed_at, state.dispatched_at, state.claimed_at, state.handled_at,
              state.checked_at, state.closed_at]  # fmt: skip
    assert stamps == [T0 + timedelta(hours=hour) for hour in range(1, 8)]
    assert (state.stage, state.means, state.level, state.handler) == ("closed", "service", 3, "城管中队")
    assert not state.self_handled
    assert allowed(state) == ["reopened", "corrected"]


def test_the_first_event_opens_everything() -> None:
    state = opened()
    assert (state.source, state.source_id, state.category, state.title) == ("hotline", "A-1", "0102", "暴露垃圾")
    assert (state.lon, state.lat, state.h3, state.leaf, state.leaf_code) == (120.25, 31.85, 0x8C309B1A2B3C5FF, 3, "g1")
    assert (state.lon_given, state.lat_given, state.coordinate_system) == (120.25, 31.85, "wgs84")
    assert (state.grid_code_given, state.placed_by, state.edition_id, state.stage) == (
        "g1",
        "coordinates",
        1,
        "reported",
    )
    assert (state.reported_at, state.occurred_at, state.n, state.seq) == (T0, None, 0, 1)


def test_what_the_new_steps_leave_behind() -> None:
    state = opened(area="1:A", held_level=3)
    state = moved(state, "escalated", T0, to_level=1)
    assert (state.escalations, state.held_level, state.stage) == (1, 1, "reported")
    state = moved(moved(state, "urged", T0), "urged", T0)
    assert state.urges == 2
    state = moved(state, "categorised", T0)
    assert state.category == "0103"
    state = moved(state, "attached", T0)
    assert state.photos == 1
    state = moved(state, "suspended", T0 + timedelta(hours=1))
    assert state.suspended_at == T0 + timedelta(hours=1)
    assert moved(state, "resumed", T0 + timedelta(hours=2)).suspended_at is None
    state = moved(state, "merged", T0 + timedelta(hours=3))
    assert (state.stage, state.merged_into, state.voided_at) == ("voided", 4, T0 + timedelta(hours=3))
    assert (state.suspended, state.suspended_at) == (False, None)


def test_appeals_are_counted_and_decided() -> None:
    state = moved(walked("verified", "filed", "dispatched"), "appealed", T0 + timedelta(hours=4))
    assert (state.appeals, state.appealed, state.stage) == (1, True, "dispatched")
    decided = moved(state, "appeal_decided", T0 + timedelta(hours=5), upheld=False)
    assert (decided.appeals, decided.appealed) == (1, False)


def test_satisfaction_is_kept_from_checking_or_closing() -> None:
    state = moved(walked("self_handled"), "checked", T0 + timedelta(hours=2), satisfaction="neutral")
    assert state.satisfaction == "neutral"
    assert moved(state, "closed", T0 + timedelta(hours=3)).satisfaction == "neutral"
    assert moved(state, "closed", T0 + timedelta(hours=3), satisfaction="satisfied").satisfaction == "satisfied"


def test_escalated_from_a_unit_undoes_the_dispatch() -> None:
    state = walked("verified", "filed", "dispatched", "claimed")
    after = moved(state, "escalated", T0 + timedelta(hours=5), to_level=1)
    assert (after.stage, after.escalations, after.returns, after.handler, after.unit) == ("filed", 1, 0, "", "")
    assert {after.dispatched_at, after.claimed_at, after.due_at, after.due_claim_at} == {None}


def test_clock_and_responsible_person_are_what_the_last_event_said() -> None:
    who = {"person": "P7", "name": "周建国", "post": "chief", "at": "2:A", "gap": False}
    clock = {"due": "2026-11-23T12:00:00+08:00", "yellow": "2026-11-23T11:00:00+08:00"}
    state = opened()
    state = fold(state, event_after(state, "verified", T0, {"clock": clock, "responsible": who}))
    assert (state.responsible, state.responsible_name, state.responsible_post) == ("P7", "周建国", "chief")
    assert state.clock_due_at == datetime(2026, 11, 23, 4, tzinfo=UTC)
    assert state.clock_yellow_at == datetime(2026, 11, 23, 3, tzinfo=UTC)
    kept = fold(state, event_after(state, "urged", T0, {}))
    assert (kept.responsible, kept.clock_due_at) == ("P7", state.clock_due_at)
    ended = fold(state, event_after(state, "voided", T0, {"clock": None}))
    assert (ended.clock_due_at, ended.clock_yellow_at, ended.responsible) == (None, None, "P7")


def test_self_handled_is_marked_and_has_no_dispatch() -> None:
    state = walked("self_handled")
    assert (state.self_handled, state.stage, state.handled_at) == (True, "handled", T0 + timedelta(hours=1))
    assert state.dispatched_at is state.claimed_at is None


def test_returned_undoes_the_dispatch_and_counts() -> None:
    due = {"due_at": (T0 + timedelta(days=5)).isoformat(), "due_claim_at": (T0 + timedelta(hours=9)).isoformat()}
    state = moved(walked("verified", "filed"), "dispatched", T0 + timedelta(hours=3), **due)
    assert (state.due_at, state.due_claim_at) == (T0 + timedelta(days=5), T0 + timedelta(hours=9))
    state = moved(moved(state, "claimed", T0 + timedelta(hours=4)), "returned", T0 + timedelta(hours=5))
    assert (state.stage, state.returns, state.handler) == ("filed", 1, "")
    assert {state.dispatched_at, state.claimed_at, state.due_at, state.due_claim_at} == {None}
    assert state.filed_at == T0 + timedelta(hours=2)
    again = moved(state, "dispatched", T0 + timedelta(hours=6))
    assert again.dispatched_at == T0 + timedelta(hours=6)


def test_reworked_takes_the_handling_back_and_keeps_the_claim() -> None:
    state = walked("verified", "filed", "dispatched", "claimed", "handled", "checked", "reworked")
    assert (state.stage, state.reworks, state.handled_at, state.checked_at) == ("claimed", 1, None, None)
    assert state.claimed_at == T0 + timedelta(hours=4)
    assert walked("self_handled", "reworked").claimed_at == T0 + timedelta(hours=2)


def test_extended_moves_the_deadline_only_later() -> None:
    state = walked("verified", "filed", "dispatched", "extended")
    assert (state.extensions, state.due_at) == (1, T0 + timedelta(days=34))
    with pytest.raises(StepInvalid) as caught:
        moved(state, "extended", T0 + timedelta(hours=5), due_at=(T0 + timedelta(days=20)).isoformat())
    assert caught.value.values["field"] == "due_at"


def test_resumed_may_carry_the_new_deadline() -> None:
    state = walked("verified", "filed", "dispatched", "suspended")
    assert state.suspended
    resumed = moved(state, "resumed", T0 + timedelta(hours=8), due_at="2026-12-31T17:30:00+08:00")
    assert not resumed.suspended
    assert resumed.due_at == datetime(2026, 12, 31, 9, 30, tzinfo=UTC)
    assert moved(state, "voided", T0 + timedelta(hours=8)).suspended is False


def test_located_by_code_keeps_the_known_position() -> None:
    state = moved(opened(), "located", T0)
    assert (state.leaf, state.leaf_code, state.placed_by, state.lon) == (5, "g5", "hand", 120.25)
    assert state.stage == "reported"


def test_located_by_coordinates_takes_them_over() -> None:
    state = opened(lon=None, lat=None, h3=None, leaf=-1, leaf_code=None, placed_by=None)
    detail = {
        "lon": 120.3, "lat": 31, "coordinate_system": "gcj02",
        "place": place_detail(Place(120.29, 31.002, 0x8C309B1A2B3C5FF, 6, "g6", "hand"), 2),
    }  # fmt: skip
    state = fold(state, event_after(state, "verified", T0, {}))
    event = sealed(seq=90, incident_id=7, n=2, kind="located", at=T0, recorded_at=T0, actor=Actor.nobody("t"),
                   detail=detail, prev_hash=state.hash)  # fmt: skip
    after = fold(state, event)
    assert (after.lon, after.lat, after.lon_given, after.lat_given) == (120.29, 31.002, 120.3, 31.0)
    assert (after.coordinate_system, after.leaf, after.edition_id, after.stage) == ("gcj02", 6, 2, "verified")
    assert isinstance(after.lat_given, float)


@pytest.mark.parametrize(
    ("stage", "kind", "detail", "field"),
    [
        ("filed", "dispatched", {"handler": 5}, "handler"),
        ("filed", "dispatched", {"handler": "x" * 2_001}, "handler"),
        ("filed", "dispatched", {"handler": "x", "due_at": "2026-12-01T10:00:00"}, "due_at"),
        ("filed", "dispatched", {"handler": "x", "due_at": "morgen"}, "due_at"),
        ("filed", "dispatched", {"handler": "x", "due_at": 5}, "due_at"),
        ("filed", "dispatched", {"handler": "x", "due_claim_at": "2026-11-19T10:00:00Z"}, "due_claim_at"),
        ("filed", "dispatched", {"handler": "x", "hander": "y"}, "hander"),
        ("checked", "closed", {"means": "service"}, "level"),
        ("checked", "closed", {"level": 1}, "means"),
        ("checked", "closed", {"means": "magic", "level": 1}, "means"),
        ("checked", "closed", {"means": ["service"], "level": 1}, "means"),
        ("checked", "closed", {"means": "service", "level": 4}, "level"),
        ("checked", "closed", {"means": "service", "level": -1}, "level"),
        ("checked", "closed", {"means": "service", "level": True}, "level"),
        ("checked", "closed", {"means": "service", "level": 1.0}, "level"),
        ("claimed", "extended", WHY, "due_at"),
        ("claimed", "extended", {"days": 2, "hours": 3, **WHY}, "due_at"),
        ("claimed", "extended", {"days": 0, **WHY}, "days"),
        ("claimed", "extended", {"days": 1.5, **WHY}, "days"),
        ("claimed", "extended", {"hours": float("inf"), **WHY}, "hours"),
        ("checked", "closed", {"means": "service", "level": 1, "satisfaction": "very"}, "satisfaction"),
        ("reported", "merged", {"into": 7, **WHY}, "into"),
        ("reported", "merged", WHY, "into"),
        ("reported", "merged", {"into": "8", **WHY}, "into"),
        ("reported", "noted", {"note": ""}, "note"),
        ("reported", "categorised", {}, "category"),
        ("reported", "located", {}, "lon"),
        ("reported", "located", {"lon": 120.0}, "lat"),
        ("reported", "located", {"lon": 200.0, "lat": 3.0}, "lon"),
        ("reported", "located", {"lon": 20.0, "lat": float("nan")}, "lat"),
        ("reported", "located", {"lon": 20.0, "lat": True}, "lat"),
        ("reported", "located", {"lon": 20.0, "lat": 1.0, "coordinate_system": "mars"}, "coordinate_system"),
        ("reported", "verified", {"note": {"a": 1}}, "note"),
        ("reported", "reported", {}, "kind"),
        ("reported", "beamed", {}, "kind"),
    ],
)
def test_a_step_that_says_what_cannot_be(stage: str, kind: str, detail: dict[str, Any], field: str) -> None:
    with pytest.raises(StepInvalid) as caught:
        check_step(opened(stage=stage), Step(kind, T0, Actor.nobody("王芳"), detail), now=T0, depth=3)
    assert caught.value.values["field"] == field
    assert caught.value.values["reason"] in caught.value.message


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_every_level_of_the_city_may_close(level: int) -> None:
    check_step(
        opened(stage="checked"),
        Step("closed", T0, Actor.nobody("a"), {"means": "enforcement", "level": level}),
        depth=3,
    )


@pytest.mark.parametrize(
    ("at", "good"),
    [
        (T0, True),
        (T0 - timedelta(microseconds=1), False),
        (T0 + timedelta(hours=1, minutes=5), True),
        (T0 + timedelta(hours=1, minutes=5, microseconds=1), False),
        ((T0 + timedelta(minutes=3)).replace(tzinfo=None), False),
    ],
)
def test_the_time_of_a_step(at: datetime, good: bool) -> None:
    step = Step("verified", at, Actor.nobody("王芳"))
    if good:
        check_step(opened(), step, now=T0 + timedelta(hours=1))
        return
    with pytest.raises(StepInvalid) as caught:
        check_step(opened(), step, now=T0 + timedelta(hours=1))
    assert caught.value.values["field"] == "at"


@pytest.mark.parametrize("actor", ["", "  ", "a\0b", "\ud800", "x" * 2_001])
def test_somebody_must_take_the_step(actor: str) -> None:
    with pytest.raises(StepInvalid) as caught:
        check_step(opened(), Step("verified", T0, Actor.nobody(actor)))
    assert caught.value.values["field"] == "actor"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reported_at": T0.replace(tzinfo=None)}, "reported_at"),
        ({"occurred_at": T0.replace(tzinfo=None)}, "occurred_at"),
        ({"reported_at": T0 + timedelta(minutes=6)}, "reported_at"),
        ({"lon": None}, "lon"),
        ({"lat": None}, "lat"),
        ({"title": "a\0"}, "title"),
        ({"address": "\udfff"}, "address"),
        ({"source": ""}, "source"),
        ({"source_id": ""}, "source_id"),
        ({"source_id": "长" * 700}, "source_id"),
    ],
)
def test_what_no_report_may_be(changes: dict[str, Any], field: str) -> None:
    fields = {name: getattr(REPORT, name) for name in REPORT.__dataclass_fields__}
    check_report(REPORT, now=T0)
    with pytest.raises(ReportInvalid) as caught:
        check_report(Report(**{**fields, **changes}), now=T0)
    assert caught.value.values["field"] == field


def test_fold_refuses_what_cannot_follow() -> None:
    state = opened()
    good = event_after(state, "verified", T0, {})
    fields = {name: getattr(good, name) for name in good.__dataclass_fields__}
    for changes in ({"n": 2}, {"incident_id": 8}, {"prev_hash": bytes(32)}, {"kind": "beamed"}, {"kind": "closed"},
                    {"kind": "reported"}, {"kind": "located"}):  # fmt: skip
        with pytest.raises(LogBroken) as caught:
            fold(state, Event(**{**fields, **changes}))
        assert caught.value.values["n"] == fields["n"] if "n" not in changes else changes["n"]
    with pytest.raises(LogBroken):
        fold(None, good)
    assert fold(state, good).stage == "verified"


def test_fold_changes_nothing_it_was_given() -> None:
    state = opened()
    event = event_after(state, "verified", T0, {"note": "x"})
    before = (repr(state), repr(event))
    assert fold(state, event) == fold(state, event)
    assert (repr(state), repr(event)) == before


def said_for(kind: str, hour: int, state: State) -> dict[str, Any]:
    if kind == "extended":
        return {"due_at": (max(state.due_at or T0, T0 + timedelta(hours=hour)) + timedelta(days=1)).isoformat()}
    return {}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 10_000), max_size=25), st.data())
def test_random_walks_agree_with_a_slow_model(choices: list[int], data: st.DataObject) -> None:
    """Walk at random among what is allowed; a model of plain rules written out must agree after each step."""
    state = first = opened()
    stage, suspended = "reported", False
    counts = {"escalated": 0, "returned": 0, "reworked": 0, "extended": 0}
    events: list[Event] = []
    for hour, choice in enumerate(choices, start=1):
        kinds = allowed(state)
        if not kinds:
            break
        kind = kinds[choice % len(kinds)]
        at = T0 + timedelta(hours=hour)
        said = {**DETAILS.get(kind, {}), **said_for(kind, hour, state)}
        check_step(state, Step(kind, at, Actor.nobody("a"), said), now=at, depth=3)
        events.append(event_after(state, kind, at, said))
        state = fold(state, events[-1])
        stage = EXPECTED.get((kind, stage), stage)
        suspended = {"suspended": True, "resumed": False, "voided": False, "merged": False}.get(kind, suspended)
        counts = {name: count + (name == kind) for name, count in counts.items()}
        assert (state.stage, state.suspended, state.n) == (stage, suspended, hour)
        assert [state.escalations, state.returns, state.reworks, state.extensions] == list(counts.values())
        reached = {"handled": state.handled_at, "checked": state.checked_at, "closed": state.closed_at}
        assert stage not in reached or reached[stage] is not None
        assert (state.closed_at is not None) == (stage == "closed") == (state.means is not None)
        assert (state.voided_at is not None) == (stage == "voided")
        assert state.dispatched_at is None or stage in STAGES[3:]
    assert fold_all(events, first) == state
    draft = Draft.of(first)
    for event in events:
        draft.apply(event)
    assert draft.freeze() == state
