"""The log of a real store, asked about the past: the same answers as from a list, and the frames that were shown."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from data.access.actor import Actor
from data.city.editions import save_edition
from data.incidents import history, log
from data.incidents.columns import incident_columns
from data.incidents.desk import IncidentDesk
from data.incidents.history import Knowledge
from data.incidents.lifecycle import allowed
from data.incidents.model import Event, Report, Step
from data.stats.measures.counting import count
from data.stats.mirror.mirror import Mirror, MirrorView
from data.stats.picture.past import as_of, frame_horizon
from data.stats.picture.reel import Reel
from data.store.connection import Store
from data.store.openers import System
from geo.grids import GridSystem
from tests.unit.stats import slow, slow_log
from tests.unit.stats.cities import CITY, LEAVES, NOON, ZONE, make_edition, make_system
from tests.unit.stats.logs import FakeStore, random_log, states_of
from tests.unit.stats.pictures import frame_of

MakeReport = Callable[..., Report]
Life = Callable[[datetime, int], list[Step]]
CLOCKS: tuple[Knowledge, ...] = ("now", "then")
EDITION = make_edition(make_system())


def written(store: Store, events: list[Event]) -> None:
    with store.transaction(System("test")) as cursor:
        log.append(cursor, events)
        log.insert_states(cursor, states_of(events))


@pytest.fixture
def events(store: Store, edition_id: int) -> list[Event]:
    """A random log in the store."""
    assert edition_id == 1
    made = random_log(11, 700)
    written(store, made)
    return made


def followed(store: Store, edition_id: int | None = None) -> MirrorView:
    mirror = Mirror(LEAVES, edition_id)
    mirror.refresh(store)
    return mirror.view()


def shown(view: MirrorView, moment: datetime) -> dict[str, Any]:
    document = frame_of(
        view, edition=EDITION, categories={}, moment=moment, scope=CITY, level=3, kpi="open",
        zone=ZONE,
    )  # fmt: skip
    return {name: value for name, value in document.items() if name != "seq"}


def test_the_log_answers_as_a_list_of_its_events_would(store: Store, events: list[Event], monkeypatch: Any):
    monkeypatch.setattr(history, "_MOST_IDS", 7)
    fake, rng = FakeStore(events), random.Random(2)
    ids = sorted({event.incident_id for event in events})
    for known in CLOCKS:
        for _ in range(12):
            before = NOON + timedelta(minutes=rng.randint(-2400, 4000))
            later = before + timedelta(minutes=rng.randint(0, 900))
            wanted, last_seq = sorted(rng.sample([*ids, 10_000], 30)), rng.choice([300, 700])
            assert history.lives(store, wanted, before, known, last_seq) == fake.lives(wanted, before, known, last_seq)
            # By the first clock some of them moved without a change: what was told of that time came too late.
            found = history.moved(store, before, later, known, last_seq)
            expected = fake.moved(before, later, known, last_seq)
            assert set(expected) <= set(found) <= set(ids)
            assert found == sorted(found)
            told = any(
                300 < event.seq <= last_seq and (event.at if known == "now" else event.recorded_at) < before
                for event in events
            )
            assert history.was_told_more(store, 300, last_seq, before, known) is told


def test_folded_states_are_columns_like_those_of_the_store(store: Store, events: list[Event]):
    _, stored = incident_columns(store)
    folded = history.state_columns(sorted(states_of(events), key=lambda state: state.seq))
    assert set(folded) == set(stored)
    for name, values in stored.items():
        assert folded[name].dtype == values.dtype, name
        np.testing.assert_array_equal(folded[name], values, err_msg=name)
    nothing = history.state_columns([])
    assert {name: (len(column), column.dtype) for name, column in nothing.items()} == {
        name: (0, column.dtype) for name, column in stored.items()
    }


@pytest.mark.parametrize("known", CLOCKS)
def test_counts_and_reel_of_the_past_equal_the_slow_reading_of_the_log(
    store: Store, events: list[Event], known: Knowledge
):
    view = followed(store)
    begin = NOON - timedelta(hours=30)
    reel = Reel.load(view, store, begin, begin + timedelta(hours=60), known=known, horizon=frame_horizon(begin))
    for hours in (50, 0, 13, 31, 60, 7):
        moment = begin + timedelta(hours=hours)
        span = {"moment": moment, "since": moment - timedelta(days=3), "until": moment + timedelta(seconds=1)}
        expected = slow_log.counts(events, **span, known=known)
        for past in (as_of(view, store, moment, known=known), reel.at(moment)):
            counts = count(past, **span, scope=CITY)
            found = {name: counts.total(name) for name in counts.names}
            assert found == {name: sum(n for (one, _), n in expected.items() if one == name) for name in counts.names}


def test_every_frame_that_was_shown_is_shown_again(
    store: Store, desk: IncidentDesk, make_report: MakeReport, edition_id: int
):
    """A desk at work for two days, some of it told late; then each of its frames once more, from the end."""
    rng, mirror = random.Random(4), Mirror(LEAVES, edition_id)
    clock, frames, open_ids = NOON, [], []
    for _ in range(60):
        clock += timedelta(seconds=rng.choice([1, 600, 4000]))
        happened = clock - timedelta(minutes=rng.choice([0, 0, 30]))
        if not open_ids or rng.random() < 0.3:
            receipts = desk.report_many([make_report(reported_at=happened)], Actor.nobody("test"), now=clock)
            open_ids.append(receipts[0].id)
        else:
            take_any_step(desk, rng, open_ids, happened, clock)
        mirror.refresh(store)
        frames.append((clock, shown(mirror.view(), clock)))
    begin, end = frames[0][0], frames[-1][0]
    reel = Reel.load(mirror.view(), store, begin, end, known="then", edition_id=edition_id)
    for moment, document in frames:
        assert shown(reel.at(moment), moment) == document
    for moment, document in rng.sample(frames, 6):
        assert shown(as_of(mirror.view(), store, moment, known="then", edition_id=edition_id), moment) == document


def take_any_step(
    desk: IncidentDesk, rng: random.Random, open_ids: list[int], happened: datetime, now: datetime
) -> None:
    state = desk.get(rng.choice(open_ids), CITY)
    kinds = [kind for kind in allowed(state) if kind not in ("attached", "merged", "extended", "resumed", "reassigned")]
    said: dict[str, dict[str, Any]] = {
        "dispatched": {"handler": "中队"},
        "closed": {"means": "service", "level": 3},
        "located": {"grid_code": f"L{rng.randint(0, LEAVES - 1):02}"},
        "categorised": {"category": "0102"},
        "noted": {"note": "已联系"},
        "appeal_decided": {"upheld": True, "reason": "如此"},
    }
    if not kinds:
        return
    # Sent up by the city it cannot be.
    kind = rng.choice([one for one in kinds if one != "escalated"] or kinds)
    # Only what may be done at any time is told of after what happened later.
    at = max(happened, state.reported_at if kind in ("noted", "located") else state.last_at)
    state = desk.take(state.id, Step(kind, at, Actor.nobody("王芳"), said.get(kind, {"reason": "如此"})), CITY, now=now)
    if state.stage in ("closed", "voided"):
        open_ids.remove(state.id)


def test_what_is_folded_anew_lies_where_the_mirrors_edition_has_it(
    store: Store, desk: IncidentDesk, make_report: MakeReport, life: Life, system: GridSystem
):
    batch = [(report := make_report(), life(report.reported_at, number % 8)) for number in range(24)]
    desk.load_history([batch])
    newer = save_edition(store, turned(system), city="小城", name="2027", holds_from=NOON.date().replace(year=2027))
    moment = NOON - timedelta(hours=12)
    old = as_of(followed(store), store, moment)
    new = as_of(followed(store, newer), store, moment, edition_id=newer)
    assert (followed(store)["last_at"] > (moment - slow.ORIGIN).total_seconds()).any()
    assert new["id"].tolist() == old["id"].tolist()
    assert new["leaf"].tolist() == [LEAVES - 1 - leaf for leaf in old["leaf"].tolist()]


def turned(system: GridSystem) -> GridSystem:
    """The same grids in reverse order of their codes: leaf i is leaf 11 - i."""
    layers = [layer.drop(columns=["lo", "hi", "area_m2"]) for layer in system.levels]
    layers[2]["code"] = [f"K{LEAVES - i:02}" for i in range(LEAVES)]
    layers[1]["code"] = [f"V{6 - i}" for i in range(6)]
    layers[2]["parent"] = [f"V{6 - i // 2}" for i in range(LEAVES)]
    layers[0]["code"] = [f"T{3 - i}" for i in range(3)]
    layers[1]["parent"] = [f"T{3 - i // 2}" for i in range(6)]
    return GridSystem.build(layers)
