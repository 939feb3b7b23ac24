"""A living city: a few incidents move on, a few are new, and screens ask again; and what that takes in memory."""

import gc
import os
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import histories
from benchmarks.tables import Table, seconds_text
from data.access.scope import Scope
from data.stats.measures.counting import count
from data.stats.measures.measures import MEASURES
from data.stats.measures.question import Question
from data.stats.measures.spans import last_days
from data.stats.mirror import column
from data.stats.mirror.mirror import Mirror, MirrorView
from data.stats.mirror.seconds import from_seconds
from data.stats.picture.past import rows_of

SIZES: Final = tuple(int(float(size)) for size in os.environ.get("REFRESHING_SIZES", "1e6,1e7").split(","))
REFRESHES: Final = 60
MOVED: Final = 10
NEW: Final = 3


def run() -> list[Table]:
    """Measure both ways of keeping columns."""
    rows = []
    for size in SIZES:
        copied = _measured(size, in_blocks=False)
        shared = _measured(size, in_blocks=True)
        rows.append([f"{size:,}", *_texts(copied), *_texts(shared), f"{copied[0] / shared[0]:.0f} ×"])
    return [
        Table(
            "A refresh of the mirror",
            f"{MOVED} incidents change and {NEW} are new; the counters of a month are read after each refresh, while "
            "the previous view is held. Memory is the peak allocated after the columns were built.",
            ["incidents", "columns copied", "memory", "**ours**, in blocks", "memory", "ratio"],
            rows,
        )
    ]


def _texts(measured: tuple[float, float]) -> tuple[str, str]:
    return seconds_text(measured[0]), f"{measured[1] / 2**20:,.0f} MiB"


def _measured(size: int, *, in_blocks: bool) -> tuple[float, float]:
    """Median seconds of a refresh, and most bytes taken beside the columns."""
    before, column.MANY_BYTES = column.MANY_BYTES, column.MANY_BYTES if in_blocks else 1 << 62
    try:
        view = histories.view_of(size)
        columns, words = dict(view.columns), view.words
        del view
        mirror = Mirror(histories.LEAF_COUNT)
        mirror.restore(size, columns, words)
        return _refreshed(mirror, np.random.default_rng(3))
    finally:
        column.MANY_BYTES = before


def _refreshed(mirror: Mirror, rng: np.random.Generator) -> tuple[float, float]:
    view = mirror.view()
    _ask(view)
    gc.collect()
    begin, most, took = _available_bytes(), 0.0, []
    for number in range(REFRESHES):
        changes = _changes(view, rng, histories.NOW_S - REFRESHES + number)
        start = time.perf_counter()
        mirror.apply(view.seq + 1, changes)
        took.append(time.perf_counter() - start)
        held, view = view, mirror.view()
        _ask(view)
        most = max(most, begin - _available_bytes())
        del held
    return float(np.median(took)), most


def _changes(view: MirrorView, rng: np.random.Generator, now_s: int) -> dict[str, Any]:
    """Some of what is open is handled now, and some more is reported."""
    moved = rows_of(view, np.sort(rng.choice(view.zones.open, MOVED, replace=False)))
    for name in ("claimed_at", "handled_at", "last_at", "recorded_at"):
        moved[name] = np.full(MOVED, now_s, np.int32)
    added = rows_of(view, np.arange(len(view) - NEW, len(view)))
    added["id"] = added["id"] + NEW
    added["reported_at"] = added["last_at"] = added["recorded_at"] = np.full(NEW, now_s, np.int32)
    return {name: np.concatenate([values, added[name]]) for name, values in moved.items()}


def _ask(view: MirrorView) -> None:
    now = from_seconds(histories.NOW_S)
    question = Question(now, *last_days(now, 30), Scope.city(view.leaf_count))
    count(view, moment=now, since=question.since, until=question.until, scope=question.scope, measures=MEASURES)


def _available_bytes() -> float:
    lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    return next(float(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
