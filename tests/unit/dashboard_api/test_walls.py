"""Walls and their phones: codes, tries, controls, and the answer that carries the commands; with a clock of our own."""

import asyncio
import json
import random
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from dashboard.api import walls
from dashboard.api.walls import CommandIn, ControlStream
from dashboard.live import event_stream, guesses
from dashboard.live import walls as live_walls
from dashboard.live.guesses import BURST, LONG_DIGITS, REFILL, SHORT_DIGITS, SHORT_TRIES, TRIES_FOR, Guesses, new_code
from dashboard.live.timetable import Scene
from dashboard.live.walls import (
    AWAY_FOR,
    CODE_FOR,
    CONTROL_FOR,
    MOST_PHONES,
    MOST_WAITING,
    MOST_WAITING_WALLS,
    MOST_WALLS,
    Walls,
    WallStream,
)
from data.access.scope import Holder, HolderKind, Scope
from data.errors import TooManyRequests, WallAway, WallUnknown
from tests.unit.dashboard_api.answered import Client

CITY = Scope.city(8)
SECOND = timedelta(seconds=1)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, span: timedelta) -> None:
        self.now += span


def on_loop(test: Callable[[Walls, Clock], Coroutine[Any, Any, None]]) -> None:
    clock = Clock()
    asyncio.run(asyncio.wait_for(test(Walls(clock), clock), 30))


def told(messages: list[bytes]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for message in messages:
        event, data, *rest = message.decode().split("\n")
        assert rest == ["", ""]
        found.append((event.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def connect(known: Walls, name: str = "a" * 32, scope: Scope = CITY) -> tuple[live_walls.Wall, WallStream]:
    wall = known.wall(name, scope)
    return wall, known.attach(wall)


def test_a_wall_is_told_its_code_at_once() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        wall, stream = connect(known)
        ((event, document),) = told(await stream.receive(1))
        assert event == "pairing"
        assert document == {"code": wall.code, "expires_at": (clock.now + CODE_FOR).isoformat(), "phones": 0}
        assert len(wall.code) == 6
        assert wall.code.isdigit()

    on_loop(test)


def test_a_code_is_good_for_one_phone_and_the_wall_learns_of_it() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        wall, stream = connect(known)
        code = wall.code
        token = known.pair(code, "phone")
        assert len(token) >= 43
        first, second = told(await stream.receive(1))
        assert (first[1]["phones"], second[1]["phones"]) == (0, 1)
        assert second[1]["code"] == wall.code != code
        assert known.controlled(token) is wall
        with pytest.raises(WallUnknown):
            known.pair(code, "phone")
        other = known.pair(wall.code, "another phone")
        assert known.controlled(other) is known.controlled(token) is wall

    on_loop(test)


def test_a_code_nobody_uses_is_replaced_before_it_runs_out() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        wall, stream = connect(known)
        await stream.receive(1)
        code = wall.code
        clock.pass_(CODE_FOR - timedelta(seconds=live_walls.BEAT_EVERY_S + 1))
        assert told([known.beat(wall)])[0][0] == "beat"
        assert wall.code == code
        clock.pass_(SECOND)
        known.beat(wall)
        assert told(await stream.receive(1)) == [
            ("pairing", {"code": wall.code, "expires_at": (clock.now + CODE_FOR).isoformat(), "phones": 0})
        ]
        assert wall.code != code
        # Without beats, as while the wall is away, the clock alone ends a code.
        code = wall.code
        clock.pass_(CODE_FOR)
        with pytest.raises(WallUnknown):
            known.pair(code, "phone")

    on_loop(test)


def test_codes_of_walls_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([7, 7, 7, 123_456, 7, 123_456, 8])
    monkeypatch.setattr(guesses.secrets, "randbelow", lambda _below: next(draws))

    async def test(known: Walls, clock: Clock) -> None:
        one, _ = connect(known, "1" * 32)
        two, _ = connect(known, "2" * 32)
        assert (one.code, two.code) == ("100007", "223456")
        token = known.pair("223456", "phone")
        assert known.controlled(token) is two
        assert (one.code, two.code) == ("100007", "100008")

    on_loop(test)


def test_commands_arrive_in_order_at_the_wall_that_was_paired() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        one, of_one = connect(known, "1" * 32)
        _, of_two = connect(known, "2" * 32)
        token = known.pair(one.code, "phone")
        await of_one.receive(1)
        await of_two.receive(1)
        for do in ("next", "hold", "previous"):
            known.command(known.controlled(token), {"do": do})
        assert told(await of_one.receive(1)) == [("command", {"do": do}) for do in ("next", "hold", "previous")]
        assert await of_two.receive(0.01) == []

    on_loop(test)


def test_a_wall_whose_line_broke_keeps_its_phones_for_a_while() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        wall, stream = connect(known)
        token = known.pair(wall.code, "phone")
        known.detach(wall, stream)
        assert known.connected == 0
        with pytest.raises(WallAway):
            known.command(known.controlled(token), {"do": "next"})
        clock.pass_(AWAY_FOR)
        again, back = connect(known)
        assert again is wall
        assert told(await back.receive(1))[0][1]["phones"] == 1
        known.command(known.controlled(token), {"do": "next"})
        known.detach(wall, back)
        clock.pass_(AWAY_FOR + SECOND)
        with pytest.raises(WallUnknown):
            known.controlled(token)
        assert known.wall("a" * 32, CITY) is not wall

    on_loop(test)


def test_of_two_connections_of_one_wall_the_newer_one_counts() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        wall, old = connect(known)
        _, new = connect(known)
        assert old.ended.is_set()
        # The old one is given back late, and takes nothing along.
        known.detach(wall, old)
        assert (known.connected, wall.stream) == (1, new)

    on_loop(test)


def test_a_control_ends_when_nobody_uses_it() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        wall, _ = connect(known)
        used, unused = known.pair(wall.code, "one"), known.pair(wall.code, "two")
        clock.pass_(CONTROL_FOR)
        assert known.controlled(used) is wall
        clock.pass_(SECOND)
        assert known.controlled(used) is wall
        with pytest.raises(WallUnknown):
            known.controlled(unused)
        for nobody in ("", "x", used + "x", used[:-1]):
            with pytest.raises(WallUnknown):
                known.controlled(nobody)

    on_loop(test)


def test_the_phone_that_was_used_last_stays() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        wall, _ = connect(known)
        tokens = []
        for _each in range(MOST_PHONES):
            tokens.append(known.pair(wall.code, "phone"))
            clock.pass_(SECOND)
        known.controlled(tokens[0])
        clock.pass_(SECOND)
        known.pair(wall.code, "phone")
        assert len(wall.phones) == MOST_PHONES
        with pytest.raises(WallUnknown):
            known.controlled(tokens[1])
        assert known.controlled(tokens[0]) is wall

    on_loop(test)


def a_wrong_code(known: Walls) -> str:
    shown = {wall.code for wall in known._walls.values()}
    return next(code for code in (f"{number:06d}" for number in range(100_000, 200_000)) if code not in shown)


def test_wrong_codes_from_anywhere_lock_nobody_out_and_find_nothing() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        wall, stream = connect(known)
        short = wall.code
        for number in range(SHORT_TRIES):
            assert len(wall.code) == SHORT_DIGITS
            with pytest.raises(WallUnknown):
                known.pair(a_wrong_code(known), f"stranger {number}")
        # The wall shows a code at once that nobody finds by trying; the one that could be found is worth nothing.
        assert told(await stream.receive(1))[-1][1]["code"] == wall.code
        assert (len(wall.code), wall.code[0]) == (LONG_DIGITS, "0")
        with pytest.raises(WallUnknown):
            known.pair(short, "phone")
        for number in range(5_000):
            with pytest.raises(WallUnknown):
                known.pair(a_wrong_code(known), f"stranger {number}")
        assert known.controlled(known.pair(wall.code, "phone")) is wall
        later, _ = connect(known, "b" * 32)
        assert len(later.code) == LONG_DIGITS

    on_loop(test)


def test_the_phone_beside_the_stranger_waits_a_second() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        wall, _ = connect(known)
        for _each in range(BURST):
            with pytest.raises(WallUnknown):
                known.pair(a_wrong_code(known), "the same")
        # Neither does a right one help then: it would tell which code is right.
        with pytest.raises(TooManyRequests) as refused:
            known.pair(wall.code, "the same")
        assert refused.value.values["retry_after_s"] <= 2
        assert known.pair(wall.code, "somebody else")
        clock.pass_(timedelta(seconds=refused.value.values["retry_after_s"]))
        assert known.pair(wall.code, "the same")

    on_loop(test)


def test_a_stranger_at_the_phones_own_address_does_not_lock_it_out() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        wall, _ = connect(known)
        for _each in range(3 * SHORT_TRIES):
            clock.pass_(SECOND / 2)
            with pytest.raises((WallUnknown, TooManyRequests)):
                known.pair(a_wrong_code(known), "the same")
        with pytest.raises((WallUnknown, TooManyRequests)):
            known.pair(a_wrong_code(known), "the same")
        with pytest.raises(TooManyRequests):
            known.pair(a_wrong_code(known), "the same")
        assert known.controlled(known.pair(wall.code, "the same")) is wall

    on_loop(test)


def test_codes_are_short_again_after_a_quiet_day() -> None:
    clock, guessed = Clock(), Guesses()
    first = [guessed.wrong(f"{number}", clock.now) for number in range(SHORT_TRIES)]
    assert first == [False] * (SHORT_TRIES - 1) + [True]
    assert not guessed.wrong("x", clock.now)
    clock.pass_(TRIES_FOR - SECOND)
    assert guessed.many(clock.now)
    clock.pass_(SECOND)
    assert not guessed.many(clock.now)
    # A few of each day never add up.
    for _ in range(100):
        clock.pass_(TRIES_FOR / (SHORT_TRIES - 2))
        assert not guessed.wrong("y", clock.now)


def test_codes_say_how_long_they_are() -> None:
    for _ in range(200):
        short, long = new_code(long=False), new_code(long=True)
        assert (len(short), short[0] != "0", short.isdigit()) == (SHORT_DIGITS, True, True)
        assert (len(long), long[0], long.isdigit()) == (LONG_DIGITS, "0", True)


def test_tries_against_a_slow_bucket() -> None:
    """Random tries of random addresses: refused exactly when a bucket that is filled step by step is empty."""
    rng = random.Random(4)
    clock, guessed = Clock(), Guesses()
    began = clock.now
    tokens = dict.fromkeys("abcdefgh", float(BURST))
    refusals = 0
    for _each in range(3_000):
        span = rng.choice([0, 0, 0, 0, 0, 1]) * REFILL
        clock.pass_(span)
        tokens = {who: min(BURST, left + span / REFILL) for who, left in tokens.items()}
        who = rng.choice("aaaabbcdefgh")
        try:
            guessed.check(who, clock.now)
        except TooManyRequests as error:
            refusals += 1
            assert tokens[who] < 1
            guessed.check(who, clock.now + timedelta(seconds=error.values["retry_after_s"]))
        else:
            assert tokens[who] >= 1
            tokens[who] -= 1
            guessed.wrong(who, clock.now)
    assert refusals > 100
    assert clock.now > began


def test_what_is_remembered_of_strangers_is_bounded() -> None:
    clock, guessed = Clock(), Guesses()
    for number in range(20_000):
        guessed.wrong(f"{number}", clock.now)
    assert len(guessed._full_at) <= 4096
    assert len(guessed._wrong) == SHORT_TRIES


def test_strangers_take_no_walls_place() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        paired, _ = connect(known, "1" * 32)
        control = known.pair(paired.code, "phone")
        keyed, _ = connect(known, "2" * 32, Scope.city(8, "screen", Holder(HolderKind.SCREEN, "1")))
        waiting = known.wall("3" * 32, CITY, "hall")
        stream = known.attach(waiting)
        for number in range(300):
            stranger = known.wall(f"f{number:031x}", CITY, f"net {number % 40}")
            known.attach(stranger)
            clock.pass_(SECOND)
            known.controlled(control)
        assert known.connected <= MOST_WALLS
        assert known.controlled(control) is paired
        assert known.wall("2" * 32, CITY) is keyed
        # A new wall gets in at any time.
        late = known.wall("4" * 32, CITY, "hall")
        assert known.controlled(known.pair((known.attach(late), late.code)[1], "phone")) is late
        assert not stream.ended.is_set() or known.wall("3" * 32, CITY, "hall") is not waiting

    on_loop(test)


def test_one_address_has_so_many_walls_that_nobody_steers() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        first, old = known.wall("0" * 32, CITY, "net"), None
        old = known.attach(first)
        other = known.wall("e" * 32, CITY, "hall")
        theirs = known.attach(other)
        for number in range(MOST_WAITING_WALLS):
            known.attach(known.wall(f"f{number:031x}", CITY, "net"))
        # The oldest one went, its page may come back; the others of the address stay, and so do those of others.
        assert old.ended.is_set()
        assert not theirs.ended.is_set()
        assert known.connected == MOST_WAITING_WALLS + 1

    on_loop(test)


def test_walls_are_bounded_and_those_away_make_room() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        streams = []
        for n in range(MOST_WALLS):
            wall, stream = connect(known, f"{n:032x}", Scope.city(8, "screen", Holder(HolderKind.SCREEN, "1")))
            streams.append((wall, stream))
        with pytest.raises(TooManyRequests):
            known.wall("f" * 32, CITY)
        for wall, stream in streams[3:5]:
            known.detach(wall, stream)
            clock.pass_(SECOND)
        connect(known, "f" * 32)
        assert known.connected == MOST_WALLS - 1
        # The one that went first made room; the other one may come back.
        assert known.wall(streams[4][0].name, CITY) is streams[4][0]
        assert known.wall("f" * 32, CITY).stream is not None

    on_loop(test)


def test_a_wall_that_takes_nothing_is_away() -> None:
    async def test(known: Walls, clock: Clock) -> None:
        wall, stream = connect(known)
        for _each in range(MOST_WAITING - 1):
            known.command(wall, {"do": "next"})
        with pytest.raises(WallAway):
            known.command(wall, {"do": "next"})
        assert len(await stream.receive(1)) == MOST_WAITING
        known.command(wall, {"do": "next"})

    on_loop(test)


@pytest.mark.parametrize(
    "said",
    [
        {}, {"do": "jump"}, {"do": "scene"}, {"do": "next", "scene": "night"}, {"do": "scene", "scene": "map"},
        {"do": "scene", "scene": "night", "place": "1:T1"}, {"do": "next", "place": "1:T1"}, {"do": "next", "x": 1},
        {"do": "scene", "scene": "place", "place": "x" * 101},
    ],
)  # fmt: skip
def test_commands_that_make_no_sense(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CommandIn.model_validate(said)


def test_every_command_goes_to_the_wall_as_its_scenes_take_it() -> None:
    for do in ("next", "previous", "hold", "release"):
        assert CommandIn.model_validate({"do": do}).model_dump(exclude_none=True) == {"do": do}
    for scene in get_args(Scene):
        said = {"do": "scene", "scene": scene}
        assert CommandIn.model_validate(said).model_dump(exclude_none=True) == said
    there = {"do": "scene", "scene": "place", "place": "1:T1"}
    assert CommandIn.model_validate(there).model_dump(exclude_none=True) == there


def streamed(test: Callable[[Walls, live_walls.Wall, Client, "asyncio.Task[None]"], Coroutine[Any, Any, None]]) -> None:
    async def whole(known: Walls, clock: Clock) -> None:
        client, wall = Client(), known.wall("a" * 32, CITY)
        answer = asyncio.create_task(ControlStream(known, wall)({"type": "http"}, client.receive, client.send))
        await client.until(b"event: pairing")
        assert known.connected == 1
        await test(known, wall, client, answer)
        await asyncio.wait_for(answer, 10)
        assert known.connected == 0

    on_loop(whole)


def test_the_answer_carries_commands_and_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "BEAT_EVERY_S", 0.02)

    async def test(known: Walls, wall: live_walls.Wall, client: Client, answer: Any) -> None:
        head = client.sent[0]
        names = dict(head["headers"])
        assert head["status"] == 200
        assert names[b"content-type"].startswith(b"text/event-stream")
        assert b"content-length" not in names
        await client.until(b"event: beat")
        known.command(wall, {"do": "hold"})
        await client.until(b'event: command\ndata: {"do":"hold"}\n\n')
        client.gone.set()

    streamed(test)


def test_the_answer_is_finished_properly_when_the_server_ends() -> None:
    async def test(known: Walls, wall: live_walls.Wall, client: Client, answer: Any) -> None:
        known.end()
        await asyncio.wait_for(answer, 5)
        assert client.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
        # Who comes after that is not kept waiting.
        assert known.attach(wall).ended.is_set()

    streamed(test)


def test_a_wall_that_does_not_read_is_cut_off_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "GRACE_S", 0.05)

    async def test(known: Walls, wall: live_walls.Wall, client: Client, answer: Any) -> None:
        client.reads.clear()
        known.command(wall, {"do": "next"})
        known.end()

    streamed(test)


def test_a_wall_that_does_not_read_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "SLOW_AFTER_S", 0.05)

    async def test(known: Walls, wall: live_walls.Wall, client: Client, answer: Any) -> None:
        client.reads.clear()
        known.command(wall, {"do": "next"})

    streamed(test)
