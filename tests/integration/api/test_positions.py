"""Positions of devices over HTTP: what is kept of them, and the tracks that follow; live and played back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from data.access.screens import add_screen
from data.positions.tables import Position, read_positions, save_positions
from data.registers.registers import Registers
from data.registers.roster import Duty
from data.settings import Settings
from data.store.connection import Store
from geo.crs import from_wgs84
from geo.grids import GridSystem
from tests.integration.api import conftest
from tests.integration.api.conftest import SOUTH, STEP, WEST, Served, small_registers, until

NDJSON = {"Content-Type": "application/x-ndjson"}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def registers(now: datetime) -> Registers:
    """As those of the small city, but these people are on duty just now, and one only in some days."""
    day = date(2020, 1, 1)
    other = WEEKDAYS[(now.weekday() + 3) % 7]
    duties = (
        Duty("w0", "patrol", "3:L00", "", day, hours="00:00-24:00"),
        Duty("w3", "patrol", "3:L30", "", day, hours="00:00-24:00"),
        Duty("h1", "leader", "", "T1-squad", day, hours="00:00-24:00"),
        Duty("s1", "supervisor", "1:T1", "", day, hours=f"{other} 00:00-24:00"),
        Duty("gone", "member", "3:L01", "", day, date(2026, 1, 1), hours="00:00-24:00"),
    )
    return replace(small_registers(), duties=duties)


@pytest.fixture
def duty(store: Store, system: GridSystem, settings: Settings) -> Iterator[Served]:
    """A server of the small city with people who are on duty, on PostGIS."""
    for services in conftest._services(store, system, settings, registers(datetime.now(settings.zone))):
        running = Served(services).start()
        yield running
        running.close()


def at(x: float, y: float) -> dict[str, float]:
    """A place counted in leaves from the south-west."""
    return {"lon": round(WEST + x * STEP, 6), "lat": round(SOUTH + y * STEP, 6)}


def told(
    device: Any, person: Any, ago_s: float, place: tuple[float, float] = (0.5, 0.5), **more: Any
) -> dict[str, Any]:
    """What a device sends; without what is `...`."""
    moment = (datetime.now(UTC) - timedelta(seconds=ago_s)).isoformat()
    made = {"device": device, "person": person, "at": moment, **at(*place), **more}
    return {name: value for name, value in made.items() if value is not ...}


def send(client: httpx.Client, *lines: Any) -> dict[str, Any]:
    raw = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    answer = client.post("/api/v1/positions", content=raw, headers=NDJSON)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def counts(answer: dict[str, Any]) -> tuple[int, ...]:
    assert answer["received"] == sum(answer[name] for name in ("stored", "known", "off_duty", "rejected"))
    return tuple(answer[name] for name in ("stored", "known", "off_duty", "rejected"))


def tracks(client: httpx.Client, **query: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/layers/tracks", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return dict(answer.json())


def kept(served: Served) -> list[Position]:
    now = datetime.now(UTC)
    span = now - timedelta(days=30), now + timedelta(hours=1)
    return read_positions(served.services.store, *span, most_per_device=10**9, most=10**9).positions


def test_one_position(duty: Served) -> None:
    one = told("D1", "w0", 60)
    assert counts(duty.client.post("/api/v1/positions", json=one).json()) == (1, 0, 0, 0)
    assert counts(duty.client.post("/api/v1/positions", json={**one, **at(1.5, 1.5)}).json()) == (0, 1, 0, 0)
    (found,) = kept(duty)
    assert (found.device, found.person, found.post, found.grid, found.unit) == ("D1", "w0", "patrol", "3:L00", "")
    assert {"lon": found.lon, "lat": found.lat} == at(0.5, 0.5)
    assert found.at == datetime.fromisoformat(one["at"])


def test_nothing_is_kept_of_somebody_off_duty(duty: Served) -> None:
    answer = send(duty.client, told("D1", "s1", 60), told("D2", "gone", 60), told("D3", "w0", 60))
    assert counts(answer) == (1, 0, 2, 0)
    assert [one.device for one in kept(duty)] == ["D3"]
    # Not even whether the place could be.
    assert counts(send(duty.client, told("D1", "s1", 60, (40, 40)))) == (0, 0, 1, 0)
    assert duty.client.post("/api/v1/positions", json=told("D1", "s1", 60)).json()["off_duty"] == 1
    assert [one["code"] for one in tracks(duty.client)["tracks"]] == ["D3"]


def test_every_line_stands_for_itself(duty: Served) -> None:
    lon, lat = from_wgs84(WEST + 0.5 * STEP, SOUTH + 0.5 * STEP, target="gcj02")
    shifted = {"lon": float(lon), "lat": float(lat), "coordinate_system": "gcj02"}
    lines: list[Any] = [
        told("D1", "w0", 30),
        b"",
        b"not json",
        told("D1", "nobody", 60),
        told("D1", "w0", 60, (40, 40)),
        told("D1", "w0", -900),
        told("D1", "w0", 8 * 86_400),
        told("D1", "w0", 60, lon=200),
        told(..., "w0", 60),
        b'{"device": "' + b"x" * 10_000 + b'"}',
        told("D2", "w3", 60, **shifted),
    ]
    answer = send(duty.client, *lines)
    assert counts(answer) == (2, 0, 0, 8)
    assert [(one["line"], one["field"]) for one in answer["rejects"]] == [
        (3, "line"), (4, "person"), (5, "lon, lat"), (6, "at"), (7, "at"), (8, "lon"), (9, "device"), (10, "line"),
    ]  # fmt: skip
    reasons = " ".join(one["reason"] for one in answer["rejects"])
    for words in ("roster", "no grid", "future", "older", "10,000 bytes"):
        assert words in reasons, words
    second = next(one for one in kept(duty) if one.device == "D2")
    assert (second.lon, second.lat) == pytest.approx((WEST + 0.5 * STEP, SOUTH + 0.5 * STEP), abs=1e-6)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [(told("D1", "w0", 60, lon=200), "lon"), (told(..., "w0", 60), "device"), (told("D1", "nobody", 60), "person")],
)
def test_one_that_cannot_be_is_an_error(duty: Served, wrong: dict[str, Any], field: str) -> None:
    answer = duty.client.post("/api/v1/positions", json=wrong)
    assert answer.status_code == 422
    error = duty.error(answer)
    assert (error["code"], error["values"]["field"]) == ("position_invalid", field)
    assert kept(duty) == []


def test_a_stream_of_many_batches(duty: Served) -> None:
    lines = [told("D1", "w0", second / 2) for second in range(4_500)]
    assert counts(send(duty.client, *lines)) == (4_500, 0, 0, 0)
    assert counts(send(duty.client, *lines[::-1])) == (0, 4_500, 0, 0)


def test_only_json_and_lines_are_taken(duty: Served) -> None:
    answer = duty.client.post("/api/v1/positions", content=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    answer = duty.client.post("/api/v1/positions", content=b"x" * 11_000, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_with_a_session_its_person_carries_the_device(duty: Served) -> None:
    with duty.as_person("w3") as client:
        assert counts(send(client, told("D1", "w0", 60), told("D2", ..., 60))) == (2, 0, 0, 0)
    assert {one.person for one in kept(duty)} == {"w3"}


def test_a_screen_only_looks(duty: Served) -> None:
    key = add_screen(duty.services.store, "hall")
    with httpx.Client(base_url=duty.url, timeout=30, trust_env=False) as screen:
        screen.get("/wall", params={"key": key})
        assert screen.post("/api/v1/positions", json=told("D1", "w0", 60)).status_code == 403
        assert tracks(screen)["tracks"] == []
    assert kept(duty) == []


def test_tracks_name_unit_or_grid_and_nobody(duty: Served) -> None:
    lines = [told("D1", "w0", ago) for ago in (180, 120, 60)] + [told("D2", "h1", 30, (0.5, 1.5))]
    send(duty.client, *lines)
    found = tracks(duty.client)
    assert (found["within"], found["minutes"], found["kept_days"]) == (None, 60, 7)
    assert [(one["code"], one["name"], one["post"]) for one in found["tracks"]] == [
        ("D1", "格00", "patrol"), ("D2", "澄江一中队", "leader"),
    ]  # fmt: skip
    (line,) = found["tracks"][0]["lines"]
    place = at(0.5, 0.5)
    assert [point[:2] for point in line] == [[round(place["lon"], 5), round(place["lat"], 5)]] * 3
    assert [round(point[2], -1) for point in line] == [180, 120, 60]
    assert not any(name in json.dumps(found, ensure_ascii=False) for name in ("赵一", "郑队", "w0", "h1"))


def test_a_track_is_seen_where_it_lies_in_scope(duty: Served) -> None:
    # From one town into the other, and back.
    way = [(400, (1.5, 0.5)), (340, (2.5, 0.5)), (280, (2.6, 0.5)), (220, (1.6, 0.5)), (160, (1.7, 0.5))]
    send(duty.client, *(told("D1", "w0", ago, place) for ago, place in way))

    def ages(**query: Any) -> list[list[float]]:
        return [
            [round(point[2], -1) for point in line]
            for one in tracks(duty.client, **query)["tracks"]
            for line in one["lines"]
        ]

    assert ages() == [[400, 340, 280, 220, 160]]
    assert ages(within="1:T1") == [[400], [220, 160]]
    assert ages(within="1:T2") == [[340, 280]]
    assert ages(within="3:L31") == []
    with duty.as_person("w3") as client:
        assert tracks(client)["tracks"] == []
        assert tracks(client, within="1:T1")["tracks"] == []


def test_playback_is_of_the_moment(duty: Served) -> None:
    send(duty.client, *(told("D1", "w0", ago) for ago in (7_100, 5_400, 3_590, 60)))
    now = datetime.now(UTC)

    def ages(**query: Any) -> list[float]:
        found = tracks(duty.client, **query)["tracks"]
        return [round(point[2], -2) for one in found for line in one["lines"] for point in line]

    assert ages() == [3_600, 100]
    past = (now - timedelta(seconds=3_600)).isoformat()
    # As known when is no matter: it is taken and does nothing.
    assert ages(moment=past, known="then") == [3_500, 1_800]
    assert ages(moment=past, minutes=45) == [1_800]
    assert ages(minutes=1_440) == [7_100, 5_400, 3_600, 100]
    assert ages(moment=(now - timedelta(days=3)).isoformat()) == []
    for query in ({"minutes": 0}, {"minutes": 1_441}, {"within": "1:T9"}, {"moment": "never"}):
        assert duty.client.get("/api/v1/layers/tracks", params=query).status_code == 422, query


def test_what_may_not_be_kept_any_more_is_not_shown_and_goes_by_itself(
    store: Store, system: GridSystem, settings: Settings
) -> None:
    now = datetime.now(UTC)
    ages = (timedelta(days=2, minutes=5), timedelta(days=1, hours=23, minutes=50))
    save_positions(store, [
        Position(now - age, "D1", at(0.5, 0.5)["lon"], at(0.5, 0.5)["lat"], "w0", "patrol", "3:L00", "") for age in ages
    ])  # fmt: skip
    short = replace(settings, track_days=2)
    moment = (now - timedelta(days=1, hours=23, minutes=45)).isoformat()
    with contextmanager(conftest._services)(store, system, short, registers(now)) as services:
        running = Served(services).start()
        # Whether it is removed yet or not.
        (found,) = tracks(running.client, moment=moment)["tracks"]
        assert [round(point[2], -1) for line in found["lines"] for point in line] == [300]
        until(lambda: len(kept(running)) == 1)
        running.close()


def test_one_answer_serves_all_for_a_moment(duty: Served) -> None:
    send(duty.client, told("D1", "w0", 60))
    first = tracks(duty.client)
    send(duty.client, told("D2", "w3", 60))
    assert tracks(duty.client) == first
    # Another question is another answer.
    assert len(tracks(duty.client, minutes=59)["tracks"]) == 2


def test_without_a_grid_system_there_is_no_position(empty_served: Served) -> None:
    answer = empty_served.client.post("/api/v1/positions", json=told("D1", "w0", 60))
    assert (answer.status_code, empty_served.error(answer)["code"]) == (503, "no_edition")
    assert empty_served.client.get("/api/v1/layers/tracks").status_code == 503
