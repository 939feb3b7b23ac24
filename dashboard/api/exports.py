"""Exports: incidents as one table, streamed; the map as a file of its own."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, StreamingResponse

from dashboard.api.incidents import BAD, OpenOnly, Source, SourceId, Stages, Within, shown
from dashboard.api.layers import LAYER_DOCUMENTS
from dashboard.api.listing import Wanted, check_level, check_stages, narrowed, past_moment, walk, wanted_source
from dashboard.api.models import IncidentOut
from dashboard.api.scope import Asked, InScope
from dashboard.api.written_times import Moment
from dashboard.center.services import Services
from dashboard.map.file import AskedMap, map_file
from dashboard.questions.times import bound_asked, check_span
from dashboard.tables.delimited import BOM, MEDIA_TYPE, download_headers, lines
from data.errors import QueryInvalid
from data.incidents.model import State
from data.incidents.query import Span
from data.settings import Language
from data.stats.picture.past import Knowledge
from layers import LAYERS, Theme

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
    source_id: SourceId = None,
    since: Annotated[Moment | None, Query(description="Reported at this moment or later")] = None,
    until: Annotated[Moment | None, Query(description="Reported before this moment")] = None,
) -> StreamingResponse:
    """Export incidents as CSV (UTF-8 with a mark for Excel); all the filters of the list, and a span of reports."""
    zone = services.settings.zone
    since, until = bound_asked("since", since, zone), bound_asked("until", until, zone)
    check_span(since, until, datetime.now(zone))
    check_stages(open_only, stage)
    span = None if since is None and until is None else Span("reported", since, until)
    named = wanted_source(services, source, source_id)
    pages = walk(services.desk, Wanted(narrowed(services, scope, within), open_only, stage, *named, span))
    # Read before the answer begins, so that a database that is away is told as an error.
    first = next(pages)
    written = _written(chain([first], pages), services)
    return StreamingResponse(written, media_type=MEDIA_TYPE, headers=download_headers("incidents.csv"))


@router.get(
    "/exports/map.html",
    response_class=HTMLResponse,
    responses={200: {"description": "One HTML document that opens without a network"}, 422: BAD},
)
def export_map(
    services: Asked,
    scope: InScope,
    within: Within = None,
    level: Annotated[int | None, Query(description="Level of the grids; absent = the finest")] = None,
    kpi: Annotated[str, Query(max_length=100, description="KPI that colours them")] = "open_per_km2",
    layers: Annotated[str, Query(max_length=200, description="Layers that are on, with commas between")] = "",
    moment: Annotated[Moment | None, Query(description="Any moment up to now; absent = now")] = None,
    known: Annotated[Knowledge, Query(description="As of `/frame`")] = "now",
    language: Annotated[Language | None, Query(description="Absent = that of the settings")] = None,
    theme: Annotated[Theme, Query(description="`light` for print, `dark` for a wall")] = "light",
) -> HTMLResponse:
    """Export the map as it is drawn on the page: grids by a KPI, borders, names, lights, and the layers that are on."""
    shown = services.edition.system.depth if level is None else level
    check_level(services, shown)
    seen = narrowed(services, scope, within)
    wanted = [key for key in layers.split(",") if key]
    offered = [layer.key for layer in LAYERS if layer.choice is not None]
    for key in wanted:
        if key not in offered:
            raise QueryInvalid(f"there is no layer {key!r}: layers are {', '.join(offered)}", layer=key)
    at = past_moment(moment, services) or datetime.now(services.settings.zone)
    said = language or services.settings.language
    asked = AskedMap(seen, within, shown, kpi, wanted, at, known, said, theme)
    return HTMLResponse(
        map_file(services, asked, LAYER_DOCUMENTS), headers=download_headers("map.html") | {"Cache-Control": "no-store"}
    )


def _written(pages: Iterator[list[State]], services: Services) -> Iterator[str]:
    yield BOM + lines([COLUMNS])
    for states in pages:
        incidents = [shown(state, services) for state in states]
        yield lines([getattr(incident, name) for name in COLUMNS] for incident in incidents)
