"""Pictures of any past moment: the same documents as the live stream, drawn from reels of the log.

A reel holds a few hours. It is read when somebody first looks at one of its moments, and shared by all who look at that
time: at one moment after the other, as a slider and playback do, or at different ones.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from dashboard.live.alert_board import AlertBoard, Placed, shown
from dashboard.live.picture import PictureMaker
from data.errors import QueryInvalid
from data.incidents.history import was_told_more
from data.stats.mirror.mirror import Mirror, MirrorView
from data.stats.mirror.seconds import from_seconds, to_seconds
from data.stats.picture.key import PictureKey
from data.stats.picture.past import Knowledge, as_of, end_of, frame_horizon
from data.stats.picture.reel import Reel
from data.store.connection import Store

# An hour a second, the fastest playback, goes through one in six seconds.
WINDOW_S: Final = 6 * 3600
# Each holds the rows of about two months.
_MOST_REELS: Final = 4
_MOST_MOMENTS: Final = 200


@dataclass(eq=False)
class _Kept:
    """A window's reel, and what goes with it; its lock is held while it is read."""

    reading: threading.Lock = field(default_factory=threading.Lock)
    reel: Reel | None = None
    checked_seq: int = 0
    breaks: dict[PictureKey, Sequence[float]] = field(default_factory=dict)
    alerts: dict[int, Placed] = field(default_factory=dict)


class PastPictures:
    """Draws pictures of the past; several threads may ask at once.

    Parameters
    ----------
    now
        The clock: nothing is shown of what lies ahead of it.
    """

    def __init__(
        self, maker: PictureMaker, store: Store, mirror: Mirror, alerts: AlertBoard, now: Callable[[], datetime]
    ) -> None:
        self._maker = maker
        self._edition_id = maker.city.edition.id
        self._store = store
        self._mirror = mirror
        self._alerts = alerts
        self._now = now
        self._keeping = threading.Lock()
        self._kept: OrderedDict[tuple[Knowledge, int], _Kept] = OrderedDict()

    def draw(self, key: PictureKey, moment: datetime, known: Knowledge) -> dict[str, Any]:
        """Draw the picture of a key as of a moment.

        Returns
        -------
        JSON-able: ``known``; ``frame`` and ``map``, the documents of the stream.

        Raises
        ------
        GridUnknown, QueryInvalid
            No such grid, level or KPI, or a moment that has not come yet.
        DatabaseUnavailable, DatabaseBusy, LogBroken
            The log could not be read.
        """
        kept, reel = self._reel_of(moment, known)
        view = reel.at(moment)
        breaks = kept.breaks.get(key) or self._first_breaks(kept, reel, key)
        alerts = shown(self._alerts_at(kept, view, moment), self._maker.city.narrowed(key))
        panels = self._maker.frame(view, key, moment, alerts)
        return {"known": known, "frame": panels, "map": self._maker.map(view, key, moment, breaks)}

    def view(self, moment: datetime, known: Knowledge, since: datetime) -> MirrorView:
        """The mirror as of a moment, for questions whose spans begin at `since` or later; errors as in `draw`."""
        begin = from_seconds(to_seconds(moment) // WINDOW_S * WINDOW_S)
        if since >= frame_horizon(begin):
            return self._reel_of(moment, known)[1].at(moment)
        self._refuse_future(moment)
        return as_of(self._mirror.view(), self._store, moment, known=known, horizon=since, edition_id=self._edition_id)

    def _reel_of(self, moment: datetime, known: Knowledge) -> tuple[_Kept, Reel]:
        now = self._refuse_future(moment)
        kept = self._window(known, to_seconds(moment) // WINDOW_S)
        with kept.reading:
            return kept, self._current(kept, to_seconds(moment), now, known)

    def _refuse_future(self, moment: datetime) -> datetime:
        now = self._now()
        if moment > now:
            raise QueryInvalid(
                f"the moment {moment.isoformat()} lies in the future: it is {now.isoformat(timespec='seconds')}",
                moment=moment.isoformat(),
            )
        return now

    def _window(self, known: Knowledge, number: int) -> _Kept:
        with self._keeping:
            kept = self._kept.setdefault((known, number), _Kept())
            self._kept.move_to_end((known, number))
            while len(self._kept) > _MOST_REELS:
                self._kept.popitem(last=False)
            return kept

    def _current(self, kept: _Kept, moment_s: int, now: datetime, known: Knowledge) -> Reel:
        """The window's reel: read anew when its end has moved on, or when the log was told more about its time."""
        view = self._mirror.view()
        reel = kept.reel
        if reel is not None and moment_s <= reel.until_s:
            if view.seq <= kept.checked_seq:
                return reel
            told = was_told_more(self._store, kept.checked_seq, view.seq, end_of(reel.until_s), known)
            if not told:
                kept.checked_seq = view.seq
                return reel
        begin_s = moment_s // WINDOW_S * WINDOW_S
        since = from_seconds(begin_s)
        until = from_seconds(min(begin_s + WINDOW_S - 1, to_seconds(now)))
        kept.reel = Reel.load(
            view, self._store, since, until, known=known, horizon=frame_horizon(since), edition_id=self._edition_id
        )
        kept.checked_seq = view.seq
        kept.breaks.clear()
        kept.alerts.clear()
        return kept.reel

    def _alerts_at(self, kept: _Kept, view: MirrorView, moment: datetime) -> Placed:
        """What asked for attention at a moment, found once for all who look at it, wherever they look."""
        at = to_seconds(moment)
        found = kept.alerts.get(at)
        if found is None:
            if len(kept.alerts) >= _MOST_MOMENTS:
                kept.alerts.clear()
            found = kept.alerts[at] = self._alerts.found(view, moment)
        return found

    def _first_breaks(self, kept: _Kept, reel: Reel, key: PictureKey) -> Sequence[float]:
        """Classes of the window's first map: its colours follow from the window alone, whoever looks first."""
        begin = from_seconds(reel.since_s)
        found: Sequence[float] = self._maker.map(reel.first, key, begin, None)["breaks"]
        kept.breaks[key] = found
        return found
