"""A wall and a phone on a running server: pairing, commands, rights, and an end that does not hang."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from data.access.screens import add_screen, revoke_screen

Event = tuple[str, dict[str, Any]]
_names = iter(range(1, 10_000))


class WallPage:
    """A wall's EventSource, in a thread."""

    def __init__(self, client: httpx.Client, **query: Any) -> None:
        self.events: queue.Queue[Event | None] = queue.Queue()
        self.client = client
        self.thread = threading.Thread(target=self._read, args=(query,), daemon=True)
        self.thread.start()

    def _read(self, query: dict[str, Any]) -> None:
        try:
            with self.client.stream("GET", "/api/v1/walls/control", params=query) as answer:
                assert answer.status_code == 200
                fields: dict[str, str] = {}
                for line in answer.iter_lines():
                    if line:
                        name, _, value = line.partition(": ")
                        fields[name] = value
                    elif "event" in fields:
                        self.events.put((fields["event"], json.loads(fields["data"])))
                        fields = {}
        except httpx.HTTPError:
            pass
        finally:
            self.events.put(None)

    def next(self, kind: str) -> dict[str, Any]:
        """The next event of a kind."""
        while True:
            event = self.events.get(timeout=20)
            assert event is not None, "the stream ended"
            if event[0] == kind:
                return event[1]

    def ended(self) -> bool:
        while self.events.get(timeout=20) is not None:
            pass
        return True


@pytest.fixture
def wall() -> Iterator[Callable[..., WallPage]]:
    clients: list[httpx.Client] = []

    def open_(served: Any, key: str | None = None, **query: Any) -> WallPage:
        client = httpx.Client(base_url=served.url, timeout=30, trust_env=False)
        clients.append(client)
        if key is not None:
            assert client.get("/wall", params={"key": key}).status_code == 303
        return WallPage(client, **query)

    yield open_
    for each in clients:
        each.close()


def new_key(served: Any, within: str | None = None) -> tuple[str, str]:
    name = f"steered-{next(_names)}"
    return name, add_screen(served.services.store, name, within)


def pair(served: Any, code: str) -> httpx.Response:
    return served.client.post("/api/v1/walls/pair", json={"code": code})


def steer(served: Any, control: str, **command: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {control}"}
    return served.client.post("/api/v1/walls/commands", json=command, headers=headers)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_phone_takes_control_and_the_wall_obeys(plain_manned: Any, wall: Callable[..., WallPage]) -> None:
    page = wall(plain_manned, new_key(plain_manned)[1])
    first = page.next("pairing")
    answer = pair(plain_manned, first["code"])
    assert answer.status_code == 200, answer.text
    control = answer.json()["control"]
    second = page.next("pairing")
    assert (second["phones"], second["code"] != first["code"]) == (1, True)
    sent = [{"do": "next"}, {"do": "hold"}, {"do": "scene", "scene": "place", "place": "1:T2"}, {"do": "release"}]
    for command in sent:
        said = steer(plain_manned, control, **command)
        assert (said.status_code, said.content) == (204, b"")
    assert [page.next("command") for _ in sent] == sent
    # The code was good for one phone.
    assert code_of(pair(plain_manned, first["code"])) == (404, "wall_unknown")


def test_what_a_wall_cannot_do(plain_manned: Any, wall: Callable[..., WallPage]) -> None:
    page = wall(plain_manned, new_key(plain_manned, "1:T1")[1])
    control = pair(plain_manned, page.next("pairing")["code"]).json()["control"]
    there = {"do": "scene", "scene": "place"}
    assert steer(plain_manned, control, **there, place="2:V0").status_code == 204
    for elsewhere in ("1:T2", "9:x", "nowhere"):
        assert code_of(steer(plain_manned, control, **there, place=elsewhere)) == (422, "grid_unknown")
    assert code_of(steer(plain_manned, control, do="jump")) == (422, "request_invalid")
    assert code_of(steer(plain_manned, "x", do="next")) == (404, "wall_unknown")
    assert code_of(steer(plain_manned, control[:-1], do="next")) == (404, "wall_unknown")
    bare = plain_manned.client.post("/api/v1/walls/commands", json={"do": "next"})
    assert code_of(bare) == (404, "wall_unknown")
    assert page.next("command") == {**there, "place": "2:V0"}
    for code in ("", "12345", "1234567", "abcdef", "１２３４５６", 123456):
        assert code_of(pair(plain_manned, code)) == (422, "request_invalid")  # type: ignore[arg-type]
    strange = plain_manned.client.get("/api/v1/walls/control", params={"wall": "x"})
    assert code_of(strange) == (422, "request_invalid")


def test_a_screen_is_steered_and_steers_nobody(plain_manned: Any, wall: Callable[..., WallPage]) -> None:
    name, key = new_key(plain_manned)
    page = wall(plain_manned, key)
    code = page.next("pairing")["code"]
    tried = page.client.post("/api/v1/walls/pair", json={"code": code})
    assert code_of(tried) == (403, "step_forbidden")
    control = pair(plain_manned, code).json()["control"]
    revoke_screen(plain_manned.services.store, name)
    # Without a key in force no screen, and without a screen nothing to steer.
    assert page.ended()
    plain_manned.until(lambda: steer(plain_manned, control, do="next").status_code == 409)
    assert code_of(page.client.get("/api/v1/walls/control")) == (401, "screen_key_unknown")


def test_a_wall_that_comes_back_is_known_again(plain_manned: Any, wall: Callable[..., WallPage]) -> None:
    name = "0123456789abcdef" * 2
    page = wall(plain_manned, wall=name)
    control = pair(plain_manned, page.next("pairing")["code"]).json()["control"]
    again = wall(plain_manned, wall=name)
    assert again.next("pairing")["phones"] == 1
    assert page.ended()
    assert steer(plain_manned, control, do="next").status_code == 204
    assert again.next("command") == {"do": "next"}


def test_guessing_makes_codes_long_and_locks_nobody_out(served: Any, wall: Callable[..., WallPage]) -> None:
    page = wall(served)
    code = page.next("pairing")["code"]
    wrong = "111111" if code != "111111" else "222222"
    # An X-Forwarded-For of nobody's proxy makes no other client of a stranger.
    headers = [{"X-Forwarded-For": f"203.0.113.{n}"} for n in range(200)]
    answers = [served.client.post("/api/v1/walls/pair", json={"code": wrong}, headers=each) for each in headers[:11]]
    assert [code_of(answer) for answer in answers[:10]] == [(404, "wall_unknown")] * 10
    assert code_of(answers[10]) == (429, "too_many_requests")
    assert 0 < int(answers[10].headers["retry-after"]) <= 2
    # Strangers from elsewhere, on the same machine's other addresses.
    for n in range(2, 14):
        with httpx.Client(base_url=served.url, transport=httpx.HTTPTransport(local_address=f"127.0.0.{n}")) as stranger:
            assert stranger.post("/api/v1/walls/pair", json={"code": wrong}).status_code == 404
    long = page.next("pairing")["code"]
    assert (len(long), long[0]) == (12, "0")
    with httpx.Client(base_url=served.url, transport=httpx.HTTPTransport(local_address="127.0.0.99")) as phone:
        assert phone.post("/api/v1/walls/pair", json={"code": long}).status_code == 200


def test_anonymous_walls_keep_no_wall_out(plain_served: Any, wall: Callable[..., WallPage]) -> None:
    for _ in range(20):
        wall(plain_served).next("pairing")
    last = wall(plain_served)
    assert pair(plain_served, last.next("pairing")["code"]).status_code == 200
    assert last.next("pairing")["phones"] == 1


def test_without_a_city_there_is_no_wall(empty_served: Any) -> None:
    assert code_of(empty_served.client.get("/api/v1/walls/control")) == (503, "no_edition")
    assert code_of(pair(empty_served, "123456")) == (503, "no_edition")


def test_a_server_with_connected_walls_ends_at_once(served: Any, wall: Callable[..., WallPage]) -> None:
    pages = [wall(served) for _ in range(3)]
    for page in pages:
        page.next("pairing")
    # One that never reads what it is sent does not hold it up either.
    with (
        httpx.Client(base_url=served.url, timeout=30, trust_env=False) as idle,
        idle.stream("GET", "/api/v1/walls/control") as unread,
    ):
        assert unread.status_code == 200
        assert served.stop() < 5
    assert all(page.ended() for page in pages)
