"""Which grid a code or an address speaks of, for what cannot be placed on the map.

A code may be that of a leaf, of an upper grid, or a statistics code 统计用区划代码 (of 6 digits for a county, 9 for a
town, 12 for a village) whose head is one. An address may name upper grids. The answer is one grid or none: a village
of a name that several towns have counts only where something says which town.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from data.city.place_names import Mention, NameFinder, forms_of

if TYPE_CHECKING:
    from geo.grids import Grid, GridSystem

# Lengths of the codes of villages, towns and counties, the longest first.
_STATISTICS_CODES = (12, 9, 6)


@dataclass(frozen=True, slots=True)
class _Area:
    """An upper grid: its id, and those of its ancestors and itself, coarsest first."""

    id: str
    level: int
    path: tuple[str, ...]


class Gazetteer:
    """Codes and names of the grids of a system; made once per system by `gazetteer_of`.

    Parameters
    ----------
    system
        The grid system; it is read and let go.

    Attributes
    ----------
    leaf_codes
        Codes of the leaves, by ordinal.
    """

    def __init__(self, system: "GridSystem") -> None:
        self.leaf_codes: list[str] = system.leaves["code"].tolist()
        self._ordinal = {code: ordinal for ordinal, code in enumerate(self.leaf_codes)}
        self._lowest = system.depth - 1
        self._leaf_prefix = f"{system.depth}:"
        self._areas: dict[str, _Area] = {}
        self._by_code: dict[str, str | None] = {}
        forms: dict[str, dict[str, bool]] = {}
        for grid in _upper_grids(system):
            path = tuple(above.id for above in system.path(grid))
            self._areas[grid.id] = _Area(grid.id, grid.level, path)
            self._by_code[grid.code] = self._shared(self._by_code.get(grid.code, grid.id), grid.id)
            for form, alone in forms_of(grid.name).items():
                forms.setdefault(form, {})[grid.id] = alone
        self._finder = NameFinder(forms)

    def leaf_of(self, code: str) -> int:
        """Ordinal of the leaf with this code, or this id, such as ``"3:320281104205001"``; -1 where there is none."""
        found = self._ordinal.get(code, -1)
        return found if found >= 0 else self._ordinal.get(code.removeprefix(self._leaf_prefix), -1)

    def area(self, code: str | None, address: str) -> str | None:
        """Id of the smallest upper grid that is known to hold a place.

        Parameters
        ----------
        code
            What the source gives as the code of a grid or region.
        address
            Free text. It is looked at only where the code does not name one of the lowest upper grids already, and
            counts only where it does not contradict the code.

        Returns
        -------
        ``"LEVEL:CODE"``, or None where neither says anything, or they say several things.
        """
        by_code = self.area_of_code(code) if code else None
        if by_code is not None and self._areas[by_code].level == self._lowest:
            return by_code
        return self.area_of_address(address, within=by_code) or by_code

    def area_of_code(self, code: str) -> str | None:
        """Id of the upper grid with this code or id; of a statistics code, that of the longest head which is one."""
        if code in self._by_code:
            return self._by_code[code]
        if code in self._areas:
            return code
        if code.isascii() and code.isdigit():
            for length in _STATISTICS_CODES:
                if length < len(code) and code[:length] in self._by_code:
                    return self._by_code[code[:length]]
        return None

    def area_of_address(self, address: str, within: str | None = None) -> str | None:
        """Id of the one upper grid an address speaks of, the smallest that is certain; None where there is none.

        Parameters
        ----------
        address
            Free text.
        within
            Id of a grid that is known to hold the place.
        """
        mentions = self._finder.mentions(address)
        if not mentions:
            return None
        if within is not None:
            mentions.append(Mention(0, 0, (within,), True))
        found = self._agreed(mentions)
        if found is None and not all(mention.certain for mention in mentions):
            # A bare name may be part of something else; it does not overrule what is named in full.
            found = self._agreed([mention for mention in mentions if mention.certain])
        return found

    def _agreed(self, mentions: Iterable[Mention]) -> str | None:
        """The grid that all mentions can be on the way to: named by one of them, below one of each of the others."""
        named = [set(mention.grids) for mention in mentions]
        fitting = [
            grid_id for grid_id in set().union(*named)
            if all(names.intersection(self._areas[grid_id].path) for names in named)
        ]  # fmt: skip
        found: str | None = None
        for position, grid_id in enumerate(fitting):
            found = grid_id if position == 0 else self._shared(found, grid_id)
        return found

    def _shared(self, one: str | None, other: str) -> str | None:
        """The smallest grid that holds both; None where that is the whole city."""
        if one is None:
            return None
        both = [a for a, b in zip(self._areas[one].path, self._areas[other].path, strict=False) if a == b]
        return both[-1] if both else None


_made: "WeakKeyDictionary[GridSystem, Gazetteer]" = WeakKeyDictionary()


def gazetteer_of(system: "GridSystem") -> Gazetteer:
    """The gazetteer of a grid system; made at the first call, dropped with the system."""
    found = _made.get(system)
    if found is None:
        found = _made[system] = Gazetteer(system)
    return found


def _upper_grids(system: "GridSystem") -> Iterable["Grid"]:
    for level in range(1, system.depth):
        for ordinal in range(len(system.levels[level - 1])):
            yield system.grid_at(level, ordinal)
