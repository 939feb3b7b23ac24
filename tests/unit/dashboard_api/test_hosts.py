"""Which hosts are answered, and whose pages may change something."""

import asyncio
import json
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from dashboard.doors.hosts import AllowedHosts, Authority, HostDoor

OWN = AllowedHosts(("grid.example.org", "*.city.example", "10.9.9.9"), "127.0.0.1", "Center-1.lan")


def ask(
    headers: list[tuple[str, str]], method: str = "GET", version: str = "1.1", path: str = "/api/v1/x"
) -> tuple[int, str]:
    """Ask through the door; status, and the error's code or "" where it passed."""
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "query_string": b"", "http_version": version,
        "server": ("192.168.3.4", 8050),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }  # fmt: skip
    asyncio.run(HostDoor(PlainTextResponse("in"), OWN)(scope, receive, send))  # type: ignore[arg-type]
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], "" if body == b"in" else json.loads(body)["error"]["code"]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.0.0.1:8050", "127.8.9.1:1", "localhost", "LOCALHOST:8050", "localhost.", "a.localhost",
        "[::1]:8050", "[::1]", "[::ffff:127.0.0.1]", "center-1.lan:8050", "center-1", "center-1.local",
        # The address the connection came to, and what the setting lists.
        "192.168.3.4:8050", "grid.example.org", "Grid.Example.org.:443", "north.city.example", "a.b.city.example",
        "10.9.9.9:80",
    ],
)  # fmt: skip
def test_hosts_that_are_answered(host: str) -> None:
    assert ask([("host", host)]) == (200, "")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8050", "localhost.evil.example", "127.0.0.1.evil.example", "city.example",
        "xcity.example", "grid.example.org.evil", "203.0.113.5", "0.0.0.0:8050", "[::2]:8050", "", " ", "a b",
        "user@127.0.0.1", "127.0.0.1:8050:1", "127.0.0.1:x", "127.0.0.1:99999", "[::1", "[::1]x", "127.0.0.1/",
        "localhost#", "locälhost", "2130706433", "0x7f.1", "localhost%00",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_hosts_that_are_not(host: str, method: str) -> None:
    assert ask([("host", host)], method) == (421, "host_refused")


def test_a_request_names_its_host_once() -> None:
    assert ask([("host", "localhost"), ("host", "evil.example")]) == (400, "request_invalid")
    assert ask([]) == (400, "request_invalid")
    # Load balancers ask for the health of a server like this; a browser cannot.
    assert ask([], version="1.0", path="/healthz") == (200, "")
    assert ask([], version="1.1", path="/healthz") == (400, "request_invalid")
    assert ask([], version="1.0") == (400, "request_invalid")


def test_every_host_where_the_setting_says_so() -> None:
    everyone = AllowedHosts(("*",), "0.0.0.0", "center")  # noqa: S104
    assert everyone.has("anything.example")


def test_the_host_it_listens_on_is_its_own() -> None:
    assert AllowedHosts((), "0.0.0.0", "center").has("0.0.0.0")  # noqa: S104
    assert AllowedHosts((), "grid.internal", "center").has("grid.internal")
    assert not AllowedHosts((), "127.0.0.1", "center").has("grid.internal")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("127.0.0.1:8050", {"origin": "http://evil.example"}),
        ("127.0.0.1:8050", {"origin": "null"}),
        ("127.0.0.1:8050", {"origin": ""}),
        ("127.0.0.1:8050", {"origin": "http://127.0.0.1:3000"}),
        ("127.0.0.1:8050", {"origin": "http://localhost:8050"}),
        ("127.0.0.1:8050", {"origin": "http://127.0.0.1:8050/page"}),
        ("127.0.0.1:8050", {"origin": "file://"}),
        ("127.0.0.1:8050", {"origin": "chrome-extension://abcdef"}),
        ("127.0.0.1:8050", {"sec-fetch-site": "cross-site"}),
        ("127.0.0.1:8050", {"sec-fetch-site": "same-site"}),
        ("127.0.0.1:8050", {"sec-fetch-site": "nonsense"}),
        ("127.0.0.1:8050", {"origin": "http://evil.example", "sec-fetch-site": "same-origin"}),
        ("127.0.0.1:8050", {"origin": "http://127.0.0.1:8050", "sec-fetch-site": "cross-site"}),
        ("127.0.0.1:8050", {"origin": "https://grid.example.org:3000"}),
    ],
)
def test_pages_of_others_change_nothing(method: str, host: str, headers: dict[str, str]) -> None:
    assert ask([("host", host), *headers.items()], method) == (403, "origin_refused")
    assert ask([("host", host), *headers.items()], "GET") == (200, "")


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        # Devices and commands are no pages.
        ("127.0.0.1:8050", {}),
        ("127.0.0.1:8050", {"origin": "http://127.0.0.1:8050"}),
        ("127.0.0.1:8050", {"origin": "http://127.0.0.1:8050", "sec-fetch-site": "same-origin"}),
        ("127.0.0.1:8050", {"sec-fetch-site": "none"}),
        ("LOCALHOST", {"origin": "http://localhost"}),
        ("localhost:80", {"origin": "http://localhost"}),
        ("[::1]:8050", {"origin": "http://[::1]:8050"}),
        # A TLS proxy that passes the host on.
        ("grid.example.org", {"origin": "https://grid.example.org"}),
        ("grid.example.org:443", {"origin": "https://grid.example.org"}),
        # One that puts its own there: the setting names it, or the browser says that it is the same origin.
        ("127.0.0.1:8050", {"origin": "https://grid.example.org"}),
        ("127.0.0.1:8050", {"origin": "https://grid.example.org:8443", "sec-fetch-site": "same-origin"}),
    ],
)
def test_own_pages_and_devices_do(host: str, headers: dict[str, str]) -> None:
    assert ask([("host", host), *headers.items()], "POST") == (200, "")


def test_two_origins_are_both_looked_at() -> None:
    both = [("origin", "http://localhost"), ("origin", "http://evil.example")]
    assert ask([("host", "localhost"), *both], "POST") == (403, "origin_refused")


def test_addresses_of_this_machine_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from dashboard.doors import hosts

    class Trial:
        def __init__(self, *_kind: Any) -> None: ...
        def __enter__(self) -> "Trial":
            return self

        def __exit__(self, *_error: Any) -> None: ...
        def bind(self, place: tuple[str, int]) -> None:
            if place[0] not in ("10.5.5.5", "0.0.0.0", "224.0.0.1"):  # noqa: S104
                raise OSError(99, "Cannot assign requested address")

    monkeypatch.setattr(hosts.socket, "socket", Trial)
    hosts._is_of_this_machine.cache_clear()
    assert OWN.has("10.5.5.5")
    assert not any(OWN.has(other) for other in ("10.5.5.6", "0.0.0.0", "224.0.0.1", "::"))  # noqa: S104
    hosts._is_of_this_machine.cache_clear()


def test_an_address_is_one_however_it_is_written() -> None:
    assert Authority.read("[0:0:0:0:0:0:0:1]:80") == Authority("::1", 80)
    assert Authority.read("EXAMPLE.org.") == Authority("example.org", None)


def test_a_websocket_finds_no_door() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(HostDoor(PlainTextResponse("in"), OWN)({"type": "websocket", "headers": []}, receive, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}]
