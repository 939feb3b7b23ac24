"""Which incidents a question means, page by page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator

from dashboard.services import Services
from data.errors import QueryInvalid
from data.incidents.desk import IncidentDesk
from data.incidents.model import Stage, State
from data.scope import Scope

PAGE_ROWS = 1000
# A filter the desk does not know looks at so many pages before it gives what it has found so far.
_SCAN_PAGES = 20
_YEARS = (1900, 2200)
_PLUS_LOST = re.compile(r"(T.*) (\d{2}:?\d{2})$")

# In an address a plus sign means a space, and few clients take care to escape the one of an offset.
Moment = Annotated[datetime, BeforeValidator(lambda text: _PLUS_LOST.sub(r"\1+\2", str(text)))]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A selection of incidents; None filters nothing."""

    scope: Scope
    open_only: bool = False
    stages: Sequence[Stage] | None = None
    source: str | None = None


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
    At most `limit` incidents, and the id to give as `before_id` for the next page, None where nothing is left. A page
    may hold fewer than there are: only the second value says that it is the last.
    """
    if wanted.source is None:
        states = _newest(desk, wanted, limit, before_id)
        return states, states[-1].id if len(states) == limit else None
    found: list[State] = []
    for _ in range(_SCAN_PAGES):
        scanned = _newest(desk, wanted, PAGE_ROWS, before_id)
        for state in scanned:
            if state.source == wanted.source:
                found.append(state)
                if len(found) == limit:
                    return found, state.id
        if len(scanned) < PAGE_ROWS:
            return found, None
        before_id = scanned[-1].id
    return found, before_id


def walk(desk: IncidentDesk, wanted: Wanted, since: datetime | None, until: datetime | None) -> Iterator[list[State]]:
    """Walk through all incidents of a selection reported in ``[since, until)``, newest first, a page at a time."""
    before_id: int | None = None
    while True:
        states, before_id = page(desk, wanted, PAGE_ROWS, before_id)
        inside = [state for state in states if until is None or state.reported_at < until]
        if since is not None:
            inside = [state for state in inside if state.reported_at >= since]
        yield inside
        passed = since is not None and bool(states) and states[-1].reported_at < since
        if before_id is None or passed:
            return


def instant(moment: datetime | None, services: Services) -> datetime | None:
    """Make a moment of a question aware: one without an offset is the city's local time.

    Raises
    ------
    QueryInvalid
        It lies so far away that no span can be reckoned from it.
    """
    if moment is None:
        return None
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise QueryInvalid(
            f"{moment.isoformat()} lies outside the years {_YEARS[0]} to {_YEARS[1]}", moment=moment.isoformat()
        )
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=services.settings.zone)


def check_span(since: datetime | None, until: datetime | None) -> None:
    """Refuse a span that ends before it begins.

    Raises
    ------
    QueryInvalid
        It does.
    """
    if since is not None and until is not None and until < since:
        raise QueryInvalid(
            f"the span ends ({until.isoformat()}) before it begins ({since.isoformat()})",
            since=since.isoformat(), until=until.isoformat(),
        )  # fmt: skip


def _newest(desk: IncidentDesk, wanted: Wanted, limit: int, before_id: int | None) -> list[State]:
    return desk.newest(wanted.scope, limit=limit, before_id=before_id, open_only=wanted.open_only, stages=wanted.stages)
