"""Exports: incidents as one table, streamed."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from dashboard.api.delimited import BOM, MEDIA_TYPE, download_headers, lines
from dashboard.api.incidents import BAD, OpenOnly, Source, Stages, Within, shown
from dashboard.api.listing import Moment, Wanted, check_span, instant, narrowed, walk
from dashboard.api.models import IncidentOut
from dashboard.api.scope import Asked, InScope
from dashboard.services import Services
from data.incidents.model import State

router = APIRouter(tags=["exports"])

COLUMNS = tuple(IncidentOut.model_fields)


@router.get(
    "/exports/incidents.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "One line an incident, newest first"}, 422: BAD},
)
def export_incidents(
    services: Asked,
    scope: InScope,
    within: Within = None,
    open_only: OpenOnly = False,
    stage: Stages = None,
    source: Source = None,
    since: Annotated[Moment | None, Query(description="Reported at this moment or later")] = None,
    until: Annotated[Moment | None, Query(description="Reported before this moment")] = None,
) -> StreamingResponse:
    """Export incidents as CSV (UTF-8 with a mark for Excel); all the filters of the list, and a span of reports."""
    since, until = instant(since, services), instant(until, services)
    check_span(since, until)
    wanted = Wanted(narrowed(services, scope, within), open_only, stage, source)
    pages = walk(services.desk, wanted, since, until)
    # Read before the answer begins, so that a database that is away is told as an error.
    first = next(pages)
    written = _written(chain([first], pages), services)
    return StreamingResponse(written, media_type=MEDIA_TYPE, headers=download_headers("incidents.csv"))


def _written(pages: Iterator[list[State]], services: Services) -> Iterator[str]:
    yield BOM + lines([COLUMNS])
    for states in pages:
        incidents = [shown(state, services) for state in states]
        yield lines([getattr(incident, name) for name in COLUMNS] for incident in incidents)
