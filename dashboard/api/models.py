"""The documents of the REST API, as the OpenAPI document describes them."""

from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, Strict
from pydantic.config import JsonDict

from dashboard.api.incident_fields import IncidentFields, grid_id, local_time, shown_fields
from dashboard.api.written_times import Moment
from data.incidents.desk import Receipt
from data.incidents.model import Event, State
from data.words import CoordinateSystem, PlacedBy

_REPORT_EXAMPLE: JsonDict = {
    "source": "hotline",
    "source_id": "JY-20261122-000481",
    "category": "exposed_garbage",
    "reported_at": "2026-11-22T15:36:19+08:00",
    "lon": 120.2853,
    "lat": 31.9102,
    "coordinate_system": "gcj02",
    "address": "澄江街道人民中路",
    "title": "路边暴露垃圾",
}


class ReportIn(BaseModel):
    """A report of an incident; source and source_id are its identity towards the source."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_REPORT_EXAMPLE]})

    source: str | int = Field(description="Who reports")
    source_id: str | int = Field(description="The source's own id")
    reported_at: datetime = Field(description="ISO 8601; without an offset it is the city's local time")
    occurred_at: datetime | None = None
    category: str | int | None = Field(None, description="Code of the category, see /api/v1/categories")
    lon: float | str | None = Field(
        None, description="Degrees, as the source has them, also as plain decimal text; both coordinates or none"
    )
    lat: float | str | None = None
    coordinate_system: CoordinateSystem | str | None = Field("wgs84", description="In whichever case, such as GCJ-02")
    address: str | None = None
    title: str | None = None
    grid_code: str | int | None = Field(None, description="Code of the leaf grid, if the source knows it")


class ReceiptOut(BaseModel):
    """What became of a report; `created` is false where the source had reported it before."""

    id: int | None = Field(description="null = known already, and the asker may not see it")
    created: bool
    grid: str | None = Field(description="Id of the leaf it lies in; null = in no grid, or the place is not known")
    placed_by: PlacedBy | None

    @classmethod
    def unseen(cls) -> "ReceiptOut":
        """Say that an incident was known before, and nothing else: it lies outside what the asker may see."""
        return cls(id=None, created=False, grid=None, placed_by=None)

    @classmethod
    def of(cls, receipt: Receipt, depth: int) -> "ReceiptOut":
        """Show a receipt of a grid system with `depth` levels."""
        return cls(
            id=receipt.id,
            created=receipt.created,
            grid=grid_id(receipt.leaf_code, depth),
            placed_by=receipt.placed_by,
        )


class Reject(BaseModel):
    """A line that cannot be an incident."""

    line: int
    field: str
    value: str
    reason: str


class BatchOut(BaseModel):
    """What became of many reports: received = created + already_known + rejected."""

    received: int
    created: int
    already_known: int
    rejected: int
    rejects: list[Reject] = Field(description="The first 1,000 of the rejected")


class IncidentOut(IncidentFields):
    """An incident as it stands now; times are null where a step has not been taken (or was undone)."""

    @classmethod
    def of(cls, state: State, depth: int, zone: tzinfo) -> "IncidentOut":
        """Show a state of a grid system with `depth` levels, its times in `zone`."""
        return cls(**shown_fields(state, depth, zone))


class EventOut(BaseModel):
    """One line of an incident's log; each carries the hash of the one before it."""

    seq: int
    n: int
    kind: str
    at: datetime
    recorded_at: datetime
    actor: str = Field(description="Display name of the actor")
    actor_id: str | None = Field(
        description="Id of the actor, such as person:P0007, source:12345 or system:roster; nobody = a caller without "
        "an identity, whose display name is unproven; null = an event from before actors had ids"
    )
    detail: dict[str, Any]
    prev_hash: str
    hash: str

    @classmethod
    def of(cls, event: Event, zone: tzinfo) -> "EventOut":
        """Show an event, its hashes hexadecimal, its times in `zone`."""
        values = {name: local_time(value, zone) for name, value in asdict(event).items() if name != "incident_id"}
        return cls(**{**values, "prev_hash": event.prev_hash.hex(), "hash": event.hash.hex()})


class TraceOut(IncidentOut):
    """An incident with all it went through."""

    events: list[EventOut]

    @classmethod
    def traced(cls, state: State, events: list[Event], depth: int, zone: tzinfo) -> "TraceOut":
        """Show a state and its events."""
        return cls(**shown_fields(state, depth, zone), events=[EventOut.of(event, zone) for event in events])


class IncidentList(BaseModel):
    """Incidents by time of report, newest first."""

    incidents: list[IncidentOut]
    next_before: int | None = Field(description="Give it as `before` for the next page; null = there is none")


class StepIn(BaseModel):
    """A step to be taken on an incident; what `detail` must say depends on the kind."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "closed",
                    "at": "2026-11-22T17:02:00+08:00",
                    "actor": "网格员 王芳",
                    "detail": {"means": "service", "level": 3},
                }
            ]
        },
    )

    kind: str
    at: Moment | None = Field(None, description="When it was done, with an offset; absent = now")
    actor: str | None = Field(None, description="Display name of the actor; needed unless there is a session")
    detail: dict[str, Any] = Field(default_factory=dict)
    expect_n: Annotated[int, Strict()] | None = Field(
        None, description="`n` of the incident as last seen; refused if it moved on since"
    )


class GridOut(BaseModel):
    """A grid; its leaves are the ordinals ``[lo, hi)`` of the finest level."""

    id: str = Field(examples=["1:320281104"])
    code: str
    name: str
    level: int
    parent: str | None
    ordinal: int = Field(description="Position within its level, depth first")
    lo: int
    hi: int
    area_m2: float
    bbox: tuple[float, float, float, float] = Field(description="West, south, east, north; WGS 84")
    label: tuple[float, float] = Field(description="A point inside for its name: longitude, latitude")


class GridsOut(BaseModel):
    """The grids of a level, or of all levels, in depth-first order."""

    edition: str
    city: str
    demo: bool
    level: int | None
    depth: int
    level_names: list[dict[str, str]]
    grids: list[GridOut]


class CategoryOut(BaseModel):
    """A category of incidents; class_name is the wider class it belongs to."""

    code: str
    name_zh: str
    name_en: str
    class_name: str


class KpiValue(BaseModel):
    """A KPI of one grid; null = no data. For durations the numerator is the number of incidents timed."""

    value: float | None
    numerator: int
    denominator: float | None


class KpiRow(BaseModel):
    """All KPIs and all counted measures of one grid; id and code are null for the whole city."""

    id: str | None
    code: str | None
    name: str
    kpis: dict[str, KpiValue]
    measures: dict[str, int]


class KpiDefinition(BaseModel):
    """What a KPI is."""

    key: str
    zh: str
    en: str
    unit: str
    better: str | None
    formula: str
    source: str
