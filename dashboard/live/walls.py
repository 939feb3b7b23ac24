"""Walls that are connected, and the phones that steer them: who may, and for how long.

A wall shows a code; who reads it there types it into a phone, which gets a token instead. Everything is in memory,
bounded, and used on one event loop; a server that starts again knows nobody, and phones pair anew.

Wrong codes lock nobody out: where they mount up, codes grow so long that guessing them is hopeless (`guesses.py`).
"""

import asyncio
import itertools
import json
import logging
import secrets
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from dashboard.live.guesses import LONG_DIGITS, SHORT_TRIES, Guesses, new_code
from data.access.scope import HolderKind, Scope
from data.errors import TooManyRequests, WallAway, WallUnknown

log = logging.getLogger(__name__)

WallEvent = Literal["pairing", "command", "beat"]

BEAT_EVERY_S: Final = 5.0
# A code that nobody used is replaced; a control that nobody used ends; a wall that went away is forgotten.
CODE_FOR: Final = timedelta(minutes=10)
CONTROL_FOR: Final = timedelta(hours=8)
AWAY_FOR: Final = timedelta(minutes=2)
MOST_WALLS: Final = 64
# Walls of one address that no phone steers yet and no key opened.
MOST_WAITING_WALLS: Final = 16
MOST_PHONES: Final = 8
# What a wall has not taken yet; one that takes nothing is as good as away.
MOST_WAITING: Final = 16

_TOKEN_BYTES = 32


def encode(event: WallEvent, document: Mapping[str, Any]) -> bytes:
    """Write one server-sent event."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"event: {event}\ndata: {text}\n\n".encode()


class WallStream:
    """What one connection of a wall has yet to be sent."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self.ended = asyncio.Event()

    def offer(self, message: bytes) -> bool:
        """Add a message; False where the wall takes nothing any more."""
        if self.ended.is_set() or len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting.append(message)
        self._wake.set()
        return True

    async def receive(self, wait_s: float) -> list[bytes]:
        """Take what there is, waiting up to `wait_s` for it; an empty list means nothing came, or it is over."""
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            return []
        if self.ended.is_set():
            return []
        taken = list(self._waiting)
        self._waiting.clear()
        self._wake.clear()
        return taken

    def end(self) -> None:
        """Say that nothing more comes."""
        self.ended.set()
        self._wake.set()


@dataclass(eq=False)
class Wall:
    """A wall: what it may see, the code it shows, its connection, and the tokens of its phones with their last use.

    `network` is where it came from, and `since` the how-manieth wall it is.
    """

    name: str
    scope: Scope
    code: str
    code_ends_at: datetime
    away_since: datetime | None
    stream: WallStream | None = None
    phones: dict[str, datetime] = field(default_factory=dict)
    network: str = ""
    since: int = 0

    @property
    def may_go(self) -> bool:
        """Whether anybody could have opened it: no phone steers it, and no screen's key came with it."""
        return not self.phones and self.scope.holder.kind is not HolderKind.SCREEN


class Walls:
    """All walls that are connected or were a moment ago. Every method runs on the event loop."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._walls: dict[str, Wall] = {}
        self._guesses = Guesses()
        self._numbers = itertools.count()
        self._closed = False

    @property
    def connected(self) -> int:
        """How many walls are connected."""
        return sum(wall.stream is not None for wall in self._walls.values())

    def wall(self, name: str, scope: Scope, network: str = "") -> Wall:
        """Return the wall of this name, a new one where nobody knows it.

        Where there are too many, walls that nobody steers make room: those of the same address, or of the one with
        the most of them, the oldest first. Their pages come back by themselves.

        Parameters
        ----------
        name
            What the wall calls itself; as hard to guess as a password, so that nobody takes its place.
        scope
            What it may see.
        network
            Where it comes from.

        Raises
        ------
        TooManyRequests
            So many walls are connected already, each steered by a phone or opened by a key.
        """
        now = self._now()
        self._forget(now)
        wall = self._walls.get(name)
        if wall is None:
            wall = Wall(name, scope, "", now, away_since=now, network=network, since=next(self._numbers))
            if wall.may_go:
                self._thin_out(network)
            if len(self._walls) >= MOST_WALLS:
                self._make_room()
            self._walls[name] = wall
        wall.scope = scope
        return wall

    def attach(self, wall: Wall) -> WallStream:
        """Connect a wall: it is told its code at once. An older connection of the same wall ends."""
        stream = WallStream()
        if self._closed:
            stream.end()
            return stream
        if wall.stream is not None:
            wall.stream.end()
        self._walls[wall.name] = wall
        wall.stream, wall.away_since = stream, None
        self._new_code(wall)
        return stream

    def detach(self, wall: Wall, stream: WallStream) -> None:
        """Give a connection back; its phones may go on if the wall comes again soon."""
        if wall.stream is stream:
            wall.stream, wall.away_since = None, self._now()

    def beat(self, wall: Wall) -> bytes:
        """Return the sign of life of a wall's stream; a code that will not last until the next one is replaced."""
        now = self._now()
        if wall.code_ends_at - now <= timedelta(seconds=BEAT_EVERY_S):
            self._new_code(wall)
        return encode("beat", {"now": now.isoformat(timespec="milliseconds")})

    def pair(self, code: str, network: str) -> str:
        """Give the control of the wall that shows this code; the code is used up.

        Raises
        ------
        TooManyRequests
            Wrong codes come from this address too fast; for a second or two, and never for a right long one.
        WallUnknown
            No wall shows this code, or not any more.
        """
        now = self._now()
        self._forget(now)
        shown = [wall for wall in self._walls.values() if secrets.compare_digest(wall.code, code)]
        right = bool(shown) and shown[0].code_ends_at > now
        # A long code is found by nobody who does not see it, so that a stranger's haste costs its reader nothing.
        if not right or len(code) < LONG_DIGITS:
            self._guesses.check(network, now)
        if not right:
            if self._guesses.wrong(network, now):
                self._lengthen_codes()
            raise WallUnknown("no wall shows this code any more: press C at the wall, and read the new one")
        wall, token = shown[0], secrets.token_urlsafe(_TOKEN_BYTES)
        if len(wall.phones) >= MOST_PHONES:
            del wall.phones[min(wall.phones, key=lambda one: wall.phones[one])]
        wall.phones[token] = now
        self._new_code(wall)
        return token

    def controlled(self, token: str) -> Wall:
        """Return the wall a token controls, and count this as a use.

        Raises
        ------
        WallUnknown
            It controls none, or not any more.
        """
        now = self._now()
        self._forget(now)
        for wall in self._walls.values():
            if token in wall.phones:
                wall.phones[token] = now
                return wall
        raise WallUnknown("the control of this wall has run out: type the code that it shows")

    def command(self, wall: Wall, document: Mapping[str, Any]) -> None:
        """Send a command to a wall.

        Raises
        ------
        WallAway
            It is not connected, or takes nothing.
        """
        if wall.stream is None or not wall.stream.offer(encode("command", document)):
            raise WallAway("the wall is not connected at the moment: try again, and look whether its screen is on")

    def end(self) -> None:
        """End all streams and connect nobody any more; before the server waits for its connections."""
        self._closed = True
        for wall in self._walls.values():
            if wall.stream is not None:
                wall.stream.end()

    def _new_code(self, wall: Wall) -> None:
        taken = {other.code for other in self._walls.values()}
        code = wall.code
        now = self._now()
        while code in taken or not code:
            code = new_code(long=self._guesses.many(now))
        wall.code, wall.code_ends_at = code, now + CODE_FOR
        if wall.stream is not None:
            ends_at = wall.code_ends_at.isoformat(timespec="seconds")
            wall.stream.offer(encode("pairing", {"code": code, "expires_at": ends_at, "phones": len(wall.phones)}))

    def _forget(self, now: datetime) -> None:
        for wall in list(self._walls.values()):
            if wall.away_since is not None and now - wall.away_since > AWAY_FOR:
                del self._walls[wall.name]
            wall.phones = {token: used for token, used in wall.phones.items() if now - used <= CONTROL_FOR}

    def _lengthen_codes(self) -> None:
        """Replace every code that could be guessed."""
        log.warning(
            "%d wrong pairing codes within a day: the codes of walls have %d digits until a day has passed",
            SHORT_TRIES, LONG_DIGITS,
        )  # fmt: skip
        for wall in self._walls.values():
            self._new_code(wall)

    def _thin_out(self, network: str) -> None:
        """Make room for one more wall of an address that has too many nobody steers."""
        own = [wall for wall in self._walls.values() if wall.may_go and wall.network == network]
        if len(own) >= MOST_WAITING_WALLS:
            self._end(min(own, key=_goes_first))

    def _make_room(self) -> None:
        """Forget a wall that nobody steers, of the address with the most of them; else the one longest away."""
        free = [wall for wall in self._walls.values() if wall.may_go]
        if free:
            most, _ = Counter(wall.network for wall in free).most_common(1)[0]
            self._end(min((wall for wall in free if wall.network == most), key=_goes_first))
            return
        away = [(wall.away_since, wall.name) for wall in self._walls.values() if wall.away_since is not None]
        if not away:
            raise TooManyRequests(
                f"{MOST_WALLS} walls are connected already: close the pages of walls that nobody looks at",
                retry_after_s=60,
            )
        del self._walls[min(away)[1]]

    def _end(self, wall: Wall) -> None:
        del self._walls[wall.name]
        if wall.stream is not None:
            wall.stream.end()


def _goes_first(wall: Wall) -> tuple[bool, int]:
    """Order walls by which goes first: those away, then the oldest."""
    return wall.away_since is None, wall.since
