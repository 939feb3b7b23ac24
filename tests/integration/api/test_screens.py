"""Screens with a key: what they see, that they only look, and what becomes of a key that is revoked."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from dashboard.api.screens import SCREEN_COOKIE
from dashboard.pages.overview.page import mount_page
from data.access.screens import add_screen, list_screens, revoke_screen

Report = Callable[..., dict[str, Any]]
COOKIE = f"{SCREEN_COOKIE}="


@pytest.fixture(params=["postgis", "embedded"])
def city(request: pytest.FixtureRequest) -> Any:
    """A running server with people, on each database server in turn."""
    return request.getfixturevalue({"postgis": "manned", "embedded": "plain_manned"}[request.param])


_names = iter(range(1, 10_000))


def new_key(city: Any, within: str | None = None) -> tuple[str, str]:
    name = f"wall-{next(_names)}"
    return name, add_screen(city.services.store, name, within)


@contextmanager
def screen(city: Any, key: str, **cookies: str) -> Iterator[httpx.Client]:
    """A browser that signed in with a key."""
    with httpx.Client(base_url=city.url, timeout=30, trust_env=False, cookies=cookies) as client:
        answer = client.get("/wall", params={"key": key})
        assert answer.status_code == 303, answer.text
        assert client.cookies[SCREEN_COOKIE] == key
        yield client


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def writing_routes(city: Any) -> list[tuple[str, str]]:
    paths = city.client.get("/openapi.json").json()["paths"]
    return [
        (method.upper(), path.replace("{incident_id}", "1").replace("{key}", "ff"))
        for path, methods in paths.items()
        for method in methods
        if method in ("post", "put", "patch", "delete")
    ]


def test_the_key_goes_from_the_address_into_a_cookie(city: Any) -> None:
    _, key = new_key(city)
    answer = city.client.get("/wall", params=[("scene", "place"), ("key", key), ("within", "1:T1")])
    assert (answer.status_code, answer.headers["location"]) == (303, "/wall?scene=place&within=1%3AT1")
    assert key not in answer.headers["location"]
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    # Plain http: a cookie for https only would never come back.
    assert "secure" not in attributes
    assert f"{COOKIE}{key}".lower() in attributes
    assert answer.headers["cache-control"] == "no-store"
    assert city.client.get("/wall/", params={"key": key}).headers["location"] == "/wall/"
    # Anybody can write this; only a proxy of the settings is believed.
    pretended = city.client.get("/wall", params={"key": key}, headers={"X-Forwarded-Proto": "https"})
    assert "secure" not in {part.strip().lower() for part in pretended.headers["set-cookie"].split(";")}
    city.client.cookies.clear()


@pytest.mark.parametrize("key", ["", "nonsense", "x" * 3000, "密钥", "a b", "\x00"])
def test_a_wrong_key_is_told_on_the_screen_in_both_languages(city: Any, key: str) -> None:
    answer = httpx.get(f"{city.url}/wall", params={"key": key}, trust_env=False)
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert "screen_key_unknown" in answer.text
    assert "密钥无效" in answer.text
    assert "unknown or was revoked" in answer.text
    assert "set-cookie" not in answer.headers
    assert len(key) < 9 or key not in answer.text


def test_a_screen_sees_the_city_and_is_nobody(city: Any, a_report: Report) -> None:
    incident_id = city.client.post("/api/v1/incidents", json=a_report()).json()["id"]
    with screen(city, new_key(city)[1]) as client:
        document = client.get("/api/v1/session").json()
        assert (document["role"], document["within"], document["person"]) == ("screen", [], None)
        assert client.get(f"/api/v1/incidents/{incident_id}").status_code == 200
        assert client.get("/api/v1/kpis?level=1").status_code == 200
        with client.stream("GET", "/api/v1/stream") as stream:
            assert "hello" in next(text for text in stream.iter_text() if "event:" in text)


def test_a_screen_of_one_grid_sees_no_other(city: Any, a_report: Report) -> None:
    inside = city.client.post("/api/v1/incidents", json=a_report()).json()["id"]
    outside = city.client.post("/api/v1/incidents", json=a_report(lon=120.235)).json()["id"]
    with screen(city, new_key(city, "1:T1")[1]) as client:
        document = client.get("/api/v1/session").json()
        assert (document["role"], document["within"]) == ("screen", ["1:T1"])
        assert client.get(f"/api/v1/incidents/{inside}").status_code == 200
        assert refused(client.get(f"/api/v1/incidents/{outside}")) == (404, "incident_unknown")
        # No more people than those on duty in its grid, whatever it asks.
        here, nowhere = (client.get("/api/v1/people", params=asked).json() for asked in ({}, {"within": "1:T2"}))
        of_town = city.client.get("/api/v1/people", params={"within": "1:T1"}).json()
        assert 0 < here["total"] < city.client.get("/api/v1/people").json()["total"]
        assert (here, nowhere["total"]) == (of_town, 0)
    with screen(city, new_key(city, "1:gone")[1]) as client:
        assert refused(client.get("/api/v1/session")) == (401, "screen_key_unknown")


def test_a_screen_writes_nothing_anywhere(city: Any, a_report: Report) -> None:
    incident_id = city.client.post("/api/v1/incidents", json=a_report()).json()["id"]
    routes = writing_routes(city)
    told = {path for _, path in routes}
    assert {
        "/api/v1/incidents",
        "/api/v1/session",
        "/api/v1/incidents/1/photos",
        "/api/v1/alerts/ff/acknowledge",
    } <= told
    # A person's cookie beside it does not help: the screen wins.
    for cookies in ({}, {"grid_person": "d1"}, {"grid_person": "nobody"}):
        with screen(city, new_key(city)[1], **cookies) as client:
            for method, path in routes:
                answer = client.request(method, path, json={"person": "d1", "kind": "verified", "actor": "x"})
                assert refused(answer) == (403, "step_forbidden"), (method, path)
            assert refused(client.post("/api/v1/incidents", json=a_report())) == (403, "step_forbidden")
            lines = client.post("/api/v1/incidents", content=b"{}\n", headers={"Content-Type": "application/x-ndjson"})
            assert refused(lines) == (403, "step_forbidden")
            step = {"kind": "verified", "actor": "x", "detail": {}}
            taken = client.post(f"/api/v1/incidents/{incident_id}/events", json=step)
            assert refused(taken) == (403, "step_forbidden")
            assert client.get("/api/v1/session").json()["role"] == "screen"
    assert city.client.get(f"/api/v1/incidents/{incident_id}").json()["n"] == 0


@pytest.mark.parametrize("cookie", ["", "nonsense", '"', "%00", "a=b"])
def test_a_cookie_that_is_no_key_opens_nothing(city: Any, cookie: str) -> None:
    headers = {"Cookie": f"grid_person=d1; {COOKIE}{cookie}"}
    for method, path in [("GET", "/api/v1/session"), ("GET", "/api/v1/people"), ("GET", "/api/v1/stream"),
                         ("GET", "/api/v1/exports/incidents.csv"), *writing_routes(city)]:  # fmt: skip
        answer = httpx.request(method, city.url + path, headers=headers, trust_env=False)
        assert refused(answer) == (401, "screen_key_unknown"), (method, path)
    # Whether the server lives is told to everybody.
    assert httpx.get(f"{city.url}/healthz", headers=headers, trust_env=False).status_code == 200


def test_a_revoked_key_is_refused_and_its_stream_ends(city: Any) -> None:
    name, key = new_key(city)
    other = new_key(city)[1]
    with screen(city, key) as client, screen(city, other) as neighbour:
        with client.stream("GET", "/api/v1/stream") as stream, neighbour.stream("GET", "/api/v1/stream") as going_on:
            assert stream.status_code == going_on.status_code == 200
            received, goes_on = stream.iter_bytes(), going_on.iter_bytes()
            next(received)
            revoke_screen(city.services.store, name)
            city.until(lambda: client.get("/api/v1/session").status_code == 401)
            began_s = time.monotonic()
            # It is ended properly: whoever reads it comes to its end, and is not cut off in the middle.
            for _ in received:
                assert time.monotonic() - began_s < 20
            assert next(goes_on)
        assert refused(client.get("/api/v1/stream")) == (401, "screen_key_unknown")
        page = client.get("/wall")
        assert (page.status_code, "密钥无效" in page.text) == (401, True)
        again = client.get("/wall", params={"key": key})
        assert again.status_code == 401
        assert neighbour.get("/api/v1/session").status_code == 200


def test_a_new_key_opens_at_once_although_the_old_ones_are_remembered(city: Any) -> None:
    with screen(city, new_key(city)[1]) as client:
        assert client.get("/api/v1/session").status_code == 200
        with screen(city, new_key(city)[1]) as second:
            assert second.get("/api/v1/session").status_code == 200


def test_it_is_noted_when_a_screen_was_seen(city: Any) -> None:
    city.server.config.app.state.screen_keys._note_every_s = 0.0
    name, key = new_key(city)

    def seen() -> bool:
        with screen(city, key):
            return any(one.name == name and one.last_seen_at for one in list_screens(city.services.store))

    city.until(seen)


def test_the_key_is_in_no_log(city: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        name, key = new_key(city)
        with screen(city, key) as client:
            client.get("/api/v1/session")
            client.post("/api/v1/incidents", json={})
            revoke_screen(city.services.store, name)
            city.until(lambda: client.get("/wall").status_code == 401)
            client.get("/wall", params={"key": key})
    said = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert [text for text in said if key in text] == []


@pytest.fixture
def with_wall(services: Any, serve: Any) -> Any:
    return serve(services, lambda api: mount_page(api, services))


def test_the_wall_itself_is_given_and_renews_the_cookie(with_wall: Any) -> None:
    _, key = new_key(with_wall)
    # With a preference in the same address, each finds its own.
    first = with_wall.client.get("/wall", params={"key": key, "lang": "en"})
    assert first.status_code == 303
    with screen(with_wall, key) as client:
        page = client.get("/wall")
        assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")
        assert f"{COOKIE}{key}" in page.headers["set-cookie"]
        assert "set-cookie" not in client.get("/").headers
        assert client.get("/wall/").status_code == 200
    plain = httpx.get(f"{with_wall.url}/wall", trust_env=False)
    assert (plain.status_code, "set-cookie" in plain.headers) == (200, False)


def test_without_a_database_a_screen_waits_and_is_not_taken_for_somebody_else(
    with_wall: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not known to be in force opens nothing; the page tries again by itself."""
    _, key = new_key(with_wall)
    with screen(with_wall, key) as client:
        with_wall.services.store.close()
        with_wall.until(lambda: client.get("/api/v1/session").status_code == 503)
        assert client.post("/api/v1/incidents", json={}).status_code == 503
        page = client.get("/wall")
        assert (page.status_code, 'http-equiv="refresh"' in page.text) == (503, True)
