"""A thread that keeps the mirror up with the log."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Final

from data.stats.mirror.keeping import MirrorKeeper
from data.stats.mirror.mirror import Mirror
from data.store.following import StoreFollower

if TYPE_CHECKING:
    from data.store.connection import Store

CHANNEL: Final = "incident_log"
# Under load every commit tells its news: looking after each of them costs more than the commits. Screens draw once a
# second at most.
_REST_S: Final = 0.1


class MirrorFollower(StoreFollower):
    """Refreshes the mirror when the log says so, and every `poll_s` seconds should a word have been lost.

    While errors keep it from that, `healthy_at` stands still.

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
        super().__init__("mirror-follower", poll_s)
        self._store = store
        self._mirror = mirror
        self._on_change = on_change
        self._keeper = keeper
        self._restored = keeper is None
        self.healthy_at: datetime | None = None

    def _run(self) -> None:
        try:
            super()._run()
        finally:
            if self._keeper is not None:
                self._keeper.close()

    def _follow(self) -> None:
        self._catch_up()
        # Once more after listening began: what came in between was not told.
        for _ in chain((None,), self._store.listen(CHANNEL, self._poll_s)):
            if self._stopping.is_set():
                return
            self._catch_up()
            self._stopping.wait(_REST_S)

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
