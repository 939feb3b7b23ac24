"""The book of connections: what gives way to what, against a slow count."""

import logging
import random
from typing import Any

import pytest

from dashboard.doors import limits as limits_module
from dashboard.doors.connections import Connections, Waits
from dashboard.doors.limits import HEALTH_PLACES, ConnectionLimits
from dashboard.doors.seldom import Seldom
from dashboard.doors.streams import StreamPlaces
from data.errors import StreamsFull
from data.settings import Settings


class Line:
    """A connection that does as it is told."""

    def __init__(self, network: str, waits: Waits = Waits.REQUEST, *, many: bool = False) -> None:
        self.network = network
        self.waits = waits
        self.may_be_many = many
        self.dropped = False
        self.late: str | None = None

    def drop(self) -> None:
        self.dropped = True

    def overdue(self, now: float, passed_s: float) -> str | None:  # noqa: ARG002 - the book's own
        return self.late


def book(connections: int = 10, per_address: int = 4) -> tuple[Connections, list[str]]:
    said: list[str] = []
    limits = ConnectionLimits(connections, per_address, 5, 2)
    return Connections(limits, warn=lambda message, *values: said.append(message % values)), said


def test_the_oldest_idle_one_of_an_address_gives_way() -> None:
    known, said = book()
    lines = [Line("a") for _ in range(4)]
    assert all(known.enter(line) for line in lines)
    assert said == []
    lines[0].waits = Waits.SERVER
    known.moved_on(lines[0])
    assert known.enter(newest := Line("a"))
    assert [line.dropped for line in (*lines, newest)] == [False, True, False, False, False]
    assert (len(known), known.of("a")) == (4, 4)
    assert "a has 4 connections" in said[0]


def test_an_idle_flood_keeps_nobody_out() -> None:
    known, said = book()
    working = [Line(f"w{at}", Waits.SERVER) for at in range(3)]
    assert all(known.enter(line) for line in working)
    flood = [Line(f"f{at % 3}") for at in range(500)]
    assert all(known.enter(line) for line in flood)
    assert known.enter(Line("somebody"))
    assert not any(line.dropped for line in working)
    assert len(known) == 10
    assert any("10 connections are open" in line for line in said)


def test_one_that_sends_a_body_goes_only_where_none_is_idle() -> None:
    known, _ = book(connections=3, per_address=3)
    sending, idle, working = Line("a", Waits.BODY), Line("b"), Line("c", Waits.SERVER)
    for line in (sending, idle, working):
        known.enter(line)
    known.enter(Line("d", Waits.SERVER))
    assert (idle.dropped, sending.dropped) == (True, False)
    known.enter(Line("e", Waits.SERVER))
    assert sending.dropped
    assert not known.enter(Line("f"))
    assert not working.dropped


def test_where_all_are_busy_a_few_more_may_ask_for_health_and_no_others() -> None:
    known, _ = book(connections=2, per_address=2)
    for at in range(2):
        known.enter(Line(f"w{at}", Waits.SERVER))
    later = [Line(f"l{at}", Waits.SERVER) for at in range(HEALTH_PLACES + 1)]
    assert [known.enter(line) for line in later] == [False] * (HEALTH_PLACES + 1)
    assert [line.dropped for line in later] == [False] * HEALTH_PLACES + [True]


def test_a_trusted_proxy_has_as_many_as_there_are() -> None:
    known, said = book()
    lines = [Line("proxy", many=True) for _ in range(10)]
    assert all(known.enter(line) for line in lines)
    assert not any(line.dropped for line in lines)
    assert said == []


def test_what_took_too_long_is_closed() -> None:
    known, said = book()
    late, good = Line("a"), Line("a")
    known.enter(late)
    known.enter(good)
    late.late = "its request did not come"
    known.look_round(1.0)
    assert (late.dropped, good.dropped, len(known)) == (True, False, 1)
    assert said == ["a connection was closed: its request did not come; the last one from a"]
    good.late = ""
    known.look_round(2.0)
    assert (good.dropped, len(said)) == (True, 1)


def test_against_a_slow_count() -> None:
    """Random comings, goings and changes: the counts are those of a list, and the right ones were closed."""
    rng = random.Random(5)
    known, _ = book(connections=12, per_address=5)
    there: list[Line] = []
    for _ in range(5_000):
        choice = rng.random()
        if choice < 0.5 or not there:
            line = Line(rng.choice("abcdef"), rng.choice(list(Waits)))
            known.enter(line)
            there.append(line)
        elif choice < 0.75:
            line = rng.choice(there)
            line.waits = rng.choice(list(Waits))
            known.moved_on(line)
        else:
            gone = rng.choice(there)
            known.leave(gone)
            known.leave(gone)
            there.remove(gone)
        for line in [line for line in there if line.dropped]:
            known.leave(line)
            there.remove(line)
        assert set(known) == set(there)
        assert all(known.of(one) == sum(line.network == one for line in there) for one in "abcdef")
        assert len(known) <= 12 + HEALTH_PLACES


@pytest.mark.parametrize(
    ("descriptors", "expected"),
    [
        (1024, (824, 412, 618, 309)),
        (65536, (2000, 500, 1000, 375)),
        (256, (56, 28, 42, 21)),
        (64, (16, 8, 12, 6)),
        (3, (1, 1, 1, 1)),
    ],
)
def test_limits_follow_from_the_descriptors(descriptors: int, expected: tuple[int, ...], tmp_path: Any) -> None:
    found = ConnectionLimits.of(Settings(home=tmp_path), descriptors)
    assert (found.connections, found.per_address, found.streams, found.streams_per_address) == expected


def test_fewer_than_were_set_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(limits_module, "raise_descriptors", lambda: 1024)
    limits_module.limits_of(Settings(home=tmp_path))
    assert "at most 824 connections at a time" in caplog.text
    caplog.clear()
    monkeypatch.setattr(limits_module, "raise_descriptors", lambda: 20_000)
    limits_module.limits_of(Settings(home=tmp_path))
    assert caplog.text == ""


def test_streams_have_places_of_their_own() -> None:
    places = StreamPlaces(3, 2)
    with places.one("a"), places.one("a"):
        with pytest.raises(StreamsFull) as caught, places.one("a"):
            pass
        assert caught.value.values == {"limit": 2, "retry_after_s": 30}
        with places.one("b"), pytest.raises(StreamsFull), places.one("c"):
            pass
        assert len(places) == 2
    assert len(places) == 0


def test_a_flood_writes_few_lines(caplog: pytest.LogCaptureFixture) -> None:
    at = [0.0]
    seldom = Seldom(logging.getLogger("flood"), every_s=60, now=lambda: at[0])
    for _ in range(100):
        seldom.warning("from %s", "a%d")
        at[0] += 1
    assert [record.getMessage() for record in caplog.records] == [
        "from a%d",
        "from a%d (59 more since the last such line)",
    ]
