"""All counters of all leaves over four years, and a page's frame: ours and others', from 10⁵ to 10⁸ incidents."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from benchmarks import histories
from benchmarks.counting_rivals import COUNTERS, RIVALS, Columns, Count
from benchmarks.rivals import RivalMissing
from benchmarks.tables import Table, best_of, seconds_text
from data.access.scope import Scope
from data.city.editions import Edition
from data.demo.city import build_city
from data.stats.measures.counting import count
from data.stats.measures.measures import select
from data.stats.mirror.mirror import Mirror, MirrorView
from data.stats.mirror.mirror_file import MirrorFile
from data.stats.mirror.seconds import from_seconds
from data.stats.picture.frames import frame
from data.stats.picture.key import PictureCity, PictureKey

SIZES: Final = tuple(int(float(size)) for size in os.environ.get("COUNTING_SIZES", "1e5,1e6,1e7,1e8").split(","))
LEVELS: Final = 3
MEASURES: Final = select(*COUNTERS, depth=LEVELS)
# What is read back, twice, beside what was written.
_BYTES_FOR_FILES: Final = 3 * 90
# Ours, and a rival's copy of what the counters look at, at once, with room to move.
_BYTES_PER_INCIDENT: Final = 190
_SPAN: Final = (histories.SINCE_S, histories.NOW_S + 1, histories.NOW_S)


def run() -> list[Table]:
    """Measure all sizes that fit into memory."""
    counting, frames, files = [], [], []
    for size in SIZES:
        if size * _BYTES_PER_INCIDENT > _available_bytes():
            counting.append([f"{size:,}", *["not enough memory here"] + [""] * (2 * len(RIVALS) + 2)])
            continue
        view = histories.view_of(size)
        counting.append(_told(_counting_row(view)))
        frames.append(_told(_frame_row(view)))
        if size * _BYTES_FOR_FILES < _available_bytes():
            files.append(_told(_file_row(view)))
        else:
            files.append([f"{size:,}", "not enough memory here", "", "", ""])
    return [_counting_table(counting), _frame_table(frames), _file_table(files)]


def _told(row: list[str]) -> list[str]:
    """A row as soon as it is known: the sizes to come take long, and may be too large."""
    print(" | ".join(row), file=sys.stderr, flush=True)
    return row


def ours(view: MirrorView, since_s: int, until_s: int, moment_s: int, category: str | None = None) -> NDArray[np.int64]:
    """Our counts in the shape of the rivals'."""
    since, until, moment = map(from_seconds, (since_s, until_s, moment_s))
    scope = Scope.city(view.leaf_count)
    found = count(view, moment=moment, since=since, until=until, scope=scope, category=category, measures=MEASURES)
    return np.column_stack([found.unlocated, found.by_leaf])


def _counting_row(view: MirrorView) -> list[str]:
    zones = view.zones
    assert len(zones.ended)
    ours(histories.view_of(1000), *_SPAN)  # compiles
    start = time.perf_counter()
    answer = ours(view, *_SPAN)
    first_s = time.perf_counter() - start
    again_s, _ = best_of(lambda: ours(view, *_SPAN))
    filtered_s, _ = best_of(lambda: ours(view, *_SPAN, category="0007"))
    row = [f"{len(view):,}", seconds_text(first_s), seconds_text(again_s), seconds_text(filtered_s)]
    for enter, most in RIVALS.values():
        took = _rival_s(enter, view.columns, view.leaf_count, answer) if len(view) <= most else "not asked"
        row += [took, ""] if isinstance(took, str) else [seconds_text(took), f"{took / again_s:.0f} ×"]
    return row


def _rival_s(enter: Any, columns: Columns, leaf_count: int, answer: NDArray[np.int64]) -> float | str:
    """Seconds of the rival, whose answer must be ours; or why there are none."""
    try:
        with enter(columns, leaf_count) as count_:
            took_s, found = best_of(_asked(count_))
    except RivalMissing as missing:
        return str(missing)
    except MemoryError:
        return "out of memory"
    assert np.array_equal(found, answer), "the rival counts otherwise"
    return took_s


def _asked(count_: Count) -> Any:
    return lambda: count_(*_SPAN)


def _frame_row(view: MirrorView) -> list[str]:
    city = build_city()
    edition = Edition(1, city.name, city.edition_name, date(2020, 1, 1), True, city.level_names, city.system)
    now, zone = from_seconds(histories.NOW_S), ZoneInfo("Asia/Shanghai")
    scope = Scope.city(view.leaf_count)

    pictures, key = PictureCity(edition, {}, zone), PictureKey(None, LEVELS, "open", scope)

    def page() -> dict[str, Any]:
        return frame(view, pictures, key, now)

    def month() -> Any:
        since = now - timedelta(days=30)
        return count(view, moment=now, since=since, until=now, scope=scope, measures=MEASURES)

    month_s, _ = best_of(month)
    page_s, _ = best_of(page)
    return [f"{len(view):,}", seconds_text(month_s), seconds_text(page_s)]


def _file_row(view: MirrorView) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = MirrorFile(Path(folder) / "mirror.bin", 1, view.leaf_count)
        start = time.perf_counter()
        file.write(view, b"benchmark")
        write_s = time.perf_counter() - start

        def back() -> Mirror:
            stored = file.read()
            assert stored is not None
            mirror = Mirror(view.leaf_count, 1)
            mirror.restore(stored.seq, stored.columns, stored.words)
            return mirror

        back_s, _ = best_of(back, 2)
    total = sum(column.nbytes for column in view.columns.values())
    return [
        f"{len(view):,}", f"{total / 2**20:,.0f} MiB", f"{total / len(view):.0f}", seconds_text(write_s),
        seconds_text(back_s),
    ]  # fmt: skip


def _counting_table(rows: list[list[str]]) -> Table:
    rivals: Iterator[str] = (text for name in RIVALS for text in (name, "ratio"))
    return Table(
        "Counting",
        f"{len(MEASURES)} counters for 1,557 leaves over four years, by number of incidents; all give the same results."
        " Upper levels are sums of neighbours, which the others do not compute. Ours is measured on the first run "
        "(which caches counts per piece of the mirror), again, and for one category of 60, without the cache. The "
        "ratio is to our second run.",
        ["incidents", "ours, first", "ours, again", "ours, one category", *rivals],
        rows,
        ["PostgreSQL: one narrow table, all processors, the faster of JIT and no JIT; beyond 10⁷ loading is too slow.",
         "DuckDB: one table in memory, all processors."],
    )  # fmt: skip


def _frame_table(rows: list[list[str]]) -> Table:
    return Table(
        "A page's frame",
        "The same counters over the last 30 days, and the whole content of a page at a moment, with the typical day of "
        "the eight weeks before.",
        ["incidents", "counters of a month", "whole frame"],
        rows,
    )


def _file_table(rows: list[list[str]]) -> Table:
    return Table(
        "The mirror between starts",
        "Columns in memory; written to disk with checksums, and loaded with verification.",
        ["incidents", "memory", "bytes per incident", "write", "load"],
        rows,
    )


def _available_bytes() -> float:
    lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines() if Path("/proc/meminfo").exists() else []
    return next((float(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")), float("inf"))
