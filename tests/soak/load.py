"""Sources and people at work, who do not know that anything is killed: they try again until they are answered."""

import http.client
import json
import random
import threading
import time
from datetime import UTC, datetime
from typing import Any

from tests.soak.ledger import Ledger

SOURCE = "soak"
WEST, SOUTH, EAST, NORTH = 120.20, 31.80, 120.24, 31.82
PATH: tuple[tuple[str, dict[str, Any]], ...] = (
    ("verified", {}),
    ("filed", {}),
    ("dispatched", {"handler": "环卫站", "reason": "就近"}),
    ("claimed", {}),
    ("extended", {"days": 2, "reason": "等配件"}),
    ("handled", {"note": "已清运"}),
    ("checked", {}),
    ("closed", {"means": "service", "level": 2}),
)
_PAUSE_S = 0.05
_TIMEOUT_S = 30.0


class Client(threading.Thread):
    """One source: reports, single and in batches, and steps on what it reported, one request at a time.

    Parameters
    ----------
    name
        Part of the source's ids.
    port
        Where the server listens on this machine.
    ledger
        Where it notes what it sends and what is acknowledged.
    seed
        Of its choices.
    shared
        Incidents that all clients write notes on.
    """

    def __init__(self, name: str, port: int, ledger: Ledger, seed: int, shared: list[int]) -> None:
        super().__init__(name=name, daemon=True)
        self._port = port
        self._ledger = ledger
        self._random = random.Random(seed)
        self._shared = shared
        self._ended = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._number = 0
        self._mine: list[tuple[int, int]] = []

    def end(self) -> None:
        """Stop after the request that is under way, answered or not."""
        self._ended.set()

    def run(self) -> None:
        """Work until told to end."""
        while not self._ended.is_set():
            choice = self._random.random()
            if choice < 0.15:
                self._batch(self._random.randrange(1, 120))
            elif choice < 0.35 or not self._mine:
                reported = self.report()
                self._mine += [] if reported is None else [(reported, 0)]
            elif choice < 0.45 and self._shared:
                self._step(self._random.choice(self._shared), "noted", {"note": self.name})
            else:
                self._move_on()
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def report(self) -> int | None:
        """Report one incident; its id, None where it was not answered well."""
        [report] = self._reports(1)
        answer = self._until_answered("/api/v1/incidents", json.dumps(report), "application/json", (200, 201))
        if answer is None:
            return None
        self._ledger.acknowledge_report(report["source_id"], answer["id"])
        return int(answer["id"])

    def _batch(self, size: int) -> None:
        reports = self._reports(size)
        lines = "\n".join(map(json.dumps, reports))
        answer = self._until_answered("/api/v1/incidents", lines, "application/x-ndjson", (200,))
        if answer is not None:
            if answer["rejected"] or answer["created"] + answer["already_known"] != size:
                self._ledger.complain(f"a batch of {size} was answered {answer}")
            self._ledger.acknowledge_batch(report["source_id"] for report in reports)

    def _move_on(self) -> None:
        position = self._random.randrange(len(self._mine))
        incident_id, done = self._mine.pop(position)
        kind, said = PATH[done]
        if self._step(incident_id, kind, said) and done + 1 < len(PATH):
            self._mine.append((incident_id, done + 1))

    def _step(self, incident_id: int, kind: str, said: dict[str, Any]) -> bool:
        self._number += 1
        key = f"{self.name}-{self._number}"
        step = {"kind": kind, "at": datetime.now(UTC).isoformat(), "actor": self.name, "detail": {**said, "key": key}}
        self._ledger.try_step(key, incident_id, kind)
        path = f"/api/v1/incidents/{incident_id}/events"
        if self._until_answered(path, json.dumps(step), "application/json", (200,)) is None:
            return False
        self._ledger.acknowledge_step(key)
        return True

    def _reports(self, count: int) -> list[dict[str, Any]]:
        made = []
        for _ in range(count):
            self._number += 1
            made.append(
                {
                    "source": SOURCE,
                    "source_id": f"{self.name}-{self._number}",
                    "category": "garbage",
                    "reported_at": datetime.now(UTC).isoformat(),
                    "lon": self._random.uniform(WEST, EAST),
                    "lat": self._random.uniform(SOUTH, NORTH),
                    "title": "路边暴露垃圾",
                }
            )
        self._ledger.try_reports(report["source_id"] for report in made)
        return made

    def _until_answered(self, path: str, body: str, kind: str, good: tuple[int, ...]) -> dict[str, Any] | None:
        """Send the same until it is taken; None where it was told to end before, or is refused."""
        while not self._ended.is_set():
            try:
                status, text = self._send(path, body.encode(), kind)
            except (OSError, http.client.HTTPException):
                # Nobody there, or gone before answering: whether it was taken is not known.
                self.hang_up()
                time.sleep(_PAUSE_S)
                continue
            if status in good:
                return dict(json.loads(text))
            if status != 503:
                self._ledger.complain(f"{path} {body[:300]} was answered {status} {text.decode()[:500]}")
                return None
            time.sleep(_PAUSE_S)
        return None

    def _send(self, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        self._connection.request("POST", path, body, {"Content-Type": kind})
        answer = self._connection.getresponse()
        return answer.status, answer.read()
