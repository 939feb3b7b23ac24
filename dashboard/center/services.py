"""What pages and API stand on, wired once per process."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from dashboard.center.city import ServedCity, city_on, pulse_of
from dashboard.center.edition_change import EditionChange
from dashboard.center.other_editions import OtherEditions
from dashboard.center.release import release
from dashboard.live.alert_board import AlertBoard
from dashboard.live.hub import Pulse, StreamHub
from dashboard.live.past import PastPictures
from data.city.categories import Category
from data.city.editions import Edition, current_edition, current_edition_id
from data.errors import NoEdition
from data.incidents.clocks import Clocks
from data.incidents.desk import IncidentDesk
from data.settings import Settings
from data.stats.mirror.follower import MirrorFollower
from data.stats.mirror.mirror import Mirror
from data.store.connection import Store
from geo.index import GridIndex

log = logging.getLogger(__name__)

_NO_CATEGORIES: Final[Mapping[str, Category]] = MappingProxyType({})


@dataclass(eq=False)
class Services:
    """What pages and API stand on; made by `open_services`, closed by `close`.

    What comes from `city` raises `NoEdition` while no grid system is there, so that every question that needs one is
    answered with that error. `city` is replaced when another edition comes into force: a request asks a `snapshot`,
    so that all it reads is of one edition.

    Attributes
    ----------
    started_at
        Aware, in the city's zone.
    city
        None while no grid system is there.
    other_editions
        Numbers on the grids of other editions.
    """

    settings: Settings
    store: Store
    started_at: datetime
    other_editions: OtherEditions
    city: ServedCity | None = None
    _changing: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _change: EditionChange | None = field(default=None, repr=False)
    _closed: bool = field(default=False, repr=False)
    _made: dict[object, Any] = field(default_factory=dict, repr=False)

    def snapshot(self) -> "Services":
        """The same services, with the city that is served now for as long as they are held."""
        return replace(self)

    @property
    def version(self) -> str:
        """Changes with the code and with the edition; a page that finds another one reloads itself."""
        return release() if self.city is None else self.city.version

    @property
    def has_edition(self) -> bool:
        """Whether a grid system is there."""
        return self.city is not None

    @property
    def made(self) -> dict[object, Any]:
        """What others have made of them; see `dashboard.center.made_once`."""
        return self._made if self.city is None else self.city.made

    @property
    def categories(self) -> Mapping[str, Category]:
        """By code; none while no grid system is there."""
        return _NO_CATEGORIES if self.city is None else self.city.categories

    @property
    def edition(self) -> Edition:
        """The edition of the grid system in force."""
        return self._there.edition

    @property
    def index(self) -> GridIndex:
        """The index of its leaves."""
        return self._there.index

    @property
    def desk(self) -> IncidentDesk:
        """The door of incidents."""
        return self._there.desk

    @property
    def clocks(self) -> Clocks:
        """What tells deadlines and lights."""
        return self._there.clocks

    @property
    def mirror(self) -> Mirror:
        """The columns behind every number."""
        return self._there.mirror

    @property
    def follower(self) -> MirrorFollower:
        """What keeps the mirror up with the log."""
        return self._there.follower

    @property
    def alerts(self) -> AlertBoard:
        """What needs attention."""
        return self._there.alerts

    @property
    def hub(self) -> StreamHub:
        """The live stream."""
        return self._there.hub

    @property
    def past(self) -> PastPictures:
        """Pictures of any past moment."""
        return self._there.past

    @property
    def _there(self) -> ServedCity:
        if self.city is None:
            raise NoEdition(
                "no grid system has been imported yet: import one with `python app.py grids import` (a running server "
                "finds it within a minute), or build the demo city with `python app.py run`"
            )
        return self.city

    def pulse(self) -> Pulse:
        """Tell how current the numbers are."""
        return pulse_of(self.mirror, self.follower, self.settings)

    def follow_editions(self) -> None:
        """Start to look for another edition in force: as days begin, and after an import."""
        self._change = EditionChange(self.take_edition_in_force)
        self._change.start()

    def take_edition_in_force(self) -> bool:
        """Serve the edition that holds today, if it is another one than is served; whether it is.

        Streams of the one before end; their pages come back, find another version and load themselves anew.

        Raises
        ------
        CommandCenterError
            The edition could not be read; what was served is served still.
        """
        with self._changing:
            today = datetime.now(self.settings.zone).date()
            found = current_edition_id(self.store, today)
            before = self.city
            if self._closed or found is None or (before is not None and before.edition.id == found):
                return False
            city = city_on(self.store, self.settings, current_edition(self.store, today), self.started_at)
            city.start()
            self.city = city
            log.warning("the edition %r of the grid system is in force now", city.edition.name)
        if before is not None:
            before.stop()
        return True

    def end_streams(self) -> None:
        """End all open streams; call it on the event loop."""
        if self.city is not None:
            self.city.hub.close()

    def close(self) -> None:
        """Give back everything; the event loop has ended by then."""
        # Threads that follow the store would go on waiting for news until the wait is over.
        self.store.end_listening()
        if self._change is not None:
            self._change.stop()
        # A city that is being wired now is waited for: its threads would go on without a store.
        with self._changing:
            self._closed = True
            if self.city is not None:
                self.city.stop()
        self.store.close()


def open_services(settings: Settings) -> Services:
    """Open the store, load what the city is, and start following the log.

    Without an edition the services open as well, and answer `NoEdition` to what needs one.

    Raises
    ------
    EmbeddedServerFailed, DatabaseUnavailable, SettingInvalid
        From the store.
    """
    store = Store.open(settings, migrate=True)
    try:
        return services_on(store, settings)
    except BaseException:
        store.close()
        raise


def services_on(store: Store, settings: Settings) -> Services:
    """Wire the services on a store that is open; `Services.close` closes it."""
    services = Services(settings, store, datetime.now(settings.zone), OtherEditions(store))
    try:
        edition = current_edition(store, services.started_at.date())
    except NoEdition as error:
        log.warning("%s", error.message)
        return services
    services.city = city_on(store, settings, edition, services.started_at)
    services.city.start()
    return services
