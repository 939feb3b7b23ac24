"""When incidents are reported: by the hour, by the weekday, with a noise from day to day and a spike now and then."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.demo.draws import key_of

Floats = NDArray[np.float64]

TABLE = Path(__file__).parent / "rhythm.csv"
MINUTES = 1440
DAY_NOISE = 0.05
# What a spike may be about: categories that do come in bursts.
SPIKES = ("0102", "0406", "0404", "0402", "0504", "0505", "0507", "0302", "H16", "H09", "0103", "H07")
SPIKE_SHARE = (0.018, 0.045)


@dataclass(frozen=True, slots=True)
class Spike:
    """A town and category far above usual for some hours of a day.

    Attributes
    ----------
    town
        Position of the town.
    category
        Category code.
    first, last
        Minutes of the day.
    share
        Incidents besides the usual, as a share of the city's day.
    """

    town: int
    category: str
    first: int
    last: int
    share: float


@lru_cache(maxsize=1)
def _table() -> tuple[Floats, Floats]:
    with TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    hours = np.array([float(row["weight"]) for row in rows if row["kind"] == "hour"])
    weekdays = np.array([float(row["weight"]) for row in rows if row["kind"] == "weekday"])
    return hours / hours.sum(), weekdays / weekdays.mean()


def minute_rates(day: date, per_day: float, seed: int) -> Floats:
    """Expected incidents in each minute of a day, shape ``(1440,)``."""
    hours, weekdays = _table()
    middle = np.arange(24) * 60.0 + 30
    around = np.concatenate([[middle[-1] - MINUTES], middle, [middle[0] + MINUTES]])
    smooth = np.interp(np.arange(MINUTES) + 0.5, around, np.concatenate([hours[-1:], hours, hours[:1]]))
    noise = 1 + DAY_NOISE * (2 * key_of(f"day {seed} {day}") / 2.0**64 - 1)
    return np.asarray(smooth / smooth.sum() * per_day * weekdays[day.weekday()] * noise)


def spike_of(day: date, towns: int, seed: int) -> Spike:
    """The spike of a day: every day has one somewhere, from hardly visible to striking."""
    key = key_of(f"spike {seed} {day}")
    first = 7 * 60 + key // 2 % 300
    size = (key >> 40) / 2.0**24
    return Spike(
        town=int(key % towns),
        category=SPIKES[(key >> 12) % len(SPIKES)],
        first=first,
        last=first + 150 + (key >> 20) % 240,
        share=SPIKE_SHARE[0] + (SPIKE_SHARE[1] - SPIKE_SHARE[0]) * size,
    )
