"""Single incidents in a frame: the newest, and those that are points on the map."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.stats.measures.measures import light_is_red, light_is_yellow
from data.stats.measures.places import Places
from data.stats.measures.question import Question
from data.stats.measures.rows import Rows, latest_rows
from data.stats.mirror.mirror import MISSING, MirrorView
from data.stats.mirror.seconds import from_seconds, to_seconds
from data.words import STAGES

NEWEST: Final = 12
MOST_POINTS: Final = 500
NEW_FOR_S: Final = 300
LIGHTS: Final = ("none", "yellow", "red")

_STEPS: Final = (
    "verified_at", "filed_at", "dispatched_at", "claimed_at", "handled_at", "checked_at", "closed_at", "voided_at",
)  # fmt: skip
_COORDINATE_DECIMALS = 5
# More than an age in seconds takes, and less than what a rank leaves of a number.
_AGE_BITS: Final = 40


def category_text(categories: Mapping[str, tuple[str, str]], code: str) -> dict[str, str]:
    """Both names of a category; the code where it has none."""
    zh, en = categories.get(code, (code, code))
    return {"zh": zh, "en": en}


def lights(rows: Rows) -> NDArray[np.int8]:
    """Position in `LIGHTS` per row; only open incidents have a light."""
    is_open = ~rows.done("closed_at") & ~rows.done("voided_at")
    light = np.where(light_is_red(rows), 2, np.where(light_is_yellow(rows), 1, 0))
    return np.where(is_open, light, 0).astype(np.int8)


def stages(rows: Rows) -> list[str]:
    """Stage of each row at the moment: the stored one if nothing came later, else that of the last step by then."""
    times = np.stack([rows[step] for step in _STEPS])
    known = times <= rows.moment_s
    later = ((times != MISSING) & ~known).any(axis=0)
    # The last of the known steps; 0, "reported", where none is.
    last = np.where(known.any(axis=0), len(_STEPS) - known[::-1].argmax(axis=0), 0)
    return [STAGES[code] for code in np.where(later, last, rows["stage"]).tolist()]


def newest(
    view: MirrorView,
    rows: Rows,
    *,
    places: Places,
    categories: Mapping[str, tuple[str, str]],
    titles: Mapping[int, str],
    zone: tzinfo,
) -> list[dict[str, Any]]:
    """The incidents reported last, described.

    Parameters
    ----------
    rows
        See `newest_rows`.
    places
        The grids an incident is said to lie in.
    titles
        Titles by incident id; the mirror does not keep them. "" where not given.
    """
    shown = described(view, rows, places=places, categories=categories, zone=zone)
    return [{**one, "title": titles.get(one["id"], "")} for one in shown]


def described(
    view: MirrorView, rows: Rows, *, places: Places, categories: Mapping[str, tuple[str, str]], zone: tzinfo
) -> list[dict[str, Any]]:
    """Describe each row of a view as of its moment: id, report, grid, category, source, stage and light."""
    place = places.of_leaves(rows["leaf"])
    light, stage = lights(rows), stages(rows)
    return [
        {
            "id": int(rows["id"][at]),
            "at": from_seconds(int(rows["reported_at"][at]), zone).isoformat(),
            "grid": places.names[place[at]] if place[at] >= 0 else None,
            "grid_id": places.ids[place[at]] if place[at] >= 0 else None,
            "category": category_text(categories, view.categories[rows["category"][at]]),
            "source": view.sources[rows["source"][at]],
            "stage": stage[at],
            "light": LIGHTS[light[at]],
        }
        for at in range(len(rows))
    ]


def newest_ids(view: MirrorView, question: Question, limit: int = NEWEST) -> list[int]:
    """The ids `newest` will show, for looking up their titles first."""
    return [int(one) for one in newest_rows(view, question, limit)["id"]]


def newest_rows(view: MirrorView, question: Question, limit: int = NEWEST) -> Rows:
    """The incidents reported last, by the moment; of those reported in the same second, the higher id first."""
    moment_s = to_seconds(question.moment)
    chosen = latest_rows(view, question.seen(view), moment_s, limit)
    times = view["reported_at"][chosen]
    if len(chosen) > limit:
        oldest_shown = np.partition(times, len(times) - limit)[len(times) - limit]
        chosen = chosen[times >= oldest_shown]
        times = view["reported_at"][chosen]
    order = np.lexsort((-view["id"][chosen], -times.astype(np.int64)))[:limit]
    return Rows(view, chosen[order], moment_s, question.rules)


def points(rows: Rows, limit: int = MOST_POINTS) -> dict[str, list[Any]]:
    """Of the open incidents those that have a light, or were reported in the last five minutes, and a position.

    New ones go before red ones, red before yellow, and among equals the older before the newer.
    """
    age = rows.moment_s - rows["reported_at"].astype(np.int64)
    light = lights(rows)
    shown = ((light > 0) | (age < NEW_FOR_S)) & ~np.isnan(rows["lon"])
    rank = np.where(age < NEW_FOR_S, np.int8(3), light)
    chosen = np.flatnonzero(shown)
    if len(chosen) > limit:
        # Rank and age in one number: only those that are not behind the last one shown are put in order.
        order = (rank[chosen].astype(np.int64) << _AGE_BITS) + age[chosen]
        chosen = chosen[order >= np.partition(order, len(order) - limit)[len(order) - limit]]
    chosen = chosen[np.lexsort((rows["id"][chosen], -age[chosen], -rank[chosen]))][:limit]
    return {
        "lon": _degrees(rows["lon"][chosen]),
        "lat": _degrees(rows["lat"][chosen]),
        "light": [LIGHTS[code] for code in light[chosen].tolist()],
        "id": rows["id"][chosen].tolist(),
        "age_s": age[chosen].tolist(),
    }


def _degrees(values: NDArray[np.float32]) -> list[float]:
    return [round(value, _COORDINATE_DECIMALS) for value in values.astype(np.float64).tolist()]
