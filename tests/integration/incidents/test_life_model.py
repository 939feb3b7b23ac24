"""Random lives of an incident at the desk, on a database: what is stored is what the log adds up to."""

from collections.abc import Callable, Sequence
from datetime import date

from hypothesis import settings
from hypothesis.stateful import rule, run_state_machine_as_test

from data.access.actor import Actor
from data.access.scope import Scope
from data.calendar.work_calendar import WorkCalendar
from data.city.editions import save_edition
from data.incidents.audit import rebuild, verify
from data.incidents.clocks import Clocks
from data.incidents.desk import IncidentDesk
from data.incidents.model import Event, Report, State, Step
from data.registers.directory import Directory
from data.store.connection import Store
from geo.index import GridIndex
from tests.unit.incidents.life_model import SYSTEM, ZONE, LifeMachine

CITY = Scope.city(8)


class LifeAtTheDesk(LifeMachine):
    """A life in the database; all lives of a test share one."""

    def __init__(self, store: Store, desk: IncidentDesk, number: Callable[[], int]) -> None:
        super().__init__()
        self.store, self.desk, self.number = store, desk, number

    def open(self, report: Report, registers: Directory) -> State:
        self.desk.use(registers)
        return self._reported(report)

    def take(self, step: Step, scope: Scope) -> State:
        return self.desk.take(self.state.id, step, scope, now=step.at)

    def events(self) -> Sequence[Event]:
        return self.desk.events(self.state.id, CITY)

    def use(self, registers: Directory) -> None:
        self.desk.use(registers)

    def another(self) -> int:
        return self._reported(Report("hotline", "", "garbage", self.now)).id

    @rule()
    def the_roster_is_looked_through(self) -> None:
        """Whoever holds no post any more hands over what is open."""
        self.desk.hand_over(now=self.now)
        self.state = self.desk.get(self.state.id, CITY)
        holds = self.registers.holds_duty(self.state.responsible, self.now.astimezone(ZONE).date())
        if self.state.stage not in ("closed", "voided"):
            assert holds or self.state.responsible == "center"

    def teardown(self) -> None:
        if hasattr(self, "state"):
            assert self.desk.get(self.state.id, CITY) == self.state

    def _reported(self, report: Report) -> State:
        own = Report("hotline", str(self.number()), report.category, report.reported_at, title=report.title,
                     lon=report.lon, lat=report.lat, grid_code=report.grid_code)  # fmt: skip
        [receipt] = self.desk.report_many([own], Actor.nobody("a"), now=report.reported_at)
        return self.desk.get(receipt.id, CITY)


def test_any_life_at_the_desk_keeps_to_the_table_and_adds_up(store: Store) -> None:
    edition_id = save_edition(store, SYSTEM, city="小城", name="2026", holds_from=date(2020, 1, 1), demo=False)
    calendar = WorkCalendar.load("jiangyin")
    desk = IncidentDesk(store, SYSTEM, edition_id, GridIndex(SYSTEM), calendar, ZONE, clocks=Clocks(calendar))
    number = iter(range(1, 10**9)).__next__
    run_state_machine_as_test(
        lambda: LifeAtTheDesk(store, desk, number),
        settings=settings(max_examples=12, stateful_step_count=25, deadline=None),
    )
    audit = verify(store)
    assert audit.findings == ()
    # Each was reported under a number of its own: none is missing, none is there twice.
    reported = number() - 1
    assert audit.events > audit.incidents == reported > 0
    assert rebuild(store).equal
