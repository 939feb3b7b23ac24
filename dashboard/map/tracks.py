"""The documents of the layer of tracks: where devices on duty went, up to a moment."""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dashboard.center.made_once import MadeOnce
from dashboard.center.services import Services
from data.access.scope import Scope
from data.positions.tables import Box, Position, read_positions
from data.registers.directory import Directory
from geo.errors import GridUnknown

DEFAULT_MINUTES: Final = 60
MOST_MINUTES: Final = 24 * 60
# Every screen of a wall asks for the same: so long one answer serves them all.
_FRESH_S: Final = 5.0
_MOST_KEPT: Final = 32
# A device that said nothing for so long went no way that is known.
_SILENT_S: Final = 300
_SILENT_SLOTS: Final = 3
_DECIMALS: Final = 5


@dataclass(frozen=True, slots=True)
class AskedTracks:
    """Which tracks are to be shown.

    Attributes
    ----------
    scope
        Narrowed to `within` already.
    within
        Id of the grid in view; None is the whole city.
    minutes
        Those of the last so many minutes.
    moment
        None is now.
    """

    scope: Scope
    within: str | None = None
    minutes: int = DEFAULT_MINUTES
    moment: datetime | None = None


class TrackDocuments:
    """Makes the documents; several threads may ask at once.

    Parameters
    ----------
    services
        The city's; `NoEdition` is raised where it has none.
    clock_s
        Seconds that only go forward.
    """

    def __init__(self, services: Services, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._bounds = services.edition.system.leaves.geometry.bounds.to_numpy()
        self._clock_s = clock_s
        self._kept: OrderedDict[AskedTracks, tuple[float, bytes]] = OrderedDict()
        self._keeping = threading.Lock()

    def document(self, asked: AskedTracks) -> bytes:
        """The tracks of the devices seen in scope, each thinned to a bounded number of points.

        Returns
        -------
        JSON: ``moment, within, minutes`` as asked; ``kept_days``; ``slot_s``, the width of the slots of time of
        which each has at most one point; ``tracks`` by device: ``code``, ``name`` of the unit or grid of the duty,
        ``post`` and ``lines``, each a list of points ``[lon, lat, seconds before the moment]``, the oldest first. A
        line ends where the device was silent for a while, or outside the scope.

        Raises
        ------
        DatabaseUnavailable, DatabaseBusy
            From the store.
        """
        with self._keeping:
            found = self._kept.get(asked)
        if found is not None and self._clock_s() - found[0] < _FRESH_S:
            return found[1]
        asked_at_s = self._clock_s()
        made = json.dumps(self._document(asked), ensure_ascii=False, separators=(",", ":")).encode()
        with self._keeping:
            self._kept[asked] = asked_at_s, made
            self._kept.move_to_end(asked)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return made

    def _document(self, asked: AskedTracks) -> dict[str, Any]:
        settings = self._services.settings
        now = datetime.now(settings.zone)
        moment = asked.moment or now
        # What may not be kept any more is not shown, whether it is removed yet or not.
        since = max(moment - timedelta(minutes=asked.minutes), now - timedelta(days=settings.track_days))
        scope, whole = asked.scope, asked.scope.covers(0, len(self._bounds))
        positions: Sequence[Position] = ()
        slot_s = 0
        own = self._bounds[scope.mask(np.arange(len(self._bounds)))]
        if len(own) and since < moment:
            read = read_positions(self._services.store, since, moment, box=None if whole else _box(own))
            positions, slot_s = read.positions, read.slot_s
        names = _Names(self._services.desk.directory)
        return {
            "moment": moment.astimezone(settings.zone).isoformat(timespec="seconds"),
            "within": asked.within,
            "minutes": asked.minutes,
            "kept_days": settings.track_days,
            "slot_s": slot_s,
            "tracks": list(tracks_of(positions, self._seen(positions, scope), moment, slot_s, names.of)),
        }

    def _seen(self, positions: Sequence[Position], scope: Scope) -> list[bool]:
        """Which lie in the scope. What lies in no grid is on nobody's map: it is no place of duty."""
        lon, lat = (np.array([getattr(one, name) for one in positions], dtype=float) for name in ("lon", "lat"))
        leaves = self._services.index.assign(lon, lat)
        seen: list[bool] = (scope.mask(leaves) & (leaves >= 0)).tolist()
        return seen


def _box(bounds: NDArray[np.float64]) -> Box:
    """The box around the boxes of some leaves."""
    (west, south), (east, north) = bounds[:, :2].min(axis=0).tolist(), bounds[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def tracks_of(
    positions: Sequence[Position],
    seen: Sequence[bool],
    moment: datetime,
    slot_s: int,
    name_of: Callable[[Position], str],
) -> Iterator[dict[str, Any]]:
    """The tracks of positions that stand by device and time; see `TrackDocuments.document`.

    Parameters
    ----------
    seen
        For each position, whether it may be shown.
    name_of
        What a track is called by its newest position that is shown.
    """
    silent_s = max(_SILENT_S, _SILENT_SLOTS * slot_s)
    together = zip(positions, seen, strict=True)
    for device, own in groupby(together, key=lambda pair: pair[0].device):
        lines: list[list[list[float]]] = []
        newest, before = None, None
        for position, shown in own:
            if not shown:
                before = None
                continue
            point = [round(position.lon, _DECIMALS), round(position.lat, _DECIMALS), _age_s(position, moment)]
            if before is None or (position.at - before.at).total_seconds() > silent_s:
                lines.append([])
            lines[-1].append(point)
            newest = before = position
        if newest is not None:
            yield {"code": device, "name": name_of(newest), "post": newest.post, "lines": lines}


def _age_s(position: Position, moment: datetime) -> int:
    return round((moment - position.at).total_seconds())


class _Names:
    """What the units and grids of duties are called in the registers in force; nobody is called by their own name."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def of(self, position: Position) -> str:
        """The name of the unit or grid; its code or id where the registers do not know it any more."""
        if position.unit:
            unit = self._directory.units.get(position.unit)
            return position.unit if unit is None else unit.name
        try:
            return self._directory.system.find(position.grid).name
        except GridUnknown:
            return position.grid


_documents = MadeOnce(TrackDocuments)


def track_documents(services: Services) -> TrackDocuments:
    """What makes the documents of these services; made once.

    Raises
    ------
    NoEdition
        There is no grid system yet.
    """
    return _documents.of(services)
