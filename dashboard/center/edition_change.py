"""Looks whether another edition of the grid system came into force: with a new day, or by an import."""

import logging
from collections.abc import Callable
from typing import Final

from data.background import BackgroundThread
from data.errors import CommandCenterError

log = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 60.0


class EditionChange(BackgroundThread):
    """A thread that asks for the edition in force, again and again.

    Parameters
    ----------
    take
        Serves the edition in force where it is another one than is served; whether it is. A failure is logged and
        tried again: what was served is served still.
    look_every_s
        Pause in seconds between two looks.
    """

    def __init__(self, take: Callable[[], bool], *, look_every_s: float = _LOOK_EVERY_S) -> None:
        super().__init__("edition-change")
        self._take = take
        self._look_every_s = look_every_s

    def _run(self) -> None:
        while not self._stopping.wait(self._look_every_s):
            try:
                self._take()
            except CommandCenterError as error:
                log.warning("whether another edition is in force could not be seen: %s", error.message)
            except Exception:  # a thread has nobody above it: told here, and tried again
                log.exception("the edition in force could not be served")
