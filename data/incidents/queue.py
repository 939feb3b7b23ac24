"""Queues of the command desk: what is asked of them, and what the running clock of an incident waits for."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, get_args

from data.access.scope import Scope
from data.incidents.clocks import UNSAID_SHARE, ClockKind
from data.incidents.lights import end_of_clock
from data.incidents.model import State
from data.incidents.search import Search

if TYPE_CHECKING:
    from geo.grids import GridSystem

Queue = Literal["all", "mine", "unclaimed", "yellow", "red", "unlocated", "returned"]

QUEUES: tuple[Queue, ...] = get_args(Queue)


@dataclass(frozen=True, slots=True)
class QueueQuestion:
    """What is asked of the queues.

    Attributes
    ----------
    scope
        Whose incidents; its person and units say which are "mine".
    areas
        Ids of the grids inside the scope: what is not located, but known to lie in one of these, belongs to it.
    edition_id
        The edition whose leaves the scope means.
    now
        The moment against which lights are told, in whole seconds; aware.
    queue
        Whose rows are read; all queues are counted.
    search
        Only rows that this finds; the queue "all" then has also incidents that are closed or voided. None for all rows.
    limit, offset
        Which page of the rows.
    unsaid_share, suspended_runs
        What the lights depend on, as in `Clocks`.
    """

    scope: Scope
    areas: tuple[str, ...]
    edition_id: int
    now: datetime
    queue: Queue = "all"
    search: Search | None = None
    limit: int = 100
    offset: int = 0
    unsaid_share: float = UNSAID_SHARE
    suspended_runs: bool = False


def areas_inside(system: "GridSystem", scope: Scope) -> tuple[str, ...]:
    """Ids of the upper grids all of whose leaves lie in a scope; none for an empty scope."""
    found: list[str] = []
    for level, layer in enumerate(system.levels[:-1], start=1):
        inside = scope.covering(layer["lo"].to_numpy(), layer["hi"].to_numpy())
        found += [f"{level}:{code}" for code in layer["code"][inside]]
    return tuple(found)


def clock_kind(state: State, *, suspended_runs: bool = False) -> ClockKind | None:
    """What the running clock waits for; None where none runs, and while the incident is suspended."""
    due = end_of_clock(state)
    if due is None or (state.suspended and not suspended_runs):
        return None
    match state.stage:
        case "reported" | "verified" | "filed":
            return "dispatch"
        case "dispatched":
            # Should the finish come first, it is what burns.
            return "finish" if state.due_claim_at is None or due < state.due_claim_at else "claim"
        case "claimed":
            return "finish"
        case "handled" | "checked":
            return "close"
        case _:
            return None
