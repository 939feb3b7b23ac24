"""Who asks: choosing oneself from the roster, and what becomes of rights when the roster changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from data.registers.roster import Duty, Person
from data.registers.tables import read_registers, save_registers

Report = Callable[..., dict[str, Any]]
GUARDED = [
    "/api/v1/session", "/api/v1/incidents", "/api/v1/desk/queue", "/api/v1/grids?level=1", "/api/v1/kpis?level=1",
    "/api/v1/exports/incidents.csv", "/api/v1/stream", "/api/v1/units", "/api/v1/incidents/1",
    "/api/v1/desk/incidents/1",
]  # fmt: skip


def test_nobody_in_particular_is_administrator_of_the_whole_city(plain_manned: Any) -> None:
    document = plain_manned.client.get("/api/v1/session").json()
    assert document == {"person": None, "role": "administrator", "within": [], "people_url": "/api/v1/people"}


@pytest.mark.parametrize(
    ("person", "role", "within", "units"),
    [
        ("d1", "dispatcher", [], ["center"]),
        ("w0", "grid_worker", ["3:L00"], []),
        ("c2", "grid_worker", ["1:T2"], []),
        ("s1", "supervisor", ["1:T1"], []),
        ("h1", "handler", ["2:V0"], ["T1-squad"]),
    ],
)
def test_a_session_gives_the_rights_of_the_duties(
    plain_manned: Any, person: str, role: str, within: list[str], units: list[str]
) -> None:
    with plain_manned.as_person(person) as client:
        document = client.get("/api/v1/session").json()
        assert (document["role"], document["within"]) == (role, within)
        assert (document["person"]["id"], document["person"]["units"]) == (person, units)
        assert client.delete("/api/v1/session").status_code == 204
        assert client.get("/api/v1/session").json()["person"] is None


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(plain_manned: Any) -> None:
    with plain_manned.as_person("d1") as client:
        answer = client.post("/api/v1/session", json={"person": "w0"})
    cookie = answer.headers["set-cookie"]
    attributes = {part.strip().lower() for part in cookie.split(";")}
    assert {"grid_person=w0", "httponly", "samesite=strict", "path=/"} <= attributes
    # Plain http: a cookie for https only would never come back.
    assert "secure" not in attributes
    assert "no-store" in answer.headers["cache-control"]


@pytest.mark.parametrize("person", ["nobody", "gone", "none", "", "x" * 300, 7, None, "\u0000", "王"])
def test_who_is_not_on_duty_cannot_be_chosen(plain_manned: Any, person: Any) -> None:
    answer = httpx.post(f"{plain_manned.url}/api/v1/session", json={"person": person}, trust_env=False)
    assert (answer.status_code, plain_manned.error(answer)["code"]) == (422, "person_unknown")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"who": "d1"}', b"x" * 9_000])
def test_a_choice_that_names_nobody_is_refused(plain_manned: Any, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = plain_manned.client.post("/api/v1/session", content=body, headers=headers)
    assert (answer.status_code, plain_manned.error(answer)["code"]) == (422, "person_unknown")
    plain = plain_manned.client.post("/api/v1/session", content=b'{"person": "d1"}')
    assert plain.status_code == 415


@pytest.mark.parametrize("address", GUARDED)
@pytest.mark.parametrize("cookie", ["nobody", "gone", "none", "", quote("王五"), "%00", '"d1', "d1%20"])
def test_a_cookie_that_names_nobody_on_duty_opens_nothing(plain_manned: Any, address: str, cookie: str) -> None:
    answer = httpx.get(plain_manned.url + address, headers={"Cookie": f"grid_person={cookie}"}, trust_env=False)
    assert (answer.status_code, plain_manned.error(answer)["code"]) == (403, "session_ended")


def test_a_cookie_that_names_nobody_reports_and_steps_nothing(plain_manned: Any, a_report: Report) -> None:
    ghost = {"Cookie": "grid_person=nobody"}
    incident_id = plain_manned.client.post("/api/v1/incidents", json=a_report()).json()["id"]
    sent = httpx.post(f"{plain_manned.url}/api/v1/incidents", json=a_report(), headers=ghost, trust_env=False)
    step = httpx.post(
        f"{plain_manned.url}/api/v1/incidents/{incident_id}/events", json={"kind": "verified", "actor": "x"},
        headers=ghost, trust_env=False,
    )  # fmt: skip
    assert (sent.status_code, step.status_code) == (403, 403)
    # Choosing again is open to them, and people to choose from are shown.
    people = httpx.get(f"{plain_manned.url}/api/v1/people", headers=ghost, trust_env=False)
    assert people.status_code == 200
    with plain_manned.as_person("d1") as client:
        assert client.get(f"/api/v1/incidents/{incident_id}").json()["n"] == 0


def test_a_session_ends_with_the_duty(manned: Any) -> None:
    services = manned.services
    registers = read_registers(services.store)
    with manned.as_person("w0") as worker, manned.as_person("w3") as other:
        duties = tuple(duty for duty in registers.duties if duty.person != "w0")
        moved = tuple(replace(duty, grid="2:V0") if duty.person == "w3" else duty for duty in duties)
        fresh = replace(registers, duties=moved)
        version = save_registers(services.store, fresh, services.edition.id)
        manned.until(lambda: services.desk.directory.version == version)
        assert manned.error(worker.get("/api/v1/session"))["code"] == "session_ended"
        # Rights are those of today's roster, not of the day the cookie was set.
        assert other.get("/api/v1/session").json()["within"] == ["2:V0"]


def test_two_duties_are_two_places_and_nothing_between(manned: Any, a_report: Report) -> None:
    services = manned.services
    registers = read_registers(services.store)
    codes = services.edition.system.leaves["code"].tolist()
    others = tuple(duty for duty in registers.duties if duty.person != "w0")
    worker = next(duty for duty in registers.duties if duty.person == "w0")
    both = (replace(worker, grid="3:L00"), replace(worker, post="supervisor", grid=f"3:{codes[3]}"))
    version = save_registers(services.store, replace(registers, duties=(*others, *both)), services.edition.id)
    manned.until(lambda: services.desk.directory.version == version)
    found = {}
    for leaf in range(5):
        point = services.edition.system.leaves.geometry.iloc[leaf].representative_point()
        place = {"lon": point.x, "lat": point.y}
        found[leaf] = manned.client.post("/api/v1/incidents", json=a_report(**place)).json()["id"]
    number = {incident_id: leaf for leaf, incident_id in found.items()}
    with manned.as_person("w0") as client:
        document = client.get("/api/v1/session").json()
        assert (document["role"], document["within"]) == ("grid_worker", ["3:L00", f"3:{codes[3]}"])
        listed = client.get("/api/v1/incidents?limit=1000").json()["incidents"]
        assert {number[one["id"]] for one in listed if one["id"] in number} == {0, 3}
        queued = client.get("/api/v1/desk/queue?limit=500").json()["rows"]
        assert {number[one["id"]] for one in queued if one["id"] in number} == {0, 3}
        exported = client.get("/api/v1/exports/incidents.csv").text
        assert [leaf for leaf, incident_id in found.items() if f"\n{incident_id}," in exported] == [0, 3]
        assert client.get(f"/api/v1/incidents/{found[1]}").status_code == 404
        # Work where he works, urge where he supervises, and not the other way round.
        at = {leaf: {one["kind"] for one in client.get(f"/api/v1/desk/incidents/{found[leaf]}").json()["actions"]}
              for leaf in (0, 3)}  # fmt: skip
        assert "verified" in at[0]
        assert "verified" not in at[3]
        assert "urged" in at[3]
        assert "urged" not in at[0]
        refused = client.post(f"/api/v1/incidents/{found[3]}/events", json={"kind": "verified"})
        assert refused.status_code == 403


def test_open_incidents_change_hands_with_the_roster(manned: Any, a_report: Report) -> None:
    services = manned.services
    incident_id = manned.client.post("/api/v1/incidents", json=a_report()).json()["id"]
    url = f"/api/v1/incidents/{incident_id}"
    assert manned.client.get(url).json()["responsible"] == "w0"
    registers = read_registers(services.store)
    moved = tuple(replace(duty, person="w3") if duty.person == "w0" else duty for duty in registers.duties)
    save_registers(services.store, replace(registers, duties=moved), services.edition.id)
    manned.until(lambda: manned.client.get(url).json()["responsible"] == "w3")
    last = manned.client.get(url).json()["events"][-1]
    assert (last["kind"], last["detail"]["responsible"]["person"]) == ("reassigned", "w3")


def test_an_id_of_any_characters_is_kept(manned: Any) -> None:
    services = manned.services
    registers = read_registers(services.store)
    odd = 'a;b="c" 王,%00/=\\'
    day = registers.duties[0].since
    fresh = replace(
        registers,
        persons=(*registers.persons, Person(odd, "怪")),
        duties=(*registers.duties, Duty(odd, "chief", "2:V3", "", day)),
    )
    version = save_registers(services.store, fresh, services.edition.id)
    manned.until(lambda: services.desk.directory.version == version)
    with manned.as_person(odd) as client:
        assert client.get("/api/v1/session").json()["person"]["id"] == odd


def test_people_to_choose_from(plain_manned: Any) -> None:
    def found(**query: Any) -> list[str]:
        answer = plain_manned.client.get("/api/v1/people", params=query)
        assert answer.status_code == 200, answer.text
        document = answer.json()
        assert document["total"] >= len(document["people"])
        return [person["id"] for person in document["people"]]

    # Without a duty today nobody can be chosen.
    assert found() == ["c1", "c2", "d1", "d2", "h1", "h2", "s1", "w0", "w3"]
    assert found(q="值班") == ["d1", "d2"]
    assert found(q="W") == ["w0", "w3"]
    assert found(q="%") == []
    assert found(post="chief") == ["c1", "c2"]
    # Those of the grids and units inside, not those above.
    assert found(within="1:T1") == ["c1", "h1", "s1", "w0"]
    assert found(within="2:V0", post="leader") == ["h1"]
    assert found(limit=1) == ["c1"]
    for typed in ("Ｈ１", " h1 ", "H1"):
        answer = plain_manned.client.get("/api/v1/people", params={"q": typed}).json()
        assert [person["id"] for person in answer["people"]] == ["h1"], typed
    assert answer["registered"] > answer["total"] == 1
    person = plain_manned.client.get("/api/v1/people", params={"q": "h1"}).json()["people"][0]
    duty = {"post": "leader", "at": "unit:T1-squad", "place": "澄江一中队"}
    assert person == {"id": "h1", "name": "郑队", **duty, "units": ["T1-squad"], "duties": [duty]}
    for query in ({"post": "king"}, {"within": "9:x"}, {"limit": 0}, {"q": "\u0000"}):
        assert plain_manned.client.get("/api/v1/people", params=query).status_code == 422


def test_the_person_of_the_session_is_the_actor(manned: Any, a_report: Report) -> None:
    with manned.as_person("d1") as client:
        sent = client.post("/api/v1/incidents", json=a_report()).json()
        url = f"/api/v1/incidents/{sent['id']}"
        body = {"kind": "verified", "actor": "somebody else", "detail": {}}
        stepped = client.post(f"{url}/events", json=body)
        assert (stepped.status_code, stepped.json()["n"]) == (200, 1)
        events = client.get(url).json()["events"]
        line = client.post(
            "/api/v1/incidents", content=b'{"source":"x","source_id":"1","reported_at":"2026-11-20T08:00:00+08:00"}',
            headers={"Content-Type": "application/x-ndjson"},
        )  # fmt: skip
        assert line.json()["created"] == 1
        of_line = client.get("/api/v1/incidents", params={"source": "x"}).json()["incidents"][0]["id"]
        assert client.get(f"/api/v1/incidents/{of_line}").json()["events"][0]["actor"] == "钱值班 d1"
    assert [event["actor"] for event in events] == ["钱值班 d1", "钱值班 d1"]
    assert [event["actor_id"] for event in events] == ["person:d1", "person:d1"]
    # Without a session there is only a name, which nobody has proven: also where it is that of a person.
    body = {"kind": "filed", "actor": "钱值班 d1", "detail": {}}
    assert manned.client.post(f"{url}/events", json=body).status_code == 200
    last = manned.client.get(url).json()["events"][-1]
    assert (last["actor"], last["actor_id"]) == ("钱值班 d1", "nobody")
    # Said no time: it is now.
    at = datetime.fromisoformat(events[1]["at"])
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
