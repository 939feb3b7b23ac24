"""The demo city's devices on duty, telling where they are: through the REST API like any other."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

import httpx

from data.demo.city import DemoCity
from data.demo.patrols import Beat, build_beats, positions
from data.demo.plan import ZONE
from data.demo.sender import Sender, ServerTrouble

logger = logging.getLogger(__name__)

POSITIONS: Final = "/api/v1/positions"
TICK_S: Final = 5.0
TIMEOUT_S: Final = 30.0
FIRST_WAIT_S: Final = 0.5
# What was told before somebody looked: so that the last night can be played back on the first day.
HISTORY: Final = timedelta(days=1)
BLOCK: Final = timedelta(hours=1)
LINES: Final = 1_000
# Between two blocks of what is long ago the server has others to serve.
BREATH_S: Final = 1.0


class PatrolTraffic(Sender):
    """Sends positions until it is stopped: first those of now, then hour by hour those of the day before.

    Parameters
    ----------
    city
        The demo city.
    base_url
        Where the server is.
    now
        The clock; aware.
    transport
        Way to the server; the network by default.
    """

    def __init__(
        self,
        city: DemoCity,
        base_url: str,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(ZONE),
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__("demo-patrols", base_url, now, transport, timeout_s=TIMEOUT_S, first_wait_s=FIRST_WAIT_S)
        self._city = city
        self._beats: list[Beat] | None = None
        self._sent_until: datetime | None = None
        self._history: list[tuple[datetime, datetime]] = []

    def _round(self) -> float:
        return BREATH_S if self.tick() else TICK_S

    def tick(self) -> bool:
        """Send what the devices tell since the last tick, and an hour of the day before; whether more of it is left.

        Raises
        ------
        ServerTrouble
            What was not sent is sent by a later tick; what was sent is known.
        """
        if self._beats is None:
            self._beats = build_beats(self._city)
        now = self._now()
        if self._sent_until is None:
            self._send(now - BLOCK, now)
            blocks = round(HISTORY / BLOCK)
            self._history = [(now - (n + 1) * BLOCK, now - n * BLOCK) for n in range(blocks - 1, 0, -1)]
        else:
            self._send(self._sent_until, now)
        # Not sooner: what broke off is sent again, and is known.
        self._sent_until = now
        if self._history and not self._stopping.is_set():
            answer = self._send(*self._history[-1])
            self._history.pop()
            if answer["known"] and not answer["stored"]:
                # Sent before the demo was last stopped, and so is all that lies before it.
                self._history.clear()
        return bool(self._history)

    def _send(self, since: datetime, until: datetime) -> dict[str, int]:
        """Send what the devices tell in a span; the sums of the answers."""
        total = {"stored": 0, "known": 0}
        told = positions(self._beats or (), since, until)
        while lines := list(islice(told, LINES)):
            answer = self._post(lines)
            total = {name: count + answer[name] for name, count in total.items()}
            if answer["rejected"] or answer["off_duty"]:
                refused = answer["rejected"] + answer["off_duty"]
                logger.warning("Of %d demo positions %d were not kept: %s", len(lines), refused, answer["rejects"][:3])
        return total

    def _post(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        content = "\n".join(map(json.dumps, lines)).encode()
        try:
            answer = self._client.post(POSITIONS, content=content, headers={"Content-Type": "application/x-ndjson"})
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise ServerTrouble(str(error)) from error
        return dict(answer.json())
