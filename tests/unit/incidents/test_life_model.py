"""Random lives of an incident, without a database: the rules, the desk's additions and the fold."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import settings

from data.access.actor import Actor
from data.access.scope import Scope
from data.calendar.work_calendar import WorkCalendar
from data.incidents.clocks import Clocks
from data.incidents.folding import fold, fold_all
from data.incidents.lifecycle import check_step
from data.incidents.model import Event, Report, State, Step
from data.incidents.opening import Opening
from data.registers.directory import Directory
from geo.index import GridIndex
from tests.unit.incidents.life_model import SYSTEM, ZONE, LifeMachine

OPENING = Opening(
    SYSTEM, 1, GridIndex(SYSTEM), Clocks(WorkCalendar.load("jiangyin")), Directory.empty(SYSTEM, zone=ZONE), ZONE
)


class PureLife(LifeMachine):
    """A life folded in memory."""

    def open(self, report: Report, registers: Directory) -> State:
        self.opening = replace(OPENING, directory=registers)
        [place] = self.opening.place([report])
        self.log, _ = self.opening.history(
            7, [1], report, place, [], actor=Actor.nobody("a"), now=report.reported_at, live=True
        )
        return fold_all(self.log)

    def take(self, step: Step, scope: Scope) -> State:
        check_step(self.state, step, now=step.at, depth=SYSTEM.depth, scope=scope)
        event = self.opening.next_event(self.state, step, seq=len(self.log) + 1, recorded_at=step.at)
        self.log.append(event)
        return fold(self.state, event)

    def events(self) -> Sequence[Event]:
        return self.log

    def use(self, registers: Directory) -> None:
        self.opening = replace(self.opening, directory=registers)

    def another(self) -> int:
        return 8


TestPureLife = PureLife.TestCase
TestPureLife.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
