"""The web server: the API's routes, what surrounds every request, and an end that does not hang."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import takewhile
from typing import NoReturn

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Match
from starlette.types import Scope

from dashboard.api import (
    alerts,
    basemap,
    desk,
    exports,
    frame_cases,
    frames,
    grids,
    health,
    incidents,
    kpis,
    layers,
    photos,
    session,
    steps,
    stream,
    walls,
)
from dashboard.api.answers import ALWAYS, EVERYWHERE
from dashboard.api.health import WriteCheck
from dashboard.api.known_parameters import only_known_parameters
from dashboard.api.scope import screens_only_look
from dashboard.api.screens import ScreenDoor, ScreenKeys
from dashboard.api.security import SecurityHeaders
from dashboard.center.services import Services
from dashboard.doors.application import CenterApi
from dashboard.doors.bodies import BodyDoor, BodyLimits
from dashboard.doors.connections import Connections
from dashboard.doors.encodings import EncodingDoor
from dashboard.doors.errors import LastResort, register_error_handlers
from dashboard.doors.hosts import AllowedHosts, HostDoor
from dashboard.doors.limits import limits_of
from dashboard.doors.protocol import CenterConfig
from dashboard.doors.proxies import ForwardedDoor, TrustedProxies
from dashboard.doors.serving import CenterServer
from dashboard.doors.streams import StreamPlaces
from dashboard.live.walls import Walls
from dashboard.map.basemap.serving import open_tiles
from dashboard.pages import field, remote
from dashboard.subjects import SUBJECTS

# The last word of an answer may take this long once the server was told to end.
SHUTDOWN_S = 2
# Higher levels cost several times the work for a few per cent.
_GZIP_LEVEL = 5
# Every address of the API that nothing before it answers.
_REST = "/api/{rest:path}"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


_PARTS = (
    incidents,
    steps,
    photos,
    desk,
    session,
    grids,
    kpis,
    frames,
    frame_cases,
    alerts,
    layers,
    basemap,
    exports,
    stream,
    walls,
)


def create_server(services: Services) -> FastAPI:
    """Build the server with the whole API; a page may be mounted on it afterwards.

    ``Dash(server=create_server(services), backend="fastapi")`` mounts one: its routes come after those of the API, and
    what surrounds requests here surrounds its requests too. The caller keeps the services and closes them.
    """
    api = CenterApi(
        title="Grid Command Center",
        version=services.version,
        summary="Incidents of a city's grids: in, through their life cycle, and out as numbers.",
        # The pages of FastAPI load their scripts from other hosts; the document is an address like the others.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    api.state.services = services
    api.state.walls = Walls(lambda: datetime.now(services.settings.zone))
    api.state.screen_keys = ScreenKeys(services.store)
    api.state.write_check = WriteCheck(services)
    api.state.basemap = open_tiles(services.settings)
    register_error_handlers(api)
    routers = [part.router for part in _PARTS] + [router for subject in SUBJECTS for router in subject.routers]
    for router in routers:
        api.include_router(
            router,
            prefix="/api/v1",
            dependencies=[Depends(screens_only_look), Depends(only_known_parameters)],
            responses=ALWAYS,
        )
    api.add_api_route(
        "/openapi.json", lambda: JSONResponse(api.openapi()), dependencies=[Depends(only_known_parameters)],
        include_in_schema=False,
    )  # fmt: skip
    api.include_router(health.router, dependencies=[Depends(only_known_parameters)], responses=EVERYWHERE)
    api.include_router(field.router)
    api.include_router(remote.router)
    # Without it the page's catch-all would answer a mistyped address of the API with a page.
    api.add_api_route(_REST, _nothing_here, methods=_METHODS, response_model=None, include_in_schema=False)
    api.add_middleware(ScreenDoor, keys=api.state.screen_keys)
    # Here too: a page of Dash would answer failures in a shape of its own, and write them nowhere.
    api.add_middleware(LastResort)
    limits = BodyLimits(*(subject.body_limits for subject in SUBJECTS))
    api.doors = [
        Middleware(ForwardedDoor, settings=services.settings),
        Middleware(SecurityHeaders, api=api),
        Middleware(GZipMiddleware, minimum_size=1000, compresslevel=_GZIP_LEVEL),
        Middleware(LastResort),
        Middleware(HostDoor, hosts=AllowedHosts.of(services.settings)),
        Middleware(BodyDoor, limit_of=limits),
        Middleware(EncodingDoor),
        Middleware(BodyDoor, limit_of=limits),
    ]
    _build_routes(api)
    return api


def _build_routes(api: FastAPI) -> None:
    """Ask every route once: FastAPI builds an included one when it is first asked, which nobody should wait for.

    It also silences a warning of pydantic while it does so, in a way that only one thread of a process may.
    """
    nowhere = _asked("GET", "/no-such-page")
    for route in api.routes:
        route.matches(nowhere)


def create_uvicorn(api: FastAPI, services: Services, *, log_level: str = "warning") -> uvicorn.Server:
    """Build the server process of `api`, on the host and port of the settings: `run()` it.

    It ends within `SHUTDOWN_S` seconds after SIGINT or SIGTERM, open streams or not.
    """
    limits = limits_of(services.settings)
    api.state.stream_places = StreamPlaces.of(limits)
    config = CenterConfig(
        api,
        book=Connections(limits),
        proxies=TrustedProxies(services.settings.trusted_proxies),
        host=services.settings.host,
        port=services.settings.port,
        log_level=log_level,
        access_log=False,
        server_header=False,
        # Who may say where a request came from is a setting of ours; see `ForwardedDoor`.
        proxy_headers=False,
        # No page opens a WebSocket.
        ws="none",
        timeout_keep_alive=services.settings.keep_alive_s,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )

    def end_streams() -> None:
        services.end_streams()
        api.state.walls.end()

    return CenterServer(config, end_streams)


@asynccontextmanager
async def _lifespan(api: FastAPI) -> AsyncIterator[None]:
    services: Services = api.state.services
    threads = [thread for subject in SUBJECTS for thread in subject.threads(services)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        # Each may take as long as its longest wait: together, and not on the event loop.
        await asyncio.gather(*(run_in_threadpool(thread.stop) for thread in threads))
    services.end_streams()
    connected: Walls = api.state.walls
    connected.end()
    if api.state.basemap is not None:
        api.state.basemap.close()


def _has(api: FastAPI, method: str, path: str) -> bool:
    asked = _asked(method, path)
    of_api = takewhile(lambda route: getattr(route, "path", None) != _REST, api.routes)
    return any(route.matches(asked)[0] is Match.FULL for route in of_api)


def _asked(method: str, path: str) -> Scope:
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}


def _nothing_here(request: Request) -> NoReturn:
    allowed = [method for method in _METHODS if _has(request.app, method, request.scope["path"])]
    if allowed:
        message = f"{request.method} is nothing that this address does: it takes {', '.join(allowed)}"
        raise HTTPException(405, message, headers={"Allow": ", ".join(allowed)})
    raise HTTPException(404, "the API has nothing at this address: /openapi.json lists what it has")
