"""Which incidents a question means, page by page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.center.services import Services
from dashboard.questions.codes import check_codes_of
from dashboard.questions.times import moment_asked
from data.access.scope import Scope
from data.errors import QueryInvalid
from data.incidents.desk import IncidentDesk
from data.incidents.model import State
from data.incidents.query import Span
from data.store.storable import storable_text
from data.words import OPEN_STAGES, Stage

PAGE_ROWS = 1000


def check_stages(open_only: bool, stages: Sequence[Stage] | None) -> None:
    """Refuse a list of what is open and has ended: there is no such incident.

    Raises
    ------
    QueryInvalid
        Only what is open is asked for, and only at stages that end an incident.
    """
    if open_only and stages and not set(stages) & set(OPEN_STAGES):
        named = " and ".join(stages)
        raise QueryInvalid(
            f"open leaves out what is {named}, and stage asks for nothing else", field="stage", value=named
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """A selection of incidents; None filters nothing."""

    scope: Scope
    open_only: bool = False
    stages: Sequence[Stage] | None = None
    source: str | None = None
    source_id: str | None = None
    span: Span | None = None


def narrowed(services: Services, scope: Scope, within: str | None) -> Scope:
    """Narrow a scope to a grid named by its id; None leaves it as it is.

    Raises
    ------
    GridUnknown
        There is no such grid.
    """
    if within is None:
        return scope
    grid = services.edition.system.find(within)
    return scope.narrowed(grid.lo, grid.hi)


def wanted_source(services: Services, source: str | None, source_id: str | None) -> tuple[str | None, str | None]:
    """Return the source and the source's own id that a list is asked for.

    A source that does not exist is refused, but not with an id: whether an incident is known may be asked before the
    first one is reported.

    Raises
    ------
    QueryInvalid
        There is no such source, or an id stands there without its source.
    """
    if source_id is None:
        check_codes_of(services, source=source)
        return source, None
    if source is None:
        raise QueryInvalid(
            f"source_id {source_id!r} is an id of one source: give source as well", field="source_id", value=source_id
        )
    for name, text in (("source", source), ("source_id", source_id)):
        if not storable_text(text):
            raise QueryInvalid(f"{name} holds a character that no id has", field=name, value=text)
    return source, source_id


def check_level(services: Services, level: int) -> None:
    """Refuse a level the grid system does not have.

    Raises
    ------
    QueryInvalid
        It does not have it.
    """
    depth = services.edition.system.depth
    if not 1 <= level <= depth:
        raise QueryInvalid(f"there is no level {level}: levels go from 1 to {depth}", level=level, depth=depth)


def page(desk: IncidentDesk, wanted: Wanted, limit: int, before_id: int | None) -> tuple[list[State], int | None]:
    """Read one page, newest first.

    Returns
    -------
    At most `limit` incidents, and the id to give as `before_id` for the next page, None where nothing is left.

    Raises
    ------
    QueryInvalid
        There is no incident `before_id`.
    """
    states = desk.newest(
        wanted.scope, limit=limit, before_id=before_id, open_only=wanted.open_only, stages=wanted.stages,
        source=wanted.source, source_id=wanted.source_id, span=wanted.span,
    )  # fmt: skip
    if not states and before_id is not None and not desk.has(before_id):
        raise QueryInvalid(
            f"before is {before_id}, and there is no such incident: give `next_before` of a page", before=before_id
        )
    return states, states[-1].id if len(states) == limit else None


def walk(desk: IncidentDesk, wanted: Wanted) -> Iterator[list[State]]:
    """Walk through all incidents of a selection, newest first, a page at a time; at least one page, be it empty."""
    before_id: int | None = None
    while True:
        states, before_id = page(desk, wanted, PAGE_ROWS, before_id)
        yield states
        if before_id is None:
            return


def past_moment(moment: datetime | None, services: Services) -> datetime | None:
    """Return the moment a question names, a whole second that has come; None where it means the present.

    Raises
    ------
    QueryInvalid
        See `times_asked.moment_asked`.
    """
    return None if moment is None else moment_asked(moment, datetime.now(services.settings.zone))
