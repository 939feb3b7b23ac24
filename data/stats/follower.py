"""A thread that keeps the mirror up with the log."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Final

from data.errors import CommandCenterError
from data.stats.keeping import MirrorKeeper
from data.stats.mirror import Mirror

if TYPE_CHECKING:
    from data.store.connection import Store

CHANNEL: Final = "incident_log"
_LONGEST_PAUSE_S: Final = 5.0
_STOP_TIMEOUT_S: Final = 10.0
# Under load every commit tells its news: looking after each of them costs more than the commits. Screens draw once a
# second at most.
_REST_S: Final = 0.1


class MirrorFollower:
    """Refreshes the mirror when the log says so, and every `poll_s` seconds should a word have been lost.

    An error of the database is kept in `last_error` and the work goes on after a pause; any other error ends the
    thread, is kept too, and shows as `healthy_at` standing still.

    Parameters
    ----------
    store, mirror
        From where to where.
    on_change
        Called in the follower's thread with the new sequence number, after the mirror has it.
    poll_s
        Longest time in seconds between two looks at the store; also the longest time `stop` waits for.
    keeper
        Takes the mirror back from disk before the first look at the store, and keeps it there; None keeps nothing.

    Attributes
    ----------
    healthy_at
        When the mirror was last known to be up with the store; None before the first time.
    last_error
        What went wrong since then; None when all is well.
    """

    def __init__(
        self,
        store: "Store",
        mirror: Mirror,
        on_change: Callable[[int], None],
        *,
        poll_s: float = 1.0,
        keeper: MirrorKeeper | None = None,
    ) -> None:
        self._store = store
        self._mirror = mirror
        self._on_change = on_change
        self._poll_s = poll_s
        self._keeper = keeper
        self._restored = keeper is None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror-follower", daemon=True)
        self.healthy_at: datetime | None = None
        self.last_error: BaseException | None = None

    def start(self) -> None:
        """Start the thread; once only."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it, and for the mirror to be on disk; may be called again, and before `start`."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=_STOP_TIMEOUT_S + self._poll_s)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._follow()
        finally:
            if self._keeper is not None:
                self._keeper.close()

    def _follow(self) -> None:
        pause_s = 0.1
        while not self._stopping.is_set():
            try:
                self._catch_up()
                pause_s = 0.1
                # Once more after listening began: what came in between was not told.
                for _ in chain((None,), self._store.listen(CHANNEL, self._poll_s)):
                    if self._stopping.is_set():
                        return
                    self._catch_up()
                    self._stopping.wait(_REST_S)
            except CommandCenterError as error:
                self.last_error = error
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            except BaseException as error:
                self.last_error = error
                raise
            # A listener that ends by itself is asked again, without haste.
            self._stopping.wait(pause_s)

    def _catch_up(self) -> None:
        before = self._mirror.seq
        if not self._restored and self._keeper is not None:
            self._keeper.restore()
            self._restored = True
        self._mirror.refresh(self._store)
        self.healthy_at = datetime.now(UTC)
        self.last_error = None
        if self._keeper is not None:
            self._keeper.keep_now_and_then()
        if self._mirror.seq != before:
            self._on_change(self._mirror.seq)
