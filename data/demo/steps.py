"""From plans to the steps a desk takes: words, actors and times."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from data.access.actor import Actor
from data.demo.cases import NEVER, SLOTS, Plans
from data.demo.city import DemoCity
from data.demo.handling import Handling
from data.demo.plan import ZONE, Habits, Subject, plan
from data.demo.texts import REASONS, satisfaction
from data.incidents.model import Step
from data.registers.handling import Matter
from data.words import MEANS, Means

# Slots that are another step's second occurrence.
KINDS = {
    "misdispatched": "dispatched", "escalated_1": "escalated", "escalated_2": "escalated",
    "handled_again": "handled", "appealed_first": "appealed", "decided_first": "appeal_decided",
    "appealed_rework": "appealed", "decided_rework": "appeal_decided",
}  # fmt: skip
BY_UNIT = ("claimed", "handled", "handled_again", "appealed_rework")
BY_GRID = ("appealed_first", "returned")
BY_SUPERVISOR = ("checked", "reworked")
DECIMALS = 6


@dataclass(frozen=True)
class Planner:
    """Plans for a demo city; the same subject gets the same steps, whoever asks and when."""

    city: DemoCity

    @cached_property
    def habits(self) -> Habits:
        """How the city's categories and towns behave."""
        return Habits.of(self.city)

    @cached_property
    def handling(self) -> Handling:
        """Who handles what."""
        return Handling.of(self.city)

    @cached_property
    def leaf_names(self) -> list[str]:
        """Names of the leaves in depth-first order."""
        return [str(name) for name in self.city.system.leaves["name"]]

    @cached_property
    def middles(self) -> list[list[float]]:
        """A point in each leaf, ``[lon, lat]``."""
        points = shapely.get_coordinates(shapely.point_on_surface(self.city.system.leaves.geometry.to_numpy()))
        return np.round(points, DECIMALS).tolist()  # type: ignore[no-any-return]  # NumPy's stubs say Any

    def steps(self, subjects: Sequence[Subject], until: datetime | None = None) -> list[list[Step]]:
        """The steps of each subject in order; those after `until` are left out.

        A "merged" says as `into` the source id of the other incident, which `into_number` turns into its number.

        Raises
        ------
        KeyError, ValueError
            If a category or source is not one of the demo's.
        """
        if not subjects:
            return []
        plans = plan(self.habits, subjects, self.city.seed, self.handling.town_may)
        last = NEVER if until is None else np.int64(int(until.timestamp()) + 1)
        order = np.argsort(plans.times, axis=0, kind="stable").T.tolist()
        times = plans.times.T.tolist()
        return [
            _Telling(self, subject, plans, i).steps(order[i], times[i], int(last)) for i, subject in enumerate(subjects)
        ]


@dataclass
class _Telling:
    """The steps of one incident, told in order of time."""

    planner: Planner
    subject: Subject
    plans: Plans
    i: int
    matter: Matter = field(init=False)
    unit: str = ""

    def __post_init__(self) -> None:
        case, leaf, area = self.plans.case, int(self.plans.leaf[self.i]), self.plans.area[self.i]
        self.means, self.level = MEANS[case.means[self.i]], int(case.level[self.i])
        self.draw = int(self.plans.draw[self.i] >> np.uint64(24))
        self.matter = Matter(self.subject.category, None, leaf, area, int(case.held[self.i]))

    def steps(self, order: list[int], times: list[int], last: int) -> list[Step]:
        """Its steps before the second `last`."""
        told = []
        for number in order:
            if times[number] >= last or times[number] >= NEVER:
                break
            slot, at = SLOTS[number], datetime.fromtimestamp(times[number], ZONE)
            # Who sends it up has it in hand before the step.
            actor = self._actor(slot, at)
            told.append(Step(KINDS.get(slot, slot), at, actor, self._detail(slot, at)))
        return told

    def _detail(self, slot: str, at: datetime) -> dict[str, Any]:
        """What a step says; a dispatch and an escalation change who has it in hand."""
        match slot:
            case "misdispatched":
                return self._dispatch("service", 3, at)
            case "dispatched":
                return self._dispatch("service" if self.plans.case.climbs[self.i] else self.means, self.level, at)
            case "escalated_1" | "escalated_2":
                level = int(self.plans.first_climb[self.i]) if slot == "escalated_1" else self.level
                self.matter = replace(self.matter, held_level=level)
                return {"to_level": level}
            case "self_handled":
                return {"handler": self.planner.leaf_names[self.matter.leaf]}
            case "checked":
                return self._satisfaction()
            case "closed":
                return {"means": self.means, "level": self.level}
        return self._beside(slot)

    def _beside(self, slot: str) -> dict[str, Any]:
        """What a step beside the path says, and why it is taken."""
        outside = slot == "voided" and bool(self.plans.case.outside[self.i])
        reasons = REASONS.get("outside" if outside else slot, ())
        said: dict[str, Any] = {"reason": reasons[self.draw % len(reasons)]} if reasons else {}
        match slot:
            case "located":
                lon, lat = self.planner.middles[self.matter.leaf]
                said |= {"lon": lon, "lat": lat, "coordinate_system": "wgs84"}
            case "extended":
                said["days"] = int(self.plans.extra_days[self.i])
            case "merged":
                said["into"] = self.subject.copy_of
            case "decided_first" | "decided_rework":
                said["upheld"] = slot == "decided_first"
        return said

    def _dispatch(self, means: Means, level: int, at: datetime) -> dict[str, Any]:
        """A dispatch says its means only where the rule finds the unit: what somebody overrides has a reason."""
        self.matter = replace(self.matter, means=means)
        self.unit, override = self.planner.handling.unit_of(self.matter, at, level)
        reasons = REASONS["override"]
        return {"means": means} | (
            {"unit": self.unit, "reason": reasons[self.draw % len(reasons)]} if override else {}
        )  # fmt: skip

    def _actor(self, slot: str, at: datetime) -> Actor:
        handling = self.planner.handling
        if slot == "self_handled":
            return handling.member(self.planner.habits.leaves[self.matter.leaf], "reported", self.matter, at)
        if slot in BY_UNIT or slot in BY_GRID:
            return handling.responsible("claimed", self.matter, self.unit, at)
        if slot in ("escalated_1", "escalated_2") and self.plans.case.sent_up[self.i]:
            return handling.responsible("filed", self.matter, "", at)
        if slot in BY_SUPERVISOR:
            return handling.responsible("handled", self.matter, self.unit, at)
        return handling.officer(self.draw, at)

    def _satisfaction(self) -> dict[str, str]:
        answer = satisfaction(self.draw) if self.subject.source == "hotline" else None
        return {} if answer is None else {"satisfaction": answer}


def plan_steps(planner: Planner, subject: Subject) -> list[Step]:
    """All steps of one incident, from beginning to end."""
    return planner.steps([subject])[0]


def into_number(step: Step, number: int | None) -> Step:
    """A planned "merged" with the number of the other incident; without one it is void for the same reason."""
    if number is None:
        return replace(step, kind="voided", detail={"reason": step.detail["reason"]})
    return replace(step, detail={**step.detail, "into": number})
