"""Scope: which part of the city, and in which role, a question is asked.

Every read of incidents or numbers takes a scope, so that rights are tightened in one place.
"""

from dataclasses import dataclass, replace
from typing import Literal

Role = Literal["screen", "leader", "analyst", "grid_worker", "handler", "supervisor", "dispatcher", "administrator"]


@dataclass(frozen=True, slots=True)
class Scope:
    """A slice ``[lo, hi)`` of leaf ordinals and a role.

    Attributes
    ----------
    lo, hi
        The leaves that may be seen.
    unlocated
        Whether incidents in no grid may be seen; true only for the whole city.
    role
        What the holder may do.
    person
        Id of the holder in the roster; "" where nobody in particular asks.
    units
        Codes of the units the holder acts for.
    """

    lo: int
    hi: int
    unlocated: bool
    role: Role
    person: str = ""
    units: tuple[str, ...] = ()

    @classmethod
    def city(cls, leaf_count: int, role: Role = "administrator") -> "Scope":
        """The whole city, unlocated incidents included."""
        return cls(0, leaf_count, unlocated=True, role=role)

    def narrowed(self, lo: int, hi: int) -> "Scope":
        """The part of this scope inside ``[lo, hi)``; may be empty. Unlocated incidents are in no part."""
        low = max(self.lo, lo)
        return replace(self, lo=low, hi=max(low, min(self.hi, hi)), unlocated=False)

    def sees(self, leaf: int) -> bool:
        """Whether the incident in this leaf (-1 = in none) lies within the scope."""
        return self.unlocated if leaf < 0 else self.lo <= leaf < self.hi
