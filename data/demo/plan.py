"""What will happen to an incident: a pure function of who reported it, what, when and where.

History and live traffic ask the same function, so the traffic continues every open incident where the history left
it, knows nothing by heart, and may be restarted at any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.demo.categories import SOURCES
from data.demo.city import DemoCity
from data.demo.draws import Keys, key_of, keys_of, uniform
from data.demo.timetable import Case, Clock, Plans, timetable
from data.incidents.model import Report

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


@dataclass(frozen=True, slots=True)
class Subject:
    """All of an incident that its plan depends on; a report has it, and so has an incident read back."""

    source: str
    source_id: str
    category: str
    reported_at: datetime
    leaf_code: str | None = None
    grid_code: str | None = None

    @classmethod
    def of_report(cls, report: Report, leaf_code: str | None) -> Self:
        """From a report and the leaf it lies in."""
        return cls(
            report.source, report.source_id, report.category, report.reported_at, leaf_code, report.grid_code
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
        )

    @property
    def code(self) -> str:
        """The finest known grid code, or ""."""
        return self.leaf_code or self.grid_code or ""


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
    """

    categories: Mapping[str, int]
    towns: Mapping[str, int]
    means: Floats
    late: Floats
    due_seconds: Ints
    due_days: Ints

    @classmethod
    def of(cls, city: DemoCity) -> Self:
        """The habits of a demo city: invented, fixed by its seed."""
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
        )


def uniform_of(text: str) -> float:
    """A draw from [0, 1) that a text decides."""
    return key_of(text) / 2.0**64


def plan(habits: Habits, subjects: Sequence[Subject], seed: int) -> Plans:
    """Plan incidents; each plan depends on its own subject and the seed only. Empty for none.

    Raises
    ------
    KeyError
        If a source or a category is not one of the demo's.
    """
    keys = keys_of(f"{seed}/{one.source}/{one.source_id}" for one in subjects)
    reported = np.array([int(one.reported_at.timestamp()) for one in subjects], dtype=np.int64)
    unknown = len(habits.towns)
    town = np.array([habits.towns.get(one.code[:9], unknown) for one in subjects], dtype=np.int64)
    category = np.array([habits.categories[one.category] for one in subjects], dtype=np.int64)
    source = np.array([SOURCES.index(one.source) for one in subjects], dtype=np.int64)
    means, level = _outcome(habits, keys, town, category, source)
    spot = level == 3
    alone = spot & (means < 2) & (uniform(keys, 2) < np.array([SELF_HANDLED[name] for name in SOURCES])[source])
    clock = Clock.around(reported, ZONE)
    case = Case(
        key=keys,
        reported=reported,
        level=level,
        alone=alone,
        sent_up=source == SOURCES.index("grid"),
        late=uniform(keys, 4) < habits.late[town] * LATE_BY_LEVEL[level],
        due_seconds=habits.due_seconds[category],
        due_days=habits.due_days[category],
    )
    return timetable(clock, case, means)


def _outcome(habits: Habits, keys: Keys, town: Ints, category: Ints, source: Ints) -> tuple[Ints, Ints]:
    shares = np.cumsum(habits.means[town, category], axis=1)
    means: Ints = (uniform(keys, 0)[:, None] >= shares[:, :2]).sum(axis=1)
    levels = np.cumsum(np.array([LEVELS[name] for name in SOURCES]), axis=1)[source]
    level = 3 - (uniform(keys, 1)[:, None] >= levels[:, :3]).sum(axis=1)
    # Nobody enforces alone on the spot: the village or the town's team does.
    raised = (means == 2) & (level == 3)
    level = np.where(raised, np.where(uniform(keys, 3) < 0.35, 2, 1), level)
    return means, np.where(town == len(habits.towns), np.minimum(level, 1), level)
