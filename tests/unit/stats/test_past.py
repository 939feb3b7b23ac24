"""A past moment against a slow reading of the log, in both ways of knowing it; and a reel against single moments."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from data.errors import QueryInvalid
from data.incidents import history
from data.incidents.model import Event
from data.stats.measures.counting import count
from data.stats.measures.measures import MEASURES, level_measures, select
from data.stats.mirror.mirror import DTYPES, Mirror, MirrorView
from data.stats.picture import past
from data.stats.picture.incidents_shown import NEWEST
from data.stats.picture.past import as_of, frame_horizon, mirror_of
from data.stats.picture.reel import Reel
from tests.unit.stats import slow, slow_log
from tests.unit.stats.cities import CITY, LEAVES, NOON, ZONE, make_edition, make_system
from tests.unit.stats.logs import FakeStore, Scribe, known_part, lives_of, logs, random_log, states_of
from tests.unit.stats.pictures import frame_of

KNOWN = st.sampled_from(["now", "then"])
MOMENTS = st.integers(-45 * 3600, 60 * 3600).map(lambda seconds: NOON + timedelta(seconds=seconds, milliseconds=300))


@st.composite
def near(draw: st.DrawFn, events: Sequence[Event]) -> datetime:
    """A moment around noon, or just when something of the log happened or was told, or a second beside."""
    if not events or draw(st.booleans()):
        return draw(MOMENTS)
    event = draw(st.sampled_from(events))
    return draw(st.sampled_from([event.at, event.recorded_at])) + timedelta(seconds=draw(st.integers(-1, 1)))


EDITION = make_edition(make_system())
# What the slow reading tells apart.
NAMES = tuple(measure.name for measure in (*MEASURES, *level_measures(3)))


@pytest.fixture(autouse=True, scope="module")
def no_database() -> Iterator[None]:
    """The log's questions are answered from a list."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "lives", lambda store, *asked: store.lives(*asked))
        patch.setattr(history, "moved", lambda store, *asked: store.moved(*asked))
        yield


def mirrored(events: Sequence[Event]) -> MirrorView:
    mirror = Mirror(LEAVES)
    mirror.apply(max((event.seq for event in events), default=0), slow.columns_of(states_of(events)))
    return mirror.view()


def counted(view: MirrorView, moment: datetime, since: datetime, until: datetime) -> Counter[tuple[str, int]]:
    counts = count(view, moment=moment, since=since, until=until, scope=CITY, measures=select(*NAMES, depth=3))
    found: Counter[tuple[str, int]] = Counter()
    for row, name in enumerate(counts.names):
        found[name, -1] = int(counts.unlocated[row])
        found.update({(name, leaf): int(counts.by_leaf[row, leaf]) for leaf in range(LEAVES)})
    return +found


def rows(view: MirrorView) -> dict[int, dict[str, Any]]:
    """What a view says, by incident, whatever the codes of its words are."""
    columns = {name: view[name].tolist() for name in DTYPES}
    for name, words in view.words.items():
        columns[name] = [words[code] for code in view[name]]
    columns = {name: np.nan_to_num(values, nan=-999).tolist() if name in ("lon", "lat") else values
               for name, values in columns.items()}  # fmt: skip
    return {columns["id"][at]: {name: columns[name][at] for name in columns} for at in range(len(view))}


def shown(view: MirrorView, moment: datetime, within: str | None = None) -> dict[str, Any]:
    document = frame_of(
        view, edition=EDITION, categories={}, moment=moment, scope=CITY, level=3, kpi="open", zone=ZONE, within=within
    )
    return {name: value for name, value in document.items() if name != "seq"}


@given(logs(), st.data(), KNOWN, st.integers(-50, 20), st.integers(0, 80))
@settings(max_examples=250, deadline=None)
def test_every_count_of_a_past_moment_equals_the_slow_reading_of_the_log(
    events: list[Event], data: st.DataObject, known: str, since_h: int, hours: int
):
    moment = data.draw(near(events))
    since = NOON + timedelta(hours=since_h)
    until = since + timedelta(hours=hours)
    view = as_of(mirrored(events), FakeStore(events), moment, known=known)
    expected = slow_log.counts(events, moment, since, until, known)
    assert counted(view, moment, since, until) == Counter({key: n for key, n in expected.items() if key[0] in NAMES})


def test_random_logs_reach_every_measure():
    """Else the test above would prove less than it says."""
    reached: set[str] = set()
    for seed in range(24):
        events = random_log(seed, 400)
        for known in ("now", "then"):
            for hours in (-20, 0, 30, 60, 100):
                moment = NOON + timedelta(hours=hours)
                reached |= {
                    name for name, _ in slow_log.counts(events, moment, moment - timedelta(days=9), moment, known)
                }
    assert reached == set(NAMES)


@given(logs(), st.data(), KNOWN)
@settings(max_examples=100, deadline=None)
def test_what_comes_later_does_not_change_what_was_known(events: list[Event], data: st.DataObject, known: str):
    """By the first clock, what was told of a later time; by the second, what was told later."""
    moment = data.draw(near(events))
    cut = moment.replace(microsecond=0) + timedelta(seconds=1)
    before = [event for life in lives_of(events).values() for event in known_part(life, cut, known)]
    assert shown(as_of(mirrored(events), FakeStore(events), moment, known=known), moment) == shown(
        mirrored(sorted(before, key=lambda event: event.seq)), moment
    )


@given(logs().filter(len), st.data())
@settings(max_examples=60, deadline=None)
def test_as_known_then_is_what_the_screen_showed(events: list[Event], data: st.DataObject):
    """The live mirror after each event, at the moment it was recorded, against the same moment seen from the end."""
    moment = data.draw(st.sampled_from([event.recorded_at for event in events]))
    cut = moment.replace(microsecond=0) + timedelta(seconds=1)
    live = [event for event in events if event.recorded_at < cut]
    # Where the server's clock was set back across this moment, it was shown twice.
    assume(live == events[: len(live)])
    assert shown(as_of(mirrored(events), FakeStore(events), moment, known="then"), moment) == shown(
        mirrored(live), moment
    )


def test_a_closing_told_late_changes_the_frame_as_known_now_and_not_as_known_then():
    scribe = Scribe(random.Random(1), NOON - timedelta(hours=30))
    scribe.report()
    for kind, hours, told, said in (
        ("self_handled", -19, -19, {}),
        ("checked", -18, -18, {}),
        ("closed", -15, 0, {"means": "service", "level": 3}),
    ):
        scribe.clock = NOON + timedelta(hours=told)
        scribe.append(1, scribe.states[1], kind, NOON + timedelta(hours=hours), said)
    store, view = FakeStore(scribe.events), mirrored(scribe.events)
    yesterday = NOON - timedelta(hours=12, minutes=1)

    def numbers(known: str, moment: datetime) -> tuple[int, int]:
        today = shown(as_of(view, store, moment, known=known), moment)["today"]
        return today["open"]["value"], today["closed"]["value"]

    assert (numbers("then", yesterday), numbers("now", yesterday)) == ((1, 0), (0, 1))
    assert numbers("then", NOON + timedelta(minutes=2)) == numbers("now", NOON + timedelta(minutes=2)) == (0, 0)
    untold = shown(as_of(mirrored(scribe.events[:-1]), store, yesterday, known="then"), yesterday)
    assert shown(as_of(view, store, yesterday, known="then"), yesterday) == untold


@given(logs(), MOMENTS, KNOWN)
@settings(max_examples=60, deadline=None)
def test_the_log_is_read_as_far_as_the_view_knows_it(events: list[Event], moment: datetime, known: str):
    half = events[: len(events) // 2]
    behind = as_of(mirrored(half), FakeStore(events), moment, known=known)
    assert rows(behind) == rows(as_of(mirrored(half), FakeStore(half), moment, known=known))


@given(logs(200), MOMENTS, KNOWN, st.sampled_from([None, "1:T1", "2:V3", "3:L07"]), st.integers(-2, 60))
@settings(max_examples=60, deadline=None)
def test_a_horizon_leaves_the_frame_as_it_is(
    events: list[Event], moment: datetime, known: str, within: str | None, days: int
):
    later = moment + timedelta(days=days)
    view, store = mirrored(events), FakeStore(events)
    whole = as_of(view, store, later, known=known)
    part = as_of(view, store, later, known=known, horizon=frame_horizon(later))
    assert shown(part, later, within) == shown(whole, later, within)


def test_a_horizon_leaves_out_what_ended_before_it_and_keeps_the_newest_of_each_leaf():
    events = random_log(7, 2000)
    late = max(event.at for event in events) + timedelta(days=400)
    view = mirrored(events)
    part = as_of(view, FakeStore(events), late, horizon=late - timedelta(days=1))
    ended = (view["closed_at"] != slow.MISSING) | (view["voided_at"] != slow.MISSING)
    expected = set(view["id"][~ended].tolist())
    for leaf in range(-1, LEAVES):
        here = np.flatnonzero(ended & (view["leaf"] == leaf))
        expected |= set(view["id"][here[np.lexsort((view["id"][here], view["reported_at"][here]))][-NEWEST:]].tolist())
    assert len(expected) < len(view)
    assert set(part["id"].tolist()) == expected


@pytest.mark.parametrize(
    ("deadline", "rate"), [("due_at", "on_time_closing_rate"), ("due_claim_at", "claim_on_time_rate")]
)
def test_a_horizon_keeps_what_ended_long_ago_and_was_due_since(
    deadline: str, rate: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(past, "NEWEST", 0)  # it would be kept for a list, too
    scribe = Scribe(random.Random(1), NOON)
    scribe.report()
    due = (NOON + timedelta(days=90)).isoformat()
    path = {
        "verified": {}, "filed": {}, "dispatched": {"handler": "中队", deadline: due}, "claimed": {},
        "handled": {}, "checked": {}, "closed": {"means": "service", "level": 3},
    }  # fmt: skip
    for kind, said in path.items():
        scribe.clock += timedelta(hours=1)
        scribe.append(1, scribe.states[1], kind, scribe.clock, said)
    later = NOON + timedelta(days=100)
    part = as_of(mirrored(scribe.events), FakeStore(scribe.events), later, horizon=frame_horizon(later))
    rates = {one["key"]: one["numerator"] for one in shown(part, later)["kpis"]}
    assert rates[rate] == 1


def test_many_may_look_at_different_moments_of_a_reel_at_once():
    events = random_log(9, 250)
    view, store = mirrored(events), FakeStore(events)
    reel = Reel.load(view, store, NOON - timedelta(hours=24), NOON + timedelta(hours=24))
    moments = [NOON + timedelta(minutes=minutes) for minutes in random.Random(3).sample(range(-1440, 1440), 24)]
    expected = [without_what_is_ahead(as_of(view, store, moment), moment) for moment in moments]
    with ThreadPoolExecutor(6) as viewers:
        found = list(viewers.map(lambda moment: without_what_is_ahead(reel.at(moment), moment), moments * 3))
    assert found == expected * 3


@given(logs(200), KNOWN, MOMENTS, st.integers(0, 50), st.data())
@settings(max_examples=60, deadline=None)
def test_a_reel_shows_any_moment_of_its_window_to_and_fro(
    events: list[Event], known: str, since: datetime, hours: int, data: st.DataObject
):
    until = since + timedelta(hours=hours)
    view, store = mirrored(events), FakeStore(events)
    reel = Reel.load(view, store, since, until, known=known)
    asked = data.draw(st.lists(near(events), min_size=1, max_size=8))
    ends = data.draw(st.permutations([since, until]))
    for moment in (*(one for one in asked if since <= one <= until), *ends):
        at_once = as_of(view, store, moment, known=known)
        assert without_what_is_ahead(reel.at(moment), moment) == without_what_is_ahead(at_once, moment)


def without_what_is_ahead(view: MirrorView, moment: datetime) -> dict[int, dict[str, Any]]:
    """What a view says; reports that lie ahead of the moment count nowhere, and need not be there."""
    second = (moment.replace(microsecond=0) - slow.ORIGIN) // timedelta(seconds=1)
    return {key: row for key, row in rows(view).items() if row["reported_at"] <= second}


@given(logs())
@settings(max_examples=40, deadline=None)
def test_a_mirror_that_starts_with_a_view_says_the_same(events: list[Event]):
    """Whatever a row of the mirror says survives: a new flag or column must be taken along."""
    view = mirrored(events)
    again = mirror_of(view).view()
    assert rows(again) == rows(view)
    assert (again.seq, again.leaf_count) == (view.seq, view.leaf_count)


def test_a_reel_asks_the_store_only_once():
    events = random_log(3, 300)
    store = FakeStore(events)
    reel = Reel.load(mirrored(events), store, NOON - timedelta(hours=20), NOON + timedelta(hours=20))
    store.events = []
    sizes = [len(reel.at(NOON + timedelta(hours=hour))) for hour in (-20, 0, 20, -20, 0, 20)]
    assert sizes[:3] == sizes[3:]
    assert sizes[0] < sizes[1] < sizes[2]


def test_a_view_of_a_reel_stays_as_it_is_while_others_play_on():
    events = random_log(5, 300)
    reel = Reel.load(mirrored(events), FakeStore(events), NOON - timedelta(hours=20), NOON + timedelta(hours=20))
    held = reel.at(NOON - timedelta(hours=10))
    before = rows(held)
    for hour in random.Random(1).sample(range(-20, 21), 12):
        reel.at(NOON + timedelta(hours=hour))
    assert rows(held) == before


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_moment_outside_the_window_is_refused(hours: int):
    reel = Reel.load(mirrored([]), FakeStore([]), NOON - timedelta(hours=1), NOON + timedelta(hours=1))
    assert len(reel.at(NOON)) == 0
    with pytest.raises(QueryInvalid, match="outside the window"):
        reel.at(NOON + timedelta(hours=hours))


def test_a_window_that_ends_before_it_begins_is_refused():
    with pytest.raises(QueryInvalid, match="before it begins"):
        Reel.load(mirrored([]), FakeStore([]), NOON, NOON - timedelta(seconds=1))


def test_a_moment_without_an_offset_is_refused():
    with pytest.raises(QueryInvalid, match="no offset"):
        as_of(mirrored([]), FakeStore([]), NOON.replace(tzinfo=None))
