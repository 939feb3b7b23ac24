"""What pages and API stand on, wired once per process."""

import hashlib
import logging
import tomllib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from dashboard.center.assessing import assessment_of
from dashboard.center.duty_changes import DutyChanges
from dashboard.center.editions import OtherEditions
from dashboard.live.alert_board import AlertBoard
from dashboard.live.hub import Pulse, StreamHub
from dashboard.live.past import PastPictures
from dashboard.live.picture import LivePictures, PictureMaker
from data.attention.watcher import AttentionWatcher
from data.calendar.limits import Limits
from data.calendar.work_calendar import WorkCalendar
from data.city.categories import Category, read_categories
from data.city.editions import Edition, current_edition
from data.errors import NoEdition
from data.incidents.clocks import Clocks
from data.incidents.desk import IncidentDesk
from data.positions.position_keeper import PositionKeeper
from data.private_files import private_folder
from data.registers.directory import Directory
from data.registers.directory_follower import DirectoryFollower
from data.registers.tables import read_directory
from data.settings import Settings
from data.stats.mirror.follower import MirrorFollower
from data.stats.mirror.keeping import MirrorKeeper
from data.stats.mirror.mirror import Mirror
from data.stats.mirror.mirror_file import MirrorFile
from data.stats.picture.key import PictureCity
from data.store.connection import Store
from geo.grids import GridSystem
from geo.index import GridIndex

log = logging.getLogger(__name__)

# Folder under `Settings.home` of what can be made anew.
CACHE = "cache"
_ROOT = Path(__file__).resolve().parents[2]
_SOURCES = ("dashboard", "layers", "data", "geo")
_SOURCE_TYPES = (".py", ".toml", ".js", ".css", ".sql")

_Thread: TypeAlias = MirrorFollower | DirectoryFollower | DutyChanges | AttentionWatcher | PositionKeeper


@dataclass(frozen=True, eq=False)
class City:
    """What there is once a grid system is there."""

    edition: Edition
    index: GridIndex
    clocks: Clocks
    desk: IncidentDesk
    mirror: Mirror
    follower: MirrorFollower
    hub: StreamHub
    past: PastPictures
    directory_follower: DirectoryFollower
    duty_changes: DutyChanges
    watcher: AttentionWatcher
    alerts: AlertBoard
    position_keeper: PositionKeeper

    def start(self) -> None:
        """Start the threads: they follow the log, registers and days, watch for what needs attention, and forget."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End them, and all streams."""
        # Each may take as long as its longest wait: together, not one after the other.
        with ThreadPoolExecutor(len(self._threads)) as ends:
            list(ends.map(lambda thread: thread.stop(), self._threads))
        self.hub.close()

    @property
    def _threads(self) -> tuple[_Thread, ...]:
        return self.follower, self.directory_follower, self.duty_changes, self.watcher, self.position_keeper


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
    made
        What others have made of them; see `dashboard.center.made_once`.
    """

    settings: Settings
    store: Store
    version: str
    started_at: datetime
    categories: Mapping[str, Category] = field(default_factory=dict)
    city: City | None = None
    made: dict[object, Any] = field(default_factory=dict, repr=False)

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

    def end_streams(self) -> None:
        """End all open streams; call it on the event loop."""
        if self.city is not None:
            self.city.hub.close()

    def close(self) -> None:
        """Give back everything; the event loop has ended by then."""
        # Who follows the store would go on waiting for news until the wait is over.
        self.store.end_listening()
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
    city.start()
    return Services(settings, store, version, started_at, categories, city)


def index_of(system: GridSystem, settings: Settings) -> GridIndex:
    """The index of a grid system, kept on disk between starts."""
    with suppress(OSError):  # then nothing is kept, and each of those that keep says so
        private_folder(settings.home / CACHE)
    return GridIndex.load_or_build(system, settings.home / CACHE)


def clocks_of(settings: Settings) -> Clocks:
    """The deadlines of the city: its calendar, the limits of its categories, and what its assessment says of lights.

    Raises
    ------
    SettingInvalid
        A file of them cannot be used.
    """
    rules = assessment_of(settings).rules
    return Clocks(
        WorkCalendar.load(settings.calendar), Limits.load(settings.limits), rules.yellow_share, rules.suspended_is_due
    )


def desk_on(store: Store, edition: Edition, index: GridIndex, clocks: Clocks, settings: Settings) -> IncidentDesk:
    """The desk on an edition, with the registers in force."""
    directory = read_directory(store, edition.system, settings.zone)
    return IncidentDesk(
        store, edition.system, edition.id, index, clocks.calendar, settings.zone, clocks=clocks, directory=directory
    )


def mirror_file(edition: Edition, settings: Settings) -> MirrorFile:
    """Where the mirror of an edition is kept between starts."""
    return MirrorFile(settings.home / CACHE / f"mirror-{edition.id}.bin", edition.id, len(edition.system.leaves))


def forget_mirrors(settings: Settings) -> None:
    """Throw away the mirrors that are kept on disk: states were changed that no event tells of."""
    for path in (settings.home / CACHE).glob("mirror-*.bin"):
        path.unlink(missing_ok=True)


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
    system, zone = edition.system, settings.zone
    clocks = clocks_of(settings)
    desk = desk_on(store, edition, index, clocks, settings)
    duty_changes = DutyChanges(desk.hand_over, zone)

    def use(new: Directory) -> None:
        desk.use(new)
        duty_changes.changed()

    directory_follower = DirectoryFollower(store, system, zone, use, version=desk.directory.version, poll_s=1.0)
    mirror = Mirror(len(system.leaves), edition.id)
    keeper = MirrorKeeper(store, mirror, mirror_file(edition, settings))
    follower = MirrorFollower(store, mirror, _nobody_waits, keeper=keeper)
    watcher = AttentionWatcher(store, edition, zone, mirror.view, lambda: follower.healthy_at)
    alerts = AlertBoard(store, edition, categories, zone, lambda: watcher.looked_at)
    names = {code: (category.name_zh, category.name_en) for code, category in categories.items()}
    maker = PictureMaker(PictureCity(edition, names, zone, assessment_of(settings).rules), desk)

    def now() -> datetime:
        return datetime.now(zone)

    def pulse() -> Pulse:
        return _pulse(mirror, follower, settings)

    hub = StreamHub(LivePictures(maker, mirror, follower, alerts, now).make, pulse, hello, now=now)
    past = PastPictures(maker, store, mirror, alerts, now)
    return City(
        edition, index, clocks, desk, mirror, follower, hub, past, directory_follower, duty_changes, watcher,
        alerts, PositionKeeper(store, settings.track_days),
    )  # fmt: skip


def _nobody_waits(_seq: int) -> None:
    """Pictures are made to a rhythm of their own, not to that of the log."""


def _pulse(mirror: Mirror, follower: MirrorFollower, settings: Settings) -> Pulse:
    healthy_at = follower.healthy_at
    return Pulse(mirror.seq, None if healthy_at is None else healthy_at.astimezone(settings.zone))
