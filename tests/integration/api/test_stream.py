"""The live stream of a real server: what comes, when it says it is stale, and how it ends."""

import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

Report = Callable[..., dict[str, Any]]
Event = tuple[str, int, dict[str, Any]]


class Listener:
    """A browser's EventSource, in a thread."""

    def __init__(self, served: Any, **query: Any) -> None:
        self.events: queue.Queue[Event | None] = queue.Queue()
        self.opened = threading.Event()
        self.headers: dict[str, str] = {}
        self.client = httpx.Client(base_url=served.url, timeout=30, trust_env=False)
        self.thread = threading.Thread(target=self._read, args=(query,), daemon=True)
        self.thread.start()

    def _read(self, query: dict[str, Any]) -> None:
        try:
            with self.client.stream("GET", "/api/v1/stream", params=query) as answer:
                assert answer.status_code == 200
                self.headers = dict(answer.headers)
                self.opened.set()
                fields: dict[str, str] = {}
                for line in answer.iter_lines():
                    if line:
                        name, _, value = line.partition(": ")
                        fields[name] = value
                    elif "event" in fields:
                        self.events.put((fields["event"], int(fields["id"]), json.loads(fields["data"])))
                        fields = {}
        except httpx.HTTPError:
            pass
        finally:
            self.events.put(None)

    def until(self, wanted: Callable[[Event], bool], timeout_s: float = 15.0) -> Event:
        """The first event that is wanted."""
        end_s = time.monotonic() + timeout_s
        while True:
            event = self.events.get(timeout=max(0.0, end_s - time.monotonic()))
            assert event is not None, "the stream ended"
            if wanted(event):
                return event

    def next(self, name: str) -> Event:
        return self.until(lambda event: event[0] == name)

    def ended(self, timeout_s: float = 10.0) -> bool:
        """Whether the stream ends in time."""
        end_s = time.monotonic() + timeout_s
        while self.events.get(timeout=max(0.0, end_s - time.monotonic())) is not None:
            pass
        return True

    def close(self) -> None:
        self.client.close()


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    made: list[Listener] = []

    def start(served: Any, **query: Any) -> Listener:
        made.append(Listener(served, **query))
        return made[-1]

    yield start
    for listener in made:
        listener.close()


def test_a_new_listener_gets_the_whole_picture(served: Any, listen: Any) -> None:
    listener = listen(served, level=2)
    version = served.services.version
    assert listener.next("hello")[2] == {
        "version": version, "started_at": served.services.started_at.isoformat(timespec="seconds"),
        "demo": True, "city": "小城",
    }  # fmt: skip
    frame, drawn = listener.next("frame")[2], listener.next("map")[2]
    assert (frame["within"], frame["level"], frame["kpi"]) == (None, 2, "open_per_km2")
    assert frame["path"] == [{"id": None, "name": "小城"}]
    assert (drawn["level"], len(drawn["values"])) == (2, 4)
    beat = listener.until(lambda event: event[0] == "beat" and event[2]["fresh"])[2]
    assert sorted(beat) == ["data_at", "fresh", "now", "seq"]
    assert datetime.fromisoformat(beat["now"]) >= datetime.fromisoformat(beat["data_at"])
    assert listener.headers["content-type"].startswith("text/event-stream")
    assert listener.headers["cache-control"] == "no-store"
    assert listener.headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in listener.headers


def test_an_incident_is_on_the_screen_within_three_seconds(served: Any, listen: Any, a_report: Report) -> None:
    listener = listen(served, level=3)
    listener.next("frame")
    listener.next("map")
    posted = served.client.post("/api/v1/incidents", json=a_report(title="井盖缺失"))
    begin_s = time.monotonic()
    incident_id = posted.json()["id"]

    def shows_it(event: Event) -> bool:
        return event[0] == "frame" and [one["id"] for one in event[2]["newest"]] == [incident_id]

    _, seq, frame = listener.until(shows_it)
    drawn = listener.next("map")
    assert time.monotonic() - begin_s < 3
    assert frame["newest"][0]["title"] == "井盖缺失"
    assert frame["newest"][0]["category"] == {"zh": "暴露垃圾", "en": "Exposed garbage"}
    assert frame["today"]["open"]["value"] == 1
    assert seq == frame["seq"] == drawn[1] == served.services.mirror.seq


def test_the_map_speaks_in_the_order_of_the_grids(served: Any, listen: Any, a_report: Report) -> None:
    served.post_lines(a_report(lon=..., lat=..., grid_code="L31"), a_report(lon=..., lat=..., grid_code="L10"))
    served.followed(2)
    grids = served.client.get("/api/v1/grids", params={"level": 3}).json()["grids"]
    shapes = served.client.get("/api/v1/grids/geometry", params={"level": 3}).json()["features"]
    drawn = listen(served, level=3, kpi="open").next("map")[2]
    assert [grid["code"] for grid in grids] == [shape["id"] for shape in shapes]
    shown = {grid["code"]: value for grid, value in zip(grids, drawn["values"], strict=True)}
    assert {code for code, value in shown.items() if value} == {"L31", "L10"}
    # Inside a town the map has the same length, and nothing outside it.
    inside = listen(served, level=3, kpi="open", within="1:T2").next("map")[2]
    assert [value is None for value in inside["values"]] == [grid["hi"] <= 4 for grid in grids]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"within": "1:nowhere"}, "grid_unknown"),
        ({"within": "nonsense"}, "grid_unknown"),
        ({"level": 4}, "query_invalid"),
        ({"level": 0}, "query_invalid"),
        ({"level": "two"}, "request_invalid"),
        ({"kpi": "happiness"}, "query_invalid"),
    ],
)
def test_a_key_that_cannot_be_is_refused_before_the_stream_begins(
    plain_served: Any, query: dict[str, Any], code: str
) -> None:
    answer = plain_served.client.get("/api/v1/stream", params=query)
    assert (answer.status_code, plain_served.error(answer)["code"]) == (422, code)
    assert plain_served.services.hub.connected == 0


def test_listeners_of_one_picture_share_it_and_leave_nothing_behind(plain_served: Any, listen: Any) -> None:
    hub = plain_served.services.hub
    listeners = [listen(plain_served, level=2) for _ in range(5)] + [listen(plain_served, level=1)]
    for listener in listeners:
        listener.next("frame")
    assert (hub.connected, hub.pictures) == (6, 2)
    metrics = plain_served.client.get("/metrics").text
    assert "\ngrid_streams_connected 6\n" in metrics
    for listener in listeners:
        listener.close()
    plain_served.until(lambda: hub.connected == 0)
    assert hub.pictures == 0


def test_beats_say_stale_when_the_numbers_are_no_longer_followed(services: Any, serve: Any, listen: Any) -> None:
    served = serve(services)
    listener = listen(served)
    listener.until(lambda event: event[0] == "beat" and event[2]["fresh"])
    # What the follower does when the database is gone: it stands still.
    services.follower.stop()
    stopped_at = services.follower.healthy_at
    stale = listener.until(lambda event: event[0] == "beat" and not event[2]["fresh"])[2]
    assert 5 < (datetime.fromisoformat(stale["now"]) - stopped_at).total_seconds() < 10
    assert abs((datetime.fromisoformat(stale["data_at"]) - stopped_at).total_seconds()) < 0.01
    answer = served.client.get("/readyz")
    assert (answer.status_code, served.error(answer)["code"]) == (503, "database_unavailable")


def test_a_server_with_open_streams_ends_within_two_seconds(services: Any, serve: Any, listen: Any) -> None:
    served = serve(services)
    listeners = [listen(served, level=level) for level in (1, 2, 3)]
    for listener in listeners:
        listener.next("frame")
    assert served.stop() < 2
    for listener in listeners:
        assert listener.ended()


def test_a_client_that_never_reads_does_not_hold_up_the_others(services: Any, serve: Any, listen: Any) -> None:
    served = serve(services)
    address = ("127.0.0.1", services.settings.port)
    with socket.create_connection(address, timeout=10) as stuck:
        stuck.sendall(b"GET /api/v1/stream?level=3 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        listener = listen(served, level=3)
        for _ in range(2):
            listener.next("beat")
        assert services.hub.connected == 2
    served.until(lambda: services.hub.connected == 1)
