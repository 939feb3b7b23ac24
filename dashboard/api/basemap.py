"""Tiles of the map under the grids."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.exceptions import HTTPException

from dashboard.api.incidents import BAD
from dashboard.api.scope import InScope
from dashboard.map.basemap.serving import BasemapTiles
from dashboard.map.basemap.tile import JPEG, MOST_ZOOM, PNG, WEBP, Tile, media_type
from dashboard.map.cached import has_it

router = APIRouter(tags=["basemap"])

Number = Annotated[int, Path(ge=0, lt=1 << MOST_ZOOM)]


@router.get(
    "/basemap/{z}/{x}/{y}",
    response_class=Response,
    responses={
        200: {"content": {kind: {} for kind in (PNG, JPEG, WEBP)}},
        204: {"description": "No picture: there is none here, or it cannot be had now; ask again when its age is over"},
        304: {"description": "What the ETag in If-None-Match stands for is still current"},
        404: {**BAD, "description": "No basemap is set"},
        422: BAD,
    },
)
async def tile(
    request: Request,
    _scope: InScope,
    z: Annotated[int, Path(ge=0, le=MOST_ZOOM)],
    x: Number,
    y: Number,
    _version: Annotated[
        str, Query(alias="v", max_length=100, description="Which basemap; keeps browsers from showing tiles of another")
    ] = "",
) -> Response:
    """Give a tile of the basemap, in WGS 84 and Web Mercator; the first row is in the north."""
    tiles: BasemapTiles | None = request.app.state.basemap
    if tiles is None:
        raise HTTPException(404, "no basemap is set: GRID_BASEMAP names one")
    return await answer(request, tiles, Tile(z, x, y))


async def answer(request: Request, tiles: BasemapTiles, wanted: Tile) -> Response:
    """Answer with a tile, with 304 where the client has it, or with 204 where there is nothing to be shown."""
    found = await tiles.ask(wanted)
    # Who may see it is asked of this server: kept by the browser that asked, no other.
    headers = {"Cache-Control": f"private, max-age={found.for_s}"}
    if found.content is None:
        # MapLibre draws nothing, says nothing, and asks again after that age; after an error it never would.
        return Response(status_code=204, headers=headers)
    headers["ETag"] = f'"{hashlib.sha256(found.content).hexdigest()[:24]}"'
    if has_it(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type=media_type(found.content))
