import dataclasses
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import DatabaseUnavailable, QueryInvalid
from data.incidents.model import State
from data.stats.mirror import mirror as mirror_module
from data.stats.mirror.follower import MirrorFollower
from data.stats.mirror.mirror import DTYPES, FLAGS, Mirror, MirrorView
from tests.unit.stats import slow
from tests.unit.stats.cities import LEAVES, NOON, histories, history, state, view_of


def as_lists(view: MirrorView) -> dict[str, list[object]]:
    """Columns with words in place of codes, which depend on the order of arrival; NaN as text, to be comparable."""
    found = {name: view[name].astype(object).tolist() for name in DTYPES}
    for name, words in view.words.items():
        found[name] = [words[code] for code in view[name]]
    return {name: [repr(value) for value in values] for name, values in found.items()}


def later(states: list[State], seq: int) -> list[State]:
    """Some of them moved on since."""
    moved = [dataclasses.replace(one, seq=seq + i, leaf=0, category="moved") for i, one in enumerate(states[::3])]
    by_id = {one.id: one for one in [*states, *moved]}
    return list(by_id.values())


@given(histories(), st.integers(0, 40), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_filled_in_two_refreshes_equals_filled_at_once(states: list[State], cut: int, rng):
    rng.shuffle(states)  # ids need not arrive in order
    final = later(states, seq=1000)
    twice = Mirror(LEAVES)
    twice.apply(500, slow.columns_of(states[:cut]))
    before = twice.view()
    kept = as_lists(before)
    changed = [one for one in final if one.seq >= 1000 or one not in states[:cut]]
    twice.apply(2000, slow.columns_of(changed))
    at_once = Mirror(LEAVES)
    at_once.apply(2000, slow.columns_of(final))
    assert as_lists(twice.view()) == as_lists(at_once.view())
    assert twice.seq == 2000
    assert as_lists(before) == kept, "a view changed under its reader"


def test_columns_hold_what_the_incident_says():
    one = state(
        7, NOON, leaf=-1, lon=None, lat=None, category="0102", source="12345", unit="squad", self_handled=True,
        handled_at=NOON, returns=2, extensions=1, urges=3, satisfaction="neutral", merged_into=3,
    )  # fmt: skip
    view = view_of([one])
    row = view.position(7)
    assert row == 0
    assert view.categories[view["category"][row]] == "0102"
    assert view.sources[view["source"][row]] == "12345"
    assert view.units[view["unit"][row]] == "squad"
    raised = ("self_handled", "unlocated", "returned", "extended", "urged", "neutral", "merged")
    assert view["flags"][row] == sum(FLAGS[name] for name in raised)
    assert view["closed_at"][row] == mirror_module.MISSING
    assert np.isnan(view["lon"][row])
    assert {name: view[name].dtype for name in DTYPES} == dict(DTYPES)


def test_an_unknown_id_has_no_position():
    view = view_of([state(3, NOON), state(9, NOON)])
    assert [view.position(one) for one in (2, 3, 5, 9, 10)] == [None, 0, None, 1, None]
    assert view_of([]).position(1) is None


def test_a_view_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        view_of([state(1, NOON)])["leaf"][0] = 5


def test_a_leaf_the_mirror_does_not_have_is_refused_and_nothing_is_taken():
    mirror = Mirror(LEAVES)
    with pytest.raises(QueryInvalid, match=f"leaf {LEAVES}"):
        mirror.apply(5, slow.columns_of([state(1, NOON, leaf=LEAVES)]))
    assert (mirror.seq, len(mirror.view())) == (0, 0)


def test_more_categories_than_two_bytes_hold():
    count = 40_000
    columns = {name: np.repeat(column, count) for name, column in slow.columns_of([state(1, NOON)]).items()}
    columns["id"] = columns["seq"] = np.arange(1, count + 1)
    columns["category"] = np.array([f"c{i}" for i in range(count)], dtype=object)
    mirror = Mirror(LEAVES)
    mirror.apply(count, columns)
    view = mirror.view()
    assert [view.categories[code] for code in view["category"][[0, 32_767, 32_768, count - 1]]] == [
        "c0", "c32767", "c32768", "c39999",
    ]  # fmt: skip


class FakeStore:
    """Answers as the store does: `incident_columns` is replaced by `read`, `listen` tells what the test puts in."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self.failure: BaseException | None = None
        self.told = threading.Condition()
        self.news = 0

    def put(self, states: list[State]) -> None:
        with self.told:
            self.states = self.states + states
            self.news += 1
            self.told.notify_all()

    def read(self, _: object, after_seq: int, edition_id: int | None, limit: int):  # noqa: ARG002  # as the real one
        if self.failure is not None:
            raise self.failure
        fresh = sorted((one for one in self.states if one.seq > after_seq), key=lambda one: one.seq)[:limit]
        return (fresh[-1].seq if fresh else after_seq), slow.columns_of(fresh)

    def listen(self, channel: str, timeout_s: float) -> Iterator[str | None]:
        assert channel == "incident_log"
        return self._told(self.news, timeout_s)  # it listens from this call on

    def _told(self, seen: int, timeout_s: float) -> Iterator[str | None]:
        while True:
            with self.told:
                heard = self.told.wait_for(lambda: self.news != seen, timeout=timeout_s)  # noqa: B023  # called here
                seen = self.news
            if self.failure is not None:
                raise self.failure
            yield "told" if heard else None


@pytest.fixture
def fake_store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    store = FakeStore()
    monkeypatch.setattr(mirror_module, "incident_columns", store.read)
    return store


def test_a_long_catch_up_is_read_in_parts_and_shown_whole(fake_store: FakeStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mirror_module, "_CHUNK_ROWS", 3)
    fake_store.put(history(1, 10))
    mirror = Mirror(LEAVES)
    assert mirror.refresh(fake_store) == 10
    assert mirror.refresh(fake_store) == 0
    assert as_lists(mirror.view()) == as_lists(view_of(fake_store.states))


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it did not come about within 10 s"
        time.sleep(0.01)


def test_the_follower_brings_in_what_is_told_and_tells_on(fake_store: FakeStore):
    mirror, heard = Mirror(LEAVES), []
    fake_store.put([state(1, NOON)])
    follower = MirrorFollower(fake_store, mirror, heard.append, poll_s=30)
    follower.start()
    try:
        until(lambda: heard == [1])
        fake_store.put([state(2, NOON)])
        until(lambda: heard == [1, 2])
        assert len(mirror.view()) == 2
        assert follower.healthy_at is not None
    finally:
        fake_store.put([])
        follower.stop()
    assert not follower.alive


def test_the_follower_looks_by_itself_when_nothing_is_told(fake_store: FakeStore):
    heard = []
    follower = MirrorFollower(fake_store, Mirror(LEAVES), heard.append, poll_s=0.02)
    follower.start()
    try:
        until(lambda: follower.healthy_at is not None)
        fake_store.states = [state(1, NOON)]  # without a word
        until(lambda: heard == [1])
    finally:
        follower.stop()


def test_the_follower_goes_on_after_the_database_was_away(fake_store: FakeStore):
    heard = []
    follower = MirrorFollower(fake_store, Mirror(LEAVES), heard.append, poll_s=0.02)
    follower.start()
    try:
        until(lambda: follower.healthy_at is not None)
        fake_store.failure = DatabaseUnavailable("the server was stopped")
        until(lambda: follower.last_error is fake_store.failure)
        stood_still = follower.healthy_at
        fake_store.put([state(1, NOON)])
        fake_store.failure = None
        until(lambda: heard == [1])
        assert follower.last_error is None
        assert follower.healthy_at > stood_still
    finally:
        follower.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mistake_of_ours_ends_the_follower_and_shows(fake_store: FakeStore):
    def mistaken(_: int) -> None:
        raise ZeroDivisionError

    follower = MirrorFollower(fake_store, Mirror(LEAVES), mistaken, poll_s=0.02)
    fake_store.put([state(1, NOON)])
    follower.start()
    until(lambda: not follower.alive)
    assert isinstance(follower.last_error, ZeroDivisionError)


def test_stop_before_start_is_fine(fake_store: FakeStore):
    MirrorFollower(fake_store, Mirror(LEAVES), lambda _: None).stop()


def test_a_mirror_that_takes_over_fewer_rows_forgets_what_was_open():
    mirror = Mirror(LEAVES)
    mirror.apply(9_000, slow.columns_of(state(i + 1, NOON) for i in range(9_000)))
    assert len(mirror.view().open_columns["leaf"]) == 9_000
    few = view_of([state(1, NOON), state(2, NOON, closed_at=NOON)])
    mirror.restore(2, dict(few.columns), few.words)
    assert mirror.view().open_columns["id"].tolist() == [1]
