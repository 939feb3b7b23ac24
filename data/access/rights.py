"""The declared table of rights: the rights of each role, and the incidents each may be used on.

A role is a name for a bundle of rights; every decision depends on rights alone. Messages take the names of roles from
this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, Literal

Role = Literal["screen", "leader", "analyst", "grid_worker", "handler", "supervisor", "dispatcher", "administrator"]


class Right(StrEnum):
    """One kind of action that a grant permits."""

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
    """The incidents on which a right may be used.

    ``any``: all. ``own``: those for which the holder, or a unit of the holder, is responsible. ``grid``: these, and
    those not dispatched to a unit. ``others``: all that the holder does not handle, because nobody checks their own
    work.
    """

    ANY = "any"
    OWN = "own"
    GRID = "grid"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The rights of one role.

    Attributes
    ----------
    role
        Its name.
    rights
        Each right once, with the incidents on which it may be used.
    """

    role: Role
    rights: tuple[tuple[Right, Hands], ...]

    def hands(self, right: Right) -> Hands | None:
        """Return the incidents on which this right may be used; None if the bundle does not contain it."""
        return next((hands for held, hands in self.rights if held is right), None)


_LOOKS: Final[Mapping[Right, Hands]] = {Right.LOOK: Hands.ANY}
# Unlike a screen, a person may change things: choose an identity, control a wall, acknowledge an alert.
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
# The widest role last; messages name roles in this order.
ROLES: Final[Mapping[Role, Bundle]] = {role: Bundle(role, tuple(rights.items())) for role, rights in _TABLE.items()}
WIDEST_FIRST: Final[tuple[Role, ...]] = tuple(reversed(tuple(ROLES)))


@cache
def roles_with(right: Right) -> tuple[Role, ...]:
    """Return the roles whose bundle contains a right, in the order of the table."""
    return tuple(role for role, bundle in ROLES.items() if bundle.hands(right) is not None)
