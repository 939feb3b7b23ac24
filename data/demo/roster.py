"""The demo city's people: 331 grid chiefs, 3,659 grid workers, and who is on duty in the units. All names invented."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from data.demo.draws import key_of
from data.demo.names import name_of
from data.demo.units import CENTER
from data.registers.roster import Duty, Person, Post
from data.registers.units import Unit
from geo.grids import GridSystem

CHIEFS, WORKERS = 331, 3_659
SINCE = date(2018, 1, 1)
# Not every post is filled, as in life: these are the holes the software warns of.
VILLAGES_WITHOUT_CHIEF, LEAVES_WITHOUT_MEMBER, LEAVES_WITHOUT_PATROL = 2, 9, 14

DAY = "07:00-11:30 13:00-19:00"
MEMBER = f"mon-sat {DAY}; sun 08:00-11:30 13:00-17:30"
PATROL = "mon-sun 11:30-13:00 18:30-22:00"
OFFICE = "mon-fri 08:30-12:00 14:00-17:30"
# Three shifts, each with a crew for the first and one for the last days of the week.
SHIFTS = ("07:30-15:30", "15:30-23:30", "23:30-07:30")
CREWS = ("mon-thu", "fri-sun")
SEATS = (5, 4, 2)


@dataclass
class Staff:
    """Persons and duties as they are written down.

    Attributes
    ----------
    seed
        Decides the names.
    persons, duties
        In the order of the registers.
    """

    seed: int
    persons: list[Person] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)
    _hired: Counter[str] = field(default_factory=Counter)

    def hire(self, prefix: str) -> str:
        """Enter a new person; returns the id, such as WG0042."""
        self._hired[prefix] += 1
        person = f"{prefix}{self._hired[prefix]:04d}"
        self.persons.append(Person(person, name_of(self.seed, person)))
        return person

    def at_grid(self, person: str, post: Post, grid: str, hours: str = "") -> None:
        """Give a person a post at a grid."""
        self.duties.append(Duty(person, post, grid, "", SINCE, None, hours))

    def at_unit(self, person: str, post: Post, unit: str, hours: str = "") -> None:
        """Give a person a post at a unit."""
        self.duties.append(Duty(person, post, "", unit, SINCE, None, hours))


def build_staff(system: GridSystem, units: Sequence[Unit], seed: int) -> Staff:
    """Everybody; the same city has the same people."""
    staff = Staff(seed)
    leaves = _leaves_by_village(system)
    _chiefs(staff, system, leaves)
    _workers(staff, system, leaves)
    _center(staff)
    for unit in units:
        if unit.kind != "center":
            _unit(staff, unit)
    return staff


def _leaves_by_village(system: GridSystem) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {code: [] for code in system.levels[1]["code"]}
    for code, village in zip(system.leaves["code"], system.leaves["parent"], strict=True):
        found[village].append(code)
    return found


def _by_lot(seed: int, what: str, codes: Sequence[str], count: int) -> set[str]:
    """Some of the codes, drawn by the seed."""
    return set(sorted(codes, key=lambda code: key_of(f"{what} {seed} {code}"))[:count])


def _chiefs(staff: Staff, system: GridSystem, leaves: dict[str, list[str]]) -> None:
    """A chief of each town and village, who is chief of the village's leaves too; deputies share the largest."""
    vacant = _by_lot(staff.seed, "no chief", list(leaves), VILLAGES_WITHOUT_CHIEF)
    for town in system.levels[0]["code"]:
        staff.at_grid(staff.hire("WZ"), "chief", f"1:{town}")
    deputies = CHIEFS - len(system.levels[0]) - (len(leaves) - len(vacant))
    largest = sorted((code for code in leaves if code not in vacant), key=lambda code: -len(leaves[code]))[:deputies]
    for village, own in leaves.items():
        if village in vacant:
            continue
        chief = staff.hire("WZ")
        deputy = staff.hire("WZ") if village in largest else ""
        staff.at_grid(chief, "chief", f"2:{village}")
        if deputy:
            staff.at_grid(deputy, "chief", f"2:{village}")
        for number, leaf in enumerate(own):
            staff.at_grid(deputy if deputy and number >= len(own) / 2 else chief, "chief", f"3:{leaf}")


def _workers(staff: Staff, system: GridSystem, leaves: dict[str, list[str]]) -> None:
    """The five of each grid: a member of its own; the others share the leaves of a village."""
    without_member = _by_lot(staff.seed, "no member", system.leaves["code"].tolist(), LEAVES_WITHOUT_MEMBER)
    without_patrol = _by_lot(staff.seed, "no patrol", system.leaves["code"].tolist(), LEAVES_WITHOUT_PATROL)
    officers = {village: max(1, len(own) // 2) for village, own in leaves.items()}
    members = len(system.leaves) - len(without_member)
    patrols = _shared_out(WORKERS - members - 2 * len(leaves) - sum(officers.values()), leaves)
    seen: set[str] = set()
    for village, own in leaves.items():
        supervisor, liaison = staff.hire("WG"), staff.hire("WG")
        staff.at_grid(supervisor, "supervisor", f"2:{village}")
        staff.at_grid(liaison, "liaison", f"2:{village}")
        if village[:9] not in seen:
            # The supervisor of the town's first village stands for the town.
            seen.add(village[:9])
            staff.at_grid(supervisor, "supervisor", f"1:{village[:9]}")
        informed = [staff.hire("WG") for _ in range(officers[village])]
        patrolled = [staff.hire("WG") for _ in range(patrols[village])]
        for number, leaf in enumerate(own):
            if leaf not in without_member:
                staff.at_grid(staff.hire("WG"), "member", f"3:{leaf}", MEMBER)
            staff.at_grid(supervisor, "supervisor", f"3:{leaf}")
            staff.at_grid(informed[number * len(informed) // len(own)], "information_officer", f"3:{leaf}", OFFICE)
            staff.at_grid(liaison, "liaison", f"3:{leaf}")
            patrol = patrolled[number * len(patrolled) // len(own)]
            # Somebody who has but one leaf is there.
            if leaf not in without_patrol or len(patrolled) * 2 > len(own):
                staff.at_grid(patrol, "patrol", f"3:{leaf}", PATROL)


def _shared_out(count: int, leaves: dict[str, list[str]]) -> dict[str, int]:
    """So many people over the villages, by their number of leaves, at least one each; adds up exactly."""
    total, given, seen = sum(len(own) for own in leaves.values()), 0, 0
    spare, shares = count - len(leaves), {}
    for village, own in leaves.items():
        seen += len(own)
        upto = spare * seen // total
        shares[village] = 1 + upto - given
        given = upto
    return shares


def _center(staff: Staff) -> None:
    """The center is staffed round the clock."""
    staff.at_unit(staff.hire("ZX"), "leader", CENTER)
    for days in CREWS:
        for shift, seats in zip(SHIFTS, SEATS, strict=True):
            for _ in range(seats):
                staff.at_unit(staff.hire("ZX"), "duty_officer", CENTER, f"{days} {shift}")


def _unit(staff: Staff, unit: Unit) -> None:
    """A leader; somebody on duty in the hours of the unit; teams are there at night, too."""
    prefix = {"station": "BM", "department": "BJ", "city_team": "ZD"}.get(unit.kind, "ZF")
    staff.at_unit(staff.hire(prefix), "leader", unit.code)
    for hours in _hours(unit):
        staff.at_unit(staff.hire(prefix), "duty_officer", unit.code, hours)


def _hours(unit: Unit) -> tuple[str, ...]:
    """Hours of those on duty, who is there at usual hours first."""
    if unit.kind == "squad":
        return "mon-fri 08:00-17:30", "sat-sun 08:00-17:30", "mon-sun 17:30-22:00"
    if unit.kind == "station":
        return OFFICE, "sat 09:00-12:00 13:30-17:00"
    if unit.kind == "department":
        return OFFICE, "mon-fri 12:00-14:00 17:30-21:00; sat-sun 09:00-17:00"
    return OFFICE, "mon-fri 12:00-14:00 17:30-08:30; sat-sun 00:00-24:00; mon 00:00-08:30"
