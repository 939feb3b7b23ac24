"""Small JSON documents in: read strictly, checked against a model, off the event loop where that takes time."""

from typing import Any, Final, TypeVar

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from dashboard.doors.body import NotStorable, content_type, parse_object
from dashboard.doors.errors import ErrorDocument

JSON: Final = "application/json"
# Reading less than this costs less than handing it to a thread.
AT_ONCE_BYTES: Final = 4_000

Document = TypeVar("Document", bound=BaseModel)


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """Describe the body of a route that reads it by `document`; for `openapi_extra`."""
    return {"requestBody": {"required": True, "content": {JSON: {"schema": model.model_json_schema()}}}}


# What every such route may answer beside its own.
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    413: {"model": ErrorDocument, "description": "The body is longer than this address takes"},
    415: {"model": ErrorDocument},
    422: {"model": ErrorDocument},
}


async def document(request: Request, model: type[Document]) -> Document:
    """Read the body of a request.

    Raises
    ------
    HTTPException
        415 where it is not said to be JSON, 413 where it is longer than the address takes.
    RequestValidationError
        It is no JSON object, or not such a document.
    """
    content_type(request, JSON)
    raw = await request.body()
    if len(raw) <= AT_ONCE_BYTES:
        return _read(raw, model)
    return await run_in_threadpool(_read, raw, model)


def _read(raw: bytes, model: type[Document]) -> Document:
    try:
        return model.model_validate(parse_object(raw))
    except NotStorable as error:
        found = {"loc": ("body", *([error.field] if error.field else [])), "msg": error.reason}
        found |= {} if error.value is None else {"input": error.value}
        raise RequestValidationError([found]) from error
    except ValidationError as error:
        listed = error.errors(include_url=False, include_context=False)
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in listed]) from error
