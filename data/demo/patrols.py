"""Where the demo city's patrols walk and drive: rounds within their grids, in the hours of duty of who is on them.

Like all of the demo it knows nothing by heart: where a device is follows from the moment.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from data.calendar.duty_hours import DAY_MINUTES, DutyHours
from data.demo.city import DemoCity
from data.demo.draws import key_of
from data.demo.plan import ZONE
from data.demo.registers import build_registers
from data.registers.registers import Registers
from data.registers.roster import Duty
from geo.grids import GridSystem

Floats = NDArray[np.float64]

# A device tells where it is so often, each at a second of its own.
EVERY_S: Final = 120
MEMBERS_PER_TOWN: Final = 2
# Metres a second, and metres of a leg: on foot, and by car.
ON_FOOT: Final = 1.1, 350.0
BY_CAR: Final = 6.0, 2_500.0
LEGS: Final = 40
_LONGEST_STOP_S: Final = 420.0
_TRIES, _CANDIDATES = 4, 8
_METRES_PER_DEGREE: Final = 111_320.0
# Borders are taken more coarsely, by so much at most, and kept off by more: nobody is led out of their grids.
_COARSE_DEGREES, _INSIDE_DEGREES = 0.0002, 0.0004
_DECIMALS: Final = 6


@dataclass(frozen=True)
class Beat:
    """A device, who carries it when, and the round it goes again and again.

    Attributes
    ----------
    device
        Its code.
    carriers
        Id of each person, and the hours in which that person has it.
    offset_s
        Second of the two minutes at which it tells where it is.
    at_s, lon, lat
        The round: when it is where, from 0 to its length; the last place is the first.
    """

    device: str
    carriers: tuple[tuple[str, DutyHours], ...]
    offset_s: int
    at_s: Floats
    lon: Floats
    lat: Floats

    def carrier(self, moment: datetime) -> str | None:
        """Who has it at a moment; None while nobody is on duty."""
        local = moment.astimezone(ZONE)
        minute = local.weekday() * DAY_MINUTES + local.hour * 60 + local.minute
        return next((person for person, hours in self.carriers if hours.holds(minute)), None)

    def places(self, seconds: Floats) -> tuple[list[float], list[float]]:
        """Where it is at seconds since 1970."""
        at = np.mod(seconds, self.at_s[-1])
        lon, lat = (np.interp(at, self.at_s, part).round(_DECIMALS).tolist() for part in (self.lon, self.lat))
        return lon, lat


def build_beats(city: DemoCity, registers: Registers | None = None) -> list[Beat]:
    """A car for every squad and city team, and two grid members of each town on foot."""
    found = registers or build_registers(city)
    beats = []
    teams = {unit.code: unit for unit in found.units if unit.kind in ("squad", "city_team")}
    officers: dict[str, list[Duty]] = {code: [] for code in teams}
    for duty in found.duties:
        if duty.unit in officers and duty.post == "duty_officer":
            officers[duty.unit].append(duty)
    towns = [f"1:{code}" for code in city.system.levels[0]["code"]]
    whole = _area(city.system, towns)
    for code, unit in teams.items():
        area = _area(city.system, unit.grids) if unit.grids else whole
        beats.append(_beat(city.seed, f"{code}-C", officers[code], area, *BY_CAR))
    for duty in _members(city.system, found.duties):
        code = f"WG{duty.grid.split(':')[1]}"
        beats.append(_beat(city.seed, code, [duty], _area(city.system, (duty.grid,)), *ON_FOOT))
    return beats


def positions(beats: Sequence[Beat], since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """What the devices tell after a moment, up to and with another: fields as ``POST /api/v1/positions`` takes them."""
    first, last = since.timestamp(), until.timestamp()
    for beat in beats:
        number = math.floor((first - beat.offset_s) / EVERY_S) + 1
        seconds = np.arange(number * EVERY_S + beat.offset_s, last + 1e-6, EVERY_S, dtype=float)
        for second, lon, lat in zip(seconds.tolist(), *beat.places(seconds), strict=True):
            moment = datetime.fromtimestamp(second, ZONE)
            person = beat.carrier(moment)
            if person is not None:
                yield {"device": beat.device, "person": person, "at": moment.isoformat(), "lon": lon, "lat": lat}


def _members(system: GridSystem, duties: Sequence[Duty]) -> Iterator[Duty]:
    """Members of two leaves of each town, of the first and of the one in the middle."""
    of_leaf = {duty.grid: duty for duty in duties if duty.post == "member"}
    codes = system.leaves["code"].tolist()
    for lo, hi in system.levels[0][["lo", "hi"]].itertuples(index=False):
        manned = [f"{system.depth}:{code}" for code in codes[lo:hi] if f"{system.depth}:{code}" in of_leaf]
        for at in range(MEMBERS_PER_TOWN):
            yield of_leaf[manned[at * len(manned) // MEMBERS_PER_TOWN]]


def _area(system: GridSystem, grids: Sequence[str]) -> Any:
    """The largest piece of some grids, off its border."""
    found = [system.find(grid) for grid in grids]
    shapes = [system.levels[one.level - 1].geometry.iloc[one.ordinal] for one in found]
    shape = shapely.coverage_union_all(shapes).simplify(_COARSE_DEGREES)
    inner = shape.buffer(-_INSIDE_DEGREES)
    largest = max(shapely.get_parts(shape if inner.is_empty else inner), key=shapely.area)
    shapely.prepare(largest)
    return largest


def _beat(seed: int, device: str, duties: Sequence[Duty], area: Any, speed: float, leg_m: float) -> Beat:
    key = key_of(f"patrol {seed} {device}")
    rng = np.random.default_rng(key)
    at_s, lon, lat = _round(rng, area, speed, leg_m)
    carriers = tuple((duty.person, DutyHours.parse(duty.hours)) for duty in duties)
    return Beat(device, carriers, key % EVERY_S, at_s, lon, lat)


def _round(rng: np.random.Generator, area: Any, speed: float, leg_m: float) -> tuple[Floats, Floats, Floats]:
    """A way there and back, or round about where that leads through the area; with stops, as somebody has who looks."""
    base = area.representative_point()
    way = [(base.x, base.y)]
    for _ in range(LEGS):
        way.append(_next(rng, area, way[-1], leg_m))
    home = shapely.covers(area, shapely.linestrings([way[-1], way[0]]))
    way += [way[0]] if home else way[-2::-1]
    lon, lat = np.array(way).T
    across = _METRES_PER_DEGREE * math.cos(math.radians(base.y))
    length_m = np.hypot(np.diff(lon) * across, np.diff(lat) * _METRES_PER_DEGREE)
    stop_s = rng.random(len(length_m)) * _LONGEST_STOP_S
    ends = np.cumsum(length_m / speed + stop_s)
    # Each place twice: when it is reached, and when it is left.
    at_s = np.concatenate([[0.0], np.column_stack([ends - stop_s, ends]).ravel()])
    return at_s, np.concatenate([lon[:1], np.repeat(lon[1:], 2)]), np.concatenate([lat[:1], np.repeat(lat[1:], 2)])


def _next(rng: np.random.Generator, area: Any, at: tuple[float, float], leg_m: float) -> tuple[float, float]:
    """A place that a straight way within the area leads to; this one where none is found."""
    x, y = at
    across = _METRES_PER_DEGREE * math.cos(math.radians(y))
    for _ in range(_TRIES):
        turn = rng.random(_CANDIDATES) * 2 * math.pi
        far = leg_m * (0.4 + 0.6 * rng.random(_CANDIDATES))
        ends = np.column_stack([x + far * np.cos(turn) / across, y + far * np.sin(turn) / _METRES_PER_DEGREE])
        ways = shapely.linestrings(np.stack([np.broadcast_to(at, ends.shape), ends], axis=1))
        fits = np.flatnonzero(shapely.covers(area, ways))
        if fits.size:
            found: list[float] = ends[fits[0]].tolist()
            return found[0], found[1]
        leg_m /= 2
    return at
