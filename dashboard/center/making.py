"""What the services are made of, each for itself: the command line makes some of it without a server."""

from contextlib import suppress

from dashboard.center.assessing import assessment_of
from data.calendar.limits import Limits
from data.calendar.work_calendar import WorkCalendar
from data.city.editions import Edition
from data.incidents.clocks import Clocks
from data.incidents.desk import IncidentDesk
from data.private_files import private_folder
from data.registers.tables import read_directory
from data.settings import Settings
from data.stats.mirror.mirror_file import MirrorFile
from data.store.connection import Store
from geo.grids import GridSystem
from geo.index import GridIndex

# Folder under `Settings.home` of what can be made anew.
CACHE = "cache"


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
