"""What all senders of the demo city have in common: rounds of sending to a server, whose trouble is waited out."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Final

import httpx

logger = logging.getLogger(__name__)

LONGEST_WAIT_S: Final = 10.0


class ServerTrouble(Exception):
    """The server does not answer, or answers that it cannot just now: wait, and try again."""


class Sender(ABC):
    """Sends to a server in rounds until it is stopped.

    Parameters
    ----------
    name
        Of its thread, and of what it logs.
    base_url
        Where the server is, such as ``http://127.0.0.1:8050``.
    now
        The clock; aware.
    transport
        Way to the server; the network by default.
    timeout_s
        Longest time for a request.
    first_wait_s
        How long the first trouble is waited out; each in a row twice as long, up to `LONGEST_WAIT_S`.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        now: Callable[[], datetime],
        transport: httpx.BaseTransport | None,
        *,
        timeout_s: float,
        first_wait_s: float,
    ) -> None:
        self._name = name
        self._now = now
        self._first_wait_s = first_wait_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._client = httpx.Client(base_url=base_url, timeout=timeout_s, trust_env=False, transport=transport)

    def start(self) -> None:
        """Run in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Stop; returns when the thread that `start` made has ended, or after the timeout."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def run(self) -> None:
        """Work until `stop`; trouble with the server is waited out."""
        wait_s = self._first_wait_s
        try:
            while not self._stopping.is_set():
                try:
                    rest_s = self._round()
                except ServerTrouble as trouble:
                    logger.info("%s waits %.1f s: %s", self._name, wait_s, trouble)
                    self._stopping.wait(wait_s)
                    wait_s = min(wait_s * 2, LONGEST_WAIT_S)
                else:
                    wait_s = self._first_wait_s
                    self._stopping.wait(rest_s)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the connections; `run` does so itself."""
        self._client.close()

    @abstractmethod
    def _round(self) -> float:
        """Send what is due; for how many seconds to rest then.

        Raises
        ------
        ServerTrouble
            What was not sent is sent by a later round.
        """
