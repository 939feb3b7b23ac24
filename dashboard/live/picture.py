"""The one maker of pictures: frame and map of a key, drawn from a view of the mirror, live or past."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dashboard.live.alert_board import AlertBoard
from dashboard.live.hub import Picture
from data.access.scope import Scope
from data.errors import IncidentUnknown
from data.incidents.desk import IncidentDesk
from data.stats.measures.question import Question
from data.stats.mirror.follower import MirrorFollower
from data.stats.mirror.mirror import Mirror, MirrorView
from data.stats.picture.frames import frame, map_document, newest_ids
from data.stats.picture.key import PictureCity, PictureKey

Document = dict[str, Any]

# Titles never change, so those of recently listed incidents are cached.
_MOST_TITLES: Final = 5_000
_MOST_BREAKS: Final = 500


class PictureMaker:
    """Draws the documents of a picture from a view; thread-safe.

    Parameters
    ----------
    city
        The data common to all pictures.
    desk
        Provides titles and names of units, which the mirror does not contain.
    """

    def __init__(self, city: PictureCity, desk: IncidentDesk) -> None:
        self.city = city
        self._desk = desk
        self._titles: dict[int, str] = {}

    def frame(
        self, view: MirrorView, key: PictureKey, moment: datetime, alerts: Document, data_at: datetime | None = None
    ) -> Document:
        """Draw the frame, with the alerts of its scope.

        Raises
        ------
        GridUnknown, QueryInvalid
            Unknown grid, level or KPI.
        DatabaseUnavailable, DatabaseBusy
            The titles of new incidents could not be read.
        """
        titles, units = self._titles_of(view, key, moment), self._desk.directory.handler_names
        return frame(view, self.city, key, moment, titles=titles, units=units, data_at=data_at) | {"alerts": alerts}

    def map(self, view: MirrorView, key: PictureKey, moment: datetime, breaks: Sequence[float] | None) -> Document:
        """Draw the map, with the colour classes of the previous map; errors as in `frame`."""
        return map_document(view, self.city, key, moment, previous_breaks=breaks)

    def _titles_of(self, view: MirrorView, key: PictureKey, moment: datetime) -> Mapping[int, str]:
        """Look up the titles of the listed incidents; each only once."""
        listed = newest_ids(view, Question(moment, moment, moment, self.city.narrowed(key)))
        if len(self._titles) >= _MOST_TITLES:
            self._titles = {}
        titles = self._titles
        for incident_id in listed:
            if incident_id not in titles:
                title = self._title(incident_id, key.scope)
                if title is not None:
                    titles[incident_id] = title
        return {incident_id: titles.get(incident_id, "") for incident_id in listed}

    def _title(self, incident_id: int, scope: Scope) -> str | None:
        try:
            return self._desk.get(incident_id, scope).title
        except IncidentUnknown:
            # The incident is in the view, but has since been removed or has left this viewer's scope.
            return None


class LivePictures:
    """Live pictures, for the hub; thread-safe."""

    def __init__(
        self,
        maker: PictureMaker,
        mirror: Mirror,
        follower: MirrorFollower,
        alerts: AlertBoard,
        now: Callable[[], datetime],
    ) -> None:
        self._maker = maker
        self._mirror = mirror
        self._follower = follower
        self._alerts = alerts
        self._now = now
        self._breaks: dict[PictureKey, Sequence[float]] = {}

    def make(self, key: PictureKey) -> Picture:
        """Draw the live picture of a key; errors as in `PictureMaker.frame`."""
        view, moment = self._mirror.view(), self._now()
        alerts = self._alerts.running(self._maker.city.narrowed(key))
        panels = self._maker.frame(view, key, moment, alerts, self._follower.healthy_at)
        drawn = self._maker.map(view, key, moment, self._breaks.get(key))
        if len(self._breaks) >= _MOST_BREAKS:
            self._breaks.clear()
        self._breaks[key] = drawn["breaks"]
        return Picture(view.seq, panels, drawn)
