"""What may reach Dash: requests of its own pages, and nothing that would only make it fail.

Dash answers junk with a traceback: a body that is no JSON, a callback nobody declared, a file of no package. Here such
a request is refused in the one shape of our errors, before Dash sees it, or in place of its exception.
"""

from typing import Any, Final

from dash import Dash
from dash.exceptions import DependencyException, PreventUpdate
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.doors.body import NotStorable, content_type, parse_object
from dashboard.doors.documents import AT_ONCE_BYTES
from dashboard.doors.errors import HTTP_CODES, error_answer

_JSON: Final = "application/json"


def guard(server: FastAPI, app: Dash) -> None:
    """Put the door around a Dash app, and give its passing exceptions the answer they stand for."""
    server.add_middleware(DashDoor, guarded=app)
    server.add_exception_handler(DependencyException, _on_no_file)
    server.add_exception_handler(PreventUpdate, _on_nothing_new)


class DashDoor:
    """ASGI middleware around one Dash app; add it after the app, so that it stands outside of it."""

    def __init__(self, app: ASGIApp, guarded: Dash) -> None:
        self.app = app
        self._guarded = guarded
        self._prefix: str = guarded.config.routes_pathname_prefix
        self._callbacks = f"{self._prefix}_dash-update-component"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what Dash can answer."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{self._prefix}_"):
            await self.app(scope, receive, send)
            return
        try:
            if scope["method"] == "POST" and scope["path"] == self._callbacks:
                receive = await self._checked(Request(scope, receive))
        except HTTPException as error:
            status = error.status_code if error.status_code in HTTP_CODES else 422
            await error_answer(status, HTTP_CODES[status], str(error.detail))(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _checked(self, request: Request) -> Receive:
        """Read the body, and give it to be read once more where it calls a callback of this page."""
        content_type(request, _JSON)
        raw = await request.body()
        reason = self._reason(raw) if len(raw) <= AT_ONCE_BYTES else await run_in_threadpool(self._reason, raw)
        if reason is not None:
            raise HTTPException(422, f"the request calls no callback of this page: {reason}")
        waiting: list[Message] = [{"type": "http.request", "body": raw, "more_body": False}]

        async def receive() -> Message:
            return waiting.pop() if waiting else await request.receive()

        return receive

    def _reason(self, raw: bytes) -> str | None:
        """Say why Dash could not answer it; None where it can."""
        try:
            called = parse_object(raw)
        except NotStorable as error:
            return error.sentence
        output = called.get("output")
        declared = self._guarded.callback_map.get(output) if isinstance(output, str) else None
        if not isinstance(output, str) or declared is None or "callback" not in declared:
            return f"output is {str(output)[:100]!r}, which no callback on the server writes"
        for name, least in (("inputs", declared["inputs"]), ("state", declared["state"])):
            reason = _misfit(name, called.get(name, []), least)
            if reason is not None:
                return reason
        changed = called.get("changedPropIds", [])
        if not _texts(changed):
            return "changedPropIds is no list of texts"
        return _output_misfit(output, called.get("outputs"))


def _misfit(name: str, sent: Any, declared: list[dict[str, Any]]) -> str | None:
    """Say where the values that were sent are not those a callback declares."""
    if not isinstance(sent, list) or len(sent) != len(declared):
        return f"{name} is no list of {len(declared)} values"
    for one, wanted in zip(sent, declared, strict=True):
        # A wildcard stands for a list of them.
        fixed = not str(wanted["id"]).startswith("{")
        places = one if isinstance(one, list) and not fixed else [one]
        if not all(_is_place(place) for place in places):
            return f"{name} is no list of an id and a property each"
        if fixed and any(place["property"] != wanted["property"] or place["id"] != wanted["id"] for place in places):
            return f"{name} does not hold {wanted['id']}.{wanted['property']}"
    return None


def _output_misfit(output: str, sent: Any) -> str | None:
    """Say where the outputs that were sent are not those a callback writes; `output` is how Dash names them all."""
    several = output.startswith("..") and output.endswith("..")
    wanted = output[2:-2].split("...") if several else [output]
    listed = sent if isinstance(sent, list) and several else [sent]
    if len(listed) != len(wanted):
        return f"outputs is no list of {len(wanted)} places"
    for one, name in zip(listed, wanted, strict=True):
        places = one if isinstance(one, list) else [one]
        if not places or not all(_is_place(place) for place in places):
            return "outputs is no list of an id and a property each"
        id_, _, property_ = name.rpartition(".")
        if any(place["property"] != property_ for place in places):
            return f"outputs does not hold {name}"
        if not id_.startswith("{") and (isinstance(one, list) or one["id"] != id_):
            return f"outputs does not hold {name}"
    return None


def _is_place(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("property"), str) and _is_id(value.get("id"))


def _is_id(value: Any) -> bool:
    """Whether a value names a component: a text, or a flat object of texts and numbers."""
    if isinstance(value, dict):
        return bool(value) and all(isinstance(part, str | int | float) for part in value.values())
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


async def _on_no_file(request: Request, _error: Exception) -> Response:
    return error_answer(404, HTTP_CODES[404], f"no page has the file {request.url.path[:200]!r}")


async def _on_nothing_new(_request: Request, _error: Exception) -> Response:
    return Response(status_code=204)
