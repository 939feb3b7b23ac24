"""The command desk: its queues, one incident with all that helps to decide, units, people and powers."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import takewhile
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from dashboard.api.desk_documents import (
    DecisionOut,
    GridPersonOut,
    GridRef,
    IncidentAtDesk,
    QueueOut,
    UnitRef,
    Writer,
    actions_of,
    chosen_of,
    decision_of,
    grid_ref,
    position_of,
    refusals_of,
)
from dashboard.api.incidents import BAD, IncidentId, Within
from dashboard.api.listing import narrowed
from dashboard.api.models import TraceOut
from dashboard.api.scope import Asked, InScope
from dashboard.api.session import check_text
from dashboard.api.written_times import Day
from dashboard.center.services import Services
from dashboard.questions.codes import check_codes_of
from data.access.scope import Scope
from data.errors import QueryInvalid
from data.incidents.duplicates import duplicates, neighbours, vicinity_of
from data.incidents.merging_table import read_merged, read_targets
from data.incidents.model import State
from data.incidents.queue import Queue, QueueQuestion, areas_inside
from data.incidents.queue_table import read_near, read_queue
from data.incidents.search import search_of
from data.registers.handling import Matter
from data.registers.powers import PowerRule
from data.words import MEANS, Means

router = APIRouter(tags=["desk"])

MAX_ROWS = 500

GridId = Annotated[str, Path(max_length=100, examples=["1:320281104"])]
OneMeans = Annotated[Means, Query(description="By which means it is to be solved")]


class UnitOut(UnitRef):
    """A unit of the register; no grids are the whole city, no categories those of its parent."""

    parent: str
    grids: list[str]
    categories: list[str]


class UnitsOut(BaseModel):
    """All units, in the order of the register."""

    units: list[UnitOut]


class PowerItemOut(BaseModel):
    """An item of the powers list."""

    code: str
    kind: str
    name: str
    basis: str
    since: date
    until: date | None


class PowerAnswerOut(BaseModel):
    """Who may handle a category by a means in a town on a day: one answer and its reason."""

    level: str
    rule: PowerRule
    town: GridRef
    category: str
    means: Means
    day: date
    item: PowerItemOut | None
    values: dict[str, str]
    others: list[str]
    withdrawn: list[str]
    decision: DecisionOut | None


class GridPeopleOut(BaseModel):
    """The people of a grid 一长五员."""

    grid: GridRef
    people: list[GridPersonOut]


@router.get("/desk/queue", responses={422: BAD})
def read_desk_queue(
    services: Asked,
    scope: InScope,
    queue: Queue = "all",
    within: Within = None,
    q: Annotated[
        str,
        Query(
            max_length=200,
            description="Words of title, address, handler, responsible person, category, grid; or an id like #93471",
        ),
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> QueueOut:
    """Read a queue of open incidents, what burns most first, and how many there are in each.

    Red first (the longest overdue), then yellow (the nearest end), then the others; within a light, those urged first;
    the suspended last. Rows and counts are of one moment.

    With `q`, the queue `all` has closed and voided incidents, too, after the open ones, the newest first; `elsewhere`
    says how many are found outside the queue asked for. An incident that `q` names by its number stands first.
    """
    check_text(q)
    writer = _writer(services)
    inside = narrowed(services, scope, within)
    areas = areas_inside(services.edition.system, inside)
    names = {code: (one.name_zh, one.name_en) for code, one in services.categories.items()}
    search = search_of(q, services.edition.system, names)
    question = QueueQuestion(
        inside, areas, services.edition.id, writer.now, queue, search, limit, offset,
        services.clocks.unsaid_share, services.clocks.suspended_runs,
    )  # fmt: skip
    page = read_queue(services.store, question)
    return QueueOut(
        now=writer.now, seq=page.seq, queue=queue, counts=dict(page.counts), total=page.total,
        elsewhere=page.elsewhere, ended=page.ended,
        ended_since=None if page.ended_since is None else page.ended_since.astimezone(writer.now.tzinfo),
        rows=[writer.row(state) for state in page.states],
    )  # fmt: skip


@router.get("/desk/incidents/{incident_id}", responses={404: BAD})
def read_at_desk(
    services: Asked, scope: InScope, incident_id: IncidentId, means: OneMeans = "service"
) -> IncidentAtDesk:
    """Read one incident with its trace, the actions allowed now, who it goes to by rule, and what lies near."""
    writer, system, desk = _writer(services), services.edition.system, services.desk
    state = desk.get(incident_id, scope)
    # It may have moved on between the two reads; the trace ends where the state stands.
    events = desk.events(incident_id, scope)[: state.n + 1]
    by_rule = [decision_of(desk.decide(state, writer.now, each)) for each in MEANS]
    decisions = [decision for decision in by_rule if decision is not None]
    candidates = read_near(services.store, vicinity_of(state, system), scope, areas_inside(system, scope))
    row, edition_id = writer.row(state), services.edition.id
    place, held = row.grid or row.area, desk.rights_at(scope, state)
    return IncidentAtDesk(
        now=writer.now,
        incident=TraceOut.traced(state, events, system.depth, services.settings.zone),
        row=row,
        position=position_of(state),
        actions=actions_of(state, held),
        role=scope.role,
        refusals=refusals_of(state, held),
        merged_into=writer.merged(_until_hidden(services, scope, read_targets(services.store, state, edition_id))),
        merged=writer.merged(
            each for each in read_merged(services.store, state.id, edition_id) if services.desk.sees(scope, each)
        ),
        decision=next((decision for decision in decisions if decision.means == means), None),
        decisions=decisions,
        chosen=chosen_of(events),
        units=[UnitRef(code=u.code, name=u.name, kind=u.kind) for u in desk.directory.units_for(desk.matter_of(state))],
        people=_people(services, place.id if place else None, writer.now),
        neighbours=writer.near(neighbours(state, candidates)),
        duplicates=writer.near(duplicates(state, candidates)),
    )


@router.get("/units")
def list_units(services: Asked, _scope: InScope) -> UnitsOut:
    """List the units of the register in force."""
    return UnitsOut(
        units=[UnitOut.model_validate(unit, from_attributes=True) for unit in services.desk.directory.units.values()]
    )


@router.get("/powers/who", responses={422: BAD})
def who_may(
    services: Asked,
    _scope: InScope,
    category: Annotated[str, Query(max_length=200)],
    grid: Annotated[str, Query(max_length=100, description="Any grid; the powers of its town count")],
    means: OneMeans = "enforcement",
    day: Annotated[Day | None, Query(description="Absent = today")] = None,
) -> PowerAnswerOut:
    """Tell who may handle this, here, on that day, and why; with the unit it would go to."""
    check_codes_of(services, category=category)
    directory, zone, system = services.desk.directory, services.settings.zone, services.edition.system
    now = datetime.now(zone)
    asked = now.date() if day is None else day
    if not 1900 <= asked.year <= 2200:
        raise QueryInvalid(f"{asked} lies outside the years 1900 to 2200", day=asked.isoformat())
    place = system.find(grid)
    town = directory.town_of(place.id)
    answer = directory.powers.who(category, means, town.code, asked)
    leaf, area = (place.lo, None) if place.level == system.depth else (-1, place.id)
    moment = now if day is None else datetime(day.year, day.month, day.day, 12, tzinfo=zone)
    decision = directory.decide(Matter(category, means, leaf, area, place.level), moment)
    item = None if answer.item is None else PowerItemOut.model_validate(answer.item, from_attributes=True)
    return PowerAnswerOut(
        level=answer.level, rule=answer.rule, town=grid_ref(town, system), category=category, means=means, day=asked,
        item=item, values=answer.values, others=list(answer.others), withdrawn=list(answer.withdrawn),
        decision=decision_of(decision),
    )  # fmt: skip


@router.get("/grids/{grid_id}/people", responses={422: BAD})
def people_of_grid(services: Asked, _scope: InScope, grid_id: GridId) -> GridPeopleOut:
    """List the people of a grid: one chief and five posts, holes shown as holes."""
    grid = services.edition.system.find(grid_id)
    now = datetime.now(services.settings.zone)
    return GridPeopleOut(grid=grid_ref(grid, services.edition.system), people=_people(services, grid.id, now))


def _writer(services: Services) -> Writer:
    return Writer(services, services.clocks, datetime.now(services.settings.zone))


def _until_hidden(services: Services, scope: Scope, chain: Sequence[State]) -> Iterator[State]:
    """A chain of merges as far as the asker may see it."""
    return takewhile(lambda state: services.desk.sees(scope, state), chain)


def _people(services: Services, grid_id: str | None, now: datetime) -> list[GridPersonOut]:
    if grid_id is None:
        return []
    return [
        GridPersonOut(
            post=held.post, grid=held.grid, on_duty=held.on_duty,
            person=None if held.person is None else held.person.id,
            name=None if held.person is None else held.person.name,
        )
        for held in services.desk.directory.people_of(grid_id, now)
    ]  # fmt: skip
