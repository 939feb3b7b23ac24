"""Which incidents may be one and the same, and which lie near in place and time: proposed to people, never merged."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shapely import box

from data.incidents.model import State
from data.words import OPEN_STAGES
from geo.measure import metres_per_degree

if TYPE_CHECKING:
    from geo.grids import GridSystem

# Two people who report one heap of rubbish stand this near, and do so within these days.
DUPLICATE_RADIUS_M = 100.0
DUPLICATE_WINDOW = timedelta(days=3)
NEIGHBOUR_RADIUS_M = 500.0
NEIGHBOUR_WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Vicinity:
    """Where and when candidates near an incident are looked for.

    Attributes
    ----------
    edition_id, leaves
        Leaves, of this edition, that may hold them.
    bounds
        West, south, east, north, in degrees, for candidates placed in another edition; None looks for none.
    since, until
        When they were reported.
    category, address
        Those of one category and with one written address are candidates wherever they lie; "" looks for none.
    """

    edition_id: int
    leaves: tuple[int, ...]
    bounds: tuple[float, float, float, float] | None
    since: datetime
    until: datetime
    category: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """An incident near another.

    Attributes
    ----------
    state
        The incident.
    distance_m
        From the other, along the ground; None where one of the two has no position.
    same_category
        Whether both are of one known category.
    """

    state: State
    distance_m: float | None
    same_category: bool


def vicinity_of(state: State, system: "GridSystem") -> Vicinity:
    """Where to look for the neighbours and duplicates of an incident, as it looks in the system's edition."""
    bounds = None
    leaves: tuple[int, ...] = () if state.leaf < 0 else (state.leaf,)
    if state.lon is not None and state.lat is not None:
        east_m, north_m = metres_per_degree(state.lat)
        wide, high = NEIGHBOUR_RADIUS_M / east_m, NEIGHBOUR_RADIUS_M / north_m
        bounds = state.lon - wide, state.lat - high, state.lon + wide, state.lat + high
        touched = system.leaves.sindex.query(box(*bounds)).tolist()
        leaves = tuple(sorted({*leaves, *touched}))
    return Vicinity(
        state.edition_id, leaves, bounds, state.reported_at - NEIGHBOUR_WINDOW, state.reported_at + NEIGHBOUR_WINDOW,
        state.category, state.address,
    )  # fmt: skip


def distance_m(one: State, other: State) -> float | None:
    """Distance between two incidents in metres; None where one has no position.

    Reckoned in the plane that touches half-way between: right to a millimetre over the distances asked here.
    """
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    east_m, north_m = metres_per_degree((one.lat + other.lat) / 2)
    return math.hypot((one.lon - other.lon) * east_m, (one.lat - other.lat) * north_m)


def neighbours(
    of: State,
    others: Iterable[State],
    *,
    radius_m: float = NEIGHBOUR_RADIUS_M,
    window: timedelta = NEIGHBOUR_WINDOW,
    limit: int = 50,
) -> list[Near]:
    """Incidents within a radius and a window of time, whatever their category and stage, nearest first.

    Parameters
    ----------
    of
        The incident; without a position it has no neighbours.
    others
        Candidates; the incident itself and voided ones are left out.
    radius_m, window
        How far in metres, and how long before or after, another was reported.
    limit
        At most so many.
    """
    near = [_near(of, other) for other in others if _another(of, other, window)]
    near = [each for each in near if each.distance_m is not None and each.distance_m <= radius_m]
    return sorted(near, key=lambda each: _order(of, each))[:limit]


def duplicates(
    of: State,
    others: Iterable[State],
    *,
    radius_m: float = DUPLICATE_RADIUS_M,
    window: timedelta = DUPLICATE_WINDOW,
    limit: int = 10,
) -> list[Near]:
    """Open incidents that may be the same as this one: same category, same place, same days; the likeliest first.

    The same place is one within the radius; where a position is missing, the same written address. An incident of
    no known category, or at its end, is the same as none.

    Parameters
    ----------
    of, others, radius_m, window, limit
        See `neighbours`.
    """
    if of.category == "" or of.stage not in OPEN_STAGES:
        return []
    near = [_near(of, other) for other in others if other.stage in OPEN_STAGES and _another(of, other, window)]
    near = [each for each in near if each.same_category and _same_place(of, each, radius_m)]
    return sorted(near, key=lambda each: _order(of, each))[:limit]


def _another(of: State, other: State, window: timedelta) -> bool:
    return other.id != of.id and other.stage != "voided" and abs(other.reported_at - of.reported_at) <= window


def _near(of: State, other: State) -> Near:
    return Near(other, distance_m(of, other), of.category != "" and of.category == other.category)


def _same_place(of: State, near: Near, radius_m: float) -> bool:
    if near.distance_m is not None:
        return near.distance_m <= radius_m
    written = of.address.strip()
    return written != "" and written == near.state.address.strip()


def _order(of: State, near: Near) -> tuple[float, timedelta, int]:
    """Nearest in place, then in time; what has no distance last."""
    far = math.inf if near.distance_m is None else near.distance_m
    return far, abs(near.state.reported_at - of.reported_at), near.state.id
