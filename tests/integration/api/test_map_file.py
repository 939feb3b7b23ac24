"""The map as a file: the numbers of the page, in scope, and nothing in it that lies elsewhere."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.api.test_frame import followed
from tests.integration.api.test_layers import report

TOLD = re.compile(r'"told": "([^"]*): ([^"]*)"')


def page(client: Any, **query: Any) -> str:
    answer = client.get("/api/v1/exports/map.html", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="map.html"'
    return str(answer.text)


def numbers(written: str) -> dict[str, str]:
    plain = (tuple(json.loads(f'"{part}"') for part in found) for found in TOLD.findall(written))
    return dict(plain)


@pytest.fixture
def reported(plain_manned: Any) -> Any:
    for number, at in enumerate([(0.5, 0.5), (0.52, 0.5), (1.5, 1.5)]):
        report(plain_manned, 2.0 + number, at)
    followed(plain_manned)
    return plain_manned


def test_it_says_the_numbers_of_the_map(reported: Any) -> None:
    written = page(reported.client, level=3, kpi="open")
    drawn = reported.client.get("/api/v1/frame", params={"level": 3, "kpi": "open"}).json()["map"]["values"]
    grids = reported.client.get("/api/v1/grids", params={"level": 3}).json()["grids"]
    wanted = {grid["name"]: "–" if value is None else f"{value:g}" for grid, value in zip(grids, drawn, strict=True)}
    assert numbers(written) == wanted
    assert sorted(wanted.values())[-2:] == ["1", "2"]
    assert not re.search(r"<(script|link|img|iframe)[^>]*\b(src|href)=", written)
    assert not re.search(r"@import|url\((?!#)", written)


def test_a_grid_in_view_holds_only_its_own(reported: Any) -> None:
    inside = numbers(page(reported.client, within="1:T1", level=3, kpi="open"))
    grids = reported.client.get("/api/v1/grids", params={"level": 3}).json()["grids"]
    town = next(grid for grid in reported.client.get("/api/v1/grids").json()["grids"] if grid["id"] == "1:T1")
    assert set(inside) == {grid["name"] for grid in grids if town["lo"] <= grid["ordinal"] < town["hi"]}
    assert town["name"] in page(reported.client, within="1:T1")


def test_shares_are_in_hundreds_and_names_in_the_language_asked(reported: Any) -> None:
    written = page(reported.client, level=1, kpi="closing_rate", language="en")
    assert set(numbers(written).values()) <= {"0", "–"}
    assert "%" in written
    assert "Closing rate" in written


def test_layers_that_are_on_and_a_moment_of_the_past(reported: Any) -> None:
    now = page(reported.client, layers="hexes,teams,cameras,tracks")
    assert not TOLD.search(now)  # hexagons stand in place of the colours
    assert any(name in now for name in ("澄江综合执法局", json.dumps("澄江综合执法局")[1:-1]))
    before = (datetime.now(reported.services.settings.zone) - timedelta(hours=20)).isoformat()
    assert set(numbers(page(reported.client, level=3, kpi="open", moment=before)).values()) == {"0"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"layers": "hexes,<b>"}, "query_invalid"),
        ({"level": 9}, "query_invalid"),
        ({"within": "1:nowhere"}, "grid_unknown"),
        ({"kpi": "nonsense"}, "query_invalid"),
        ({"moment": "2999-01-01T00:00:00+08:00"}, "query_invalid"),
    ],
)
def test_what_cannot_be_drawn_is_said(reported: Any, query: dict[str, Any], code: str) -> None:
    answer = reported.client.get("/api/v1/exports/map.html", params=query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
