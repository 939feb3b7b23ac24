"""From plans to the steps a desk takes: words, actors and times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np

from data.demo.city import DemoCity
from data.demo.plan import ZONE, Habits, Subject, plan
from data.demo.texts import handler, seat_of_center
from data.demo.timetable import NEVER, SLOTS, Plans
from data.incidents.model import MEANS, Step

# Slots that are another step's second occurrence.
KINDS = {"misdispatched": "dispatched", "escalated_1": "escalated", "escalated_2": "escalated",
         "handled_again": "handled"}  # fmt: skip
RETURN_REASON, REWORK_REASON, EXTEND_REASON = "不属本单位职责", "核查未通过", "需多部门会商"


@dataclass(frozen=True)
class Planner:
    """Plans for a demo city; the same subject gets the same steps, whoever asks and when."""

    city: DemoCity

    @cached_property
    def habits(self) -> Habits:
        """How the city's categories and towns behave."""
        return Habits.of(self.city)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names of all grids by code."""
        return {
            code: name
            for level in self.city.system.levels
            for code, name in zip(level["code"], level["name"], strict=True)
        }

    def steps(self, subjects: Sequence[Subject], until: datetime | None = None) -> list[list[Step]]:
        """The steps of each subject in order; those after `until` are left out.

        Raises
        ------
        KeyError, ValueError
            If a category or source is not one of the demo's; see `knows`.
        """
        if not subjects:
            return []
        plans = plan(self.habits, subjects, self.city.seed)
        last = NEVER if until is None else np.int64(int(until.timestamp()) + 1)
        taken: list[list[Step]] = [[] for _ in subjects]
        people = [self._people(subject, plans, i) for i, subject in enumerate(subjects)]
        for number, slot in enumerate(SLOTS):
            kind = KINDS.get(slot, slot)
            times = plans.times[number]
            for i in np.flatnonzero(times < last).tolist():
                detail = _detail(slot, plans, people[i], i)
                taken[i].append(Step(kind, _moment(times[i]), _actor(slot, people[i]), detail))
        return taken

    def _people(self, subject: Subject, plans: Plans, i: int) -> "_People":
        code, draw = subject.code, int(plans.draw[i] >> np.uint64(32))
        town = self.names.get(code[:9], "")
        names = (town, self.names.get(code[:12], ""), self.names.get(code, "") if len(code) > 12 else "")
        level, means = int(plans.level[i]), MEANS[plans.means[i]]
        return _People(
            center=seat_of_center(draw),
            handler=handler(level, means, *names, subject.category, draw),
            wrong=handler(min(level + 1, 2), means, *names, subject.category, draw + 1),
            inspector=f"{town.split('（')[0]}督查员" if town else "市督查员",
            finder=handler(3, means, *names, subject.category, draw),
        )


@dataclass(frozen=True, slots=True)
class _People:
    center: str
    handler: str
    wrong: str
    inspector: str
    finder: str


def plan_steps(planner: Planner, subject: Subject) -> list[Step]:
    """All steps of one incident, from beginning to end."""
    return planner.steps([subject])[0]


def _actor(slot: str, people: _People) -> str:
    if slot == "self_handled":
        return people.finder
    if slot in ("claimed", "handled", "handled_again", "extended"):
        return people.handler
    if slot == "returned":
        return people.wrong
    return people.inspector if slot in ("checked", "reworked") else people.center


def _detail(slot: str, plans: Plans, people: _People, i: int) -> dict[str, Any]:
    match slot:
        case "misdispatched":
            return _dispatch(people.wrong, plans.due_claim_first[i], plans.due_first[i])
        case "dispatched":
            return _dispatch(people.handler, plans.due_claim[i], plans.due[i])
        case "extended":
            return {"due_at": _moment(plans.due_extended[i]).isoformat(), "reason": EXTEND_REASON}
        case "returned":
            return {"reason": RETURN_REASON}
        case "reworked":
            return {"reason": REWORK_REASON}
        case "closed":
            return {"means": MEANS[plans.means[i]], "level": int(plans.level[i])}
        case "self_handled":
            return {"handler": people.finder}
        case _:
            return {}


def _dispatch(name: str, due_claim: np.int64, due: np.int64) -> dict[str, Any]:
    return {
        "handler": name,
        "due_claim_at": _moment(due_claim).isoformat(),
        "due_at": _moment(due).isoformat(),
    }


def _moment(second: np.int64) -> datetime:
    return datetime.fromtimestamp(int(second), ZONE)
