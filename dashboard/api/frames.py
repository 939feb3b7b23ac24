"""The picture of any past moment: what the live stream showed then, or would have shown had it known what we know."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from dashboard.api.incidents import BAD, Within
from dashboard.api.listing import check_level, narrowed
from dashboard.api.scope import Asked, InScope
from dashboard.api.written_times import Moment
from dashboard.questions.times import moment_asked
from data.stats.measures.kpis import kpi as kpi_of
from data.stats.picture.key import PictureKey
from data.stats.picture.past import Knowledge

router = APIRouter(tags=["frame"])


class PastFrame(BaseModel):
    """The two documents of the live stream, as of one moment; see docs/architecture.md."""

    known: Knowledge
    frame: dict[str, Any] = Field(description="All panels")
    map: dict[str, Any] = Field(description="One value for each grid of the level")


@router.get("/frame", response_model=PastFrame, responses={422: BAD})
def frame(
    services: Asked,
    scope: InScope,
    moment: Annotated[Moment | None, Query(description="Any moment up to now; absent = now")] = None,
    within: Within = None,
    level: Annotated[int | None, Query(description="Level of the map; absent = the finest")] = None,
    kpi: Annotated[str, Query(max_length=100, description="KPI of the map")] = "open_per_km2",
    known: Annotated[
        Knowledge,
        Query(description="`now`: what we know today about that moment; `then`: what the log had learned by it"),
    ] = "now",
) -> JSONResponse:
    """Read the whole picture of a past moment: panels and map, counted by the same code as the live one."""
    shown = services.edition.system.depth if level is None else level
    check_level(services, shown)
    narrowed(services, scope, within)
    kpi_of(kpi)
    asked = moment_asked(moment, datetime.now(services.settings.zone))
    key = PictureKey(within, shown, kpi, scope.anonymous)
    return JSONResponse(services.past.draw(key, asked, known), headers={"Cache-Control": "no-store"})
