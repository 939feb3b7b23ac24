"""Pictures of any past moment: the same documents as the live stream, drawn from reels of the log.

A reel holds a few hours. It is read when somebody first looks at one of its moments, and shared by all who look at that
time: at one moment after the other, as a slider and playback do, or at different ones.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from dashboard.center.assessing import assessment_of
from dashboard.center.made_once import MadeOnce
from dashboard.center.services import Services
from dashboard.live.alert_board import Placed, shown
from dashboard.live.hub import StreamKey
from data.access.scope import Scope
from data.errors import IncidentUnknown, QueryInvalid
from data.incidents.history import was_told_more
from data.stats.measures.question import Question
from data.stats.mirror.mirror import MirrorView
from data.stats.mirror.seconds import from_seconds, to_seconds
from data.stats.picture.frames import frame, map_document, newest_ids
from data.stats.picture.past import Known, as_of, end_of, frame_horizon
from data.stats.picture.reel import Reel

# An hour a second, the fastest playback, goes through one in six seconds.
WINDOW_S: Final = 6 * 3600
# Each holds the rows of about two months.
_MOST_REELS: Final = 4
_MOST_TITLES: Final = 5_000
_MOST_MOMENTS: Final = 200


@dataclass(eq=False)
class _Kept:
    """A window's reel, and what goes with it; its lock is held while it is read."""

    reading: threading.Lock = field(default_factory=threading.Lock)
    reel: Reel | None = None
    checked_seq: int = 0
    breaks: dict[StreamKey, Sequence[float]] = field(default_factory=dict)
    alerts: dict[int, Placed] = field(default_factory=dict)


class PastPictures:
    """Draws pictures of the past; several threads may ask at once.

    Parameters
    ----------
    services
        The city's; `NoEdition` is raised where it has none.
    now
        The clock: nothing is shown of what lies ahead of it.
    """

    def __init__(self, services: Services, now: Callable[[], datetime]) -> None:
        self._store = services.store
        self._edition = services.edition
        self._mirror = services.mirror
        self._desk = services.desk
        self._alerts = services.alerts
        self._zone = services.settings.zone
        self._names = {code: (category.name_zh, category.name_en) for code, category in services.categories.items()}
        self._rules = assessment_of(services.settings).rules
        self._now = now
        self._keeping = threading.Lock()
        self._kept: OrderedDict[tuple[Known, int], _Kept] = OrderedDict()
        self._titles: dict[int, str] = {}

    def draw(self, key: StreamKey, moment: datetime, known: Known) -> dict[str, Any]:
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
        panels = frame(
            view, edition=self._edition, categories=self._names, moment=moment, scope=key.scope, level=key.level,
            kpi=key.kpi, zone=self._zone, within=key.within, titles=self._titles_of(view, key, moment),
            units=self._desk.directory.handler_names, rules=self._rules,
        )  # fmt: skip
        panels["alerts"] = shown(self._alerts_at(kept, view, moment), self._narrowed(key))
        return {"known": known, "frame": panels, "map": self._map(view, key, moment, breaks)}

    def view(self, moment: datetime, known: Known, since: datetime) -> MirrorView:
        """The mirror as of a moment, for questions whose spans begin at `since` or later; errors as in `draw`."""
        begin = from_seconds(to_seconds(moment) // WINDOW_S * WINDOW_S)
        if since >= frame_horizon(begin):
            return self._reel_of(moment, known)[1].at(moment)
        self._refuse_future(moment)
        return as_of(self._mirror.view(), self._store, moment, known=known, horizon=since, edition_id=self._edition.id)

    def _reel_of(self, moment: datetime, known: Known) -> tuple[_Kept, Reel]:
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

    def _window(self, known: Known, number: int) -> _Kept:
        with self._keeping:
            kept = self._kept.setdefault((known, number), _Kept())
            self._kept.move_to_end((known, number))
            while len(self._kept) > _MOST_REELS:
                self._kept.popitem(last=False)
            return kept

    def _current(self, kept: _Kept, moment_s: int, now: datetime, known: Known) -> Reel:
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
            view, self._store, since, until, known=known, horizon=frame_horizon(since), edition_id=self._edition.id
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

    def _first_breaks(self, kept: _Kept, reel: Reel, key: StreamKey) -> Sequence[float]:
        """Classes of the window's first map: its colours follow from the window alone, whoever looks first."""
        begin = from_seconds(reel.since_s)
        found: Sequence[float] = self._map(reel.first, key, begin, None)["breaks"]
        kept.breaks[key] = found
        return found

    def _map(
        self, view: MirrorView, key: StreamKey, moment: datetime, breaks: Sequence[float] | None
    ) -> dict[str, Any]:
        return map_document(
            view, edition=self._edition, level=key.level, kpi=key.kpi, moment=moment, scope=key.scope,
            within=key.within, previous_breaks=breaks, rules=self._rules,
        )  # fmt: skip

    def _titles_of(self, view: MirrorView, key: StreamKey, moment: datetime) -> Mapping[int, str]:
        """Look up the titles the mirror does not keep; they never change."""
        listed = newest_ids(view, Question(moment, moment, moment, self._narrowed(key)))
        if len(self._titles) >= _MOST_TITLES:
            self._titles = {}
        titles = self._titles
        for incident_id in listed:
            if incident_id not in titles:
                titles[incident_id] = self._title(incident_id, key.scope)
        return {incident_id: titles[incident_id] for incident_id in listed}

    def _narrowed(self, key: StreamKey) -> Scope:
        if key.within is None:
            return key.scope
        grid = self._edition.system.find(key.within)
        return key.scope.narrowed(grid.lo, grid.hi)

    def _title(self, incident_id: int, scope: Scope) -> str:
        try:
            return self._desk.get(incident_id, scope).title
        except IncidentUnknown:
            # It was placed anew since then, out of the scope.
            return ""


def _past_pictures(services: Services) -> PastPictures:
    zone = services.settings.zone
    return PastPictures(services, lambda: datetime.now(zone))


_pictures = MadeOnce(_past_pictures)


def past_of(services: Services) -> PastPictures:
    """What draws the past of these services; made once.

    Raises
    ------
    NoEdition
        There is no grid system yet.
    """
    return _pictures.of(services)
