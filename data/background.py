"""A thread of the server's own, beside those that answer requests."""

import threading
from abc import ABC, abstractmethod
from typing import Final, Protocol

_ENDS_WITHIN_S: Final = 10.0


class Runner(Protocol):
    """Something that runs from `start` to `stop`."""

    def start(self) -> None:
        """Begin; once only."""

    def stop(self) -> None:
        """End, and wait for the end."""


class BackgroundThread(ABC):
    """Work that goes on from `start` to `stop`.

    Parameters
    ----------
    name
        Of the thread.
    ends_within_s
        `stop` waits no longer than this many seconds.
    """

    def __init__(self, name: str, *, ends_within_s: float = _ENDS_WITHIN_S) -> None:
        self._ends_within_s = ends_within_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread; once only."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it; may be called again, and before `start`."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=self._ends_within_s)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @abstractmethod
    def _run(self) -> None:
        """Work until `_stopping` is set."""
