"""GET /api/v1/kpis on the grids of then and of now."""

import asyncio
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from dashboard.center.other_editions import require_whole_city
from dashboard.center.services import services_on
from dashboard.server import create_server
from data.access.actor import Actor
from data.access.scope import Scope
from data.city.editions import edition_named
from data.errors import QueryInvalid
from data.incidents.columns import incident_columns
from data.incidents.desk import IncidentDesk
from data.settings import Settings
from data.store.connection import Store
from geo.grids import GridSystem
from tests.integration.editions.conftest import reports
from tests.unit.stats.cities import NOON


def _get(server: FastAPI, **params: object) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=server)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get("/api/v1/kpis", params=params)

    return asyncio.run(ask())


def test_numbers_on_the_grids_of_then_and_of_now(
    store: Store, old_desk: IncidentDesk, old_id: int, new_id: int, tmp_path: Path
) -> None:
    old_desk.report_many(reports(150, seed=4), Actor.nobody("test"), now=NOON)
    services = services_on(store, Settings(home=tmp_path))
    try:
        server = create_server(services)
        span = {"since": "2000-01-01T00:00:00Z"}
        last_seq, _ = incident_columns(store)
        deadline = time.monotonic() + 20
        while services.mirror.seq < last_seq:
            assert time.monotonic() < deadline, "the mirror does not follow"
            time.sleep(0.02)
        for name, edition_id, words in (("2025", old_id, {"edition": "2025"}), ("2026", new_id, {"edition": "2026"})):
            system = edition_named(store, name).system
            answer = _get(server, level=system.depth, **span, **words)
            assert answer.status_code == 200, answer.text
            counted = {row["code"]: row["measures"]["reported"] for row in answer.json()["rows"]}
            _, columns = incident_columns(store, edition_id=edition_id)
            leaves = system.leaves["code"].tolist()
            placed = columns["leaf"][columns["leaf"] >= 0]
            expected = dict(zip(leaves, np.bincount(placed, minlength=len(leaves)).tolist(), strict=True))
            assert counted == expected
        unknown = _get(server, level=1, **span, edition="1999")
        assert unknown.status_code >= 400
        assert "2025" in unknown.json()["error"]["message"]
    finally:
        services.close()


def test_part_of_the_city_has_no_counterpart(store: Store, old_id: int, old_system: GridSystem) -> None:
    edition = edition_named(store, "2025")
    whole = Scope.city(len(old_system.leaves))
    require_whole_city(whole, edition)
    with pytest.raises(QueryInvalid):
        require_whole_city(whole.narrowed(0, 3), edition)
