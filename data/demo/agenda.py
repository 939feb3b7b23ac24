"""What is to be done next on the demo's open incidents, worked out from what the REST API shows of them."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from data.demo.categories import SOURCES
from data.demo.plan import PREFIX, ZONE, Subject
from data.demo.steps import Planner, into_number
from data.incidents.model import Step
from data.incidents.rules import STEP_RULES, stage_after
from data.words import Stage

Document: TypeAlias = Mapping[str, Any]
COUNTERS = ("escalations", "returns", "reworks", "extensions", "appeals")


@dataclass(frozen=True, slots=True)
class Progress:
    """What an incident shows of the steps it has taken: each planned step but an urging changes it."""

    stage: Stage
    placed: bool
    suspended: bool
    appealed: bool
    counts: tuple[int, ...]

    @classmethod
    def of(cls, document: Document) -> "Progress":
        """What a document of the REST API shows."""
        counts = tuple(int(document[name]) for name in COUNTERS)
        return cls(
            document["stage"], document["grid"] is not None, document["suspended"], document["appealed"], counts
        )  # fmt: skip

    def after(self, step: Step) -> "Progress":
        """What it shows once a step is taken."""
        rule = STEP_RULES[step.kind]
        counts = tuple(
            count + (name == rule.counts) for name, count in zip(COUNTERS, self.counts, strict=True)
        )  # fmt: skip
        return Progress(
            stage_after(rule, self.stage),
            self.placed or step.kind == "located",
            bool(rule.sets.get("suspended", self.suspended)),
            bool(rule.sets.get("appealed", self.appealed)),
            counts,
        )


def progress_of(document: Document, steps: Sequence[Step], now: datetime) -> int | None:
    """How many of the planned steps an incident has taken; None where it went another way than planned.

    What is before its suspension looks like what is behind it: there the clock tells. Whoever urges more than was
    planned changes nothing, and an urging that was planned and is told by nobody else counts as done.
    """
    shown = Progress.of(document)
    placed = shown.placed and not any(step.kind == "located" for step in steps)
    at = Progress("reported", placed, suspended=False, appealed=False, counts=(0,) * len(COUNTERS))
    found, urges = None, 0
    for taken, step in enumerate([None, *steps]):
        if step is not None:
            at = at.after(step)
            urges += step.kind == "urged"
        if at != shown or urges > document["urges"]:
            continue
        # Behind a suspension only where its end is past, too.
        if found is None or (step is not None and step.at <= now):
            found = taken
    return found


@dataclass
class Agenda:
    """The planned next step of each open incident of the demo, soonest first.

    A step whose `into` no incident is known for is planned as void: what it repeats has ended, or is not stored.

    Attributes
    ----------
    planner
        Knows the plans.
    refused
        Ids of incidents that somebody else has taken over; they are left alone.
    """

    planner: Planner
    refused: set[int] = field(default_factory=set)
    _plans: dict[int, tuple[list[Step], int, int]] = field(default_factory=dict)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    _queue: list[tuple[datetime, int]] = field(default_factory=list)

    def __len__(self) -> int:
        """Number of incidents with a step to come."""
        return len(self._plans)

    def replace(self, documents: Iterable[Document], now: datetime) -> None:
        """Forget everything and take these open incidents instead."""
        self._plans.clear()
        self._queue.clear()
        # What repeats another incident does so on the same day.
        today = f"{PREFIX}{now.astimezone(ZONE):%Y%m%d}"
        self._numbers = {key: number for key, number in self._numbers.items() if key[1].startswith(today)}
        self.add(documents, now)

    def add(self, documents: Iterable[Document], now: datetime) -> None:
        """Take open incidents up, or anew; those that are not the demo's are passed over."""
        own = [one for one in documents if self._is_ours(one)]
        self._numbers |= {(one["source"], one["source_id"]): int(one["id"]) for one in own}
        plans = self.planner.steps([Subject.of_document(one) for one in own])
        for document, steps in zip(own, plans, strict=True):
            self._set(int(document["id"]), document, steps, now)

    def moved(self, document: Document, now: datetime) -> None:
        """Take note of what an incident is after its step."""
        number = int(document["id"])
        known = self._plans.get(number)
        if known is not None:
            self._set(number, document, known[0], now)

    def void_instead(self, number: int) -> None:
        """What was to be merged is void: the other incident is so itself."""
        steps, taken, n = self._plans[number]
        self._plans[number] = ([*steps[:taken], into_number(steps[taken], None)], taken, n)

    def put_off(self, number: int, now: datetime) -> None:
        """The next step of an incident is taken now, not when it was planned."""
        steps, taken, n = self._plans[number]
        self._plans[number] = ([*steps[:taken], replace(steps[taken], at=now), *steps[taken + 1 :]], taken, n)
        heapq.heappush(self._queue, (now, number))

    def refuse(self, number: int) -> None:
        """Leave an incident alone from now on."""
        self.refused.add(number)
        self.drop(number)

    def drop(self, number: int) -> None:
        """Plan nothing for an incident until it is added again."""
        self._plans.pop(number, None)

    def next_due(self, now: datetime) -> tuple[int, Step] | None:
        """The soonest step that is due, which stays due until `moved` or `refuse`; None where none is."""
        while self._queue and self._queue[0][0] <= now:
            at, number = self._queue[0]
            steps, taken, n = self._plans.get(number, ([], 0, 0))
            if taken < len(steps) and steps[taken].at == at:
                return number, replace(steps[taken], expect_n=n)
            heapq.heappop(self._queue)
        return None

    def _set(self, number: int, document: Document, steps: list[Step], now: datetime) -> None:
        taken = progress_of(document, steps, now)
        if taken is None or taken >= len(steps):
            self._plans.pop(number, None)
            return
        if steps[taken].kind == "merged":
            other = self._numbers.get((document["source"], steps[taken].detail["into"]))
            steps = [*steps[:taken], into_number(steps[taken], other)]
        self._plans[number] = (steps, taken, int(document["n"]))
        heapq.heappush(self._queue, (steps[taken].at, number))

    def _is_ours(self, document: Document) -> bool:
        return (
            document["source_id"].startswith(PREFIX)
            and document["source"] in SOURCES
            and document["category"] in self.planner.habits.categories
            and document["id"] not in self.refused
        )
