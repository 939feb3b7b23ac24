"""The KPIs as a user types for them."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import app
from dashboard.commands import kpis
from data.city.editions import save_edition
from data.incidents import log
from data.store.connection import Store
from data.store.openers import System
from tests.unit.stats.cities import NOON, make_system
from tests.unit.stats.logs import random_log, states_of

EVENTS = random_log(8, 400)
SPAN = ["--since", "2026-11-01", "--until", "2027-03-01", "--moment", "2027-03-01"]
Run = Callable[..., str]


@pytest.fixture
def run(embedded_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on a small city with a random log; returns what it wrote."""
    monkeypatch.setenv("GRID_DATABASE_URL", embedded_url)
    monkeypatch.setenv("GRID_HOME", str(tmp_path))
    # After the whole log, whenever the test runs.
    monkeypatch.setattr(kpis, "present", lambda zone: datetime(2027, 3, 1, tzinfo=zone))
    with Store.connect(embedded_url, migrate=False) as store:
        assert save_edition(store, make_system(), city="小城", name="2026", holds_from=date(2026, 1, 1)) == 1
        with store.transaction(System("test")) as cursor:
            log.append(cursor, EVENTS)
            log.insert_states(cursor, states_of(EVENTS))

    def command(*words: str, status: int = 0) -> str:
        assert app.main(["kpis", *words]) == status
        captured = capsys.readouterr()
        return captured.err if status else captured.out

    return command


def test_any_level_scope_span_and_filter_as_json_and_csv(run: Run, tmp_path: Path) -> None:
    states = states_of(EVENTS)
    total = json.loads(run("show", "--level", "2", *SPAN))
    assert [row["id"] for row in total["rows"]] == [f"2:V{i}" for i in range(6)]
    assert total["total"]["measures"]["reported"] == len(states)
    town = json.loads(run("show", "--level", "3", "--within", "1:T1", "--source", "grid", *SPAN))
    expected = sum(one.source == "grid" and 4 <= one.leaf < 8 for one in states)
    assert town["total"]["measures"]["reported"] == expected
    run("show", "--by", "category", "--format", "csv", "--out", str(tmp_path / "k.csv"), *SPAN)
    content = (tmp_path / "k.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert {row["code"]: int(row["n_reported"]) for row in rows} == {
        code: sum(one.category == code for one in states) for code in sorted({one.category for one in states})
    }


def test_units_and_their_league(run: Run) -> None:
    states = states_of(EVENTS)
    rows = json.loads(run("show", "--by", "unit", *SPAN))["rows"]
    assert {row["code"]: row["measures"]["reported"] for row in rows} == Counter(one.unit for one in states)
    code = max(rows, key=lambda row: row["measures"]["closed"])["code"]
    only = json.loads(run("show", "--unit", code, *SPAN))["total"]
    assert only["measures"] == next(row["measures"] for row in rows if row["code"] == code)
    table = json.loads(run("league", "--units", "--kpi", "closing_rate", *SPAN))
    # This city has registered none.
    assert (table["of"], table["level"], table["rows"]) == ("units", None, [])


def test_the_incidents_behind_a_number(run: Run) -> None:
    total = json.loads(run("show", *SPAN))["total"]
    for name in ("open", "closed", "filing_rate"):
        found = json.loads(run("cases", "--of", name, *SPAN))
        number = total["measures"].get(name, total["kpis"].get(name, {}).get("numerator"))
        assert found["count"] == len(set(found["ids"])) == number
    lines = run("cases", "--of", "open", "--format", "csv", *SPAN).splitlines()
    assert lines[0] == "id"
    assert len(lines) == 1 + total["measures"]["open"]


def test_a_moment_of_the_past_does_not_know_what_came_later(run: Run) -> None:
    moment = NOON + timedelta(days=3)
    span = ["--since", "2026-11-01", "--until", "2027-03-01", "--moment", moment.isoformat()]
    then = json.loads(run("show", *span))["total"]["measures"]
    lives: dict[int, list[Any]] = {}
    for event in EVENTS:
        lives.setdefault(event.incident_id, []).append(event)
    started = [life for life in lives.values() if life[0].at < moment + timedelta(seconds=1)]
    assert then["reported"] == len(started)
    told = json.loads(run("show", *span, "--known", "then"))["total"]["measures"]
    assert told["reported"] <= sum(life[0].recorded_at < moment + timedelta(seconds=1) for life in lives.values())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--moment", "2027-03-01T00:01:00"], "lies in the future"),
        (["--since", "2027-03-02", "--until", "2027-03-03"], "begins at 2027-03-02"),
        (["--since", "2027-01-01", "--until", "2027-01-01"], "the span is empty"),
        (["--since", "2027-01-01T00:00:00.5"], "whole seconds; write 2027-01-01T00:00:00"),
        (["--category", "違法建設"], "no category '違法建設'"),
        (["--source", "gird"], "did you mean 'grid'?"),
        (["--unit", "nobody"], "no unit 'nobody'"),
        (["--by", "source", "--level", "2"], "--level is 2"),
        (["--edition", "2025"], "no edition named '2025'"),
    ],
)
def test_a_question_without_meaning_is_refused(run: Run, words: list[str], said: str) -> None:
    assert said in run("show", *words, status=1)


def test_league_table(run: Run) -> None:
    table = json.loads(run("league", "--kpi", "filing_rate", "--level", "1", *SPAN))
    assert [row["rank"] for row in table["rows"]] == sorted(row["rank"] for row in table["rows"])
    assert all(row["low"] <= row["value"] <= row["high"] for row in table["rows"])
    rows = list(csv.DictReader(io.StringIO(run("league", "--score", "handling", "--format", "csv", *SPAN))))
    assert {"handling_rate", "rank_in_words", "list_in_words"} <= set(rows[0])


def test_definitions_need_no_store(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("GRID_DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    assert app.main(["kpis", "definitions"]) == 0
    assert "| `closing_rate` | 结案率 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "--level", "9"), "there is no level 9"),
        (("show", "--within", "1:none"), "there is no grid"),
        (("league", "--kpi", "reported"), "cannot be ranked"),
        (("cases", "--of", "happiness"), "no measure and no KPI"),
        (("show", "--since", "2026-12-01", "--until", "2026-11-01"), "before it begins"),
    ],
)
def test_what_cannot_be_answered_is_said(run: Run, words: tuple[str, ...], said: str) -> None:
    assert said in run(*words, status=1)
