"""Versions of the registers, on both servers, and the follower that brings them into use."""

import queue
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import psycopg2
import pytest

from data.access.actor import Actor
from data.city.categories import Category, save_categories
from data.city.editions import save_edition
from data.errors import RegisterInvalid
from data.registers.directory import Directory
from data.registers.directory_follower import DirectoryFollower
from data.registers.handling import Matter
from data.registers.powers import Power
from data.registers.registers import Registers
from data.registers.roster import Duty, Person
from data.registers.tables import current_version, list_versions, read_directory, read_registers, save_registers
from data.registers.units import Unit
from data.store.connection import Store
from data.store.openers import System
from geo.grids import GridSystem

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 1, 1)
NOON = datetime(2026, 11, 18, 12, tzinfo=ZONE)
FIRST = Registers(
    units=(
        Unit("Z", "末", "department", "", (), ()),
        Unit("A0", "零镇执法队", "town_team", "", ("1:T0", "1:T1"), ("0101", "市容")),
    ),
    persons=(Person("P2", "乙"), Person("P1", "O'Neil \\ 甲")),
    duties=(
        Duty("P2", "chief", "1:T0", "", DAY, date(2027, 1, 1), "mon-fri 08:00-12:00"),
        Duty("P1", "leader", "", "A0", DAY),
    ),
    powers=(Power("E1", "penalty", "乱搭", ("0101", "02*"), "enforcement", ("*",), DAY, None, "《条例》"),),
)


@pytest.fixture
def edition_id(store: Store, small_system: GridSystem) -> int:
    return save_edition(store, small_system, city="小城", name="2026", holds_from=DAY)


def test_nothing_is_in_force_before_the_first_import(store: Store, small_system: GridSystem) -> None:
    assert current_version(store) == 0
    assert read_registers(store) == Registers()
    assert list_versions(store) == []
    assert read_directory(store, small_system, ZONE).decide(Matter("0101", None, 0, None, 2), NOON) is None


def test_a_version_comes_back_as_it_was_in_its_order(store: Store, edition_id: int) -> None:
    version = save_registers(store, FIRST, edition_id, imported_by=Actor.operator("root"))
    [kept] = list_versions(store)
    assert (kept.imported_by, kept.imported_by_id) == ("root", "operator:root")
    assert read_registers(store) == replace(FIRST, version=version)
    assert current_version(store) == version


def test_an_import_leaves_the_versions_before_as_they_were(store: Store, edition_id: int) -> None:
    first = save_registers(store, FIRST, edition_id)
    swapped = replace(FIRST, persons=FIRST.persons[::-1], powers=())
    second = save_registers(store, swapped, edition_id, based_on=first)
    assert second > first
    assert read_registers(store) == replace(swapped, version=second)
    assert read_registers(store, first) == replace(FIRST, version=first)
    assert read_registers(store, second + 1) == Registers()
    third = save_registers(store, FIRST, edition_id)
    assert [one.version for one in list_versions(store)] == [third, second, first]
    assert list_versions(store)[1].counts == {"units": 2, "persons": 2, "duties": 2, "powers": 0}


def test_what_is_in_force_makes_no_new_version(store: Store, edition_id: int) -> None:
    first = save_registers(store, FIRST, edition_id)
    assert save_registers(store, replace(FIRST, version=99), edition_id) == first
    assert len(list_versions(store)) == 1


def test_of_two_imports_on_one_base_the_second_is_told(store: Store, edition_id: int) -> None:
    first = save_registers(store, FIRST, edition_id, based_on=0)
    save_registers(store, replace(FIRST, duties=()), edition_id, based_on=first)
    with pytest.raises(RegisterInvalid, match="meanwhile"):
        save_registers(store, replace(FIRST, powers=()), edition_id, based_on=first)
    with pytest.raises(RegisterInvalid, match="meanwhile"):
        save_registers(store, FIRST, edition_id, based_on=0)
    assert len(list_versions(store)) == 2


def test_an_import_is_whole_or_not_at_all(store: Store, edition_id: int) -> None:
    broken = replace(FIRST, powers=(replace(FIRST.powers[0], until=DAY),))
    with pytest.raises(psycopg2.errors.CheckViolation):
        save_registers(store, broken, edition_id)
    with store.transaction(System("test")) as cursor:
        cursor.execute("SELECT count(*) FROM register_file")
        assert cursor.fetchone() == (0,)
    assert current_version(store) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE register_duty SET person = 'P9'",
        "DELETE FROM register_version",
        "DELETE FROM register_unit",
        "TRUNCATE register_power",
        "TRUNCATE register_file CASCADE",
    ],
)
def test_nothing_is_ever_changed_or_deleted(store: Store, edition_id: int, statement: str) -> None:
    save_registers(store, FIRST, edition_id)
    with (
        pytest.raises(psycopg2.errors.RaiseException, match="import a new version"),
        store.transaction(System("test")) as cursor,
    ):
        cursor.execute(statement)
    assert read_registers(store) == replace(FIRST, version=current_version(store))


def test_the_directory_knows_the_classes_of_categories(store: Store, edition_id: int, small_system: GridSystem) -> None:
    save_registers(store, FIRST, edition_id)
    save_categories(store, [Category("0301", "垃圾", "Rubbish", "市容")])
    directory = read_directory(store, small_system, ZONE)
    assert directory.version == current_version(store)
    assert directory.units_for(Matter("0301", None, 0, None, 2))[0].code == "A0"
    assert directory.responsible("dispatched", Matter("0301", None, 0, None, 2), "A0", NOON).person == "P1"


def test_an_import_is_in_use_within_moments(store: Store, edition_id: int, small_system: GridSystem) -> None:
    seen: queue.Queue[Directory] = queue.Queue()
    # A long time between two looks: what arrives was told.
    follower = DirectoryFollower(store, small_system, ZONE, seen.put, poll_s=60)
    follower.start()
    try:
        assert seen.get(timeout=20).version == 0
        version = save_registers(store, FIRST, edition_id)
        assert _until(seen, lambda one: one.version == version).units.keys() == {"Z", "A0"}
        save_categories(store, [Category("0301", "垃圾", "Rubbish", "市容")])
        assert _until(seen, lambda one: one.classes == {"0301": "市容"}).version == version
        assert follower.version == version
        assert follower.last_error is None
    finally:
        # Ends the listening: `stop` alone would wait for its next look.
        store.close()
        follower.stop()
    assert not follower.alive


def test_a_follower_that_knows_the_version_hands_over_nothing(embedded_store: Store, small_system: GridSystem) -> None:
    edition = save_edition(embedded_store, small_system, city="小城", name="2026", holds_from=DAY)
    known = save_registers(embedded_store, FIRST, edition)
    seen: queue.Queue[Directory] = queue.Queue()
    follower = DirectoryFollower(embedded_store, small_system, ZONE, seen.put, version=known, poll_s=0.1)
    follower.start()
    try:
        version = save_registers(embedded_store, replace(FIRST, duties=()), edition)
        assert seen.get(timeout=20).version == version
    finally:
        follower.stop()
    assert not follower.alive


def test_a_broken_connection_loses_no_import(embedded_store: Store, small_system: GridSystem) -> None:
    edition = save_edition(embedded_store, small_system, city="小城", name="2026", holds_from=DAY)
    seen: queue.Queue[Directory] = queue.Queue()
    follower = DirectoryFollower(embedded_store, small_system, ZONE, seen.put, poll_s=0.5)
    follower.start()
    try:
        assert seen.get(timeout=20).version == 0
        session = psycopg2.connect(embedded_store.url)
        with session.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        session.close()
        version = save_registers(embedded_store, FIRST, edition)
        assert _until(seen, lambda one: one.version == version).version == version
    finally:
        follower.stop()


def _until(seen: "queue.Queue[Directory]", wanted: object) -> Directory:
    """The first directory handed over that is the one waited for."""
    while True:
        one = seen.get(timeout=20)
        if wanted(one):  # type: ignore[operator]  # a predicate
            return one
