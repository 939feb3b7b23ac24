"""The hub of the live stream: each picture is computed once and serialised once, for all who look at it.

All methods run on the event loop; only the making of documents runs in worker threads. One channel stands for one
distinct picture (`PictureKey`) and lives as long as somebody looks at it.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from data.stats.picture.key import PictureKey
from geo.errors import CommandCenterError

log = logging.getLogger(__name__)

EventName = Literal["hello", "frame", "map", "beat"]
_IN_ORDER: tuple[EventName, ...] = get_args(EventName)

# While something happens, and while only the clock goes on.
FRAME_EVERY_S = 0.5
IDLE_EVERY_S = 1.0
# How soon it is noticed that something has happened.
LOOK_EVERY_S = 0.05
# A browser redraws every polygon for it.
MAP_EVERY_S = 1.0
BEAT_EVERY_S = 2.0
# Numbers older than this are not called fresh: the beat says so and the screen turns stale.
FRESH_FOR_S = 5.0
# A client that has taken nothing for so long is let go; it finds its way back when it can.
SLOW_AFTER_S = 30.0
# Frames are short work; a second thread only keeps a slow picture from holding up the others.
FRAME_THREADS = 2

# They tick with the clock although the picture is the same; a page lets ages grow by itself.
_TICKING = frozenset({"moment", "data_at", "seq"})


@dataclass(frozen=True, slots=True)
class Picture:
    """What one computation yields: the sequence number it shows, the panels and the map, as plain JSON values."""

    seq: int
    frame: dict[str, Any]
    map: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pulse:
    """How current the numbers are: last sequence number seen, and when that was known to be the newest."""

    seq: int
    data_at: datetime | None

    def is_fresh(self, now: datetime) -> bool:
        """Whether the numbers were known to be the newest within the last `FRESH_FOR_S` seconds."""
        return self.data_at is not None and now - self.data_at <= timedelta(seconds=FRESH_FOR_S)


def encode(event: EventName, seq: int, document: Mapping[str, Any]) -> bytes:
    """Write one server-sent event; `document` must be plain, finite JSON values."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"id: {seq}\nevent: {event}\ndata: {text}\n\n".encode()


def unticked(frame: Mapping[str, Any]) -> dict[str, Any]:
    """Return the frame without what ticks with the clock: equal results show the same picture."""
    picture = {name: value for name, value in frame.items() if name not in _TICKING}
    points = picture.get("points")
    if isinstance(points, Mapping):
        picture["points"] = {name: value for name, value in points.items() if name != "age_s"}
    return picture


class Subscription:
    """What one client has yet to be sent: per kind of event at most the newest, so it never grows."""

    def __init__(self) -> None:
        self._pending: dict[EventName, bytes] = {}
        self._wake = asyncio.Event()
        self._waiting_since: float | None = None
        self.ended = asyncio.Event()

    def offer(self, event: EventName, message: bytes, at_s: float) -> None:
        """Put a message in place of an older one of its kind."""
        if self._waiting_since is None:
            self._waiting_since = at_s
        self._pending[event] = message
        self._wake.set()

    def waited_s(self, at_s: float) -> float:
        """Return how long the oldest untaken message has been waiting, in seconds; 0 where none is."""
        return 0.0 if self._waiting_since is None else at_s - self._waiting_since

    async def receive(self) -> list[bytes]:
        """Wait for messages and take them, in the order of their kinds; an empty list means: it is over."""
        if not self.ended.is_set():
            await self._wake.wait()
        if self.ended.is_set():
            return []
        taken = [self._pending[name] for name in _IN_ORDER if name in self._pending]
        self._pending.clear()
        self._waiting_since = None
        self._wake.clear()
        return taken

    def end(self) -> None:
        """Say that nothing more comes."""
        self.ended.set()
        self._wake.set()


@dataclass(eq=False)
class _Channel:
    """One picture and those who look at it."""

    key: PictureKey
    subscriptions: set[Subscription] = field(default_factory=set)
    latest: dict[EventName, bytes] = field(default_factory=dict)
    shown_frame: dict[str, Any] | None = None
    shown_map: dict[str, Any] | None = None
    map_at_s: float | None = None
    made_at: datetime | None = None
    task: asyncio.Task[None] | None = None

    def publish(self, event: EventName, message: bytes, at_s: float) -> None:
        if event != "beat":
            self.latest[event] = message
        for subscription in self.subscriptions:
            subscription.offer(event, message, at_s)

    def render(self, picture: Picture, *, at_s: float, map_every_s: float) -> list[tuple[EventName, bytes]]:
        """Write what changed since the last picture; runs in the worker thread, one call at a time.

        The first map of two within `map_every_s` seconds is sent, and what has changed since then with a later picture.
        """
        changed: list[tuple[EventName, bytes]] = []
        frame = unticked(picture.frame)
        if frame != self.shown_frame:
            changed.append(("frame", encode("frame", picture.seq, picture.frame)))
            self.shown_frame = frame
        is_time = self.map_at_s is None or at_s - self.map_at_s >= map_every_s
        if is_time and picture.map != self.shown_map:
            changed.append(("map", encode("map", picture.seq, picture.map)))
            self.shown_map = picture.map
            self.map_at_s = at_s
        return changed

    def end(self) -> None:
        if self.task is not None:
            self.task.cancel()
        for subscription in self.subscriptions:
            subscription.end()


class StreamHub:
    """Makes pictures while somebody looks, and hands them out.

    Parameters
    ----------
    make
        Computes the picture of a key; runs in a worker thread.
    pulse
        Tells how current the numbers are; must be instant.
    hello
        The document of the `hello` event.
    now
        The clock.
    frame_every_s, idle_every_s, map_every_s, beat_every_s, slow_after_s
        Rhythm, in seconds.
    """

    def __init__(
        self,
        make: Callable[[PictureKey], Picture],
        pulse: Callable[[], Pulse],
        hello: Mapping[str, Any],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        frame_every_s: float = FRAME_EVERY_S,
        idle_every_s: float = IDLE_EVERY_S,
        map_every_s: float = MAP_EVERY_S,
        beat_every_s: float = BEAT_EVERY_S,
        slow_after_s: float = SLOW_AFTER_S,
    ) -> None:
        self._make = make
        self._pulse = pulse
        self._hello = dict(hello)
        self._now = now
        self._frame_every_s = frame_every_s
        self._idle_every_s = idle_every_s
        self._map_every_s = map_every_s
        self._beat_every_s = beat_every_s
        self._slow_after_s = slow_after_s
        self._channels: dict[PictureKey, _Channel] = {}
        self._beats: asyncio.Task[None] | None = None
        self._threads = ThreadPoolExecutor(FRAME_THREADS, thread_name_prefix="frames")
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def connected(self) -> int:
        """How many clients are subscribed."""
        return sum(len(channel.subscriptions) for channel in self._channels.values())

    @property
    def pictures(self) -> int:
        """How many distinct pictures are being made."""
        return len(self._channels)

    def subscribe(self, key: PictureKey) -> Subscription:
        """Begin to look at a picture: `hello` and, where it is already made, the picture, are there at once."""
        subscription = Subscription()
        if self._closed:
            subscription.end()
            return subscription
        self._loop = asyncio.get_running_loop()
        at_s = self._loop.time()
        seq = self._pulse().seq
        subscription.offer("hello", encode("hello", seq, self._hello), at_s)
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = _Channel(key)
            channel.task = asyncio.create_task(self._run(channel))
            channel.task.add_done_callback(lambda task: self._channel_over(channel, task))
        for event, message in channel.latest.items():
            subscription.offer(event, message, at_s)
        channel.subscriptions.add(subscription)
        subscription.offer("beat", self._beat(channel), at_s)
        if self._beats is None:
            self._beats = asyncio.create_task(self._run_beats())
        return subscription

    def leave(self, key: PictureKey, subscription: Subscription) -> None:
        """Stop looking; the picture of a key nobody looks at is no longer made."""
        channel = self._channels.get(key)
        if channel is None:
            return
        channel.subscriptions.discard(subscription)
        if not channel.subscriptions:
            del self._channels[key]
            channel.end()

    def end(self) -> None:
        """As `close`, from any thread, also when the event loop is no more."""
        loop = self._loop
        if loop is None or not loop.is_running():
            self.close()
        else:
            loop.call_soon_threadsafe(self.close)

    def close(self) -> None:
        """End all streams and refuse new ones. Call it on the event loop, before the server waits for connections."""
        self._closed = True
        if self._beats is not None:
            self._beats.cancel()
            self._beats = None
        for channel in list(self._channels.values()):
            channel.end()
        self._channels.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, channel: _Channel) -> None:
        loop = asyncio.get_running_loop()
        failing = False
        while True:
            started_s = loop.time()
            seq = self._pulse().seq
            try:
                changed = await loop.run_in_executor(self._threads, self._draw, channel, started_s)
            except CommandCenterError as error:
                # Known and passing, such as a database that is away: the old picture stays, and the beat calls it old.
                if not failing:
                    log.warning("no picture of %s: %s", channel.key, error.message)
                failing = True
            else:
                failing = False
                channel.made_at = self._now()
                for event, message in changed:
                    channel.publish(event, message, loop.time())
            took_s = loop.time() - started_s
            # Where pictures are slow or many, at least half of the time is left to others.
            await asyncio.sleep(max(self._frame_every_s - took_s, took_s))
            while self._pulse().seq == seq and loop.time() - started_s < self._idle_every_s:
                await asyncio.sleep(LOOK_EVERY_S)

    def _draw(self, channel: _Channel, at_s: float) -> list[tuple[EventName, bytes]]:
        return channel.render(self._make(channel.key), at_s=at_s, map_every_s=self._map_every_s)

    def _channel_over(self, channel: _Channel, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        # Not foreseen: end its streams. The screens turn stale, and come back by themselves to try again.
        log.error("the picture of %s failed", channel.key, exc_info=error)
        if self._channels.get(channel.key) is channel:
            del self._channels[channel.key]
        channel.end()

    async def _run_beats(self) -> None:
        while True:
            await asyncio.sleep(self._beat_every_s)
            # Not here: what this remembers of the last round would be held until the next.
            self._send_beats(asyncio.get_running_loop().time())

    def _send_beats(self, at_s: float) -> None:
        for channel in list(self._channels.values()):
            channel.publish("beat", self._beat(channel), at_s)
            for subscription in channel.subscriptions:
                if subscription.waited_s(at_s) > self._slow_after_s:
                    subscription.end()

    def _beat(self, channel: _Channel) -> bytes:
        now = self._now()
        pulse = self._pulse()
        made = channel.made_at is not None and now - channel.made_at <= timedelta(seconds=FRESH_FOR_S)
        document = {
            "now": now.isoformat(timespec="milliseconds"),
            "seq": pulse.seq,
            "data_at": None if pulse.data_at is None else pulse.data_at.isoformat(timespec="milliseconds"),
            "fresh": made and pulse.is_fresh(now),
        }
        return encode("beat", pulse.seq, document)
