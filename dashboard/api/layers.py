"""What lies on the map besides the choropleth: reports as hexagons and density, outlines of teams, cameras, tracks."""

import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from dashboard.api.incidents import BAD, JSON, Within
from dashboard.api.listing import narrowed, past_moment
from dashboard.api.scope import Asked, InScope
from dashboard.api.written_times import Moment
from dashboard.center.services import Services
from dashboard.map.cached import cached_answer
from dashboard.map.cameras import camera_marks
from dashboard.map.file import AskedMap, LayerDocuments, read_document
from dashboard.map.reports import AskedReports, report_layers
from dashboard.map.teams import team_outlines
from dashboard.map.tracks import DEFAULT_MINUTES, MOST_MINUTES, AskedTracks, track_documents
from dashboard.questions.codes import check_codes_of
from data.stats.picture.past import Knowledge
from geo.display import DETAILS

router = APIRouter(prefix="/layers", tags=["layers"])


class CameraMark(BaseModel):
    """A camera; WGS 84."""

    code: str
    name: str
    lon: float
    lat: float
    stream: str


class CameraMarks(BaseModel):
    """The cameras in scope, by code."""

    marks: list[CameraMark]


_NO_STORE = {"Cache-Control": "no-store"}
_NOT_CHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What the ETag in If-None-Match stands for is still current"}
}


def reports_asked(
    services: Asked,
    scope: InScope,
    within: Within = None,
    days: Annotated[int, Query(ge=1, le=366, description="Reports of the last so many times 24 hours")] = 30,
    moment: Annotated[Moment | None, Query(description="Any moment up to now; absent = now")] = None,
    known: Annotated[
        Knowledge,
        Query(description="`now`: what we know today about that moment; `then`: what the log had learned by it"),
    ] = "now",
    category: Annotated[list[str] | None, Query(description="Only these categories")] = None,
    source: Annotated[list[str] | None, Query(description="Only these sources")] = None,
) -> AskedReports:
    """Read what every layer of reports may be asked."""
    check_codes_of(services, category=category, source=source)
    return AskedReports(
        narrowed(services, scope, within), within, days, past_moment(moment, services), known,
        None if category is None else tuple(sorted(category)), None if source is None else tuple(sorted(source)),
    )  # fmt: skip


Reports = Annotated[AskedReports, Depends(reports_asked)]


@router.get("/hexes", responses={422: BAD})
def hexes(services: Asked, asked: Reports) -> Response:
    """Count reports per H3 hexagon: a GeoJSON feature for each that has any, with its number and colour class."""
    return JSONResponse(report_layers(services).hexes(asked), headers=_NO_STORE)


@router.get("/density", responses={422: BAD})
def density(services: Asked, asked: Reports) -> Response:
    """Give reports as weighted points for a density map: gathered on cells, so that none tells where one was made."""
    return JSONResponse(report_layers(services).density(asked), headers=_NO_STORE)


@router.get("/teams", responses={422: BAD, **_NOT_CHANGED})
def teams(
    request: Request,
    services: Asked,
    scope: InScope,
    within: Within = None,
    detail: Annotated[int, Query(ge=DETAILS[0], le=DETAILS[-1], description="As of `/grids/geometry`")] = 1,
) -> Response:
    """Give the outlines of the teams in view, as the registers in force have them; within a grid, of its squads."""
    seen = narrowed(services, scope, within)
    return cached_answer(request, team_outlines(services).document(seen, whole=within is None, detail=detail))


@router.get("/cameras", response_model=CameraMarks, responses={422: BAD})
def cameras(
    services: Asked,
    scope: InScope,
    within: Within = None,
    moment: Annotated[Moment | None, Query(description="As registered then; absent = now")] = None,
    _known: Annotated[
        Knowledge,
        Query(alias="known", description="Of no effect: registered is known"),
    ] = "now",
) -> Response:
    """List cameras with the addresses of their streams; those in no grid are seen where the whole city is in view."""
    seen = narrowed(services, scope, within)
    return JSONResponse(camera_marks(services, seen, past_moment(moment, services)), headers=_NO_STORE)


@router.get("/tracks", responses={422: BAD})
def tracks(
    services: Asked,
    scope: InScope,
    within: Within = None,
    moment: Annotated[Moment | None, Query(description="Up to then; absent = now")] = None,
    minutes: Annotated[
        int, Query(ge=1, le=MOST_MINUTES, description="Where they went in the last so many minutes")
    ] = DEFAULT_MINUTES,
    _known: Annotated[
        Knowledge,
        Query(
            alias="known",
            description="Of no effect: a position is known at once",
        ),
    ] = "now",
) -> Response:
    """Give the tracks of devices on duty up to a moment, thinned, in lines that end where a device was silent."""
    seen = narrowed(services, scope, within)
    asked = AskedTracks(seen, within, minutes, past_moment(moment, services))
    # Where people are is kept by no browser.
    return Response(track_documents(services).document(asked), headers=_NO_STORE, media_type=JSON)


def _reports_of_map(asked: AskedMap) -> AskedReports:
    return AskedReports(asked.scope, asked.within, moment=asked.moment, known=asked.known)


def _teams_of_map(services: Services, asked: AskedMap) -> Any:
    detail = asked.detail(services.edition.system)
    return read_document(team_outlines(services).document(asked.scope, whole=asked.within is None, detail=detail))


def _tracks_of_map(services: Services, asked: AskedMap) -> Any:
    return json.loads(track_documents(services).document(AskedTracks(asked.scope, asked.within, moment=asked.moment)))


# The same documents for the map as a file.
LAYER_DOCUMENTS: Final[LayerDocuments] = {
    "hexes": lambda services, asked: report_layers(services).hexes(_reports_of_map(asked)),
    "density": lambda services, asked: report_layers(services).density(_reports_of_map(asked)),
    "teams": _teams_of_map,
    "cameras": lambda services, asked: camera_marks(services, asked.scope, asked.moment),
    "tracks": _tracks_of_map,
}
