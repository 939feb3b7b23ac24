"""What an incident is: its words, the report that opens it, the event that moves it, the state they add up to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from data.access.actor import Actor
from data.incidents.fields import State
from data.words import CoordinateSystem, PlacedBy

__all__ = ["Event", "Place", "Report", "State", "Step"]


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
    actor: Actor
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
    actor, actor_id
        Display name and id of the actor (`data.access.actor`). The id is None in events from before actors had ids.
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
    actor_id: str | None
    detail: dict[str, Any]
    prev_hash: bytes
    hash: bytes
