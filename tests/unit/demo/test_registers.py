"""The demo city's registers: counts as published, everybody on duty, holes on purpose, one seed one people."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from data.calendar.duty_hours import WEEK_MINUTES, DutyHours
from data.demo.city import DemoCity
from data.demo.names import name_of
from data.demo.registers import build_registers
from data.demo.steps import Planner
from data.demo.units import CENTER
from data.registers.handling import Matter
from data.registers.register_checks import check_registers
from data.registers.registers import Registers
from data.registers.roster import GRID_POSTS

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def registers(planner: Planner) -> Registers:
    return planner.handling.registers


def test_they_are_sound(city: DemoCity, registers: Registers) -> None:
    assert check_registers(registers, city.system, {one.code: one.class_name for one in city.categories}) == []


def test_units(city: DemoCity, registers: Registers) -> None:
    kinds = Counter(unit.kind for unit in registers.units)
    assert (kinds["center"], kinds["city_team"], kinds["town_team"]) == (1, 7, 17)
    assert 17 * 3 <= kinds["squad"] <= 17 * 6
    # Squads own the villages of their town, each village one squad.
    owned = [grid for unit in registers.units if unit.kind == "squad" for grid in unit.grids]
    assert sorted(owned) == sorted(f"2:{code}" for code in city.system.levels[1]["code"])
    for unit in registers.units:
        if unit.kind == "squad":
            assert {grid[2:11] for grid in unit.grids} == {f"320281{unit.parent[2:]}"}
    # Whatever the category, there is somebody for it in the city.
    named = {code for unit in registers.units if unit.kind in ("city_team", "department") for code in unit.categories}
    assert named == {one.code for one in city.categories}


def test_chiefs_and_workers(city: DemoCity, registers: Registers) -> None:
    posts = defaultdict(set)
    for duty in registers.duties:
        posts[duty.person].add((duty.post, duty.grid[:1]))
    chiefs = {person for person, held in posts.items() if any(post == "chief" for post, _ in held)}
    workers = {person for person, held in posts.items() if any(post in GRID_POSTS[1:] for post, _ in held)}
    assert len(chiefs) == 331
    assert len(workers) == 3659
    assert not chiefs & workers
    assert set(posts) == {person.id for person in registers.persons}
    assert len({person.id for person in registers.persons}) == len(registers.persons)
    towns = {duty.grid for duty in registers.duties if duty.post == "chief" and duty.grid.startswith("1:")}
    assert len(towns) == 17
    # Everybody over the leaves: 一长五员, but for a few holes.
    filled = Counter(post for leaf in _posts_by_leaf(registers).values() for post in leaf)
    assert set(filled) == set(GRID_POSTS)
    assert all(1557 - 40 <= count <= 1557 for count in filled.values())


def _posts_by_leaf(registers: Registers) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for duty in registers.duties:
        if duty.grid.startswith("3:"):
            found[duty.grid].add(duty.post)
    return found


def test_the_holes_are_few_and_warned_of(planner: Planner) -> None:
    holes = planner.handling.directory.warnings(datetime(2026, 11, 22, 23, 0, tzinfo=ZONE))
    kinds = Counter((hole.kind, hole.at[0]) for hole in holes)
    assert kinds["chief_vacant", "2"] == 2
    assert 5 <= kinds["post_vacant", "3"] <= 30
    assert {hole.kind for hole in holes} == {"chief_vacant", "post_vacant"}


def test_the_center_is_staffed_at_every_minute(registers: Registers) -> None:
    hours = [
        DutyHours.parse(duty.hours) for duty in registers.duties
        if duty.unit == CENTER and duty.post == "duty_officer"
    ]  # fmt: skip
    assert min(sum(one.holds(minute) for one in hours) for minute in range(0, WEEK_MINUTES, 5)) >= 2
    spans = {span for one in hours for span in one.spans}
    assert all(0 < hi - lo <= 9 * 60 for lo, hi in spans)


def test_every_unit_has_a_leader_and_somebody_on_duty_in_office_hours(planner: Planner, registers: Registers) -> None:
    directory = planner.handling.directory
    for unit in registers.units:
        moment = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
        found = directory.responsible("claimed", Matter("0102", "service", 0, None, 3), unit.code, moment)
        assert found.at == f"unit:{unit.code}"
        assert found.post == "duty_officer"
        assert not found.gap


def test_powers(city: DemoCity, registers: Registers) -> None:
    kinds = Counter(power.kind for power in registers.powers)
    assert len(registers.powers) == 890
    assert kinds["penalty"] == 815
    assert kinds["approval"] + kinds["service"] == 75
    assert len({power.code for power in registers.powers}) == 890
    assert len({power.name for power in registers.powers}) == 890
    withdrawn = [power for power in registers.powers if power.until is not None]
    assert 40 <= len(withdrawn) <= 150
    assert all(power.since < power.until <= DAY for power in withdrawn)
    assert len({power.since for power in registers.powers}) > 1
    codes = {one.code for one in city.categories}
    assert all(set(power.category) <= codes for power in registers.powers)


def test_the_powers_decide_who_may(planner: Planner) -> None:
    powers = planner.handling.directory.powers
    assert powers.who("0101", "enforcement", "320281104", DAY).level == "town"
    # Taken back on a day, and from then on the city's.
    before = powers.who("0305", "enforcement", "320281104", date(2025, 6, 30))
    after = powers.who("0305", "enforcement", "320281104", date(2025, 7, 1))
    assert (before.level, after.level, after.rule) == ("town", "city", "withdrawn")
    # Differs by town.
    assert powers.who("H19", "enforcement", "320281111", DAY).rule == "not_passed_down"
    assert powers.who("H19", "enforcement", "320281104", DAY).level == "town"


def test_the_seed_decides(city: DemoCity, registers: Registers) -> None:
    assert build_registers(city) == registers
    other = build_registers(replace(city, seed=city.seed + 1))
    assert other.persons != registers.persons
    assert len(other.persons) == len(registers.persons)
    assert len(other.powers) == 890


def test_names_are_of_two_or_three_characters() -> None:
    names = [name_of(7, f"X{number}") for number in range(4000)]
    assert {len(name) for name in names} == {2, 3}
    assert len(set(names)) > 2500
    assert all("\u4e00" <= character <= "\u9fff" for name in names for character in name)
    assert name_of(7, "X1") == name_of(7, "X1") != name_of(8, "X1")


def test_no_duty_began_after_the_history(registers: Registers) -> None:
    assert all(duty.since <= DAY - timedelta(days=365) and duty.until is None for duty in registers.duties)
