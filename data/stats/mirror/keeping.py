"""Keeping the mirror on disk: taken back at a start, written now and then and at the end, beside those who read it."""

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from data.errors import CommandCenterError
from data.incidents.columns import event_hash
from data.stats.mirror.mirror import Mirror
from data.stats.mirror.mirror_file import MirrorFile

if TYPE_CHECKING:
    from data.store.connection import Store

KEEP_EVERY_S: Final = 3600.0

_log = logging.getLogger(__name__)


class MirrorKeeper:
    """Takes a mirror back from its file, and writes it there again.

    A file that cannot be written is said and tried again the next time: the store has everything.

    Parameters
    ----------
    file
        Where the mirror is kept.
    every_s
        Seconds between two writings, if anything changed; the first one follows the first filling at once.
    """

    def __init__(self, store: "Store", mirror: Mirror, file: MirrorFile, *, every_s: float = KEEP_EVERY_S) -> None:
        self._store = store
        self._mirror = mirror
        self._file = file
        self._every_s = every_s
        self._next_s = 0.0
        self._kept_seq = 0
        self._writing: threading.Thread | None = None

    def restore(self) -> bool:
        """Take the mirror back, if there is a file and its log is that of the store; returns whether it was.

        Raises
        ------
        DatabaseUnavailable, DatabaseBusy
            The store could not be asked for its log; the file stays.
        """
        stored = self._file.read()
        if stored is None:
            return False
        if event_hash(self._store, stored.seq) != stored.mark:
            _log.warning("the mirror on disk comes from another log: it is thrown away and made anew from the store")
            self._file.forget()
            return False
        self._mirror.restore(stored.seq, stored.columns, stored.words)
        self._kept_seq, self._next_s = stored.seq, time.monotonic() + self._every_s
        return True

    def keep_now_and_then(self) -> None:
        """Begin to write the mirror, in a thread of its own, if it is time and something changed."""
        if time.monotonic() < self._next_s or (self._writing is not None and self._writing.is_alive()):
            return
        self._next_s = time.monotonic() + self._every_s
        if self._mirror.seq != self._kept_seq:
            self._writing = threading.Thread(target=self.keep, name="mirror-keeper", daemon=True)
            self._writing.start()

    def close(self) -> None:
        """Write what is not written yet, and wait for it."""
        if self._writing is not None:
            self._writing.join()
        self.keep()

    def keep(self) -> bool:
        """Write the mirror now, unless it is written already; returns whether the file is that of the mirror."""
        view = self._mirror.view()
        if view.seq == self._kept_seq:
            return view.seq > 0
        try:
            mark = event_hash(self._store, view.seq)
            if mark is None:
                return False
            self._file.write(view, mark)
        except (OSError, CommandCenterError) as error:
            _log.warning(
                "the mirror could not be kept on disk, and is made from the store at the next start: %s", error
            )
            return False
        self._kept_seq = view.seq
        return True
