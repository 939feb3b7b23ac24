"""The live traffic against a small server that keeps the life cycle: it must do exactly what the history says."""

import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

import httpx
import pytest

from data.access.actor import Actor
from data.demo.agenda import COUNTERS, progress_of
from data.demo.arrivals import Arrivals
from data.demo.city import DemoCity
from data.demo.plan import Subject, original_of
from data.demo.steps import Planner
from data.demo.traffic import Traffic
from data.incidents.model import Step
from data.incidents.rules import STEP_RULES, stage_after
from data.registers.roster import Person
from data.words import OPEN_STAGES

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 18, 10, 0, tzinfo=ZONE)


class FakeServer:
    """Incidents in a dict, steps by the declared rules; breaks when told to."""

    def __init__(self, leaf: dict[str, str], at: dict[tuple[float, float], str]) -> None:
        self.leaf, self.leaf_at = leaf, at
        self.incidents: dict[int, dict[str, Any]] = {}
        self.ids: dict[tuple[str, str], int] = {}
        self.steps: dict[int, list[Step]] = {}
        self.persons: Mapping[str, Person] = {}
        self.forbidden: set[str] = set()
        self.without_session = 0
        self.broken_for = 0
        self.lose_answers = 0

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.broken_for > 0:
            self.broken_for -= 1
            raise httpx.ConnectError("nobody is there")
        parts = request.url.path.strip("/").split("/")
        if request.method == "GET" and parts[-1].isdecimal():
            answer = httpx.Response(200, json=self.incidents[int(parts[-1])])
        elif request.method == "GET":
            answer = self._list(request)
        elif parts[-1] == "events":
            answer = self._take(int(parts[-2]), json.loads(request.content), self._actor(request))
        elif parts[-1] == "session":
            answer = self._begin(json.loads(request.content)["person"])
        else:
            assert "cookie" not in request.headers
            lines = request.content.decode().splitlines()
            answer = [self._open(json.loads(line)) for line in lines][-1]
        if self.lose_answers > 0:
            self.lose_answers -= 1
            raise httpx.ReadError("the connection broke after the work was done")
        return answer

    def _list(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        rows = sorted(self.incidents.values(), key=lambda one: (one["reported_at"], one["id"]), reverse=True)
        if query.get("open") == "true":
            rows = [one for one in rows if one["stage"] in OPEN_STAGES]
        if "before" in query:
            last = self.incidents[int(query["before"])]
            key = (last["reported_at"], last["id"])
            rows = [one for one in rows if (one["reported_at"], one["id"]) < key]
        limit = min(int(query["limit"]), 40)
        page = rows[:limit]
        return httpx.Response(
            200, json={"incidents": page, "next_before": page[-1]["id"] if len(rows) > limit else None}
        )

    def _open(self, report: dict[str, Any]) -> httpx.Response:
        identity = (report["source"], report["source_id"])
        if identity in self.ids:
            known = self.incidents[self.ids[identity]]
            return httpx.Response(
                200, json={"id": known["id"], "created": False, "grid": known["grid"], "placed_by": None}
            )
        number = self.ids[identity] = len(self.incidents) + 1
        leaf = self.leaf.get(report["source_id"])
        self.incidents[number] = {
            "id": number, "source": report["source"], "source_id": report["source_id"], "category": report["category"],
            "reported_at": report["reported_at"], "grid": None if leaf is None else f"3:{leaf}",
            "grid_code_given": report.get("grid_code"), "lon_given": report.get("lon"), "placed_by": None,
            "stage": "reported", "n": 0, "suspended": False, "appealed": False, "urges": 0,
            "escalations": 0, "returns": 0, "reworks": 0, "extensions": 0, "appeals": 0,
        }  # fmt: skip
        self.steps[number] = []
        return httpx.Response(
            201, json={"id": number, "created": True, "grid": self.incidents[number]["grid"], "placed_by": None}
        )

    def _begin(self, person: str) -> httpx.Response:
        """A session, as the server begins it: the id is quoted in its cookie."""
        if person not in self.persons:
            return _refused(422, "person_unknown")
        headers = {"Set-Cookie": f"grid_person={quote(person, safe='')}; HttpOnly; Path=/; SameSite=strict"}
        return httpx.Response(200, json={}, headers=headers)

    def _actor(self, request: httpx.Request) -> Actor:
        cookie = request.headers.get("cookie")
        if cookie is None:
            self.without_session += 1
            return Actor.nobody(json.loads(request.content)["actor"])
        name, _, person = cookie.partition("=")
        assert name == "grid_person"
        return Actor.person(unquote(person), self.persons[unquote(person)].name)

    def _take(self, number: int, said: dict[str, Any], actor: Actor) -> httpx.Response:
        if actor.key in self.forbidden:
            return _refused(403, "step_forbidden")
        incident, rule = self.incidents[number], STEP_RULES[said["kind"]]
        if said["expect_n"] != incident["n"]:
            return _refused(409, "step_overtaken")
        allowed = rule.suspended in (None, incident["suspended"]) and rule.appealed in (None, incident["appealed"])
        if incident["stage"] not in rule.stages or not allowed:
            return _refused(409, "step_illegal")
        if rule.needs_reason and not said["detail"].get("reason"):
            return _refused(422, "step_invalid", "reason")
        if said["kind"] == "merged" and self.incidents[said["detail"]["into"]]["stage"] == "voided":
            return _refused(422, "step_invalid", "into")
        if said["kind"] in ("closed", "voided", "merged") and said["at"] < incident.get("last_at", ""):
            return _refused(422, "step_invalid", "at")
        self._follow(incident, said)
        self.steps[number].append(Step(said["kind"], datetime.fromisoformat(said["at"]), actor, said["detail"]))
        return httpx.Response(200, json=incident)

    def _follow(self, incident: dict[str, Any], said: dict[str, Any]) -> None:
        rule = STEP_RULES[said["kind"]]
        incident["stage"] = stage_after(rule, incident["stage"])
        incident["n"] += 1
        if rule.counts is not None:
            incident[rule.counts] += 1
        incident |= {name: value for name, value in rule.sets.items() if name in ("suspended", "appealed")}
        if said["kind"] == "located":
            code = self.leaf_at[said["detail"]["lon"], said["detail"]["lat"]]
            incident |= {"grid": f"3:{code}", "placed_by": "hand"}

    def told(self) -> dict[str, list[Step]]:
        return {one["source_id"]: [ended(step) for step in self.steps[n]] for n, one in self.incidents.items()}


def _refused(status: int, code: str, field: str = "") -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "", "values": {"field": field}}})


def ended(step: Step) -> Step:
    """A step; what is void as a repeat is the same as what is merged, which needs to know the other's number."""
    if step.kind not in ("merged", "voided"):
        return step
    return replace(step, kind="ended", detail={"reason": step.detail["reason"]})


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def expected(planner: Planner, since: datetime, until: datetime) -> dict[str, list[Step]]:
    """What the history says of a span."""
    codes = planner.city.system.leaves["code"].tolist()
    arrivals = [one for day in Arrivals(planner.city, 2000.0).between(since, until) for one in day]
    subjects = [Subject.of_report(one.report, codes[one.leaf] if one.leaf >= 0 else None) for one in arrivals]
    told = zip(arrivals, planner.steps(subjects, until), strict=True)
    return {one.report.source_id: [ended(step) for step in steps] for one, steps in told}


@pytest.fixture(scope="module")
def leaf_of(city: DemoCity) -> dict[str, str]:
    """The leaf each report lies in, by its source id, as a real server would find it."""
    codes = city.system.leaves["code"].tolist()
    days = Arrivals(city, 2000.0).between(START - timedelta(hours=1), START + timedelta(hours=12))
    return {one.report.source_id: codes[one.leaf] for day in days for one in day if one.leaf >= 0}


@pytest.fixture
def server(planner: Planner, leaf_of: dict[str, str]) -> FakeServer:
    middles = map(tuple, planner.middles)
    server = FakeServer(leaf_of, dict(zip(middles, planner.city.system.leaves["code"], strict=True)))
    server.persons = planner.handling.directory.persons
    return server


def drive(traffic: Traffic, clock: Clock, until: datetime, step: timedelta) -> None:
    traffic.sync()
    while clock.at < until:
        clock.at = min(clock.at + step, until)
        traffic.tick()


def test_traffic_does_what_the_history_says(city: DemoCity, planner: Planner, server: FakeServer) -> None:
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", now=clock, transport=server.transport(), planner=planner)
    drive(traffic, clock, START + timedelta(hours=3), timedelta(minutes=7))
    told = server.told()
    assert len(told) > 300
    assert told == expected(planner, START - timedelta(minutes=1), clock.at)
    # Each person of the registers acts in a session.
    assert {step.actor.kind for steps in told.values() for step in steps} == {"person"}
    assert server.without_session == 0


def test_a_step_is_taken_without_a_session_where_the_server_has_other_registers(
    city: DemoCity, planner: Planner, server: FakeServer
) -> None:
    people = list(server.persons)
    server.persons = {key: server.persons[key] for key in people[::3]}
    server.forbidden = set(people[::6])
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", now=clock, transport=server.transport(), planner=planner)
    drive(traffic, clock, START + timedelta(hours=2), timedelta(minutes=7))
    told = server.told()
    wanted = expected(planner, START - timedelta(minutes=1), clock.at)
    allowed = set(server.persons) - server.forbidden
    for source_id, steps in wanted.items():
        for step, taken in zip(steps, told[source_id], strict=True):
            assert taken == (step if step.actor.key in allowed else replace(step, actor=Actor.nobody(step.actor.name)))
    assert {step.actor.kind for steps in told.values() for step in steps} == {"person", "nobody"}


def test_it_goes_on_after_restarts_of_both_sides(city: DemoCity, planner: Planner, server: FakeServer) -> None:
    clock = Clock(START)
    for hours in range(1, 5):
        traffic = Traffic(city, "http://demo", now=clock, transport=server.transport(), planner=planner)
        drive(traffic, clock, START + timedelta(hours=hours), timedelta(minutes=13))
        # The server closes connections, and it stays unknown what it has done.
        clock.at += timedelta(minutes=2)
        server.lose_answers = 1
        with pytest.raises(Exception, match="broke"):
            traffic.tick()
        traffic.sync()
        traffic.tick()
    assert server.told() == expected(planner, START - timedelta(minutes=1), clock.at)


def test_many_reports_at_once_go_as_lines(city: DemoCity, planner: Planner, server: FakeServer) -> None:
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", now=clock, transport=server.transport(), planner=planner)
    traffic.sync()
    clock.at += timedelta(minutes=50)
    traffic.tick()
    assert len(server.incidents) > 50
    assert server.told() == expected(planner, START - timedelta(minutes=1), clock.at)


def test_rate_multiplies(city: DemoCity, planner: Planner, server: FakeServer) -> None:
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", 2000.0, rate=5.0, now=clock, transport=server.transport(), planner=planner)
    drive(traffic, clock, START + timedelta(minutes=20), timedelta(minutes=1))
    usual = len(expected(planner, START - timedelta(minutes=1), clock.at))
    assert 3 * usual < len(server.incidents) < 8 * usual


def test_what_is_not_its_own_is_left_alone(city: DemoCity, planner: Planner, server: FakeServer) -> None:
    at = START - timedelta(hours=1)
    for source_id in ("J-1", "J-2"):
        report = {"source": "hotline", "source_id": source_id, "category": "0102", "reported_at": at.isoformat()}
        server._open(report)
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", now=clock, transport=server.transport(), planner=planner)
    drive(traffic, clock, START + timedelta(hours=1), timedelta(minutes=10))
    # A person takes one of the demo's incidents another way: suspended, and one is voided.
    open_now = [n for n, one in server.incidents.items() if one["stage"] in OPEN_STAGES and n > 2]
    server.incidents[open_now[0]]["suspended"] = True
    server.incidents[open_now[1]]["stage"] = "voided"
    before = {number: list(server.steps[number]) for number in (1, 2, *open_now[:2])}
    drive(traffic, clock, START + timedelta(hours=5), timedelta(minutes=10))
    for number, steps in before.items():
        assert server.steps[number] == steps
    assert len(server.steps[open_now[2]]) > 0


def test_a_refused_incident_is_not_asked_again(city: DemoCity, planner: Planner, server: FakeServer) -> None:
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", now=clock, transport=server.transport(), planner=planner)
    drive(traffic, clock, START + timedelta(minutes=30), timedelta(minutes=5))
    number = next(n for n, one in server.incidents.items() if one["stage"] in OPEN_STAGES)
    server.incidents[number]["stage"] = "voided"
    taken = len(server.steps[number])
    # Short ticks: nothing makes the traffic look at the server's list again.
    while not traffic._agenda.refused and clock.at < START + timedelta(hours=9):
        clock.at += timedelta(minutes=3)
        traffic.tick()
    assert len(server.steps[number]) == taken
    assert traffic._agenda.refused == {number}


def test_each_point_of_every_plan_is_told_from_the_document(city: DemoCity, planner: Planner) -> None:
    arrivals = Arrivals(city, 2000.0).of_day(START.date())[:1500]
    codes = city.system.leaves["code"].tolist()
    subjects = [Subject.of_report(one.report, codes[one.leaf] if one.leaf >= 0 else None) for one in arrivals]
    seen: Counter[str] = Counter()
    for subject, steps in zip(subjects, planner.steps(subjects), strict=True):
        grid = None if subject.leaf_code is None else f"3:{subject.leaf_code}"
        document: dict[str, Any] = {
            "stage": "reported", "suspended": False, "appealed": False, "grid": grid, "urges": 0,
            **dict.fromkeys(COUNTERS, 0),
        }  # fmt: skip
        for taken, step in enumerate([*steps, None]):
            moment = steps[taken - 1].at if taken else subject.reported_at
            assert progress_of(document, steps, moment) == taken
            # Somebody urges besides: that changes nothing. Somebody takes it another way: it is theirs.
            assert (progress_of({**document, "urges": document["urges"] + 1}, steps, moment) or 0) >= taken
            assert progress_of({**document, "extensions": 9}, steps, moment) is None
            if step is not None:
                rule = STEP_RULES[step.kind]
                document["stage"] = stage_after(rule, document["stage"])
                if rule.counts is not None:
                    document[rule.counts] += 1
                document |= {name: value for name, value in rule.sets.items() if name in ("suspended", "appealed")}
                document["grid"] = "3:somewhere" if step.kind == "located" else document["grid"]
                seen[step.kind] += 1
    assert {"suspended", "resumed", "appealed", "appeal_decided", "located", "merged", "urged"} <= set(seen)


def test_a_suspension_that_nobody_took_is_passed_over_once_it_would_be_over(planner: Planner) -> None:
    at = [START + timedelta(hours=hours) for hours in range(6)]
    kinds = ("verified", "filed", "dispatched", "claimed", "suspended", "resumed")
    steps = [Step(kind, moment, Actor.nobody("x")) for kind, moment in zip(kinds, at, strict=True)]
    document = {
        "stage": "claimed", "suspended": False, "appealed": False, "grid": "3:x", "urges": 0,
        **dict.fromkeys(COUNTERS, 0),
    }  # fmt: skip
    assert progress_of(document, steps, at[3]) == 4
    assert progress_of(document, steps, at[4]) == 4
    assert progress_of(document, steps, at[5]) == 6
    assert progress_of({**document, "suspended": True}, steps, at[5]) == 5


def test_repeats_are_merged_into_the_right_incident(city: DemoCity, planner: Planner, server: FakeServer) -> None:
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", now=clock, transport=server.transport(), planner=planner)
    drive(traffic, clock, START + timedelta(hours=9), timedelta(minutes=10))
    merged = [(n, step) for n, steps in server.steps.items() for step in steps if step.kind == "merged"]
    assert merged
    for number, step in merged:
        original = original_of(server.incidents[number]["source_id"])
        assert server.incidents[step.detail["into"]]["source_id"] == original
    # What repeats something from before the traffic began is void.
    for steps in server.steps.values():
        assert not any(isinstance(step.detail.get("into"), str) for step in steps)


def test_somebody_elses_note_does_not_stop_it(city: DemoCity, planner: Planner, server: FakeServer) -> None:
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", now=clock, transport=server.transport(), planner=planner)
    drive(traffic, clock, START + timedelta(minutes=40), timedelta(minutes=5))
    noted = [n for n, one in server.incidents.items() if one["stage"] in OPEN_STAGES]
    for number in noted:
        server.incidents[number]["n"] += 1
        server.incidents[number]["urges"] += 1
    clock.at += timedelta(hours=5)
    traffic.tick()
    assert not traffic._agenda.refused
    ended_now = sum(server.incidents[number]["stage"] not in OPEN_STAGES for number in noted)
    assert ended_now > len(noted) / 2


def test_what_ends_it_comes_after_what_somebody_did(city: DemoCity, planner: Planner, server: FakeServer) -> None:
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", now=clock, transport=server.transport(), planner=planner)
    drive(traffic, clock, START + timedelta(minutes=30), timedelta(minutes=5))
    clock.at += timedelta(hours=3)
    for one in server.incidents.values():
        if one["stage"] in OPEN_STAGES:
            one["last_at"] = clock.at.isoformat()
    traffic.tick()
    assert not traffic._agenda.refused
    last = [steps[-1] for steps in server.steps.values() if steps and steps[-1].kind == "closed"]
    assert any(step.at == clock.at for step in last)


def test_it_waits_for_a_server_and_stops_at_once(city: DemoCity, planner: Planner, server: FakeServer) -> None:
    server.broken_for = 2
    traffic = Traffic(city, "http://demo", transport=server.transport(), planner=planner)
    traffic.start()
    end_s = time.monotonic() + 20
    while not server.incidents and server.broken_for and time.monotonic() < end_s:
        time.sleep(0.01)
    assert server.broken_for == 0
    begin_s = time.monotonic()
    traffic.stop()
    assert time.monotonic() - begin_s < 2
    assert not traffic._thread.is_alive()
