"""A body says only what its address knows: an unknown name, or one that stands twice, is refused by name."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.api.conftest import Served

KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("path", "good"),
    [
        ("/api/v1/incidents", '"source": "s", "source_id": "1", "reported_at": "2026-11-01T10:00:00+08:00"'),
        ("/api/v1/incidents/1/events", '"kind": "verified", "actor": "a"'),
        ("/api/v1/incidents/1/events", '"kind": "verified", "actor": "a", "detail": {"note": "n"}'),
        (
            "/api/v1/positions",
            '"device": "D", "person": "w0", "at": "2026-11-01", "lon": 120.2, "lat": 31.8',
        ),
        ("/api/v1/session", '"person": "w0"'),
        (f"/api/v1/alerts/{KEY}/acknowledge", '"note": "n"'),
        ("/api/v1/walls/pair", '"code": "123456"'),
        ("/api/v1/walls/commands", '"do": "next"'),
    ],
)
def test_an_unknown_name_and_one_that_stands_twice_are_refused(
    plain_manned: Served, a_report: Callable[..., dict[str, Any]], path: str, good: str
) -> None:
    plain_manned.post_lines(a_report())
    first = good.split(",")[0].strip()
    for body in (f'{{{good}, "kidn": 1}}', f"{{{good}, {first}}}"):
        headers = {"Content-Type": "application/json", "Authorization": "Bearer x"}
        answer = plain_manned.client.post(path, content=body, headers=headers)
        assert answer.status_code in (404, 422), (path, answer.text)
        if path != f"/api/v1/alerts/{KEY}/acknowledge":
            name = "kidn" if "kidn" in body else first.split(":")[0].strip('"')
            assert answer.status_code == 422
            assert name in answer.text


def test_the_detail_of_a_step_says_only_what_its_kind_knows(
    plain_manned: Served, a_report: Callable[..., dict[str, Any]]
) -> None:
    number = plain_manned.client.post("/api/v1/incidents", json=a_report()).json()["id"]
    for detail in ('{"reasn": "x"}', '{"note": "a", "note": "b"}'):
        answer = plain_manned.client.post(
            f"/api/v1/incidents/{number}/events",
            content=f'{{"kind": "verified", "actor": "a", "detail": {detail}}}',
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 422
        assert detail.split('"')[1] in answer.text


@pytest.mark.parametrize("path", ["/api/v1/incidents", "/api/v1/session", "/api/v1/walls/pair"])
def test_text_in_another_encoding_is_refused(
    plain_manned: Served, a_report: Callable[..., dict[str, Any]], path: str
) -> None:
    """The bytes of 脧 in GBK are a letter of UTF-8, and would be taken for it."""
    body = json.dumps(a_report(title="脧"), ensure_ascii=False).encode("gbk")
    for said in ("application/json; charset=gbk", 'application/json;q=1; Charset="UTF-16"'):
        answer = plain_manned.client.post(path, content=body, headers={"Content-Type": said})
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "content_type_unsupported")
        assert said.rpartition("=")[2].strip('"').lower() in answer.json()["error"]["message"]
    if path == "/api/v1/incidents":
        headers = {"Content-Type": 'application/json; charset="UTF-8"'}
        assert plain_manned.client.post(path, json=a_report(title="脧"), headers=headers).status_code in (200, 201)


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/api/v1/incidents/1/events", '{"kind": "noted", "kind": "noted"}', "'kind'"),
        ("/api/v1/incidents/1/events", '{"kind": "noted", "detail": {"note": "a", "note": "b"}}', "'note'"),
        ("/api/v1/walls/pair", '{"code": "1", "code": "1"}', "code"),
        ("/api/v1/session", '{"person": "w0", "person": "w1"}', "'person'"),
    ],
)
def test_the_sentence_names_what_stands_twice(plain_manned: Served, path: str, body: str, named: str) -> None:
    answer = plain_manned.client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    message = answer.json()["error"]["message"]
    assert message.endswith(f"{named} stands twice in one object, and nobody knows which is meant")


@pytest.mark.parametrize("path", ["/api/v1/incidents/1/events", "/api/v1/walls/pair"])
@pytest.mark.parametrize(
    ("body", "said"), [("[]", "must be a JSON object, is a list"), ("{", "is not JSON: Expecting")]
)
def test_what_is_wrong_with_a_whole_body_is_said_of_the_body(
    plain_manned: Served, path: str, body: str, said: str
) -> None:
    answer = plain_manned.client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["error"]["message"].startswith(f"the body {said}")
