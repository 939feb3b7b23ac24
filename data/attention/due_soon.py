"""Deadlines about to be missed: the light is yellow, and the clock ends within the hour."""

from typing import Final

import numpy as np

from data.attention.alert import Alert, matter_of
from data.attention.past_reports import HOUR_S
from data.stats.measures.measures import end_of_clock, light_is_yellow
from data.stats.measures.places import level_places
from data.stats.measures.rows import COUNTING_RULES, CountingRules, Seen, open_rows
from data.stats.mirror.mirror import MirrorView
from data.stats.mirror.seconds import from_seconds
from data.stats.picture.usual import CityClock
from geo.grids import GridSystem

WITHIN_S: Final = HOUR_S
_RED_WITHIN_S: Final = 900
_MOST_IDS: Final = 50


def due_soon(
    view: MirrorView, system: GridSystem, clock: CityClock, rules: CountingRules = COUNTING_RULES
) -> list[Alert]:
    """One alert for each town whose units have such incidents, and one for what lies in no grid.

    The mirror does not know units; those of a town answer for what lies in it.
    """
    rows = open_rows(view, Seen(None), clock.moment_s, rules)
    rows = rows.where(light_is_yellow(rows))
    due = end_of_clock(rows).astype(np.int64)
    soon = (due >= clock.moment_s) & (due <= clock.moment_s + WITHIN_S)
    towns = level_places(system, 1)
    town = towns.of_leaves(rows["leaf"])
    ids = rows["id"]
    found = []
    for one in np.unique(town[soon]):
        chosen = np.flatnonzero(soon & (town == one))
        chosen = chosen[np.lexsort((ids[chosen], due[chosen]))]
        first_s = int(due[chosen[0]])
        grid = towns.ids[one] if one >= 0 else None
        minutes = (first_s - clock.moment_s) // 60
        found.append(
            Alert(
                kind="due_soon",
                matter=matter_of("due_soon", grid),
                grid=grid,
                lo=int(towns.lo[one]) if one >= 0 else -1,
                hi=int(towns.hi[one]) if one >= 0 else view.leaf_count,
                category=None,
                since=from_seconds(clock.moment_s, clock.zone),
                count=len(chosen),
                expected=None,
                base={
                    "incidents": [int(ids[row]) for row in chosen[:_MOST_IDS]],
                    "first_due": from_seconds(first_s, clock.zone).isoformat(),
                },
                reason="due_within" if grid is not None else "due_within_unlocated",
                values={"count": len(chosen), "minutes": int(minutes)},
                severity="red" if first_s - clock.moment_s <= _RED_WITHIN_S else "yellow",
            )
        )
    return found
