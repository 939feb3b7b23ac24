"""What is to be done next on the demo's open incidents, worked out from what the REST API shows of them."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from data.demo.categories import SOURCES
from data.demo.plan import PREFIX, Subject
from data.demo.steps import Planner
from data.incidents.model import Step
from data.incidents.rules import RULES

Document = Mapping[str, Any]
COUNTERS = ("escalations", "returns", "reworks", "extensions")


def progress_of(document: Document, steps: Sequence[Step]) -> int | None:
    """How many of the planned steps an incident has taken; None where it went another way than planned.

    Each step of a plan changes the stage or raises a counter that never falls, so the stage and the counters tell.
    """
    now = (document["stage"], *(document[name] for name in COUNTERS))
    if document["suspended"]:
        return None
    stage, counts = "reported", dict.fromkeys(COUNTERS, 0)
    for taken, step in enumerate([None, *steps]):
        if step is not None:
            rule = RULES[step.kind]
            stage = stage if rule.to == "same" else rule.to
            if rule.counts is not None:
                counts[rule.counts] += 1
        if now == (stage, *counts.values()):
            return taken
    return None


@dataclass
class Agenda:
    """The planned next step of each open incident of the demo, soonest first.

    Attributes
    ----------
    planner
        Knows the plans.
    refused
        Ids of incidents that somebody else has taken over; they are left alone.
    """

    planner: Planner
    refused: set[int] = field(default_factory=set)
    _plans: dict[int, tuple[list[Step], int]] = field(default_factory=dict)
    _queue: list[tuple[datetime, int]] = field(default_factory=list)

    def __len__(self) -> int:
        """Number of incidents with a step to come."""
        return len(self._plans)

    def replace(self, documents: Iterable[Document]) -> None:
        """Forget everything and take these open incidents instead."""
        self._plans.clear()
        self._queue.clear()
        self.add(documents)

    def add(self, documents: Iterable[Document]) -> None:
        """Take open incidents up, or anew; those that are not the demo's are passed over."""
        own = [one for one in documents if self._is_ours(one)]
        plans = self.planner.steps([Subject.of_document(one) for one in own])
        for document, steps in zip(own, plans, strict=True):
            self._set(int(document["id"]), document, steps)

    def moved(self, document: Document) -> None:
        """Take note of what an incident is after its step."""
        number = int(document["id"])
        known = self._plans.get(number)
        if known is not None:
            self._set(number, document, known[0])

    def refuse(self, number: int) -> None:
        """Leave an incident alone from now on."""
        self.refused.add(number)
        self._plans.pop(number, None)

    def next_due(self, now: datetime) -> tuple[int, Step] | None:
        """The soonest step that is due, which stays due until `moved` or `refuse`; None where none is."""
        while self._queue and self._queue[0][0] <= now:
            at, number = self._queue[0]
            steps, taken = self._plans.get(number, ([], 0))
            if taken < len(steps) and steps[taken].at == at:
                return number, steps[taken]
            heapq.heappop(self._queue)
        return None

    def _set(self, number: int, document: Document, steps: list[Step]) -> None:
        taken = progress_of(document, steps)
        if taken is None or taken >= len(steps):
            self._plans.pop(number, None)
            return
        self._plans[number] = (steps, taken)
        heapq.heappush(self._queue, (steps[taken].at, number))

    def _is_ours(self, document: Document) -> bool:
        return (
            document["source_id"].startswith(PREFIX)
            and document["source"] in SOURCES
            and document["category"] in self.planner.habits.categories
            and document["id"] not in self.refused
        )
