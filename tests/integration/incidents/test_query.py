"""`IncidentQuery`: every filter and order against a slow reading; no page reads what it does not show."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.listing import NEWEST, fill, questions
from data.access.scope import Scope
from data.incidents import query_table
from data.incidents.model import State
from data.incidents.query import Box, IncidentQuery, Span
from data.incidents.search import Search, Word
from data.store.connection import Store
from data.store.driver import sql
from data.store.openers import System
from data.words import OPEN_STAGES

LEAVES = 60
FEW = 600
MANY = 40_000
CITY = Scope.city(LEAVES, "screen")
NARROW = Scope.of([(7, 8)], "screen")
COLUMN = {"reported": "reported_at", "closed": "closed_at", "due": "due_at", "changed": "seq"}


def filled(store: Store, rows: int) -> Store:
    with store.transaction(System("test"), timeout_s=120) as cursor:
        cursor.execute(
            "INSERT INTO edition (city, name, holds_from, level_names, checksum) "
            "VALUES ('试', 'test', '2026-01-01', '[]', 'x') RETURNING id"
        )
        fill(cursor, rows, cursor.fetchone()[0], LEAVES, rare=rows // 3, units=40)
    with store.transaction(System("test"), timeout_s=120) as cursor:
        cursor.execute("ANALYZE incident")
    return store


def read(store: Store, query: IncidentQuery, limit: int) -> list[State]:
    with store.transaction(query.scope) as cursor:
        return query_table.read_page(cursor, query, limit)


def slow(states: list[State], query: IncidentQuery) -> list[State]:
    """The whole answer, read once more from all states."""
    found = [state for state in states if meant(state, query)]
    column = COLUMN[query.sort]
    return sorted(found, key=lambda state: (getattr(state, column), state.id), reverse=query.sort != "due")


def meant(state: State, query: IncidentQuery) -> bool:
    said = {"source": query.source, "source_id": query.source_id, "unit": query.unit, "responsible": query.responsible}
    several = {"id": query.ids, "stage": query.stages, "category": query.categories, "means": query.means}
    living = state.stage in OPEN_STAGES
    span, box = query.span, query.box
    at = None if span is None else getattr(state, COLUMN[span.of])
    return (
        query.scope.sees(state.leaf)
        and all(value is None or getattr(state, name) == value for name, value in said.items())
        and all(values is None or getattr(state, name) in values for name, values in several.items())
        and (living or not query.open_only)
        and (span is None or (at is not None and (span.since is None or at >= span.since)
                              and (span.until is None or at < span.until)))
        and (box is None or (state.lon is not None and box.west <= state.lon <= box.east
                             and box.south <= state.lat <= box.north))
        and (query.due_before is None or (state.due_at is not None and state.due_at < query.due_before))
        and (query.sort != "closed" or state.closed_at is not None)
        and (query.sort != "due" or (state.due_at is not None and living))
        and (query.text is None or any(text in state.source_id for text in query.text.words[0].spellings))
    )  # fmt: skip


moments = st.integers(-FEW, 2 * FEW).map(lambda seconds: NEWEST - timedelta(seconds=seconds))
maybe = st.none
bounds = maybe() | moments
SCOPES = [
    CITY,
    NARROW,
    Scope.of([(3, 20), (25, 26), (50, 60)], "screen"),
    Scope.of([], "screen", unlocated=True),
    Scope(),
]
queries = st.builds(
    IncidentQuery,
    st.sampled_from(SCOPES),
    ids=maybe() | st.lists(st.integers(1, FEW + 9), max_size=300).map(tuple),
    source=st.sampled_from([None, None, "hotline", "rare", "nobody"]),
    source_id=st.sampled_from([None, None, None, "L-6"]),
    stages=maybe() | st.sets(st.sampled_from(["reported", "claimed", "voided", "closed"])).map(tuple),
    open_only=st.booleans() | st.just(False),
    categories=maybe() | st.sets(st.sampled_from([f"c{n}" for n in range(40)])).map(tuple),
    means=maybe() | st.sets(st.sampled_from(["service", "enforcement"])).map(tuple),
    unit=st.sampled_from([None, None, None, "unit-7", "nobody"]),
    responsible=st.sampled_from([None, None, None, "P7", "nobody"]),
    text=maybe() | st.sampled_from(["7", "L-1", "%"]).map(lambda text: Search((Word((text,)),), None, ())),
    span=maybe()
    | st.builds(Span, st.sampled_from(["reported", "closed", "due"]), maybe() | moments, maybe() | moments),
    box=maybe() | st.just(Box(120.0005, 31.81, 120.004, 31.85)),
    due_before=maybe() | moments.map(lambda moment: moment + timedelta(days=5)),
    sort=st.sampled_from(["reported", "closed", "due", "changed"]),
)


@given(st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_filter_and_order_page_by_page(few: Store, data: st.DataObject) -> None:
    states = read(few, IncidentQuery(CITY), FEW)
    assert len(states) == FEW
    query = data.draw(queries)
    expected = slow(states, query)
    size = data.draw(st.integers(20, 200))
    found: list[State] = []
    page = query
    while part := read(few, page, size):
        found += part
        page = replace(page, after=query_table.after_state(part[-1], query.sort))
    assert found == expected


@pytest.fixture
def few(embedded_store: Store) -> Store:
    return filled(embedded_store, FEW)


def test_a_page_after_an_incident_that_has_no_place_in_the_order(few: Store) -> None:
    [living] = read(few, IncidentQuery(CITY, open_only=True), 1)
    with few.transaction(System("test")) as cursor:
        assert query_table.after_id(cursor, living.id, "closed") is None
        assert query_table.after_id(cursor, 10**9, "reported") is None
        assert query_table.after_id(cursor, living.id, "reported") == query_table.after_state(living, "reported")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def read_rows(plan: dict[str, Any]) -> float:
    """Rows that were touched: shown or thrown away again."""
    return sum(
        node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for node in nodes(plan) if "Scan" in node["Node Type"]
    )  # fmt: skip


def test_no_page_reads_what_it_does_not_show(embedded_store: Store) -> None:
    store, limit = filled(embedded_store, MANY), 20
    for name, query in questions(CITY, NARROW, MANY):
        statement, values = query_table.page_statement(query, limit)
        with store.transaction(query.scope) as cursor:
            cursor.execute(sql.SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ") + statement, values)
            [[[document]]] = cursor.fetchall()
        kinds = {node["Node Type"] for node in nodes(document["Plan"])}
        # The incidents of one leaf are looked through for the open ones, the open ones for those of one stage.
        spared = {"what is open in one leaf": 2 * MANY // LEAVES, "one open stage": 100}.get(name, limit)
        assert "Seq Scan" not in kinds, (name, document)
        assert "Sort" not in kinds or name in ("one leaf", "what is open in one leaf", "one id of a source"), name
        assert read_rows(document["Plan"]) <= limit + spared, (name, document)
