import asyncio
import json
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from dashboard.api.security import content_security_policy
from dashboard.doors.bodies import BodyDoor
from dashboard.doors.errors import LastResort


async def reader(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


def ask(app: Any, chunks: list[bytes], headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Send a request to an ASGI app; returns the messages of its answer."""
    sent: list[dict[str, Any]] = []
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": at < len(chunks) - 1} for at, chunk in enumerate(chunks)
    ]

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": raw, "query_string": b""}
    asyncio.run(app(scope, receive, send))
    return sent


def test_a_body_within_the_limit_passes() -> None:
    sent = ask(BodyDoor(reader, lambda _scope: 10), [b"12345", b"67890"])
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"10")


def test_a_body_that_grows_beyond_the_limit_is_cut_off() -> None:
    with pytest.raises(HTTPException) as caught:
        ask(BodyDoor(reader, lambda _scope: 10), [b"12345", b"678901"])
    assert caught.value.status_code == 413


@pytest.mark.parametrize("declared", ["11", "999999999999999999999"])
def test_a_body_that_says_it_is_beyond_the_limit_is_not_read(declared: str) -> None:
    sent = ask(BodyDoor(reader, lambda _scope: 10), [], {"Content-Length": declared})
    assert sent[0]["status"] == 413
    assert json.loads(sent[1]["body"])["error"]["code"] == "body_too_large"


def test_a_failure_is_told_by_its_id_only(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(*_args: Any) -> None:
        raise RuntimeError("the password is 1234")

    sent = ask(LastResort(broken), [b""])
    error = json.loads(sent[1]["body"])["error"]
    assert (sent[0]["status"], error["code"]) == (500, "internal")
    assert "password" not in json.dumps(error)
    assert error["values"]["id"] in caplog.text
    assert "the password is 1234" in caplog.text


def test_a_failure_in_mid_answer_cuts_it_off() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        ask(LastResort(broken), [b""])


def test_the_policy_names_no_other_host() -> None:
    policy = content_security_policy(["'sha256-abc'"])
    assert "script-src 'self' 'sha256-abc';" in policy
    assert "http" not in policy
    assert "*" not in policy
