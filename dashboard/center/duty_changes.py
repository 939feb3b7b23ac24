"""Hands open incidents over when the people of the roster change: after an import, and as days begin."""

import logging
import threading
from collections.abc import Callable
from datetime import date, datetime, tzinfo

from data.background import BackgroundThread
from data.errors import CommandCenterError

log = logging.getLogger(__name__)

_POLL_S = 60.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 60.0


class DutyChanges(BackgroundThread):
    """A thread that calls `hand_over` at its start, after `changed`, and once on every new day of the city.

    Whatever goes wrong there is logged and tried again: incidents that wait for their new people must not take the
    server with them.

    Parameters
    ----------
    hand_over
        Gives open incidents into the hands of those on duty; returns how many it gave.
    zone
        The city's, where days begin.
    poll_s
        Longest time in seconds until a new day is noticed.

    Attributes
    ----------
    done
        How many times it went through.
    """

    def __init__(self, hand_over: Callable[[], int], zone: tzinfo, *, poll_s: float = _POLL_S) -> None:
        super().__init__("duty-changes")
        self._hand_over = hand_over
        self._zone = zone
        self._poll_s = poll_s
        self._wake = threading.Event()
        self.done = 0

    def changed(self) -> None:
        """Say that other registers are in force; returns at once."""
        self._wake.set()

    def stop(self) -> None:
        """End the thread and wait for it; may be called again, and before `start`."""
        self._stopping.set()
        self._wake.set()
        super().stop()

    def _run(self) -> None:
        last: date | None = None
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            today = datetime.now(self._zone).date()
            if not self._wake.is_set() and today == last:
                self._wake.wait(self._poll_s)
                continue
            # Before the work: what changes during it is done in the next round.
            self._wake.clear()
            if self._went_through():
                last, pause_s = today, _FIRST_PAUSE_S
                continue
            last = None
            self._wake.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _went_through(self) -> bool:
        if self._stopping.is_set():
            return False
        try:
            count = self._hand_over()
        except CommandCenterError as error:
            log.warning("open incidents wait for their new people: %s", error.message)
            return False
        except Exception:  # a thread of its own has nobody above it: told here, and tried again
            log.exception("open incidents could not be handed over")
            return False
        self.done += 1
        if count:
            log.info("%d open incidents were handed over to those who hold their posts now", count)
        return True
