"""The history of a window of time, read once and played to any number of viewers, at any speed, to and fro."""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data.errors import QueryInvalid
from data.incidents import history
from data.incidents.folding import Draft
from data.incidents.model import Event, State
from data.stats.mirror.mirror import Mirror, MirrorView
from data.stats.mirror.seconds import from_seconds, to_seconds
from data.stats.picture.past import Columns, Knowledge, end_of, mirror_of, rows_as_of, settled

if TYPE_CHECKING:
    from data.store.connection import Store


@dataclass(frozen=True, eq=False)
class Changes:
    """A row for each change of an incident, in the order in which they come to be.

    Attributes
    ----------
    at_s
        int64, n moments in the mirror's seconds, never falling.
    rows
        Columns of n rows, as `Mirror.apply` takes them.
    """

    at_s: NDArray[np.int64]
    rows: Columns

    def between(self, after_s: int, moment_s: int) -> Columns | None:
        """The rows that changed in ``(after_s, moment_s]``, each as it was last; None where nothing did."""
        first, end = np.searchsorted(self.at_s, [after_s, moment_s], side="right")
        if first == end:
            return None
        ids = self.rows["id"][first:end]
        last = len(ids) - 1 - np.unique(ids[::-1], return_index=True)[1]
        return {name: values[first:end][last] for name, values in self.rows.items()}


class Reel:
    """All that happened in a window of time; made by `load`, threads may share it.

    Attributes
    ----------
    since_s, until_s
        The window, in the mirror's seconds; both of its ends can be shown.
    known
        By which clock things happen in it, see `past.as_of`.
    seq
        How far the log was read.
    first
        The mirror as of `since_s`.
    """

    def __init__(self, since_s: int, until_s: int, known: Knowledge, begun: Mirror, changes: Changes) -> None:
        self.since_s = since_s
        self.until_s = until_s
        self.known = known
        self.first = begun.view()
        self.seq = self.first.seq
        self._changes = changes
        self._playing = threading.Lock()
        # Played on, it shares with `first` the columns that do not change.
        self._mirror = begun
        self._played_s = since_s

    @classmethod
    def load(
        cls,
        view: MirrorView,
        store: "Store",
        since: datetime,
        until: datetime,
        *,
        known: Knowledge = "now",
        horizon: datetime | None = None,
        edition_id: int | None = None,
    ) -> "Reel":
        """Read a window from the log; `view`, `known`, `horizon` and `edition_id` as in `past.as_of`.

        Raises
        ------
        QueryInvalid
            The window ends before it begins, or a time has no offset.
        DatabaseUnavailable, DatabaseBusy, LogBroken
            From the store and its log.
        """
        since_s, until_s = to_seconds(since), to_seconds(until)
        if until_s < since_s:
            raise QueryInvalid(
                f"the window ends ({until.isoformat()}) before it begins ({since.isoformat()})",
                since=since.isoformat(), until=until.isoformat(),
            )  # fmt: skip
        begun = Mirror(view.leaf_count)
        begun.apply(view.seq, rows_as_of(view, store, since, known=known, horizon=horizon, edition_id=edition_id))
        ids = history.moved(store, end_of(since_s), end_of(until_s), known, view.seq)
        found: list[tuple[int, State]] = []
        for life in history.lives(store, ids, end_of(until_s), known, view.seq):
            found += _changes_of(life, known, since_s)
        # Those of one incident are in order, and stay so.
        found.sort(key=lambda change: change[0])
        changes = Changes(
            np.array([at_s for at_s, _ in found], dtype=np.int64),
            history.state_columns(settled([state for _, state in found], store, edition_id)),
        )
        return cls(since_s, until_s, known, begun, changes)

    def at(self, moment: datetime) -> MirrorView:
        """The mirror as of a moment of the window; to go on from the moment asked before costs least.

        Raises
        ------
        QueryInvalid
            The moment lies outside the window, or has no offset.
        """
        moment_s = to_seconds(moment)
        if not self.since_s <= moment_s <= self.until_s:
            window = f"{from_seconds(self.since_s).isoformat()} to {from_seconds(self.until_s).isoformat()}"
            raise QueryInvalid(
                f"the moment {moment.isoformat()} lies outside the window {window}", moment=moment.isoformat()
            )
        with self._playing:
            if moment_s < self._played_s:
                self._mirror, self._played_s = mirror_of(self.first), self.since_s
            rows = self._changes.between(self._played_s, moment_s)
            if rows is not None:
                self._mirror.apply(self.seq, rows)
            self._played_s = moment_s
            return self._mirror.view()


def _changes_of(life: list[Event], known: Knowledge, since_s: int) -> list[tuple[int, State]]:
    """What one incident was from each second on that comes after `since_s`, in order."""
    draft = Draft()
    found: list[tuple[int, State]] = []
    moments_s = [to_seconds(moment) for moment in history.moments(life, known)]
    for at, (event, moment_s) in enumerate(zip(life, moments_s, strict=True)):
        draft.apply(event)
        last_of_second = at + 1 == len(life) or moments_s[at + 1] > moment_s
        if last_of_second and moment_s > since_s:
            found.append((moment_s, draft.freeze()))
    return found
