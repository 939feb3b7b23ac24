"""The map as a file of its own: what the page draws, in one HTML document that opens anywhere without a network."""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dashboard.center.services import Services
from dashboard.map.cached import Cached
from dashboard.map.cameras import camera_marks
from dashboard.map.reports import AskedReports, report_layers
from dashboard.map.shapes import grid_entries, shapes_of
from dashboard.map.teams import team_outlines
from dashboard.map.tracks import AskedTracks, track_documents
from dashboard.words.texts import text
from data.access.scope import Scope
from data.settings import Language
from data.stats.measures.kpis import kpi as kpi_of
from data.stats.picture.key import PictureKey
from data.stats.picture.past import Knowledge
from geo.display import DETAILS
from geo.grids import Grid
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


def map_file(services: Services, asked: AskedMap) -> str:
    """Draw the map of a moment.

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
    made = _Documents(services, asked)
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

    def __init__(self, services: Services, asked: AskedMap) -> None:
        self._services = services
        self._asked = asked
        self._system = services.edition.system
        self._focus: Grid | None = None if asked.within is None else self._system.find(asked.within)
        self._detail = DETAILS[0] if self._focus is None else min(DETAILS[-1], DETAILS[0] + self._focus.level)
        key = PictureKey(asked.within, asked.level, asked.kpi, asked.scope.anonymous)
        self._picture = services.past.draw(key, asked.moment, asked.known)

    def of(self, key: str) -> Any:
        made: dict[str, Callable[[], Any]] = {
            GROUND: self._grids,
            "borders": self._borders,
            "points": lambda: self._picture["frame"]["points"],
            "labels": self._labels,
            "hexes": lambda: report_layers(self._services).hexes(self._reports()),
            "density": lambda: report_layers(self._services).density(self._reports()),
            "teams": self._teams,
            "cameras": lambda: camera_marks(self._services, self._asked.scope, self._asked.moment),
            "tracks": self._tracks,
        }
        return made[key]()

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

    def _teams(self) -> Any:
        outlines = team_outlines(self._services)
        return _read(outlines.document(self._asked.scope, whole=self._focus is None, detail=self._detail))

    def _tracks(self) -> Any:
        asked = AskedTracks(self._asked.scope, self._asked.within, moment=self._asked.moment)
        return json.loads(track_documents(self._services).document(asked))

    def _reports(self) -> AskedReports:
        asked = self._asked
        return AskedReports(asked.scope, asked.within, moment=asked.moment, known=asked.known)

    def _shapes(self, level: int) -> list[Any]:
        shapes: list[Any] = _read(shapes_of(self._services).geometry(level, self._detail))["features"]
        return shapes

    def _in_view(self, level: int, at: int) -> bool:
        grid = self._system.grid_at(level, at)
        return self._asked.scope.covers(grid.lo, grid.hi)


def _told(value: float | None, kpi: str) -> float | None:
    """As it is read beside the KPI's unit."""
    if value is None:
        return None
    return round(100 * value, 1) if kpi_of(kpi).unit == "ratio" else round(value, 2)


def _read(document: Cached) -> Any:
    return json.loads(gzip.decompress(document.compressed))
