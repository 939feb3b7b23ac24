"""A thread that reads the directory again when the registers change."""

import logging
from collections.abc import Callable
from datetime import tzinfo
from typing import TYPE_CHECKING

from data.registers.tables import CHANNEL, current_version, read_directory
from data.store.following import StoreFollower

if TYPE_CHECKING:
    from data.registers.directory import Directory
    from data.store.connection import Store
    from geo.grids import GridSystem

_log = logging.getLogger(__name__)


class DirectoryFollower(StoreFollower):
    """Hands over a new directory within moments of an import, and every `poll_s` seconds should a word have been lost.

    While errors keep it from that, the directory that was handed over before stays in use.

    Parameters
    ----------
    store, system, zone
        Where the registers are, the grids they are put on, and the city's zone.
    use
        Called in the follower's thread with each new directory, such as ``desk.use``.
    version
        Number of the version that is in use already; None hands over the one in force at once.
    poll_s
        Longest time in seconds between two looks at the store; also the longest time `stop` waits for.

    Attributes
    ----------
    version
        Number of the version handed over last; None before the first.
    """

    def __init__(
        self,
        store: "Store",
        system: "GridSystem",
        zone: tzinfo,
        use: "Callable[[Directory], None]",
        *,
        version: int | None = None,
        poll_s: float = 5.0,
    ) -> None:
        super().__init__("directory-follower", poll_s)
        self._store = store
        self._system = system
        self._zone = zone
        self._use = use
        self._listened = False
        self.version = version

    def _follow(self) -> None:
        told = self._store.listen(CHANNEL, self._poll_s)
        # Once more after listening began. What came while nobody listened was not told: whether categories changed
        # too is not known then.
        self._look(again=self._listened)
        self._listened = True
        for word in told:
            if self._stopping.is_set():
                return
            self._look(again=word is not None)

    def _look(self, *, again: bool) -> None:
        """Hand over the directory if its version is new, or anyway."""
        if again or current_version(self._store) != self.version:
            directory = read_directory(self._store, self._system, self._zone)
            self._use(directory)
            self.version = directory.version
            _log.info("registers: version %d is in use", directory.version)
        self.last_error = None
