"""KPIs of any moment against the event log itself: read over events in plain Python, divided by hand."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.incidents import history
from data.incidents.history import Knowledge
from data.incidents.model import Event
from data.stats.measures.kpi_rows import kpi_rows
from data.stats.measures.question import Question
from data.stats.mirror.mirror import Mirror
from data.stats.picture.past import as_of
from tests.unit.stats import slow, slow_log
from tests.unit.stats.cities import CITY, LEAVES, NOON, make_edition, make_system
from tests.unit.stats.logs import FakeStore, known_part, lives_of, logs, random_log, states_of

SYSTEM = make_system()
EDITION = make_edition(SYSTEM)
HOURS = {
    "claim": ("claimed", "dispatched", "claimed"),
    "handle": ("handled", "reported", "handled"),
    "close": ("closed", "reported", "closed"),
}


@pytest.fixture(autouse=True, scope="module")
def no_database() -> Iterator[None]:
    """The log's questions are answered from a list."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "lives", lambda store, *asked: store.lives(*asked))
        yield


def read(
    events: list[Event], asked: dict[str, datetime], known: Knowledge, lo: int, hi: int
) -> dict[str, float | None]:
    """Every rate and duration of the leaves ``[lo, hi)``; those in no grid are ``-1``."""
    end = asked["moment"].replace(microsecond=0) + timedelta(seconds=1)
    parts = [part for life in lives_of(events).values() if (part := known_part(life, end, known))]
    readings = [one for part in parts if lo <= (one := slow_log.Reading(part, **asked)).leaf < hi]
    found = Counter(name for one in readings for name, holds in one.measures().items() if holds)
    values: dict[str, float | None] = {}
    for key, (above, below) in slow.RATES.items():
        values[key] = float(Fraction(found[above], found[below])) if found[below] else None
    for level in (1, 2, 3):
        within = sum(found[f"closed_level_{n}"] for n in range(level, 4))
        values[f"within_level_{level}"] = float(Fraction(within, found["closed"])) if found["closed"] else None
    for verb, (placed, start, step) in HOURS.items():
        spans = [
            (getattr(one, step) - getattr(one, start)).total_seconds() / 3600
            for one in readings
            if one.placed(getattr(one, placed))
            and (begun := getattr(one, start)) is not None
            # Nobody knows how long that took which is told to have ended before it began.
            and begun <= getattr(one, step)
        ]
        values[f"median_hours_to_{verb}"] = float(np.quantile(spans, 0.5)) if spans else None
        values[f"p90_hours_to_{verb}"] = float(np.quantile(spans, 0.9)) if spans else None
    return values


@st.composite
def spans(draw: st.DrawFn) -> dict[str, datetime]:
    moment = NOON + timedelta(hours=draw(st.integers(-40, 120)), milliseconds=300)
    since = moment.replace(microsecond=0) - timedelta(hours=draw(st.integers(0, 80)))
    return {"moment": moment, "since": since, "until": since + timedelta(hours=draw(st.integers(0, 90)))}


LONG = {
    "moment": NOON + timedelta(days=12), "since": NOON - timedelta(days=3), "until": NOON + timedelta(days=11),
}  # fmt: skip


@given(logs(), spans(), st.sampled_from(["now", "then"]))
@settings(max_examples=60, deadline=None)
@example(random_log(5, 400), LONG, "now")
@example(random_log(6, 400), LONG, "then")
def test_every_rate_and_duration_of_any_moment_is_what_the_log_says(
    events: list[Event], asked: dict[str, datetime], known: Knowledge
):
    mirror = Mirror(LEAVES)
    mirror.apply(len(events), slow.columns_of(states_of(events)))
    store: Any = FakeStore(events)
    view = as_of(mirror.view(), store, asked["moment"], known=known)
    answered = kpi_rows(view, edition=EDITION, level=1, question=Question(**asked, scope=CITY))
    places = [(answered["total"], -1, LEAVES)]
    places += [(row, (grid := SYSTEM.find(row["id"])).lo, grid.hi) for row in answered["rows"]]
    for row, lo, hi in places:
        for key, value in read(events, asked, known, lo, hi).items():
            assert row["kpis"][key]["value"] == (None if value is None else pytest.approx(value, abs=1e-6)), key
