"""What pages and API stand on, wired once per process."""

import hashlib
import logging
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path

from dashboard.api.hub import Pulse, StreamHub
from dashboard.api.shapes import Shapes
from dashboard.editions import OtherEditions
from dashboard.picture import PictureMaker
from data.errors import NoEdition
from data.incidents.deadlines import WorkCalendar
from data.incidents.desk import IncidentDesk
from data.settings import Settings
from data.stats.follower import MirrorFollower
from data.stats.mirror import Mirror
from data.store.categories import Category, read_categories
from data.store.connection import Store
from data.store.editions import Edition, current_edition, has_edition
from geo.grids import GridSystem
from geo.index import GridIndex

log = logging.getLogger(__name__)

CALENDAR = "jiangyin"
# Folder under `Settings.home` of what can be made anew.
CACHE = "cache"
_ROOT = Path(__file__).resolve().parent.parent
_SOURCES = ("dashboard", "layers", "data", "geo")
_SOURCE_TYPES = (".py", ".toml", ".js", ".css", ".sql")


@dataclass(frozen=True, eq=False)
class City:
    """What there is once a grid system is there."""

    edition: Edition
    index: GridIndex
    desk: IncidentDesk
    mirror: Mirror
    follower: MirrorFollower
    hub: StreamHub
    shapes: Shapes


@dataclass(frozen=True, eq=False)
class Services:
    """What pages and API stand on; made by `open_services`, closed by `close`.

    What comes from `city` raises `NoEdition` while no grid system is there, so that every question that needs one is
    answered with that error.

    Attributes
    ----------
    version
        Changes with the code and with the edition; a page that finds another one reloads itself.
    started_at
        Aware, in the city's zone.
    categories
        By code.
    city
        None while no grid system is there.
    """

    settings: Settings
    store: Store
    version: str
    started_at: datetime
    categories: Mapping[str, Category] = field(default_factory=dict)
    city: City | None = None

    @property
    def has_edition(self) -> bool:
        """Whether a grid system is there."""
        return self.city is not None

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
    def mirror(self) -> Mirror:
        """The columns behind every number."""
        return self._there.mirror

    @property
    def follower(self) -> MirrorFollower:
        """What keeps the mirror up with the log."""
        return self._there.follower

    @property
    def hub(self) -> StreamHub:
        """The live stream."""
        return self._there.hub

    @property
    def shapes(self) -> Shapes:
        """List and geometry of the grids."""
        return self._there.shapes

    @cached_property
    def other_editions(self) -> OtherEditions:
        """Numbers on the grids of other editions."""
        return OtherEditions(self.store)

    @property
    def _there(self) -> City:
        if self.city is None:
            raise NoEdition(
                "no grid system has been imported yet: import one with `python app.py grids import`, "
                "or build the demo city with `python app.py run`, and start the server again"
            )
        return self.city

    def pulse(self) -> Pulse:
        """Tell how current the numbers are."""
        return _pulse(self.mirror, self.follower, self.settings)

    def ping(self) -> None:
        """Ask the database for a sign of life.

        Raises
        ------
        DatabaseUnavailable, DatabaseBusy
            It gives none.
        """
        has_edition(self.store)

    def end_streams(self) -> None:
        """End all open streams; call it on the event loop."""
        if self.city is not None:
            self.city.hub.close()

    def close(self) -> None:
        """Give back everything; the event loop has ended by then."""
        if self.city is not None:
            self.city.follower.stop()
            self.city.hub.close()
        self.store.close()


def open_services(settings: Settings) -> Services:
    """Open the store, load what the city is, and start following the log.

    Without an edition the services open as well, and answer `NoEdition` to what needs one.

    Raises
    ------
    EmbeddedServerFailed, DatabaseUnavailable, SettingInvalid
        From the store.
    """
    store = Store.open(settings)
    try:
        return services_on(store, settings)
    except BaseException:
        store.close()
        raise


def services_on(store: Store, settings: Settings) -> Services:
    """Wire the services on a store that is open; `Services.close` closes it."""
    started_at = datetime.now(settings.zone)
    try:
        edition = current_edition(store, started_at.date())
    except NoEdition as error:
        log.warning("%s", error.message)
        return Services(settings, store, release(), started_at)
    version = f"{release()}.{edition.system.checksum[:8]}"
    hello = {
        "version": version,
        "started_at": started_at.isoformat(timespec="seconds"),
        "demo": edition.demo,
        "city": edition.city,
    }
    categories = read_categories(store)
    city = _city(store, settings, edition, categories, hello)
    city.follower.start()
    return Services(settings, store, version, started_at, categories, city)


def index_of(system: GridSystem, settings: Settings) -> GridIndex:
    """The index of a grid system, kept on disk between starts."""
    return GridIndex.load_or_build(system, settings.home / CACHE)


@lru_cache(maxsize=1)
def release() -> str:
    """Version of the project, and a mark that changes with every change of its code."""
    digest = hashlib.sha256()
    for folder in _SOURCES:
        for path in sorted((_ROOT / folder).rglob("*")):
            if path.suffix in _SOURCE_TYPES:
                digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['version']}+{digest.hexdigest()[:8]}"


def _city(
    store: Store,
    settings: Settings,
    edition: Edition,
    categories: Mapping[str, Category],
    hello: Mapping[str, object],
) -> City:
    index = index_of(edition.system, settings)
    calendar = WorkCalendar.load(CALENDAR)
    desk = IncidentDesk(store, edition.system, edition.id, index, calendar, settings.zone)
    mirror = Mirror(len(edition.system.leaves), edition.id)
    follower = MirrorFollower(store, mirror, _nobody_waits)
    maker = PictureMaker(edition, mirror, follower, desk, categories, settings.zone)

    def pulse() -> Pulse:
        return _pulse(mirror, follower, settings)

    hub = StreamHub(maker.make, pulse, hello, now=lambda: datetime.now(settings.zone))
    return City(edition, index, desk, mirror, follower, hub, Shapes(edition, settings.home / CACHE))


def _nobody_waits(_seq: int) -> None:
    """Pictures are made to a rhythm of their own, not to that of the log."""


def _pulse(mirror: Mirror, follower: MirrorFollower, settings: Settings) -> Pulse:
    healthy_at = follower.healthy_at
    return Pulse(mirror.seq, None if healthy_at is None else healthy_at.astimezone(settings.zone))
