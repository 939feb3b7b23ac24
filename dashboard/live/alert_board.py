"""The alerts on a screen: what lasts, as plain documents, read from the store once for all who look."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

from dashboard.words.alerts import sentences
from data.access.scope import Scope
from data.attention import attention
from data.attention.alert import Alert
from data.attention.matters import seen_of
from data.attention.tables import KeptAlert, read_alerts
from data.attention.watcher import lasting_since
from data.city.categories import Category
from data.city.editions import Edition
from data.errors import DatabaseBusy, DatabaseUnavailable
from data.stats.mirror.mirror import MirrorView
from geo.errors import GridUnknown

if TYPE_CHECKING:
    from data.store.connection import Store

READ_EVERY_S: Final = 5.0
# A screen shows a few, and says how many there are.
MOST_SHOWN: Final = 12
_MOST_READ: Final = 2_000

Document = dict[str, Any]
# Leaves ``[lo, hi)`` and document of each alert, in the order they are shown in.
Placed = list[tuple[int, int, Document]]


class AlertBoard:
    """What needs attention in an edition; threads may share it.

    Parameters
    ----------
    categories
        By code.
    zone
        Of the times in the documents.
    looked_at
        When it was last looked for alerts (`AttentionWatcher.looked_at`).
    """

    def __init__(
        self,
        store: "Store",
        edition: Edition,
        categories: Mapping[str, Category],
        zone: ZoneInfo,
        looked_at: Callable[[], datetime | None],
    ) -> None:
        self._store = store
        self._edition = edition
        self._categories = categories
        self._zone = zone
        self._looked_at = looked_at
        self._reading = threading.Lock()
        self._read_at_s: float | None = None
        self._running: Placed = []

    def running(self, scope: Scope) -> Document:
        """The alerts that last and lie wholly in a scope; those of a moment ago while the database does not answer.

        Returns
        -------
        JSON-able: ``total``; ``rows``, at most `MOST_SHOWN` of them, those nobody took note of first, of these the red
        before the yellow, the newest first. A row: ``key, kind, grid, category, severity, since, text`` (both
        languages), ``acknowledged`` (``by, at``; None while nobody has).
        """
        with self._reading:
            if self._read_at_s is None or time.monotonic() - self._read_at_s >= READ_EVERY_S:
                self._read()
            return shown(self._running, scope)

    def lasts(self, alert: KeptAlert, now: datetime) -> bool:
        """Whether its matter lasts: it is of this edition, and the newest looks still saw it."""
        return alert.edition_id == self._edition.id and alert.last_seen >= lasting_since(now, self._looked_at())

    def changed(self) -> None:
        """Somebody took note of one: the store is asked the next time."""
        with self._reading:
            self._read_at_s = None

    def past(self, view: MirrorView, moment: datetime, scope: Scope) -> Document:
        """What asked for attention at a moment, by the mirror as of then; as `running`, without keys and notes."""
        return shown(self.found(view, moment), scope)

    def found(self, view: MirrorView, moment: datetime) -> Placed:
        """The same for `shown` to choose from: finding out costs far more than choosing."""
        found = attention(view, self._edition.system, moment=moment, zone=self._zone)
        return self._documents(unkept(one, moment) for one in found)

    def text(self, alert: KeptAlert) -> dict[Literal["zh", "en"], str]:
        """The sentence that says it, in both languages; a grid of another edition goes by its id."""
        content = alert.content
        place = self._edition.city if content["grid"] is None else self.grid_name(content["grid"])
        return sentences(content["reason"], content["values"], place, content["category"], self._categories)

    def grid_name(self, grid: str) -> str:
        """Name of a grid; its id where it belongs to another edition."""
        try:
            return self._edition.system.find(grid).name
        except GridUnknown:
            return grid

    def _read(self) -> None:
        now = datetime.now(UTC)
        try:
            kept = read_alerts(self._store, lasting_since(now, self._looked_at()), _MOST_READ)
        except (DatabaseUnavailable, DatabaseBusy):
            return
        self._running = self._documents(one for one in kept if self.lasts(one, now))
        self._read_at_s = time.monotonic()

    def _documents(self, alerts: Iterable[KeptAlert]) -> Placed:
        told = [(int(one.content["lo"]), int(one.content["hi"]), self._document(one)) for one in alerts]
        return sorted(told, key=lambda one: (one[2]["acknowledged"] is not None, one[2]["severity"] != "red"))

    def _document(self, alert: KeptAlert) -> Document:
        content = alert.content
        noted = None
        if alert.acknowledged_at is not None:
            noted = {"by": alert.acknowledged_by or "", "at": self._local(alert.acknowledged_at)}
        return {
            "key": alert.key or None,
            "kind": alert.kind,
            "grid": content["grid"],
            "category": content["category"],
            "severity": content["severity"],
            "since": content["since"],
            "text": self.text(alert),
            "acknowledged": noted,
        }

    def _local(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).isoformat(timespec="seconds")


def unkept(alert: Alert, moment: datetime, edition_id: int = 0) -> KeptAlert:
    """A finding of a moment that nobody has written down: without a key, and without a note."""
    content = dict(seen_of(alert).content)
    return KeptAlert("", alert.matter, alert.kind, edition_id, moment, moment, content, None, None, None, None)


def shown(documents: Placed, scope: Scope) -> Document:
    """Those that lie wholly in a scope, as `AlertBoard.running` gives them."""
    rows = [document for lo, hi, document in documents if lies_within(document["grid"], lo, hi, scope)]
    return {"total": len(rows), "rows": rows[:MOST_SHOWN]}


def lies_within(grid: str | None, lo: int, hi: int, scope: Scope) -> bool:
    """Whether an alert lies wholly in a scope; one about the whole city is for who sees the whole city."""
    return scope.sees_unlocated if grid is None else scope.covers(lo, hi)
