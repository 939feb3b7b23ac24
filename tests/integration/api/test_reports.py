"""Reports through the door of the API, good and bad."""

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Report = Callable[..., dict[str, Any]]
NDJSON = {"Content-Type": "application/x-ndjson"}


def test_one_report_is_created_then_known(served: Any, a_report: Report) -> None:
    report = a_report()
    first = served.client.post("/api/v1/incidents", json=report)
    again = served.client.post("/api/v1/incidents", json=report)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == {"id": first.json()["id"], "created": True, "grid": "3:L00", "placed_by": "coordinates"}
    assert again.json() == {**first.json(), "created": False}
    found = served.client.get(first.headers["Location"]).json()
    assert (found["title"], found["grid"], found["stage"]) == ("路边暴露垃圾", "3:L00", "reported")


def test_a_report_without_a_place_is_kept(served: Any, a_report: Report) -> None:
    answer = served.client.post("/api/v1/incidents", json=a_report(lon=..., lat=...))
    assert answer.status_code == 201
    assert (answer.json()["grid"], answer.json()["placed_by"]) == (None, None)


def test_a_known_grid_code_places_it(served: Any, a_report: Report) -> None:
    answer = served.client.post("/api/v1/incidents", json=a_report(lon=..., lat=..., grid_code="L31"))
    assert (answer.json()["grid"], answer.json()["placed_by"]) == ("3:L31", "grid_code")


def test_mixed_lines_add_up(served: Any, a_report: Report) -> None:
    lines: list[object] = [
        a_report(1),
        b"",
        a_report(2),
        a_report(1),
        b'{"source": "hotline", "source_id": "half',
        {**a_report(3), "lon": 412.0},
        json.dumps({**a_report(4), "lat": float("nan")}).encode(),
        {**a_report(5), "colour": "red"},
        {**a_report(6), "title": "NUL \x00 inside"},
        {**a_report(7), "title": 5},
        b"[1, 2, 3]",
        b"\xff\xfe",
        {**a_report(8), "source_id": ""},
        b'{"source": "hotline", "source_id": "big", "title": "' + b"x" * 10_000_000 + b'"}',
        a_report(9),
    ]
    told = served.post_lines(*lines)
    assert told["received"] == len(lines) - 1
    assert (told["created"], told["already_known"], told["rejected"]) == (3, 1, 10)
    rejects = {reject["line"]: reject for reject in told["rejects"]}
    assert list(rejects) == [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
    fields = {line: reject["field"] for line, reject in rejects.items() if reject["field"] != "line"}
    assert fields == {6: "lon", 8: "colour", 9: "title", 10: "title", 13: "source_id"}
    assert all(reject["reason"] for reject in rejects.values())
    # Nothing bad was stored, nothing good was lost.
    listed = served.client.get("/api/v1/incidents").json()["incidents"]
    assert sorted(incident["source_id"] for incident in listed) == ["J-1", "J-2", "J-9"]


def test_lines_that_come_in_pieces_are_taken_in_batches(plain_served: Any, a_report: Report) -> None:
    whole = b"\n".join(json.dumps(a_report(f"piece-{number}")).encode() for number in range(2_500))

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(whole), 7_777):
            yield whole[start : start + 7_777]

    told = plain_served.client.post("/api/v1/incidents", content=pieces(), headers=NDJSON).json()
    assert (told["received"], told["created"], told["rejected"]) == (2_500, 2_500, 0)
    again = plain_served.client.post("/api/v1/incidents", content=pieces(), headers=NDJSON).json()
    assert (again["created"], again["already_known"]) == (0, 2_500)


def test_rejects_are_all_counted_but_not_all_told(plain_served: Any) -> None:
    told = plain_served.post_lines(*[b"rubbish"] * 2_345)
    assert (told["received"], told["rejected"], len(told["rejects"])) == (2_345, 2_345, 1_000)


def test_no_lines_are_no_incidents(plain_served: Any) -> None:
    assert plain_served.post_lines() == {
        "received": 0, "created": 0, "already_known": 0, "rejected": 0, "rejects": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"source": ...}, "source"),
        ({"reported_at": ...}, "reported_at"),
        ({"reported_at": "yesterday"}, "reported_at"),
        ({"reported_at": "2999-01-01T00:00:00Z"}, "reported_at"),
        ({"lon": 31.8, "lat": 120.2}, "lat"),
        ({"lat": ...}, "lat"),
        ({"lon": True}, "lon"),
        ({"lon": [120.2]}, "lon"),
        ({"coordinate_system": "mars"}, "coordinate_system"),
        ({"title": {"zh": "标题"}}, "title"),
        ({"title": "x" * 900_000}, "title"),
        ({"title": "\ud83d"}, "title"),
        ({"id": 5}, "id"),
    ],
)
def test_what_cannot_be_an_incident_names_field_value_and_reason(
    plain_served: Any, a_report: Report, change: dict[str, Any], field: str
) -> None:
    newest = plain_served.services.desk.newest(plain_served.city, limit=1)
    raw = json.dumps(a_report(**change)).encode()
    answer = plain_served.client.post("/api/v1/incidents", content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    error = plain_served.error(answer)
    assert error["code"] == "report_invalid"
    assert error["values"]["field"] == field
    assert error["values"]["reason"]
    assert "value" in error["values"]
    assert len(answer.content) < 5_000
    assert plain_served.services.desk.newest(plain_served.city, limit=1) == newest


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"   ",
        b'{"source": "hotline", "source_id": "1"',
        b'{"lon": NaN}',
        b"[]",
        b"[" * 100_000,
        "{'标题'}".encode("gbk"),
    ],
)
def test_a_body_that_is_no_document_is_told_so(plain_served: Any, raw: bytes) -> None:
    answer = plain_served.client.post("/api/v1/incidents", content=raw, headers={"Content-Type": "application/json"})
    assert (answer.status_code, plain_served.error(answer)["code"]) == (422, "report_invalid")


def test_a_document_of_ten_megabytes_is_too_large(plain_served: Any) -> None:
    raw = b'{"title": "' + b"x" * 10_000_000 + b'"}'
    answer = plain_served.client.post("/api/v1/incidents", content=raw, headers={"Content-Type": "application/json"})
    error = plain_served.error(answer)
    assert (answer.status_code, error["code"]) == (413, "body_too_large")
    assert error["values"] == {"limit_bytes": 1_000_000}
    assert "1,000,000 bytes" in error["message"]


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "text/csv"])
def test_only_json_may_be_posted(plain_served: Any, a_report: Report, kind: str | None) -> None:
    # A page of another site can make a browser post these without asking; JSON it cannot.
    headers = {} if kind is None else {"Content-Type": kind}
    answer = plain_served.client.post("/api/v1/incidents", content=json.dumps(a_report()), headers=headers)
    assert (answer.status_code, plain_served.error(answer)["code"]) == (415, "content_type_unsupported")


def test_a_body_that_says_it_is_beyond_the_limit_is_refused_unread(plain_served: Any) -> None:
    port = plain_served.services.settings.port
    head = [
        "POST /api/v1/incidents HTTP/1.1",
        "Host: localhost",
        "Connection: close",
        f"Content-Length: {65 << 20}",
        "",
        "",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall("\r\n".join(head).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"code":"body_too_large"' in answer


def test_compressed_reports_come_in(served: Any, a_report: Report) -> None:
    lines = b"".join(json.dumps(a_report(number)).encode() + b"\n" for number in range(5_000, 5_200))
    headers = {**NDJSON, "Content-Encoding": "gzip"}
    told = served.client.post("/api/v1/incidents", content=gzip.compress(lines), headers=headers)
    assert (told.status_code, told.json()["created"]) == (200, 200)
    one = gzip.compress(json.dumps(a_report(5_000)).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert served.client.post("/api/v1/incidents", content=one, headers=headers).status_code == 200


def test_bombs_and_other_encodings_are_refused(served: Any) -> None:
    address = "/api/v1/incidents"
    json_type = {"Content-Type": "application/json"}
    bomb = gzip.compress(b" " * 30_000_000)
    answer = served.client.post(address, content=bomb, headers={**json_type, "Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    for encoding in ("br", "zstd", "gzip, gzip"):
        answer = served.client.post(address, content=b"x", headers={**json_type, "Content-Encoding": encoding})
        assert (answer.status_code, answer.json()["error"]["values"]["content_encoding"]) == (415, encoding)
    answer = served.client.post(address, content=b"{}", headers={**json_type, "Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "request_invalid")


def test_a_compressed_body_that_does_not_say_so_is_named(served: Any) -> None:
    packed = gzip.compress(b"{}")
    error = served.client.post("/api/v1/incidents", content=packed, headers={"Content-Type": "application/json"}).json()
    assert "compressed with gzip" in error["error"]["message"]
    assert error["error"]["message"].isprintable()
