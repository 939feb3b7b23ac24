"""Alerts: what needs attention, and by whom it was acknowledged."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, field_validator

from dashboard.api.incidents import BAD, Within
from dashboard.api.intake import ACTOR
from dashboard.api.listing import narrowed, past_moment
from dashboard.api.scope import Asked, InScope
from dashboard.api.written_times import Moment
from dashboard.center.services import Services
from dashboard.doors.documents import REFUSALS, document, takes
from dashboard.live.alert_board import lies_within, unkept
from dashboard.questions.times import aware, check_span
from data.access.scope import Right, Scope
from data.attention import attention
from data.attention.alert import Kind, Severity
from data.attention.past_reports import BASE_DAYS
from data.attention.tables import KeptAlert, acknowledge, read_alert, read_alerts
from data.errors import AlertUnknown, QueryInvalid, StepForbidden
from data.stats.picture.past import Knowledge
from data.store.storable import storable_text
from geo.errors import GridUnknown

router = APIRouter(tags=["alerts"])

_DEFAULT_DAYS = 7
_MOST_READ = 5_000
# The oldest comparable day, and the day before it.
_HORIZON = timedelta(days=BASE_DAYS + 2)

Key = Annotated[str, Path(max_length=64, pattern="^[0-9a-f]+$")]


class Acknowledged(BaseModel):
    """By whom it was acknowledged, and with which words."""

    by: str = Field(description="Display name of the person who acknowledged it")
    by_id: str | None = Field(description="Id of that actor, such as person:P0007; null = noted before actors had ids")
    at: datetime
    note: str


class AlertPlace(BaseModel):
    """The grid an alert is about."""

    id: str
    name: str


class AlertOut(BaseModel):
    """An alert. Those of a past moment have no key and no acknowledgement."""

    key: str | None = Field(description="Stays the same while the matter lasts")
    kind: Kind
    grid: AlertPlace | None = Field(description="null = the whole city")
    category: str | None = Field(description="Code; null = all categories together, or none in particular")
    severity: Severity
    since: datetime
    first_seen: datetime
    last_seen: datetime
    running: bool = Field(description="Whether the matter lasts")
    count: int
    expected: float | None = Field(description="How many would be usual; null where nothing is")
    base: dict[str, Any] = Field(description="What the expectation was learned from")
    reason: str = Field(description="Key of the sentence")
    values: dict[str, Any] = Field(description="What fills it")
    text: dict[Literal["zh", "en"], str] = Field(description="The sentence")
    acknowledged: Acknowledged | None


class AlertsOut(BaseModel):
    """Alerts: what runs before what is over, red before yellow, the newest first."""

    moment: datetime
    alerts: list[AlertOut]


class AcknowledgeIn(BaseModel):
    """A note of whoever looked at an alert."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(default="", max_length=2_000)

    @field_validator("note")
    @classmethod
    def _storable(cls, note: str) -> str:
        if not storable_text(note):
            raise ValueError("holds a character that cannot be kept")
        return note


@router.get("/alerts", responses={422: BAD})
def alerts(
    services: Asked,
    scope: InScope,
    within: Within = None,
    kind: Annotated[Kind | None, Query(description="Only this kind")] = None,
    running: Annotated[bool, Query(description="Only what lasts")] = False,
    since: Annotated[Moment | None, Query(description="What was seen from then on; absent = the last week")] = None,
    moment: Annotated[
        Moment | None, Query(description="Find out anew what asked for attention at a past moment; nothing is kept")
    ] = None,
    known: Annotated[Knowledge, Query(description="With `moment`: as we know it now, or as it was known then")] = "now",
) -> AlertsOut:
    """List the alerts of what the asker may see."""
    seen = narrowed(services, scope, within)
    now = datetime.now(services.settings.zone)
    past = past_moment(moment, services)
    if past is not None and since is not None:
        raise QueryInvalid("since narrows what was kept, moment finds out anew: give one of them", since=since)
    if past is not None:
        shown = _at(services, past, known)
    else:
        begin = now - timedelta(days=_DEFAULT_DAYS) if since is None else aware(since, services.settings.zone)
        check_span(begin, None, now)
        shown = [
            _out(services, one, services.alerts.lasts(one, now))
            for one in read_alerts(services.store, begin, _MOST_READ)
        ]
    chosen = [
        one for one in shown if _sees(services, seen, one) and kind in (None, one.kind) and (one.running or not running)
    ]
    chosen.sort(key=lambda one: (not one.running, one.severity != "red"))
    return AlertsOut(moment=past or now, alerts=chosen)


@router.post(
    "/alerts/{key}/acknowledge",
    openapi_extra=takes(AcknowledgeIn),
    responses={**REFUSALS, 403: BAD, 404: BAD, 409: BAD},
)
async def acknowledge_alert(request: Request, services: Asked, scope: InScope, key: Key) -> AlertOut:
    """Acknowledge an alert. The first one stands: later ones are answered with it; another note is refused."""
    said = await document(request, AcknowledgeIn)
    return await run_in_threadpool(_acknowledged, services, scope, key, said)


def _acknowledged(services: Services, scope: Scope, key: str, said: AcknowledgeIn) -> AlertOut:
    now = datetime.now(services.settings.zone)
    kept = read_alert(services.store, key)
    shown = _out(services, kept, services.alerts.lasts(kept, now))
    if not _sees(services, scope, shown):
        raise AlertUnknown(f"there is no alert {key!r}: GET /api/v1/alerts lists them", key=key)
    if not scope.holds(Right.ACKNOWLEDGE):
        raise StepForbidden(
            "a screen shows alerts, people acknowledge them: say who you are", kind="acknowledge", role=scope.role
        )
    noted = acknowledge(services.store, key, scope.actor(ACTOR), said.note, now)
    services.alerts.changed()
    return _out(services, noted, services.alerts.lasts(noted, now))


def _at(services: Services, moment: datetime, known: Knowledge) -> list[AlertOut]:
    view = services.past.view(moment, known, moment - _HORIZON)
    found = attention(view, services.edition.system, moment=moment, zone=services.settings.zone)
    return [_out(services, unkept(one, moment, services.edition.id), lasts=True) for one in found]


def _out(services: Services, alert: KeptAlert, lasts: bool) -> AlertOut:
    content, zone = alert.content, services.settings.zone
    id_ = content["grid"]
    grid = None if id_ is None else AlertPlace(id=id_, name=services.alerts.grid_name(id_))
    noted = None
    if alert.acknowledged_at is not None:
        at = alert.acknowledged_at.astimezone(zone)
        noted = Acknowledged(
            by=alert.acknowledged_by or "", by_id=alert.acknowledged_by_id, at=at, note=alert.note or ""
        )  # fmt: skip
    own = ("category", "severity", "since", "count", "expected", "base", "reason", "values")
    return AlertOut.model_validate(
        {
            **{name: content[name] for name in own},
            "key": alert.key or None,
            "kind": alert.kind,
            "grid": grid,
            "first_seen": alert.first_seen.astimezone(zone),
            "last_seen": alert.last_seen.astimezone(zone),
            "running": lasts,
            "text": services.alerts.text(alert),
            "acknowledged": noted,
        }
    )


def _sees(services: Services, scope: Scope, alert: AlertOut) -> bool:
    """Whether an alert lies wholly in a scope; those about the whole city are for who sees the whole city."""
    if alert.grid is None:
        return lies_within(None, 0, 0, scope)
    try:
        grid = services.edition.system.find(alert.grid.id)
    except GridUnknown:
        return scope.sees_unlocated
    return lies_within(grid.id, grid.lo, grid.hi, scope)
