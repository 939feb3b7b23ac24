"""What an event says about units and people: the answers of the registers, in the form the log keeps."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final

from data.access.actor import Actor
from data.errors import StepInvalid
from data.incidents.chain import normalised
from data.incidents.folding import Draft
from data.incidents.model import State, Step
from data.registers.handling import Assignee, Decision, Matter

if TYPE_CHECKING:
    from data.registers.directory import Directory

_ROSTER: Final = Actor.system("roster")


def level_of_place(leaf: int, area: str | None, depth: int) -> int:
    """The level that has an incident in hand at first: its leaf's, its area's, or 0 for the city itself."""
    if leaf >= 0:
        return depth
    return 0 if area is None else int(area.partition(":")[0])


def matter_of(state: State | Draft, said: Mapping[str, Any], depth: int) -> Matter:
    """What decides who handles an incident, as it will be once a step has said `said`.

    Parameters
    ----------
    state
        The incident before the step.
    said
        The step's detail: its `means` and `category` count.
    depth
        Levels of the grid system.
    """
    held = level_of_place(state.leaf, state.area, depth) if state.held_level is None else state.held_level
    return Matter(said.get("category") or state.category, said.get("means"), state.leaf, state.area, held)


def responsible_detail(who: Assignee) -> dict[str, Any]:
    """A responsible person as an event says it."""
    return {"person": who.person, "name": who.name, "post": who.post, "at": who.at, "gap": who.gap}


def named_assignee(directory: "Directory", person: str, at: datetime) -> Assignee:
    """A person of the roster as the one responsible, by the first of the posts held then.

    Raises
    ------
    PersonUnknown
        The roster does not know the person.
    """
    name = directory.person(person).name
    duties = directory.duties_of(person, at)
    if not duties:
        return Assignee(person, name, "", "center")
    place = duties[0].grid or f"unit:{duties[0].unit}"
    return Assignee(person, name, duties[0].post, place)


def decision_detail(decision: Decision) -> dict[str, Any]:
    """A decision as the event of a dispatch says it."""
    return normalised(
        {"rule": decision.rule, "values": decision.values, "unit": decision.unit, "means": decision.means}
    )


def dispatch_detail(directory: "Directory", matter: Matter, at: datetime, detail: dict[str, Any]) -> None:
    """Complete what a dispatch says: its unit by rule, or by hand with a reason; changes `detail`.

    A `handler` without a unit is one the registers do not know, named by hand.

    Raises
    ------
    StepInvalid
        No unit is registered and no handler named, or another unit than the rule's is chosen without a reason.
    UnitUnknown
        There is no such unit.
    """
    decision = directory.decide(matter, at)
    named = detail.get("unit") or ""
    if not named and detail.get("handler"):
        detail["override"] = decision is not None
    elif decision is None and not named:
        raise StepInvalid(
            "'handler' is missing: no units are registered, so say who is to handle it", field="handler",
            reason="is missing: no units are registered, so say who is to handle it",
        )  # fmt: skip
    else:
        unit = named or (decision.unit if decision is not None else "")
        override = decision is not None and unit != decision.unit
        if decision is not None and override and not str(detail.get("reason") or "").strip():
            raise StepInvalid(
                f"'reason' is missing: by rule it goes to {decision.unit!r}, so say why to {unit!r}",
                field="reason", reason="is missing: another unit than the rule's is chosen",
            )  # fmt: skip
        detail |= {"unit": unit, "handler": directory.unit(unit).name, "override": override}
    if decision is not None:
        detail["decision"] = decision_detail(decision)


def orphan_step(directory: "Directory", state: State, depth: int, at: datetime, zone: tzinfo) -> Step | None:
    """The step that gives an open incident a responsible person who holds a post; None where it has one."""
    if directory.holds_duty(state.responsible, at.astimezone(zone).date()):
        return None
    heir = directory.responsible(state.stage, matter_of(state, {}, depth), state.unit, at)
    if heir.person == state.responsible:
        return None
    return Step("reassigned", at, _ROSTER, {"reason": "roster_changed"})
