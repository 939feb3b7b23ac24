"""How much of a clock is yellow, read from the log: what the state cannot say of a clock that does not run now.

The yellow part of a clock is its share of the office time it started with, and grows by its share of what extensions
add. No suspension changes it. Where the clock ran, the log says so itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from data.incidents.folding import parse_time

if TYPE_CHECKING:
    from data.calendar.limits import Limits
    from data.calendar.work_calendar import WorkCalendar
    from data.incidents.model import Event

DispatchClock = Literal["claim", "finish"]


@dataclass
class YellowParts:
    """Office hours before their ends at which the two clocks of the running dispatch turn yellow.

    None where a clock has no end.
    """

    calendar: "WorkCalendar"
    limits: "Limits"
    category: str = ""
    claim_due: datetime | None = None
    finish_due: datetime | None = None
    claim: float | None = None
    finish: float | None = None
    waits_for: DispatchClock | None = None

    @classmethod
    def after(cls, life: Iterable["Event"], calendar: "WorkCalendar", limits: "Limits") -> "YellowParts":
        """Those of an incident after all of these events."""
        parts = cls(calendar, limits)
        for event in life:
            parts._take(event.kind, event.at, event.detail)
        return parts

    def _take(self, kind: str, at: datetime, said: Mapping[str, Any]) -> None:
        match kind:
            case "reported" | "categorised":
                self.category = said["category"]
            case "corrected":
                self.category = said.get("category") or self.category
            case "dispatched":
                self._moved(said)
                self.claim, self.finish = self._part(at, self.claim_due), self._part(at, self.finish_due)
                self.waits_for = "claim"
            case "returned" | "escalated" | "reopened":
                self.claim_due = self.finish_due = self.claim = self.finish = self.waits_for = None
            case "claimed":
                self.waits_for = "finish"
            case "reworked":
                self.waits_for = "finish"
                if said.get("due_at") is not None:
                    self._moved(said)
                    self.finish = self._part(at, self.finish_due)
            case "extended":
                old = self.finish_due
                self._moved(said)
                added = self._part(at if old is None else old, self.finish_due) or 0.0
                self.finish = (self.finish or 0.0) + added
            case "resumed":
                self._moved(said)
            case "handled" | "self_handled":
                self.waits_for = None
        self._said(said.get("clock"))

    def _moved(self, said: Mapping[str, Any]) -> None:
        if said.get("due_claim_at") is not None:
            self.claim_due = parse_time(said["due_claim_at"])
        if said.get("due_at") is not None:
            self.finish_due = parse_time(said["due_at"])

    def _said(self, clock: Mapping[str, Any] | None) -> None:
        """Take over what the log says of the clock that runs, the nearer one until the claim."""
        if clock is None or self.waits_for is None:
            return
        due = parse_time(clock["due"])
        hours = self.calendar.hours_between(parse_time(clock["yellow"]), due)
        if self.waits_for == "claim" and self.claim_due is not None and due >= self.claim_due:
            self.claim = hours
        else:
            self.finish = hours

    def _part(self, start: datetime, end: datetime | None) -> float | None:
        if end is None:
            return None
        share = self.limits.of(self.category).yellow_share
        return share * max(self.calendar.hours_between(start, end), 0.0)
