"""The documents of the layers that count reports: hexagons and density, live and as of any moment of the past."""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from dashboard.center.assessing import assessment_of
from dashboard.center.made_once import MadeOnce
from dashboard.center.services import Services
from dashboard.live.past import WINDOW_S
from data.access.scope import Scope
from data.stats.measures.question import Question
from data.stats.measures.spans import last_days
from data.stats.mirror.mirror import MirrorView
from data.stats.mirror.seconds import from_seconds, to_seconds
from data.stats.picture.hex_counts import (
    CITY_RESOLUTION,
    GRID_RESOLUTION,
    DensityPoints,
    HexCounts,
    density_points,
    hex_counts,
)
from data.stats.picture.past import Knowledge
from geo.hexes import clipped_shapes

# Scales of so many questions are remembered, so that colours do not jump.
_MOST_SCALES: Final = 500
_DECIMALS: Final = 5

Counted = TypeVar("Counted", HexCounts, DensityPoints)


@dataclass(frozen=True, slots=True)
class AskedReports:
    """Which reports a layer is to show.

    Attributes
    ----------
    scope
        Narrowed to `within` already.
    within
        Id of the grid in view; None is the whole city.
    days
        Those of the last so many times 24 hours.
    moment
        None is now.
    known
        As known when; of a past moment only.
    categories, sources
        Only these; None is all.
    """

    scope: Scope
    within: str | None = None
    days: int = 30
    moment: datetime | None = None
    known: Knowledge = "now"
    categories: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None

    @property
    def resolution(self) -> int:
        """Of the hexagons: small ones where a grid fills the map."""
        return CITY_RESOLUTION if self.within is None else GRID_RESOLUTION


class ReportLayers:
    """Makes the documents; several threads may ask at once.

    Parameters
    ----------
    services
        The city's; `NoEdition` is raised where it has none.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._system = services.edition.system
        self._rules = assessment_of(services.settings).rules
        self._shapes: dict[int, dict[str, Any] | None] = {}
        self._scales: OrderedDict[tuple[Any, ...], list[float]] = OrderedDict()
        self._remembering = threading.Lock()

    def hexes(self, asked: AskedReports) -> dict[str, Any]:
        """The reports per hexagon.

        Returns
        -------
        JSON-able: ``moment, known, within, days`` as asked; ``resolution``, ``breaks``; ``count`` of all reports,
        ``outside`` and ``missing`` of those in no hexagon; ``geojson``, a feature for each hexagon with its cell as
        ``id``, its number ``n`` and its class ``c``.

        Raises
        ------
        QueryInvalid
            A moment that has not come yet.
        DatabaseUnavailable, DatabaseBusy, LogBroken
            The log of a past moment could not be read.
        """
        found, said = self._counted("hexes", asked, hex_counts)
        self._shape(found.cells)
        features = [
            {"type": "Feature", "id": f"{cell:x}", "properties": {"n": n, "c": step}, "geometry": self._shapes[cell]}
            for cell, n, step in zip(found.cells.tolist(), found.counts.tolist(), found.classes, strict=True)
        ]
        return said | {"count": found.total, "geojson": {"type": "FeatureCollection", "features": features}}

    def density(self, asked: AskedReports) -> dict[str, Any]:
        """The reports as weighted points ``lon``, ``lat``, ``weight``; ``breaks`` are reports per km²; else as `hexes`.

        The points are centres of cells, and not many: no place of a single report, and nothing else of it.
        """
        found, said = self._counted("density", asked, density_points)
        count = int(found.weights.sum()) + found.outside + found.missing
        points = {"lon": found.lon.tolist(), "lat": found.lat.tolist(), "weight": found.weights.tolist()}
        return said | {"count": count, **points}

    def _counted(
        self, layer: str, asked: AskedReports, count: Callable[..., Counted]
    ) -> tuple[Counted, dict[str, Any]]:
        """The counts, on the scale they go on with, and what every document says of them.

        Live, that is the scale of the picture before. Colours of the past follow from its window alone, whoever looks
        first: it goes on with the scale of the window's begin.
        """
        now = datetime.now(self._services.settings.zone)
        moment = asked.moment or now
        window = None if asked.moment is None else to_seconds(moment) // WINDOW_S
        known = None if window is None else asked.known
        key = (
            layer,
            asked.scope.anonymous,
            asked.resolution,
            asked.days,
            asked.categories,
            asked.sources,
            window,
            known,
        )
        scale = self._scales.get(key)
        if window is not None and scale is None:
            scale = count(*self._asked(asked, from_seconds(window * WINDOW_S)), asked.resolution).breaks
        view, question = self._asked(asked, moment)
        found = count(view, question, asked.resolution, scale)
        self._remember(key, found.breaks if window is None or scale is None else scale)
        return found, {
            "moment": moment.astimezone(now.tzinfo).isoformat(timespec="seconds"),
            "known": known,
            "within": asked.within,
            "days": asked.days,
            "resolution": found.resolution,
            "breaks": found.breaks,
            "outside": found.outside,
            "missing": found.missing,
        }

    def _asked(self, asked: AskedReports, moment: datetime) -> tuple[MirrorView, Question]:
        span = last_days(moment, asked.days)
        question = Question(moment, *span, asked.scope, asked.categories, asked.sources, rules=self._rules)
        if asked.moment is None:
            return self._services.mirror.view(), question
        return self._services.past.view(moment, asked.known, question.since), question

    def _remember(self, key: tuple[Any, ...], scale: list[float]) -> None:
        with self._remembering:
            self._scales[key] = scale
            self._scales.move_to_end(key)
            while len(self._scales) > _MOST_SCALES:
                self._scales.popitem(last=False)

    def _shape(self, cells: NDArray[np.uint64]) -> None:
        """Make the shapes of cells that were not shown before: cut at the city's outline, five decimals."""
        new = np.array([cell for cell in cells.tolist() if cell not in self._shapes], dtype=np.uint64)
        if not len(new):
            return
        cut = shapely.transform(clipped_shapes(new, self._system), lambda xy: np.round(xy, _DECIMALS))
        for cell, shape in zip(new.tolist(), shapely.to_geojson(cut).tolist(), strict=True):
            self._shapes[cell] = json.loads(shape)


_layers = MadeOnce(ReportLayers)


def report_layers(services: Services) -> ReportLayers:
    """What makes the documents of these services; made once.

    Raises
    ------
    NoEdition
        There is no grid system yet.
    """
    return _layers.of(services)
