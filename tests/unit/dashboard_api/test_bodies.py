"""How large a body each address takes: every one of them is declared, and kept to."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request

from dashboard.doors.bodies import BODY_LIMITS, SMALL_BYTES, BodyDoor, BodyLimits
from dashboard.doors.documents import AT_ONCE_BYTES, document
from dashboard.pages.overview.page import mount_page
from dashboard.server import create_server
from dashboard.subjects import SUBJECTS
from data.settings import Settings

BODIES = {"POST", "PUT", "PATCH"}


class Said(BaseModel):
    code: str


def addresses(routes: Any, prefix: str = "") -> Iterator[str]:
    """Addresses of all routes that take a body, those of included routers too."""
    for route in routes:
        if getattr(route, "methods", None) and set(route.methods) & BODIES:
            yield route.path
        included = getattr(route, "original_router", None)
        if included is not None:
            context = route.include_context
            for path in addresses(included.routes):
                yield f"{context.prefix}{path}"


LIMITED = {address for limits in (BODY_LIMITS, *(one.body_limits for one in SUBJECTS)) for address in limits}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Any:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    services = SimpleNamespace(settings=settings, version="1", store=None, has_edition=False)
    made = create_server(services)  # type: ignore[arg-type]
    mount_page(made, services)  # type: ignore[arg-type]
    return made


def test_every_address_that_takes_a_body_declares_its_limit(api: Any) -> None:
    taken = {path for path in addresses(api.routes) if path != "/api/{rest:path}"}
    assert taken == LIMITED


def test_the_document_names_the_same_addresses(api: Any) -> None:
    asked = {
        path
        for path, methods in api.openapi()["paths"].items()
        if any("requestBody" in method for method in methods.values())
    }
    assert asked == {path for path in LIMITED if path.startswith("/api/")}
    for path in asked:
        assert "413" in api.openapi()["paths"][path]["post"]["responses"], path


@pytest.mark.parametrize(
    ("path", "media_type", "limit"),
    [
        ("/api/v1/walls/pair", "application/json", 10_000),
        ("/api/v1/session", "application/json", 10_000),
        ("/api/v1/incidents", "application/json", 1_000_000),
        ("/api/v1/incidents", "application/x-ndjson; charset=utf-8", 64 << 20),
        ("/api/v1/incidents/12/events", "application/json", 64_000),
        ("/api/v1/incidents/12/photos", "image/jpeg", 64 << 20),
        ("/api/v1/incidents/1/2/photos", "image/jpeg", SMALL_BYTES),
        ("/api/v1/nothing", "application/json", SMALL_BYTES),
        ("/", "application/json", SMALL_BYTES),
        ("/wall/_dash-update-component", "", 1_000_000),
    ],
)
def test_limits_by_address_and_type(path: str, media_type: str, limit: int) -> None:
    scope = {"type": "http", "path": path, "headers": [(b"content-type", media_type.encode())]}
    assert BodyLimits()(scope) == limit


def pass_through(chunks: list[bytes], reader: Any, limit: int = 10) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": each, "more_body": True} for each in chunks]

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    asyncio.run(BodyDoor(reader, lambda _scope: limit)(scope, receive, send))
    return sent


def test_an_answer_that_has_begun_loses_its_client() -> None:
    seen: list[Any] = []

    async def stream(_scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        seen.extend([await receive(), await receive()])

    pass_through([b"12345", b"678901"], stream)
    assert [message["type"] for message in seen] == ["http.request", "http.disconnect"]


def test_a_body_that_grows_beyond_its_limit_names_it() -> None:
    async def whole(scope: Any, receive: Any, send: Any) -> None:
        await Request(scope, receive).body()

    with pytest.raises(HTTPException) as caught:
        pass_through([b"12345", b"678901"], whole)
    assert (caught.value.status_code, caught.value.values) == (413, {"limit_bytes": 10})  # type: ignore[attr-defined]


def read(raw: bytes, kind: str = "application/json") -> Said:
    async def receive() -> Any:
        return {"type": "http.request", "body": raw, "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", kind.encode())]}
    return asyncio.run(document(Request(scope, receive), Said))


def test_a_small_document_is_read() -> None:
    assert read(b'{"code": "1"}').code == "1"


def test_a_longer_one_is_read_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    from dashboard.doors import documents

    in_threads: list[int] = []

    async def noticed(work: Any, raw: bytes, model: Any) -> Any:
        in_threads.append(len(raw))
        return work(raw, model)

    monkeypatch.setattr(documents, "run_in_threadpool", noticed)
    long = json.dumps({"code": "x" * AT_ONCE_BYTES}).encode()
    assert len(read(long).code) == AT_ONCE_BYTES
    assert read(b'{"code": "1"}').code == "1"
    assert in_threads == [len(long)]


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", ""), (b"[1]", ""), (b"null", ""), (b"{", ""), (b"[" * 9_000, ""), (b'{"code": ' + b"[" * 9_000, ""),
        (b'{"code": NaN}', ""), (b'{"code": 1e999}', ""), (b'{"code": ' + b"9" * 9_000 + b"}", ""), (b"\xff", ""),
        (b'{"code": "\\u0000"}', "code"), (b'{"code": "\\ud800"}', "code"), (b"{}", "code"), (b'{"code": 5}', "code"),
    ],
)  # fmt: skip
def test_what_is_no_such_document_is_refused_by_name(raw: bytes, field: str) -> None:
    from fastapi.exceptions import RequestValidationError

    with pytest.raises(RequestValidationError) as caught:
        read(raw)
    assert caught.value.errors()[0]["loc"] == (("body", field) if field else ("body",))


def test_a_document_says_that_it_is_json() -> None:
    with pytest.raises(HTTPException) as caught:
        read(b'{"code": "1"}', "text/plain")
    assert caught.value.status_code == 415


def test_nobody_declares_a_limit_elsewhere() -> None:
    """One place: the numbers of other modules follow from it, or are about lines."""
    folder = Path(__file__).parents[3] / "dashboard"
    others = [path for path in folder.rglob("*.py") if "BODY_LIMIT" in path.read_text(encoding="utf-8")]
    assert [path.name for path in others] == ["bodies.py"]
