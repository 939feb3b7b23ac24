"""The door of positions: what is kept of where devices say they were, and what is not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from data.positions.errors import PositionInvalid
from data.positions.tables import Position, save_positions
from data.positions.tracking import Tracking

if TYPE_CHECKING:
    from data.calendar.work_calendar import WorkCalendar
    from data.registers.directory import Directory
    from data.store.connection import Store
    from geo.index import GridIndex

_SHOWN_CHARS: Final = 100


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a device says that it was, and who carries it.

    Attributes
    ----------
    device
        Its code, unique in the city.
    person
        Id in the roster, not looked up yet.
    at
        UTC.
    lon, lat
        WGS 84 degrees.
    """

    device: str
    person: str
    at: datetime
    lon: float
    lat: float


@dataclass(slots=True)
class Taken:
    """What became of sightings.

    Attributes
    ----------
    stored
        Kept.
    known
        Of a device and a moment that were kept before.
    off_duty
        Nothing of them is kept: the person was not on duty.
    refused
        Those that cannot be, by their place in the list, and why.
    """

    stored: int = 0
    known: int = 0
    off_duty: int = 0
    refused: list[tuple[int, PositionInvalid]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PositionIntake:
    """Keeps sightings of people on duty, and of nobody else.

    Attributes
    ----------
    store
        Where positions are kept.
    index
        The city's grids: what lies in none of them is no place of duty.
    calendar
        Office hours, for duties without hours of their own.
    """

    store: "Store"
    index: "GridIndex"
    calendar: "WorkCalendar"

    def keep(self, sightings: Sequence[Sighting], directory: "Directory") -> Taken:
        """Keep what lies within hours of duty; all in one transaction.

        Raises
        ------
        DatabaseUnavailable, DatabaseBusy
            Nothing was kept: send all again, what is kept is known.
        """
        taken = Taken()
        tracking = Tracking(directory, self.calendar)
        leaves = self.index.assign(np.array([one.lon for one in sightings]), np.array([one.lat for one in sightings]))
        kept: list[Position] = []
        for number, (one, leaf) in enumerate(zip(sightings, leaves.tolist(), strict=True)):
            # Nothing is told of the place of somebody who is not on duty, not even that it cannot be.
            if one.person not in directory.persons:
                refused = refused_position("person", one.person, "is not in the roster in force")
                taken.refused.append((number, refused))
            elif (duty := tracking.duty_at(one.person, one.at)) is None:
                taken.off_duty += 1
            elif leaf < 0:
                refused = refused_position("lon, lat", f"{one.lon}, {one.lat}", "lies in no grid of the city")
                taken.refused.append((number, refused))
            else:
                place = duty.post, duty.grid, duty.unit
                kept.append(Position(one.at, one.device, one.lon, one.lat, one.person, *place))
        taken.stored = save_positions(self.store, kept)
        taken.known = len(kept) - taken.stored
        return taken


def refused_position(name: str, value: str, reason: str) -> PositionInvalid:
    """The error that says which value of a position is wrong, and why; the value is cut."""
    shown = value if len(value) <= _SHOWN_CHARS else value[: _SHOWN_CHARS - 1] + "…"
    return PositionInvalid(f"{name} {shown!r}: {reason}", field=name, value=shown, reason=reason)
