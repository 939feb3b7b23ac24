"""The answer of the stream, against an ASGI server that does as it is told."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.live import event_stream
from dashboard.live.event_stream import EventStream
from dashboard.live.hub import Picture, Pulse, StreamHub
from data.access.scope import Scope
from data.stats.picture.key import PictureKey
from tests.unit.dashboard_api.answered import Client

KEY = PictureKey(None, 1, "open", Scope.city(2))


def run(test: Callable[[StreamHub, Client, "asyncio.Task[None]"], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        hub = StreamHub(
            lambda _key: Picture(1, {"value": 1}, {"values": [1]}),
            lambda: Pulse(1, datetime.now(UTC)),
            {"version": "1"},
        )
        client = Client()
        answer = asyncio.create_task(EventStream(hub, KEY)({"type": "http"}, client.receive, client.send))
        try:
            await client.until(b"event: map")
            assert hub.connected == 1
            await test(hub, client, answer)
            await asyncio.wait_for(answer, 5)
            assert hub.connected == 0
        finally:
            hub.close()

    asyncio.run(whole())


def test_head_and_order_of_the_messages() -> None:
    async def test(hub: StreamHub, client: Client, answer: Any) -> None:
        head, *bodies = client.sent
        names = {name for name, _ in head["headers"]}
        assert head["status"] == 200
        assert b"content-length" not in names
        assert all(body["more_body"] for body in bodies)
        text = b"".join(body["body"] for body in bodies).decode()
        events = [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")]
        assert text.startswith("retry: ")
        assert (events[0], set(events)) == ("hello", {"hello", "frame", "map", "beat"})
        client.gone.set()

    run(test)


def test_it_ends_when_the_client_goes_away() -> None:
    async def test(hub: StreamHub, client: Client, answer: Any) -> None:
        client.gone.set()

    run(test)


def test_it_is_finished_properly_when_the_hub_closes() -> None:
    async def test(hub: StreamHub, client: Client, answer: Any) -> None:
        hub.close()
        await asyncio.wait_for(answer, 5)
        assert client.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}

    run(test)


def test_a_client_that_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "GRACE_S", 0.05)

    async def test(hub: StreamHub, client: Client, answer: Any) -> None:
        client.reads.clear()
        hub.close()

    run(test)
