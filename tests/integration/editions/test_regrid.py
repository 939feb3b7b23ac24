"""Re-assigning history onto an edition: right, whole or not at all, and the same however often it is run."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
import shapely

import data.incidents.regrid as regrid_module
from data.access.actor import Actor
from data.access.scope import Scope
from data.city.editions import edition_named, list_editions, read_edition, save_edition
from data.errors import DatabaseUnavailable, EditionUnknown, NoEdition
from data.incidents.audit import rebuild, verify
from data.incidents.columns import incident_columns, incident_positions
from data.incidents.desk import IncidentDesk
from data.incidents.model import Report, State, Step
from data.incidents.regrid import check_regrid, pending_count, regrid, states_in
from data.stats.mirror.mirror import Mirror
from data.store.connection import Store
from data.store.openers import System
from geo.errors import CommandCenterError
from geo.grids import GridSystem
from tests.integration.editions.conftest import desk_on, reports
from tests.unit.stats.cities import NOON

CITY = Scope.city(12)
# Leaves of the old strip that went over whole into one of the new: worked out by hand.
WENT_TO = {"L01": "X01", "L02": "M23", "L03": "M23", "L05": "R5"}


class Broken(CommandCenterError):
    code = "broken"


def leaves_in(store: Store, edition_id: int) -> dict[int, int]:
    _, columns = incident_columns(store, edition_id=edition_id)
    return dict(zip(columns["id"].tolist(), columns["leaf"].tolist(), strict=True))


def expected_leaf(state: State, new: GridSystem) -> int:
    """The rule of placing, by hand and slowly, for what came in by coordinates or by code."""
    codes = new.leaves["code"].tolist()
    if state.lon is not None:
        around = [
            code for code, shape in zip(codes, new.leaves.geometry, strict=True)
            if shape.covers(shapely.Point(state.lon, state.lat))
        ]  # fmt: skip
        if around:
            return codes.index(min(around))
    code = state.leaf_code if state.placed_by == "grid_code" else state.grid_code_given
    if state.placed_by == "grid_code" and code not in codes:
        code = WENT_TO.get(str(code))
    return codes.index(code) if code in codes else -1


def expected(desk: IncidentDesk, ids: list[int], new_id: int, new: GridSystem) -> dict[int, int]:
    states = [desk.get(incident_id, CITY) for incident_id in ids]
    return {one.id: one.leaf if one.edition_id == new_id else expected_leaf(one, new) for one in states}


@pytest.fixture
def history(old_desk: IncidentDesk) -> list[int]:
    return [one.id for one in old_desk.report_many(reports(300, 1), Actor.nobody("test"))]


def test_every_incident_gets_its_leaf_and_both_editions_stay(
    store: Store, old_desk: IncidentDesk, history: list[int], old_id: int, new_id: int, new_system: GridSystem
) -> None:
    before = leaves_in(store, old_id)
    right = expected(old_desk, history, new_id, new_system)
    assert len(set(right.values())) == 13
    assert pending_count(store, new_id) == 300
    assert leaves_in(store, new_id) == right  # also before regrid
    report = regrid(store, new_id, chunk_rows=70)
    assert pending_count(store, new_id) == 0
    assert leaves_in(store, new_id) == right
    assert leaves_in(store, old_id) == before
    assert check_regrid(store, new_id) == []
    assert report.placed == report.incidents == 300
    assert report.by_position + report.by_code + report.by_crosswalk + report.unlocated == 300
    assert min(report.by_position, report.by_code, report.by_crosswalk, report.unlocated) > 0
    assert report.unlocated == report.total_unlocated == list(right.values()).count(-1)


def test_run_twice_changes_nothing(store: Store, history: list[int], new_id: int) -> None:
    regrid(store, new_id)
    stored = _stored(store)
    again = regrid(store, new_id)
    assert (again.placed, again.incidents) == (0, 300)
    assert _stored(store) == stored


def _stored(store: Store) -> list[tuple[int, int, int]]:
    with store.transaction(System("test")) as cursor:
        cursor.execute("SELECT incident_id, edition_id, leaf FROM assignment ORDER BY 1, 2")
        return list(cursor.fetchall())


def test_interrupted_in_the_middle_it_goes_on(
    store: Store, old_desk: IncidentDesk, history: list[int], old_id: int, new_id: int, new_system: GridSystem
) -> None:
    before, right = leaves_in(store, old_id), expected(old_desk, history, new_id, new_system)
    chunks: list[int] = []

    def stop(rows: int) -> None:
        chunks.append(rows)
        if len(chunks) == 2:
            raise Broken("the power went")

    with pytest.raises(Broken):
        regrid(store, new_id, stop, chunk_rows=100)
    assert (len(_stored(store)), pending_count(store, new_id)) == (200, 300)
    assert (leaves_in(store, old_id), leaves_in(store, new_id)) == (before, right)
    assert regrid(store, new_id, chunk_rows=100).placed == 100
    assert (leaves_in(store, old_id), leaves_in(store, new_id)) == (before, right)
    assert (len(_stored(store)), pending_count(store, new_id)) == (300, 0)


def test_what_an_unfinished_run_has_stored_is_not_read(store: Store, history: list[int], new_id: int) -> None:
    right = leaves_in(store, new_id)
    with store.transaction(System("test")) as cursor:
        cursor.execute("INSERT INTO assignment SELECT id, %s, 7 FROM incident", (new_id,))
    assert leaves_in(store, new_id) == right
    regrid(store, new_id)
    differing = check_regrid(store, new_id)
    assert differing == [incident_id for incident_id, leaf in right.items() if leaf != 7]


def test_a_switch_that_fails_leaves_all_as_it_was(
    store: Store, history: list[int], new_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Broken("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(regrid_module, "_bring_in_force", fail)
        with pytest.raises(Broken):
            regrid(store, new_id)
    assert pending_count(store, new_id) == 300
    assert regrid(store, new_id).incidents == 300


def test_a_connection_that_breaks_while_a_chunk_is_written_loses_that_chunk_only(
    store: Store, history: list[int], new_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, write, chunks = leaves_in(store, new_id), regrid_module._store_chunk, Counter[str]()

    def write_and_die(cursor: Any, *more: Any) -> None:
        write(cursor, *more)
        chunks["written"] += 1
        if chunks["written"] == 2:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patch:
        patch.setattr(regrid_module, "_store_chunk", write_and_die)
        with pytest.raises(DatabaseUnavailable):
            regrid(store, new_id, chunk_rows=100)
    assert len(_stored(store)) == 100
    assert leaves_in(store, new_id) == right
    assert regrid(store, new_id, chunk_rows=100).placed == 200
    assert leaves_in(store, new_id) == right


def test_the_log_verifies_and_a_rebuild_is_equal(store: Store, history: list[int], new_id: int) -> None:
    regrid(store, new_id)
    assert verify(store).ok
    assert rebuild(store).equal
    assert len(_stored(store)) == 300


def test_a_state_that_is_rebuilt_loses_what_was_derived_from_the_wrong_one(
    store: Store, history: list[int], old_id: int, new_id: int
) -> None:
    right = leaves_in(store, new_id)
    with store.transaction(System("test")) as cursor:
        cursor.execute("UPDATE incident SET lon = 0.115, lat = 0.005 WHERE id = %s", (history[1],))
    regrid(store, new_id)
    assert leaves_in(store, new_id)[history[1]] != right[history[1]]
    assert rebuild(store).different == (history[1],)
    assert pending_count(store, new_id) == 1
    assert leaves_in(store, new_id) == right
    assert regrid(store, new_id).placed == 1
    assert check_regrid(store, new_id) == []


def test_mirrors_of_both_editions_follow_what_comes_in_through_either(
    store: Store, old_desk: IncidentDesk, new_desk: IncidentDesk, history: list[int], old_id: int, new_id: int,
    old_system: GridSystem, new_system: GridSystem,
) -> None:  # fmt: skip
    mirrors = {old_id: Mirror(12, old_id), new_id: Mirror(12, new_id)}
    for mirror in mirrors.values():
        mirror.refresh(store)
    regrid(store, new_id)
    later = [one.id for one in old_desk.report_many(reports(40, 2, "Q"), Actor.nobody("test"))]
    later += [one.id for one in new_desk.report_many(reports(40, 3, "R"), Actor.nobody("test"))]
    for mirror in mirrors.values():
        assert mirror.refresh(store) == 80
        fresh = Mirror(12, mirror.edition_id)
        fresh.refresh(store)
        np.testing.assert_array_equal(mirror.view()["leaf"], fresh.view()["leaf"])
    view = mirrors[new_id].view()
    assert dict(zip(view["id"].tolist(), view["leaf"].tolist(), strict=True)) == expected(
        old_desk, history + later, new_id, new_system
    )
    assert pending_count(store, new_id) == 40
    assert regrid(store, new_id).placed == 40
    assert regrid(store, old_id).placed == 40
    again = Mirror(12, new_id)
    again.refresh(store)
    np.testing.assert_array_equal(again.view()["leaf"], view["leaf"])


def test_a_place_given_later_replaces_what_was_derived_from_the_first(
    store: Store, old_desk: IncidentDesk, old_id: int, new_id: int, new_system: GridSystem
) -> None:
    (receipt,) = old_desk.report_many([Report("s", "1", "", NOON, lon=0.005, lat=0.005)], Actor.nobody("test"))
    regrid(store, new_id)
    assert _code(new_system, leaves_in(store, new_id)[receipt.id]) == "L00"
    old_desk.take(
        receipt.id, Step("located", NOON + timedelta(hours=1), Actor.nobody("王芳"), {"lon": 0.055, "lat": 0.005}), CITY
    )
    assert _code(new_system, leaves_in(store, new_id)[receipt.id]) == "R5"
    assert regrid(store, new_id).by_position == 1
    old_desk.take(receipt.id, Step("verified", NOON + timedelta(hours=2), Actor.nobody("王芳")), CITY)
    assert pending_count(store, new_id) == 0  # a step that moves nothing keeps it
    assert rebuild(store).equal


def _code(system: GridSystem, leaf: int) -> str | None:
    return None if leaf < 0 else str(system.leaves["code"][leaf])


def test_states_as_they_look_in_another_edition(
    store: Store,
    old_desk: IncidentDesk,
    new_desk: IncidentDesk,
    history: list[int],
    old_id: int,
    new_id: int,
    new_system: GridSystem,
) -> None:
    ids = history + [one.id for one in new_desk.report_many(reports(20, 6, "N"), Actor.nobody("test"))]
    states = [old_desk.get(incident_id, CITY) for incident_id in ids]
    found = states_in(store, new_id, states)
    assert {one.id: one.leaf for one in found} == leaves_in(store, new_id)
    assert [one.leaf_code for one in found] == [_code(new_system, one.leaf) for one in found]
    assert {one.edition_id for one in found} == {new_id}
    hidden = ("edition_id", "leaf", "leaf_code")
    for one, state in zip(found, states, strict=True):
        assert replace(one, **{name: getattr(state, name) for name in hidden}) == state
    assert states_in(store, 99, []) == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"grid_code": "L08"}, "L08"),  # the code is still there
        ({"grid_code": "L02"}, "M23"),  # merged
        ({"grid_code": "L01"}, "X01"),  # recoded
        ({"grid_code": "L04"}, None),  # split: nobody knows
        ({"grid_code": "L07"}, None),  # gone
        ({"lon": 0.047, "lat": 0.005}, "S4b"),  # the position knows
    ],
)
def test_places_by_hand(
    store: Store, old_desk: IncidentDesk, new_id: int, new_system: GridSystem, said: dict[str, object], code: str | None
) -> None:
    where = [{}, {"lon": 0.115, "lat": 0.005}]  # without a position, and with one that the hand overrules
    ids = [
        one.id
        for one in old_desk.report_many(
            [Report("s", str(i), "", NOON, **at) for i, at in enumerate(where)], Actor.nobody("test")
        )
    ]
    for incident_id in ids:
        old_desk.take(incident_id, Step("located", NOON + timedelta(hours=1), Actor.nobody("王芳"), dict(said)), CITY)
    found = leaves_in(store, new_id)
    assert [_code(new_system, found[incident_id]) for incident_id in ids] == [code, code]
    regrid(store, new_id)
    assert leaves_in(store, new_id) == found


def test_an_incident_that_moves_while_it_is_computed_is_computed_again(
    store: Store, old_desk: IncidentDesk, history: list[int], old_id: int, new_id: int, new_system: GridSystem,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    moving, place = history[1], regrid_module._Run.place
    steps = [Step("located", NOON + timedelta(hours=1), Actor.nobody("王芳"), {"lon": 0.055, "lat": 0.005})]

    def place_and_move(run: regrid_module._Run, rows: object) -> object:
        placed = place(run, rows)
        if steps:
            old_desk.take(moving, steps.pop(), CITY)
        return placed

    monkeypatch.setattr(regrid_module._Run, "place", place_and_move)
    report = regrid(store, new_id)
    assert (report.placed, pending_count(store, new_id)) == (300, 0)
    assert _code(new_system, leaves_in(store, new_id)[moving]) == "R5"
    assert check_regrid(store, new_id) == []


def test_without_incidents_and_onto_an_edition_that_is_not_there(store: Store, old_id: int) -> None:
    report = regrid(store, old_id)
    assert (report.placed, report.incidents, pending_count(store, old_id)) == (0, 0, 0)
    with pytest.raises(NoEdition, match="99"):
        regrid(store, 99)


def test_editions_are_listed_and_found_by_name(
    store: Store, history: list[int], old_id: int, new_id: int, new_system: GridSystem
) -> None:
    save_edition(store, new_system, city="小城", name="later", holds_from=date(2999, 1, 1))
    regrid(store, new_id)
    rows = list_editions(store, date(2100, 1, 1))
    assert [(one.name, one.grids, one.placed, one.holds) for one in rows] == [
        ("2025", (3, 6, 12), 300, False), ("2026", (2, 12), 0, True), ("later", (2, 12), 0, False),
    ]  # fmt: skip
    assert [one.regridded_at is not None for one in rows] == [False, True, False]
    assert edition_named(store, "2026").id == new_id
    assert read_edition(store, old_id).name == "2025"
    with pytest.raises(EditionUnknown, match="2025, 2026, later") as caught:
        edition_named(store, "2027")
    assert caught.value.values["names"] == ["2025", "2026", "later"]


@pytest.mark.postgis
def test_the_view_of_grids_counts_all_or_says_nothing(
    postgis_store: Store, old_system: GridSystem, new_system: GridSystem
) -> None:
    old_id = save_edition(postgis_store, old_system, city="c", name="2025", holds_from=date(2025, 1, 1))
    desk_on(postgis_store, old_system, old_id).report_many(reports(200, 5), Actor.nobody("test"))
    new_id = save_edition(postgis_store, new_system, city="c", name="2026", holds_from=date(2026, 1, 1))
    query = "SELECT lo, incidents FROM grids_current WHERE level = 2 ORDER BY lo"
    assert {count for _, count in _rows(postgis_store, query)} == {None}
    regrid(postgis_store, new_id)
    counts = Counter(leaves_in(postgis_store, new_id).values())
    assert _rows(postgis_store, query) == [(leaf, counts[leaf]) for leaf in range(12)]


def _rows(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.transaction(System("test")) as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def test_positions_are_those_of_the_incidents_that_have_one(store: Store, old_desk: IncidentDesk) -> None:
    assert [part.tolist() for part in incident_positions(store)] == [[], []]
    given = reports(50, 4)
    old_desk.report_many(given, Actor.nobody("test"))
    lon, lat = incident_positions(store)
    assert (lon.dtype, lat.dtype) == (np.float64, np.float64)
    assert sorted(zip(lon.tolist(), lat.tolist(), strict=True)) == sorted(
        (one.lon, one.lat) for one in given if one.lon is not None and one.lat is not None
    )
