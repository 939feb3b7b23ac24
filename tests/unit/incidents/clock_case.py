"""An incident as far as clocks look at it, moved on step by step: no log, no life cycle, no database."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from data.incidents.clocks import Clocks, Light

SHANGHAI = ZoneInfo("Asia/Shanghai")
_STAGE_AFTER = {
    "reported": "reported", "verified": "verified", "filed": "filed", "dispatched": "dispatched", "claimed": "claimed",
    "handled": "handled", "self_handled": "handled", "checked": "checked", "closed": "closed", "voided": "voided",
    "merged": "voided", "returned": "filed", "reworked": "claimed",
}  # fmt: skip
_STAMPS = {"dispatched": "dispatched_at", "claimed": "claimed_at", "handled": "handled_at"}
_UNDISPATCHED: dict[str, Any] = {"dispatched_at": None, "due_claim_at": None, "due_at": None, "finish_limit": ""}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class Case:
    """One incident; `take` asks the clocks and takes over what they say, as the desk does."""

    def __init__(self, clocks: Clocks, category: str = "") -> None:
        self.clocks = clocks
        self.state = SimpleNamespace(
            stage="reported", category=category, suspended=False, suspended_at=None, extensions=0,
            clock_due_at=None, clock_yellow_at=None, reported_at=None, **_UNDISPATCHED,
        )  # fmt: skip
        self.opened = False

    def take(self, kind: str, moment: datetime, **said: Any) -> dict[str, Any]:
        state = self.state
        found = self.clocks.detail(state if self.opened else None, kind, moment, said, state.category)
        self.opened = True
        if kind == "returned" or (kind == "escalated" and state.dispatched_at is not None):
            vars(state).update(_UNDISPATCHED, stage="filed")
        state.stage = _STAGE_AFTER.get(kind, state.stage)
        if kind in _STAMPS:
            setattr(state, _STAMPS[kind], moment)
        state.extensions += kind == "extended"
        if kind in ("suspended", "resumed"):
            state.suspended, state.suspended_at = kind == "suspended", moment if kind == "suspended" else None
        self._keep(said | found)
        return found

    def _keep(self, detail: dict[str, Any]) -> None:
        for name in ("due_claim_at", "due_at"):
            if detail.get(name) is not None:
                setattr(self.state, name, datetime.fromisoformat(detail[name]))
        self.state.finish_limit = detail.get("finish_limit", self.state.finish_limit)
        if "clock" in detail:
            clock = detail["clock"] or {"due": None, "yellow": None}
            self.state.clock_due_at = clock["due"] and datetime.fromisoformat(clock["due"])
            self.state.clock_yellow_at = clock["yellow"] and datetime.fromisoformat(clock["yellow"])

    def light(self, moment: datetime) -> Light:
        return self.clocks.light(self.state, moment)

    @property
    def clock(self) -> tuple[datetime | None, datetime | None]:
        return self.state.clock_due_at, self.state.clock_yellow_at


def dispatched(clocks: Clocks, moment: datetime, category: str = "", **said: Any) -> Case:
    """An incident reported and dispatched at one moment."""
    case = Case(clocks, category)
    case.take("reported", moment)
    case.take("dispatched", moment, **said)
    return case


def claimed(clocks: Clocks, moment: datetime, claimed_at: datetime, **said: Any) -> Case:
    """An incident dispatched at one moment and claimed at another."""
    case = dispatched(clocks, moment, **said)
    case.take("claimed", claimed_at)
    return case
