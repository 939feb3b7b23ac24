"""Incidents in and out: report, list, trace, move on."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from dashboard.api.answers import ERROR
from dashboard.api.intake import ACTOR, take_document, take_stream
from dashboard.api.listing import Wanted, check_stages, narrowed, page, wanted_source
from dashboard.api.models import (
    BatchOut,
    IncidentList,
    IncidentOut,
    ReceiptOut,
    ReportIn,
    StepIn,
    TraceOut,
)
from dashboard.api.scope import Asked, InScope
from dashboard.center.services import Services
from dashboard.doors.body import NotStorable, content_type, parse_object, read_document
from data.access.scope import Scope
from data.errors import StepInvalid
from data.incidents.model import State, Step
from data.words import Stage

router = APIRouter(tags=["incidents"])

JSON = "application/json"
NDJSON = "application/x-ndjson"
MAX_PAGE = 1000

BAD: dict[str, Any] = ERROR
_REPORT_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": ReportIn.model_json_schema()},
            NDJSON: {"schema": {"type": "string", "description": "One such object a line"}},
        },
    }
}
_STEP_BODY = {"requestBody": {"required": True, "content": {JSON: {"schema": StepIn.model_json_schema()}}}}

IncidentId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Within = Annotated[str | None, Query(max_length=100, description="Grid id, such as 1:320281104; absent = whole city")]
OpenOnly = Annotated[bool, Query(alias="open", description="Only what is neither closed nor voided")]
Stages = Annotated[list[Stage] | None, Query(description="Only these stages")]
Source = Annotated[str | None, Query(max_length=200, description="Only this source")]
SourceId = Annotated[
    str | None, Query(max_length=200, description="With `source`: only the incident that has this id there")
]


@router.post(
    "/incidents",
    status_code=201,
    openapi_extra=_REPORT_BODY,
    response_model=ReceiptOut,
    responses={
        200: {"model": ReceiptOut | BatchOut, "description": "Known already; or, for NDJSON, what became of the lines"},
        413: BAD,
        415: BAD,
        422: {**BAD, "description": "It cannot be an incident: field, value, reason"},
    },
)
async def report(request: Request, services: Asked, scope: InScope) -> Response:
    """Report an incident (application/json), or many, one a line (application/x-ndjson).

    The same source and source_id is one incident, however often it is sent; where the asker may not see it, the answer
    says no more than that it is known. Of many, each line stands for itself: bad
    ones are told and counted, the others are stored, a thousand at a time. Should the answer be an error of the server,
    send all again: what is stored is known.
    """
    desk, zone, actor = services.desk, services.settings.zone, scope.actor(ACTOR)
    if content_type(request, JSON, NDJSON) == NDJSON:
        return JSONResponse((await take_stream(desk, zone, request.stream(), actor)).model_dump())
    raw = await read_document(request)
    receipt, seen = await run_in_threadpool(take_document, desk, zone, raw, actor, scope)
    if not seen:
        return JSONResponse(ReceiptOut.unseen().model_dump())
    return JSONResponse(
        ReceiptOut.of(receipt, services.edition.system.depth).model_dump(),
        status_code=201 if receipt.created else 200,
        headers={"Location": f"/api/v1/incidents/{receipt.id}"},
    )


@router.get("/incidents", responses={422: BAD})
def list_incidents(
    services: Asked,
    scope: InScope,
    within: Within = None,
    open_only: OpenOnly = False,
    stage: Stages = None,
    source: Source = None,
    source_id: SourceId = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="`next_before` of the page before")] = None,
) -> IncidentList:
    """List incidents by time of report, newest first; by source and source_id, the one incident that they name."""
    check_stages(open_only, stage)
    wanted = Wanted(narrowed(services, scope, within), open_only, stage, *wanted_source(services, source, source_id))
    states, next_before = page(services.desk, wanted, limit, before)
    return IncidentList(incidents=[shown(state, services) for state in states], next_before=next_before)


@router.get("/incidents/{incident_id}", responses={404: BAD})
def trace(services: Asked, scope: InScope, incident_id: IncidentId) -> TraceOut:
    """Read an incident with all it went through."""
    state = services.desk.get(incident_id, scope)
    # It may have moved on between the two reads; the trace ends where the state stands.
    events = services.desk.events(incident_id, scope)[: state.n + 1]
    return TraceOut.traced(state, events, services.edition.system.depth, services.settings.zone)


@router.post(
    "/incidents/{incident_id}/events",
    openapi_extra=_STEP_BODY,
    response_model=IncidentOut,
    responses={
        403: {**BAD, "description": "The step is not for the asker's role, or not for their unit"},
        404: BAD,
        409: {
            **BAD,
            "description": "The life cycle does not allow the step now; `allowed` lists what it does. Or the incident "
            "moved on since `expect_n`; `since` lists what happened",
        },
        413: BAD,
        415: BAD,
        422: BAD,
    },
)
async def take_step(request: Request, services: Asked, scope: InScope, incident_id: IncidentId) -> Response:
    """Take a step on an incident; the answer is what the incident is now.

    With a session, its person is the actor, whatever the body says. A step whose `detail.key` was taken on this
    incident before changes nothing, and is answered as the first time.
    """
    content_type(request, JSON)
    raw = await read_document(request)
    document = await run_in_threadpool(_take, services, scope, incident_id, raw)
    return Response(document, media_type=JSON)


def shown(state: State, services: Services) -> IncidentOut:
    """Show an incident as the API does."""
    return IncidentOut.of(state, services.edition.system.depth, services.settings.zone)


def _take(services: Services, scope: Scope, incident_id: int, raw: bytes | None) -> str:
    step, at_once = _step(raw, scope)
    state = services.desk.take(incident_id, step, scope, at_once=at_once)
    return shown(state, services).model_dump_json()


def _step(raw: bytes | None, scope: Scope) -> tuple[Step, bool]:
    """Read a step, and whether it says no time; its actor is the actor of the scope, whatever the body says."""
    if raw is None:
        raise StepInvalid("the step is longer than any step is", field="", reason="is too long")
    try:
        said = StepIn.model_validate(parse_object(raw))
    except NotStorable as error:
        raise StepInvalid(error.sentence, field=error.field, reason=error.reason) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise StepInvalid(f"{field!r}: {first['msg']}", field=field, reason=first["msg"]) from error
    actor = scope.actor(said.actor or "")
    if said.actor is None and not actor.name:
        reason = "is missing: say who takes the step, or begin a session"
        raise StepInvalid(f"'actor' {reason}", field="actor", reason=reason)
    return Step(said.kind, said.at or datetime.now(UTC), actor, said.detail, said.expect_n), said.at is None
