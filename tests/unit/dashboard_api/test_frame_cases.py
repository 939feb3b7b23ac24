"""The list behind a number of deadlines and units, as the API gives it: exactly the incidents the number counts."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dashboard.api import frame_cases
from data.incidents.model import State
from data.settings import Settings
from data.stats.measures.measures import MEASURES
from data.stats.picture.supervision import DEADLINE_MEASURES
from tests.fake_services import FakeServices
from tests.unit.stats.cities import CITY, NOON, ZONE, history, make_edition, make_system, state, view_of, whole_seconds
from tests.unit.stats.pictures import frame_of
from tests.unit.stats.slow_supervision import Open, open_of_states

EDITION = make_edition(make_system())
MOMENT = NOON + timedelta(hours=9)
LIGHTS = {"open": lambda _: True, "yellow": lambda one: one.yellow, "overdue": lambda one: one.red}


class Asker:
    """Asks the one route in this process, about these incidents."""

    def __init__(self, states: list[State]) -> None:
        view = view_of(states)
        self._server = FastAPI()
        self._server.include_router(frame_cases.router)
        self._server.state.services = FakeServices(
            settings=Settings(home=Path("/nonexistent")), edition=EDITION, categories={}, store=None,
            mirror=SimpleNamespace(view=lambda: view),
        )  # fmt: skip
        self.frame = frame_of(
            view, edition=EDITION, categories={}, moment=MOMENT, scope=CITY, level=3, kpi="open", zone=ZONE
        )

    def ask(self, of: str, **query: Any) -> dict[str, Any]:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._server)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                asked = {"of": of, "moment": self.frame["moment"], **query}
                return await client.get("/frame/cases", params=asked)

        told = asyncio.run(answer())
        assert told.status_code == 200, told.text
        return dict(told.json())

    def ids(self, of: str, **query: Any) -> list[int]:
        """Of all the incidents, which are as many as the answer says."""
        told = self.ask(of, **query)
        assert told["count"] == len(told["rows"])
        assert told["next_after"] is None
        return [int(row["id"]) for row in told["rows"]]


STATES = history(17, 400)
FOUND = open_of_states([whole_seconds(one) for one in STATES], MOMENT)


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    return Asker(STATES)


def ids(found: list[Open]) -> list[int]:
    return sorted(one.id for one in found)


def test_every_deadline_has_as_many_incidents(asker: Asker) -> None:
    for told in asker.frame["deadlines"]["counts"]:
        mine = [one for one in FOUND if one.ends == told["key"]]
        assert asker.ids(told["key"]) == ids(mine)
        assert len(mine) == told["count"] > 0


def test_every_number_of_a_unit_has_as_many_incidents_and_the_undispatched_are_a_unit(asker: Asker) -> None:
    rows = asker.frame["units"]["rows"]
    assert "" in {row["unit"] for row in rows}
    for row in rows:
        for of, counts in LIGHTS.items():
            mine = [one for one in FOUND if one.unit == row["unit"] and counts(one)]
            assert asker.ids(of, unit=row["unit"]) == ids(mine), (row["unit"], of)
            assert len(mine) == row["red" if of == "overdue" else of]
    assert asker.ids("open") == ids(FOUND)


def test_a_unit_of_a_grid_and_a_deadline_of_a_unit(asker: Asker) -> None:
    grid = EDITION.system.find("1:T1")
    for unit in ("", "squad"):
        mine = [one for one in FOUND if one.unit == unit and grid.lo <= one.leaf < grid.hi]
        assert asker.ids("open", unit=unit, within="1:T1") == ids(mine) != []
        later = [one for one in mine if one.ends == "due_later"]
        assert asker.ids("due_later", unit=unit, within="1:T1") == ids(later)


def test_pages_of_a_unit_are_of_that_unit() -> None:
    late = MOMENT - timedelta(days=2)
    states = [
        state(number, late, unit="squad" if number % 3 else "", dispatched_at=late, due_at=late)
        for number in range(1, 31)
    ]
    asker = Asker(states)
    wanted = [number for number in range(1, 31) if number % 3]
    first = asker.ask("overdue_long", unit="squad", limit=12)
    assert (first["count"], [row["id"] for row in first["rows"]]) == (20, wanted[:12])
    rest = asker.ask("overdue_long", unit="squad", limit=12, after=first["next_after"])
    assert (rest["count"], [row["id"] for row in rest["rows"]]) == (20, wanted[12:])
    assert rest["next_after"] is None


def test_the_names_of_deadlines_are_no_other_measures() -> None:
    names = {one.name for one in DEADLINE_MEASURES}
    assert len(names) == len(DEADLINE_MEASURES)
    assert names.isdisjoint(one.name for one in MEASURES)
