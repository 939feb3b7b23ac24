"""Views that hold nothing but reports, and random histories of them."""

from typing import Any

import numpy as np

from data.stats.mirror.mirror import DTYPES, MISSING, TIME_COLUMNS, MirrorView
from data.stats.mirror.seconds import to_seconds
from tests.unit.stats.cities import LEAVES, NOON

NOW_S = to_seconds(NOON)
CATEGORIES = ("garbage", "noise", "parking")
DAY_S = 86_400


def reports_view(
    time_s: Any, leaf: Any, category: Any, lon: Any = np.nan, lat: Any = np.nan, order: Any = None
) -> MirrorView:
    """The mirror of these reports, in this order of rows."""
    count = len(time_s)
    columns: dict[str, np.ndarray] = {name: np.zeros(count, dtype) for name, dtype in DTYPES.items()}
    columns |= {name: np.full(count, MISSING, np.int32) for name in TIME_COLUMNS}
    columns["id"] = np.arange(1, count + 1, dtype=np.int32)
    chosen = np.arange(count) if order is None else order
    given = {"reported_at": time_s, "leaf": leaf, "category": category, "lon": lon, "lat": lat}
    for name, values in given.items():
        columns[name] = np.broadcast_to(np.asarray(values), count)[chosen].astype(DTYPES[name])
    return MirrorView(count, LEAVES, columns, {"category": CATEGORIES, "source": ("grid",), "unit": ("",)})


def poisson_reports(seed: int, per_day: float = 60, days: int = 64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, leaves and categories of reports up to noon: by day ten times as many as by night, leaves not alike."""
    rng = np.random.default_rng(seed)
    hours = np.arange(-days * 24, 0)
    local = (hours + 12) % 24
    weight = np.where((local >= 8) & (local < 20), 10.0, 1.0)
    counts = rng.poisson(per_day * weight / weight[:24].sum())
    time_s = NOW_S + np.repeat(hours, counts) * 3600 + rng.integers(1, 3601, counts.sum())
    busy = np.arange(1, LEAVES + 1) / np.arange(1, LEAVES + 1).sum()
    leaf = rng.choice(LEAVES, len(time_s), p=busy)
    return time_s, leaf, rng.choice(3, len(time_s), p=[0.7, 0.25, 0.05])


def with_more(
    reports: tuple[np.ndarray, np.ndarray, np.ndarray], leaves: Any, category: int, minutes: int = 50
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Some more of a category in the last minutes, one for each of the leaves."""
    time_s, leaf, kinds = reports
    leaves = np.asarray(leaves)
    more_s = NOW_S - np.arange(len(leaves)) * 60 * minutes // max(len(leaves), 1)
    return (
        np.concatenate([time_s, more_s]), np.concatenate([leaf, leaves]),
        np.concatenate([kinds, np.full(len(leaves), category)]),
    )  # fmt: skip
