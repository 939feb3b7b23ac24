"""Which incidents are meant, and in which order: the one question by which incidents are listed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from data.access.scope import Scope
from data.incidents.search import Search
from data.words import Means, Stage

# ``reported``, ``closed``: the newest first. ``due``: what is open, the one whose deadline ends first at the head.
# ``changed``: what the log learned of last at the head.
Sort = Literal["reported", "closed", "due", "changed"]
TimeOf = Literal["reported", "closed", "due"]


@dataclass(frozen=True, slots=True)
class Span:
    """Times ``[since, until)`` of one kind; None is no bound. What has no such time lies in no span."""

    of: TimeOf
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """Longitudes and latitudes, WGS 84, borders included; what is in no place lies in no box."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class After:
    """The last incident of a page, in its order: the next page begins behind it.

    Attributes
    ----------
    at
        What it is ordered by: a time, or a sequence number for ``changed``.
    id
        Its id, which orders those of one time.
    """

    at: datetime | int
    id: int


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """A selection of incidents in an order; None filters nothing, an empty tuple lets nothing through.

    Attributes
    ----------
    scope
        Whose incidents: those in its leaves, and those in no grid where it is the whole city.
    ids
        Only these.
    source, source_id
        Only what this source reported, and only under this id of its own, both as the log has them.
    stages
        Only these stages.
    open_only
        Only what is neither closed nor voided.
    categories, means
        Only these categories; only what was closed by these means.
    unit, responsible
        Only what is with this unit; only what this person of the roster is responsible for.
    text
        Only what holds all words of a search. No index knows parts of words: give a span as well.
    span, box
        Only what lies in it.
    due_before
        Only what has a deadline before this moment.
    sort
        The order. ``closed`` and ``due`` leave out what has no such time, and ``due`` what is not open.
    after
        Where the page begins; None is the head.
    edition_id
        The edition whose leaves the scope means: incidents placed in other editions are let through wherever they lie,
        for the caller to look closer. None compares the leaves as they are stored.
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
