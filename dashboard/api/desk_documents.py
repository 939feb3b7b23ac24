"""The documents of the command desk: a row of a queue, one incident with all that helps to decide, its neighbours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from dashboard.api.incident_fields import RowFields, row_fields
from dashboard.api.models import TraceOut
from dashboard.api.steps import NOT_BY_HAND, FormOut, form_of
from data.access.scope import Role, Scope
from data.incidents.clocks import ClockKind, Clocks
from data.incidents.duplicates import Near
from data.incidents.lifecycle import allowed
from data.incidents.lights import Colour, changes_of, end_of_clock
from data.incidents.model import Event, State
from data.incidents.queue import Queue, clock_kind
from data.incidents.refusals import RefusalReason, refusals
from data.incidents.rules import STEP_RULES
from data.registers.handling import Decision
from data.words import Means, Stage
from geo.errors import GridUnknown

if TYPE_CHECKING:
    from dashboard.center.services import Services
    from geo.grids import Grid, GridSystem


class CategoryRef(BaseModel):
    """A category with its names; one that no register knows is called by its code."""

    code: str
    zh: str
    en: str


class GridRef(BaseModel):
    """A grid with the names from the coarsest level down to its own."""

    id: str
    name: str
    path: list[str]


class ClockOut(BaseModel):
    """The clock that runs now."""

    kind: ClockKind = Field(description="What it waits for")
    due: datetime
    yellow: datetime | None
    share_left: float | None = Field(description="Share of its office time that is left; null = not known")
    overdue_s: int = Field(description="Office seconds since its end")


class LightOut(BaseModel):
    """From which second on a light is which."""

    at: datetime
    light: Colour


class ResponsibleOut(BaseModel):
    """The one responsible person."""

    person: str
    name: str
    post: str


class RowOut(RowFields):
    """One line of a queue; nothing about who reported it."""

    id: int
    n: int = Field(description="Number of its last event; give it as `expect_n` of a step")
    title: str
    category: CategoryRef
    source: str
    stage: Stage
    grid: GridRef | None
    area: GridRef | None = Field(description="The upper grid that holds what lies in no leaf, if known")
    address: str
    reported_at: datetime
    light: Colour
    lights: list[LightOut] = Field(description="How it changes as long as no step is taken; before the first: none")
    clock: ClockOut | None = Field(description="null where none runs, and while suspended")
    suspended: bool
    handler: str
    unit: str
    responsible: ResponsibleOut | None


class QueueOut(BaseModel):
    """One page of a queue and the sizes of all, of one moment: what burns most stands first."""

    now: datetime
    seq: int = Field(description="The last event of the log that is in it")
    queue: Queue
    counts: dict[Queue, int] = Field(description="Incidents of each queue, whatever text was looked for")
    total: int = Field(description="Rows of this queue, on all pages")
    elsewhere: int = Field(description="Incidents with this text outside this queue, closed and voided ones included")
    ended: int = Field(description="Closed and voided ones among `total` or `elsewhere`")
    ended_since: datetime | None = Field(
        description="Closed and voided incidents reported before this are found by number only; null = all are found"
    )
    rows: list[RowOut]


class ActionOut(FormOut):
    """A step that the asker may take now."""


class RefusalOut(BaseModel):
    """A step that the asker cannot take now, and why not."""

    kind: str
    reason: RefusalReason
    stages: list[Stage] = Field(description="The stages it may be taken in")
    roles: list[Role] = Field(description="Who may take it")


class PersonAtPost(BaseModel):
    """Who holds a unit's post at the moment."""

    person: str
    name: str
    post: str
    at: str
    gap: bool = Field(description="Somebody nearer should have been there: the roster has a hole")


class DecisionOut(BaseModel):
    """To whom an incident goes by rule, and the rule; its text stands in the catalogue under `rule.<rule>`."""

    unit: str
    unit_name: str
    means: Means
    rule: str
    values: dict[str, Any]
    person: PersonAtPost | None


class ChosenOut(BaseModel):
    """What the last dispatch chose, and what the rule would have had it choose then."""

    n: int
    unit: str
    unit_name: str
    means: Means | None
    rule: str | None = Field(description="null where no units were registered")
    values: dict[str, Any]
    rule_unit: str | None = Field(description="The unit the rule named, chosen or not")
    override: bool
    reason: str


class UnitRef(BaseModel):
    """A unit to choose by hand."""

    code: str
    name: str
    kind: str


class GridPersonOut(BaseModel):
    """A post of a grid's people, and who holds it; person and name are null where the roster has a hole."""

    post: str
    person: str | None
    name: str | None
    grid: str
    on_duty: bool


class NearOut(BaseModel):
    """An incident near another."""

    id: int
    distance_m: float | None = Field(description="null where one of the two has no position")
    category: CategoryRef
    stage: Stage
    reported_at: datetime
    title: str
    position: tuple[float, float] | None
    same_category: bool


class MergedOut(BaseModel):
    """An incident that another one was merged with."""

    id: int
    category: CategoryRef
    title: str
    grid: GridRef | None
    source: str
    stage: Stage
    reported_at: datetime
    merged_at: datetime | None = Field(description="When it was merged into another; null where it was not")


class IncidentAtDesk(BaseModel):
    """One incident with all that helps to decide what is done next."""

    now: datetime
    incident: TraceOut
    row: RowOut
    position: tuple[float, float] | None = Field(description="Longitude, latitude; WGS 84")
    actions: list[ActionOut] = Field(description="Steps the asker may take now")
    role: Role = Field(description="As what the asker acts")
    refusals: list[RefusalOut] = Field(description="The other steps, and why they cannot be taken now")
    merged_into: list[MergedOut] = Field(
        description="Where it went on: the incident it was merged into, the one that was merged into, and so on"
    )
    merged: list[MergedOut] = Field(description="Incidents that were merged into it, the newest merge first")
    decision: DecisionOut | None = Field(description="What the rule would choose now, for the means asked for")
    decisions: list[DecisionOut] = Field(description="The same for each means")
    chosen: ChosenOut | None = Field(description="The last dispatch")
    units: list[UnitRef] = Field(description="Units to choose by hand, nearest first")
    people: list[GridPersonOut]
    neighbours: list[NearOut] = Field(description="Near in place and time, nearest first")
    duplicates: list[NearOut] = Field(description="Proposed for merging, the likeliest first")


@dataclass(frozen=True)
class Writer:
    """Writes the documents of one answer: one moment, one edition, one language-free set of names.

    Attributes
    ----------
    services
        Whose names, grids and clocks.
    clocks
        What tells the light.
    now
        The moment of the answer, in the city's zone.
    """

    services: "Services"
    clocks: Clocks
    now: datetime

    def row(self, state: State) -> RowOut:
        """One line of a queue."""
        light = self.clocks.light_of_second(state, self.now)
        kind, due = clock_kind(state, suspended_runs=self.clocks.suspended_runs), end_of_clock(state)
        yellow = self.clocks.yellow_from(state, self.now)
        clock = None
        if kind is not None and due is not None:
            clock = ClockOut(
                kind=kind, due=self._local(due),
                yellow=None if yellow is None else self._local(yellow),
                share_left=light.share_left, overdue_s=light.overdue_s,
            )  # fmt: skip
        who = None
        if state.responsible:
            who = ResponsibleOut(
                person=state.responsible, name=state.responsible_name, post=state.responsible_post
            )  # fmt: skip
        system = self.services.edition.system
        return RowOut(
            id=state.id, n=state.n, title=state.title, category=self.category(state.category), source=state.source,
            stage=state.stage, grid=_leaf(system, state.leaf), area=_area(system, state), address=state.address,
            reported_at=self._local(state.reported_at),
            light=light.colour, lights=self._lights(state, yellow), clock=clock, suspended=state.suspended,
            handler=state.handler, unit=state.unit, responsible=who, **row_fields(state),
        )  # fmt: skip

    def _lights(self, state: State, yellow: datetime | None) -> list[LightOut]:
        """The changes of a light, as far as they follow from its clock."""
        changes = changes_of(end_of_clock(state), yellow, stopped=self.clocks.stopped(state))
        return [LightOut(at=self._local(at), light=light) for at, light in changes]

    def category(self, code: str) -> CategoryRef:
        """A category by its code."""
        known = self.services.categories.get(code)
        return CategoryRef(code=code, zh=code if known is None else known.name_zh,
                           en=code if known is None else known.name_en)  # fmt: skip

    def near(self, found: Iterable[Near]) -> list[NearOut]:
        """Incidents near another."""
        return [
            NearOut(
                id=each.state.id, distance_m=None if each.distance_m is None else round(each.distance_m, 1),
                category=self.category(each.state.category), stage=each.state.stage,
                reported_at=self._local(each.state.reported_at), title=each.state.title,
                position=position_of(each.state), same_category=each.same_category,
            )
            for each in found
        ]  # fmt: skip

    def merged(self, states: Iterable[State]) -> list[MergedOut]:
        """Incidents that another one was merged with."""
        system = self.services.edition.system
        return [
            MergedOut(
                id=state.id, category=self.category(state.category), title=state.title,
                grid=_leaf(system, state.leaf) or _area(system, state), source=state.source, stage=state.stage,
                reported_at=self._local(state.reported_at),
                merged_at=None if state.merged_into is None or state.voided_at is None
                else self._local(state.voided_at),
            )
            for state in states
        ]  # fmt: skip

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.now.tzinfo)


def position_of(state: State) -> tuple[float, float] | None:
    """Longitude and latitude, WGS 84; None where the position is not known."""
    return None if state.lon is None or state.lat is None else (state.lon, state.lat)


def actions_of(state: State, scope: Scope) -> list[ActionOut]:
    """The steps the asker may take now, as forms to be filled in."""
    return [
        ActionOut.model_validate(form_of(STEP_RULES[kind]).model_dump())
        for kind in allowed(state, scope)
        if kind not in NOT_BY_HAND
    ]


def refusals_of(state: State, scope: Scope) -> list[RefusalOut]:
    """The steps the asker cannot take now, and why not."""
    return [
        RefusalOut(kind=each.kind, reason=each.reason, stages=list(each.stages), roles=list(each.roles))
        for each in refusals(state, scope)
        if each.kind not in NOT_BY_HAND
    ]


def decision_of(decision: Decision | None) -> DecisionOut | None:
    """To whom an incident goes by rule; None where no units are registered."""
    if decision is None:
        return None
    who = decision.assignee
    person = None
    if who is not None:
        person = PersonAtPost(person=who.person, name=who.name, post=who.post, at=who.at, gap=who.gap)
    return DecisionOut(
        unit=decision.unit, unit_name=decision.unit_name, means=decision.means, rule=decision.rule,
        values=dict(decision.values), person=person,
    )  # fmt: skip


def chosen_of(events: Sequence[Event]) -> ChosenOut | None:
    """What the last dispatch chose; None where there was none."""
    last = next((event for event in reversed(events) if event.kind == "dispatched"), None)
    if last is None:
        return None
    said: Mapping[str, Any] = last.detail
    rule: Mapping[str, Any] = said.get("decision") or {}
    return ChosenOut(
        n=last.n, unit=said.get("unit") or "", unit_name=said.get("handler") or "",
        means=said.get("means") or rule.get("means"), rule=rule.get("rule"), values=rule.get("values") or {},
        rule_unit=rule.get("unit"), override=bool(said.get("override")), reason=said.get("reason") or "",
    )  # fmt: skip


def grid_ref(grid: "Grid", system: "GridSystem") -> GridRef:
    """A grid with its names from the coarsest down."""
    return GridRef(id=grid.id, name=grid.name, path=[each.name for each in system.path(grid)])


def _leaf(system: "GridSystem", leaf: int) -> GridRef | None:
    return None if leaf < 0 else grid_ref(system.grid_at(system.depth, leaf), system)


def _area(system: "GridSystem", state: State) -> GridRef | None:
    """The area of what lies in no leaf; one that this edition lacks is not known."""
    if state.leaf >= 0 or state.area is None:
        return None
    try:
        return grid_ref(system.find(state.area), system)
    except GridUnknown:
        return None
