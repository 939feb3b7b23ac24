"""Walls steered by a phone: the stream that carries commands to a wall, the pairing, and the commands."""

import secrets
from typing import Annotated, Any, Literal, Self, cast

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dashboard.api.incidents import BAD
from dashboard.api.listing import narrowed
from dashboard.api.scope import Asked, InScope
from dashboard.doors.documents import REFUSALS, document, takes
from dashboard.doors.proxies import client_of
from dashboard.live.event_stream import EventAnswer
from dashboard.live.timetable import Scene
from dashboard.live.walls import BEAT_EVERY_S, Wall, Walls, WallStream
from data.errors import WallUnknown
from geo.errors import GridUnknown

router = APIRouter(tags=["walls"])

# A wall that takes nothing for so long is let go; it comes back when it can.
SLOW_AFTER_S = 30.0
_BEARER = "bearer "


class PairIn(BaseModel):
    """The code that a wall shows."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern="^[0-9]{6}([0-9]{6})?$", description="Six digits; twelve while many wrong codes come")


class PairOut(BaseModel):
    """The control of a wall."""

    control: str = Field(description="Token for `Authorization: Bearer …`; ends after 8 hours without use")


class CommandIn(BaseModel):
    """What a wall is to do."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["next", "previous", "hold", "release", "scene"]
    scene: Scene | None = Field(default=None, description="With `scene`: which one stands from now on, held")
    place: str | None = Field(default=None, max_length=100, description="With the scene `place`: id of the grid")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.do == "scene") != (self.scene is not None):
            raise ValueError("scene is said with do: scene, and only then")
        if self.place is not None and self.scene != "place":
            raise ValueError("place is said with scene: place, and only then")
        return self


_MESSAGES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "Events pairing, command and beat, without end"},
    429: {**BAD, "description": "So many walls are connected already"},
}


class ControlStream(EventAnswer[WallStream]):
    """The commands to one wall, and a sign of life where there are none."""

    def __init__(self, walls: Walls, wall: Wall) -> None:
        super().__init__(patience_s=SLOW_AFTER_S)
        self._walls = walls
        self._wall = wall

    def _begin(self) -> WallStream:
        return self._walls.attach(self._wall)

    async def _next(self, told: WallStream) -> list[bytes]:
        messages = await told.receive(BEAT_EVERY_S)
        return messages if messages or told.ended.is_set() else [self._walls.beat(self._wall)]

    def _end(self, told: WallStream) -> None:
        self._walls.detach(self._wall, told)


@router.get("/walls/control", status_code=200, response_class=ControlStream, responses=_MESSAGES)
async def control(
    request: Request,
    services: Asked,  # noqa: ARG001 - without a city there is no wall
    scope: InScope,
    wall: Annotated[
        str | None, Query(pattern="^[0-9a-f]{32}$", description="What the wall calls itself, to be known again")
    ] = None,
) -> ControlStream:
    """Take commands as a wall. The event `pairing` says which code to show, and how many phones have control."""
    walls = walls_of(request)
    return ControlStream(walls, walls.wall(wall or secrets.token_hex(16), scope, client_of(request.scope)))


@router.post("/walls/pair", openapi_extra=takes(PairIn), responses={**REFUSALS, 404: BAD, 429: BAD})
async def pair(request: Request, _scope: InScope) -> PairOut:
    """Take control of the wall that shows this code."""
    said = await document(request, PairIn)
    return PairOut(control=walls_of(request).pair(said.code, client_of(request.scope)))


@router.post(
    "/walls/commands", status_code=204, openapi_extra=takes(CommandIn), responses={**REFUSALS, 404: BAD, 409: BAD}
)
async def command(
    request: Request,
    services: Asked,
    _scope: InScope,
    authorization: Annotated[str, Header(max_length=200, description="`Bearer` and the control")] = "",
) -> None:
    """Let the wall do something; a place must lie in what the wall may see."""
    said = await document(request, CommandIn)
    if not authorization.lower().startswith(_BEARER):
        raise WallUnknown("say which wall: send the control you were given as `Authorization: Bearer …`")
    walls = walls_of(request)
    wall = walls.controlled(authorization[len(_BEARER) :].strip())
    if said.place is not None:
        seen = narrowed(services, wall.scope, said.place)
        if seen.is_empty:
            raise GridUnknown(f"the wall does not see the grid {said.place!r}: choose one of its own", grid=said.place)
    walls.command(wall, said.model_dump(exclude_none=True))


def walls_of(request: Request) -> Walls:
    """Return the walls of the server that answers the request."""
    return cast(Walls, request.app.state.walls)
