"""What will happen to an incident: a pure function of who reported it, what, when and where.

History and live traffic ask the same function, so the traffic continues every open incident where the history left
it, knows nothing by heart, and may be restarted at any time.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.calendar.limits import Limits
from data.demo.cases import CALENDAR, HOUR, Bools, Case, DemoClock, Plans
from data.demo.categories import SOURCES
from data.demo.city import DemoCity
from data.demo.draws import Keys, key_of, keys_of, mixed, uniform
from data.demo.timetable import timetable
from data.demo.units import STATION_CATEGORIES
from data.incidents.model import Report
from data.words import MEANS, Means

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Source ids of the demo begin so; nothing else is ever touched.
PREFIX = "demo-"
ZONE = ZoneInfo("Asia/Shanghai")

# Level of resolution 3, 2, 1, 0 by source.
LEVELS = {
    "grid": (0.865, 0.092, 0.033, 0.01),
    "hotline": (0.42, 0.325, 0.155, 0.10),
    "video": (0.46, 0.33, 0.16, 0.05),
    "opinion": (0.22, 0.32, 0.31, 0.15),
    "visits": (0.72, 0.20, 0.06, 0.02),
    "disputes": (0.32, 0.42, 0.18, 0.08),
}
SELF_HANDLED = {"grid": 0.76, "hotline": 0.0, "video": 0.0, "opinion": 0.0, "visits": 0.62, "disputes": 0.30}
# Lateness of a town against the draw of each of its incidents, by level 0 to 3.
LATE_BY_LEVEL = np.array([1.8, 1.6, 0.9, 0.4])
LATE_TOWNS = {"320281400": 0.11, "320281112": 0.075, "320281111": 0.06}


# Of what has no place: share that a dispatcher finds one for.
PLACED_BY_HAND = 0.85
# An order about what was reported before on that day ends in the other's minute and number.
_COPY = re.compile(rf"({PREFIX}\d{{8}})\d{{4}}-\d{{3}}-(\d{{4}}-\d{{3}})")


@dataclass(frozen=True, slots=True)
class Subject:
    """All of an incident that its plan depends on; a report has it, and so has an incident read back.

    `by_hand` says that somebody has placed it, `outside` that its coordinates lie in no grid.
    """

    source: str
    source_id: str
    category: str
    reported_at: datetime
    leaf_code: str | None = None
    grid_code: str | None = None
    by_hand: bool = False
    outside: bool = False

    @classmethod
    def of_report(cls, report: Report, leaf_code: str | None) -> Self:
        """From a report and the leaf it lies in."""
        outside = report.lon is not None and leaf_code is None
        return cls(
            report.source, report.source_id, report.category, report.reported_at, leaf_code, report.grid_code,
            outside=outside,
        )  # fmt: skip

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Self:
        """From an incident as the REST API shows it."""
        grid = document.get("grid")
        return cls(
            source=document["source"],
            source_id=document["source_id"],
            category=document["category"],
            reported_at=datetime.fromisoformat(document["reported_at"]),
            leaf_code=None if grid is None else str(grid).partition(":")[2],
            grid_code=document.get("grid_code_given"),
            by_hand=document.get("placed_by") == "hand",
            outside=grid is None and document.get("lon_given") is not None,
        )

    @property
    def copy_of(self) -> str | None:
        """Source id of the incident that this one reports once more; None for most."""
        return original_of(self.source_id)


def original_of(source_id: str) -> str | None:
    """Source id of the incident that this one of the demo's repeats; None for most, and for others' ids."""
    found = _COPY.fullmatch(source_id)
    return None if found is None else found[1] + found[2]


@dataclass(frozen=True)
class Habits:
    """How categories and towns behave, as arrays; the last town stands for "not known".

    Attributes
    ----------
    categories, towns
        Position by code.
    means
        Shape ``(towns, categories, 3)``: shares of the means.
    late
        Shape ``(towns,)``: share of dispatched incidents handled late.
    due_seconds, due_days
        Shape ``(categories,)``: office time to handle; one of them is 0.
    claim_seconds
        Shape ``(categories,)``: office time to claim.
    at_counter
        Shape ``(categories,)``: dealt with at the counter of the town.
    leaves
        Codes of all leaves in depth-first order.
    slices
        Slice ``(lo, hi)`` of the leaves of each village by code.
    """

    categories: Mapping[str, int]
    towns: Mapping[str, int]
    means: Floats
    late: Floats
    due_seconds: Ints
    due_days: Ints
    claim_seconds: Ints
    at_counter: Bools
    leaves: list[str]
    slices: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, city: DemoCity) -> Self:
        """The habits of a demo city: invented, fixed by its seed."""
        limits, villages = Limits.load(CALENDAR), city.system.levels[-2]
        codes = city.system.levels[0]["code"].tolist()
        tilt = np.array([0.62 + 0.9 * uniform_of(f"service {city.seed} {code}") for code in codes] + [1.0])
        hard = np.array([0.6 + 0.9 * uniform_of(f"enforcement {city.seed} {code}") for code in codes] + [1.0])
        shares = np.array([one.means for one in city.categories])[None] * np.ones((len(codes) + 1, 1, 1))
        # Odds, not shares, differ from town to town: what is always a service stays one.
        shares[:, :, 0] *= tilt[:, None]
        shares[:, :, 2] *= hard[:, None]
        usual = [0.004 + 0.022 * uniform_of(f"late {city.seed} {code}") for code in codes]
        late = [LATE_TOWNS.get(code, share) for code, share in zip(codes, usual, strict=True)]
        return cls(
            categories={one.code: at for at, one in enumerate(city.categories)},
            towns={code: at for at, code in enumerate(codes)},
            means=shares / shares.sum(axis=2, keepdims=True),
            late=np.array([*late, 0.02]),
            due_seconds=np.array([round(one.due_hours * 3600) for one in city.categories], dtype=np.int64),
            due_days=np.array([one.due_days for one in city.categories], dtype=np.int64),
            claim_seconds=np.array([_claim_seconds(limits, one.code) for one in city.categories], dtype=np.int64),
            at_counter=np.array([one.code in STATION_CATEGORIES for one in city.categories]),
            leaves=city.system.leaves["code"].tolist(),
            slices={code: (lo, hi) for code, lo, hi in villages[["code", "lo", "hi"]].itertuples(index=False)},
        )

    @cached_property
    def ordinals(self) -> Mapping[str, int]:
        """Ordinal of each leaf by code."""
        return {code: at for at, code in enumerate(self.leaves)}


# Whether a town holds the power to act: category, means, code of the town, day.
TownMay = Callable[[str, Means, str, date], bool]


def _claim_seconds(limits: Limits, category: str) -> int:
    claim = limits.of(category).claim
    return round((4.0 if claim is None else claim.number) * HOUR)


def uniform_of(text: str) -> float:
    """A draw from [0, 1) that a text decides."""
    return key_of(text) / 2.0**64


def plan(habits: Habits, subjects: Sequence[Subject], seed: int, town_may: TownMay) -> Plans:
    """Plan incidents; each plan depends on its own subject, the seed and the powers only. Empty for none.

    Raises
    ------
    KeyError
        If a source or a category is not one of the demo's.
    """
    keys = keys_of(f"{seed}/{one.source}/{one.source_id}" for one in subjects)
    reported = np.array([int(one.reported_at.timestamp()) for one in subjects], dtype=np.int64)
    category = np.array([habits.categories[one.category] for one in subjects], dtype=np.int64)
    source = np.array([SOURCES.index(one.source) for one in subjects], dtype=np.int64)
    leaf, area, placing = _places(habits, subjects, keys)
    held = np.where(leaf >= 0, 3, [2 if one else 0 for one in area])
    town = np.array([_town(habits, at, one) for at, one in zip(leaf.tolist(), area, strict=True)], dtype=np.int64)
    means, level = _outcome(habits, keys, town, category, source)
    alone = (level == 3) & (means < 2) & ~placing & (leaf >= 0)
    alone &= uniform(keys, 2) < np.array([SELF_HANDLED[name] for name in SOURCES])[source]
    # At the counter of the town, and by those who hold the power; no place is nobody's but the center's.
    level = np.where(habits.at_counter[category] & (means < 2) & ~alone, np.minimum(level, 1), level)
    level = np.minimum(_by_power(habits, subjects, town, means, level, town_may), held)
    case = Case(
        key=keys,
        reported=reported,
        means=means,
        level=level,
        held=held,
        alone=alone,
        sent_up=source == SOURCES.index("grid"),
        climbs=(means == 0) | ((means == 1) & (level >= 2)),
        late=uniform(keys, 4) < habits.late[town] * LATE_BY_LEVEL[level],
        copy=np.array([one.copy_of is not None for one in subjects], dtype=bool),
        outside=np.array([one.outside for one in subjects], dtype=bool),
        placing=placing,
        due_seconds=habits.due_seconds[category],
        due_days=habits.due_days[category],
        claim_seconds=habits.claim_seconds[category],
    )
    times, first_climb, extra_days = timetable(DemoClock.around(reported, ZONE), case)
    return Plans(times, case, first_climb, extra_days, leaf, area, mixed(keys, 70))


def _places(habits: Habits, subjects: Sequence[Subject], keys: Keys) -> tuple[Ints, list[str | None], Bools]:
    """The leaf of each incident, known or to be found; the id of its village where no leaf is; and which are found."""
    finds, draws = uniform(keys, 5) < PLACED_BY_HAND, uniform(keys, 6)
    leaf = np.full(len(subjects), -1, dtype=np.int64)
    area: list[str | None] = [None] * len(subjects)
    placing = np.zeros(len(subjects), dtype=bool)
    for i, one in enumerate(subjects):
        village = habits.slices.get(one.grid_code or "")
        if one.leaf_code is not None:
            leaf[i], placing[i] = habits.ordinals[one.leaf_code], one.by_hand
        elif finds[i] and not one.outside:
            lo, hi = village or (0, len(habits.leaves))
            leaf[i], placing[i] = lo + int(draws[i] * (hi - lo)), True
        elif village is not None:
            area[i] = f"2:{one.grid_code}"
    return leaf, area, placing


def _town(habits: Habits, leaf: int, area: str | None) -> int:
    code = habits.leaves[leaf] if leaf >= 0 else "" if area is None else area.partition(":")[2]
    return habits.towns.get(code[:9], len(habits.towns))


def _outcome(habits: Habits, keys: Keys, town: Ints, category: Ints, source: Ints) -> tuple[Ints, Ints]:
    shares = np.cumsum(habits.means[town, category], axis=1)
    means: Ints = (uniform(keys, 0)[:, None] >= shares[:, :2]).sum(axis=1)
    levels = np.cumsum(np.array([LEVELS[name] for name in SOURCES]), axis=1)[source]
    level = 3 - (uniform(keys, 1)[:, None] >= levels[:, :3]).sum(axis=1)
    # Nobody enforces alone on the spot: the village or the town's team does.
    raised = (means == 2) & (level == 3)
    return means, np.where(raised, np.where(uniform(keys, 3) < 0.35, 2, 1), level)


def _by_power(
    habits: Habits, subjects: Sequence[Subject], town: Ints, means: Ints, level: Ints, town_may: TownMay
) -> Ints:
    """The levels, the city's own where a town does not hold the power that it would take."""
    towns = [*habits.towns, ""]
    settled = level.copy()
    for i in np.flatnonzero((means == 2) & (level >= 1) | (means == 1) & (level == 1)).tolist():
        code, day = towns[town[i]], subjects[i].reported_at.astimezone(ZONE).date()
        if not code or not town_may(subjects[i].category, MEANS[means[i]], code, day):
            settled[i] = 0
    return settled
