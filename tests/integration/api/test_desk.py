"""The desk over HTTP: what each sees and may do, what helps to decide, and two who act at once."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dashboard.api.models import ReportIn
from data.incidents.lifecycle import allowed
from data.incidents.rules import STEP_RULES

Report = Callable[..., dict[str, Any]]
# Leaves L00 and L30 of the small city: one in each town.
EAST = {"lon": 120.235}


def reported(client: Any, a_report: Report, **fields: Any) -> int:
    answer = client.post("/api/v1/incidents", json=a_report(**fields))
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def step(client: Any, incident_id: int, kind: str, expect_n: int | None = None, **detail: Any) -> httpx.Response:
    body: dict[str, Any] = {"kind": kind, "detail": detail, "actor": "王芳"}
    if expect_n is not None:
        body["expect_n"] = expect_n
    answer: httpx.Response = client.post(f"/api/v1/incidents/{incident_id}/events", json=body)
    return answer


def taken(client: Any, incident_id: int, *kinds: str, **detail: Any) -> dict[str, Any]:
    for kind in kinds:
        answer = step(client, incident_id, kind, **detail)
        assert answer.status_code == 200, answer.text
    return dict(answer.json())


def queue(client: Any, name: str = "all", **query: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/desk/queue", params={"queue": name, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ids(document: dict[str, Any]) -> list[int]:
    return [row["id"] for row in document["rows"]]


def test_units_are_compared_by_what_they_were_given(manned: Any, a_report: Report) -> None:
    with manned.as_person("d1") as client:
        for place, closed in (({}, True), ({}, False), (EAST, False)):
            incident_id = reported(client, a_report, **place)
            taken(client, incident_id, "verified", "filed")
            last = taken(client, incident_id, "dispatched", means="enforcement")
            if closed:
                taken(client, incident_id, "claimed", "handled", "checked")
                last = taken(client, incident_id, "closed", means="enforcement", level=1)
    manned.followed(last["seq"])
    rows = manned.client.get("/api/v1/kpis", params={"by": "unit"}).json()["rows"]
    assert [(row["code"], row["name"], row["measures"]["reported"]) for row in rows] == [
        ("T1-squad", "澄江一中队", 2), ("team", "市容执法大队", 1),
    ]  # fmt: skip
    table = manned.client.get("/api/v1/kpis/league", params={"of": "units", "kpi": "closing_rate"}).json()
    assert {row["id"]: (row["name"], row["value"], row["sample"]) for row in table["rows"] if row["sample"]} == {
        "T1-squad": ("澄江一中队", 0.5, 2), "team": ("市容执法大队", 0.0, 1),
    }  # fmt: skip
    assert {row["id"] for row in table["rows"]} == set(manned.services.desk.directory.units)
    behind = manned.client.get("/api/v1/kpis/cases", params={"of": "open", "unit": "T1-squad"}).json()
    assert [manned.client.get(f"/api/v1/incidents/{one}").json()["unit"] for one in behind["ids"]] == ["T1-squad"]


def test_an_incident_moves_from_queue_to_queue(manned: Any, a_report: Report) -> None:
    with manned.as_person("d1") as client:
        incident_id = reported(client, a_report)
        first = queue(client)
        assert ids(first) == [incident_id]
        row = first["rows"][0]
        assert (row["grid"]["id"], row["grid"]["path"]) == ("3:L00", ["澄江街道", "村0", "格00"])
        assert row["category"] == {"code": "garbage", "zh": "暴露垃圾", "en": "Exposed garbage"}
        assert (row["stage"], row["n"], row["area"]) == ("reported", 0, None)
        assert row["clock"]["kind"] == "dispatch"
        assert row["responsible"] == {"person": "w0", "name": "赵一", "post": "member"}
        assert first["seq"] == manned.client.get(f"/api/v1/incidents/{incident_id}").json()["seq"]
        taken(client, incident_id, "verified", "filed")
        dispatched = taken(client, incident_id, "dispatched", means="enforcement")
        assert (dispatched["unit"], dispatched["handler"]) == ("T1-squad", "澄江一中队")
        assert ids(queue(client, "unclaimed")) == [incident_id]
        with manned.as_person("h1") as handler:
            assert ids(queue(handler, "mine")) == [incident_id]
            returned = taken(handler, incident_id, "returned", reason="不属本队")
            assert returned["stage"] == "filed"
        counts = queue(client, "returned")["counts"]
        assert counts == {
            "all": 1, "mine": 0, "unclaimed": 0, "yellow": counts["yellow"], "red": 0, "unlocated": 0, "returned": 1,
        }  # fmt: skip
        taken(client, incident_id, "voided", reason="重复")
        assert queue(client)["counts"]["all"] == 0


def test_a_search_finds_what_is_closed_by_its_number_and_its_person(manned: Any, a_report: Report) -> None:
    with manned.as_person("d1") as client:
        closed = reported(client, a_report, title="井盖松动")
        taken(client, closed, "verified", "filed")
        taken(client, closed, "dispatched", means="enforcement")
        taken(client, closed, "claimed", "handled", "checked")
        taken(client, closed, "closed", means="enforcement", level=1)
        living = reported(client, a_report, title="井盖缺失")
        responsible = queue(client, q=f"#{closed}")["rows"][0]["responsible"]["name"]
        found = queue(client, q="井盖")
        assert (ids(found), found["total"], found["ended"], found["elsewhere"]) == ([living, closed], 2, 1, 0)
        assert found["ended_since"] is None
        for typed in (f"#{closed}", f"＃{closed}号", f" {closed} ", f"00{closed}", f"{responsible} 井盖松动"):
            assert ids(queue(client, q=typed))[0] == closed, typed
        # A queue that does not hold it says how many others do.
        red = queue(client, "red", q=f"#{closed}")
        assert (ids(red), red["total"], red["elsewhere"]) == ([], 0, 1)
        assert queue(client)["elsewhere"] == queue(client, "red")["elsewhere"] == 0


def test_a_merged_incident_says_where_it_went_and_its_target_what_came(manned: Any, a_report: Report) -> None:
    with manned.as_person("d1") as client:
        first, second, third = (reported(client, a_report) for _ in range(3))
        taken(client, first, "merged", into=second, reason="同一处")
        taken(client, second, "merged", into=third, reason="同一处")
        at_first, at_second, at_third = (
            client.get(f"/api/v1/desk/incidents/{each}").json() for each in (first, second, third)
        )
        assert [each["id"] for each in at_first["merged_into"]] == [second, third]
        assert [each["id"] for each in at_second["merged_into"]] == [third]
        assert [each["id"] for each in at_second["merged"]] == [first]
        assert (at_third["merged_into"], [each["id"] for each in at_third["merged"]]) == ([], [second])
        told = at_third["merged"][0]
        assert (told["stage"], told["grid"]["id"], told["category"]["zh"]) == ("voided", "3:L00", "暴露垃圾")
        assert told["merged_at"] is not None
        assert at_third["incident"]["merged_into"] is None


def test_what_was_merged_from_outside_the_scope_is_not_told(manned: Any, a_report: Report) -> None:
    with manned.as_person("d1") as client:
        west, east = reported(client, a_report), reported(client, a_report, **EAST)
        taken(client, west, "merged", into=east, reason="同一处")
    with manned.as_person("c2") as over_east, manned.as_person("s1") as over_west:
        assert over_east.get(f"/api/v1/desk/incidents/{east}").json()["merged"] == []
        assert over_west.get(f"/api/v1/desk/incidents/{west}").json()["merged_into"] == []


def test_a_step_that_cannot_be_taken_says_why(manned: Any, a_report: Report) -> None:
    with manned.as_person("d1") as client, manned.as_person("s1") as supervisor:
        incident_id = reported(client, a_report)
        document = client.get(f"/api/v1/desk/incidents/{incident_id}").json()
        kinds = [action["kind"] for action in document["actions"]]
        refused = {refusal["kind"]: refusal for refusal in document["refusals"]}
        assert sorted([*kinds, *refused]) == sorted(set(STEP_RULES) - {"attached"})
        assert (refused["closed"]["reason"], refused["closed"]["stages"]) == ("stage", ["checked"])
        assert refused["resumed"]["reason"] == "not_suspended"
        assert document["role"] == "dispatcher"
        seen = supervisor.get(f"/api/v1/desk/incidents/{incident_id}").json()
        filed = next(refusal for refusal in seen["refusals"] if refusal["kind"] == "filed")
        assert (seen["role"], filed["reason"]) == ("supervisor", "role")
        assert "dispatcher" in filed["roles"]


def test_a_position_has_the_names_of_its_grids(plain_manned: Any) -> None:
    answer = plain_manned.client.get("/api/v1/grids/at", params={"lon": 120.205, "lat": 31.805})
    assert [(grid["id"], grid["name"]) for grid in answer.json()["grids"]] == [
        ("1:T1", "澄江街道"), ("2:V0", "村0"), ("3:L00", "格00"),
    ]  # fmt: skip
    outside = plain_manned.client.get("/api/v1/grids/at", params={"lon": 0, "lat": 0})
    assert outside.json() == {"grids": []}
    for bad in (
        {"lon": 181, "lat": 0},
        {"lon": "nan", "lat": 0},
        {"lon": 0},
        {"lon": 0, "lat": 0, "coordinate_system": "x"},
    ):
        assert plain_manned.client.get("/api/v1/grids/at", params=bad).status_code == 422, bad


@pytest.mark.parametrize(
    ("said", "grid", "area"),
    [("3:L30", "3:L30", None), ("L30", "3:L30", None), ("2:V3", None, "2:V3"), ("T2", None, "1:T2")],
)
def test_a_place_is_chosen_by_the_id_or_code_of_a_grid(
    plain_manned: Any, a_report: Report, said: str, grid: str | None, area: str | None
) -> None:
    incident_id = reported(plain_manned.client, a_report, lon=..., lat=...)
    placed = taken(plain_manned.client, incident_id, "located", grid_code=said)
    assert placed["grid"] == grid
    row = plain_manned.client.get(f"/api/v1/desk/incidents/{incident_id}").json()["row"]
    assert (row["area"] and row["area"]["id"]) == area


def test_rows_say_nothing_about_who_reported(plain_manned: Any, a_report: Report) -> None:
    reported(plain_manned.client, a_report)
    row = queue(plain_manned.client)["rows"][0]
    kept_back = set(ReportIn.model_fields) - {"category", "title", "address", "source", "reported_at"}
    assert kept_back & set(row) == set()
    assert {"source_id", "reporter", "actor", "phone"} & set(row) == set()


def test_a_town_sees_steps_on_counts_and_finds_nothing_outside(manned: Any, a_report: Report) -> None:
    inside = reported(manned.client, a_report, address="界河边")
    outside = reported(manned.client, a_report, **EAST, address="界河边")
    nowhere = reported(manned.client, a_report, lon=..., lat=..., address="界河边")
    with manned.as_person("c2") as east, manned.as_person("s1") as west:
        document = queue(east)
        assert (ids(document), document["total"]) == ([outside], 1)
        assert document["counts"]["all"] == 1
        assert document["counts"]["unlocated"] == 0
        assert ids(queue(west)) == [inside]
        assert ids(queue(east, within="1:T1")) == []
        assert queue(east, within="1:T1")["counts"]["all"] == 0
        for hidden in (inside, nowhere):
            for answer in (
                east.get(f"/api/v1/incidents/{hidden}"),
                east.get(f"/api/v1/desk/incidents/{hidden}"),
                step(east, hidden, "verified"),
            ):
                assert (answer.status_code, manned.error(answer)["code"]) == (404, "incident_unknown")
        assert [one["id"] for one in east.get("/api/v1/incidents").json()["incidents"]] == [outside]
        assert set(ids(queue(east, q=str(inside)))) <= {outside}
        # The same address, category and day: neighbours and duplicates all the same only where one may look.
        at_desk = east.get(f"/api/v1/desk/incidents/{outside}").json()
        assert (at_desk["neighbours"], at_desk["duplicates"]) == ([], [])
        whole = manned.client.get(f"/api/v1/desk/incidents/{outside}").json()
        assert [near["id"] for near in whole["duplicates"]] == [nowhere]


def test_what_lies_in_no_grid_belongs_to_the_town_that_is_known(manned: Any, a_report: Report) -> None:
    somewhere = reported(manned.client, a_report, lon=..., lat=..., grid_code="V2")
    whole = queue(manned.client, "unlocated")["rows"][0]
    assert (whole["grid"], whole["area"]["id"]) == (None, "2:V2")
    with manned.as_person("c2") as east, manned.as_person("c1") as west:
        assert ids(queue(east, "unlocated")) == [somewhere]
        assert east.get(f"/api/v1/desk/incidents/{somewhere}").json()["row"]["area"]["path"] == ["徐霞客镇", "村2"]
        assert queue(west)["counts"]["all"] == 0
        assert west.get(f"/api/v1/desk/incidents/{somewhere}").status_code == 404
        located = step(east, somewhere, "located", lon=120.225, lat=31.805)
        assert (located.status_code, located.json()["grid"]) == (200, "3:L20")
        assert queue(east)["counts"]["unlocated"] == 0


def test_each_role_is_offered_what_it_may_take_and_no_more(manned: Any, a_report: Report) -> None:
    incident_id = reported(manned.client, a_report)
    for person in ("d1", "w0", "c1", "s1"):
        with manned.as_person(person) as client:
            at_desk = client.get(f"/api/v1/desk/incidents/{incident_id}").json()
            offered = {action["kind"] for action in at_desk["actions"]}
            taken_by: dict[int, set[str]] = {}
            for kind in STEP_RULES:
                # What nothing may say is refused last, so that nothing happens and the rights show.
                answer = step(client, incident_id, kind, bogus=1)
                taken_by.setdefault(answer.status_code, set()).add(kind)
            assert set(taken_by) <= {403, 409, 422}
            assert offered == taken_by[422] - {"attached"} != set()
            assert taken_by[409] == set(STEP_RULES) - set(allowed(manned.services.desk.get(incident_id, manned.city)))
    with manned.as_person("w0") as worker:
        error = manned.error(step(worker, incident_id, "voided", reason="不想要"))
        assert (error["values"]["kind"], error["values"]["role"]) == ("voided", "grid_worker")


def test_actions_say_what_they_ask_for(manned: Any, a_report: Report) -> None:
    incident_id = reported(manned.client, a_report)
    taken(manned.client, incident_id, "verified", "filed")
    at_desk = manned.client.get(f"/api/v1/desk/incidents/{incident_id}").json()
    actions = {action["kind"]: action for action in at_desk["actions"]}
    assert actions["voided"]["needs_reason"] is True
    assert {"name": "unit", "type": "text", "required": False} in actions["dispatched"]["says"]
    assert "claimed" not in actions


def test_the_desk_shows_the_rule_and_what_was_chosen_against_it(manned: Any, a_report: Report) -> None:
    incident_id = reported(manned.client, a_report)
    url = f"/api/v1/desk/incidents/{incident_id}"
    taken(manned.client, incident_id, "verified", "filed")
    before = manned.client.get(url, params={"means": "enforcement"}).json()
    assert before["chosen"] is None
    assert (before["decision"]["unit"], before["decision"]["means"]) == ("T1-squad", "enforcement")
    assert before["decision"]["person"]["person"] == "h1"
    assert [decision["means"] for decision in before["decisions"]] == ["service", "management", "enforcement"]
    assert manned.client.get(url).json()["decision"]["means"] == "service"
    assert "T1-squad" in [unit["code"] for unit in before["units"]]
    assert {(held["post"], held["person"]) for held in before["people"]} >= {("member", "w0"), ("patrol", None)}
    # Against the rule: only with a reason, and the trace says so.
    refused = step(manned.client, incident_id, "dispatched", means="enforcement", unit="T2-team")
    assert (refused.status_code, manned.error(refused)["values"]["field"]) == (422, "reason")
    taken(manned.client, incident_id, "dispatched", means="enforcement", unit="T2-team", reason="临近支援")
    chosen = manned.client.get(url).json()["chosen"]
    assert (chosen["unit"], chosen["rule_unit"], chosen["override"]) == ("T2-team", "T1-squad", True)
    assert (chosen["reason"], chosen["unit_name"], chosen["means"]) == ("临近支援", "徐霞客综合执法局", "enforcement")
    assert chosen["n"] == 3


def test_the_desk_shows_trace_place_and_neighbours(manned: Any, a_report: Report) -> None:
    of = reported(manned.client, a_report)
    near = reported(manned.client, a_report, lon=120.2054, lat=31.8051)
    other = reported(manned.client, a_report, lon=120.2056, lat=31.8051, category="noise")
    far = reported(manned.client, a_report, **EAST)
    old = reported(manned.client, a_report, reported_at=(datetime.now(UTC) - timedelta(days=30)).isoformat())
    at_desk = manned.client.get(f"/api/v1/desk/incidents/{of}").json()
    assert at_desk["position"] == pytest.approx([120.205, 31.805])
    assert [event["kind"] for event in at_desk["incident"]["events"]] == ["reported"]
    assert at_desk["incident"]["n"] == at_desk["row"]["n"] == 0
    assert [one["id"] for one in at_desk["neighbours"]] == [near, other]
    assert [one["same_category"] for one in at_desk["neighbours"]] == [True, False]
    assert 35 < at_desk["neighbours"][0]["distance_m"] < 45
    assert [one["id"] for one in at_desk["duplicates"]] == [near]
    assert {far, old} & {one["id"] for one in at_desk["neighbours"]} == set()
    # Proposed, not merged: a person does it.
    assert manned.client.get(f"/api/v1/incidents/{near}").json()["stage"] == "reported"
    merged = taken(manned.client, near, "merged", into=of, reason="同一处垃圾")
    assert (merged["stage"], merged["merged_into"]) == ("voided", of)
    assert manned.client.get(f"/api/v1/desk/incidents/{of}").json()["duplicates"] == []


def test_a_step_sent_twice_is_taken_once(manned: Any, a_report: Report) -> None:
    incident_id = reported(manned.client, a_report)
    answers = [step(manned.client, incident_id, "verified", expect_n=0, key="phone-17") for _ in range(3)]
    assert [(answer.status_code, answer.json()["n"]) for answer in answers] == [(200, 1)] * 3
    assert step(manned.client, incident_id, "verified", key="phone-18").status_code == 409


def test_of_two_dispatchers_one_wins_and_the_other_is_told(manned: Any, a_report: Report) -> None:
    with manned.as_person("d1") as one, manned.as_person("d2") as two:
        for _ in range(8):
            incident_id = reported(manned.client, a_report)
            taken(manned.client, incident_id, "verified", "filed")
            begin = threading.Barrier(2)
            answers: dict[str, httpx.Response] = {}

            def act(
                client: httpx.Client, name: str, kind: str, detail: dict[str, Any], *, incident_id: int = incident_id,
                begin: threading.Barrier = begin, answers: dict[str, httpx.Response] = answers,
            ) -> None:  # fmt: skip
                begin.wait(timeout=20)
                answers[name] = step(client, incident_id, kind, expect_n=2, **detail)

            # Both steps are possible now, and each of them also after the other: only `expect_n` tells.
            threads = [
                threading.Thread(target=act, args=(one, "钱值班 d1", "urged", {})),
                threading.Thread(target=act, args=(two, "孙值班 d2", "escalated", {})),
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=30)
            assert sorted(answer.status_code for answer in answers.values()) == [200, 409]
            winner = next(name for name, answer in answers.items() if answer.status_code == 200)
            loser = next(answer for answer in answers.values() if answer.status_code == 409)
            error = manned.error(loser)
            assert (error["code"], error["values"]["n"]) == ("step_overtaken", 3)
            [since] = error["values"]["since"]
            assert (since["n"], since["actor"], since["actor_id"]) == (3, winner, f"person:{winner[-2:]}")
            assert since["kind"] == ("urged" if winner.endswith("d1") else "escalated")
            events = manned.client.get(f"/api/v1/incidents/{incident_id}").json()["events"]
            assert [event["n"] for event in events] == [0, 1, 2, 3]


@pytest.mark.parametrize("expect_n", ["soon", 1.5, [], 10**30])
def test_an_expectation_that_cannot_be_is_told_so(plain_manned: Any, a_report: Report, expect_n: Any) -> None:
    incident_id = reported(plain_manned.client, a_report)
    body = {"kind": "verified", "actor": "王芳", "expect_n": expect_n}
    answer = plain_manned.client.post(f"/api/v1/incidents/{incident_id}/events", json=body)
    assert answer.status_code in (409, 422)
    assert plain_manned.client.get(f"/api/v1/incidents/{incident_id}").json()["n"] == 0


@pytest.mark.parametrize(
    "query",
    [
        {"queue": "burning"}, {"within": "1:nowhere"}, {"limit": 0}, {"limit": 501}, {"offset": -1},
        {"q": "x" * 201}, {"q": "\u0000"},
    ],
)  # fmt: skip
def test_a_queue_that_has_no_meaning_is_refused(plain_manned: Any, query: dict[str, Any]) -> None:
    assert plain_manned.client.get("/api/v1/desk/queue", params=query).status_code == 422


def test_units_and_the_people_of_a_grid(plain_manned: Any) -> None:
    units = {unit["code"]: unit for unit in plain_manned.client.get("/api/v1/units").json()["units"]}
    assert (units["T1-squad"]["parent"], units["T1-squad"]["grids"]) == ("T1-team", ["2:V0"])
    people = plain_manned.client.get("/api/v1/grids/1:T1/people").json()
    assert people["grid"] == {"id": "1:T1", "name": "澄江街道", "path": ["澄江街道"]}
    held = {entry["post"]: entry["person"] for entry in people["people"]}
    # A town has no patrol of its own: that is no vacancy. In a leaf it is one.
    assert held == {"chief": "c1", "supervisor": "s1"}
    leaf = {
        one["post"]: one["person"] for one in plain_manned.client.get("/api/v1/grids/3:L00/people").json()["people"]
    }
    assert leaf["patrol"] is None
    assert set(leaf) == {"chief", "member", "supervisor", "information_officer", "liaison", "patrol"}
    assert plain_manned.client.get("/api/v1/grids/1:nowhere/people").status_code == 422
    assert [c["code"] for c in plain_manned.client.get("/api/v1/categories").json()] == ["garbage"]


@pytest.mark.parametrize(
    ("grid", "day", "level", "rule", "unit"),
    [
        ("3:L00", None, "town", "town_holds", "T1-squad"),
        ("1:T1", None, "town", "town_holds", None),
        ("3:L30", "2024-06-01", "town", "town_holds", "T2-team"),
        ("3:L30", "2025-01-01", "city", "withdrawn", "team"),
        ("3:L30", "2019-12-31", "city", "not_yet", "team"),
    ],
)
def test_who_may_handle_this_here_on_that_day(
    plain_manned: Any, grid: str, day: str | None, level: str, rule: str, unit: str | None
) -> None:
    query = {"category": "garbage", "grid": grid} | ({} if day is None else {"day": day})
    answer = plain_manned.client.get("/api/v1/powers/who", params=query)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert (document["level"], document["rule"]) == (level, rule)
    assert document["town"]["id"] == ("1:T2" if grid == "3:L30" else "1:T1")
    assert document["item"]["name"] == "查处暴露垃圾"
    if unit is not None:
        assert document["decision"]["unit"] == unit


@pytest.mark.parametrize(
    "query",
    [
        {"category": "garbage"}, {"grid": "1:T1"}, {"category": "garbage", "grid": "9:x"},
        {"category": "garbage", "grid": "1:T1", "means": "force"},
        {"category": "garbage", "grid": "1:T1", "day": "soon"},
        {"category": "garbage", "grid": "1:T1", "day": "0001-01-01"},
    ],
)  # fmt: skip
def test_a_question_of_powers_without_meaning_is_refused(plain_manned: Any, query: dict[str, Any]) -> None:
    assert plain_manned.client.get("/api/v1/powers/who", params=query).status_code == 422


def test_without_registers_the_desk_works_and_says_so(plain_served: Any, a_report: Report) -> None:
    incident_id = reported(plain_served.client, a_report)
    at_desk = plain_served.client.get(f"/api/v1/desk/incidents/{incident_id}").json()
    assert (at_desk["decision"], at_desk["decisions"]) == (None, [])
    assert at_desk["row"]["responsible"]["person"] == "center"
    assert plain_served.client.get("/api/v1/units").json() == {"units": []}
    assert plain_served.client.get("/api/v1/people").json() == {"registered": 0, "total": 0, "people": []}
    # Nobody in particular has nothing of their own.
    assert queue(plain_served.client, "mine")["total"] == 0


def test_without_a_city_there_is_no_desk(empty_served: Any) -> None:
    for address in ("/api/v1/desk/queue", "/api/v1/session", "/api/v1/people", "/api/v1/units"):
        answer = empty_served.client.get(address)
        assert (answer.status_code, empty_served.error(answer)["code"]) == (503, "no_edition")
