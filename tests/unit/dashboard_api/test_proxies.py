"""Whose word counts for where a request came from."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from dashboard.doors.proxies import ForwardedDoor, TrustedProxies, client_of, network_of
from data.errors import SettingInvalid
from data.settings import Settings


def seen(peer: str, forwarded: str, proxies: tuple[str, ...] = (), proto: str = "https") -> tuple[str, str]:
    """Client and scheme as the application sees them."""
    found: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        found.append(scope)

    door = ForwardedDoor(app, Settings(home=Path("/nonexistent"), trusted_proxies=proxies))
    headers = [(b"x-forwarded-for", forwarded.encode()), (b"x-forwarded-proto", proto.encode())]
    scope = {"type": "http", "client": (peer, 1234), "scheme": "http", "headers": headers}
    asyncio.run(door(scope, None, None))  # type: ignore[arg-type]
    return found[0]["client"][0], found[0]["scheme"]


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "192.0.2.7"])
def test_nobody_is_believed_unless_named(peer: str) -> None:
    assert seen(peer, "203.0.113.9") == (peer, "http")
    assert seen(peer, "203.0.113.9", ("198.51.100.0/24",)) == (peer, "http")


def test_a_named_proxy_is_believed_as_far_as_it_saw_itself() -> None:
    named = ("127.0.0.1", "10.1.0.0/16")
    assert seen("127.0.0.1", "203.0.113.9", named) == ("203.0.113.9", "https")
    assert seen("::ffff:127.0.0.1", "203.0.113.9", named) == ("203.0.113.9", "https")
    # What stands before the first address that is no proxy of ours was written by the client.
    assert seen("127.0.0.1", "1.1.1.1, 203.0.113.9, 10.1.2.3", named)[0] == "203.0.113.9"
    assert seen("127.0.0.1", "203.0.113.9", named, proto="ftp")[1] == "http"


def test_addresses_of_one_network_are_one() -> None:
    assert network_of("203.0.113.9") == network_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::") == "2001:0db8:0001:0002::/64"
    assert network_of("::1") == "::1"
    assert len(network_of("x" * 5000)) == 100
    assert client_of({"client": None}) == ""


def test_proxies_are_addresses_or_networks() -> None:
    assert TrustedProxies(("10.1.0.0/16",)).has("10.1.9.9")
    assert not TrustedProxies(()).has("127.0.0.1")
    for wrong in ("localhost", "10.1.0.1/16", "300.1.1.1", "*", "10.1.0.0/99"):
        with pytest.raises(SettingInvalid, match="GRID_TRUSTED_PROXIES"):
            Settings.load({"GRID_TRUSTED_PROXIES": f"10.0.0.1, {wrong}"})


def test_hosts_are_names_without_more() -> None:
    text = "Grid.Example.ORG., *.city.example 10.1.2.3,[::1] 江阴.example"
    loaded = Settings.load({"GRID_ALLOWED_HOSTS": text})
    assert loaded.allowed_hosts == ("grid.example.org", "*.city.example", "10.1.2.3", "::1", "xn--9sw850g.example")
    for wrong in (
        "http://grid.example",
        "grid.example:8050",
        "grid.example/",
        "*.*.x",
        "a..b",
        "-a.b",
        "*a.b",
        "a_b!c",
    ):
        with pytest.raises(SettingInvalid, match="GRID_ALLOWED_HOSTS"):
            Settings.load({"GRID_ALLOWED_HOSTS": wrong})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRID_MAX_CONNECTIONS", "0"), ("GRID_MAX_CONNECTIONS", "1.5"), ("GRID_MAX_STREAMS", "many"),
        ("GRID_MAX_STREAMS_PER_ADDRESS", "-1"), ("GRID_MAX_CONNECTIONS_PER_ADDRESS", "inf"), ("PORT", "nan"),
        ("GRID_MIN_FREE_MB", "-1"), ("GRID_MIN_FREE_MB", "nan"), ("GRID_KEEP_ALIVE_S", "0"), ("GRID_DEMO_DAYS", "1.5"),
    ],
)  # fmt: skip
def test_numbers_that_cannot_be(name: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=name):
        Settings.load({name: value})
