"""Incidents out, and on through their life cycle."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

Report = Callable[..., dict[str, Any]]


def report(served: Any, *reports: dict[str, Any]) -> None:
    assert served.post_lines(*reports)["created"] == len(reports)


def step(served: Any, incident_id: int, kind: str, **detail: Any) -> Any:
    body = {"kind": kind, "at": datetime.now(UTC).isoformat(), "actor": "王芳", "detail": detail}
    return served.client.post(f"/api/v1/incidents/{incident_id}/events", json=body)


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [incident["source_id"] for incident in answer.json()["incidents"]]


def test_an_incident_goes_its_way_and_its_trace_shows_it(served: Any, a_report: Report) -> None:
    incident_id = served.client.post("/api/v1/incidents", json=a_report()).json()["id"]
    for kind in ("verified", "filed"):
        assert step(served, incident_id, kind).json()["stage"] == kind
    dispatched = step(served, incident_id, "dispatched", handler="城管中队").json()
    assert (dispatched["stage"], dispatched["handler"]) == ("dispatched", "城管中队")
    assert datetime.fromisoformat(dispatched["due_at"]).utcoffset() == timedelta(hours=8)
    trace = served.client.get(f"/api/v1/incidents/{incident_id}").json()
    assert [event["kind"] for event in trace["events"]] == ["reported", "verified", "filed", "dispatched"]
    assert [event["n"] for event in trace["events"]] == [0, 1, 2, 3]
    chained = [event["prev_hash"] for event in trace["events"][1:]]
    assert chained == [event["hash"] for event in trace["events"][:-1]]
    assert {name: trace[name] for name in dispatched} == dispatched


def test_a_step_out_of_order_is_a_conflict_and_changes_nothing(served: Any, a_report: Report) -> None:
    incident_id = served.client.post("/api/v1/incidents", json=a_report()).json()["id"]
    answer = step(served, incident_id, "closed", means="service", level=3)
    error = served.error(answer)
    assert (answer.status_code, error["code"]) == (409, "step_illegal")
    assert "verified" in error["values"]["allowed"]
    trace = served.client.get(f"/api/v1/incidents/{incident_id}").json()
    assert (trace["stage"], len(trace["events"])) == ("reported", 1)


def test_a_step_before_the_one_it_follows_is_refused_with_both_times(plain_served: Any, a_report: Report) -> None:
    served, now = plain_served, datetime.now(UTC)
    reported = now - timedelta(hours=3)
    incident_id = served.client.post("/api/v1/incidents", json=a_report(reported_at=reported.isoformat())).json()["id"]
    address = f"/api/v1/incidents/{incident_id}/events"

    def told(kind: str, at: datetime | None, **detail: Any) -> Any:
        said = {} if at is None else {"at": at.isoformat()}
        return served.client.post(address, json={"kind": kind, "actor": "王芳", "detail": detail, **said})

    for minutes, kind in enumerate(("verified", "filed")):
        assert told(kind, reported + timedelta(minutes=minutes)).status_code == 200
    sent = reported + timedelta(hours=1)
    assert told("dispatched", sent, handler="城管中队").status_code == 200
    answer = told("claimed", sent - timedelta(seconds=1))
    error = served.error(answer)
    assert (answer.status_code, error["code"]) == (422, "step_out_of_order")
    assert {name: error["values"][name] for name in ("field", "at", "follows", "follows_at")} == {
        "field": "at", "at": (sent - timedelta(seconds=1)).isoformat(), "follows": "dispatched",
        "follows_at": sent.isoformat(),
    }  # fmt: skip
    # What a fast clock says lies ahead was done when it was told; what says no time, too, and after it.
    ahead = datetime.now(UTC) + timedelta(minutes=4)
    assert told("claimed", ahead).status_code == 200
    assert told("handled", None).status_code == 200
    claimed, handled = served.client.get(f"/api/v1/incidents/{incident_id}").json()["events"][-2:]
    assert claimed["detail"]["said_at"] == ahead.isoformat()
    assert now < datetime.fromisoformat(claimed["at"]) <= datetime.fromisoformat(handled["at"]) < ahead
    assert "said_at" not in handled["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"kind": "verified"}', "actor"),
        (b'{"kind": "verified", "at": "soon", "actor": "a"}', "at"),
        (b'{"kind": "verified", "at": "2026-11-22T15:00:00", "actor": "a"}', "at"),
        (b'{"kind": 3, "at": "2026-11-22T15:00:00Z", "actor": "a"}', "kind"),
        (b'{"kind": "verified", "at": "2026-11-22T15:00:00Z", "actor": "a", "when": 1}', "when"),
        (b'{"kind": "verified", "at": "2026-11-22T15:00:00Z", "actor": "a", "detail": {"note": NaN}}', ""),
        (b'{"kind": "verified", "at": "2026-11-22T15:00:00Z", "actor": "a", "detail": {"note": "\\u0000"}}', "detail"),
        (b'{"kind": "verified", "at": "2026-11-22T15:00:00Z", "actor": ""}', "actor"),
        (b'{"kind": "exploded", "at": "2026-11-22T15:00:00Z", "actor": "a"}', "kind"),
        (b'{"kind": "verified", "at": "1', ""),
        (b"", ""),
    ],
)
def test_a_step_that_cannot_be_names_its_field(plain_served: Any, a_report: Report, body: bytes, field: str) -> None:
    incident_id = plain_served.client.post("/api/v1/incidents", json=a_report()).json()["id"]
    answer = plain_served.client.post(
        f"/api/v1/incidents/{incident_id}/events", content=body, headers={"Content-Type": "application/json"}
    )
    error = plain_served.error(answer)
    assert (answer.status_code, error["code"], error["values"]["field"]) == (422, "step_invalid", field)


@pytest.mark.parametrize("incident_id", ["999999", str(2**63 - 1)])
def test_an_unknown_incident_is_not_found(plain_served: Any, incident_id: str) -> None:
    for answer in (
        plain_served.client.get(f"/api/v1/incidents/{incident_id}"),
        step(plain_served, int(incident_id), "verified"),
    ):
        assert (answer.status_code, plain_served.error(answer)["code"]) == (404, "incident_unknown")


@pytest.mark.parametrize("incident_id", ["0", "-1", "abc", str(2**63), "9" * 5000])
def test_an_id_that_cannot_be_is_told_so(plain_served: Any, incident_id: str) -> None:
    answer = plain_served.client.get(f"/api/v1/incidents/{incident_id}")
    assert (answer.status_code, plain_served.error(answer)["code"]) == (422, "request_invalid")


def test_the_list_filters_and_pages(served: Any, a_report: Report) -> None:
    now = datetime.now(UTC)
    reports = [
        a_report(
            number,
            reported_at=(now - timedelta(minutes=number)).isoformat(),
            lon=120.205 + 0.01 * (number % 4),
            source="video" if number % 5 == 0 else "hotline",
        )
        for number in range(1, 21)
    ]
    report(served, *reports)
    newest = [f"J-{number}" for number in range(1, 21)]

    def listed(**query: Any) -> Any:
        return served.client.get("/api/v1/incidents", params=query)

    assert ids(listed()) == newest
    assert ids(listed(limit=3)) == newest[:3]
    # Towns hold the columns 0-1 and 2-3 of the small city.
    assert ids(listed(within="1:T2")) == [f"J-{number}" for number in range(1, 21) if number % 4 in (2, 3)]
    assert ids(listed(source="video")) == ["J-5", "J-10", "J-15", "J-20"]

    for query in ({}, {"source": "video"}):
        paged: list[str] = []
        before = None
        while True:
            answer = listed(limit=3, **query, **({} if before is None else {"before": before}))
            paged += ids(answer)
            before = answer.json()["next_before"]
            if before is None:
                break
        assert paged == ids(listed(**query))

    first = served.client.get("/api/v1/incidents", params={"limit": 1}).json()["incidents"][0]["id"]
    assert step(served, first, "voided", reason="试").status_code == 200
    assert ids(listed(open=True)) == newest[1:]
    assert ids(listed(stage="voided")) == newest[:1]
    assert ids(listed(stage=["voided", "reported"])) == newest


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"within": "1:nowhere"}, "grid_unknown"),
        ({"within": ""}, "grid_unknown"),
        ({"stage": "lost"}, "request_invalid"),
        ({"limit": 0}, "request_invalid"),
        ({"limit": 100_000}, "request_invalid"),
        ({"limit": "many"}, "request_invalid"),
        ({"before": "x"}, "request_invalid"),
        ({"before": 10**9}, "query_invalid"),
        ({"source": "nobody"}, "query_invalid"),
        ({"source": ""}, "query_invalid"),
        ({"source": "no\0body"}, "query_invalid"),
        ({"open": True, "stage": ["closed", "voided"]}, "query_invalid"),
        ({"source_id": "J-1"}, "query_invalid"),
        ({"source": "hotline", "source_id": "J\0"}, "query_invalid"),
    ],
)
def test_a_list_that_has_no_meaning_is_refused(plain_served: Any, query: dict[str, Any], code: str) -> None:
    answer = plain_served.client.get("/api/v1/incidents", params=query)
    assert (answer.status_code, plain_served.error(answer)["code"]) == (422, code)


def test_export_holds_every_incident_and_runs_in_no_spreadsheet(served: Any, a_report: Report) -> None:
    now = datetime.now(UTC)
    titles = ["=1+1", "+86138", "-3", "@SUM(A1)", "\t=1", "普通", '带"引号",逗号']
    report(
        served,
        *[
            a_report(number, title=title, reported_at=(now - timedelta(minutes=number)).isoformat())
            for number, title in enumerate(titles)
        ],
    )
    answer = served.client.get("/api/v1/exports/incidents.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["source_id"] for row in rows] == [f"J-{number}" for number in range(len(titles))]
    shown = [row["title"] for row in rows]
    assert shown == ["'=1+1", "'+86138", "'-3", "'@SUM(A1)", "'=1", "普通", '带"引号",逗号']
    assert all(float(row["lon"]) > 120 for row in rows)


def test_export_walks_over_pages_and_keeps_to_its_span(plain_served: Any, a_report: Report) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    reports = [a_report(n, source="walk", reported_at=(now - timedelta(minutes=n)).isoformat()) for n in range(2_300)]
    report(plain_served, *reports)

    def exported(**query: str) -> list[str]:
        answer = plain_served.client.get("/api/v1/exports/incidents.csv", params={"source": "walk", **query})
        return [row["source_id"] for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))]

    assert exported() == [f"J-{n}" for n in range(2_300)]
    span = {"since": (now - timedelta(minutes=1_200)).isoformat(), "until": (now - timedelta(minutes=10)).isoformat()}
    assert exported(**span) == [f"J-{n}" for n in range(11, 1_201)]
    refused = plain_served.client.get(
        "/api/v1/exports/incidents.csv", params={"since": span["until"], "until": span["since"]}
    )
    assert (refused.status_code, plain_served.error(refused)["code"]) == (422, "query_invalid")
