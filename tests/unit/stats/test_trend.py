"""Reports and closings day by day, against counting them one by one."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.access.scope import Scope
from data.incidents import history
from data.incidents.model import Event, State
from data.stats.measures.question import Question
from data.stats.measures.spans import last_days
from data.stats.mirror.mirror import Mirror
from data.stats.picture.cases import cases
from data.stats.picture.past import as_of, frame_horizon
from data.stats.picture.trend import DAYS, trend
from data.stats.picture.usual import CityClock
from tests.unit.stats import slow
from tests.unit.stats.cities import (
    CITY,
    LEAVES,
    NOON,
    ZONE,
    make_edition,
    make_system,
    state,
    view_of,
    whole_seconds,
)
from tests.unit.stats.logs import FakeStore, known_part, lives_of, logs, states_of
from tests.unit.stats.pictures import frame_of

NEW_YORK = ZoneInfo("America/New_York")  # on 2026-11-01 a day of 25 hours
MOMENTS = st.integers(-30 * 86_400, 3 * 86_400).map(lambda seconds: NOON + timedelta(seconds=seconds))
EDITION = make_edition(make_system())


@pytest.fixture(autouse=True, scope="module")
def no_database() -> Iterator[None]:
    """The log's questions are answered from a list."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "lives", lambda store, *asked: store.lives(*asked))
        yield


def weeks(seed: int, size: int) -> list[State]:
    """Incidents of two months, many of them around midnight."""
    rng, made = random.Random(seed), []
    for number in range(1, size + 1):
        day = NOON.replace(hour=0) - timedelta(days=rng.randint(-2, 60))
        at = day + timedelta(seconds=rng.choice([-1, 0, 1, rng.randint(0, 86_400)]), milliseconds=rng.choice([0, 700]))
        closed = at + timedelta(seconds=rng.choice([0, 3600, rng.randint(0, 9 * 86_400)]))
        more = {"closed_at": closed} if rng.random() < 0.7 else {"voided_at": closed} if rng.random() < 0.3 else {}
        made.append(state(number, at, leaf=rng.randint(-1, LEAVES - 1), source=rng.choice(["grid", "12345"]), **more))
    return made


def asked(moment: datetime, scope: Scope = CITY, **more: Any) -> Question:
    return Question(moment, moment, moment, scope, **more)


def by_hand(states: list[State], moment: datetime, zone: ZoneInfo, days: int) -> dict[str, Any]:
    """Each incident put on the day that the city's calendar showed."""
    today = moment.astimezone(zone).date()
    dates = [today - timedelta(days=days - 1 - back) for back in range(days)]
    told: dict[str, Any] = {"days": [f"{day:%Y-%m-%d}" for day in dates]}
    for name in ("reported", "closed"):
        times = [getattr(one, f"{name}_at") for one in states]
        held = Counter(time.astimezone(zone).date() for time in times if time is not None and time <= moment)
        told[name] = [held[day] for day in dates]
    return told


@given(
    st.builds(weeks, st.integers(0, 2**32), st.integers(0, 120)), MOMENTS, st.sampled_from([ZONE, NEW_YORK]),
    st.sampled_from([CITY, *(Scope.of(parts, "screen") for parts in ([(4, 8)], [(0, 2), (3, 5), (8, 9)]))]),
    st.sampled_from([None, "grid"]),
    st.integers(1, 40),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_every_day_counts_what_the_calendar_says(
    states: list[State], moment: datetime, zone: ZoneInfo, scope: Scope, source: str | None, days: int
):
    # The moment's second belongs to it, and the next one does not.
    edge = [state(1000 + late, at := moment + timedelta(seconds=late), leaf=5, closed_at=at) for late in (0, 1)]
    states = [*states, *edge]
    kept = [whole_seconds(one) for one in states if scope.sees(one.leaf) and (source is None or one.source == source)]
    told = trend(view_of(states), asked(moment, scope, source=source), CityClock(moment, zone), days)
    assert told == by_hand(kept, moment, zone, days)


@given(logs(), st.integers(-45 * 3600, 60 * 3600), st.sampled_from(["now", "then"]))
@settings(max_examples=80, deadline=None)
def test_the_trend_of_a_past_moment_equals_the_log(events: list[Event], seconds: int, known: str):
    moment = NOON + timedelta(seconds=seconds)
    mirror = Mirror(LEAVES)
    mirror.apply(max((event.seq for event in events), default=0), slow.columns_of(states_of(events)))
    view = as_of(mirror.view(), FakeStore(events), moment, known=known, horizon=frame_horizon(moment))
    told = trend(view, asked(moment), CityClock(moment, ZONE))
    expected = {name: Counter[date]() for name in ("reported", "closed")}
    for life in lives_of(events).values():
        last: dict[str, datetime] = {}
        for event in known_part(life, moment + timedelta(seconds=1), known):
            at = event.at.replace(microsecond=0)
            if event.kind == "reopened":
                last.pop("closed", None)
            elif event.kind in expected and at <= moment:
                last[event.kind] = at
        for kind, at in last.items():
            expected[kind][at.astimezone(ZONE).date()] += 1
    for name, held in expected.items():
        # The logs are a few days long.
        assert dict(zip(told["days"], told[name], strict=True)) == {
            day: held[date.fromisoformat(day)] for day in told["days"]
        }


def test_the_frame_has_thirty_days_and_the_last_one_is_today():
    states = weeks(5, 900)
    told = frame_of(
        view_of(states), edition=EDITION, categories={}, moment=NOON, scope=CITY, level=3, kpi="open", zone=ZONE
    )
    month = told["trend"].pop("month")
    assert told["trend"] == by_hand([whole_seconds(one) for one in states], NOON, ZONE, DAYS)
    assert DAYS == len(told["trend"]["days"]) == 30
    assert (told["trend"]["days"][0], told["trend"]["days"][-1]) == ("2026-10-20", "2026-11-18")
    for name in ("reported", "closed"):
        assert told["trend"][name][-1] == told["today"][name]["value"] > 0
        # The totals beside the days are of the span whose incidents can be listed.
        question = Question(NOON, *last_days(NOON, 30), CITY)
        assert month[name] == len(cases(view_of(states), edition=EDITION, asked=name, question=question)) > 0


def test_the_list_behind_a_day_is_as_long_as_the_day():
    view, clock = view_of(weeks(7, 500)), CityClock(NOON, ZONE)
    told = trend(view, asked(NOON), clock)
    for at, day in enumerate(map(date.fromisoformat, told["days"])):
        begin = datetime.combine(day, datetime.min.time(), ZONE)
        until = min(begin + timedelta(days=1), NOON + timedelta(seconds=1))
        for name in ("reported", "closed"):
            listed = cases(view, edition=EDITION, asked=name, question=asked(NOON).over(begin, until))
            assert len(listed) == told[name][at], (name, day)


def test_a_day_of_25_hours_is_one_day():
    midnight = datetime(2026, 11, 1, 4, tzinfo=UTC)
    states = [state(hour + 1, midnight + timedelta(hours=hour)) for hour in range(30)]
    moment = midnight + timedelta(hours=40)
    told = trend(view_of(states), asked(moment), CityClock(moment, NEW_YORK), 2)
    assert told == {"days": ["2026-11-01", "2026-11-02"], "reported": [25, 5], "closed": [0, 0]}


def test_a_trend_of_nothing_is_nought_and_has_its_days():
    told = trend(view_of([]), asked(NOON), CityClock(NOON, ZONE), 3)
    assert told == {"days": ["2026-11-16", "2026-11-17", "2026-11-18"], "reported": [0] * 3, "closed": [0] * 3}
