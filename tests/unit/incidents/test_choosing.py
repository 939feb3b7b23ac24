"""To whom an incident goes by rule: each rule, and all of them against the words of the guide."""

import random
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from data.registers.directory import Directory
from data.registers.dispatch import DISPATCH_RULES
from data.registers.handling import Decision, Matter
from data.registers.powers import Power
from data.registers.roster import Duty, Person
from data.registers.units import Unit
from data.words import MEANS, Means
from tests.unit.incidents.slow_directory import CATEGORIES, CLASSES, ZONE, grids_of, who
from tests.unit.stats.cities import make_system

SYSTEM = make_system()
NOON = datetime(2026, 11, 18, 12, tzinfo=ZONE)
UNITS = [
    Unit("C", "指挥中心", "center"),
    Unit("X", "市综合执法支队", "city_team", "C", (), ("*",)),
    Unit("X1", "市容大队", "city_team", "C", (), ("01*",)),
    Unit("D", "城管局", "department", "C", (), ("0101",)),
    Unit("D2", "公安局", "department", "C", (), ("秩序",)),
    Unit("A0", "零镇执法队", "town_team", "C", ("1:T0",), ("*",)),
    Unit("A0-1", "一中队", "squad", "A0", ("2:V0",)),
    Unit("A0-2", "二中队", "squad", "A0", ("3:L02",)),
    Unit("A1", "一镇执法队", "town_team", "C", ("1:T1",), ("01*",)),
    Unit("S0", "零镇服务中心", "station", "C", ("1:T0",), ("0102", "02*")),
    Unit("S1", "村服务站", "station", "C", ("2:V0",), ("0102",)),
]
POWERS = [
    Power("E1", "penalty", "乱搭", ("0101",), "enforcement", ("T0", "T1"), date(2020, 1, 1)),
    Power("E2", "penalty", "垃圾", ("0102",), "enforcement", ("*",), date(2020, 1, 1), date(2025, 1, 1)),
    Power("E3", "penalty", "占道", ("0201",), "enforcement", ("*",), date(2027, 1, 1)),
    Power("E4", "penalty", "噪声", ("0202",), "enforcement", ("*",), date(2020, 1, 1)),
]
TEXTS = {"grid", "grid_name", "item", "item_name", "kind", "basis", "since", "until", "category", "town",
              "town_name", "day"}  # fmt: skip


def directory(units: list[Unit] = UNITS, duties: list[Duty] | None = None) -> Directory:
    return Directory.build(SYSTEM, units, [Person("P1", "甲"), Person("P2", "乙")], duties or [], POWERS, zone=ZONE,
                           classes=CLASSES)  # fmt: skip


def decided(
    category: str, means: Means | None, leaf: int = 0, area: str | None = None, held: int = 3,
    units: list[Unit] = UNITS,
) -> Decision:  # fmt: skip
    found = directory(units).decide(Matter(category, means, leaf, area, held), NOON)
    assert found is not None
    return found


def to(decision: Decision) -> tuple[str, str]:
    return decision.unit, decision.rule


def test_service_stays_in_the_grid_that_has_it_in_hand() -> None:
    found = decided("0101", None)
    assert to(found) == ("grid:3:L00", "grid_first")
    assert (found.means, found.unit_name, found.values["grid_name"]) == ("service", "格0", "格0")
    assert to(decided("0101", "service", held=2)) == ("grid:2:V0", "grid_first")
    assert to(decided("0101", "service", held=1)) == ("grid:1:T0", "grid_first")


def test_a_station_that_names_the_category_comes_first_but_nothing_falls_back_below_who_sent_it_up() -> None:
    assert to(decided("0102", "service")) == ("S1", "station")
    assert to(decided("0102", "service", held=2)) == ("S1", "station")
    assert to(decided("0102", "service", held=1)) == ("S0", "station")
    assert to(decided("0102", "service", leaf=2)) == ("S0", "station")
    assert to(decided("0102", "service", leaf=5)) == ("grid:3:L05", "grid_first")


def test_service_in_hand_of_the_city_is_a_departments() -> None:
    assert to(decided("0101", "service", held=0)) == ("D", "city_service")
    assert to(decided("0102", "service", held=0)) == ("X1", "city_service")
    assert to(decided("0201", "service", held=0)) == ("D2", "city_service")
    assert to(decided("H9", "service", held=0)) == ("X", "city_service")


def test_a_town_that_holds_the_power_acts_by_squad_or_team() -> None:
    found = decided("0101", "enforcement")
    assert to(found) == ("A0-1", "town_squad")
    assert (found.values["item"], found.values["since"], found.values["town_name"]) == ("E1", "2020-01-01", "镇0")
    assert to(decided("0101", "enforcement", leaf=2)) == ("A0-2", "town_squad")
    assert to(decided("0101", "enforcement", leaf=3)) == ("A0", "town_team")
    assert to(decided("0101", "enforcement", leaf=4)) == ("A1", "town_team")


def test_without_power_or_team_the_city_acts() -> None:
    assert to(decided("0102", "enforcement")) == ("X1", "withdrawn")
    assert decided("0102", "enforcement").values["until"] == "2025-01-01"
    assert to(decided("0101", "enforcement", leaf=8)) == ("X1", "not_passed_down")
    assert to(decided("0201", "enforcement")) == ("X", "not_yet")
    # The town's team does not name the category, or there is none.
    assert to(decided("0202", "enforcement", leaf=4)) == ("X", "town_without_team")
    assert to(decided("0202", "enforcement", leaf=8)) == ("X", "town_without_team")


def test_what_no_item_names_is_whose_category_it_is() -> None:
    assert to(decided("0101", "management")) == ("D", "no_power")
    assert to(decided("0102", "management")) == ("X1", "no_power")
    assert to(decided("0201", "management")) == ("D2", "no_power")
    assert to(decided("", "management")) == ("X", "no_power")


def test_unlocated_goes_by_its_town_or_to_the_center() -> None:
    assert to(decided("0101", "enforcement", -1, "1:T0", 1)) == ("A0", "town_team")
    assert to(decided("0101", "enforcement", -1, "2:V0", 2)) == ("A0-1", "town_squad")
    assert to(decided("0101", "enforcement", -1, "1:T2", 1)) == ("X1", "not_passed_down")
    assert to(decided("0101", None, -1, "2:V3", 2)) == ("grid:2:V3", "grid_first")
    assert to(decided("0101", "service", -1, None, 0)) == ("C", "unplaced")
    assert to(decided("0101", "service", -1, "2:gone", 2)) == ("C", "unplaced")
    assert to(decided("0101", "service", -1, None, 0, UNITS[1:])) == ("center", "unplaced")


def test_where_nobody_names_the_category_the_center_decides() -> None:
    found = decided("H9", "enforcement", units=[UNITS[0], UNITS[2]])
    assert to(found) == ("C", "nobody_named")
    assert found.values["because"] == "no_power"


def test_the_day_is_the_citys_day() -> None:
    matter, before = Matter("0102", "enforcement", 0, None, 3), datetime(2025, 1, 1, tzinfo=ZONE) - timedelta(seconds=1)
    rules = [directory().decide(matter, moment) for moment in (before, before + timedelta(seconds=1))]
    assert [found and found.rule for found in rules] == ["town_squad", "withdrawn"]


def test_a_decision_names_the_person_on_duty() -> None:
    duties = [Duty("P1", "duty_officer", "", "A0-1", date(2020, 1, 1), None, "08:00-18:00"),
              Duty("P2", "leader", "", "A0-1", date(2020, 1, 1))]  # fmt: skip
    found = directory(duties=duties).decide(Matter("0101", "enforcement", 0, None, 3), NOON)
    assert found is not None
    assert found.assignee is not None
    assert (found.assignee.person, found.assignee.at) == ("P1", "unit:A0-1")
    later = directory(duties=duties).decide(Matter("0101", "enforcement", 0, None, 3), NOON.replace(hour=19))
    assert later is not None
    assert later.assignee is not None
    assert later.assignee.person == "P2"


def test_choices_by_hand_begin_with_the_nearest_and_leave_nothing_out() -> None:
    choices = [unit.code for unit in directory().units_for(Matter("0102", None, 0, None, 3))]
    assert choices[:4] == ["A0-1", "S1", "A0", "S0"]
    assert [code for code in choices if code.startswith("grid:")] == ["grid:3:L00", "grid:2:V0", "grid:1:T0"]
    assert set(choices) >= {unit.code for unit in UNITS}
    assert len(choices) == len(set(choices))
    assert [unit.code for unit in directory().units_for(Matter("0102", None, -1, None, 0))] == [u.code for u in UNITS]


@settings(deadline=None, max_examples=200)
@given(seed=st.integers(0, 2**32))
def test_every_matter_has_one_decision_that_keeps_the_rules(seed: int) -> None:
    rng = random.Random(seed)
    units = [unit for unit in UNITS if rng.random() < 0.8]
    matter = Matter(rng.choice(CATEGORIES), rng.choice([None, *MEANS]), rng.randint(-1, 11),
                    rng.choice([None, "1:T0", "2:V2"]), rng.randint(0, 3))  # fmt: skip
    found = directory(units)
    decision = found.decide(matter, NOON)
    if decision is None:
        assert not units
        return
    assert decision.rule in DISPATCH_RULES
    assert set(decision.values) - {"because"} == TEXTS
    assert all(isinstance(text, str) for text in decision.values.values())
    assert decision.unit_name == found.unit(decision.unit).name
    assert decision.assignee == found.responsible("dispatched", matter, decision.unit, NOON)
    grids = grids_of(matter)
    chosen = found.unit(decision.unit)
    assert decision.rule == "unplaced" or not chosen.grids or set(chosen.grids) & set(grids)
    if decision.rule in ("town_squad", "town_team", "town_without_team", "withdrawn", "not_yet", "no_power"):
        town = grids[-1].removeprefix("1:")
        _, rule, codes = who(POWERS, matter.category, decision.means, town, NOON.date())
        assert rule == ("town_holds" if decision.rule.startswith("town_") else decision.rule)
        assert decision.values["item"] in (codes or {""})
    assert chosen.kind != "town_team" or decision.rule == "town_team"
