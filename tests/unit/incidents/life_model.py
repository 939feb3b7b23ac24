"""The life of an incident, written down a second time by hand, and a machine that lives it at random.

`LifeMachine` draws steps, roles, places and holes in the roster; what must happen is told by the table below, which
shares nothing with `data.incidents.rules`. Who inherits says how a step is really taken.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import geopandas as gpd
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from shapely import box

from data.access.scope import Holder, Role, Scope
from data.errors import StepForbidden, StepIllegal, StepInvalid
from data.incidents.chain import FIRST_PREV_HASH, event_hash
from data.incidents.folding import fold_all
from data.incidents.lifecycle import allowed
from data.incidents.model import Event, Report, State, Step
from data.registers.directory import Directory
from data.registers.handling import Matter
from data.registers.powers import Power
from data.registers.roster import Duty, Person
from data.registers.units import Unit
from geo.grids import GridSystem

ZONE = ZoneInfo("Asia/Shanghai")
WEST, SOUTH, STEP = 120.20, 31.80, 0.01
SINCE = date(2020, 1, 1)
# The week before New Year: hours, nights, a weekend and holidays.
BEGIN = datetime(2025, 12, 24, 1, 0, tzinfo=UTC)

R, V, F, D, C, H, K = "reported", "verified", "filed", "dispatched", "claimed", "handled", "checked"
OPEN = {R, V, F, D, C, H, K}
# From where, and to where; "" stays.
TABLE: dict[str, tuple[set[str], str]] = {
    "verified": ({R}, V),
    "filed": ({V}, F),
    "dispatched": ({F}, D),
    "claimed": ({D}, C),
    "handled": ({C}, H),
    "checked": ({H}, K),
    "closed": ({K}, "closed"),
    "self_handled": ({R, V, F}, H),
    "escalated": ({R, V, F, D, C}, ""),
    "returned": ({D, C}, F),
    "reworked": ({H, K}, C),
    "extended": ({D, C}, ""),
    "suspended": (OPEN, ""),
    "resumed": (OPEN, ""),
    "voided": (OPEN, "voided"),
    "merged": (OPEN, "voided"),
    "appealed": ({D, C, H, K}, ""),
    "appeal_decided": (OPEN, ""),
    "urged": (OPEN, ""),
    "reassigned": (OPEN, ""),
    "located": (OPEN, ""),
    "categorised": ({R, V, F, D, C}, ""),
    "noted": (OPEN, ""),
    "reopened": ({"closed"}, F),
    "corrected": ({"closed"}, ""),
}
NEXT = {R: "verified", V: "filed", F: "dispatched", D: "claimed", C: "handled", H: "checked", K: "closed"}
WHILE_SUSPENDED = {"resumed", "voided", "merged", "appeal_decided", "reassigned", "located", "noted"}
# After these, whoever the registers name is responsible.
HAND_OVER = {"dispatched", "claimed", "handled", "checked", "self_handled", "escalated", "returned", "reworked",
             "reassigned", "located", "reopened"}  # fmt: skip
CENTER_ROLES = {"dispatcher", "administrator"}
ROLES: dict[str, set[str]] = {
    "grid_worker": {"verified", "self_handled", "escalated", "claimed", "handled", "returned", "appealed", "located",
                    "noted"},
    "handler": {"claimed", "handled", "returned", "appealed", "noted"},
    "supervisor": {"checked", "reworked", "urged", "noted"},
    "leader": {"urged", "extended", "appeal_decided", "noted"},
    "screen": set(),
    "analyst": set(),
}  # fmt: skip

PERSONS = tuple(Person(f"P{at}", f"人{at}") for at in range(12))
UNITS = (
    Unit("CT", "城管大队", "city_team", categories=("*",)),
    Unit("TA", "甲镇中队", "town_team", "CT", ("1:A",)),
    Unit("SA", "甲镇一分队", "squad", "TA", ("2:L0", "2:L1")),
    Unit("DB", "环卫处", "department", categories=("garbage",)),
)
POWERS = (Power("X1", "penalty", "乱倒垃圾", ("garbage",), "enforcement", ("A",), SINCE, date(2026, 1, 1)),)
DUTIES = (
    Duty("P0", "chief", "1:A", "", SINCE),
    Duty("P1", "chief", "1:B", "", SINCE),
    *(Duty(f"P{2 + at}", "member", f"2:L{at}", "", SINCE, hours="mon-fri 08:30-17:00") for at in range(4)),
    Duty("P6", "chief", "2:L0", "", SINCE),
    Duty("P7", "supervisor", "1:A", "", SINCE, date(2025, 12, 28)),
    Duty("P8", "leader", "", "CT", SINCE),
    Duty("P9", "duty_officer", "", "TA", SINCE, hours="20:00-06:00"),
    Duty("P10", "leader", "", "SA", SINCE, date(2026, 1, 1)),
    Duty("P11", "supervisor", "2:L5", "", SINCE),
)


def small_system() -> GridSystem:
    """Two towns of four square leaves each, from west to east."""
    squares = [box(WEST + i * STEP, SOUTH, WEST + (i + 1) * STEP, SOUTH + STEP) for i in range(8)]
    names = [f"L{i}" for i in range(8)]
    leaves = gpd.GeoDataFrame(
        {"code": names, "name": names, "parent": ["A"] * 4 + ["B"] * 4}, geometry=squares, crs=4326
    )  # fmt: skip
    halves = [leaves.geometry[:4].union_all(), leaves.geometry[4:].union_all()]
    return GridSystem.build(
        [gpd.GeoDataFrame({"code": ["A", "B"], "name": ["甲镇", "乙镇"]}, geometry=halves, crs=4326), leaves]
    )


SYSTEM = small_system()


def directory(dropped: frozenset[int], with_units: bool) -> Directory:
    """The registers with holes: without these duties, and perhaps without units."""
    duties = [duty for at, duty in enumerate(DUTIES) if at not in dropped and (with_units or not duty.unit)]
    return Directory.build(SYSTEM, UNITS if with_units else (), PERSONS, duties, POWERS, zone=ZONE)


holes = st.frozensets(st.integers(0, len(DUTIES) - 1))
places = st.one_of(
    st.just({}),
    st.sampled_from(["L0", "L5", "A", "nowhere"]).map(lambda code: {"grid_code": code}),
    st.integers(0, 7).map(lambda at: {"lon": WEST + (at + 0.5) * STEP, "lat": SOUTH + STEP / 2}),
    st.just({"lon": 120.0, "lat": 31.0}),
)
pauses = st.sampled_from([1, 7, 90, 600, 1440, 4000]).map(lambda minutes: timedelta(minutes=minutes))


class LifeMachine(RuleBasedStateMachine):
    """One incident's life; `model` is what it should be, `state` what it is."""

    state: State

    def open(self, report: Report, registers: Directory) -> State:
        """Report it under these registers."""
        raise NotImplementedError

    def take(self, step: Step, scope: Scope) -> State:
        """Take a step."""
        raise NotImplementedError

    def events(self) -> Sequence[Event]:
        """All it went through."""
        raise NotImplementedError

    def use(self, registers: Directory) -> None:
        """Go on with other registers."""
        raise NotImplementedError

    def another(self) -> int:
        """Id of another incident, to merge into."""
        raise NotImplementedError

    @initialize(place=places, dropped=holes, with_units=st.booleans())
    def report(self, place: dict[str, Any], dropped: frozenset[int], with_units: bool) -> None:
        self.now = BEGIN
        self.registers = directory(dropped, with_units)
        self.state = self.open(Report("hotline", "1", "garbage", BEGIN, title="垃圾", **place), self.registers)
        self.stage, self.suspended, self.appealed = R, False, False

    @rule(dropped=holes, with_units=st.booleans())
    def roster_changes(self, dropped: frozenset[int], with_units: bool) -> None:
        self.registers = directory(dropped, with_units)
        self.use(self.registers)

    @rule(
        data=st.data(), kind=st.sampled_from(list(TABLE)), role=st.sampled_from(get_args(Role)), pause=pauses,
        mine=st.booleans(), ours=st.booleans(),
    )  # fmt: skip
    def anything(self, data: st.DataObject, kind: str, role: Role, pause: timedelta, mine: bool, ours: bool) -> None:
        units = (self.state.unit,) if ours and self.state.unit else ()
        scope = Scope.city(8, role, Holder.person(self.state.responsible if mine else "somebody", units=units))
        self._try(data, kind, scope, pause)

    # Most of what is drawn at random is refused, or is the end: these two get on.
    @rule(data=st.data(), pause=pauses)
    def something_possible(self, data: st.DataObject, pause: timedelta) -> None:
        possible = sorted(self._possible() - {"voided", "merged"})
        if possible:
            self._try(data, data.draw(st.sampled_from(possible), "kind"), Scope.city(8, "dispatcher"), pause)

    @rule(data=st.data(), pause=pauses)
    def further_on_the_path(self, data: st.DataObject, pause: timedelta) -> None:
        kind = "resumed" if self.suspended else NEXT.get(self.stage)
        if kind is not None:
            self._try(data, kind, Scope.city(8, "administrator"), pause)

    @rule(data=st.data(), role=st.sampled_from(["grid_worker", "handler", "supervisor", "leader"]), pause=pauses)
    def by_one_outside_the_center(self, data: st.DataObject, role: Role, pause: timedelta) -> None:
        possible = sorted(self._possible() & ROLES[role])
        if possible:
            scope = Scope.city(8, role, Holder.person(data.draw(st.sampled_from([self.state.responsible, "other"]))))
            self._try(data, data.draw(st.sampled_from(possible), "kind"), scope, pause)

    def _possible(self) -> set[str]:
        return {kind for kind in TABLE if self._may_follow(kind)}

    def _may_follow(self, kind: str) -> bool:
        if self.stage not in TABLE[kind][0] or (self.suspended and kind not in WHILE_SUSPENDED):
            return False
        if kind in ("resumed", "appeal_decided"):
            return self.suspended if kind == "resumed" else self.appealed
        return not (kind == "appealed" and self.appealed)

    def _is_for(self, kind: str, scope: Scope) -> bool:
        if scope.role in CENTER_ROLES:
            return True
        if kind not in ROLES[scope.role]:
            return False
        if scope.role == "supervisor" and kind in ("checked", "reworked"):
            # Nobody checks the work of a unit he acts for.
            return self.state.unit == "" or self.state.unit not in scope.units
        if scope.role not in ("handler", "grid_worker"):
            return True
        named = scope.person != "" and scope.person == self.state.responsible
        own = named or (self.state.unit != "" and self.state.unit in scope.units)
        with_the_grid = self.state.unit == "" or self.state.unit.startswith("grid:")
        return own or (scope.role == "grid_worker" and with_the_grid)

    def _try(self, data: st.DataObject, kind: str, scope: Scope, pause: timedelta) -> None:
        self.now += pause
        step = Step(kind, self.now, scope.actor("somebody"), self._said(data, kind))
        expected: type[Exception] | None = None
        if not self._may_follow(kind):
            expected = StepIllegal
        elif not self._is_for(kind, scope):
            expected = StepForbidden
        elif kind == "escalated" and self.state.held_level == 0:
            expected = StepInvalid
        if expected is None:
            self.state = self.take(step, scope)
            self._moved(kind)
            self._is_in_the_right_hands(step)
        else:
            before = self.state
            with pytest.raises(expected):
                self.take(step, scope)
            assert self.state == before

    def _moved(self, kind: str) -> None:
        to = TABLE[kind][1]
        if kind == "escalated" and self.stage in (D, C):
            to = F
        self.stage = to or self.stage
        if kind == "suspended":
            self.suspended = True
        elif kind in ("resumed", "voided", "merged"):
            self.suspended = False
        if kind == "appealed":
            self.appealed = True
        elif kind in ("appeal_decided", "closed", "voided", "merged"):
            self.appealed = False

    def _is_in_the_right_hands(self, step: Step) -> None:
        said, now = step.detail, self.state
        if step.kind not in HAND_OVER or said.get("person"):
            return
        assert now.held_level is not None
        matter = Matter(now.category, said.get("means"), now.leaf, now.area, now.held_level)
        assert now.responsible == self.registers.responsible(self.stage, matter, now.unit, self.now).person

    def _said(self, data: st.DataObject, kind: str) -> dict[str, Any]:
        said: dict[str, Any] = {"reason": "有理由"}
        match kind:
            case "dispatched" if self.registers.units:
                unit = data.draw(st.sampled_from(["", *self.registers.units]), "unit")
                means = data.draw(st.sampled_from([None, "service", "management", "enforcement"]), "means")
                said |= {"means": means, **({"unit": unit} if unit else {})}
            case "dispatched":
                said["handler"] = "环卫站"
            case "closed":
                said |= {"means": data.draw(st.sampled_from(["service", "enforcement"])), "level": 1}
            case "extended":
                said |= data.draw(st.sampled_from([{"days": 3}, {"hours": 6}]))
            case "merged":
                said["into"] = self.another()
            case "appeal_decided":
                said["upheld"] = data.draw(st.booleans())
            case "reassigned":
                said |= data.draw(st.sampled_from([{}, {"person": "P3"}]))
            case "located":
                said |= data.draw(
                    places.filter(
                        lambda place: (
                            place.get("grid_code") != "nowhere" and place not in ({}, {"lon": 120.0, "lat": 31.0})
                        )
                    )
                )
            case "categorised":
                said["category"] = data.draw(st.sampled_from(["garbage", "noise"]))
            case "corrected":
                here = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2}
                right = [{"category": "noise"}, {"means": "management"}, {"satisfaction": "neutral"}, here,
                         {"grid_code": "L5", "means": "service"}]  # fmt: skip
                said |= data.draw(st.sampled_from(right))
            case "noted":
                said["note"] = "记一笔"
        return said

    @invariant()
    def it_is_where_the_table_says(self) -> None:
        if not hasattr(self, "state"):
            return
        assert (self.state.stage, self.state.suspended, self.state.appealed) == (
            self.stage,
            self.suspended,
            self.appealed,
        )
        assert set(allowed(self.state)) - {"attached"} == self._possible()

    @invariant()
    def a_closed_one_says_means_and_level(self) -> None:
        if hasattr(self, "state") and self.state.stage == "closed":
            assert self.state.means in ("service", "management", "enforcement")
            assert self.state.level is not None
            assert self.state.closed_at is not None

    @invariant()
    def an_open_one_has_one_responsible_person_and_a_running_clock(self) -> None:
        if not hasattr(self, "state") or self.state.stage in ("closed", "voided"):
            return
        known = {person.id: person.name for person in PERSONS}
        assert self.state.responsible == "center" or known[self.state.responsible] == self.state.responsible_name
        assert self.state.responsible_name
        if not self.state.suspended:
            assert self.state.clock_due_at is not None
            assert self.state.clock_yellow_at is not None
            assert self.state.clock_yellow_at <= self.state.clock_due_at

    @invariant()
    def the_log_adds_up_to_the_state(self) -> None:
        if not hasattr(self, "state"):
            return
        events = self.events()
        assert fold_all(events) == self.state
        hashes = [FIRST_PREV_HASH, *(event.hash for event in events)]
        assert [event.prev_hash for event in events] == hashes[:-1]
        assert all(event_hash(event) == event.hash for event in events)
        assert [event.n for event in events] == list(range(len(events)))
