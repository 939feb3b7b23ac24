"""Codes that do not exist, times that have not come, and two answers to one question."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import Served

Report = Callable[..., dict[str, Any]]
NUMBERS = ("/api/v1/kpis", "/api/v1/kpis/league?kpi=closing_rate", "/api/v1/kpis/cases?of=open")
LAYERS = ("/api/v1/layers/hexes", "/api/v1/layers/density")
OF_A_MOMENT = (
    "/api/v1/frame", "/api/v1/frame/cases?of=open", "/api/v1/exports/map.html", "/api/v1/alerts",
    "/api/v1/layers/cameras", "/api/v1/layers/tracks", *LAYERS, *NUMBERS,
)  # fmt: skip


def refused(served: Served, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 422, answer.text
    return served.error(answer)


def get(served: Served, path: str, **query: Any) -> httpx.Response:
    address, _, before = path.partition("?")
    return served.client.get(address, params={**dict(part.split("=") for part in before.split("&") if part), **query})


@pytest.mark.parametrize(
    ("paths", "field", "value"),
    [
        ((*NUMBERS, *LAYERS, "/api/v1/powers/who?grid=1:T1"), "category", "违法建设"),
        ((*NUMBERS, *LAYERS), "category", "gar\0bage"),
        ((*NUMBERS, *LAYERS, "/api/v1/incidents", "/api/v1/exports/incidents.csv"), "source", "hotlin"),
        ((*NUMBERS, *LAYERS, "/api/v1/incidents", "/api/v1/exports/incidents.csv"), "source", ""),
        ((*NUMBERS, "/api/v1/frame/cases?of=open"), "unit", "T9-team"),
    ],
)
def test_a_code_that_does_not_exist_is_refused_with_its_value(
    plain_manned: Served, paths: tuple[str, ...], field: str, value: str
) -> None:
    for path in paths:
        error = refused(plain_manned, get(plain_manned, path, **{field: value}))
        assert (error["values"]["field"], error["values"]["value"]) == (field, value), path


def test_a_code_that_is_registered_or_was_reported_exists(plain_manned: Served, a_report: Report) -> None:
    created = plain_manned.client.post("/api/v1/incidents", json=a_report(source="odd", category="unregistered"))
    assert created.status_code == 201
    # The mirror may not have seen it yet: it exists all the same.
    for field, value in {"category": "unregistered", "source": "odd"}.items():
        for path in (*NUMBERS, *LAYERS):
            assert get(plain_manned, path, **{field: value}).status_code == 200, (path, field)
    for query in ({"category": "garbage"}, {"category": ""}, {"unit": "T2-team"}, {"unit": ""}, {"source": "12345"}):
        assert get(plain_manned, "/api/v1/kpis", **query).status_code == 200, query
    near = refused(plain_manned, get(plain_manned, "/api/v1/kpis", source="ood"))
    assert "did you mean 'odd'?" in near["message"]


def test_an_edition_that_does_not_exist_is_no_passing_fault(plain_manned: Served) -> None:
    for name in ("2025", "", "20\x0026"):
        answer = get(plain_manned, "/api/v1/kpis", edition=name)
        assert refused(plain_manned, answer)["code"] == "edition_unknown"
        assert "retry-after" not in answer.headers
    assert get(plain_manned, "/api/v1/kpis", edition="2026").status_code == 200


@pytest.mark.parametrize("path", OF_A_MOMENT)
def test_a_moment_that_has_not_come_is_refused_but_for_the_difference_of_clocks(
    plain_manned: Served, path: str
) -> None:
    now = datetime.now(UTC)
    error = refused(plain_manned, get(plain_manned, path, moment=(now + timedelta(minutes=1)).isoformat()))
    assert "future" in error["message"]
    assert get(plain_manned, path, moment=(now + timedelta(seconds=5)).isoformat()).status_code == 200
    for far in ("9999-12-31T23:59:59", "0001-01-01T00:00:00Z", "1800-01-01"):
        assert get(plain_manned, path, moment=far).status_code == 422


@pytest.mark.parametrize("path", [*NUMBERS, "/api/v1/exports/incidents.csv"])
def test_a_span_within_a_second_or_without_anything_in_it_is_refused(plain_manned: Served, path: str) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    half, day = timedelta(milliseconds=500), timedelta(days=1)
    for since, until in ((now - day + half, now), (now - day, now - half), (now, now), (now + day, now + 2 * day)):
        refused(plain_manned, get(plain_manned, path, since=since.isoformat(), until=until.isoformat()))


def test_numbers_and_lists_of_one_span_agree_to_the_second(plain_manned: Served, a_report: Report) -> None:
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    at = [start + timedelta(milliseconds=500 * half) for half in range(-2, 9)]
    plain_manned.post_lines(*[a_report(source="halves", reported_at=one.isoformat()) for one in at])
    seq = plain_manned.client.get("/api/v1/incidents", params={"source": "halves", "limit": 1}).json()
    plain_manned.followed(seq["incidents"][0]["seq"])
    for begin, seconds in ((0, 1), (0, 3), (1, 2), (-1, 5)):
        span = {
            "since": (start + timedelta(seconds=begin)).isoformat(),
            "until": (start + timedelta(seconds=begin + seconds)).isoformat(),
            "source": "halves",
        }
        total = get(plain_manned, "/api/v1/kpis", **span).json()["total"]
        cases = get(plain_manned, "/api/v1/kpis/cases", of="reported", **span).json()
        text = get(plain_manned, "/api/v1/exports/incidents.csv", **span).content.decode("utf-8-sig")
        expected = sum(
            start + timedelta(seconds=begin) <= one < start + timedelta(seconds=begin + seconds) for one in at
        )
        listed = len(list(csv.DictReader(io.StringIO(text))))
        assert total["measures"]["reported"] == cases["count"] == listed == expected


def test_what_a_number_was_asked_can_be_asked_again(plain_manned: Served, a_report: Report) -> None:
    plain_manned.post_lines(a_report())
    answer = get(plain_manned, "/api/v1/kpis").json()
    asked = {name: answer[name] for name in ("moment", "since", "until")}
    again = get(plain_manned, "/api/v1/kpis", **asked).json()
    assert {name: again[name] for name in asked} == asked
    past = (datetime.now(UTC) - timedelta(days=100)).replace(microsecond=0)
    span = get(plain_manned, "/api/v1/kpis", moment=past.isoformat()).json()
    assert datetime.fromisoformat(span["until"]) == past + timedelta(seconds=1)


@pytest.mark.parametrize("path", ["/api/v1/kpis?by=source", "/api/v1/kpis/league?of=units&kpi=closing_rate"])
def test_a_level_of_rows_that_are_no_grids_is_refused(plain_manned: Served, path: str) -> None:
    assert get(plain_manned, path).status_code == 200
    assert refused(plain_manned, get(plain_manned, path, level=2))["values"]["field"] == "level"


@pytest.mark.parametrize("written", ["0", "2026", "20261101", "1700000000", "1700000000000", "-1", "P1D", "", "10:00"])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/kpis", "since"),
        ("/api/v1/exports/incidents.csv", "until"),
        ("/api/v1/frame", "moment"),
        ("/api/v1/alerts", "since"),
        ("/api/v1/powers/who?category=garbage&grid=1:T1", "day"),
    ],
)
def test_a_number_is_no_time(plain_manned: Served, path: str, name: str, written: str) -> None:
    error = refused(plain_manned, get(plain_manned, path, **{name: written}))
    assert (error["values"]["field"], error["values"]["value"]) == (name, written)


def test_a_step_says_its_time_as_iso_writes_it(plain_manned: Served, a_report: Report) -> None:
    number = plain_manned.client.post("/api/v1/incidents", json=a_report()).json()["id"]
    for at in (1_700_000_000, "1700000000", True):
        answer = plain_manned.client.post(
            f"/api/v1/incidents/{number}/events", json={"kind": "verified", "actor": "a", "at": at}
        )
        assert refused(plain_manned, answer)["values"]["field"] == "at"
