"""The four registers of a city, as one version of them was imported."""

from dataclasses import dataclass
from typing import Final, Literal

from data.registers.powers import Power
from data.registers.roster import Duty, Person
from data.registers.units import Unit

Register = Literal["units", "persons", "duties", "powers"]
REGISTERS: Final[tuple[Register, ...]] = ("units", "persons", "duties", "powers")


@dataclass(frozen=True, slots=True)
class Registers:
    """All rows of the four registers, in the order in which they were written.

    Attributes
    ----------
    version
        Number of the import; 0 for what was never imported.
    """

    units: tuple[Unit, ...] = ()
    persons: tuple[Person, ...] = ()
    duties: tuple[Duty, ...] = ()
    powers: tuple[Power, ...] = ()
    version: int = 0
