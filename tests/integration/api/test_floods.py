"""Connections that come in floods, or never finish: real sockets, with limits small enough to be reached."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.center.services import Services, services_on
from dashboard.doors import protocol
from dashboard.doors.seldom import Seldom
from tests.integration.api.conftest import Served, free_settings

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = (
    b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 999\r\n\r\n{"
)
LIMIT = 24


@pytest.fixture(scope="module")
def small(module_store: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server without a city that holds few connections."""
    settings = free_settings(tmp_path_factory.mktemp("home"))
    settings = replace(settings, max_connections=LIMIT, max_connections_per_address=LIMIT)
    services: Services = services_on(module_store, settings)
    running = Served(services).start()
    yield running
    running.close()
    services.close()


@pytest.fixture
def dial(small: Served) -> Iterator[Callable[..., socket.socket]]:
    opened: list[socket.socket] = []

    def dial(first: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
        line = socket.create_connection(("127.0.0.1", small.services.settings.port), 10, (source, 0))
        opened.append(line)
        if first:
            line.sendall(first)
        return line

    yield dial
    for line in opened:
        line.close()


def received(line: socket.socket, seconds: float = 10.0) -> bytes:
    """What comes until the other end closes."""
    line.settimeout(seconds)
    whole = b""
    try:
        while part := line.recv(65536):
            whole += part
    except ConnectionError:
        pass
    return whole


def is_open(line: socket.socket) -> bool:
    """Whether the server has not closed it; nothing was sent to it."""
    line.setblocking(False)
    try:
        return line.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


def healthy(small: Served, source: str = "127.0.0.1") -> int:
    transport = httpx.HTTPTransport(local_address=source)
    with httpx.Client(base_url=small.url, timeout=10, transport=transport) as client:
        return client.get("/healthz").status_code


def test_an_idle_flood_keeps_nobody_out(
    small: Served,
    dial: Callable[..., socket.socket],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Another test of this module may have been told within the minute.
    book = small.server.config.book  # type: ignore[attr-defined]
    monkeypatch.setattr(book, "_warn", Seldom(logging.getLogger("dashboard.doors.connections")).warning)
    flood = [dial() for _ in range(4 * LIMIT)]
    assert healthy(small) == 200
    assert healthy(small, "127.0.0.2") == 200
    small.until(lambda: sum(is_open(line) for line in flood) <= LIMIT)
    assert "connections, the most of one address (GRID_MAX_CONNECTIONS_PER_ADDRESS)" in caplog.text
    assert len(caplog.records) <= 3


def test_a_flood_of_one_address_leaves_those_of_another(small: Served, dial: Callable[..., socket.socket]) -> None:
    first = dial(GET, "127.0.0.3")
    first.settimeout(10)
    for flood in (3 * LIMIT, 0):
        whole = b""
        while not whole.endswith(b'{"status":"ok"}'):
            part = first.recv(65536)
            assert part, "it was closed"
            whole += part
        for _ in range(flood):
            dial()
        first.sendall(GET)


def test_half_sent_requests_give_way_too(small: Served, dial: Callable[..., socket.socket]) -> None:
    heads = [dial(b"GET / HTTP/1.1\r\nHost: loc") for _ in range(LIMIT)]
    bodies = [dial(POST) for _ in range(LIMIT)]
    assert healthy(small) == 200
    small.until(lambda: sum(is_open(line) for line in (*heads, *bodies)) <= LIMIT)
    assert small.server.config.book.of("127.0.0.1") <= LIMIT  # type: ignore[attr-defined]


def test_dribbled_heads_and_bodies_are_cut_off(
    small: Served, dial: Callable[..., socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("HEAD_S", 0.5), ("BODY_S", 0.5), ("BODY_BYTES_PER_S", 1_000_000)):
        monkeypatch.setattr(protocol, name, value)
    begun = [
        b"", b"GET / HTTP/1.1\r\n", b"\r\n", GET + b"GET / HTTP/1.1\r\nX: ",
        POST,
        b"POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n",
    ]  # fmt: skip
    lines = [dial(first) for first in begun]
    stop = threading.Event()

    def dribble() -> None:
        while not stop.wait(0.1):
            for line, first in zip(lines, begun, strict=True):
                with suppress(OSError):
                    line.sendall(b"\r" if first == b"\r\n" else b"a")

    thread = threading.Thread(target=dribble)
    thread.start()
    try:
        small.until(lambda: len(small.server.config.book) == 0)  # type: ignore[attr-defined]
    finally:
        stop.set()
        thread.join()
    monkeypatch.undo()
    assert healthy(small) == 200


def test_a_body_that_was_refused_early_is_read_to_its_end(small: Served, dial: Callable[..., socket.socket]) -> None:
    line = dial(b"POST /api/v1/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n")
    line.settimeout(10)
    assert line.recv(12) == b"HTTP/1.1 404"
    for _ in range(5):
        time.sleep(0.02)
        line.sendall(b"x")
    line.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert received(line).endswith(b'{"status":"ok"}')


def test_a_client_that_wants_the_connection_closed_learns_why_its_body_was_refused(
    small: Served, dial: Callable[..., socket.socket]
) -> None:
    """Closed at once, with bytes of the body unread, the connection would break before the answer is read."""
    head = b"POST /api/v1/walls/pair HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += b"Content-Type: application/json\r\nContent-Length: 3000000\r\n\r\n"
    line = dial(head)
    time.sleep(0.2)  # The answer is there, and the body is sent all the same, as most clients do.
    line.sendall(b" " * 3_000_000)
    answer = received(line)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"body_too_large" in answer
    assert not is_open(line)


def test_a_client_that_takes_nothing_is_let_go(small: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "STALL_S", 0.5)
    book = small.server.config.book  # type: ignore[attr-defined]
    with closing(socket.socket()) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", small.services.settings.port))
        line.setblocking(False)
        ask = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 500
        small.until(lambda: len(book) > 0)

        def pour() -> bool:
            """Ask for more, and read nothing of it."""
            with suppress(BlockingIOError, ConnectionError):
                line.send(ask)
            return len(book) == 0

        small.until(pour)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000, b"431"),
        (b"GET /" + b"a" * 200_000, b"431"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 300 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"X-Long: " + b"a" * 70_000 + b"\r\n\r\n", b"431"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00", b"400"),
        (b"GET http:// HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
        (b"GET /healthz HTTP/1.0\r\n\r\n", b"200"),
        (b"GET / HTTP/1.0\r\n\r\n", b"400"),
        (b"GET /\r\n\r\n", b"400"),
        (b"GET /healthz\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/0.9\r\nHost: localhost\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n", b"400"),
        (b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
    ],
)
def test_heads_that_are_none(small: Served, dial: Callable[..., socket.socket], sent: bytes, status: bytes) -> None:
    line = dial()
    with suppress(ConnectionError):
        line.sendall(sent)
    line.settimeout(10)
    assert line.recv(12) == b"HTTP/1.1 " + status


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 5_000_000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"a" * 5_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"431"),
        (b"\x16\x03\x01\x02\x00" + b"a" * 5_000_000, b"400"),
    ],
)
def test_a_client_learns_why_its_head_was_refused(
    small: Served, dial: Callable[..., socket.socket], sent: bytes, status: bytes
) -> None:
    """Closed at once, with bytes of the head unread, the connection would break while they are sent."""
    line = dial()
    line.sendall(sent)
    answer = received(line)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert answer.endswith((b"too large.", b"received."))
    book = small.server.config.book  # type: ignore[attr-defined]
    line.close()
    small.until(lambda: len(book) == 0)


def test_what_follows_a_refused_head_is_read_for_a_while_only(
    small: Served, dial: Callable[..., socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.5)
    line = dial(b"nonsense\r\n\r\n")
    assert received(line).startswith(b"HTTP/1.1 400")
    book = small.server.config.book  # type: ignore[attr-defined]
    small.until(lambda: len(book) == 0)
    monkeypatch.setattr(protocol, "REFUSED_BYTES", 100_000)
    line = dial()

    def pour() -> None:
        for _ in range(1_000):
            line.sendall(b"\0" * 100_000)

    with pytest.raises(ConnectionError):
        pour()


def test_an_upgrade_is_answered_as_a_request(small: Served, dial: Callable[..., socket.socket]) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    line = dial(head + b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
    line.settimeout(10)
    assert line.recv(12) == b"HTTP/1.1 200"


def test_where_every_connection_works_health_is_answered_and_the_rest_refused_by_name(
    small: Served, dial: Callable[..., socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    book = small.server.config.book  # type: ignore[attr-defined]
    monkeypatch.setattr(book, "_give_way", lambda _network: False)
    for _ in range(LIMIT):
        dial()
    small.until(lambda: len(book) >= LIMIT)
    refused = dial(b"GET /api/v1/grids HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = received(refused)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503")
    assert json.loads(body)["error"]["code"] == "server_full"
    assert b"retry-after: 5" in head.lower()
    assert healthy(small) == 200


def test_the_limit_of_streams_is_their_own(services: Services, serve: Callable[..., Served]) -> None:
    settings = replace(services.settings, max_streams=3, max_streams_per_address=2)
    served = serve(replace(services, settings=settings))
    with (
        served.client.stream("GET", "/api/v1/stream") as one,
        served.client.stream("GET", "/api/v1/walls/control") as two,
    ):
        assert (one.status_code, two.status_code) == (200, 200)
        third = served.client.get("/api/v1/stream")
        assert (third.status_code, served.error(third)["code"]) == (503, "streams_full")
        assert third.headers["retry-after"] == "30"
        assert served.client.get("/api/v1/grids").status_code == 200
    served.until(lambda: len(served.server.config.app.state.stream_places) == 0)  # type: ignore[union-attr]
    with served.client.stream("GET", "/api/v1/stream") as again:
        assert again.status_code == 200


def test_descriptors_that_run_short_are_said(
    small: Served,
    dial: Callable[..., socket.socket],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    from dashboard.doors import serving

    caplog.set_level(logging.WARNING)
    lines = [dial() for _ in range(5)]
    monkeypatch.setattr(serving, "free_descriptors", lambda: 3)
    small.until(lambda: not any(is_open(line) for line in lines))
    assert "the process may open only 3 more files" in caplog.text
