"""The grid system: its list, and its shapes for the screen; cached, compressed, and only sent when changed."""

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from dashboard.api.listing import check_level
from dashboard.api.models import CategoryOut, GridsOut
from dashboard.api.scope import Asked, InScope
from dashboard.doors.errors import ErrorDocument
from dashboard.map.cached import cached_answer
from dashboard.map.shapes import shapes_of
from data.words import CoordinateSystem
from geo.crs import to_wgs84
from geo.display import DETAILS

router = APIRouter(tags=["grids"])


class GridAtOut(BaseModel):
    """A grid that holds a position."""

    id: str
    code: str
    name: str
    level: int


class GridsAtOut(BaseModel):
    """The grids at a position, from the coarsest to the leaf; empty outside of all grids."""

    grids: list[GridAtOut]


_BAD: dict[str, Any] = {"model": ErrorDocument}
_NOT_CHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What the ETag in If-None-Match stands for is still current"}
}


@router.get("/grids", response_model=GridsOut, responses={422: _BAD, **_NOT_CHANGED})
def list_grids(
    request: Request,
    services: Asked,
    _scope: InScope,
    level: Annotated[int | None, Query(description="1 = the coarsest; absent = all levels")] = None,
) -> Response:
    """List the grids in depth-first order, coarsest level first: the order of the values of the stream's map."""
    if level is not None:
        check_level(services, level)
    return cached_answer(request, shapes_of(services).grids(level))


@router.get(
    "/grids/geometry",
    response_class=Response,
    responses={200: {"content": {"application/geo+json": {}}}, 422: _BAD, **_NOT_CHANGED},
)
def geometry(
    request: Request,
    services: Asked,
    _scope: InScope,
    level: Annotated[int, Query(description="1 = the coarsest")],
    detail: Annotated[
        int,
        Query(
            ge=DETAILS[0],
            le=DETAILS[-1],
            description="1 = for a map of the whole city, 2 = zoomed in four times (a town), 3 = sixteen times",
        ),
    ] = 1,
) -> Response:
    """Give the shapes of a level for the screen, as GeoJSON: simplified without gaps; the feature id is the code."""
    check_level(services, level)
    return cached_answer(request, shapes_of(services).geometry(level, detail))


@router.get("/grids/at", responses={422: _BAD})
def grids_at(
    services: Asked,
    _scope: InScope,
    lon: Annotated[float, Query(ge=-180, le=180, description="Degrees")],
    lat: Annotated[float, Query(ge=-90, le=90, description="Degrees")],
    coordinate_system: Annotated[CoordinateSystem, Query(description="Of the two")] = "wgs84",
) -> GridsAtOut:
    """Name the grids at a position, coarsest first; none where it lies outside the grids."""
    system = services.edition.system
    here = to_wgs84(np.array([lon]), np.array([lat]), source=coordinate_system)
    leaf = int(services.index.assign(*here)[0])
    path = system.path(system.grid_at(system.depth, leaf)) if leaf >= 0 else ()
    return GridsAtOut(grids=[GridAtOut(id=grid.id, code=grid.code, name=grid.name, level=grid.level) for grid in path])


@router.get("/categories")
def categories(services: Asked, _scope: InScope) -> list[CategoryOut]:
    """List the categories of incidents by code."""
    return [CategoryOut.model_validate(category, from_attributes=True) for category in services.categories.values()]
