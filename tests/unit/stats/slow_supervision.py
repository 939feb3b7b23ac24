"""What is open, and until when, once more: plain Python from states, or from the log itself, by the definitions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from data.incidents.model import Event, State
from tests.unit.stats import slow
from tests.unit.stats.logs import known_part, lives_of
from tests.unit.stats.slow_log import Reading, cut

DAY = timedelta(days=1)
STEPS = ("verified", "filed", "dispatched", "claimed", "handled", "checked", "closed", "voided")


@dataclass(frozen=True)
class Open:
    """An incident that is open at a moment; `left` is what remains of its running clock, None where none runs."""

    id: int
    reported: datetime
    leaf: int
    unit: str
    left: timedelta | None
    yellow: bool
    due: datetime | None = None

    @property
    def red(self) -> bool:
        return self.left is not None and self.left < timedelta(0)

    @property
    def ends(self) -> str:
        """The name of its place among the deadlines."""
        left = self.left
        if left is None:
            return "no_clock"
        if left < -DAY:
            return "overdue_long"
        if left < timedelta(0):
            return "overdue_day"
        if left < timedelta(hours=4):
            return "due_4h"
        return "due_24h" if left < DAY else "due_later"


def open_of_states(states: Sequence[State], moment: datetime, **definitions: Any) -> list[Open]:
    """Those of the states that are open; times are of whole seconds."""
    found = []
    for one in states:
        held = slow.measures(one, moment=moment, since=moment, until=moment, **definitions)
        if "open" not in held:
            continue
        times = [getattr(one, f"{step}_at") for step in STEPS]
        unmoved = all(time is None or time <= moment for time in times)
        due = one.clock_due_at if unmoved and one.clock_due_at is not None else one.due_at
        if one.suspended and not definitions.get("suspended_is_due"):
            due = None
        left = None if due is None else due - moment
        found.append(Open(one.id, one.reported_at, one.leaf, one.unit, left, "yellow" in held, due))
    return found


def open_of_log(events: Sequence[Event], moment: datetime, known: str) -> list[Open]:
    """What the log says was open at a moment of the past."""
    second, found = cut(moment), []
    for number, life in lives_of(events).items():
        part = known_part(life, second + timedelta(seconds=1), known)
        if not part:
            continue
        told = Reading(part, moment, moment, moment)
        held = told.of_the_open()
        if not held:
            continue
        due = told.due if told.clock is None else cut(datetime.fromisoformat(told.clock["due"]))
        if told.stopped or told.ended:
            due = None
        left = None if due is None else due - second
        assert told.reported is not None
        found.append(Open(number, told.reported, told.leaf, _unit(part), left, held["yellow"], due))
    return found


def _unit(life: Sequence[Event]) -> str:
    """The unit dispatched to last, unless that was undone."""
    for event in reversed(life):
        if event.kind in ("returned", "escalated", "reopened"):
            return ""
        if event.kind == "dispatched" and event.detail.get("unit") is not None:
            return str(event.detail["unit"])
    return ""


def units(found: Sequence[Open], names: Mapping[str, str], most: int = 12) -> dict[str, Any]:
    """The panel of the units."""
    rows = []
    for unit in {one.unit for one in found}:
        mine = [one for one in found if one.unit == unit]
        red, yellow = sum(one.red for one in mine), sum(one.yellow for one in mine)
        rows.append({"unit": unit, "name": names.get(unit), "open": len(mine), "yellow": yellow, "red": red})
    rows.sort(key=lambda row: (-row["red"], -row["yellow"], -row["open"], row["unit"]))
    return {"total": len(rows), "rows": rows[:most]}
