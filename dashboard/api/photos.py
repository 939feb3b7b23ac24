"""Photos of incidents: in, and out again."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from dashboard.api.incidents import BAD, IncidentId
from dashboard.api.intake import ACTOR
from dashboard.api.scope import Asked, InScope
from dashboard.doors.body import content_type
from data.errors import PhotoInvalid
from data.incidents.photo_bytes import MAX_BYTES, MEDIA_TYPES
from data.incidents.photos import attach, photo_of

router = APIRouter(tags=["photos"])

_PICTURE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_BODY = {"requestBody": {"required": True, "content": dict.fromkeys(MEDIA_TYPES, _PICTURE)}}

Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="As the photo's event has it")]


class AttachedOut(BaseModel):
    """A photo that is kept."""

    sha256: str = Field(description="Of the bytes as they are kept, without metadata")
    n: int = Field(description="Number of the incident's event that attached it")


@router.post(
    "/incidents/{incident_id}/photos",
    status_code=201,
    openapi_extra=_BODY,
    response_model=AttachedOut,
    responses={
        200: {"model": AttachedOut, "description": "The incident has this photo already"},
        403: BAD,
        404: BAD,
        409: {**BAD, "description": "The incident takes no photo any more"},
        413: BAD,
        415: BAD,
        422: {**BAD, "description": "It is no photo that is kept; `values.reason` says why"},
    },
)
async def add_photo(request: Request, services: Asked, scope: InScope, incident_id: IncidentId) -> Response:
    """Attach a photo; its bytes are the body. Place, time and camera that stand in the file are not kept.

    The same photo sent twice is one.
    """
    media_type = content_type(request, *MEDIA_TYPES)
    body = await _read(request, media_type)

    def keep() -> Response:
        actor = scope.actor(ACTOR)
        done = attach(services.desk, services.store, incident_id, body, media_type, scope=scope, actor=actor)
        return JSONResponse(
            AttachedOut(sha256=done.sha256, n=done.n).model_dump(),
            status_code=201 if done.created else 200,
            headers={"Location": f"/api/v1/incidents/{incident_id}/photos/{done.sha256}"},
        )

    return await run_in_threadpool(keep)


@router.get(
    "/incidents/{incident_id}/photos/{sha256}",
    response_class=Response,
    responses={200: {"content": dict.fromkeys(MEDIA_TYPES, _PICTURE)}, 404: BAD},
)
def show_photo(services: Asked, scope: InScope, incident_id: IncidentId, sha256: Sha256) -> Response:
    """Give a photo of an incident as it is kept."""
    photo = photo_of(services.desk, services.store, incident_id, sha256, scope=scope)
    extension = photo.media_type.partition("/")[2]
    headers = {
        "Content-Disposition": f'inline; filename="{incident_id}-{sha256[:12]}.{extension}"',
        "X-Content-Type-Options": "nosniff",
        # The bytes of a checksum never change, but who may see them does: kept by the browser that asked, no other.
        "Cache-Control": "private, max-age=3600, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(photo.content, media_type=photo.media_type, headers=headers)


async def _read(request: Request, media_type: str) -> bytes:
    """The body, unless it is longer than any photo: then no more of it is kept in memory than that."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BYTES:
            raise PhotoInvalid(
                f"the photo has more than {MAX_BYTES:,} bytes: make it smaller, 1600 px are plenty",
                reason="too_large", media_type=media_type, size=size,
            )  # fmt: skip
        parts.append(part)
    return b"".join(parts)
