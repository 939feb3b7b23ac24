"""One incident by the id its source has for it, and what a sender may not learn by sending it again."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import SOUTH, STEP, WEST, Served

Report = Callable[..., dict[str, Any]]
IN_T1, IN_T2 = {"lon": WEST + STEP / 2}, {"lon": WEST + 3.5 * STEP}
JSON_LINES = {"Content-Type": "application/x-ndjson"}


def found(client: httpx.Client, report: dict[str, Any], path: str = "/api/v1/incidents") -> list[int]:
    answer = client.get(path, params={"source": report["source"], "source_id": report["source_id"]})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["incidents"]]


def test_source_and_source_id_find_the_one_incident(plain_manned: Served, a_report: Report) -> None:
    report, other = a_report(source="feed", **IN_T1), a_report(source="feed", **IN_T2)
    # Asked before anything came from it, the answer is no error.
    assert found(plain_manned.client, report) == []
    number = plain_manned.client.post("/api/v1/incidents", json=report).json()["id"]
    far = plain_manned.client.post("/api/v1/incidents", json=other).json()["id"]
    assert found(plain_manned.client, report) == [number]
    assert found(plain_manned.client, {**report, "source": "hotline"}) == []
    with plain_manned.as_person("w0") as worker:
        assert found(worker, report) == [number]
        assert found(worker, other) == []
    text = plain_manned.client.get(
        "/api/v1/exports/incidents.csv", params={"source": "feed", "source_id": other["source_id"]}
    ).text
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == [str(far)]


def test_a_source_is_listed_page_by_page(plain_manned: Served, a_report: Report) -> None:
    reports = [a_report(source="paged") for _ in range(5)]
    plain_manned.post_lines(*reports, *[a_report(source="between") for _ in range(5)])
    listed: list[str] = []
    query: dict[str, Any] = {"source": "paged", "limit": 2}
    while True:
        page = plain_manned.client.get("/api/v1/incidents", params=query).json()
        listed += [one["source_id"] for one in page["incidents"]]
        if page["next_before"] is None:
            break
        query["before"] = page["next_before"]
    assert sorted(listed) == sorted(one["source_id"] for one in reports)


@pytest.mark.parametrize("lines", [False, True])
def test_sending_it_again_tells_no_place_and_no_number_to_who_may_not_see_it(
    plain_manned: Served, a_report: Report, lines: bool
) -> None:
    report = a_report(**IN_T2)
    number = plain_manned.client.post("/api/v1/incidents", json=report).json()["id"]
    with plain_manned.as_person("w0") as worker:
        # The sender claims another place: it is the same incident, and where it lies is not said.
        guess = {**report, **IN_T1, "lat": SOUTH + STEP / 2}
        if lines:
            answer = worker.post("/api/v1/incidents", content=json.dumps(guess), headers=JSON_LINES)
            counts = {"received": 1, "created": 0, "already_known": 1, "rejected": 0, "rejects": []}
            assert answer.json() == counts
        else:
            answer = worker.post("/api/v1/incidents", json=guess)
            assert answer.json() == {"id": None, "created": False, "grid": None, "placed_by": None}
        assert answer.status_code == 200
        assert "location" not in answer.headers
        for secret in ("L30", "T2"):
            assert secret not in answer.text.replace(report["source_id"], "")
    again = plain_manned.client.post("/api/v1/incidents", json=report)
    assert (again.status_code, again.json()["id"]) == (200, number)


def test_the_sender_who_sees_it_gets_the_same_receipt_again(plain_manned: Served, a_report: Report) -> None:
    report = a_report(**IN_T1)
    with plain_manned.as_person("w0") as worker:
        first, second = (worker.post("/api/v1/incidents", json=report) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == {**first.json(), "created": False}
    assert second.headers["location"] == first.headers["location"]
