"""The SQL of the queues, beside a slow reading of the same incidents, in one edition and in two."""

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from data.access.scope import Holder, Scope
from data.city.editions import current_edition, save_edition
from data.incidents import log, search_table
from data.incidents.duplicates import vicinity_of
from data.incidents.model import State
from data.incidents.queue import QUEUES, Queue, QueueQuestion, areas_inside
from data.incidents.queue_table import read_near, read_queue
from data.incidents.regrid import states_in
from data.incidents.search import search_of
from data.store.connection import Store
from data.store.openers import System
from data.words import STAGES
from geo.grids import GridSystem
from geo.index import GridIndex

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
TEXTS = ["100% 垃圾", "a_b", "路\\灯", "噪音", ""]


def random_states(system: GridSystem, edition_id: int, count: int, seed: int, first: int = 1) -> list[State]:
    random = np.random.default_rng(seed)
    codes = system.leaves["code"].tolist()
    centres = system.leaves.representative_point()

    def one_of(values: list[Any]) -> Any:
        return values[int(random.integers(len(values)))]

    states = []
    for number in range(first, first + count):
        stage = one_of(list(STAGES))
        leaf = int(random.integers(-1, len(codes)))
        due = None if random.random() < 0.1 else NOW + timedelta(minutes=int(random.integers(-600, 600)))
        claimed = stage == "closed"
        states.append(
            State(
                id=number, source="hotline", source_id=f"S-{number}", category=one_of(["0102", "0201", ""]),
                title=one_of(TEXTS), address=one_of([*TEXTS, "人民路"]), stage=stage,
                reported_at=NOW - timedelta(hours=int(random.integers(1, 300))), occurred_at=None,
                lon=float(centres.x[leaf]) if leaf >= 0 else None, lat=float(centres.y[leaf]) if leaf >= 0 else None,
                lon_given=None, lat_given=None, coordinate_system="wgs84", grid_code_given=None, h3=None,
                edition_id=edition_id, leaf=leaf, leaf_code=codes[leaf] if leaf >= 0 else None,
                placed_by="coordinates" if leaf >= 0 else None, seq=number, n=int(random.integers(9)), hash=bytes(32),
                last_at=NOW, recorded_at=NOW,
                closed_at=NOW if claimed else None, means="service" if claimed else None, level=1 if claimed else None,
                area=one_of(["1:T1", "1:T2", "2:V3", "2:gone", None]) if leaf < 0 else None,
                clock_due_at=due,
                clock_yellow_at=None if due is None else due - timedelta(minutes=int(random.integers(0, 300))),
                suspended=bool(random.random() < 0.1), urges=int(random.integers(0, 2)),
                returns=int(random.integers(0, 2)), reworks=int(random.integers(0, 2)),
                responsible=one_of(["p1", "p2", ""]), responsible_name=one_of(["王芳", "李强", ""]),
                unit=one_of(["u1", "u2", ""]), handler=one_of(["环卫站", ""]),
            )
        )  # fmt: skip
    return states


def light(state: State) -> str:
    if state.suspended or state.clock_due_at is None:
        return "none"
    if state.clock_due_at < NOW:
        return "red"
    return "yellow" if state.clock_yellow_at is not None and state.clock_yellow_at <= NOW else "none"


def belongs(queue: Queue, state: State, scope: Scope) -> bool:
    match queue:
        case "mine":
            mine = state.responsible == scope.person != ""
            return mine or (state.unit != "" and state.unit in scope.units)
        case "unclaimed":
            return state.stage == "dispatched"
        case "yellow" | "red":
            return light(state) == queue
        case "unlocated":
            return state.leaf == -1
        case "returned":
            back = state.stage == "filed" and state.returns > 0
            return back or (state.stage == "claimed" and state.reworks > 0)
        case _:
            return True


def burns(state: State) -> tuple[Any, ...]:
    far = datetime.max.replace(tzinfo=UTC)
    rank = {"red": 0, "yellow": 1, "none": 2}[light(state)]
    return state.suspended, rank, state.urges == 0, state.clock_due_at or far, state.id


def seen(state: State, scope: Scope, system: GridSystem) -> bool:
    if state.leaf >= 0:
        return scope.sees(state.leaf)
    area = None if state.area in (None, "2:gone") else system.find(state.area or "")
    return scope.sees(-1) or (area is not None and all(scope.sees(leaf) for leaf in range(area.lo, area.hi)))


SCOPES = [
    Scope.city(8),
    Scope.city(8, holder=Holder.person("p1", units=("u2", "nobody"))),
    Scope.of([(0, 4)], "handler", Holder.person("p2")),
    Scope.of([(0, 2), (3, 4), (6, 8)], "handler", Holder.person("p2")),
    Scope.of([(4, 8)], "handler", Holder(units=("u1",))),
    Scope.of([(6, 8)], "grid_worker"),
    Scope.of([], "grid_worker", Holder.person("p1")),
]


def check(store: Store, system: GridSystem, edition_id: int, states: list[State], scope: Scope) -> None:
    """Every queue of a scope, in order, page by page, counted, as a slow reading has it."""
    living = [s for s in states if s.stage not in ("closed", "voided") and seen(s, scope, system)]
    counts = {queue: sum(belongs(queue, s, scope) for s in living) for queue in QUEUES}
    for queue in QUEUES:
        question = QueueQuestion(scope, areas_inside(system, scope), edition_id, NOW, queue, limit=1000)
        page = read_queue(store, question)
        expected = sorted((s for s in living if belongs(queue, s, scope)), key=burns)
        assert [s.id for s in page.states] == [s.id for s in expected]
        assert list(page.states) == expected
        assert (page.counts, page.total, page.seq) == (counts, len(expected), max(s.seq for s in states))
        part = read_queue(store, replace(question, limit=7, offset=3))
        assert (list(part.states), part.total) == (expected[3:10], len(expected))


@pytest.fixture
def edition_id(store: Store, system: GridSystem) -> int:
    return save_edition(store, system, city="小城", name="2026", holds_from=date(2020, 1, 1))


@pytest.fixture
def states(store: Store, system: GridSystem, edition_id: int) -> list[State]:
    made = random_states(system, edition_id, 400, seed=5)
    with store.transaction(System("test")) as cursor:
        log.insert_states(cursor, made)
    return made


@pytest.mark.parametrize("scope", SCOPES)
def test_every_queue_is_that_of_a_slow_reading(
    store: Store, system: GridSystem, edition_id: int, states: list[State], scope: Scope
) -> None:
    check(store, system, edition_id, states, scope)


CATEGORIES = {"0102": ("暴露垃圾", "Exposed garbage"), "0201": ("路面塌陷", "Road collapse")}
TYPED = [
    "100%", "１００％", "%", "_", "a_b", "A_B", "\\", "路", "环卫", "S-1", "s-1", "Ｓ－１", "17", "#17", "＃ 17 ",
    "１７", "第17号", "0017", "17号", "王芳", "p2", "暴露", "road", "路 环卫", "环卫\u3000噪音", "村3", "街道", "399",
    "街道 暴露", "'; DROP TABLE incident", "9" * 30, "S-399", "nothing at all",
]  # fmt: skip


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def names_of(state: State, system: GridSystem) -> list[str]:
    if state.leaf >= 0:
        return [grid.name for grid in system.path(system.grid_at(system.depth, state.leaf))]
    return [] if state.area in (None, "2:gone") else [system.find(state.area or "").name]


def finds(typed: str, state: State, system: GridSystem) -> bool:
    """A slow reading of what a search finds."""
    texts = [state.title, state.address, state.handler, state.source_id, state.responsible, state.responsible_name]
    named = [*CATEGORIES.get(state.category, ()), *names_of(state, system)]
    everywhere = [text.lower() for text in (*texts, *named)]

    def found(word: str) -> bool:
        forms = {word.lower(), plain(word).lower(), wide(plain(word)).lower()}
        return any(form in text for form in forms for text in everywhere)

    return all(found(word) for word in typed.split()) or is_named(typed, state)


def is_named(typed: str, state: State) -> bool:
    text = " ".join(plain(typed).split())
    number = text.lstrip("#第 ").rstrip("号 ").lstrip("0")
    return number == str(state.id) or state.source_id in (text, text.upper(), text.lower())


def expected_of(
    typed: str, queue: Queue, finding: list[State], scope: Scope, system: GridSystem
) -> tuple[list[int], int]:
    """Of the states in which a search finds something: ids in their order, and how many are found elsewhere."""
    found = [s for s in finding if seen(s, scope, system)]
    open_ones = [s for s in found if s.stage not in ("closed", "voided")]
    ended = sorted((s for s in found if s not in open_ones), key=lambda s: (s.reported_at, -s.id), reverse=True)
    rows = sorted((s for s in open_ones if belongs(queue, s, scope)), key=burns) + (ended if queue == "all" else [])
    rows.sort(key=lambda s: not is_named(typed, s))
    return [s.id for s in rows], len(found) - len(rows)


def test_a_search_is_that_of_a_slow_reading(
    store: Store, system: GridSystem, edition_id: int, states: list[State]
) -> None:
    finding = {typed: [s for s in states if finds(typed, s, system)] for typed in TYPED}
    for scope, queue in ((scope, queue) for scope in SCOPES for queue in ("all", "red")):
        living = sum(s.stage not in ("closed", "voided") and seen(s, scope, system) for s in states)
        for typed in TYPED:
            search = search_of(typed, system, CATEGORIES)
            areas = areas_inside(system, scope)
            question = QueueQuestion(scope, areas, edition_id, NOW, queue, search, limit=1000)
            page = read_queue(store, question)
            rows, elsewhere = expected_of(typed, queue, finding[typed], scope, system)
            assert [s.id for s in page.states] == rows
            assert (page.total, page.elsewhere, page.ended_since) == (len(rows), elsewhere, None)
            part = read_queue(store, replace(question, limit=3, offset=2))
            assert ([s.id for s in part.states], part.total) == (rows[2:5], len(rows))
            # Counts are of the queues, not of what was looked for.
            assert page.counts["all"] == living


def test_far_back_a_number_is_found_and_a_word_is_not_and_that_is_said(
    store: Store, system: GridSystem, edition_id: int, states: list[State], monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.transaction(System("test")) as cursor:
        cursor.execute("ANALYZE incident")
    monkeypatch.setattr(search_table, "LOOK_BACK", 50)
    ended = sorted((s for s in states if s.stage == "closed"), key=lambda s: s.reported_at)
    newest = sorted(states, key=lambda s: (s.reported_at, s.id), reverse=True)
    oldest = ended[0]
    for typed in (f"#{oldest.id}", oldest.source_id):
        search = search_of(typed, system, CATEGORIES)
        page = read_queue(store, QueueQuestion(Scope.city(8), (), edition_id, NOW, "all", search))
        assert page.states[0].id == oldest.id
        assert page.ended_since == newest[50].reported_at
    search = search_of("噪音", system, CATEGORIES)
    page = read_queue(store, QueueQuestion(Scope.city(8), (), edition_id, NOW, "all", search, limit=1000))
    found = [s for s in states if finds("噪音", s, system)]
    far = [s for s in found if s.stage in ("closed", "voided") and s.reported_at < newest[50].reported_at]
    assert far
    assert {s.id for s in page.states} == {s.id for s in found} - {s.id for s in far}


def test_an_empty_log_has_empty_queues(embedded_store: Store, system: GridSystem) -> None:
    edition = save_edition(embedded_store, system, city="小城", name="2026", holds_from=date(2020, 1, 1))
    page = read_queue(embedded_store, QueueQuestion(Scope.city(8), (), edition, NOW))
    assert (page.seq, page.total, list(page.states)) == (0, 0, [])
    assert page.counts == dict.fromkeys(QUEUES, 0)


def recoded(system: GridSystem) -> GridSystem:
    """The same city, its leaves from east to west: every ordinal means another leaf."""
    towns, villages, leaves = (layer[["code", "name", "parent", "geometry"]].copy() for layer in system.levels)
    swapped = {"T1": "T2", "T2": "T1"} | {f"V{at}": f"V{3 - at}" for at in range(4)}
    for layer in (towns, villages):
        layer["code"] = layer["code"].map(swapped)
    for layer in (villages, leaves):
        layer["parent"] = layer["parent"].map(swapped)
    leaves["code"] = [f"K{at}" for at in range(len(leaves))]
    return GridSystem.build([gpd.GeoDataFrame(layer, crs=4326) for layer in (towns, villages, leaves)])


@pytest.mark.parametrize("scope", SCOPES)
def test_incidents_of_another_edition_lie_where_they_lie_in_this_one(
    embedded_store: Store, system: GridSystem, scope: Scope
) -> None:
    store = embedded_store
    old = save_edition(store, system, city="小城", name="2025", holds_from=date(2020, 1, 1))
    newer = recoded(system)
    new = save_edition(store, newer, city="小城", name="2026", holds_from=date(2021, 1, 1))
    before = random_states(system, old, 150, seed=6)
    since = random_states(newer, new, 150, seed=7, first=151)
    with store.transaction(System("test")) as cursor:
        log.insert_states(cursor, [*before, *since])
    system_now = current_edition(store, date(2026, 1, 1)).system
    shown = states_in(store, new, [*before, *since])
    assert [s.leaf for s in shown[:150]] != [s.leaf for s in before]
    check(store, system_now, new, shown, scope)
    # What moves on is looked at anew.
    moved = replace(before[0], seq=9_000, leaf=-1, leaf_code=None, placed_by=None, lon=None, lat=None, stage="reported")
    with store.transaction(System("test")) as cursor:
        cursor.execute("DELETE FROM incident WHERE id = %s", (moved.id,))
        log.insert_states(cursor, [moved])
    shown = states_in(store, new, [moved, *before[1:], *since])
    check(store, system_now, new, shown, scope)
    # What has ended is found by its texts, where it lies now; by names of grids only what was placed in this edition.
    for typed in ("环卫", "#17", "噪音 S-"):
        question = QueueQuestion(
            scope, areas_inside(system_now, scope), new, NOW, "all", search_of(typed, system_now, CATEGORIES), limit=500
        )
        finding = [s for s in shown if finds(typed, s, system_now)]
        rows, _ = expected_of(typed, "all", finding, scope, system_now)
        assert [s.id for s in read_queue(store, question).states] == rows


@pytest.mark.parametrize("scope", SCOPES)
def test_what_lies_near_is_found_within_the_scope_only(
    store: Store, system: GridSystem, edition_id: int, states: list[State], scope: Scope
) -> None:
    areas = areas_inside(system, scope)
    visible = {s.id for s in states if seen(s, scope, system)}
    for of in states[:40]:
        vicinity = vicinity_of(of, system)
        found = {s.id for s in read_near(store, vicinity, scope, areas)}
        in_leaves = {
            s.id for s in states if s.leaf in vicinity.leaves and vicinity.since <= s.reported_at <= vicinity.until
        }
        at_address = {
            s.id
            for s in states
            if of.category and of.address and (s.category, s.address) == (of.category, of.address)
            and vicinity.since <= s.reported_at <= vicinity.until
        }  # fmt: skip
        assert found == (in_leaves | at_address) & visible


def test_what_lies_near_is_found_across_editions(embedded_store: Store, system: GridSystem) -> None:
    store = embedded_store
    old = save_edition(store, system, city="小城", name="2025", holds_from=date(2020, 1, 1))
    newer = recoded(system)
    new = save_edition(store, newer, city="小城", name="2026", holds_from=date(2021, 1, 1))
    place = system.leaves.representative_point()[0]
    now = datetime.now(UTC)
    sample = replace(
        random_states(system, old, 1, seed=1)[0], stage="reported", lon=place.x, lat=place.y, leaf=0, leaf_code="L00",
        placed_by="coordinates", area=None, reported_at=now, closed_at=None, means=None, level=None,
    )  # fmt: skip
    leaf = int(GridIndex(newer).assign(np.array([place.x]), np.array([place.y]))[0])
    of = replace(
        sample, id=2, seq=2, source_id="S-2", edition_id=new, leaf=leaf, leaf_code=newer.leaves["code"].iloc[leaf]
    )
    with store.transaction(System("test")) as cursor:
        log.insert_states(cursor, [sample, of])
    city = Scope.city(8)
    found = read_near(store, vicinity_of(of, newer), city, areas_inside(newer, city))
    assert {(s.id, s.leaf, s.edition_id) for s in found} == {(1, leaf, new), (2, leaf, new)}
    elsewhere = Scope.of([(0, 4) if leaf >= 4 else (4, 8)], "handler")
    assert read_near(store, vicinity_of(of, newer), elsewhere, areas_inside(newer, elsewhere)) == []
