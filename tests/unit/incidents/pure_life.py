"""A life in memory, with any times: the rules, the desk's additions and the fold, as the desk puts them together."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from data.access.actor import Actor
from data.calendar.limits import Limits
from data.calendar.work_calendar import WorkCalendar
from data.incidents.clocks import Clocks
from data.incidents.folding import fold, fold_all
from data.incidents.lifecycle import check_step
from data.incidents.model import Event, Report, State, Step
from data.incidents.opening import Opening
from data.incidents.order import step_not_ahead
from data.registers.directory import Directory
from geo.index import GridIndex
from tests.unit.incidents.life_model import SYSTEM, ZONE

CALENDAR = WorkCalendar.load("jiangyin")
INDEX = GridIndex(SYSTEM)
# What a step must say, where it must say anything.
SAID: dict[str, dict[str, Any]] = {
    "dispatched": {"handler": "环卫站"},
    "closed": {"means": "service", "level": 1},
    "extended": {"days": 1, "reason": "天气"},
    "merged": {"into": 8, "reason": "同一事件"},
    "appeal_decided": {"upheld": True, "reason": "属实"},
    "categorised": {"category": "noise"},
    "located": {"grid_code": "L3"},
    "noted": {"note": "记一笔"},
}
REASONED = {"reason": "有理由"}


def opening(limits: Limits | None = None) -> Opening:
    """The small city without units."""
    clocks = Clocks(CALENDAR, limits or Limits.default())
    return Opening(SYSTEM, 1, INDEX, clocks, Directory.empty(SYSTEM, zone=ZONE), ZONE)


class PureLife:
    """One incident; `take` checks a step and folds its event, or raises and changes nothing."""

    def __init__(
        self, at: datetime, now: datetime | None = None, category: str = "garbage", limits: Limits | None = None
    ) -> None:
        self.opening = opening(limits)
        report = Report("hotline", "1", category, at, grid_code="L2")
        [place] = self.opening.place([report])
        self.log: list[Event]
        self.log, _ = self.opening.history(7, [1], report, place, [], actor=Actor.nobody("a"), now=now or at, live=True)
        self.state: State = fold_all(self.log)

    def take(
        self, kind: str, at: datetime, now: datetime | None = None, *, as_an_old_log: bool = False, **said: Any
    ) -> State:
        """Take a step that says it happened at a time; old logs took a time that lies ahead as it was said."""
        moment = now or max(at, self.log[-1].recorded_at)
        detail = {**SAID.get(kind, {}), **REASONED, **said}
        told = Step(kind, at, Actor.nobody("王芳"), detail)
        step = told if as_an_old_log else step_not_ahead(told, moment)
        check_step(self.state, step, now=moment, depth=SYSTEM.depth, life=lambda: self.log)
        event = self.opening.next_event(
            self.state, step, seq=len(self.log) + 1, recorded_at=moment, life=lambda: self.log, said_at=at
        )
        self.log.append(event)
        self.state = fold(self.state, event)
        return self.state

    def walk(self, kinds: Sequence[str], at: datetime) -> "PureLife":
        """Take steps one after the other, all at one moment."""
        for kind in kinds:
            self.take(kind, at)
        return self
