"""How long each clock is yellow, held against a slow reading of `docs/deadlines.md` from the log."""

import random
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.calendar.limits import CategoryLimits, Limits
from data.errors import StepIllegal, StepInvalid
from data.incidents.lifecycle import allowed
from data.incidents.model import Event, State
from tests.unit.incidents.pure_life import CALENDAR, PureLife

ZONE = ZoneInfo("Asia/Shanghai")
SHARES = {"garbage": 0.25, "noise": 0.5}
LIMITS = Limits(
    "two", CategoryLimits(), {name: CategoryLimits(yellow_share=share) for name, share in SHARES.items()}
)  # fmt: skip
MONDAY = datetime(2026, 6, 8, 9, 0, tzinfo=ZONE)


def open_hours(start: datetime, end: datetime) -> float:
    """Hours the offices are open, day by day and span by span."""
    found, day = timedelta(), start.astimezone(ZONE).date()
    while day <= end.astimezone(ZONE).date():
        for opens, closes in CALENDAR.hours_on(day):
            first = max(start, datetime.combine(day, opens, ZONE))
            last = min(end, datetime.combine(day, closes, ZONE))
            found += max(last - first, timedelta())
        day += timedelta(days=1)
    return found / timedelta(hours=1)


class Reading:
    """The yellow parts of all clocks of one incident, in office hours, read from its events."""

    def __init__(self) -> None:
        self.part: dict[str, float] = {}
        self.ends: dict[str, datetime] = {}
        self.share = 0.25

    def take(self, event: Event, state: State) -> None:
        said, kind, at = event.detail, event.kind, event.at
        old = dict(self.ends)
        ends = {"claim": said.get("due_claim_at"), "finish": said.get("due_at")}
        self.ends |= {name: datetime.fromisoformat(text) for name, text in ends.items() if text}
        if "category" in said:
            self.share = SHARES[said["category"]]
        match kind:
            case "reported" | "returned" | "escalated" | "reopened":
                self._starts("dispatch", at, state.clock_due_at)
            case "dispatched":
                self._starts("claim", at, self.ends["claim"])
                self._starts("finish", at, self.ends["finish"])
            case "handled" | "self_handled":
                self._starts("close", at, state.clock_due_at)
            case "reworked" if said.get("due_at"):
                self._starts("finish", at, self.ends["finish"])
            case "extended":
                self.part["finish"] += self.share * open_hours(old["finish"], self.ends["finish"])

    def _starts(self, clock: str, at: datetime, end: datetime | None) -> None:
        assert end is not None
        self.part[clock] = self.share * open_hours(at, end)

    def running(self, state: State) -> str:
        """The clock that runs: until the claim the nearer one of two."""
        if state.stage == "dispatched":
            return "claim" if self.ends["claim"] <= self.ends["finish"] else "finish"
        return {"claimed": "finish", "handled": "close", "checked": "close"}.get(state.stage, "dispatch")


def said_at_random(rng: random.Random, kind: str, now: datetime, state: State) -> dict[str, Any]:
    later = (now + timedelta(hours=rng.randint(1, 90))).isoformat()
    match kind:
        case "dispatched":
            claim = (now + timedelta(hours=rng.randint(1, 40))).isoformat()
            limit = rng.choice(["3d", "6h", "2h"])
            return rng.choice(
                [{}, {}, {"finish_limit": limit}, {"due_at": later}, {"due_at": later, "due_claim_at": claim}]
            )
        case "extended":
            return rng.choice([{"days": 2}, {"days": None, "hours": 5}])
        case "resumed" | "reworked":
            return rng.choice([{}, {}, {"due_at": later}])
        case "categorised":
            return {"category": rng.choice(list(SHARES))}
        case "escalated":
            return {"to_level": rng.randint(0, 1)}
    return {}


# The ways on which clocks stop, move and start again are taken more often than others.
WEIGHTS = {"extended": 5, "suspended": 4, "resumed": 8, "categorised": 2, "reworked": 3, "claimed": 3, "handled": 2,
           "verified": 9, "filed": 9, "dispatched": 9, "returned": 1, "checked": 1, "escalated": 1}  # fmt: skip


def live(seed: int, steps: int) -> int:
    """A random life; after each step the running clock is yellow for as long as the reading says."""
    rng, now, checked = random.Random(seed), MONDAY, 0
    life, reading = PureLife(now, limits=LIMITS), Reading()
    reading.take(life.log[0], life.state)
    for _ in range(steps):
        now += timedelta(minutes=rng.choice([0, 10, 95, 600, 1500, 6000]))
        kinds = [kind for kind in allowed(life.state) if kind in WEIGHTS]
        kind = rng.choices(kinds, [WEIGHTS[one] for one in kinds])[0]
        try:
            life.take(kind, now, **said_at_random(rng, kind, now, life.state))
        except (StepInvalid, StepIllegal):
            continue
        reading.take(life.log[-1], life.state)
        if life.state.suspended:
            continue
        due, yellow, clock = life.state.clock_due_at, life.state.clock_yellow_at, reading.running(life.state)
        assert due is not None
        assert yellow is not None
        told = [(event.kind, event.at.isoformat()) for event in life.log]
        assert open_hours(yellow, due) == pytest.approx(reading.part[clock], abs=1e-6), (clock, told)
        checked += 1
    return checked


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32))
def test_any_life_is_yellow_for_as_long_as_the_rules_say(seed: int) -> None:
    assert live(seed, 24) >= 0


def yellow(life: PureLife) -> datetime:
    assert life.state.clock_yellow_at is not None
    return life.state.clock_yellow_at.astimezone(ZONE)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=ZONE)


def test_a_suspension_before_the_claim_and_an_extension_before_it() -> None:
    """By hand: 6.5 h of Monday and five days of 7 h are 41.5 h; two more days are 14 h more, 55.5 h.

    The quarter is 13.875 h, however long it was suspended: Monday 7 h, and 6.875 h of Thursday, so from 8:37:30 on.
    """
    life = PureLife(MONDAY).walk(("verified", "filed", "dispatched"), MONDAY)
    life.take("suspended", MONDAY)
    life.take("resumed", at(10, 9))
    assert life.state.due_at == at(17, 17, 30)
    life.take("extended", at(10, 10), days=2)
    assert life.state.due_at == at(22, 17, 30)  # 19 to 21 June is the Dragon Boat Festival
    life.take("claimed", at(10, 11))
    assert yellow(life) == at(18, 8, 37) + timedelta(seconds=30)


def test_a_deadline_by_hand_and_a_suspension_before_the_claim() -> None:
    """By hand: 3.5 h from Monday 9:00 to 14:30, a quarter 52 min 30 s; suspended at once for two days."""
    life = PureLife(MONDAY).walk(("verified", "filed"), MONDAY)
    life.take("dispatched", MONDAY, due_at=at(8, 14, 30).isoformat(), due_claim_at=at(8, 9, 30).isoformat())
    life.take("suspended", MONDAY)
    life.take("resumed", at(10, 9))
    life.take("claimed", at(10, 9))
    assert life.state.clock_due_at == at(10, 14, 30)
    assert yellow(life) == at(10, 11, 37) + timedelta(seconds=30)


def test_a_rework_after_an_extension_and_a_suspension() -> None:
    """By hand: 6.5 h and five days of 7 h, and one day more, are 48.5 h, a quarter 12 h 7 min 30 s."""
    life = PureLife(MONDAY).walk(("verified", "filed", "dispatched", "claimed"), MONDAY)
    life.take("extended", MONDAY)
    life.take("suspended", MONDAY)
    life.take("resumed", at(10, 9))
    assert (life.state.due_at, before := yellow(life)) == (at(18, 17, 30), at(17, 10, 22) + timedelta(seconds=30))
    for kind in ("handled", "reworked"):
        life.take(kind, at(10, 9))
    assert yellow(life) == before


def test_the_claims_own_yellow_after_an_extension_past_it() -> None:
    """The finish came first and ran; extended past the claim, the claim runs, with a quarter of its own time.

    By hand: 6.5 h and 7 h from Monday 9:00 to Tuesday 17:30 are 13.5 h, a quarter 3 h 22 min 30 s.
    """
    life = PureLife(MONDAY).walk(("verified", "filed"), MONDAY)
    life.take("dispatched", MONDAY, due_at=at(8, 10).isoformat(), due_claim_at=at(9, 17, 30).isoformat())
    life.take("suspended", MONDAY)
    life.take("resumed", at(10, 9), due_claim_at=at(11, 17, 30).isoformat())
    life.take("extended", at(10, 9), days=3)
    assert life.state.clock_due_at == at(11, 17, 30)
    assert yellow(life) == at(11, 14, 7) + timedelta(seconds=30)


def test_two_ends_at_one_time_keep_a_yellow_each() -> None:
    """Claim and finish end together; by hand the finish was given an hour from 9:00, the claim half of it."""
    life = PureLife(MONDAY).walk(("verified", "filed"), MONDAY)
    life.take("dispatched", MONDAY, due_at=at(8, 11).isoformat(), due_claim_at=at(8, 10).isoformat())
    life.take("suspended", MONDAY)
    life.take("resumed", MONDAY, due_at=at(8, 11).isoformat(), due_claim_at=at(8, 11).isoformat())
    assert yellow(life) == at(8, 10, 45)
    life.take("claimed", MONDAY)
    assert yellow(life) == at(8, 10, 30)
