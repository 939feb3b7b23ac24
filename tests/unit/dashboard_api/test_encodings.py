"""Compressed bodies arrive as they were, or are refused; none unpacks without end."""

import gzip
import json
import zlib
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from dashboard.doors.bodies import BodyDoor
from dashboard.doors.encodings import EncodingDoor
from tests.unit.dashboard_api.test_security import ask

TEXT = b"".join(b'{"line": %d}\n' % number for number in range(20_000))


def packed_gzip(body: bytes) -> bytes:
    """Without the time of packing: tests have the same names in every process."""
    return gzip.compress(body, mtime=0)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    assert request.headers.get("content-encoding", "identity") == "identity"
    body = await request.body()
    await PlainTextResponse(f"{len(body)} {zlib.crc32(body)}")(scope, receive, send)


def sent(
    body: bytes, encoding: str | None, *, size: int = 1_000, app: Any = echo
) -> tuple[int, bytes, dict[bytes, bytes]]:
    chunks = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    headers = {} if encoding is None else {"Content-Encoding": encoding}
    start, answer, *_ = ask(EncodingDoor(app), chunks, headers)
    return start["status"], answer["body"], dict(start["headers"])


@pytest.mark.parametrize("size", [1, 1_000, 10_000_000])
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        (None, TEXT[:5_000]),
        ("identity", TEXT[:5_000]),
        ("gzip", packed_gzip(TEXT)),
        ("GZIP", packed_gzip(TEXT)),
        ("x-gzip", packed_gzip(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("gzip", packed_gzip(TEXT[:100_000]) + packed_gzip(TEXT[100_000:])),
        ("gzip", packed_gzip(b"x" * 65_536 * 3)),
        ("gzip", packed_gzip(b"")),
        ("gzip", b""),
    ],
)
def test_a_body_comes_through(encoding: str | None, packed: bytes, size: int) -> None:
    whole = packed
    if packed and encoding not in (None, "identity"):
        whole = gzip.decompress(packed) if packed.startswith(b"\x1f\x8b") else zlib.decompress(packed)
    status, answer, _ = sent(packed, encoding, size=size)
    assert (status, answer) == (200, f"{len(whole)} {zlib.crc32(whole)}".encode())


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip, br", "compress", "x" * 5_000])
def test_other_encodings_are_refused_by_name(encoding: str) -> None:
    status, answer, headers = sent(b"whatever", encoding)
    error = json.loads(answer)["error"]
    assert (status, error["code"], headers[b"accept-encoding"]) == (415, "content_type_unsupported", b"gzip, deflate")
    assert error["values"] == {"content_encoding": encoding[:100], "accepted": ["gzip", "deflate"]}


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (b'{"plain": 1}', "is not gzip"),
        (packed_gzip(TEXT)[:-9], "ends in the middle"),
        (packed_gzip(TEXT)[:-8] + b"\0" * 8, "is not gzip"),
        (packed_gzip(TEXT) + b"trailing", "is not gzip"),
        (b"\x1f\x8b", "ends in the middle"),
    ],
)
def test_a_broken_body_is_refused(packed: bytes, reason: str) -> None:
    with pytest.raises(HTTPException, match=reason) as caught:
        sent(packed, "gzip")
    assert caught.value.status_code == 422


def test_what_unpacks_beyond_the_limit_is_not_unpacked_to_its_end() -> None:
    bomb = packed_gzip(b"\0" * 50_000_000)
    unpacked = 0

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        async def counted() -> Any:
            nonlocal unpacked
            message = await receive()
            unpacked += len(message.get("body", b""))
            return message

        await BodyDoor(echo, lambda _scope: 100_000)(scope, counted, send)

    with pytest.raises(HTTPException) as caught:
        sent(bomb, "gzip", app=counting, size=len(bomb))
    assert caught.value.status_code == 413
    assert unpacked < 200_000
