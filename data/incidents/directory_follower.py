"""A thread that reads the directory again when the registers change."""

import logging
import threading
from collections.abc import Callable
from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from data.errors import CommandCenterError
from data.store.registers import CHANNEL, current_version, read_directory

if TYPE_CHECKING:
    from data.incidents.directory import Directory
    from data.store.connection import Store
    from geo.grids import GridSystem

_LONGEST_PAUSE_S: Final = 5.0
_STOP_TIMEOUT_S: Final = 10.0

_log = logging.getLogger(__name__)


class DirectoryFollower:
    """Hands over a new directory within moments of an import, and every `poll_s` seconds should a word have been lost.

    An error of the database is kept in `last_error` and the work goes on after a pause; the directory that was handed
    over before stays in use meanwhile. Any other error ends the thread and is kept too.

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
    last_error
        What went wrong since then; None when all is well.
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
        self._store = store
        self._system = system
        self._zone = zone
        self._use = use
        self._poll_s = poll_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="directory-follower", daemon=True)
        self.version = version
        self.last_error: BaseException | None = None

    def start(self) -> None:
        """Start the thread; once only."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it; may be called again, and before `start`."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=_STOP_TIMEOUT_S + self._poll_s)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        pause_s, first = 0.1, True
        while not self._stopping.is_set():
            try:
                told = self._store.listen(CHANNEL, self._poll_s)
                # Once more after listening began. What came while nobody listened was not told: whether categories
                # changed too is not known then.
                self._look(again=not first)
                first, pause_s = False, 0.1
                for word in told:
                    if self._stopping.is_set():
                        return
                    self._look(again=word is not None)
            except CommandCenterError as error:
                self.last_error = error
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            except BaseException as error:
                self.last_error = error
                raise
            # A listener that ends by itself is asked again, without haste.
            self._stopping.wait(pause_s)

    def _look(self, *, again: bool) -> None:
        """Hand over the directory if its version is new, or anyway."""
        if again or current_version(self._store) != self.version:
            directory = read_directory(self._store, self._system, self._zone)
            self._use(directory)
            self.version = directory.version
            _log.info("registers: version %d is in use", directory.version)
        self.last_error = None
