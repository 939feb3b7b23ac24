"""A closed incident over HTTP: opened again, corrected; and the declared steps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from data.incidents.audit import rebuild, verify
from data.incidents.rules import FREE_TEXT, STEP_RULES, stage_after

Report = Callable[..., dict[str, Any]]
WHY = {"reason": "回访不满意"}


def step(client: Any, incident_id: int, kind: str, at: datetime | None = None, **detail: Any) -> httpx.Response:
    body = {"kind": kind, "detail": detail, "actor": "王芳"} | ({} if at is None else {"at": at.isoformat()})
    answer: httpx.Response = client.post(f"/api/v1/incidents/{incident_id}/events", json=body)
    return answer


def closed(client: Any, a_report: Report, at: datetime | None = None) -> int:
    incident_id = int(client.post("/api/v1/incidents", json=a_report()).json()["id"])
    for kind in ("verified", "filed", "dispatched", "claimed", "handled", "checked", "closed"):
        said = {"means": "service", "level": 1} if kind == "closed" else {}
        answer = step(client, incident_id, kind, at, **said)
        assert answer.status_code == 200, answer.text
    return incident_id


def measures(manned: Any, seq: int, **query: Any) -> dict[str, int]:
    manned.followed(seq)
    answer = manned.client.get("/api/v1/kpis", params={"level": 1, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["total"]["measures"])


def test_it_is_opened_again_and_counts_by_its_current_life(manned: Any, a_report: Report) -> None:
    with manned.as_person("d1") as client:
        then = datetime.now(UTC) - timedelta(minutes=10)
        incident_id = closed(client, a_report, then)
        before = client.get(f"/api/v1/incidents/{incident_id}").json()
        counted = measures(manned, before["seq"])
        assert (counted["closed"], counted["open"], counted["service"]) == (1, 0, 1)
        assert step(client, incident_id, "reopened").status_code == 422
        again = step(client, incident_id, "reopened", **WHY).json()
        assert (again["stage"], again["reopens"], again["closed_at"], again["means"]) == ("filed", 1, None, None)
        assert again["filed_at"] > before["filed_at"]
        assert again["clock_due_at"] is not None
        at_desk = client.get(f"/api/v1/desk/incidents/{incident_id}").json()
        assert at_desk["row"]["reopens"] == 1
        assert "dispatched" in [action["kind"] for action in at_desk["actions"]]
        assert at_desk["incident"]["events"][-1]["detail"]["reason"] == WHY["reason"]
    counted = measures(manned, again["seq"])
    assert (counted["closed"], counted["open"], counted["service"], counted["filed"]) == (0, 1, 0, 1)
    past = manned.client.get("/api/v1/kpis", params={"level": 1, "moment": then.isoformat()}).json()
    assert (past["total"]["measures"]["closed"], past["total"]["measures"]["open"]) == (1, 0)
    assert verify(manned.services.store).findings == ()
    rebuilt = rebuild(manned.services.store)
    assert (rebuilt.missing, rebuilt.added, rebuilt.different) == ((), (), ())


def test_it_is_corrected_and_stays_closed(manned: Any, a_report: Report) -> None:
    with manned.as_person("d1") as client:
        incident_id = closed(client, a_report)
        before = client.get(f"/api/v1/incidents/{incident_id}").json()
        actions = {one["kind"]: one for one in client.get(f"/api/v1/desk/incidents/{incident_id}").json()["actions"]}
        assert set(actions) == {"reopened", "corrected"}
        assert actions["corrected"]["one_of"] == ["category", "means", "satisfaction", "lon", "grid_code"]
        said = {"means": "enforcement", "satisfaction": "neutral", "category": "noise", "lon": 120.235, "lat": 31.805}
        after = step(client, incident_id, "corrected", **said, **WHY).json()
    assert (after["stage"], after["closed_at"], after["corrections"]) == ("closed", before["closed_at"], 1)
    assert (after["means"], after["satisfaction"], after["category"]) == ("enforcement", "neutral", "noise")
    assert after["grid"] != before["grid"]
    counted = measures(manned, after["seq"])
    assert (counted["closed"], counted["enforcement"], counted["service"], counted["rated"]) == (1, 1, 0, 1)
    event = manned.client.get(f"/api/v1/incidents/{incident_id}").json()["events"][-1]
    assert (event["kind"], event["detail"]["reason"]) == ("corrected", WHY["reason"])


def test_others_may_not(manned: Any, a_report: Report) -> None:
    with manned.as_person("d1") as client:
        incident_id = closed(client, a_report)
    with manned.as_person("w0") as client:
        for kind, said in (("reopened", WHY), ("corrected", WHY | {"means": "service"})):
            answer = step(client, incident_id, kind, **said)
            assert answer.status_code == 403, answer.text
        refused = client.get(f"/api/v1/desk/incidents/{incident_id}").json()["refusals"]
        reasons = {one["kind"]: one["reason"] for one in refused}
        assert (reasons["reopened"], reasons["corrected"], reasons["noted"]) == ("role", "role", "ended")


def test_the_steps_are_those_of_the_rules(manned: Any) -> None:
    document = manned.client.get("/api/v1/steps").json()
    assert [one["kind"] for one in document["steps"]] == list(STEP_RULES)
    for one in document["steps"]:
        rule = STEP_RULES[one["kind"]]
        assert {said["name"]: (said["type"], said["required"]) for said in one["says"]} == {
            name: (says.type, says.required) for name, says in rule.says.items()
        }
        assert one["leads_to"] == {stage: stage_after(rule, stage) for stage in rule.stages}
        assert (one["needs_reason"], one["one_of"]) == (rule.needs_reason, list(rule.one_of))
        assert one["by_hand"] == (one["kind"] != "attached")
        for label in (one["label"], one["done"]):
            assert label["zh"]
            assert label["en"]
    assert [one["name"] for one in document["free_text"]] == list(FREE_TEXT)
    assert document["fields"]["means"] == {"zh": "手段", "en": "Means"}
