"""The demo city on a real store, and its traffic on a real server."""

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

import app
from dashboard.center.services import Services, services_on
from dashboard.server import create_server, create_uvicorn
from data.access.actor import Actor
from data.access.scope import Scope
from data.city.categories import Category, save_categories
from data.city.editions import current_edition, save_edition
from data.demo.catch_up import catch_up, newest_reported_at
from data.demo.city import DemoCity, build_city, demo_city_of
from data.demo.history import generate_history
from data.demo.plan import ZONE, Subject
from data.demo.registers import build_registers
from data.demo.steps import Planner, plan_steps
from data.demo.traffic import Traffic
from data.incidents.audit import rebuild, verify
from data.incidents.model import State
from data.registers.tables import current_version, save_registers
from data.settings import Settings
from data.store.connection import Store
from data.words import OPEN_STAGES


@pytest.fixture(scope="module")
def grown() -> DemoCity:
    return build_city()


@pytest.fixture
def services(embedded_store: Store, grown: DemoCity, tmp_path: Path) -> Iterator[Services]:
    save_categories(
        embedded_store, [Category(one.code, one.name_zh, one.name_en, one.class_name) for one in grown.categories]
    )
    edition_id = save_edition(
        embedded_store, grown.system, city=grown.name, name=grown.edition_name, holds_from=grown.holds_from, demo=True,
        level_names=grown.level_names,
    )  # fmt: skip
    save_registers(embedded_store, build_registers(grown), edition_id, imported_by=Actor.nobody("demo"))
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    opened = services_on(embedded_store, replace(Settings.load({}), home=tmp_path, port=port, demo_per_day=0))
    yield opened
    opened.close()


@pytest.fixture
def city(services: Services) -> DemoCity:
    return demo_city_of(current_edition(services.store, date(2100, 1, 1)).system)


@pytest.fixture
def url(services: Services) -> Iterator[str]:
    server = create_uvicorn(create_server(services), services)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    until(lambda: server.started)
    yield f"http://127.0.0.1:{services.settings.port}"
    server.should_exit = True
    thread.join(timeout=20)
    assert not thread.is_alive()


def until(holds: Callable[[], bool], timeout_s: float = 30.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end_s, "it did not come"
        time.sleep(0.02)


def everything(services: Services, city: DemoCity) -> list[State]:
    return services.desk.newest(Scope.city(len(city.system.leaves)), limit=100_000)


def test_a_stored_city_is_the_grown_one(city: DemoCity, grown: DemoCity) -> None:
    assert city.system.checksum == grown.system.checksum


def test_catch_up_goes_on_where_it_stopped(services: Services, city: DemoCity) -> None:
    end = datetime.now(ZONE)
    middle = end - timedelta(hours=20)
    first = catch_up(services.desk, services.store, city, until=middle, days=0.5)
    assert newest_reported_at(services.desk, len(city.system.leaves)) <= middle
    second = catch_up(services.desk, services.store, city, until=end, days=90)
    assert first > 100
    assert second > 100
    assert catch_up(services.desk, services.store, city, until=end, days=90) == 0
    stored = everything(services, city)
    start = middle - timedelta(days=0.5)
    wanted = [report for batch in generate_history(city, since=start, until=end) for report, _ in batch]
    assert {one.source_id for one in stored} == {report.source_id for report in wanted}
    assert len(stored) == len(wanted) == first + second
    assert verify(services.store).ok
    assert rebuild(services.store).equal


def test_what_is_loaded_has_units_people_and_clocks(services: Services, city: DemoCity) -> None:
    end = datetime.now(ZONE)
    catch_up(services.desk, services.store, city, until=end, days=2.5, per_day=800)
    stored = everything(services, city)
    directory = services.desk.directory
    for one in stored:
        assert one.responsible in directory.persons, one.id
        assert (one.stage == "closed") == (one.closed_at is not None)
        if one.dispatched_at is not None and one.stage != "voided":
            assert directory.unit(one.unit).name == one.handler
        if one.stage in OPEN_STAGES and not one.suspended:
            assert one.clock_due_at is not None, one.id
    merged = [one for one in stored if one.merged_into is not None]
    assert merged
    numbers = {one.id: one for one in stored}
    assert all(numbers[one.merged_into].category == one.category for one in merged if one.merged_into in numbers)
    assert all(one.stage == "voided" for one in merged)
    assert any(one.satisfaction for one in stored)
    assert any(one.placed_by == "hand" for one in stored)
    kinds = Counter(row.stage for row in stored if row.stage in OPEN_STAGES)
    assert kinds["dispatched"]
    assert kinds["claimed"]
    assert rebuild(services.store).equal


def test_an_older_demo_city_gets_its_people(embedded_store: Store, grown: DemoCity) -> None:
    save_edition(
        embedded_store, grown.system, city=grown.name, name=grown.edition_name, holds_from=grown.holds_from, demo=True,
        level_names=grown.level_names,
    )  # fmt: skip
    assert current_version(embedded_store) == 0
    app._found_demo_city(embedded_store, date(2100, 1, 1))
    assert current_version(embedded_store) == 1
    app._found_demo_city(embedded_store, date(2100, 1, 1))
    assert current_version(embedded_store) == 1


def test_another_city_is_not_peopled(embedded_store: Store, grown: DemoCity) -> None:
    save_edition(
        embedded_store, grown.system, city="别处", name="别处网格", holds_from=grown.holds_from, demo=False,
        level_names=grown.level_names,
    )  # fmt: skip
    app._found_demo_city(embedded_store, date(2100, 1, 1))
    assert current_version(embedded_store) == 0


def test_traffic_takes_up_what_the_history_left_open(services: Services, city: DemoCity, url: str) -> None:
    end = datetime.now(ZONE)
    catch_up(services.desk, services.store, city, until=end - timedelta(minutes=20), days=0.3)
    before = len(everything(services, city))
    with closing(Traffic(city, url)) as traffic:
        traffic.sync()
        traffic.tick()
        refused = set(traffic._agenda.refused)
    with closing(Traffic(city, url)) as traffic:
        # A second one knows nothing of the first: it goes on where the server stands.
        traffic.sync()
        traffic.tick()
        refused |= traffic._agenda.refused
    assert refused == set()
    planner = Planner(city)
    stored = everything(services, city)
    assert len(stored) >= before
    latest = [
        report for batch in generate_history(city, since=end - timedelta(minutes=20), until=end) for report, _ in batch
    ]
    assert {report.source_id for report in latest} <= {one.source_id for one in stored}
    scope = Scope.city(len(city.system.leaves))
    for state in stored[::5]:
        subject = Subject(
            state.source, state.source_id, state.category, state.reported_at, state.leaf_code, state.grid_code_given,
            by_hand=state.placed_by == "hand", outside=state.leaf < 0 and state.lon_given is not None,
        )  # fmt: skip
        planned = [_kind(step.kind) for step in plan_steps(planner, subject) if step.at <= end]
        taken = [_kind(event.kind) for event in services.desk.events(state.id, scope)[1:]]
        assert taken[: len(planned)] == planned
    assert verify(services.store).ok


def _kind(kind: str) -> str:
    """What repeats something that had ended is void, not merged."""
    return "ended" if kind in ("voided", "merged") else kind


def test_traffic_survives_that_nobody_is_there_yet(services: Services, city: DemoCity, url: str) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
    lost, live = Traffic(city, nowhere), Traffic(city, url, rate=40.0)
    lost.start()
    live.start()
    until(lambda: len(everything(services, city)) > 0)
    begin_s = time.monotonic()
    lost.stop()
    live.stop()
    assert time.monotonic() - begin_s < 5
    answer = httpx.get(f"{url}/api/v1/incidents", params={"limit": 5}, trust_env=False).json()
    assert answer["incidents"][0]["source_id"].startswith("demo-")
