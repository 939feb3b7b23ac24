"""The live traffic against a small server that keeps the life cycle: it must do exactly what the history says."""

import json
import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from data.demo.agenda import progress_of
from data.demo.arrivals import Arrivals
from data.demo.city import DemoCity
from data.demo.history import generate_history
from data.demo.plan import Subject
from data.demo.steps import Planner
from data.demo.traffic import Traffic
from data.incidents.model import OPEN_STAGES, Step
from data.incidents.rules import RULES

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 18, 10, 0, tzinfo=ZONE)


class FakeServer:
    """Incidents in a dict, steps by the declared rules; breaks when told to."""

    def __init__(self, leaf: dict[str, str]) -> None:
        self.leaf = leaf
        self.incidents: dict[int, dict[str, Any]] = {}
        self.ids: dict[tuple[str, str], int] = {}
        self.steps: dict[int, list[Step]] = {}
        self.broken_for = 0
        self.lose_answers = 0

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.broken_for > 0:
            self.broken_for -= 1
            raise httpx.ConnectError("nobody is there")
        parts = request.url.path.strip("/").split("/")
        if request.method == "GET":
            answer = self._list(request)
        elif parts[-1] == "events":
            answer = self._take(int(parts[-2]), json.loads(request.content))
        else:
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
            return httpx.Response(200, json={"id": known["id"], "created": False, "grid": known["grid"]})
        number = self.ids[identity] = len(self.incidents) + 1
        leaf = self.leaf.get(report["source_id"])
        self.incidents[number] = {
            "id": number, "source": report["source"], "source_id": report["source_id"], "category": report["category"],
            "reported_at": report["reported_at"], "grid": None if leaf is None else f"3:{leaf}",
            "grid_code_given": report.get("grid_code"), "stage": "reported", "suspended": False,
            "escalations": 0, "returns": 0, "reworks": 0, "extensions": 0,
        }  # fmt: skip
        self.steps[number] = []
        return httpx.Response(201, json={"id": number, "created": True, "grid": self.incidents[number]["grid"]})

    def _take(self, number: int, said: dict[str, Any]) -> httpx.Response:
        incident, rule = self.incidents[number], RULES[said["kind"]]
        if incident["stage"] not in rule.stages or (rule.suspended is False and incident["suspended"]):
            return httpx.Response(409, json={"error": {"code": "step_illegal"}})
        if rule.to != "same":
            incident["stage"] = rule.to
        if rule.counts is not None:
            incident[rule.counts] += 1
        self.steps[number].append(Step(said["kind"], datetime.fromisoformat(said["at"]), said["actor"], said["detail"]))
        return httpx.Response(200, json=incident)

    def told(self) -> dict[str, list[Step]]:
        return {one["source_id"]: self.steps[number] for number, one in self.incidents.items()}


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def expected(city: DemoCity, since: datetime, until: datetime) -> dict[str, list[Step]]:
    batches = generate_history(city, since=since, until=until)
    return {report.source_id: steps for batch in batches for report, steps in batch}


@pytest.fixture(scope="module")
def leaf_of(city: DemoCity) -> dict[str, str]:
    """The leaf each report lies in, by its source id, as a real server would find it."""
    codes = city.system.leaves["code"].tolist()
    days = Arrivals(city, 2000.0).between(START - timedelta(hours=1), START + timedelta(hours=12))
    return {one.report.source_id: codes[one.leaf] for day in days for one in day if one.leaf >= 0}


@pytest.fixture
def server(leaf_of: dict[str, str]) -> FakeServer:
    return FakeServer(leaf_of)


def drive(traffic: Traffic, clock: Clock, until: datetime, step: timedelta) -> None:
    traffic.sync()
    while clock.at < until:
        clock.at = min(clock.at + step, until)
        traffic.tick()


def test_traffic_does_what_the_history_says(city: DemoCity, server: FakeServer) -> None:
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", now=clock, transport=server.transport())
    drive(traffic, clock, START + timedelta(hours=3), timedelta(minutes=7))
    told = server.told()
    assert len(told) > 300
    assert told == expected(city, START - timedelta(minutes=1), clock.at)


def test_it_goes_on_after_restarts_of_both_sides(city: DemoCity, server: FakeServer) -> None:
    clock = Clock(START)
    for hours in range(1, 5):
        traffic = Traffic(city, "http://demo", now=clock, transport=server.transport())
        drive(traffic, clock, START + timedelta(hours=hours), timedelta(minutes=13))
        # The server closes connections, and it stays unknown what it has done.
        clock.at += timedelta(minutes=2)
        server.lose_answers = 1
        with pytest.raises(Exception, match="broke"):
            traffic.tick()
        traffic.sync()
        traffic.tick()
    assert server.told() == expected(city, START - timedelta(minutes=1), clock.at)


def test_many_reports_at_once_go_as_lines(city: DemoCity, server: FakeServer) -> None:
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", now=clock, transport=server.transport())
    traffic.sync()
    clock.at += timedelta(minutes=50)
    traffic.tick()
    assert len(server.incidents) > 50
    assert server.told() == expected(city, START - timedelta(minutes=1), clock.at)


def test_rate_multiplies(city: DemoCity, server: FakeServer) -> None:
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", 2000.0, rate=5.0, now=clock, transport=server.transport())
    drive(traffic, clock, START + timedelta(minutes=20), timedelta(minutes=1))
    usual = len(expected(city, START - timedelta(minutes=1), clock.at))
    assert 3 * usual < len(server.incidents) < 8 * usual


def test_what_is_not_its_own_is_left_alone(city: DemoCity, server: FakeServer) -> None:
    at = START - timedelta(hours=1)
    for source_id in ("J-1", "J-2"):
        report = {"source": "hotline", "source_id": source_id, "category": "0102", "reported_at": at.isoformat()}
        server._open(report)
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", now=clock, transport=server.transport())
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


def test_a_refused_incident_is_not_asked_again(city: DemoCity, server: FakeServer) -> None:
    clock = Clock(START)
    traffic = Traffic(city, "http://demo", now=clock, transport=server.transport())
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


def test_each_point_of_every_plan_is_told_from_the_state(city: DemoCity) -> None:
    planner = Planner(city)
    arrivals = Arrivals(city, 2000.0).of_day(START.date())[:1500]
    codes = city.system.leaves["code"].tolist()
    subjects = [Subject.of_report(one.report, codes[one.leaf] if one.leaf >= 0 else None) for one in arrivals]
    for steps in planner.steps(subjects):
        state = {"stage": "reported", "suspended": False, "escalations": 0, "returns": 0, "reworks": 0, "extensions": 0}
        for taken, step in enumerate([*steps, None]):
            assert progress_of(state, steps) == taken
            if step is not None:
                rule = RULES[step.kind]
                state["stage"] = state["stage"] if rule.to == "same" else rule.to
                if rule.counts:
                    state[rule.counts] += 1
        assert progress_of({**state, "stage": "voided"}, steps) is None


def test_it_waits_for_a_server_and_stops_at_once(city: DemoCity, server: FakeServer) -> None:
    server.broken_for = 2
    traffic = Traffic(city, "http://demo", transport=server.transport())
    traffic.start()
    end_s = time.monotonic() + 20
    while not server.incidents and server.broken_for and time.monotonic() < end_s:
        time.sleep(0.01)
    assert server.broken_for == 0
    begin_s = time.monotonic()
    traffic.stop()
    assert time.monotonic() - begin_s < 2
    assert not traffic._thread.is_alive()
