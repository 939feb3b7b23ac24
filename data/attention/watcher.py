"""A thread that looks for what needs attention, and writes it down."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from data.attention.evaluation import attention
from data.attention.matters import continuing, seen_of
from data.attention.tables import keep_alerts
from data.background import BackgroundThread
from data.city.editions import Edition
from data.errors import CommandCenterError
from data.stats.mirror.mirror import MirrorView

if TYPE_CHECKING:
    from data.store.connection import Store

log = logging.getLogger(__name__)

EVERY_S: Final = 10.0
# An alert not seen for so long has ended; seen again later it is another one.
QUIET: Final = timedelta(minutes=30)
# Some looks: what is about as much as can be told from chance comes and goes, and must not flicker on a wall.
_SEEN_AGAIN: Final = timedelta(minutes=1)
# With older data every grid would seem silent.
_FRESH: Final = timedelta(seconds=30)
_LONGEST_PAUSE_S: Final = 120.0


class AttentionWatcher(BackgroundThread):
    """Looks once every `every_s` seconds or less often; whatever goes wrong is logged and tried again later.

    What was found lives in the store alone: a watcher that starts anew goes on with the alerts of the last one, and of
    two at once the later adds nothing. While the mirror does not follow the log nothing is looked at.

    Parameters
    ----------
    view
        Gives the mirror's current view (`Mirror.view`).
    healthy_at
        When the mirror was last known to be up with the log; None before the first time.
    now
        The clock.

    Attributes
    ----------
    looks
        How many times it has looked and written.
    looked_at
        When it did so last; None before the first time.
    """

    def __init__(
        self,
        store: "Store",
        edition: Edition,
        zone: ZoneInfo,
        view: Callable[[], MirrorView],
        healthy_at: Callable[[], datetime | None],
        *,
        every_s: float = EVERY_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__("attention")
        self._store = store
        self._edition = edition
        self._zone = zone
        self._view = view
        self._healthy_at = healthy_at
        self._every_s = every_s
        self._now = now
        self.looks = 0
        self.looked_at: datetime | None = None

    def look(self) -> int | None:
        """Look once, now; returns how many alerts began, None where the mirror is not up with the log.

        Raises
        ------
        DatabaseUnavailable, DatabaseBusy
            What was found could not be written.
        """
        moment, healthy_at = self._now(), self._healthy_at()
        if healthy_at is None or moment - healthy_at > _FRESH:
            return None
        found = attention(self._view(), self._edition.system, moment=moment, zone=self._zone)
        seen = [seen_of(one) for one in found]
        begun = keep_alerts(self._store, self._edition.id, seen, moment, QUIET, continuing)
        self.looked_at = moment
        return begun

    def _run(self) -> None:
        pause_s = self._every_s
        while not self._stopping.is_set():
            pause_s = self._every_s if self._looked() else min(2 * pause_s, _LONGEST_PAUSE_S)
            self._stopping.wait(pause_s)

    def _looked(self) -> bool:
        try:
            begun = self.look()
        except CommandCenterError as error:
            log.warning("alerts are not being kept: %s", error.message)
            return False
        except Exception:  # a thread of its own has nobody above it: told here, and tried again
            log.exception("what needs attention could not be found out")
            return False
        if begun is not None:
            self.looks += 1
        if begun:
            log.info("%d alerts began", begun)
        return True


def lasting_since(now: datetime, looked_at: datetime | None) -> datetime:
    """When an alert must have been seen last to be told as lasting.

    Parameters
    ----------
    looked_at
        When it was last looked for alerts; None where nobody knows: all that have not ended count as lasting then, as
        they do while nobody looks.
    """
    ended = now - QUIET
    return ended if looked_at is None else max(ended, looked_at - _SEEN_AGAIN)
