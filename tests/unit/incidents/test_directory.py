"""The directory against a slow reading of the same registers, and its answers one by one."""

import random
import time
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.access.rights import Right
from data.access.spans import NOWHERE, Spans
from data.errors import PersonUnknown, UnitUnknown
from data.registers.directory import CENTER, Directory
from data.registers.handling import Matter
from data.registers.roster import GRID_POSTS, UNIT_POSTS, Duty, Person
from data.registers.units import Unit
from data.words import OPEN_STAGES, Stage
from geo.errors import GridUnknown
from tests.unit.incidents.slow_directory import HOURS, ZONE, SlowDirectory
from tests.unit.stats.cities import LEAVES, make_system

SYSTEM = make_system()
GRIDS = [*(f"1:T{i}" for i in range(3)), *(f"2:V{i}" for i in range(6)), *(f"3:L{i:02}" for i in range(LEAVES))]
UNITS = [
    Unit("C", "指挥中心", "center", categories=("*",)),
    Unit("X", "市城管支队", "city_team", "C", (), ("*",)),
    Unit("A0", "零镇执法队", "town_team", "C", ("1:T0",), ("*",)),
    Unit("A0-1", "一中队", "squad", "A0", ("2:V0",)),
    Unit("A0-2", "二中队", "squad", "A0", ("3:L02", "3:L03")),
    Unit("D", "水务局", "department", "", (), ("01*",)),
]
NAMES = {f"P{i}": f"人{i}" for i in range(9)}
START = date(2026, 11, 1)
NOON = datetime(2026, 11, 18, 12, tzinfo=ZONE)
WHOLE = Spans.of([(0, 12)], unlocated=True)
WHOLE = Spans.of([(0, 12)], unlocated=True)
LEAF = Matter("0101", None, 0, None, 3)


PLACES = ["1:T0", "2:V0", "2:V1", "3:L00", "3:L01", "3:L02", *(unit.code for unit in UNITS)]
# Random registers are drawn from a seed: lists of hypothesis are too short to meet each other.
seeds = st.integers(0, 2**32)


def drawn_duties(rng: random.Random) -> list[Duty]:
    """Duties that crowd at a few places, some of them over before the first moment, or after the last."""
    return [_duty(rng, rng.choice(PLACES)) for _ in range(rng.choice([0, 5, 20, 60]))]


def _duty(rng: random.Random, place: str) -> Duty:
    since = START + timedelta(days=rng.choice([0, 0, 0, rng.randint(0, 20)]))
    until = rng.choice([None, since + timedelta(days=rng.randint(0, 15))])
    posts = GRID_POSTS[:3] if place in GRIDS else UNIT_POSTS
    grid, unit = (place, "") if place in GRIDS else ("", place)
    return Duty(rng.choice([*NAMES, "nobody"]), rng.choice(posts), grid, unit, since, until, rng.choice(list(HOURS)))


def drawn_matter(rng: random.Random) -> Matter:
    area = rng.choice([None, "1:T0", "2:V0", "2:V1", "1:T2"])
    return Matter("0101", None, rng.choice([-1, 0, 1, 2, 3, 5]), area, rng.choice([0, 1, 2, 3, 3]))


def drawn_moment(rng: random.Random) -> datetime:
    """Mostly within the days of duty, often just at midnight."""
    minutes = rng.choice([rng.randrange(40 * 1440), 1440 * rng.randrange(40) + 720 + 240 + rng.choice([0, -1])])
    return datetime(2026, 10, 31, tzinfo=UTC) + timedelta(minutes=minutes)


def directory(rows: list[Duty], units: list[Unit] = UNITS) -> Directory:
    return Directory.build(SYSTEM, units, [Person(*pair) for pair in NAMES.items()], rows, [], zone=ZONE)


def at_grid(person: str, post: str, grid: str, hours: str = "", since: date = START, until: date | None = None) -> Duty:
    return Duty(person, post, grid, "", since, until, hours)  # type: ignore[arg-type]  # the posts of the test are posts


def at_unit(person: str, post: str, unit: str, hours: str = "") -> Duty:
    return Duty(person, post, "", unit, START, None, hours)  # type: ignore[arg-type]  # the posts of the test are posts


@settings(deadline=None)
@given(seed=seeds)
def test_responsible_agrees_with_the_rows(seed: int) -> None:
    rng = random.Random(seed)
    rows = drawn_duties(rng)
    quick, slow = directory(rows), SlowDirectory(UNITS, NAMES, rows)
    for _ in range(5):
        matter, moment = drawn_matter(rng), drawn_moment(rng)
        for stage in ("reported", "dispatched", "claimed", "handled", "checked"):
            for unit in ("", "A0-1", "A0", "X") if stage == "dispatched" else ("D",):
                who = quick.responsible(stage, matter, unit, moment)  # type: ignore[arg-type]
                assert (who.person, who.post, who.at, who.gap) == slow.responsible(stage, matter, unit, moment)
                assert who.name == NAMES.get(who.person, CENTER.name)


@settings(deadline=None, max_examples=50)
@given(seed=seeds)
def test_people_duties_and_holes_agree_with_the_rows(seed: int) -> None:
    rng = random.Random(seed)
    rows, moment = drawn_duties(rng), drawn_moment(rng)
    quick, local = directory(rows), moment.astimezone(ZONE)
    day, minute = local.date(), local.strftime("%H:%M")
    known = [duty for duty in rows if duty.person in NAMES and duty.holds(day)]
    for grid in GRIDS:
        expected = []
        for post in GRID_POSTS:
            held = [duty for duty in known if duty.grid == grid and duty.post == post]
            there = [(post, duty.person, HOURS[duty.hours](local.weekday(), minute)) for duty in held]
            # A chief stands over every grid; the five work in the leaves, and are no vacancy elsewhere.
            vacancy = [(post, None, False)] if post == "chief" or grid in GRIDS[9:] else []
            expected += there or vacancy
        found = quick.people_of(grid, moment)
        assert [(one.post, one.person and one.person.id, one.on_duty) for one in found] == expected
    for person in NAMES:
        assert quick.duties_of(person, moment) == [duty for duty in known if duty.person == person]
        assert quick.holds_duty(person, day) == any(duty.person == person for duty in known)
    vacant = {(grid, "chief") for grid in GRIDS} | {(grid, post) for grid in GRIDS[9:] for post in GRID_POSTS}
    vacant -= {(duty.grid, duty.post) for duty in known}
    holes = quick.warnings(moment)
    assert {(hole.at, hole.post) for hole in holes if hole.post} == vacant
    unmanned = {f"unit:{unit.code}" for unit in UNITS} - {
        f"unit:{duty.unit}" for duty in known if duty.post in ("leader", "duty_officer")
    }
    assert {hole.at for hole in holes if hole.kind in ("unit_unmanned", "center_unmanned")} == unmanned


def test_without_registers_the_center_is_responsible_for_everything() -> None:
    empty = Directory.empty(SYSTEM, zone=ZONE)
    for stage in get_args(Stage):
        assert empty.responsible(stage, LEAF, "", NOON) == CENTER
    assert empty.decide(LEAF, NOON) is None
    assert empty.version == 0
    assert empty.unit("center").kind == "center"


def test_whoever_may_have_an_incident_has_a_name() -> None:
    made = directory([])
    for code, name in made.handler_names.items():
        assert made.unit(code).name == name
    grids = sum(len(frame) for frame in made.system.levels)
    assert len(made.handler_names) == grids + len(made.units)


def test_the_first_row_is_the_a_role_and_the_second_stands_by() -> None:
    day, night = "08:00-18:00", "22:00-06:00"
    rows = [at_grid("P2", "member", "3:L00", day), at_grid("P1", "member", "3:L00"), at_grid("P3", "chief", "3:L00")]
    found = directory(rows)
    assert found.responsible("reported", LEAF, "", NOON).person == "P2"
    assert found.responsible("reported", LEAF, "", NOON.replace(hour=20)).person == "P1"
    alone = directory([at_grid("P2", "member", "3:L00", night), rows[2]])
    assert alone.responsible("reported", LEAF, "", NOON).person == "P3"
    assert not alone.responsible("reported", LEAF, "", NOON).gap
    assert alone.responsible("reported", LEAF, "", NOON.replace(hour=2)).person == "P2"


def test_on_the_day_of_handing_over_there_is_one_and_the_new_one() -> None:
    handed = date(2026, 11, 18)
    rows = [
        at_grid("P1", "member", "3:L00", "22:00-06:00", until=handed),
        at_grid("P2", "member", "3:L00", "22:00-06:00", since=handed),
    ]
    midnight = datetime(2026, 11, 18, tzinfo=ZONE)
    found = directory(rows)
    assert found.responsible("reported", LEAF, "", midnight - timedelta(seconds=1)).person == "P1"
    assert found.responsible("reported", LEAF, "", midnight.astimezone(UTC)).person == "P2"


def test_a_hole_is_filled_from_above_and_said() -> None:
    found = directory([at_grid("P1", "chief", "1:T0"), at_unit("P2", "duty_officer", "C")])
    first = found.responsible("filed", LEAF, "", NOON)
    assert (first.person, first.at, first.gap) == ("P1", "1:T0", True)
    assert found.responsible("dispatched", LEAF, "A0-1", NOON) == first
    holes = {(hole.at, hole.post): hole for hole in found.warnings(NOON)}
    assert holes["3:L00", "member"].stands_in == "人1"
    assert holes["3:L04", "chief"].stands_in == "人2"
    assert holes["3:L00", "patrol"].stands_in == ""
    assert "1:T0" not in {at for at, _ in holes}


def test_units_above_answer_before_the_chief_but_not_the_center() -> None:
    rows = [at_unit("P1", "duty_officer", "A0", "08:00-18:00"), at_unit("P2", "leader", "A0"),
            at_unit("P3", "duty_officer", "C"), at_grid("P4", "chief", "2:V0")]  # fmt: skip
    found = directory(rows)
    day, night = NOON, NOON.replace(hour=23)
    assert found.responsible("claimed", LEAF, "A0-1", day).person == "P1"
    assert found.responsible("claimed", LEAF, "A0-1", day).gap
    assert not found.responsible("claimed", LEAF, "A0", night).gap
    assert found.responsible("claimed", LEAF, "A0", night).person == "P2"
    assert found.responsible("claimed", LEAF, "X", day).person == "P4"
    assert found.responsible("claimed", LEAF, "C", day).person == "P3"
    assert found.responsible("claimed", LEAF, "grid:2:V0", day) == found.responsible(
        "filed", Matter("0101", None, 0, None, 2), "", day
    )


def test_units_in_a_circle_end() -> None:
    units = [Unit("A", "甲", "squad", "B"), Unit("B", "乙", "squad", "A")]
    assert directory([], units).responsible("claimed", LEAF, "A", NOON) == CENTER


def test_units_persons_and_towns_by_name() -> None:
    found = directory([])
    assert found.unit("A0") == UNITS[2]
    assert (found.unit("grid:3:L05").name, found.unit("grid:3:L05").kind) == ("格5", "grid")
    assert found.person("P1") == Person("P1", "人1")
    assert found.town_of("3:L05").id == "1:T1"
    for code in ("nowhere", "grid:3:nowhere", "center2", ""):
        with pytest.raises(UnitUnknown):
            found.unit(code)
    with pytest.raises(PersonUnknown):
        found.person("nobody")
    with pytest.raises(PersonUnknown):
        found.scope_of("nobody", NOON)
    with pytest.raises(GridUnknown):
        found.people_of("3:nowhere", NOON)


@pytest.mark.parametrize(
    ("rows", "role", "units", "expected"),
    [
        ([], "screen", (), []),
        ([at_unit("P1", "duty_officer", "C", "22:00-06:00")], "dispatcher", ("C",), [("dispatcher", WHOLE)]),
        ([at_grid("P1", "member", "3:L05"), at_grid("P1", "patrol", "3:L07")], "grid_worker", (),
         [("grid_worker", Spans.of([(5, 6)])), ("grid_worker", Spans.of([(7, 8)]))]),
        ([at_grid("P1", "chief", "2:V1"), at_unit("P1", "leader", "A0-2")], "grid_worker", ("A0-2",),
         [("grid_worker", Spans.of([(2, 4)])), ("handler", Spans.of([(2, 4)]))]),
        ([at_grid("P1", "supervisor", "1:T1"), at_grid("P1", "supervisor", "2:V1")], "supervisor", (),
         [("supervisor", Spans.of([(4, 8)])), ("supervisor", Spans.of([(2, 4)]))]),
        ([at_unit("P1", "leader", "A0-1"), at_unit("P1", "duty_officer", "A0")], "handler", ("A0", "A0-1"),
         [("handler", Spans.of([(0, 2)])), ("handler", Spans.of([(0, 4)]))]),
        ([at_unit("P1", "duty_officer", "X")], "handler", ("X",), [("handler", WHOLE)]),
        ([at_unit("P1", "supervisor", "C")], "supervisor", (), [("supervisor", WHOLE)]),
        ([at_grid("P1", "supervisor", "3:L00"), at_grid("P1", "member", "3:L01")], "grid_worker", (),
         [("supervisor", Spans.of([(0, 1)])), ("grid_worker", Spans.of([(1, 2)]))]),
        ([at_grid("P1", "chief", "2:V1", until=date(2026, 11, 18))], "screen", (), []),
        ([at_grid("P1", "chief", "2:gone"), at_unit("P1", "leader", "gone")], "grid_worker", (),
         [("grid_worker", NOWHERE)]),
    ],
)  # fmt: skip
def test_scope_of(rows: list[Duty], role: str, units: tuple[str, ...], expected: list[tuple[str, Spans]]) -> None:
    scope = directory(rows).scope_of("P1", NOON)
    assert (scope.role, scope.person, scope.units) == (role, "P1", units)
    assert {(grant.rights.role, grant.spans) for grant in scope.grants} == set(expected)
    assert {grant.reason for grant in scope.grants} <= {f"{duty.post} at {duty.at}" for duty in rows}


def test_each_right_is_where_its_duty_is() -> None:
    scope = directory([at_grid("P1", "supervisor", "3:L00"), at_grid("P1", "member", "3:L03")]).scope_of("P1", NOON)
    assert [scope.sees(leaf) for leaf in range(-1, 5)] == [False, True, False, False, True, False]
    assert [leaf for leaf in range(12) if scope.sees(leaf, Right.CHECK)] == [0]
    assert [leaf for leaf in range(12) if scope.sees(leaf, Right.FIELD)] == [3]
    assert scope.at(0).may(Right.CHECK, responsible="", unit="A0")
    assert not scope.at(3).may(Right.CHECK, responsible="", unit="A0")
    assert not scope.at(1).holds(Right.LOOK)


def test_nobody_checks_his_own_work() -> None:
    duties = [at_grid("P1", "supervisor", "2:V0"), at_unit("P1", "leader", "A0"), at_grid("P1", "member", "3:L00")]
    scope = directory(duties).scope_of("P1", NOON)
    # The unit's own incidents, and those of the grid's people, were handled by them; those of others were not.
    asked = {(leaf, unit): scope.at(leaf).may(Right.CHECK, responsible="P1", unit=unit)
             for leaf in (0, 1) for unit in ("", "A0", "A0-1", "grid:3:L00")}  # fmt: skip
    assert {key for key, may in asked.items() if may} == {(0, "A0-1"), (1, ""), (1, "A0-1"), (1, "grid:3:L00")}


def test_rows_that_lead_nowhere_are_passed_over_and_reported() -> None:
    rows = [at_grid("P1", "chief", "2:gone"), at_grid("ghost", "chief", "2:V0"), at_unit("P1", "leader", "gone")]
    units = [*UNITS, Unit("Y", "丙", "station", "", ("2:V0", "2:gone"), ("*",))]
    holes = directory(rows, units).warnings(NOON)
    assert {("unit_grid_unknown", "unit:Y"), ("person_unknown", "ghost")} <= {(hole.kind, hole.at) for hole in holes}


def test_responsible_is_fast_enough_for_bulk_loads() -> None:
    rng = random.Random(4)
    rows = [
        at_grid(rng.choice(list(NAMES)), post, grid, hours, START + timedelta(days=rng.randrange(9)))
        for grid in GRIDS for post in GRID_POSTS for hours in HOURS
    ]  # fmt: skip
    found = directory(rows)
    asked = [
        (rng.choice(OPEN_STAGES), Matter("0101", None, rng.randrange(-1, LEAVES), None, rng.randrange(4)),
         rng.choice(["", "A0-1", "X"]), NOON + timedelta(minutes=rng.randrange(9999)))
        for _ in range(20_000)
    ]  # fmt: skip
    best = 1.0
    for _ in range(3):
        began = time.process_time()
        for one in asked:
            found.responsible(*one)
        best = min(best, (time.process_time() - began) / len(asked))
    # 4 us on the machine it was written on; the budget is ten.
    assert best < 30e-6
