"""The register of units: teams, squads, departments and stations, and which of them cover a place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from data.errors import UnitUnknown
from data.registers.category_choice import Fit, fit
from geo.errors import GridUnknown

if TYPE_CHECKING:
    from geo.grids import GridSystem

# "grid" is never registered: it is a grid that stands as a unit of its own, see `choosing`.
UnitKind = Literal["center", "city_team", "town_team", "squad", "department", "station", "grid"]
UNIT_KINDS: Final[tuple[UnitKind, ...]] = ("center", "city_team", "town_team", "squad", "department", "station")
# Categories come from outside too: what is kept of them must not grow for ever.
_MOST_KEPT: Final = 200_000
_UNKNOWN: Final = (-1, -1)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit.

    Attributes
    ----------
    parent
        Code of the unit above; "" for none.
    grids
        Ids (``"1:320281104"``) of the grids it is there for; empty is the whole city.
    categories
        The choice of categories it handles, see `category_choice`; empty is what its parent handles.
    """

    code: str
    name: str
    kind: UnitKind
    parent: str = ""
    grids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cover:
    """Leaves a unit is there for: disjoint, sorted slices ``[lo, hi)``, their number, and the level of each grid named.

    `named` holds ``(lo, hi, level)`` of each grid of the register; the whole city is of level 0.
    """

    slices: tuple[tuple[int, int], ...]
    leaf_count: int
    named: tuple[tuple[int, int, int], ...]

    def holds(self, lo: int, hi: int) -> bool:
        """Whether all of ``[lo, hi)`` lies in it."""
        return any(low <= lo and hi <= high for low, high in self.slices)

    def level(self, lo: int, hi: int) -> int:
        """Level of the grid through which it covers ``[lo, hi)``: the finest that holds it whole."""
        whole = [level for low, high, level in self.named if low <= lo and hi <= high]
        return max(whole, default=max((level for *_, level in self.named), default=0))


@dataclass(frozen=True, eq=False)
class Units:
    """All units, by code and by place; in the order of the register.

    Attributes
    ----------
    by_code
        In the order of the register.
    unknown_grids
        Pairs of a unit's code and a grid it names that the grid system does not have; passed over.
    """

    by_code: Mapping[str, Unit]
    unknown_grids: tuple[tuple[str, str], ...]
    _covers: Mapping[str, Cover] = field(repr=False)
    _near: dict[tuple[int, int], tuple[Unit, ...]] = field(default_factory=dict, repr=False)
    _fits: dict[tuple[str, str], Fit | None] = field(default_factory=dict, repr=False)

    @classmethod
    def build(cls, system: "GridSystem", units: Iterable[Unit]) -> "Units":
        """Put units on a grid system; of two with one code, the last stands."""
        by_code = {unit.code: unit for unit in units}
        covers, unknown = {}, []
        for unit in by_code.values():
            covers[unit.code], missing = cover_of(system, unit.grids)
            unknown += [(unit.code, grid) for grid in missing]
        return cls(by_code, tuple(unknown), covers)

    def unit(self, code: str) -> Unit:
        """The unit with this code; UnitUnknown where there is none."""
        found = self.by_code.get(code)
        if found is None:
            raise UnitUnknown(f"there is no unit {code!r} in the register in force", unit=code)
        return found

    def line(self, code: str) -> Iterator[Unit]:
        """The unit, the one above it, and so on; none for an unknown code, and no unit twice."""
        seen: set[str] = set()
        while code in self.by_code and code not in seen:
            seen.add(code)
            yield self.by_code[code]
            code = self.by_code[code].parent

    def cover(self, code: str) -> Cover:
        """The leaves of a registered unit."""
        return self._covers[code]

    def of_kind(self, kind: UnitKind) -> list[Unit]:
        """Units of a kind, in the order of the register."""
        return [unit for unit in self.by_code.values() if unit.kind == kind]

    def near(self, lo: int, hi: int) -> tuple[Unit, ...]:
        """Units that are there for all of ``[lo, hi)``, those with the fewest leaves first."""
        found = self._near.get((lo, hi))
        if found is None:
            holding = [unit for unit in self.by_code.values() if self._covers[unit.code].holds(lo, hi)]
            found = tuple(sorted(holding, key=lambda unit: self._covers[unit.code].leaf_count))
            self._near[lo, hi] = found
        return found

    def fit(self, unit: Unit, category: str, class_name: str) -> Fit | None:
        """How closely a unit names a category as its own, or its parent where it names none; None: not at all."""
        key = unit.code, category
        found = self._fits.get(key, _UNKNOWN)
        if found == _UNKNOWN:
            naming = next((one.categories for one in self.line(unit.code) if one.categories), ())
            found = fit(naming, category, class_name)
            if len(self._fits) >= _MOST_KEPT:
                self._fits.clear()
            self._fits[key] = found
        return found


def cover_of(system: "GridSystem", grid_ids: Sequence[str]) -> tuple[Cover, list[str]]:
    """The leaves of grids named by id, and the ids the grid system does not have; no ids are the whole city."""
    named, missing = [], []
    for grid_id in grid_ids:
        try:
            grid = system.find(grid_id)
        except GridUnknown:
            missing.append(grid_id)
        else:
            named.append((grid.lo, grid.hi, grid.level))
    if not grid_ids:
        named = [(0, len(system.leaves), 0)]
    slices = _merged([(lo, hi) for lo, hi, _ in named])
    return Cover(slices, sum(hi - lo for lo, hi in slices), tuple(named)), missing


def _merged(slices: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for lo, hi in sorted(slices):
        if merged and lo <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], hi)
        else:
            merged.append((lo, hi))
    return tuple(merged)
