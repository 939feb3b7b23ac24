"""The reports of a day: a pure function of the city, the day and the rate, so that no report is ever made twice.

History takes whole days of it, the live traffic the minutes that have passed since it last looked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.demo.categories import SOURCES
from data.demo.city import DemoCity
from data.demo.places import Places
from data.demo.plan import PREFIX, ZONE
from data.demo.rhythm import MINUTES, Spike, minute_rates, spike_of
from data.demo.texts import address, title
from data.incidents.model import Report
from data.words import CoordinateSystem
from geo.crs import from_wgs84

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Without coordinates, by source: who telephones tells an address, at best. With coordinates outside the city, of all.
WITHOUT_POINT = {"hotline": 0.10, "opinion": 0.16, "visits": 0.02, "disputes": 0.05, "grid": 0.006, "video": 0.002}
OUTSIDE = 0.002
# Of those without: the leaf is known, the village is known; of the rest nothing is.
LEAF_KNOWN, VILLAGE_KNOWN = 0.4, 0.4
# Share of the hotline's orders that somebody telephones about once more, and after how many seconds.
REPEATED, REPEATED_WITHIN_S = 0.05, (600, 3 * 3600)
# Sources that speak Chinese map coordinates.
OFFSET_SOURCES = ("hotline", "opinion")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report and the leaf it really lies in: -1 where its report does not tell."""

    report: Report
    leaf: int


@dataclass(frozen=True)
class _Day:
    """Draws of a day's incidents in order of time; arrays of shape ``(n,)``.

    `original` is the position of the incident that one repeats, -1 for most; `number` counts within the minute.
    """

    second: Ints
    number: Ints
    original: Ints
    category: Ints
    source: Ints
    leaf: Ints
    point: Floats
    given: Floats
    draw: Ints


@dataclass(frozen=True)
class Arrivals:
    """The stream of reports of a demo city, `per_day` on a usual day."""

    city: DemoCity
    per_day: float

    @cached_property
    def _places(self) -> Places:
        return Places(self.city)

    @cached_property
    def _names(self) -> tuple[list[str], list[str], list[str]]:
        leaves, villages = self.city.system.leaves, self.city.system.levels[-2]
        village = villages.set_index("code")["name"].to_dict()
        return leaves["code"].tolist(), leaves["parent"].tolist(), [village[code] for code in leaves["parent"]]

    def between(self, after: datetime, until: datetime) -> Iterator[list[Arrival]]:
        """Arrivals with ``after < reported_at <= until``, in order of time, one list for each local day."""
        day, last = after.astimezone(ZONE).date(), until.astimezone(ZONE).date()
        while day <= last:
            yield [one for one in self.of_day(day) if after < one.report.reported_at <= until]
            day += timedelta(days=1)

    def of_day(self, day: date) -> list[Arrival]:
        """All arrivals of a local day, in order of time."""
        drawn = self._draw(day)
        leaf_code, village_code, village_name = self._names
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
        stamp, categories = f"{PREFIX}{day:%Y%m%d}", self.city.categories
        offset = _offset_points(drawn)
        rows = zip(
            drawn.second.tolist(), drawn.number.tolist(), drawn.category.tolist(), drawn.source.tolist(),
            drawn.leaf.tolist(), drawn.given.tolist(), drawn.draw.tolist(), offset.tolist(), drawn.original.tolist(),
            strict=True,
        )  # fmt: skip
        own = [_own_number(at, number) for at, number in zip(drawn.second.tolist(), drawn.number.tolist(), strict=True)]
        found = []
        for second, number, category, source, leaf, given, draw, (lon, lat), original in rows:
            kind = categories[category]
            at = midnight + timedelta(seconds=second)
            report = Report(
                source=SOURCES[source],
                source_id=stamp + _own_number(second, number) + (f"-{own[original]}" if original >= 0 else ""),
                category=kind.code,
                reported_at=at,
                occurred_at=at - timedelta(seconds=draw % 5400) if draw % 10 < 7 else None,
                lon=lon,
                lat=lat,
                coordinate_system=_system_of(SOURCES[source]),
                address=address(village_name[leaf], draw >> 8),
                title=title(kind.code, kind.name_zh, draw >> 4),
            )
            if given < WITHOUT_POINT[SOURCES[source]] + OUTSIDE:
                found.append(_dirty(report, leaf, given, leaf_code[leaf], village_code[leaf]))
            else:
                found.append(Arrival(report, leaf))
        return found

    def _draw(self, day: date) -> _Day:
        seed, towns = self.city.seed, len(self.city.system.levels[0])
        rng = np.random.default_rng([seed, day.toordinal(), round(self.per_day * 1000)])
        spike = spike_of(day, towns, seed)
        counts = rng.poisson(minute_rates(day, self.per_day, seed))
        burst = np.zeros(MINUTES)
        burst[spike.first : spike.last] = spike.share * self.per_day / (spike.last - spike.first)
        extra = rng.poisson(burst)
        minute = np.concatenate([np.repeat(np.arange(MINUTES), counts), np.repeat(np.arange(MINUTES), extra)])
        second = minute * 60 + rng.integers(0, 60, len(minute))
        of_spike = np.arange(len(minute)) >= counts.sum()
        order = np.argsort(second, kind="stable")
        second, of_spike = second[order], of_spike[order]
        category = self._categories(of_spike, spike, rng)
        leaf = self._places.leaves(category, rng.random(len(second)), np.where(of_spike, spike.town, -1))
        given = rng.random(len(second))
        source = self._sources(category, rng)
        without = np.array([WITHOUT_POINT[name] for name in SOURCES])[source]
        point = self._places.points(leaf, rng)
        outside = (given >= without) & (given < without + OUTSIDE)
        point[outside] = self._places.points_outside(int(outside.sum()), rng)
        clean = given >= without + OUTSIDE
        draw = rng.integers(0, 2**31, len(second))
        alone = np.full(len(second), -1)
        return _with_repeats(_Day(second, alone, alone, category, source, leaf, point, given, draw), clean, rng)

    def _categories(self, of_spike: NDArray[np.bool_], spike: Spike, rng: np.random.Generator) -> Ints:
        codes = [one.code for one in self.city.categories]
        weight = np.cumsum([one.weight for one in self.city.categories])
        usual = np.searchsorted(weight, rng.random(len(of_spike)) * weight[-1], side="right")
        return np.where(of_spike, codes.index(spike.category), np.minimum(usual, len(codes) - 1))

    def _sources(self, category: Ints, rng: np.random.Generator) -> Ints:
        shares = np.cumsum(np.array([one.sources for one in self.city.categories]), axis=1)
        return np.asarray((rng.random(len(category))[:, None] >= shares[category, :-1]).sum(axis=1))


def _own_number(second: int, number: int) -> str:
    """What makes a source id unique within its day: the minute, and the number within it."""
    minute = second // 60
    return f"{minute // 60:02d}{minute % 60:02d}-{number:03d}"


def _with_repeats(day: _Day, clean: NDArray[np.bool_], rng: np.random.Generator) -> _Day:
    """The day with orders of the hotline that repeat an earlier one, all in order of time, and numbered."""
    repeated = clean & (day.source == SOURCES.index("hotline")) & (rng.random(len(clean)) < REPEATED)
    later = day.second + rng.integers(*REPEATED_WITHIN_S, len(clean))
    again = np.flatnonzero(repeated & (later < MINUTES * 60))
    row = np.concatenate([np.arange(len(clean)), again])
    second = np.concatenate([day.second, later[again]])
    order = np.argsort(second, kind="stable")
    row, second, is_copy = row[order], second[order], order >= len(clean)
    # Where each one of the day stands now.
    place = np.empty(len(clean), dtype=np.int64)
    place[row[~is_copy]] = np.flatnonzero(~is_copy)
    return _Day(
        second=second,
        number=np.arange(len(second)) - np.searchsorted(second // 60, second // 60, side="left"),
        original=np.where(is_copy, place[row], -1),
        category=day.category[row],
        source=day.source[row],
        leaf=day.leaf[row],
        # The same address, so the same point.
        point=day.point[row],
        given=day.given[row],
        draw=day.draw[row],
    )


def _offset_points(day: _Day) -> Floats:
    """The points as each source gives them."""
    given = day.point.copy()
    chinese = np.isin(day.source, [SOURCES.index(source) for source in OFFSET_SOURCES])
    lon, lat = from_wgs84(day.point[chinese, 0], day.point[chinese, 1], target="gcj02")
    given[chinese] = np.round(np.column_stack([lon, lat]), 7)
    return given


def _system_of(source: str) -> CoordinateSystem:
    return "gcj02" if source in OFFSET_SOURCES else "wgs84"


def _dirty(report: Report, leaf: int, given: float, leaf_code: str, village_code: str) -> Arrival:
    """Reports as they also come: without coordinates, or with some outside the city."""
    share = WITHOUT_POINT[report.source]
    if given >= share:
        return Arrival(replace(report, address=""), -1)
    without = replace(report, lon=None, lat=None, coordinate_system="wgs84")
    if given < share * LEAF_KNOWN:
        return Arrival(replace(without, grid_code=leaf_code), leaf)
    if given < share * (LEAF_KNOWN + VILLAGE_KNOWN):
        return Arrival(replace(without, grid_code=village_code), -1)
    return Arrival(replace(without, address=""), -1)
