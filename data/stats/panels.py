"""The panels of a frame that compare: means against the target, levels, the league, the headline."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from data.incidents.model import MEANS, MEANS_TARGET
from data.stats.counting import Counts
from data.stats.incidents_shown import category_text
from data.stats.kpis import counted, evaluate, kpi
from data.stats.places import Places
from data.stats.unusual import Unusual
from data.stats.wire import number

FEWEST_FOR_A_SHARE: Final = 10
MOST_MEANS_ROWS: Final = 6
# So many days without a report say that reports no longer come in, not that nothing happens.
SILENT_DAYS = 7
# A place that keeps fewer of its deadlines than this is said to be late.
LATE_BELOW: Final = 0.90

_TARGET = np.array([MEANS_TARGET[means] for means in MEANS])


def means_panel(counts: Counts, in_view: Places, children: Places | None) -> dict[str, Any]:
    """The split by means: what is in view, then its children, the farthest from the target first.

    Children with fewer than ten closings are left out: their split says nothing.
    """
    rows = [_means_row(counts, in_view, 0)]
    if children is not None and len(children):
        split = np.stack([counted(counts, means, children) for means in MEANS], axis=1)
        total = split.sum(axis=1)
        share = split / np.maximum(total, 1)[:, None]
        distance = np.abs(share - _TARGET).sum(axis=1)
        worst = np.argsort(-distance, kind="stable")
        rows += [_means_row(counts, children, at) for at in worst[total[worst] >= FEWEST_FOR_A_SHARE][:MOST_MEANS_ROWS]]
    return {"target": _TARGET.tolist(), "rows": rows}


def _means_row(counts: Counts, places: Places, at: int) -> dict[str, Any]:
    split = [int(counted(counts, means, places)[at]) for means in MEANS]
    return {"id": places.ids[at], "name": places.names[at], "counts": split}


def levels_panel(counts: Counts, in_view: Places, depth: int) -> dict[str, Any]:
    """How many incidents each level closed, the finest first, the city itself (0) last."""
    return {
        "counts": [
            {"level": level, "count": int(counted(counts, f"closed_level_{level}", in_view)[0])}
            for level in range(depth, -1, -1)
        ]
    }


def league_panel(counts: Counts, children: Places | None) -> list[dict[str, Any]]:
    """The children by on-time closing rate, best first; those where nothing was due last; ties by name."""
    if children is None:
        return []
    values = evaluate(kpi("on_time_closing_rate"), counts, children)
    yellow, red = counted(counts, "yellow", children), counted(counts, "overdue", children)
    due = counted(counts, "due", children)
    rows = [
        {
            "id": children.ids[at],
            "name": children.names[at],
            "rate": number(values.value[at]),
            "numerator": int(values.numerator[at]),
            "denominator": int(due[at]),
            "yellow": int(yellow[at]),
            "red": int(red[at]),
        }
        for at in range(len(children))
    ]
    return sorted(rows, key=lambda row: (row["rate"] is None, -(row["rate"] or 0.0), row["name"]))


def headline(
    counts: Counts,
    in_view: Places,
    children: Places | None,
    unusual: Unusual | None,
    categories: Mapping[str, tuple[str, str]],
    silent_days: int | None = 0,
) -> dict[str, Any]:
    """One sentence on how things are, as parts a screen puts into words, in the colour of the worst light.

    `silent_days` are the whole days since the last report in view; None where there never was one.

    Kinds: ``no_incidents`` {}; ``silent`` {days}: no report for so long that no picture can be called normal;
    ``above_usual`` {grid, grid_id, category, ratio, count, expected}; ``red_lights`` {count, total, grid,
    grid_id}: those of the grid that has most, and all in view; ``late`` {grid, grid_id, rate, percent, numerator,
    denominator}: the grid that keeps fewest of its deadlines, if fewer than nine in ten. No parts: all is normal.
    """
    if silent_days is None:
        return {"light": "none", "parts": [{"kind": "no_incidents", "values": {}}]}
    parts: list[dict[str, Any]] = []
    if silent_days >= SILENT_DAYS:
        parts.append({"kind": "silent", "values": {"days": silent_days}})
    inside = in_view if children is None or not len(children) else children
    if unusual is not None:
        values = {
            "grid": inside.names[unusual.place],
            "grid_id": inside.ids[unusual.place],
            "category": category_text(categories, unusual.category),
            "ratio": round(unusual.factor, 1),
            "count": unusual.count,
            "expected": round(unusual.expected, 1),
        }
        parts.append({"kind": "above_usual", "values": values})
    red = _red_lights(counts, in_view, inside)
    if red is not None:
        parts.append({"kind": "red_lights", "values": red})
    late = _late(counts, inside)
    if late is not None:
        parts.append({"kind": "late", "values": late})
    light = "none" if not parts else "yellow" if red is None else "red"
    return {"light": light, "parts": parts}


def _red_lights(counts: Counts, in_view: Places, inside: Places) -> dict[str, Any] | None:
    """Red lights of the place that has most of them, and of all in view."""
    total = int(counted(counts, "overdue", in_view)[0])
    if not total:
        return None
    each = counted(counts, "overdue", inside)
    worst = int(each.argmax())
    if not each[worst]:  # all of them in no grid
        return {"count": total, "total": total, "grid": in_view.names[0], "grid_id": in_view.ids[0]}
    return {"count": int(each[worst]), "total": total, "grid": inside.names[worst], "grid_id": inside.ids[worst]}


def _late(counts: Counts, inside: Places) -> dict[str, Any] | None:
    values = evaluate(kpi("on_time_closing_rate"), counts, inside)
    due = counted(counts, "due", inside)
    rate = np.where(due >= FEWEST_FOR_A_SHARE, values.value, np.inf)
    worst = int(rate.argmin())
    if not rate[worst] < LATE_BELOW:
        return None
    return {
        "grid": inside.names[worst],
        "grid_id": inside.ids[worst],
        "rate": number(rate[worst]),
        "percent": round(100 * float(rate[worst]), 1),
        "numerator": int(values.numerator[worst]),
        "denominator": int(due[worst]),
    }
