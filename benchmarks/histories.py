"""Histories of any size in columns, made quickly: what counting is measured on."""

from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.stats.mirror.mirror import DTYPES, FLAGS, MISSING, MirrorView

LEAF_COUNT: Final = 1_557
CATEGORIES: Final = 60
SOURCES: Final = ("grid", "12345", "video")
UNITS: Final = ("", *(f"U{i:02}" for i in range(40)))
DAY_S: Final = 86_400
_PART_ROWS: Final = 5_000_000
# 2026-11-18T12:00:00+08:00 in the mirror's seconds, and four years before it.
NOW_S: Final = 848_289_600
YEARS: Final = 4
SINCE_S: Final = NOW_S - YEARS * 1_461 * DAY_S // 4

_STEPS: Final = ("verified_at", "filed_at", "dispatched_at", "claimed_at", "handled_at", "checked_at", "closed_at")
# Means of the exponential waits before each step, hours.
_WAITS_H: Final = (0.3, 0.5, 1.0, 3.0, 20.0, 5.0, 10.0)


def view_of(count: int, seed: int = 7) -> MirrorView:
    """A mirror of so many incidents, reported over four years, closed within days but for one in a thousand."""
    columns = history(count, seed)
    words = {"category": tuple(f"{i:04}" for i in range(CATEGORIES)), "source": SOURCES, "unit": UNITS}
    return MirrorView(count, LEAF_COUNT, columns, words)


def history(count: int, seed: int = 7) -> dict[str, NDArray[Any]]:
    """The columns of such a mirror."""
    whole: dict[str, NDArray[Any]] = {name: np.empty(count, dtype) for name, dtype in DTYPES.items()}
    # A part at a time, each with its share of the years, so that making it takes little more memory than it has.
    bounds = np.linspace(0, count, -(-count // _PART_ROWS) + 1).astype(np.int64).tolist()
    for part, (start, stop) in enumerate(pairwise(bounds)):
        times = [SINCE_S + int((NOW_S - SINCE_S) * at / count) for at in (start, stop)]
        for name, values in _part(stop - start, times[0], times[1], seed + part).items():
            whole[name][start:stop] = values
    whole["id"][:] = np.arange(1, count + 1)
    return whole


def _part(count: int, since_s: int, until_s: int, seed: int) -> dict[str, NDArray[Any]]:
    rng = np.random.default_rng(seed)
    columns: dict[str, NDArray[Any]] = {}
    reported = np.sort(rng.integers(since_s, until_s, count, dtype=np.int32))
    columns["reported_at"] = reported
    _take_steps(columns, rng, count)
    # Some grids are busier than others; one report in fifty is in no grid.
    leaf = (LEAF_COUNT * rng.random(count, np.float32) ** np.float32(1.5)).astype(np.int32)
    columns["leaf"] = np.where(rng.random(count, np.float32) < 0.02, np.int32(-1), np.minimum(leaf, LEAF_COUNT - 1))
    columns["category"] = rng.integers(0, CATEGORIES, count, dtype=np.int16)
    columns["source"] = rng.integers(0, len(SOURCES), count, dtype=np.int16)
    dispatched = columns["dispatched_at"] != MISSING
    columns["unit"] = np.where(dispatched, rng.integers(1, len(UNITS), count, dtype=np.int8), np.int8(0))
    columns["lon"] = rng.random(count, np.float32) + np.float32(120)
    columns["lat"] = rng.random(count, np.float32) + np.float32(31)
    closed = columns["closed_at"] != MISSING
    columns["stage"] = np.where(closed, np.int8(7), np.int8(4))
    columns["means"] = np.where(closed, rng.integers(0, 3, count, dtype=np.int8), np.int8(-1))
    columns["level"] = np.where(closed, rng.integers(0, 4, count, dtype=np.int8), np.int8(-1))
    columns["flags"] = _flags(rng, columns["leaf"])
    return columns


def _take_steps(columns: dict[str, NDArray[Any]], rng: np.random.Generator, count: int) -> None:
    stuck = rng.random(count, np.float32) < 0.001
    at = columns["reported_at"].astype(np.float32) - np.float32(NOW_S)
    last = columns["reported_at"]
    for step, wait_h in zip(_STEPS, _WAITS_H, strict=True):
        at += rng.exponential(wait_h * 3600, count).astype(np.float32)
        known = (at < 0) & ~(stuck & (step in _STEPS[5:]))
        time = at.astype(np.int32) + np.int32(NOW_S)
        columns[step] = np.where(known, time, np.int32(MISSING))
        last = np.where(known, np.maximum(last, time), last)
    columns["voided_at"] = np.full(count, MISSING, np.int32)
    for name, hours in (("due_claim_at", 8), ("due_at", 72)):
        due = columns["dispatched_at"].astype(np.int64) + hours * 3600
        columns[name] = np.minimum(due, MISSING).astype(np.int32)
    for name in ("clock_due_at", "clock_yellow_at"):
        columns[name] = np.where(columns["closed_at"] == MISSING, columns["due_at"], np.int32(MISSING))
    columns["last_at"] = last.astype(np.int32)
    columns["recorded_at"] = columns["last_at"] + np.int32(30)


def _flags(rng: np.random.Generator, leaf: NDArray[np.int32]) -> NDArray[np.uint16]:
    flags = np.where(leaf < 0, FLAGS["unlocated"], 0).astype(np.uint16)
    for name, share in (("self_handled", 0.3), ("returned", 0.05), ("reworked", 0.03), ("extended", 0.04)):
        flags |= np.where(rng.random(len(leaf), np.float32) < share, np.uint16(FLAGS[name]), np.uint16(0))
    return flags
