"""Scope: the holder of rights and their grants, which say what the holder may see and do, and where.

Every read of incidents or numbers takes a scope and queries it through the methods below: nothing outside this room
knows the slices of leaves it consists of.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.access.actor import Actor, ActorKind
from data.access.rights import ROLES, WIDEST_FIRST, Bundle, Hands, Right, Role
from data.access.spans import NOWHERE, Spans
from data.store.driver import sql

__all__ = ["ROLES", "Grant", "Hands", "Holder", "HolderKind", "LeafTest", "Right", "Role", "Scope", "Spans"]

# Beyond the last leaf of any city.
_EVERY_LEAF: Final = 2**31 - 1
_EVERYWHERE: Final = Spans.of([(0, _EVERY_LEAF)], unlocated=True)
_NO_LEAVES: Final = np.empty(0, dtype=bool)


class HolderKind(StrEnum):
    """The kind of a holder of rights."""

    PERSON = "person"
    SCREEN = "screen"
    MACHINE = "machine"
    SYSTEM = "system"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of the rights of a scope.

    Attributes
    ----------
    kind
        A person of the roster, a screen, a machine, the system itself, or nobody in particular.
    id
        Id in the roster, or number of the screen's key; "" for nobody in particular.
    name
        Display name.
    units
        Codes of the units the holder acts for.
    """

    kind: HolderKind = HolderKind.NOBODY
    id: str = ""
    name: str = ""
    units: tuple[str, ...] = ()

    @classmethod
    def person(cls, person_id: str, name: str = "", units: Iterable[str] = ()) -> "Holder":
        """Return the holder for a person of the roster."""
        return cls(HolderKind.PERSON, person_id, name, tuple(units))

    def actor(self, said: str = "") -> Actor:
        """The holder as an actor; `said` is the display name of a caller without an identity."""
        if self.kind is HolderKind.NOBODY:
            return Actor.nobody(said)
        if self.kind is HolderKind.PERSON:
            return Actor.person(self.id, self.name)
        return Actor.of(ActorKind(self.kind), self.id, self.name)


NOBODY: Final = Holder()


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights in some leaves.

    Attributes
    ----------
    spans
        The leaves in which the rights hold.
    rights
        The rights, and the incidents each may be used on.
    reason
        The reason, for readers: a duty such as ``grid_worker at 3:320281104012``.
    """

    spans: Spans
    rights: Bundle
    reason: str = ""

    def holds(self, right: Right) -> bool:
        """Whether it gives this right, at least on some incidents."""
        return self.rights.hands(right) is not None


class LeafTest(NamedTuple):
    """The test of a leaf in a compiled loop: ``lo <= leaf < hi`` and `inside`, or -1 and `unlocated`.

    `inside` tells for each leaf, and in its last element for -1, whether it is visible; it is empty if `lo` and `hi`
    suffice.
    """

    lo: int
    hi: int
    unlocated: bool
    inside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scope:
    """The rights of a holder, and where they hold; without a grant, none."""

    grants: tuple[Grant, ...] = ()
    holder: Holder = NOBODY

    @classmethod
    def city(cls, leaf_count: int, role: Role = "administrator", holder: Holder = NOBODY) -> "Scope":
        """Return a scope of the whole city, including incidents in no grid."""
        return cls.of([(0, leaf_count)], role, holder, unlocated=True)

    @classmethod
    def of(
        cls,
        parts: Iterable[tuple[int, int]],
        role: Role,
        holder: Holder = NOBODY,
        *,
        unlocated: bool = False,
        reason: str = "",
    ) -> "Scope":
        """Return the rights of one role in the leaves of some slices ``(lo, hi)``."""
        return cls((Grant(Spans.of(parts, unlocated=unlocated), ROLES[role], reason),), holder)

    @property
    def role(self) -> Role:
        """The widest role among the grants, for display only; it implies no right."""
        held = {grant.rights.role for grant in self.grants}
        return next((role for role in WIDEST_FIRST if role in held), "screen")

    @property
    def person(self) -> str:
        """Id of the holder in the roster; "" if the holder is not a person."""
        return self.holder.id if self.holder.kind is HolderKind.PERSON else ""

    @property
    def units(self) -> tuple[str, ...]:
        """Codes of the units the holder acts for."""
        return self.holder.units

    @property
    def opener(self) -> str:
        """The name of the holder in transactions opened for this scope."""
        return self.holder.actor().id

    def actor(self, said: str = "") -> Actor:
        """The actor of this scope; `said` is the display name of a caller without an identity."""
        return self.holder.actor(said)

    @property
    def anonymous(self) -> "Scope":
        """The visible leaves without a holder: equal for all scopes that see the same leaves."""
        return Scope((Grant(self._where(Right.LOOK), ROLES["screen"]),))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is visible."""
        spans = self._where(Right.LOOK)
        return not spans.parts and not spans.unlocated

    @property
    def sees_unlocated(self) -> bool:
        """Whether incidents in no grid, and data about the whole city, are visible."""
        return self._where(Right.LOOK).unlocated

    def sees(self, leaf: int, right: Right = Right.LOOK) -> bool:
        """Whether the right is held at an incident in this leaf (-1 = in none)."""
        return any(grant.spans.holds(leaf) for grant in self.grants if grant.holds(right))

    def covers(self, lo: int, hi: int, right: Right = Right.LOOK) -> bool:
        """Whether the right is held in all of a grid ``[lo, hi)``."""
        return self._where(right).covers(lo, hi)

    def covering(self, lo: ArrayLike, hi: ArrayLike, right: Right = Right.LOOK) -> NDArray[np.bool_]:
        """Return, for each of many grids ``[lo, hi)``, whether the right is held in all of it."""
        return self._where(right).covering(lo, hi)

    def whole(self, leaf_count: int, right: Right = Right.LOOK) -> bool:
        """Whether the right is held in a whole city of `leaf_count` leaves, including incidents in no grid."""
        return self._where(right).all_of(leaf_count)

    def mask(self, leaves: ArrayLike, right: Right = Right.LOOK) -> NDArray[np.bool_]:
        """Return, for each of these leaves (-1 = in none), whether the right is held there."""
        return self._where(right).mask(leaves)

    def where(self, leaf: sql.Composable, right: Right = Right.LOOK) -> sql.Composed:
        """Return the same test as an SQL condition on a column of leaves, with bound values."""
        spans = self._where(right)
        slices = [_slice(leaf, lo, hi) for lo, hi in spans.parts]
        if spans.unlocated:
            slices.append(sql.SQL("{} = -1").format(leaf))
        return sql.SQL("({})").format(sql.SQL(" OR ").join(slices) if slices else sql.SQL("false"))

    def parts_of(self, slices: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return the visible parts of some slices ``(lo, hi)``, in their order; empty if nothing is visible."""
        spans = self._where(Right.LOOK)
        return [part for lo, hi in slices for part in spans.narrowed(lo, hi).parts]

    def leaf_test(self, leaf_count: int) -> LeafTest:
        """Return the test of visible leaves for a loop over the mirror's rows, in a city of `leaf_count` leaves."""
        spans = self._where(Right.LOOK)
        inside = _NO_LEAVES
        if len(spans.parts) > 1:
            inside = spans.mask([*range(leaf_count), -1])
        return LeafTest(*spans.hull, spans.unlocated, inside)

    @property
    def hull(self) -> tuple[int, int]:
        """The slice from the first visible leaf to the last: a place for sums over counts made within the scope."""
        return self._where(Right.LOOK).hull

    def narrowed(self, lo: int, hi: int) -> "Scope":
        """Return the part of this scope inside ``[lo, hi)``; may be empty, never includes incidents in no grid."""
        return replace(self, grants=tuple(replace(one, spans=one.spans.narrowed(lo, hi)) for one in self.grants))

    def at(self, leaf: int, area: tuple[int, int] | None = None) -> "Scope":
        """Return the rights that hold at an incident's place, without the place: ask `may` of the result.

        Parameters
        ----------
        leaf
            Its leaf; -1 for none.
        area
            The upper grid ``(lo, hi)`` known to contain an incident in no leaf; None for none.
        """
        if leaf >= 0 or area is None:
            return self._with(lambda spans: spans.holds(leaf))
        return self._with(lambda spans: spans.unlocated or spans.covers(*area))

    def everywhere(self) -> "Scope":
        """Return the same rights in every place, for rights that do not depend on the place."""
        return self._with(lambda _: True)

    def may(self, right: Right, *, responsible: str, unit: str) -> bool:
        """Whether the holder may use a right on an incident in a place where the grants of this scope hold, see `at`.

        Parameters
        ----------
        responsible, unit
            Person and unit the incident is with; "" for none. A unit ``grid:…`` is a grid in the role of a unit.
        """
        of_unit = unit != "" and unit in self.units
        with_grid = unit == "" or unit.startswith("grid:")
        own = of_unit or (responsible != "" and responsible == self.person)
        # The people of a grid jointly handle the incidents that are with the grid.
        handled = of_unit or (with_grid and any(one.rights.hands(Right.HANDLE) is Hands.GRID for one in self.grants))
        fits = {Hands.ANY: True, Hands.OWN: own, Hands.GRID: own or with_grid, Hands.OTHERS: not handled}
        held = (grant.rights.hands(right) for grant in self.grants)
        return any(fits[hands] for hands in held if hands is not None)

    def holds(self, right: Right) -> bool:
        """Whether any grant gives a right, anywhere and on any incident."""
        return any(grant.holds(right) for grant in self.grants)

    def _with(self, wanted: Callable[[Spans], bool]) -> "Scope":
        return replace(self, grants=tuple(replace(one, spans=_EVERYWHERE) for one in self.grants if wanted(one.spans)))

    def _where(self, right: Right) -> Spans:
        held = [grant.spans for grant in self.grants if grant.holds(right)]
        return Spans.together(held) if held else NOWHERE


def _slice(leaf: sql.Composable, lo: int, hi: int) -> sql.Composed:
    # With equality on a single leaf, an index on (leaf, …) also yields the order.
    if hi == lo + 1:
        return sql.SQL("{} = {}").format(leaf, sql.Literal(lo))
    return sql.SQL("{0} >= {1} AND {0} < {2}").format(leaf, sql.Literal(lo), sql.Literal(hi))
