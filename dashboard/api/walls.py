"""Walls steered by a phone: the stream that carries commands to a wall, the pairing, and the commands."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, Self, cast

import anyio
from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from dashboard.api.event_stream import GRACE_S, RETRY_MS
from dashboard.api.incidents import BAD
from dashboard.api.listing import narrowed
from dashboard.api.pairing import BEAT_EVERY_S, Wall, Walls, WallStream
from dashboard.api.scope import Asked, InScope
from dashboard.pages.wall.timetable import Scene
from data.errors import WallUnknown
from geo.errors import GridUnknown

router = APIRouter(tags=["walls"])

# A wall that takes nothing for so long is let go; it comes back when it can.
SLOW_AFTER_S = 30.0
_BEARER = "bearer "


class PairIn(BaseModel):
    """The code that a wall shows."""

    code: str = Field(pattern="^[0-9]{6}$")


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


class ControlStream(Response):
    """An endless answer that carries commands to one wall."""

    media_type = "text/event-stream"

    def __init__(self, walls: Walls, wall: Wall) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        # An endless answer has no length.
        del self.headers["content-length"]
        self._walls = walls
        self._wall = wall

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send until the wall goes away, takes nothing, or is told that it is over."""
        stream = self._walls.attach(self._wall)
        try:
            async with anyio.create_task_group() as tasks:

                async def first_to_finish(work: Callable[[], Awaitable[None]]) -> None:
                    await work()
                    tasks.cancel_scope.cancel()

                tasks.start_soon(first_to_finish, lambda: _until_gone(receive))
                tasks.start_soon(first_to_finish, lambda: _until_cut(stream))
                await first_to_finish(lambda: self._send_all(stream, send))
        finally:
            self._walls.detach(self._wall, stream)

    async def _send_all(self, stream: WallStream, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await _say(send, f"retry: {RETRY_MS}\n\n".encode())
        while not stream.ended.is_set():
            messages = await stream.take(BEAT_EVERY_S)
            for message in messages or ([] if stream.ended.is_set() else [self._walls.beat(self._wall)]):
                with anyio.move_on_after(SLOW_AFTER_S) as patience:
                    await _say(send, message)
                if patience.cancelled_caught:
                    return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


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
    return ControlStream(walls, walls.wall(wall or secrets.token_hex(16), scope))


@router.post("/walls/pair", responses={404: BAD, 422: BAD, 429: BAD})
async def pair(request: Request, _scope: InScope, said: PairIn) -> PairOut:
    """Take control of the wall that shows this code."""
    client = "" if request.client is None else request.client.host
    return PairOut(control=walls_of(request).pair(said.code, client))


@router.post("/walls/commands", status_code=204, responses={404: BAD, 409: BAD, 422: BAD})
async def command(
    request: Request,
    services: Asked,
    _scope: InScope,
    said: CommandIn,
    authorization: Annotated[str, Header(max_length=200, description="`Bearer` and the control")] = "",
) -> None:
    """Let the wall do something; a place must lie in what the wall may see."""
    if not authorization.lower().startswith(_BEARER):
        raise WallUnknown("say which wall: send the control you were given as `Authorization: Bearer …`")
    walls = walls_of(request)
    wall = walls.controlled(authorization[len(_BEARER) :].strip())
    if said.place is not None:
        seen = narrowed(services, wall.scope, said.place)
        if seen.lo == seen.hi:
            raise GridUnknown(f"the wall does not see the grid {said.place!r}: choose one of its own", grid=said.place)
    walls.command(wall, said.model_dump(exclude_none=True))


def walls_of(request: Request) -> Walls:
    """Return the walls of the server that answers the request."""
    return cast(Walls, request.app.state.walls)


async def _say(send: Send, message: bytes) -> None:
    await send({"type": "http.response.body", "body": message, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_cut(stream: WallStream) -> None:
    await stream.ended.wait()
    await anyio.sleep(GRACE_S)
