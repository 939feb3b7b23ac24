"""Where towns, villages and leaves stand: clusters of clusters of ground points, denser near the seats."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.demo.plane import Field

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GROUND_SPACING_M = 75.0
# How much denser the leaves are at a seat than in the fields, and how far from it the density has halved.
SEAT_DENSITY, SEAT_REACH_M = 11.0, 1500.0
# Towns: size of the cells they grow on, how much and how far their borders wander, and how much size follows villages.
TOWN_CELL_M = 250.0
TOWN_WANDER, TOWN_WANDER_M = 0.36, 2800.0
TOWN_PULL_M = 600.0
LLOYD_ROUNDS = 4
MIN_LEAVES = 2


@dataclass(frozen=True)
class Settlement:
    """One point per leaf, with the village and the town it belongs to.

    Attributes
    ----------
    points
        Shape ``(leaves, 2)``, metres in the plane; no two are equal.
    village
        Shape ``(leaves,)``: running number of the village.
    town_of_village
        Shape ``(villages,)``: number of the town.
    """

    points: Floats
    village: Ints
    town_of_village: Ints


def settle(
    city: shapely.Polygon, seats: Floats, villages: Ints, leaf_count: int, rng: np.random.Generator
) -> Settlement:
    """Grow towns around their seats, villages in towns, leaves in villages.

    Parameters
    ----------
    city
        Outline in the plane.
    seats
        Shape ``(towns, 2)``, metres.
    villages
        Shape ``(towns,)``: how many villages each town has.
    leaf_count
        Leaves of the whole city.
    """
    ground = _ground(city, rng)
    weight = _density(ground, seats, rng)
    town = _grow_towns(ground, seats, villages, rng)
    village = np.empty(len(ground), dtype=np.int64)
    town_of_village = np.repeat(np.arange(len(seats)), villages)
    first = 0
    for t, count in enumerate(villages):
        own = np.flatnonzero(town == t)
        village[own] = first + _clusters(ground[own], weight[own] ** 0.7, int(count), rng)[1]
        first += int(count)
    wanted = _shares(np.bincount(village, weights=weight), leaf_count)
    points, owners = [], []
    for v, count in enumerate(wanted):
        own = np.flatnonzero(village == v)
        centers = _clusters(ground[own], weight[own], int(count), rng)[0]
        points.append(centers)
        owners.append(np.full(len(centers), v))
    return Settlement(
        np.asarray(np.round(np.vstack(points), 2), dtype=np.float64), np.concatenate(owners), town_of_village
    )


def _ground(city: shapely.Polygon, rng: np.random.Generator) -> Floats:
    west, south, east, north = city.bounds
    x, y = np.meshgrid(np.arange(west, east, GROUND_SPACING_M), np.arange(south, north, GROUND_SPACING_M))
    points = np.column_stack([x.ravel(), y.ravel()])
    points += rng.random(points.shape) * GROUND_SPACING_M
    shapely.prepare(city)
    return np.asarray(points[shapely.contains_xy(city, points[:, 0], points[:, 1])])


def _density(ground: Floats, seats: Floats, rng: np.random.Generator) -> Floats:
    weight = np.ones(len(ground))
    for seat in seats:
        ratio = ((ground - seat) ** 2).sum(axis=1) / SEAT_REACH_M**2
        weight += SEAT_DENSITY / (1 + ratio * ratio)
    # Hamlets and factories: patches of denser ground anywhere.
    patches = Field.draw(rng, 1800.0).at(ground)
    return np.asarray(weight * (1 + 1.6 * np.clip(patches, 0, 1) + 0.5 * patches))


def _grow_towns(ground: Floats, seats: Floats, villages: Ints, rng: np.random.Generator) -> Ints:
    """Town of each ground point: the nearest seat, where nearness wanders so that borders are not straight.

    Decided on square cells, so that what wandering cut off from its seat can be found and given to a neighbour.
    """
    cell = np.floor((ground - ground.min(axis=0)) / TOWN_CELL_M).astype(np.int64)
    shape = tuple(cell.max(axis=0) + 1)
    land = np.zeros(shape, dtype=bool)
    land[cell[:, 0], cell[:, 1]] = True
    middle = (np.argwhere(land) + 0.5) * TOWN_CELL_M + ground.min(axis=0)
    # Towns with many villages reach further.
    pull_m = TOWN_PULL_M * (villages / villages.mean() - 1)
    nearness = np.empty((len(seats), len(middle)))
    for t, seat in enumerate(seats):
        distance = np.sqrt(((middle - seat) ** 2).sum(axis=1))
        wander = Field.draw(rng, TOWN_WANDER_M).at(middle)
        # Beside a seat nothing wanders: a seat lies in its own town.
        nearness[t] = distance * (1 + TOWN_WANDER * wander * np.clip(distance / TOWN_WANDER_M, 0, 1)) - pull_m[t]
    town = np.full(shape, -1)
    town[land] = nearness.argmin(axis=0)
    seat_cell = np.floor((seats - ground.min(axis=0)) / TOWN_CELL_M).astype(np.int64)
    return np.asarray(_rejoin(town, seat_cell)[cell[:, 0], cell[:, 1]])


def _rejoin(town: Ints, seat_cell: Ints) -> Ints:
    """Keep of each town what is connected with its seat; the rest joins the town beside it. -1 stays -1."""
    reached = np.where(town < 0, -1, np.full(town.shape, -2))
    reached[seat_cell[:, 0], seat_cell[:, 1]] = town[seat_cell[:, 0], seat_cell[:, 1]]
    for same_town in (True, False):
        while True:
            before = reached.copy()
            for axis, shift in ((0, 1), (0, -1), (1, 1), (1, -1)):
                beside = np.roll(before, shift, axis=axis)
                takes = (reached == -2) & (beside >= 0) & ((beside == town) | (not same_town))
                reached[takes] = beside[takes]
            if (reached == before).all():
                break
    return np.maximum(reached, -1)


def reunite(settlement: Settlement, left: Ints, right: Ints) -> Settlement:
    """Give leaves cut off from their town or village to a village beside them, so that each is one piece.

    `left` and `right` are the leaves on the two sides of each border, -1 = outside. No village loses its last leaf.
    """
    inner = (left >= 0) & (right >= 0)
    pairs = np.vstack([np.column_stack([left, right])[inner], np.column_stack([right, left])[inner]])
    village = settlement.village.copy()
    for by_town in (True, False):
        for _ in range(20):
            group = settlement.town_of_village[village] if by_town else village
            strays = _strays(group, pairs)
            if not strays:
                break
            for leaf in strays:
                beside = np.unique(village[pairs[pairs[:, 0] == leaf, 1]])
                towns = settlement.town_of_village[beside]
                other = (towns != settlement.town_of_village[village[leaf]]) == by_town
                others = beside[other & (beside != village[leaf])]
                if others.size and (village == village[leaf]).sum() > 1:
                    village[leaf] = others[0]
    return Settlement(settlement.points, village, settlement.town_of_village)


def _strays(group: Ints, pairs: Ints) -> list[int]:
    """Leaves that are not connected with the larger part of their group."""
    part = np.arange(len(group))
    inner = pairs[group[pairs[:, 0]] == group[pairs[:, 1]]]
    while True:
        before = part.copy()
        np.minimum.at(part, inner[:, 0], part[inner[:, 1]])
        if (part == before).all():
            break
    size = np.bincount(part, minlength=len(group))
    largest: dict[int, int] = {}
    for g, p in zip(group.tolist(), part.tolist(), strict=True):
        if g not in largest or size[p] > size[largest[g]]:
            largest[g] = p
    return [leaf for leaf, g in enumerate(group.tolist()) if part[leaf] != largest[g]]


def _clusters(points: Floats, weight: Floats, count: int, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Weighted Lloyd relaxation, few rounds so that cells stay uneven; all clusters keep at least one point."""
    chance = np.cumsum(weight)
    picks = np.searchsorted(chance, (np.arange(count) + rng.random(count)) / count * chance[-1])
    # Points come row by row, so equal shares of the running sum are spread over the rows; shuffle within by nearness.
    centers = _spread(points, weight, count, rng, points[picks])
    nearest = np.zeros(len(points), dtype=np.int64)
    for _ in range(LLOYD_ROUNDS):
        nearest = _nearest(points, centers)
        total = np.bincount(nearest, weights=weight, minlength=count)
        alive = total > 0
        for axis in (0, 1):
            moment = np.bincount(nearest, weights=weight * points[:, axis], minlength=count)
            centers[alive, axis] = moment[alive] / total[alive]
    return centers, _nearest(points, centers)


def _spread(points: Floats, weight: Floats, count: int, rng: np.random.Generator, first: Floats) -> Floats:
    """Start centers: each next one is the best of a few weighted draws, far from those before."""
    chance = np.cumsum(weight)
    centers = first.copy()
    for i in range(1, count):
        tries = points[np.searchsorted(chance, rng.random(6) * chance[-1] * (1 - 1e-12))]
        gap = ((tries[:, None, :] - centers[None, :i, :]) ** 2).sum(axis=2).min(axis=1)
        centers[i] = tries[int(gap.argmax())]
    return centers


def _nearest(points: Floats, centers: Floats) -> Ints:
    distance = (points[:, :1] - centers[None, :, 0]) ** 2 + (points[:, 1:] - centers[None, :, 1]) ** 2
    return np.asarray(distance.argmin(axis=1))


def _shares(mass: NDArray[Any], total: int) -> Ints:
    """Whole numbers near `mass`, at least MIN_LEAVES each, that add up to `total` (largest remainders)."""
    ideal = MIN_LEAVES + mass / mass.sum() * (total - MIN_LEAVES * len(mass))
    shares: Ints = np.floor(ideal).astype(np.int64)
    missing = total - int(shares.sum())
    shares[np.argsort(-(ideal - shares), kind="stable")[:missing]] += 1
    return shares
