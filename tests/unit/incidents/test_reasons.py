"""Why somebody may handle a matter: each reason one by one, and all of them against the rules of the life cycle."""

import random
from datetime import date, datetime

import pytest

from data.errors import PersonUnknown
from data.incidents.lifecycle import allowed
from data.registers.directory import Directory
from data.registers.handling import Matter
from data.registers.naming import grid_named, person_named
from data.registers.powers import Power
from data.registers.reasons import MAY, Reason, posts_of, reasons_for
from data.registers.roster import Duty, Person
from data.registers.units import Unit
from data.words import MEANS
from geo.errors import GridUnknown
from tests.unit.incidents.slow_directory import ZONE
from tests.unit.stats.cities import make_system, state

SYSTEM = make_system()
NOON = datetime(2026, 11, 18, 12, tzinfo=ZONE)
SINCE = date(2026, 11, 1)
UNITS = [
    Unit("C", "指挥中心", "center", categories=("*",)),
    Unit("X", "市城管支队", "city_team", "C", (), ("*",)),
    Unit("A0", "零镇执法队", "town_team", "C", ("1:T0",), ("*",)),
    Unit("A0-1", "一中队", "squad", "A0", ("2:V0",)),
]
POWERS = [Power("P1", "penalty", "查处垃圾", ("0101",), "enforcement", ("T0",), SINCE)]
NAMES = {"officer": "钱一", "squad": "孙二", "team": "李三", "member": "周四", "chief": "吴五", "checks": "郑六",
         "idle": "王七", "twin": "钱一", "city": "冯八"}  # fmt: skip
DUTIES = [
    Duty("officer", "duty_officer", "", "C", SINCE),
    Duty("squad", "leader", "", "A0-1", SINCE, None, "mon-fri 08:00-11:00"),
    Duty("team", "leader", "", "A0", SINCE),
    Duty("city", "leader", "", "X", SINCE),
    Duty("member", "member", "3:L00", "", SINCE),
    Duty("chief", "chief", "1:T0", "", SINCE),
    Duty("checks", "supervisor", "1:T0", "", SINCE),
    Duty("idle", "member", "3:L00", "", SINCE, date(2026, 11, 10)),
]


def directory(duties: list[Duty] = DUTIES, units: list[Unit] = UNITS) -> Directory:
    persons = [Person(*pair) for pair in NAMES.items()]
    return Directory.build(SYSTEM, units, persons, duties, POWERS, 7, zone=ZONE)


def reason(person: str, means: str, category: str = "0101", grid: str = "3:L00", **more: list[Duty]) -> Reason:
    answer = reasons_for(directory(**more), person, NOON, category=category, grid_id=grid)
    return next(one for one in answer.reasons if one.means == means)


@pytest.mark.parametrize(
    ("person", "means", "verdict"),
    [
        ("squad", "enforcement", "own_unit"),
        ("team", "enforcement", "elsewhere"),
        ("squad", "management", "elsewhere"),
        ("city", "management", "own_unit"),
        ("squad", "service", "elsewhere"),
        ("member", "service", "own_grid"),
        ("chief", "service", "own_grid"),
        ("member", "enforcement", "elsewhere"),
        ("officer", "service", "center"),
        ("officer", "enforcement", "center"),
        ("checks", "service", "only_checks"),
        ("idle", "service", "no_duty"),
    ],
)
def test_each_person_has_the_reason_of_the_post(person: str, means: str, verdict: str) -> None:
    found = reason(person, means)
    assert found.verdict == verdict
    assert found.may == (verdict in MAY)


def test_the_reason_names_the_post_and_the_power() -> None:
    found = reason("squad", "enforcement")
    assert found.post is not None
    assert found.decision is not None
    assert (found.post.place_name, found.post.duty.since, found.post.on_duty) == ("一中队", SINCE, False)
    assert (found.decision.rule, found.decision.unit) == ("town_squad", "A0-1")
    assert found.decision.values["item"] == "P1"


def test_a_neighbouring_grid_is_not_the_members() -> None:
    assert reason("member", "service", grid="3:L01").verdict == "elsewhere"
    assert reason("chief", "service", grid="3:L01").verdict == "own_grid"
    # All of a village is more than one of its leaves.
    assert reason("member", "service", grid="2:V0").verdict == "elsewhere"


def test_who_stands_in_may_handle() -> None:
    """The squad has nobody: its town team's leader answers for it."""
    without = [duty for duty in DUTIES if duty.person != "squad"]
    found = reason("team", "enforcement", duties=without)
    assert (found.verdict, found.may) == ("stands_in", True)
    assert found.decision is not None
    assert found.decision.unit == "A0-1"


def test_without_units_the_center_handles_everything() -> None:
    answer = reasons_for(directory(units=[]), "member", NOON, category="0101", grid_id="3:L00")
    assert {one.verdict for one in answer.reasons} == {"no_unit"}


def test_without_a_matter_the_posts_are_the_answer() -> None:
    answer = reasons_for(directory(), "checks", NOON)
    assert [(post.part, post.place_name) for post in answer.posts] == [("checks", "镇0")]
    assert answer.reasons == ()
    assert reasons_for(directory(), "checks", NOON, category="0101").reasons == ()
    assert [post.part for post in posts_of(directory(), "officer", NOON)] == ["dispatches"]


def test_a_duty_at_a_unit_nobody_knows_counts_for_nothing() -> None:
    lost = [Duty("idle", "leader", "", "gone", SINCE)]
    (post,) = posts_of(directory(lost), "idle", NOON)
    assert (post.part, post.place_name) == ("unit_unknown", "gone")
    assert not reason("idle", "enforcement", duties=lost).may


def test_the_reasons_agree_with_the_life_cycle() -> None:
    """Whoever may handle by the reasons may take the step on such an incident, and nobody else may."""
    rng = random.Random(14)
    compared = {True: 0, False: 0}
    for _ in range(60):
        # One duty a person: the life cycle takes the widest role of several.
        places = ["1:T0", "2:V0", "3:L00", "3:L01", "unit:C", "unit:X", "unit:A0", "unit:A0-1"]
        duties = [_drawn(rng, person, rng.choice(places)) for person in NAMES if rng.random() < 0.8]
        built, leaf = directory(duties), rng.randrange(3)
        for means in MEANS:
            matter = Matter("0101", means, leaf, None, SYSTEM.depth)
            decision = built.decide(matter, NOON)
            assert decision is not None
            assert decision.assignee is not None
            incident = state(
                1, NOON, stage="claimed", leaf=leaf, unit=decision.unit, responsible=decision.assignee.person,
                held_level=SYSTEM.depth, means=means, dispatched_at=NOON, claimed_at=NOON,
            )  # fmt: skip
            for person in NAMES:
                scope = built.scope_of(person, NOON)
                grid_id = f"3:L{leaf:02}"
                (found,) = reasons_for(built, person, NOON, category="0101", grid_id=grid_id, means=[means]).reasons
                # A unit that covers another place is handed nothing here, so it does not matter what it might do.
                may = scope.sees(leaf) and "handled" in allowed(incident, scope)
                assert found.may == may, (person, means, found, incident.unit, incident.responsible)
                compared[may] += 1
    assert min(compared.values()) > 100


def _drawn(rng: random.Random, person: str, place: str) -> Duty:
    posts = ("chief", "member", "supervisor") if place[0].isdigit() else ("leader", "duty_officer", "supervisor")
    grid, unit = (place, "") if place[0].isdigit() else ("", place.removeprefix("unit:"))
    return Duty(person, rng.choice(posts), grid, unit, SINCE)  # type: ignore[arg-type]  # the posts of the test are posts


@pytest.mark.parametrize("typed", ["squad", "ＳＱＵＡＤ", " Squad ", "孙二"])
def test_people_are_found_as_they_are_typed(typed: str) -> None:
    assert person_named(directory(), typed).id == "squad"


def test_a_name_of_two_people_names_both() -> None:
    with pytest.raises(PersonUnknown) as raised:
        person_named(directory(), "钱一")
    assert raised.value.values["candidates"] == ["officer", "twin"]
    with pytest.raises(PersonUnknown) as raised:
        person_named(directory(), "钱")
    assert raised.value.values["candidates"] == []


@pytest.mark.parametrize("typed", ["3:L00", "L00", "３：Ｌ００", "格0", " 格０ "])
def test_grids_are_found_as_they_are_typed(typed: str) -> None:
    assert grid_named(SYSTEM, typed).id == "3:L00"


def test_a_grid_that_is_none_is_refused() -> None:
    with pytest.raises(GridUnknown):
        grid_named(SYSTEM, "格")
