"""The one table from error to HTTP status, and the one form of error responses.

Every error response is ``{"error": {"code", "message", "values"}}``. The text for a screen is in the catalogue under
``error.<code>``; `codes` lists every code that can appear. Subjects declare theirs.
"""

import logging
import math
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data import errors as data_errors
from geo import errors as geo_errors
from geo.errors import CommandCenterError

log = logging.getLogger(__name__)


class ErrorBody(BaseModel):
    """What went wrong: a code (key of the screen's text), a sentence, and the facts by name."""

    code: str
    message: str
    values: dict[str, Any]


class ErrorDocument(BaseModel):
    """Every answer that is not a success."""

    error: ErrorBody


STATUS: dict[type[CommandCenterError], int] = {
    CommandCenterError: 500,
    # The request is invalid.
    geo_errors.CoordinatesInvalid: 422,
    geo_errors.CoordinateSystemUnknown: 422,
    geo_errors.GridsUnreadable: 422,
    geo_errors.GridsInvalid: 422,
    geo_errors.GridUnknown: 422,
    data_errors.ReportInvalid: 422,
    data_errors.FeedUnreadable: 422,
    data_errors.MappingInvalid: 422,
    data_errors.StepInvalid: 422,
    data_errors.StepOutOfOrder: 422,
    data_errors.QueryInvalid: 422,
    data_errors.EditionUnknown: 422,
    data_errors.RegisterInvalid: 422,
    data_errors.PersonUnknown: 422,
    data_errors.UnitUnknown: 422,
    data_errors.PhotoInvalid: 422,
    # The client is not identified.
    data_errors.ScreenKeyUnknown: 401,
    # The request is valid, but not possible here or now.
    data_errors.IncidentUnknown: 404,
    data_errors.AlertUnknown: 404,
    data_errors.WallUnknown: 404,
    data_errors.AlertAcknowledged: 409,
    data_errors.StepIllegal: 409,
    data_errors.StepOvertaken: 409,
    data_errors.WallAway: 409,
    data_errors.StepForbidden: 403,
    data_errors.SessionEnded: 403,
    data_errors.TooManyRequests: 429,
    # The host or the origin is not allowed.
    data_errors.HostRefused: 421,
    data_errors.OriginRefused: 403,
    # The server is temporarily unable to respond.
    data_errors.DatabaseUnavailable: 503,
    data_errors.DatabaseBusy: 503,
    data_errors.EmbeddedServerFailed: 503,
    data_errors.NoEdition: 503,
    data_errors.ServerFull: 503,
    data_errors.StreamsFull: 503,
    data_errors.StorageFull: 503,
    # The fault is on the server.
    data_errors.SettingInvalid: 500,
    data_errors.LogBroken: 500,
}

# They come in floods; the code that raises them logs one line a minute.
_LOGGED_ELSEWHERE = (data_errors.ServerFull, data_errors.StreamsFull)

# Errors of HTTP itself, without an error class of ours.
HTTP_CODES: dict[int, str] = {
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "content_type_unsupported",
    422: "request_invalid",
}


def declare(errors: Mapping[type[CommandCenterError], int]) -> None:
    """Add the errors of a subject to the table.

    Raises
    ------
    ValueError
        One of them has a status already.
    """
    for kind, status in errors.items():
        if STATUS.get(kind, status) != status:
            raise ValueError(f"{kind.__name__} has the status {STATUS[kind]} already, not {status}")
        STATUS[kind] = status


def codes() -> frozenset[str]:
    """Return every code that can appear in a response."""
    return frozenset({kind.code for kind in STATUS} | set(HTTP_CODES.values()))


# Limit of the values that are echoed to the client.
ECHO_LIMIT = 200
RETRY_AFTER_S = 2


def status_of(error: CommandCenterError) -> int:
    """Return the HTTP status of an error, by its class or the nearest base class in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def plain(value: Any) -> Any:
    """Convert any value to strict JSON: short, finite, encodable; `None` stays `None`."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in list(value)[:ECHO_LIMIT]]
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= ECHO_LIMIT else f"{text[:ECHO_LIMIT]}… ({len(text)} characters)"


def error_document(code: str, message: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Build the document of an error; long values are truncated, others converted to plain JSON."""
    text = message.encode("utf-8", "replace").decode("utf-8")
    short = text if len(text) <= 5 * ECHO_LIMIT else f"{text[: 5 * ECHO_LIMIT]}…"
    return {"error": {"code": code, "message": short, "values": plain(values or {})}}


def error_answer(
    status: int,
    code: str,
    message: str,
    values: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Build an error response; for a temporary fault (503) it says when to try again."""
    more = dict(headers or {})
    if status == 503:
        more.setdefault("Retry-After", str(RETRY_AFTER_S))
    more["Cache-Control"] = "no-store"
    return JSONResponse(error_document(code, message, values), status_code=status, headers=more)


def register_error_handlers(api: FastAPI) -> None:
    """Give all error responses of `api` the same form."""
    api.add_exception_handler(CommandCenterError, _on_ours)
    api.add_exception_handler(RequestValidationError, _on_validation)
    api.add_exception_handler(HTTPException, _on_http)
    api.add_exception_handler(ClientDisconnect, _on_gone)


class LastResort:
    """ASGI middleware for unexpected errors: they are logged with an id, and the client gets only that id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; respond in place of a failure, unless the response has begun."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def send_noticed(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_noticed)
        except Exception as error:  # the outermost door: told, not swallowed
            number = secrets.token_hex(6)
            log.error("%s %s failed, error id %s", scope["method"], scope["path"], number, exc_info=error)
            if begun:
                # Abort, so that the client does not mistake a partial response for a complete one.
                raise
            message = f"the server failed to answer; its log has the reason under the id {number}"
            answer = error_answer(500, CommandCenterError.code, message, {"id": number})
            await answer(scope, receive, send)


def answer_of(error: CommandCenterError) -> JSONResponse:
    """Build the response to an error of ours, with the status from the table."""
    headers = {"Retry-After": str(error.values["retry_after_s"])} if "retry_after_s" in error.values else None
    return error_answer(status_of(error), error.code, error.message, error.values, headers)


async def _on_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, CommandCenterError)  # noqa: S101 - tells mypy what the registration guarantees
    if status_of(error) >= 500 and not isinstance(error, _LOGGED_ELSEWHERE):
        log.error("%s %s: %s %s", request.method, request.url.path, error.code, error.message)
    return answer_of(error)


async def _on_validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - tells mypy what the registration guarantees
    return validation_answer(error.errors())


def validation_answer(found: Sequence[Mapping[str, Any]]) -> JSONResponse:
    """Convert the findings of pydantic to our form: the first as field, value and reason, all of them in a list."""
    listed = [
        {"field": ".".join(str(part) for part in item["loc"][1:]), "value": item.get("input"), "reason": item["msg"]}
        for item in found
    ]
    first = listed[0]
    named = first["field"] or "the body"
    message = f"{named} is {plain(first['value'])!r}: {first['reason']}"
    if "input" not in found[0]:
        message = f"{named} {first['reason']}"
    return error_answer(422, HTTP_CODES[422], message, {**first, "errors": listed})


async def _on_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - tells mypy what the registration guarantees
    code = HTTP_CODES.get(error.status_code, CommandCenterError.code)
    values: Mapping[str, Any] | None = getattr(error, "values", None)
    return error_answer(error.status_code, code, str(error.detail), values, error.headers)


async def _on_gone(request: Request, _error: Exception) -> Response:
    log.info("%s %s: the client went away while it was sending", request.method, request.url.path)
    return Response(status_code=400)
