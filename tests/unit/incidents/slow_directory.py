"""The answers of the directory, read row by row from the registers: slow, and without any of its code."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from data.registers.handling import Matter
from data.registers.powers import Power
from data.registers.roster import Duty
from data.registers.units import Unit

ZONE = ZoneInfo("Asia/Shanghai")
Who = tuple[str, str, str, bool]

# Hours of duty as texts, and what they mean, by weekday and time as "HH:MM".
HOURS = {
    "": lambda _day, _time: True,
    "08:00-18:00": lambda _day, time: "08:00" <= time < "18:00",
    "22:00-06:00": lambda _day, time: time >= "22:00" or time < "06:00",
    "mon-fri 08:30-12:00 14:00-17:30": lambda day, time: (
        day < 5 and ("08:30" <= time < "12:00" or "14:00" <= time < "17:30")
    ),
    "fri 20:00-08:00; sun 00:00-24:00": lambda day, time: (
        (day == 4 and time >= "20:00") or (day == 5 and time < "08:00") or day == 6
    ),
    "sun 23:00-02:00": lambda day, time: (day == 6 and time >= "23:00") or (day == 0 and time < "02:00"),
}


class SlowDirectory:
    """Over the city of `tests.unit.stats.cities`: towns T0-T2, villages V0-V5, leaves L00-L11, two and two."""

    def __init__(self, units: Sequence[Unit], names: dict[str, str], duties: Sequence[Duty]) -> None:
        self.units, self.names, self.duties = units, names, duties

    def responsible(self, stage: str, matter: Matter, unit: str, moment: datetime) -> Who:
        for place, post, must_be_there, gap in self._questions(stage, matter, unit):
            found = self._holder(place, post, must_be_there, moment)
            if found is not None:
                return found.person, found.post, place, gap
        return "center", "duty_officer", "center", True

    def _questions(self, stage: str, matter: Matter, unit: str) -> Iterator[tuple[str, str, bool, bool]]:
        grids = grids_of(matter)
        if stage == "handled":
            yield from ((grid, "supervisor", False, False) for grid in grids)
            yield from ((f"unit:{one.code}", "supervisor", False, False) for one in self.units if one.kind == "center")
            yield from self._center(True)
            return
        dispatched = stage in ("dispatched", "claimed")
        if dispatched:
            yield from self._unit(unit, gap=False)
        if stage == "checked":
            grids = []
        held = [grid for grid in grids if int(grid[0]) <= matter.held_level]
        if dispatched:
            yield from ((grid, "chief", False, True) for grid in held)
            yield from self._center(True)
            return
        if held and held[0].startswith("3:"):
            yield held[0], "member", True, False
        yield from ((grid, "chief", False, grid != held[0]) for grid in held)
        yield from self._center(bool(held))

    def _unit(self, code: str, gap: bool) -> Iterator[tuple[str, str, bool, bool]]:
        for one in self.units:
            if one.code == code and not (gap and one.kind == "center"):
                yield f"unit:{code}", "duty_officer", True, gap
                yield f"unit:{code}", "leader", False, gap
                yield from self._unit(one.parent, gap=True)

    def _center(self, gap: bool) -> Iterator[tuple[str, str, bool, bool]]:
        for one in self.units:
            if one.kind == "center":
                yield f"unit:{one.code}", "duty_officer", True, gap
                yield f"unit:{one.code}", "leader", False, gap

    def _holder(self, place: str, post: str, must_be_there: bool, moment: datetime) -> Duty | None:
        local = moment.astimezone(ZONE)
        valid = [
            duty
            for duty in self.duties
            if place in (duty.grid, f"unit:{duty.unit}")
            and duty.person in self.names
            and duty.post == post
            and duty.since <= local.date()
            and (duty.until is None or local.date() < duty.until)
        ]
        there = [duty for duty in valid if HOURS[duty.hours](local.weekday(), local.strftime("%H:%M"))]
        return there[0] if there else None if must_be_there or not valid else valid[0]


def grids_of(matter: Matter) -> list[str]:
    """Ids of the grids a matter lies in, the finest first."""
    if matter.leaf >= 0:
        return [f"3:L{matter.leaf:02}", f"2:V{matter.leaf // 2}", f"1:T{matter.leaf // 4}"]
    if matter.area is None:
        return []
    if matter.area.startswith("2:"):
        return [matter.area, f"1:T{int(matter.area[3:]) // 2}"]
    return [matter.area]


# Choices of categories, and the codes they name; 0201 and 0202 are of the class 秩序.
CHOICES = {
    ("0101",): {"0101"},
    ("0102",): {"0102"},
    ("0201",): {"0201"},
    ("0202",): {"0202"},
    ("01*",): {"0101", "0102"},
    ("秩序",): {"0201", "0202"},
    ("*",): {"0101", "0102", "0201", "0202", "H9", ""},
    ("0102", "02*"): {"0102", "0201", "0202"},
    (): set(),
}
CLASSES = {"0101": "市容", "0102": "市容", "0201": "秩序", "0202": "秩序"}
CATEGORIES = ("0101", "0102", "0201", "0202", "H9", "")


def who(powers: Sequence[Power], category: str, means: str, town: str, day: date) -> tuple[str, str, set[str]]:
    """Level, rule, and the codes of the items that say so."""
    said: dict[str, set[str]] = {}
    for power in powers:
        if category not in CHOICES[power.category] or power.means != means:
            continue
        if town not in power.towns and "*" not in power.towns:
            rule = "not_passed_down"
        elif day < power.since:
            rule = "not_yet"
        elif power.until is None or day < power.until:
            rule = "town_holds"
        else:
            rule = "withdrawn"
        said.setdefault(rule, set()).add(power.code)
    for rule in ("town_holds", "withdrawn", "not_yet", "not_passed_down"):
        if rule in said:
            return ("town" if rule == "town_holds" else "city"), rule, said[rule]
    return "city", "no_power", set()
