"""Photos of incidents: with their event or not at all, once, and only for those who may see them."""

import hashlib
import struct
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from data.access.actor import Actor
from data.access.scope import Scope
from data.errors import PhotoInvalid
from data.incidents.audit import rebuild, verify
from data.incidents.photos import MAX_PHOTOS, attach, verify_photos
from data.store.openers import System

Report = Callable[..., dict[str, Any]]
SECRET = b"GPS 31.9030 120.2836"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(shade: int = 0, *between: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes((0, shade))))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(between) + pixels + chunk(b"IEND", b"")


def reported(served: Any, report: dict[str, Any]) -> int:
    return int(served.client.post("/api/v1/incidents", json=report).json()["id"])


def send(client: Any, incident_id: int, body: bytes, media_type: str = "image/png") -> Any:
    return client.post(
        f"/api/v1/incidents/{incident_id}/photos", content=body, headers={"Content-Type": media_type}
    )  # fmt: skip


def kinds(served: Any, incident_id: int) -> list[str]:
    return [event["kind"] for event in served.client.get(f"/api/v1/incidents/{incident_id}").json()["events"]]


def test_a_photo_comes_back_as_it_is_kept(manned: Any, a_report: Report) -> None:
    incident_id = reported(manned, a_report())
    answer = send(manned.client, incident_id, png(7, chunk(b"eXIf", SECRET)))
    sha256 = hashlib.sha256(png(7)).hexdigest()
    assert (answer.status_code, answer.json()) == (201, {"sha256": sha256, "n": 1})
    event = manned.client.get(f"/api/v1/incidents/{incident_id}").json()["events"][1]
    assert (event["kind"], event["actor"], event["actor_id"]) == ("attached", "api", "nobody")
    assert event["detail"] == {"sha256": sha256, "media_type": "image/png", "size": len(png(7))}

    shown = manned.client.get(answer.headers["location"])
    assert shown.content == png(7)
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-disposition"].startswith("inline")
    assert shown.headers["cache-control"].startswith("private")
    assert verify_photos(manned.services.store) == (1, [])
    assert verify(manned.services.store).ok
    assert rebuild(manned.services.store).equal


def test_the_same_photo_twice_is_one_however_many_send_it_at_once(manned: Any, a_report: Report) -> None:
    incident_id = reported(manned, a_report())
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: send(manned.client, incident_id, png()), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert {answer.json()["n"] for answer in answers} == {1}
    assert kinds(manned, incident_id) == ["reported", "attached"]
    # Its event is found again after others, and another photo is another one.
    assert send(manned.client, incident_id, png(1)).json()["n"] == 2
    again = send(manned.client, incident_id, png())
    assert (again.status_code, again.json()["n"]) == (200, 1)
    assert verify_photos(manned.services.store) == (2, [])


@pytest.mark.parametrize(
    ("body", "media_type", "status", "reason"),
    [
        (b"", "image/png", 422, "empty"),
        (png(), "image/jpeg", 422, "media_type"),
        (png()[:-3], "image/png", 422, "damaged"),
        (b"\x89PNG" + b"\0" * 5_000_001, "image/png", 422, "too_large"),
        (b"<svg/>", "image/svg+xml", 415, None),
        (b"x", "text/plain", 415, None),
    ],
)
def test_what_is_no_photo_is_refused_and_nothing_is_kept(
    plain_served: Any, a_report: Report, body: bytes, media_type: str, status: int, reason: str | None
) -> None:
    incident_id = reported(plain_served, a_report())
    answer = send(plain_served.client, incident_id, body, media_type)
    error = plain_served.error(answer)
    assert (answer.status_code, error["values"].get("reason")) == (status, reason)
    assert kinds(plain_served, incident_id) == ["reported"]


def test_only_who_sees_the_incident_sees_and_adds_photos(manned: Any, a_report: Report) -> None:
    incident_id = reported(manned, a_report())
    address = f"/api/v1/incidents/{incident_id}/photos/{hashlib.sha256(png()).hexdigest()}"
    with manned.as_person("w3") as stranger, manned.as_person("w0") as worker:
        assert send(worker, incident_id, png()).status_code == 201
        assert manned.client.get(f"/api/v1/incidents/{incident_id}").json()["events"][1]["actor"] == "赵一 w0"
        assert worker.get(address).status_code == 200
        for answer in (stranger.get(address), send(stranger, incident_id, png(1)), send(stranger, incident_id, png())):
            assert (answer.status_code, manned.error(answer)["code"]) == (404, "incident_unknown")
    assert manned.client.get(address.replace("photos/", "photos/0")[:-1]).status_code == 404
    assert manned.client.get(address[:-1]).status_code == 422


def test_who_reported_across_the_border_adds_the_photo_and_may_do_no_more(manned: Any, a_report: Report) -> None:
    with manned.as_person("w3") as stranger:
        incident_id = int(stranger.post("/api/v1/incidents", json=a_report()).json()["id"])
        answer = send(stranger, incident_id, png())
        assert answer.status_code == 201
        assert stranger.get(answer.headers["location"]).content == png()
        assert stranger.get(f"/api/v1/incidents/{incident_id}").status_code == 404
    assert kinds(manned, incident_id) == ["reported", "attached"]


def test_an_ended_incident_takes_no_photo(plain_served: Any, a_report: Report) -> None:
    incident_id = reported(plain_served, a_report())
    said = {"kind": "voided", "actor": "台", "detail": {"reason": "误报"}}
    assert plain_served.client.post(f"/api/v1/incidents/{incident_id}/events", json=said).status_code == 200
    answer = send(plain_served.client, incident_id, png())
    assert (answer.status_code, plain_served.error(answer)["code"]) == (409, "step_illegal")


def test_an_incident_has_room_for_so_many(plain_served: Any, a_report: Report) -> None:
    services = plain_served.services
    incident_id = reported(plain_served, a_report())
    everything = Scope.city(len(services.edition.system.leaves))
    for shade in range(MAX_PHOTOS):
        attach(
            services.desk, services.store, incident_id, png(shade), "image/png", scope=everything,
            actor=Actor.nobody("a"),
        )  # fmt: skip
    with pytest.raises(PhotoInvalid) as caught:
        attach(
            services.desk, services.store, incident_id, png(200), "image/png", scope=everything,
            actor=Actor.nobody("a"),
        )  # fmt: skip
    assert caught.value.values["reason"] == "too_many"
    assert kinds(plain_served, incident_id) == ["reported"] + ["attached"] * MAX_PHOTOS


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [
        ("UPDATE photo SET content = content || '\\x00', size = size + 1 WHERE incident_id = %s", "altered"),
        ("UPDATE photo SET content = 'x', size = 1, sha256 = sha256('x') WHERE incident_id = %s", "altered"),
        ("UPDATE photo SET media_type = 'image/jpeg' WHERE incident_id = %s", "altered"),
        ("DELETE FROM photo WHERE incident_id = %s", "missing"),
        ("UPDATE photo SET n = 7 WHERE incident_id = %s", "added"),
    ],
)
def test_verify_finds_a_photo_that_is_not_what_was_attached(
    manned: Any, a_report: Report, tamper: str, kind: str
) -> None:
    incident_id = reported(manned, a_report())
    assert send(manned.client, incident_id, png()).status_code == 201
    with manned.services.store.transaction(System("test")) as cursor:
        cursor.execute(tamper, (incident_id,))
    found = verify_photos(manned.services.store)[1]
    assert kind in {finding.kind for finding in found}
    assert {finding.incident_id for finding in found} == {incident_id}
