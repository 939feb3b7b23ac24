"""The declared table of rights: what each role may do, and with whose incidents.

A role is a name for a bundle of rights; whether something may be done is decided by rights alone. The roles that a
message names are read from this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, Literal

Role = Literal["screen", "leader", "analyst", "grid_worker", "handler", "supervisor", "dispatcher", "administrator"]


class Right(StrEnum):
    """One thing that may be done where a grant holds."""

    LOOK = "look"
    CHANGE = "change"
    ACKNOWLEDGE = "acknowledge"
    NOTE = "note"
    FIELD = "field"
    HANDLE = "handle"
    CHECK = "check"
    URGE = "urge"
    DECIDE = "decide"
    DISPATCH = "dispatch"


class Hands(StrEnum):
    """With whose incidents a right may be used.

    ``any``: with all of them. ``own``: with those the holder, or a unit of the holder, is responsible for. ``grid``:
    with these, and with those that no unit has been given. ``others``: with all but those: nobody checks his own work.
    """

    ANY = "any"
    OWN = "own"
    GRID = "grid"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Rights that are given together.

    Attributes
    ----------
    role
        Its name.
    rights
        Each right once, with the hands it may be used in.
    """

    role: Role
    rights: tuple[tuple[Right, Hands], ...]

    def hands(self, right: Right) -> Hands | None:
        """In whose hands an incident must be for this right; None where the bundle does not hold it."""
        return next((hands for held, hands in self.rights if held is right), None)


_LOOKS: Final[Mapping[Right, Hands]] = {Right.LOOK: Hands.ANY}
# A person may also change something at all: say who they are, steer a wall, take note of an alert.
_PERSON: Final[Mapping[Right, Hands]] = {**_LOOKS, Right.CHANGE: Hands.ANY, Right.ACKNOWLEDGE: Hands.ANY}
_CENTER: Final[Mapping[Right, Hands]] = dict.fromkeys(Right, Hands.ANY)

_LEADER: Final = {**_PERSON, **dict.fromkeys((Right.NOTE, Right.URGE, Right.DECIDE), Hands.ANY)}
_SUPERVISOR: Final = {**_PERSON, Right.NOTE: Hands.ANY, Right.URGE: Hands.ANY, Right.CHECK: Hands.OTHERS}
_HANDLER: Final = {**_PERSON, Right.NOTE: Hands.OWN, Right.HANDLE: Hands.OWN}
_GRID_WORKER: Final = {**_PERSON, **dict.fromkeys((Right.NOTE, Right.HANDLE, Right.FIELD), Hands.GRID)}

_TABLE: Final[Mapping[Role, Mapping[Right, Hands]]] = {
    "screen": _LOOKS,
    "analyst": _PERSON,
    "leader": _LEADER,
    "supervisor": _SUPERVISOR,
    "handler": _HANDLER,
    "grid_worker": _GRID_WORKER,
    "dispatcher": _CENTER,
    "administrator": _CENTER,
}
# The widest last: this is the order in which messages name them.
ROLES: Final[Mapping[Role, Bundle]] = {role: Bundle(role, tuple(rights.items())) for role, rights in _TABLE.items()}
WIDEST_FIRST: Final[tuple[Role, ...]] = tuple(reversed(tuple(ROLES)))


@cache
def roles_with(right: Right) -> tuple[Role, ...]:
    """The roles whose bundle holds a right, in the order of the table."""
    return tuple(role for role, bundle in ROLES.items() if bundle.hands(right) is not None)
