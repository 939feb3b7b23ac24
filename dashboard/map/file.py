"""The map as a file of its own: what the page draws, in one HTML document that opens anywhere without a network."""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from dashboard.center.services import Services
from dashboard.map.cached import Cached
from dashboard.map.shapes import grid_entries, shapes_of
from dashboard.words.texts import text
from data.access.scope import Scope
from data.settings import Language
from data.stats.measures.kpis import kpi as kpi_of
from data.stats.picture.key import PictureKey
from data.stats.picture.past import Knowledge
from geo.display import DETAILS
from geo.grids import Grid, GridSystem
from layers import LAYERS, THEMES, MapView, Theme
from layers.folium_map import folium_map

GROUND: Final = "choropleth"
# Those always drawn on the page as well.
_ALWAYS: Final = ("borders", "points", "labels")


@dataclass(frozen=True, slots=True)
class AskedMap:
    """Which map is to be written.

    Attributes
    ----------
    scope
        Narrowed to `within` already.
    within
        Id of the grid in view; None is the whole city.
    level, kpi
        What is coloured, and by which number.
    layers
        Keys of those that are switched on; a ground among them takes the place of the colours.
    moment, known
        Which moment, and what is known of it.
    """

    scope: Scope
    within: str | None
    level: int
    kpi: str
    layers: Sequence[str]
    moment: datetime
    known: Knowledge
    language: Language
    theme: Theme

    def detail(self, system: GridSystem) -> int:
        """How finely outlines are drawn: the deeper the grid in view, the finer."""
        depth = 0 if self.within is None else system.find(self.within).level
        return min(DETAILS[-1], DETAILS[0] + depth)


LayerDocuments: TypeAlias = Mapping[str, Callable[[Services, AskedMap], Any]]


def map_file(services: Services, asked: AskedMap, layer_documents: LayerDocuments) -> str:
    """Draw the map of a moment.

    Parameters
    ----------
    layer_documents
        Makes the document of each layer that can be switched on, by its key.

    Returns
    -------
    A whole HTML document, to be written as UTF-8.

    Raises
    ------
    GridUnknown, QueryInvalid
        There is no such grid, level, KPI or moment.
    DatabaseUnavailable, DatabaseBusy, LogBroken
        The log could not be read.
    """
    made = _Documents(services, asked, layer_documents)
    switched_on = [layer.key for layer in LAYERS if layer.choice is not None and layer.key in asked.layers]
    covered = any(layer.choice.place == "ground" for layer in LAYERS if layer.choice and layer.key in switched_on)
    keys = [*switched_on, *_ALWAYS, *([] if covered else [GROUND])]
    documents = {key: made.of(key) for key in keys}
    names = {key: _name(key, documents, asked.language) for key in switched_on}
    if not covered:
        names[GROUND] = kpi_name(asked.kpi, asked.language)
    return folium_map(MapView(THEMES[asked.theme]), LAYERS, documents, title=made.title(), names=names)


def kpi_name(key: str, language: Language) -> str:
    """Name of a KPI with its unit."""
    kpi = kpi_of(key)
    unit = text(f"unit.{kpi.unit}", language)
    return " ".join(part for part in (getattr(kpi, language), unit) if part)


def _name(key: str, documents: Mapping[str, Any], language: Language) -> str:
    days = documents[key].get("days")
    return text(f"layers.{key}", language) if days is None else text(f"layers.unit_{key}", language, days=days)


class _Documents:
    """The documents of one map, each by the key of its layer."""

    def __init__(self, services: Services, asked: AskedMap, layer_documents: LayerDocuments) -> None:
        self._services = services
        self._asked = asked
        self._layer_documents = layer_documents
        self._system = services.edition.system
        self._focus: Grid | None = None if asked.within is None else self._system.find(asked.within)
        self._detail = asked.detail(self._system)
        key = PictureKey(asked.within, asked.level, asked.kpi, asked.scope.anonymous)
        self._picture = services.past.draw(key, asked.moment, asked.known)

    def of(self, key: str) -> Any:
        own: dict[str, Callable[[], Any]] = {
            GROUND: self._grids,
            "borders": self._borders,
            "points": lambda: self._picture["frame"]["points"],
            "labels": self._labels,
        }
        return own[key]() if key in own else self._layer_documents[key](self._services, self._asked)

    def title(self) -> str:
        """City, place and moment."""
        place = [] if self._focus is None else [grid.name for grid in self._system.path(self._focus)]
        moment = self._asked.moment.astimezone(self._services.settings.zone)
        return " · ".join([self._services.edition.city, *place, f"{moment:%Y-%m-%d %H:%M}"])

    def _grids(self) -> dict[str, Any]:
        """The grids in view, each with its number."""
        drawn, shapes = self._picture["map"], self._shapes(self._asked.level)
        seen = [self._in_view(self._asked.level, at) for at in range(len(shapes))]
        chosen = [at for at, is_seen in enumerate(seen) if is_seen]
        return {
            "geojson": {"type": "FeatureCollection", "features": [shapes[at] for at in chosen]},
            "breaks": [_told(value, self._asked.kpi) for value in drawn["breaks"]],
            "values": [_told(drawn["values"][at], self._asked.kpi) for at in chosen],
            "classes": [drawn["classes"][at] for at in chosen],
            "falling": kpi_of(self._asked.kpi).low_is_worse,
        }

    def _borders(self) -> dict[str, Any]:
        roles = {1: "first"} | dict.fromkeys(range(2, self._asked.level), "middle")
        found: dict[str, list[Any]] = {}
        for level, role in roles.items():
            if level < self._asked.level:
                shapes = self._shapes(level)
                seen = [shape for at, shape in enumerate(shapes) if self._in_view(level, at)]
                found.setdefault(role, []).extend(seen)
        if self._focus is not None:
            found["focus"] = [self._shapes(self._focus.level)[self._focus.ordinal]]
        return {role: {"type": "FeatureCollection", "features": features} for role, features in found.items()}

    def _labels(self) -> dict[str, Any]:
        level = 1 if self._focus is None else min(self._focus.level + 1, self._system.depth)
        entries = grid_entries(self._services.edition, level)
        return {"grids": [entry for at, entry in enumerate(entries) if self._in_view(level, at)]}

    def _shapes(self, level: int) -> list[Any]:
        shapes: list[Any] = read_document(shapes_of(self._services).geometry(level, self._detail))["features"]
        return shapes

    def _in_view(self, level: int, at: int) -> bool:
        grid = self._system.grid_at(level, at)
        return self._asked.scope.covers(grid.lo, grid.hi)


def _told(value: float | None, kpi: str) -> float | None:
    """As it is read beside the KPI's unit."""
    if value is None:
        return None
    return round(100 * value, 1) if kpi_of(kpi).unit == "ratio" else round(value, 2)


def read_document(document: Cached) -> Any:
    """A document as it was before it was made ready to be sent."""
    return json.loads(gzip.decompress(document.compressed))
