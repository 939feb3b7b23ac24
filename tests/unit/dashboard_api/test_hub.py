import asyncio
import json
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.live.hub import Picture, Pulse, StreamHub, Subscription, encode, unticked
from data.access.scope import Scope
from data.errors import DatabaseUnavailable
from data.stats.picture.key import PictureKey

NOW = datetime(2026, 11, 22, 7, 36, 19, tzinfo=UTC)
CITY = PictureKey(None, 3, "open_per_km2", Scope.city(10))
TOWN = PictureKey("1:320281104", 3, "open_per_km2", Scope.city(10))


class FakeCity:
    """A frame maker whose numbers change only when told so."""

    def __init__(self) -> None:
        self.value = 1
        self.now = NOW
        self.data_at: datetime | None = NOW
        self.calls: list[PictureKey] = []
        self.threads: set[int] = set()
        self.error: Exception | None = None

    def make(self, key: PictureKey) -> Picture:
        self.calls.append(key)
        self.threads.add(threading.get_ident())
        if self.error is not None:
            raise self.error
        # The moment ticks at every call, as in life.
        frame = {"moment": str(len(self.calls)), "within": key.within, "value": self.value}
        return Picture(self.value, frame, {"values": [self.value, None]})

    def pulse(self) -> Pulse:
        return Pulse(self.value, self.data_at)


def parse(message: bytes) -> tuple[str, int, dict[str, Any]]:
    fields = dict(line.split(": ", 1) for line in message.decode().strip().split("\n"))
    return fields["event"], int(fields["id"]), json.loads(fields["data"])


async def events(subscription: Subscription, *wanted: str) -> dict[str, tuple[int, dict[str, Any]]]:
    """Take messages until every wanted kind has been seen."""
    seen: dict[str, tuple[int, dict[str, Any]]] = {}
    while not set(wanted) <= set(seen):
        taken = await asyncio.wait_for(subscription.receive(), 5)
        assert taken, "the stream ended before all was seen"
        for event, seq, document in map(parse, taken):
            seen[event] = (seq, document)
    return seen


def run(test: Callable[[FakeCity, StreamHub], Coroutine[Any, Any, None]], **rhythm: float) -> None:
    async def whole() -> None:
        city = FakeCity()
        times = {"frame_every_s": 0.01, "idle_every_s": 0.01, "map_every_s": 0.0, "beat_every_s": 0.02, **rhythm}
        hub = StreamHub(city.make, city.pulse, {"version": "1"}, now=lambda: city.now, **times)
        try:
            await test(city, hub)
        finally:
            hub.close()

    asyncio.run(whole())


def test_a_new_client_gets_hello_frame_map_and_beat() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        seen = await events(hub.subscribe(CITY), "hello", "frame", "map", "beat")
        assert seen["hello"] == (1, {"version": "1"})
        assert seen["frame"][1]["value"] == 1
        assert seen["map"] == (1, {"values": [1, None]})

    run(test)


def test_one_computation_serves_all_who_look_at_the_same() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        clients = [hub.subscribe(CITY) for _ in range(50)]
        for client in clients:
            await events(client, "frame", "map")
        assert (len(city.calls), hub.pictures, hub.connected) == (1, 1, 50)
        # A late comer needs no computation either: the latest is there at once.
        late = hub.subscribe(CITY)
        first = [parse(message)[0] for message in await late.receive()]
        assert first == ["hello", "frame", "map", "beat"]
        assert len(city.calls) == 1

    run(test, frame_every_s=60)


def test_pictures_are_made_off_the_event_loop() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        await events(hub.subscribe(CITY), "frame")
        assert threading.get_ident() not in city.threads

    run(test)


def test_distinct_keys_get_distinct_pictures() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        other_rights = PictureKey(None, 3, "open_per_km2", Scope.of([(0, 3)], "screen"))
        clients = {key: hub.subscribe(key) for key in (CITY, TOWN, other_rights)}
        for key, client in clients.items():
            seen = await events(client, "frame")
            assert seen["frame"][1]["within"] == key.within
        assert set(city.calls) == set(clients)

    run(test)


def test_nothing_is_sent_but_beats_while_nothing_changes() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        client = hub.subscribe(CITY)
        await events(client, "frame", "map", "beat")
        calls = len(city.calls)
        while len(city.calls) < calls + 5:
            taken = await client.receive()
            assert {parse(message)[0] for message in taken} == {"beat"}
        city.value = 2
        seen = await events(client, "frame", "map")
        assert seen["frame"][0] == seen["map"][0] == 2

    run(test)


def test_what_happens_is_drawn_at_once_and_the_clock_alone_seldom() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        client = hub.subscribe(CITY)
        await events(client, "frame")
        assert len(city.calls) == 1
        city.value = 2
        assert (await events(client, "frame"))["frame"][1]["value"] == 2
        assert len(city.calls) == 2

    run(test, idle_every_s=60)


def test_the_map_comes_more_seldom_than_the_panels_and_then_is_the_newest() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        client = hub.subscribe(CITY)
        await events(client, "frame", "map")
        seen: list[tuple[str, int]] = []
        while not any(event == "map" for event, _ in seen):
            city.value += 1
            seen += [parse(message)[:2] for message in await asyncio.wait_for(client.receive(), 5)]
        frames = [seq for event, seq in seen if event == "frame"]
        (drawn,) = (seq for event, seq in seen if event == "map")
        assert len(frames) > 3
        assert drawn == max(frames)

    run(test, map_every_s=0.5)


def test_latest_wins_for_a_slow_client() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        slow, quick = hub.subscribe(CITY), hub.subscribe(CITY)
        for value in (2, 3, 4):
            city.value = value
            while (await events(quick, "frame"))["frame"][1]["value"] != value:
                pass
        taken = await slow.receive()
        assert [parse(message)[0] for message in taken] == ["hello", "frame", "map", "beat"]
        assert parse(taken[1])[2]["value"] == 4

    run(test)


def test_a_client_that_never_reads_is_let_go() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        stuck, quick = hub.subscribe(CITY), hub.subscribe(CITY)
        while not stuck.ended.is_set():
            await events(quick, "beat")
        assert not quick.ended.is_set()
        assert await stuck.receive() == []

    run(test, slow_after_s=0.05)


def test_nothing_is_computed_when_nobody_looks() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        client = hub.subscribe(CITY)
        await events(client, "frame")
        hub.leave(CITY, client)
        assert (hub.pictures, hub.connected) == (0, 0)
        running = [task for task in asyncio.all_tasks() if "_run(" in repr(task.get_coro())]
        await asyncio.gather(*running, return_exceptions=True)
        # A computation that had begun may end; after it there is none.
        await asyncio.to_thread(hub._threads.submit(lambda: None).result)
        calls = len(city.calls)
        await asyncio.sleep(0.05)
        assert len(city.calls) == calls

    run(test)


@pytest.mark.parametrize(
    ("age_s", "fresh"), [(0.0, True), (5.0, True), (5.1, False), (3600.0, False)]
)  # fmt: skip
def test_beat_says_whether_the_numbers_are_fresh(age_s: float, fresh: bool) -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        client = hub.subscribe(CITY)
        await events(client, "frame", "beat")
        city.data_at = NOW - timedelta(seconds=age_s)
        await client.receive()
        beat = (await events(client, "beat"))["beat"][1]
        assert beat["fresh"] is fresh
        assert datetime.fromisoformat(beat["data_at"]) == NOW - timedelta(seconds=age_s)
        assert datetime.fromisoformat(beat["now"]) == NOW

    run(test)


def test_beat_is_not_fresh_before_the_mirror_was_ever_filled() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        city.data_at = None
        beat = (await events(hub.subscribe(CITY), "beat"))["beat"][1]
        assert (beat["fresh"], beat["data_at"]) == (False, None)

    run(test)


def test_a_passing_error_keeps_the_stream_and_turns_it_stale() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        client = hub.subscribe(CITY)
        await events(client, "frame")
        city.error = DatabaseUnavailable("gone")
        calls = len(city.calls)
        while len(city.calls) < calls + 2:
            await client.receive()
        # The data itself is still known to be the newest, but no picture of it can be made.
        city.now = city.data_at = NOW + timedelta(seconds=6)
        await client.receive()
        assert (await events(client, "beat"))["beat"][1]["fresh"] is False
        city.error = None
        city.value = 7
        assert (await events(client, "frame"))["frame"][1]["value"] == 7
        while not (await events(client, "beat"))["beat"][1]["fresh"]:
            pass

    run(test)


def test_an_unforeseen_error_ends_the_streams_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        city.error = ZeroDivisionError("a bug")
        client = hub.subscribe(CITY)
        while await asyncio.wait_for(client.receive(), 5):
            pass
        assert hub.pictures == 0
        # Who comes back finds a hub that tries again.
        city.error = None
        assert (await events(hub.subscribe(CITY), "frame"))["frame"][1]["value"] == 1

    run(test)
    assert "a bug" in caplog.text


def test_close_ends_all_and_refuses_new_ones() -> None:
    async def test(city: FakeCity, hub: StreamHub) -> None:
        client = hub.subscribe(CITY)
        await events(client, "frame")
        hub.close()
        assert await client.receive() == []
        assert await hub.subscribe(CITY).receive() == []

    run(test)


def test_unticked_ignores_the_clock_and_nothing_else() -> None:
    frame = {"moment": "a", "data_at": "b", "seq": 1, "today": 5, "points": {"id": [1], "age_s": [3]}}
    later = {"moment": "c", "data_at": "d", "seq": 2, "today": 5, "points": {"id": [1], "age_s": [4]}}
    assert unticked(frame) == unticked(later)
    assert unticked(frame) != unticked({**later, "today": 6})
    assert unticked(frame) != unticked({**later, "points": {"id": [1, 2], "age_s": [4, 5]}})


def test_encode_is_one_data_line_whatever_the_text() -> None:
    message = encode("frame", 12, {"title": "第一行\n第二行\r\nevent: beat"})
    assert message.count(b"\n") == 4
    assert parse(message) == ("frame", 12, {"title": "第一行\n第二行\r\nevent: beat"})


def test_encode_refuses_what_is_no_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode("map", 1, {"values": [float("nan")]})
