"""The live stream: server-sent events of one picture, see `docs/architecture.md` for its messages."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from dashboard.api.incidents import BAD, Within
from dashboard.api.listing import check_level, narrowed
from dashboard.api.scope import Asked, InScope
from dashboard.live.event_stream import EventStream
from data.stats.measures.kpis import kpi as kpi_of
from data.stats.picture.key import PictureKey

router = APIRouter(tags=["stream"])

_MESSAGES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "Events hello, frame, map and beat, without end"},
    422: {**BAD, "description": "No such grid, level or KPI; said before the stream begins"},
}


@router.get("/stream", status_code=200, response_class=EventStream, responses=_MESSAGES)
async def stream(
    services: Asked,
    scope: InScope,
    within: Within = None,
    level: Annotated[int | None, Query(description="Level of the map; absent = the finest")] = None,
    kpi: Annotated[str, Query(max_length=100, description="KPI of the map")] = "open_per_km2",
) -> EventStream:
    """Follow one picture live."""
    shown = services.edition.system.depth if level is None else level
    check_level(services, shown)
    narrowed(services, scope, within)
    kpi_of(kpi)
    # What is drawn depends on the leaves seen: two people of one town, and its screens, share one picture.
    return EventStream(services.hub, PictureKey(within, shown, kpi, scope.anonymous))
