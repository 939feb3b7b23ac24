"""The demo's patrols: where they are, when they tell it, and that a restart changes nothing."""

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import numpy as np
import pytest

from data.calendar.work_calendar import WorkCalendar
from data.demo.city import DemoCity
from data.demo.patrol_traffic import PatrolTraffic
from data.demo.patrols import BY_CAR, EVERY_S, Beat, build_beats, positions
from data.demo.plan import ZONE
from data.demo.registers import build_registers
from data.demo.sender import ServerTrouble
from data.positions.tracking import Tracking
from data.registers.directory import Directory
from data.registers.registers import Registers
from geo.index import GridIndex

# A Wednesday.
NOON = datetime(2026, 11, 18, 12, tzinfo=ZONE)


@pytest.fixture(scope="module")
def registers(city: DemoCity) -> Registers:
    return build_registers(city)


@pytest.fixture(scope="module")
def beats(city: DemoCity, registers: Registers) -> list[Beat]:
    return build_beats(city, registers)


def test_every_squad_and_team_has_a_car_and_every_town_somebody_on_foot(beats: list[Beat]) -> None:
    assert len({beat.device for beat in beats}) == len(beats) == 80 + 7 + 2 * 17
    assert all(beat.carriers for beat in beats)


def test_all_they_tell_is_of_people_on_duty_within_their_grids(
    city: DemoCity, registers: Registers, beats: list[Beat]
) -> None:
    tracking = Tracking(Directory.of(city.system, registers, zone=ZONE), WorkCalendar.load("jiangyin"))
    found = list(positions(beats, NOON - timedelta(days=1), NOON))
    assert 30_000 < len(found) < 60_000
    leaves = GridIndex(city.system).assign(
        np.array([one["lon"] for one in found]), np.array([one["lat"] for one in found])
    )
    for one, leaf in list(zip(found, leaves.tolist(), strict=True))[::7]:
        duty = tracking.duty_at(one["person"], datetime.fromisoformat(one["at"]))
        assert duty is not None, one
        grids = (duty.grid,) if duty.grid else tracking.directory.unit(duty.unit).grids
        own = [city.system.find(grid) for grid in grids]
        assert leaf >= 0
        assert not own or any(grid.lo <= leaf < grid.hi for grid in own), one
    by_night = {one["device"] for one in found if datetime.fromisoformat(one["at"]).hour == 3}
    assert len(by_night) == 7


def test_where_a_device_is_follows_from_the_moment(beats: list[Beat]) -> None:
    some = beats[::20]
    whole = list(positions(some, NOON - timedelta(hours=2), NOON))
    middle = NOON - timedelta(minutes=47, seconds=13)
    parts = [*positions(some, NOON - timedelta(hours=2), middle), *positions(some, middle, NOON)]

    def order(one: dict[str, Any]) -> tuple[str, str]:
        return one["device"], one["at"]

    assert sorted(parts, key=order) == sorted(whole, key=order)
    assert list(positions(some, NOON, NOON)) == []


def test_nobody_is_faster_than_a_car(beats: list[Beat]) -> None:
    seconds = np.arange(NOON.timestamp(), NOON.timestamp() + 86_400, EVERY_S)
    for beat in beats[::10]:
        lon, lat = beat.places(seconds)
        across = 111_320 * np.cos(np.radians(31.9))
        metres = np.hypot(np.diff(lon) * across, np.diff(lat) * 111_320)
        assert metres.max() < 1.05 * EVERY_S * BY_CAR[0]
        assert metres.max() > 20
        # No round ends anywhere but where it began.
        assert (beat.lon[0], beat.lat[0]) == (beat.lon[-1], beat.lat[-1])
        assert all(before <= after for before, after in pairwise(beat.at_s.tolist()))


class FakeServer:
    """Keeps what it is sent, by device and time."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}
        self.asked: list[int] = []
        self.fail = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v1/positions"
        if self.fail:
            self.fail -= 1
            return httpx.Response(503)
        lines = [json.loads(line) for line in request.content.splitlines()]
        before = len(self.kept)
        self.kept |= {(one["device"], one["at"]): one for one in lines}
        stored = len(self.kept) - before
        self.asked.append(len(lines))
        answer = {"stored": stored, "known": len(lines) - stored, "off_duty": 0, "rejected": 0, "rejects": []}
        return httpx.Response(200, json=answer)


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def traffic(city: DemoCity, server: FakeServer, clock: Clock) -> PatrolTraffic:
    return PatrolTraffic(city, "http://demo", now=clock, transport=httpx.MockTransport(server.answer))


def test_the_hour_so_far_comes_first_and_then_the_day_before(city: DemoCity, beats: list[Beat]) -> None:
    server, clock = FakeServer(), Clock(NOON)
    patrols = traffic(city, server, clock)
    assert patrols.tick()
    newest = {key for key in server.kept if datetime.fromisoformat(key[1]) > NOON - timedelta(hours=1)}
    assert newest == {(one["device"], one["at"]) for one in positions(beats, NOON - timedelta(hours=1), NOON)}
    while patrols.tick():
        clock.at += timedelta(seconds=5)
    expected = {(one["device"], one["at"]) for one in positions(beats, NOON - timedelta(days=1), clock.at)}
    assert set(server.kept) == expected
    assert max(server.asked) <= 1000
    # From then on only what is new.
    server.asked.clear()
    clock.at += timedelta(minutes=2)
    assert not patrols.tick()
    assert 0 < sum(server.asked) <= len(beats)
    patrols.close()


def test_after_a_restart_the_gap_is_filled_and_no_more(city: DemoCity, beats: list[Beat]) -> None:
    server, clock = FakeServer(), Clock(NOON)
    first = traffic(city, server, clock)
    while first.tick():
        pass
    first.close()
    server.asked.clear()
    clock.at = NOON + timedelta(hours=2, minutes=30)
    second = traffic(city, server, clock)
    server.fail = 1
    with pytest.raises(ServerTrouble):
        second.tick()
    while second.tick():
        pass
    second.close()
    expected = {(one["device"], one["at"]) for one in positions(beats, NOON - timedelta(days=1), clock.at)}
    assert set(server.kept) == expected
    hours = Counter(datetime.fromisoformat(at).hour for _, at in server.kept)
    assert sum(server.asked) < hours[12] + hours[13] + hours[14] + hours[11] + hours[10]
