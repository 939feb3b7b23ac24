"""The outlines of teams and squads: the grids each is there for, as one shape with its name."""

import json
import threading
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
import shapely

from dashboard.center.services import Services
from dashboard.map.cached import Cached
from data.access.scope import Scope
from data.registers.directory import Directory
from data.registers.units import Unit, UnitKind, cover_of
from geo.display import display_shapes
from geo.dissolve import union
from geo.grids import GridSystem
from geo.measure import Geometries

JSON: Final = "application/json"
# From few that are there for much to many that are there for little.
TEAM_KINDS: Final[tuple[UnitKind, ...]] = ("city_team", "town_team", "squad")
_DECIMALS: Final = 5


class TeamOutlines:
    """Makes the documents of the layer of teams for one directory; several threads may ask at once.

    Parameters
    ----------
    directory
        Its units and grid system.
    """

    def __init__(self, directory: Directory) -> None:
        self._units = directory.units
        self._system: GridSystem = directory.system
        self._leaves: dict[int, Geometries] = {}
        self._made: dict[tuple[Scope, bool, int], Cached] = {}
        self._making = threading.Lock()

    def document(self, scope: Scope, *, whole: bool, detail: int = 1) -> Cached:
        """Teams that are there for some grid in a scope, with the part of their outline that lies in it.

        Where the whole city is in view these are the teams of the coarsest kind that names grids, within one grid the
        squads: of the finest kind. A team that names no grid is there for the whole city, and has no outline to show.

        Parameters
        ----------
        whole
            Whether the whole city is in view.
        detail
            As of `geo.display.display_shapes`: outlines coincide with the borders of grids at the same detail.

        Returns
        -------
        JSON ``{"detail", "outlines": [{"code", "name", "kind", "label": [lon, lat], "geometry": GeoJSON}]}``, in the
        order of the register.
        """
        key = scope.anonymous, whole, detail
        with self._making:
            if key not in self._made:
                self._made[key] = self._document(scope, whole, detail)
            return self._made[key]

    def _document(self, scope: Scope, whole: bool, detail: int) -> Cached:
        found = self._in_scope(scope)
        kinds = [kind for kind in TEAM_KINDS if any(unit.kind == kind for unit, _ in found)]
        shown = kinds[0 if whole else -1] if kinds else None
        teams = [self._team(unit, slices, detail) for unit, slices in found if unit.kind == shown]
        document = {"detail": detail, "outlines": teams}
        return Cached.of(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), JSON)

    def _in_scope(self, scope: Scope) -> list[tuple[Unit, list[tuple[int, int]]]]:
        """Teams that name grids, each with the slices of leaves it has in the scope."""
        found = []
        for unit in self._units.values():
            if unit.kind not in TEAM_KINDS or not unit.grids:
                continue
            cover, _ = cover_of(self._system, unit.grids)
            slices = scope.parts_of(cover.slices)
            if slices:
                found.append((unit, slices))
        return found

    def _team(self, unit: Unit, slices: list[tuple[int, int]], detail: int) -> dict[str, Any]:
        if detail not in self._leaves:
            self._leaves[detail] = display_shapes(self._system, self._system.depth, detail=detail)
        leaves = self._leaves[detail]
        shape = union(np.concatenate([leaves[lo:hi] for lo, hi in slices]))
        largest = max(shapely.get_parts(shape), key=shapely.area)
        label = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest))[0]
        return {
            "code": unit.code,
            "name": unit.name,
            "kind": unit.kind,
            "label": label.round(_DECIMALS).tolist(),
            "geometry": json.loads(shapely.to_geojson(shape)),
        }


_made: WeakKeyDictionary[Directory, TeamOutlines] = WeakKeyDictionary()
_making = threading.Lock()


def team_outlines(services: Services) -> TeamOutlines:
    """What makes the documents for the registers in force; made once for each version of them."""
    directory = services.desk.directory
    with _making:
        if directory not in _made:
            _made[directory] = TeamOutlines(directory)
        return _made[directory]
