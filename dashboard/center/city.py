"""The objects that serve one edition, wired once and replaced as a whole when another edition comes into force."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from dashboard.center.assessing import assessment_of
from dashboard.center.duty_changes import DutyChanges
from dashboard.center.making import clocks_of, desk_on, index_of, mirror_file
from dashboard.center.release import release
from dashboard.live.alert_board import AlertBoard
from dashboard.live.hub import Pulse, StreamHub
from dashboard.live.past import PastPictures
from dashboard.live.picture import LivePictures, PictureMaker
from data.attention.watcher import AttentionWatcher
from data.city.categories import Category, read_categories
from data.city.editions import Edition
from data.incidents.clocks import Clocks
from data.incidents.desk import IncidentDesk
from data.registers.directory import Directory
from data.registers.directory_follower import DirectoryFollower
from data.settings import Settings
from data.stats.mirror.follower import MirrorFollower
from data.stats.mirror.keeping import MirrorKeeper
from data.stats.mirror.mirror import Mirror
from data.stats.picture.key import PictureCity
from data.store.connection import Store
from geo.index import GridIndex

_Thread: TypeAlias = MirrorFollower | DirectoryFollower | DutyChanges | AttentionWatcher


@dataclass(frozen=True, eq=False)
class ServedCity:
    """The objects that serve one edition of the grid system.

    Attributes
    ----------
    version
        Version of code and edition; a page reloads itself when it changes.
    categories
        Categories by code.
    made
        Objects that other rooms created for this city; see `dashboard.center.made_once`.
    """

    version: str
    edition: Edition
    categories: Mapping[str, Category]
    index: GridIndex
    clocks: Clocks
    desk: IncidentDesk
    mirror: Mirror
    follower: MirrorFollower
    pictures: LivePictures
    hub: StreamHub
    past: PastPictures
    directory_follower: DirectoryFollower
    duty_changes: DutyChanges
    watcher: AttentionWatcher
    alerts: AlertBoard
    made: dict[object, Any] = field(default_factory=dict, repr=False)

    def start(self) -> None:
        """Start the threads that follow the log, the registers and the days, and watch for alerts."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop the threads, and end all streams."""
        # Each may take as long as its longest wait, so stop them in parallel.
        with ThreadPoolExecutor(len(self._threads)) as ends:
            list(ends.map(lambda thread: thread.stop(), self._threads))
        self.hub.end()

    @property
    def _threads(self) -> tuple[_Thread, ...]:
        return self.follower, self.directory_follower, self.duty_changes, self.watcher


def city_on(store: Store, settings: Settings, edition: Edition, started_at: datetime) -> ServedCity:
    """Wire the objects that serve an edition; `ServedCity.start` starts its threads."""
    categories = read_categories(store)
    version = f"{release()}.{edition.system.checksum[:8]}"
    hello = {
        "version": version,
        "started_at": started_at.isoformat(timespec="seconds"),
        "demo": edition.demo,
        "city": edition.city,
    }
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
        return pulse_of(mirror, follower, settings)

    pictures = LivePictures(maker, mirror, follower, alerts, now)
    hub = StreamHub(pictures.make, pulse, hello, now=now)
    past = PastPictures(maker, store, mirror, alerts, now)
    return ServedCity(
        version, edition, categories, index, clocks, desk, mirror, follower, pictures, hub, past, directory_follower,
        duty_changes, watcher, alerts,
    )  # fmt: skip


def _nobody_waits(_seq: int) -> None:
    """Do nothing: pictures are drawn at a fixed rate, not after each event of the log."""


def pulse_of(mirror: Mirror, follower: MirrorFollower, settings: Settings) -> Pulse:
    """Return how current the numbers of a mirror are."""
    healthy_at = follower.healthy_at
    return Pulse(mirror.seq, None if healthy_at is None else healthy_at.astimezone(settings.zone))
