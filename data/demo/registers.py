"""The demo city's registers: units, people and powers, as any city would import them from files."""

from data.demo.city import DemoCity
from data.demo.powers import build_powers
from data.demo.roster import build_staff
from data.demo.units import build_units
from data.registers.registers import Registers


def build_registers(city: DemoCity) -> Registers:
    """The registers of a demo city; its seed decides them."""
    units = build_units(city.system)
    staff = build_staff(city.system, units, city.seed)
    powers = build_powers(city.seed, city.system.levels[0]["code"].tolist())
    return Registers(tuple(units), tuple(staff.persons), tuple(staff.duties), tuple(powers))
