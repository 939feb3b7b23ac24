"""A thread that removes positions once they are older than they may be kept."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from data.errors import CommandCenterError
from data.positions.tables import STEP_ROWS, forget_positions

if TYPE_CHECKING:
    from data.store.connection import Store

_POLL_S: Final = 300.0
# Between two steps others have their turn.
_BREATH_S: Final = 0.2
_STOP_TIMEOUT_S: Final = 10.0

log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class PositionKeeper:
    """Removes what is too old, at its start and every few minutes, in small steps.

    Whatever goes wrong is logged and tried again: what must go must not stay because of one bad minute.

    Parameters
    ----------
    store
        Where positions are kept.
    days
        They are kept for so many times 24 hours.
    poll_s
        Seconds between two looks.
    now
        The clock; aware.

    Attributes
    ----------
    removed
        How many it removed so far.
    done
        How many times it went through.
    """

    def __init__(
        self, store: "Store", days: int, *, poll_s: float = _POLL_S, now: Callable[[], datetime] = _now
    ) -> None:
        self._store = store
        self._kept = timedelta(days=days)
        self._poll_s = poll_s
        self._now = now
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="position-keeper", daemon=True)
        self.removed = 0
        self.done = 0

    def start(self) -> None:
        """Start the thread; once only."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it; may be called again, and before `start`."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=_STOP_TIMEOUT_S)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._forget()
            except CommandCenterError as error:
                log.warning("old positions could not be removed: %s", error.message)
            except Exception:  # a thread of its own has nobody above it: told here, and tried again
                log.exception("old positions could not be removed")
            else:
                self.done += 1
            self._stopping.wait(self._poll_s)

    def _forget(self) -> None:
        before = self._now() - self._kept
        gone = 0
        while not self._stopping.is_set():
            step = forget_positions(self._store, before)
            gone += step
            self.removed += step
            if step < STEP_ROWS:
                break
            self._stopping.wait(_BREATH_S)
        if gone:
            log.info("%d positions from before %s were removed", gone, before.isoformat(timespec="seconds"))
