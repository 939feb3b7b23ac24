"""The services that pages and API use, wired once per process."""

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
    """The services that pages and API use; created by `open_services`, closed by `close`.

    Attributes taken from `city` raise `NoEdition` while there is no grid system, so that every request that needs one
    gets that error. `city` is replaced when another edition comes into force: a request works on a `snapshot`, so that
    it sees one edition only.

    Attributes
    ----------
    started_at
        Aware, in the city's zone.
    city
        None while there is no grid system.
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
        """Return the same services, bound to the city served now."""
        return replace(self)

    @property
    def version(self) -> str:
        """Version of code and edition; a page reloads itself when it changes."""
        return release() if self.city is None else self.city.version

    @property
    def has_edition(self) -> bool:
        """Whether there is a grid system."""
        return self.city is not None

    @property
    def made(self) -> dict[object, Any]:
        """Objects that other rooms created for these services; see `dashboard.center.made_once`."""
        return self._made if self.city is None else self.city.made

    @property
    def categories(self) -> Mapping[str, Category]:
        """Categories by code; none while there is no grid system."""
        return _NO_CATEGORIES if self.city is None else self.city.categories

    @property
    def edition(self) -> Edition:
        """The edition of the grid system in force."""
        return self._there.edition

    @property
    def index(self) -> GridIndex:
        """The index of the edition's leaves."""
        return self._there.index

    @property
    def desk(self) -> IncidentDesk:
        """The desk: reads and writes of incidents."""
        return self._there.desk

    @property
    def clocks(self) -> Clocks:
        """The clocks, which compute deadlines and lights."""
        return self._there.clocks

    @property
    def mirror(self) -> Mirror:
        """The mirror, from which every number is computed."""
        return self._there.mirror

    @property
    def follower(self) -> MirrorFollower:
        """The thread that keeps the mirror up to date with the log."""
        return self._there.follower

    @property
    def alerts(self) -> AlertBoard:
        """The board of alerts."""
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
        """Return how current the numbers are."""
        return pulse_of(self.mirror, self.follower, self.settings)

    def follow_editions(self) -> None:
        """Start to follow the edition in force, which may change at the start of a day or with an import."""
        self._change = EditionChange(self.take_edition_in_force)
        self._change.start()

    def take_edition_in_force(self) -> bool:
        """Serve the edition in force today, if it is not served yet; return whether it changed.

        The streams of the previous edition end; their pages reconnect, find another version and reload themselves.

        Raises
        ------
        CommandCenterError
            The edition could not be read; the previous one is still served.
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
        """Release all resources, after the event loop has ended."""
        # Otherwise threads that follow the store would wait until their timeout.
        self.store.end_listening()
        if self._change is not None:
            self._change.stop()
        # Wait for a city that is being wired: its threads would outlive the store.
        with self._changing:
            self._closed = True
            if self.city is not None:
                self.city.stop()
        self.store.close()


def open_services(settings: Settings) -> Services:
    """Open the store, load the city, and start to follow the log.

    Without an edition the services open as well, and raise `NoEdition` where one is needed.

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
    """Wire the services on an open store; `Services.close` closes it."""
    services = Services(settings, store, datetime.now(settings.zone), OtherEditions(store))
    try:
        edition = current_edition(store, services.started_at.date())
    except NoEdition as error:
        log.warning("%s", error.message)
        return services
    services.city = city_on(store, settings, edition, services.started_at)
    services.city.start()
    return services
