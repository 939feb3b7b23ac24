"""The one query by which incidents are listed: conditions and order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from data.access.scope import Scope
from data.incidents.search import Search
from data.words import Means, Stage

# ``reported``, ``closed``: newest first. ``due``: open incidents only, earliest deadline first. ``changed``: latest
# event in the log first.
Sort = Literal["reported", "closed", "due", "changed"]
TimeOf = Literal["reported", "closed", "due"]


@dataclass(frozen=True, slots=True)
class Span:
    """Times ``[since, until)`` of one kind; None means no bound. Incidents without such a time do not match."""

    of: TimeOf
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """Longitudes and latitudes, WGS 84, borders included; incidents without a position do not match."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class After:
    """The last incident of a page: the next page begins after it.

    Attributes
    ----------
    at
        Its sort key: a time, or a sequence number for ``changed``.
    id
        Its id, which orders incidents with the same key.
    """

    at: datetime | int
    id: int


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """A sorted selection of incidents; None means no condition, an empty tuple matches nothing.

    Attributes
    ----------
    scope
        Incidents visible in this scope: those in its leaves, and those in no grid if it covers the whole city.
    ids
        Incidents with these ids.
    source, source_id
        Incidents from this source, and with this id of the source, both as in the log.
    stages
        Incidents in these stages.
    open_only
        Incidents neither closed nor voided.
    categories, means
        Incidents of these categories; incidents closed by these means.
    unit, responsible
        Incidents with this unit; incidents for which this person of the roster is responsible.
    text
        Incidents that contain all words of a search. No index covers parts of words: give a span as well.
    span, box
        Incidents within it.
    due_before
        Incidents with a deadline before this moment.
    sort
        The order. ``closed`` and ``due`` leave out incidents without such a time, ``due`` also those not open.
    after
        The incident after which the page begins; None for the first page.
    edition_id
        The edition of the scope's leaves: incidents placed in other editions match wherever they are, and the caller
        must check them. None compares the leaves as stored.
    """

    scope: Scope
    ids: tuple[int, ...] | None = None
    source: str | None = None
    source_id: str | None = None
    stages: tuple[Stage, ...] | None = None
    open_only: bool = False
    categories: tuple[str, ...] | None = None
    means: tuple[Means, ...] | None = None
    unit: str | None = None
    responsible: str | None = None
    text: Search | None = None
    span: Span | None = None
    box: Box | None = None
    due_before: datetime | None = None
    sort: Sort = "reported"
    after: After | None = None
    edition_id: int | None = None
