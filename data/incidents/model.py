"""What an incident is: its words, the report that opens it, the event that moves it, the state they add up to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from data.words import CoordinateSystem, Means, PlacedBy, Satisfaction, Stage


@dataclass(frozen=True, slots=True)
class Report:
    """A valid report of an incident, before it is placed.

    Attributes
    ----------
    source, source_id
        Who reported, and the source's own id; the pair is the incident's identity towards the source.
    category
        Category code as the source's mapping gives it; "" where unknown.
    reported_at, occurred_at
        Aware datetimes; `occurred_at` is None where unknown.
    lon, lat
        As given, in `coordinate_system`; both None where unknown.
    grid_code
        Code of a grid (any level) if the source knows it.
    """

    source: str
    source_id: str
    category: str
    reported_at: datetime
    occurred_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None
    coordinate_system: CoordinateSystem = "wgs84"
    address: str = ""
    title: str = ""
    grid_code: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report lies: WGS 84 position, H3 cell and leaf; `leaf` is -1 and `placed_by` None where unlocated.

    `area` is the id (``"2:320281104205"``) of the smallest upper grid that is known to hold what is not located.
    """

    lon: float | None
    lat: float | None
    h3: int | None
    leaf: int
    leaf_code: str | None
    placed_by: PlacedBy | None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step to be taken on an incident: what `POST /incidents/{id}/events` says.

    `detail` holds what the kind of step must say, e.g. ``{"means": "service", "level": 3}`` for "closed". `expect_n` is
    the number of the last event its taker has seen; None takes the step whatever happened since.
    """

    kind: str
    at: datetime
    actor: str
    detail: dict[str, Any] = field(default_factory=dict)
    expect_n: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the append-only log.

    Attributes
    ----------
    seq
        Position in the whole log; grows in commit order.
    incident_id, n
        The incident and the event's position in it, from 0.
    kind
        "reported" or a kind of step.
    at, recorded_at
        When it happened, and when the log learned of it.
    prev_hash, hash
        SHA-256 chain within the incident; `prev_hash` is 32 zero bytes for n = 0.
    """

    seq: int
    incident_id: int
    n: int
    kind: str
    at: datetime
    recorded_at: datetime
    actor: str
    detail: dict[str, Any]
    prev_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class State:
    """The current state of an incident: a pure fold of its events; one row of table `incident`.

    `due_claim_at` and `due_at` are the deadlines of the running dispatch. `level` is the level that closed it
    (1 = coarsest grid level, 0 = the city itself). `seq` and `n` are those of the last event folded in. `leaf` is an
    ordinal of the edition `edition_id`. The time of a step that was undone (by "returned" or "reworked") is None again.

    `last_at` is the latest time any of its steps happened, `recorded_at` the moment the log learned of the last one.

    `clock_due_at` is the end of the clock that runs now, whatever the stage, and `clock_yellow_at` the moment its light
    turns yellow; both are None when nothing runs, and stand still while `suspended`. `held_level` is the level of the
    grid that has the incident in hand before it is dispatched (0 = the city itself). `unit` is the code of the unit it
    was dispatched to, `handler` its name. `responsible` is the roster's id of the one responsible person; the last one
    stays when the incident is closed. `finish_limit` is the time the dispatch gave, such as ``"5d"`` or ``"4h"``.
    What is None here in an incident of an old log was not known when it was written.
    """

    id: int
    source: str
    source_id: str
    category: str
    title: str
    address: str
    stage: Stage
    reported_at: datetime
    occurred_at: datetime | None
    lon: float | None
    lat: float | None
    lon_given: float | None
    lat_given: float | None
    coordinate_system: CoordinateSystem
    grid_code_given: str | None
    h3: int | None
    edition_id: int
    leaf: int
    leaf_code: str | None
    placed_by: PlacedBy | None
    seq: int
    n: int
    hash: bytes
    last_at: datetime
    recorded_at: datetime
    verified_at: datetime | None = None
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    claimed_at: datetime | None = None
    handled_at: datetime | None = None
    checked_at: datetime | None = None
    closed_at: datetime | None = None
    voided_at: datetime | None = None
    due_claim_at: datetime | None = None
    due_at: datetime | None = None
    handler: str = ""
    means: Means | None = None
    level: int | None = None
    self_handled: bool = False
    escalations: int = 0
    returns: int = 0
    reworks: int = 0
    extensions: int = 0
    suspended: bool = False
    area: str | None = None
    held_level: int | None = None
    unit: str = ""
    responsible: str = ""
    responsible_name: str = ""
    responsible_post: str = ""
    clock_due_at: datetime | None = None
    clock_yellow_at: datetime | None = None
    finish_limit: str = ""
    suspended_at: datetime | None = None
    urges: int = 0
    appeals: int = 0
    appealed: bool = False
    photos: int = 0
    satisfaction: Satisfaction | None = None
    merged_into: int | None = None
