"""Log lines about what comes in floods: at once, and then only now and again, with how often it happened."""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

EVERY_S: Final = 60.0


class Seldom:
    """Writes a kind of warning at most once in `every_s` seconds."""

    def __init__(
        self, log: logging.Logger, *, every_s: float = EVERY_S, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._every_s = every_s
        self._now = now
        self._written: dict[str, float] = {}
        self._passed_over: dict[str, int] = {}

    def warning(self, message: str, *arguments: Any) -> None:
        """Write it, or count it towards the next one of the same message; `message` is never made of what came in."""
        now = self._now()
        if now - self._written.get(message, float("-inf")) < self._every_s:
            self._passed_over[message] = self._passed_over.get(message, 0) + 1
            return
        more = self._passed_over.pop(message, 0)
        since = f" ({more} more since the last such line)" if more else ""
        self._log.warning(f"{message}%s", *arguments, since)
        self._written[message] = now
