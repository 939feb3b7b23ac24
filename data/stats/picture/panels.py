"""The panels of a frame that compare: means against the target, levels, the league, the headline."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from data.stats.measures.chance import TARGET, Split, split_against
from data.stats.measures.counting import Counts
from data.stats.measures.kpis import counted, evaluate, kpi
from data.stats.measures.league import LeagueRules, Measured, league_rows
from data.stats.measures.places import Places
from data.stats.measures.wire import number
from data.stats.picture.incidents_shown import category_text
from data.stats.picture.unusual import Unusual
from data.words import MEANS

FEWEST_FOR_A_SHARE: Final = 10
MOST_MEANS_ROWS: Final = 6
# So many days without a report say that reports no longer come in, not that nothing happens.
SILENT_DAYS = 7
# A place that keeps fewer of its deadlines than this is said to be late.
LATE_BELOW: Final = 0.90

LEAGUE: Final = LeagueRules()
_RANKING: Final = ("rank", "rank_best", "rank_worst", "tied", "low", "high", "list", "reason")


def means_panel(counts: Counts, in_view: Places, children: Places | None) -> dict[str, Any]:
    """The split by means: what is in view, then its children, the farthest from the target first.

    Children with fewer than ten closings are left out: their split says nothing.
    """
    rows = [_means_row(in_view, _split(counts, in_view), 0)]
    if children is not None and len(children):
        split = _split(counts, children)
        total = split.counts.sum(axis=1)
        worst = np.argsort(-np.nan_to_num(split.distance), kind="stable")
        enough = worst[total[worst] >= FEWEST_FOR_A_SHARE][:MOST_MEANS_ROWS]
        rows += [_means_row(children, split, at) for at in enough]
    return {"target": list(TARGET), "rows": rows}


def _split(counts: Counts, places: Places) -> Split:
    return split_against(np.stack([counted(counts, means, places) for means in MEANS], axis=1))


def _means_row(places: Places, split: Split, at: int) -> dict[str, Any]:
    return {
        "id": places.ids[at],
        "name": places.names[at],
        "counts": split.counts[at].tolist(),
        "distance": number(split.distance[at]),
        "more_than_chance": bool(split.more_than_chance[at]),
    }


def levels_panel(counts: Counts, in_view: Places, depth: int) -> dict[str, Any]:
    """How many incidents each level closed, the finest first, the city itself (0) last."""
    return {
        "counts": [
            {"level": level, "count": int(counted(counts, f"closed_level_{level}", in_view)[0])}
            for level in range(depth, -1, -1)
        ]
    }


def league_panel(
    counts: Counts, in_view: Places, children: Places | None, rules: LeagueRules = LEAGUE
) -> list[dict[str, Any]]:
    """The children by on-time closing rate, best first; then those with too few cases for a rank; those without last.

    Beside the rate stand what `league.league_rows` says of it (without the period before) and the lights.
    """
    if children is None:
        return []
    asked = kpi("on_time_closing_rate")
    values = evaluate(asked, counts, children)
    yellow, red = counted(counts, "yellow", children), counted(counts, "overdue", children)
    at = {place: i for i, place in enumerate(children.ids)}
    table = league_rows(
        children,
        Measured.of_share(asked, values, rules.confidence),
        overall=float(evaluate(asked, counts, in_view).value[0]),
        rules=rules,
    )
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "rate": row["value"],
            "numerator": int(values.numerator[at[row["id"]]]),
            "denominator": row["sample"],
            "yellow": int(yellow[at[row["id"]]]),
            "red": int(red[at[row["id"]]]),
            **{name: row[name] for name in _RANKING},
        }
        for row in table
    ]


def headline(
    counts: Counts,
    in_view: Places,
    children: Places | None,
    unusual: Unusual | None,
    categories: Mapping[str, tuple[str, str]],
    silent_days: int | None = 0,
) -> dict[str, Any]:
    """One sentence on how things are, as parts a screen puts into words, in the colour of the worst light in view.

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
    # The worst light that is lit in view: a finding by itself lights none.
    yellow = counted(counts, "yellow", in_view)[0] > 0
    light = "red" if red is not None else "yellow" if parts and yellow else "none"
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
