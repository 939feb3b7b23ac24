"""Another edition comes into force while the server runs."""

import json
import threading
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import pytest
import shapely

from dashboard.center import services as services_module
from dashboard.center.edition_change import EditionChange
from dashboard.center.services import services_on
from data.city.editions import save_edition
from data.errors import DatabaseBusy
from data.settings import Settings
from data.store.connection import Store
from geo.grids import GridSystem
from tests.integration.api.conftest import SOUTH, STEP, WEST, Served, until


def halves() -> GridSystem:
    """The plane of the small city, cut into two leaves."""
    boxes = [shapely.box(WEST + 2 * at * STEP, SOUTH, WEST + 2 * (at + 1) * STEP, SOUTH + 2 * STEP) for at in range(2)]
    return GridSystem.build(
        [gpd.GeoDataFrame({"code": ["H0", "H1"], "name": ["西", "东"]}, geometry=boxes, crs="EPSG:4326")]
    )


def redrawn(store: Store, holds_from: date) -> int:
    return save_edition(store, halves(), city="小城", name="redrawn", holds_from=holds_from)


def versions(served: Served, found: list[str]) -> Iterator[None]:
    """Read a stream to its end; the version of each hello."""
    with served.client.stream("GET", "/api/v1/stream") as answer:
        event = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: ") and event == "hello":
                found.append(json.loads(line[6:])["version"])
                yield


def test_the_new_edition_is_served_and_open_streams_end(served: Any) -> None:
    served.client.post("/api/v1/incidents", json={
        "source": "12345", "source_id": "1", "reported_at": datetime.now().astimezone().isoformat(),
        "lon": WEST + 3.5 * STEP, "lat": SOUTH + STEP / 2,
    }).raise_for_status()  # fmt: skip
    before, seen = served.services.version, []
    reading = versions(served, seen)
    next(reading)
    assert not served.services.take_edition_in_force()  # nothing has changed
    redrawn(served.services.store, date(2021, 1, 1))
    took = threading.Thread(target=served.services.take_edition_in_force)
    took.start()
    assert list(reading) == []  # the stream ends
    took.join(20)
    assert [one["id"] for one in served.client.get("/api/v1/grids").json()["grids"]] == ["1:H0", "1:H1"]
    until(lambda: served.services.mirror.seq >= 1)
    rows = served.client.get("/api/v1/kpis", params={"level": 1}).json()["rows"]
    assert [row["id"] for row in rows] == ["1:H0", "1:H1"]
    assert [row["kpis"]["open"]["value"] for row in rows] == [0, 1]
    again: list[str] = []
    next(versions(served, again))
    assert seen == [before]
    assert again == [served.services.version] != [before]


def test_an_edition_that_begins_later_waits_for_its_day(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    redrawn(served.services.store, date(2150, 1, 1))
    assert not served.services.take_edition_in_force()

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime(2150, 1, 1, tzinfo=tz)

    monkeypatch.setattr(services_module, "datetime", Later)
    assert served.services.take_edition_in_force()
    assert served.services.edition.name == "redrawn"


def test_a_question_is_answered_on_one_edition(served: Any) -> None:
    asked = served.services.snapshot()
    redrawn(served.services.store, date(2021, 1, 1))
    assert served.services.take_edition_in_force()
    assert len(asked.edition.system.leaves) == asked.mirror.view().leaf_count == 8
    assert len(served.services.edition.system.leaves) == 2
    assert asked.made is not served.services.made


def test_what_was_served_is_served_when_the_new_one_cannot_be_read(
    served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    redrawn(served.services.store, date(2021, 1, 1))

    def busy(*_: object) -> None:
        raise DatabaseBusy("no connection was free")

    with monkeypatch.context() as patch:
        patch.setattr(services_module, "current_edition", busy)
        with pytest.raises(DatabaseBusy):
            served.services.take_edition_in_force()
    assert served.services.edition.name == "2026"
    assert served.client.get("/readyz").status_code == 200
    assert served.services.take_edition_in_force()


def test_a_first_import_is_found_without_a_restart(store: Store, settings: Settings) -> None:
    services = services_on(store, settings)
    running = Served(services).start()
    try:
        assert running.client.get("/api/v1/grids").status_code == 503
        redrawn(store, date(2021, 1, 1))
        assert services.take_edition_in_force()
        assert len(running.client.get("/api/v1/grids").json()["grids"]) == 2
    finally:
        running.close()
        assert services.city is not None
        services.city.stop()


def test_the_thread_goes_on_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    looks: list[int] = []

    def take() -> bool:
        looks.append(1)
        if len(looks) == 1:
            raise DatabaseBusy("no connection was free")
        if len(looks) == 2:
            raise RuntimeError("not foreseen")
        return False

    thread = EditionChange(take, look_every_s=0.01)
    thread.start()
    until(lambda: len(looks) > 3)
    thread.stop()
    assert not thread.alive
    assert "could not be seen: no connection was free" in caplog.text
    assert "not foreseen" in caplog.text
