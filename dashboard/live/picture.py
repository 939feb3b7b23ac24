"""The picture of a screen, drawn from the mirror: what the live stream sends."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.live.alert_board import AlertBoard
from dashboard.live.hub import Picture, StreamKey
from data.access.scope import Scope
from data.city.categories import Category
from data.city.editions import Edition
from data.errors import IncidentUnknown
from data.incidents.desk import IncidentDesk
from data.stats.measures.question import Question
from data.stats.measures.rules import RULES, Rules
from data.stats.mirror.follower import MirrorFollower
from data.stats.mirror.mirror import Mirror, MirrorView
from data.stats.picture.frames import frame, map_document, newest_ids

# Titles never change; these are those of the last incidents shown.
_MOST_TITLES = 5_000
_MOST_BREAKS = 500


class PictureMaker:
    """Makes the picture of a key; several threads may ask at once."""

    def __init__(
        self,
        edition: Edition,
        mirror: Mirror,
        follower: MirrorFollower,
        desk: IncidentDesk,
        alerts: AlertBoard,
        categories: Mapping[str, Category],
        zone: ZoneInfo,
        rules: Rules = RULES,
    ) -> None:
        self._edition = edition
        self._mirror = mirror
        self._follower = follower
        self._desk = desk
        self._alerts = alerts
        self._names = {code: (category.name_zh, category.name_en) for code, category in categories.items()}
        self._zone = zone
        self._rules = rules
        self._titles: dict[int, str] = {}
        self._breaks: dict[StreamKey, Sequence[float]] = {}

    def make(self, key: StreamKey) -> Picture:
        """Draw the picture of a key, as it is now.

        Raises
        ------
        GridUnknown, QueryInvalid
            No such grid, level or KPI.
        DatabaseUnavailable, DatabaseBusy
            The titles of new incidents could not be read.
        """
        view = self._mirror.view()
        moment = datetime.now(self._zone)
        panels = frame(
            view,
            edition=self._edition,
            categories=self._names,
            moment=moment,
            scope=key.scope,
            level=key.level,
            kpi=key.kpi,
            zone=self._zone,
            within=key.within,
            titles=self._titles_of(view, key, moment),
            units=self._desk.directory.handler_names,
            data_at=self._follower.healthy_at,
            rules=self._rules,
        )
        panels["alerts"] = self._alerts.running(self._narrowed(key))
        return Picture(view.seq, panels, self._map(view, key, moment))

    def _map(self, view: MirrorView, key: StreamKey, moment: datetime) -> dict[str, object]:
        drawn = map_document(
            view,
            edition=self._edition,
            level=key.level,
            kpi=key.kpi,
            moment=moment,
            scope=key.scope,
            within=key.within,
            previous_breaks=self._breaks.get(key),
            rules=self._rules,
        )
        if len(self._breaks) >= _MOST_BREAKS:
            self._breaks.clear()
        self._breaks[key] = drawn["breaks"]
        return drawn

    def _titles_of(self, view: MirrorView, key: StreamKey, moment: datetime) -> Mapping[int, str]:
        """Look up the titles the mirror does not keep; each only once."""
        scope = self._narrowed(key)
        shown = newest_ids(view, Question(moment, moment, moment, scope))
        if len(self._titles) >= _MOST_TITLES:
            self._titles = {}
        titles = self._titles
        for incident_id in shown:
            if incident_id not in titles:
                titles[incident_id] = self._title(incident_id, key.scope)
        return {incident_id: titles[incident_id] for incident_id in shown}

    def _title(self, incident_id: int, scope: Scope) -> str:
        try:
            return self._desk.get(incident_id, scope).title
        except IncidentUnknown:
            # The mirror saw it a moment ago; it has gone, or out of the scope, since then.
            return ""

    def _narrowed(self, key: StreamKey) -> Scope:
        if key.within is None:
            return key.scope
        grid = self._edition.system.find(key.within)
        return key.scope.narrowed(grid.lo, grid.hi)
