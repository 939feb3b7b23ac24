"""Random event logs with all side paths, told late, early and out of order; and a stand-in for the log's questions."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from data.access.actor import Actor
from data.errors import StepOutOfOrder
from data.incidents.chain import FIRST_PREV_HASH, sealed
from data.incidents.columns import SATISFACTIONS
from data.incidents.folding import fold, fold_all, place_detail, report_detail
from data.incidents.lifecycle import allowed, check_step
from data.incidents.model import Event, Place, Report, State, Step
from data.incidents.rules import STEP_RULES, places
from data.words import MEANS, OPEN_STAGES
from tests.unit.stats.cities import LEAVES, NOON

PATH = ("verified", "filed", "dispatched", "claimed", "handled", "checked", "closed")
ENDS = ("closed", "voided", "merged")
UNITS = ("squad", "T1-team", "")
AFTER_THE_END = ("reopened", "corrected")
# Beside the path, and often enough to be met: what undoes steps, moves deadlines, or moves the incident itself.
OFTEN = ("returned", "reworked", "escalated", "extended", "suspended", "located", "categorised", "self_handled")


@dataclass
class Scribe:
    """Writes a log step by step, as a desk would, at moments of its own choosing."""

    rng: random.Random
    clock: datetime
    events: list[Event] = field(default_factory=list)
    states: dict[int, State] = field(default_factory=dict)
    # How often a step is one of the path, or often met beside it, against any other.
    weights: tuple[int, int] = (16, 4)

    def happened(self) -> datetime:
        """Now, or a while ago, or by a clock that goes fast."""
        return self.clock + timedelta(minutes=self.rng.choice([0, 0, 0, 0, 4, -1, -40, -600]))

    def report(self) -> None:
        number, leaf = len(self.states) + 1, self.rng.randint(-1, LEAVES - 1)
        place = placed(leaf)
        report = Report(
            self.rng.choice(["grid", "12345"]), str(number), self.rng.choice(["0101", "0102", ""]), self.happened(),
            lon=place.lon, lat=place.lat,
        )  # fmt: skip
        detail = report_detail(report, place, edition_id=1) | self.clock_detail()
        self.append(number, None, "reported", report.reported_at, detail)

    def move(self, state: State) -> None:
        path, often = self.weights
        weights = {kind: path if kind in PATH else often if kind in OFTEN else 1 for kind in allowed(state)}
        (kind,) = self.rng.choices(list(weights), list(weights.values()))
        at = max(self.happened(), state.reported_at)
        if kind in (*ENDS, *AFTER_THE_END):
            at = max(at, state.last_at)
        said = self.said(kind, at, state)
        # Logs of before the order was asked for hold steps that lie before those they follow.
        with suppress(StepOutOfOrder):
            check_step(state, Step(kind, at, Actor.nobody("王芳"), said), now=self.clock, depth=3)
        detail = said | self.clock_detail()
        if places(STEP_RULES[kind], said):
            leaf = self.rng.randint(-1, LEAVES - 1)
            by_hand = Place(None, None, None, leaf, None if leaf < 0 else f"L{leaf:02}", None if leaf < 0 else "hand")
            detail["place"] = place_detail(by_hand, 1)
        self.append(state.id, state, kind, at, detail)

    def clock_detail(self) -> dict[str, Any]:
        """What the desk adds about the running clock: nothing, that none runs, or one."""
        choice = self.rng.random()
        if choice < 0.4:
            return {}
        if choice < 0.5:
            return {"clock": None}
        due = self.clock + timedelta(hours=self.rng.randint(-2, 30))
        return {
            "clock": {"due": due.isoformat(), "yellow": (due - timedelta(hours=self.rng.randint(0, 9))).isoformat()}
        }

    def said(self, kind: str, at: datetime, state: State) -> dict[str, Any]:
        """What a step of this kind says, at random."""
        rng, due = self.rng, (at + timedelta(hours=self.rng.randint(1, 40))).isoformat()
        why = {"reason": "如此"}
        perhaps_due = rng.choice([{}, {"due_at": due}])
        later = (max(at, state.due_at or at) + timedelta(hours=rng.randint(1, 20))).isoformat()
        details: dict[str, dict[str, Any]] = {
            # Sent out again, it goes to another one.
            "dispatched": {"handler": "中队", "unit": UNITS[(state.id + state.n) % len(UNITS)], "due_claim_at": due}
            | perhaps_due,
            "reworked": why | perhaps_due,
            "resumed": rng.choice([{}, {"due_at": due, "due_claim_at": due}]),
            "extended": why | {"due_at": later},
            "closed": {"means": rng.choice(MEANS), "level": rng.randint(0, 3)},
            "checked": rng.choice([{}, {"satisfaction": rng.choice(SATISFACTIONS)}]),
            "located": {"grid_code": "L01"},
            "categorised": {"category": rng.choice(["0101", "0103", "0104"])},
            "merged": why | {"into": state.id + 1},
            "attached": {"sha256": "ab", "media_type": "image/jpeg", "size": 5},
            "appeal_decided": why | {"upheld": True},
            "noted": {"note": "已联系"},
            "corrected": why
            | rng.choice(
                [
                    {"category": rng.choice(["0101", "0104"])},
                    {"means": rng.choice(MEANS)},
                    {"grid_code": "L01"},
                    {"satisfaction": rng.choice(SATISFACTIONS), "means": rng.choice(MEANS)},
                ]
            ),
            "escalated": {"to_level": 0} if state.held_level else {},
        }
        return details.get(kind, why)

    def append(self, incident_id: int, state: State | None, kind: str, at: datetime, detail: dict[str, Any]) -> None:
        event = sealed(
            seq=len(self.events) + 1, incident_id=incident_id, n=0 if state is None else state.n + 1, kind=kind, at=at,
            # Clocks of servers are set back now and then.
            recorded_at=self.clock - timedelta(seconds=self.rng.choice([0] * 9 + [90])),
            actor=Actor.nobody("王芳"), detail=detail,
            prev_hash=FIRST_PREV_HASH if state is None else state.hash,
        )  # fmt: skip
        self.events.append(event)
        self.states[incident_id] = fold(state, event)


def placed(leaf: int) -> Place:
    if leaf < 0:
        return Place(None, None, None, -1, None, None)
    return Place(0.01 * leaf + 0.005, 0.005, 0x8C309B1A2B3C5FF, leaf, f"L{leaf:02}", "coordinates")


def random_log(seed: int, size: int) -> list[Event]:
    """A log of `size` events around noon; many coincide."""
    scribe = Scribe(random.Random(seed), NOON - timedelta(hours=40))
    while len(scribe.events) < size:
        scribe.clock += timedelta(seconds=scribe.rng.choice([0, 0, 1, 60, 1200, 5400, 10000]), milliseconds=1)
        # What is closed moves now and then.
        looked_at = (*OPEN_STAGES, "closed") if scribe.rng.random() < 0.08 else OPEN_STAGES
        moving = [state for state in scribe.states.values() if state.stage in looked_at]
        if not moving or scribe.rng.random() < 0.2:
            scribe.report()
        else:
            scribe.move(scribe.rng.choice(moving))
    return scribe.events


def logs(max_size: int = 120) -> st.SearchStrategy[list[Event]]:
    """Random logs; the size shrinks."""
    return st.builds(random_log, st.integers(0, 2**32), st.integers(0, max_size))


def lives_of(events: Sequence[Event]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = {}
    for event in events:
        found.setdefault(event.incident_id, []).append(event)
    return found


def states_of(events: Sequence[Event]) -> list[State]:
    """What all incidents are in the end."""
    return [fold_all(life) for life in lives_of(events).values()]


def known_part(life: Sequence[Event], before: datetime, known: str) -> list[Event]:
    """What counts of one incident before a moment, from the definitions."""
    kept: list[Event] = []
    if known == "now":
        for event in life:
            if event.at >= before:
                break
            kept.append(event)
        return kept
    told = [at for at, event in enumerate(life) if event.recorded_at < before]
    return list(life[: told[-1] + 1]) if told else []


class FakeStore:
    """Answers what `data.incidents.history` asks of the log, from a list."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = list(events)

    def lives(self, ids: Sequence[int], before: datetime, known: str, last_seq: int) -> list[list[Event]]:
        lives = lives_of([event for event in self.events if event.seq <= last_seq])
        found = [known_part(lives.get(incident_id, []), before, known) for incident_id in sorted(ids)]
        return [life for life in found if life]

    def moved(self, since: datetime, until: datetime, known: str, last_seq: int) -> list[int]:
        lives = lives_of([event for event in self.events if event.seq <= last_seq])
        return sorted(
            incident_id
            for incident_id, life in lives.items()
            if len(known_part(life, since, known)) < len(known_part(life, until, known))
        )
