"""What a benchmark hands back, and how long things take."""

import gc
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Result = TypeVar("Result")

# After one run to warm up, the best of so many counts.
REPEATS = int(os.environ.get("BENCH_REPEATS", "5"))


@dataclass(frozen=True)
class Table:
    """A table of results: its title, what was measured, and rows of texts, the first column being the label."""

    title: str
    about: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)

    def markdown(self) -> str:
        """The table as a section of a document."""
        lines = [f"## {self.title}", "", self.about, "", _row(self.columns)]
        lines.append(_row(["---"] + ["--:"] * (len(self.columns) - 1)))
        lines += [_row(row) for row in self.rows]
        return "\n".join([*lines, *([""] if self.notes else []), *(f"* {note}" for note in self.notes)]) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def best_of(work: Callable[[], Result], repeats: int = REPEATS) -> tuple[float, Result]:
    """Seconds of the fastest of several runs after one to warm up, and the result."""
    result = work()
    best = float("inf")
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def seconds_text(seconds: float) -> str:
    """A time with three digits and a unit that suits it."""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
