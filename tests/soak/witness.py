"""A mirror that follows the log through every kill, and starts anew from its file again and again."""

from pathlib import Path
from typing import Self

from data.city.editions import Edition
from data.stats.mirror.follower import MirrorFollower
from data.stats.mirror.keeping import MirrorKeeper
from data.stats.mirror.mirror import Mirror
from data.stats.mirror.mirror_check import differences
from data.stats.mirror.mirror_file import MirrorFile
from data.store.connection import Store

_KEEP_EVERY_S = 0.5


class Witness:
    """Follows as an app does; nothing of what it saw is told to whoever starts it anew, but for its file.

    Parameters
    ----------
    store
        Where the log is kept; open as long as the witness is.
    folder
        Where the file is kept.

    Attributes
    ----------
    restored
        How often a new mirror began with what the file had.
    """

    def __init__(self, store: Store, edition: Edition, folder: Path) -> None:
        self._store = store
        self._edition = edition
        self._file = MirrorFile(folder / "witness" / "mirror.bin", edition.id, len(edition.system.leaves))
        self.restored = 0
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._follower.stop()

    def start_anew(self) -> None:
        """End, and begin with another mirror."""
        self._follower.stop()
        self._begin()

    def differences(self) -> list[str]:
        """What the mirror, brought up to the log, says otherwise than one made from the store; empty for nothing."""
        self._follower.stop()
        error = self._follower.last_error
        self._mirror.refresh(self._store)
        anew = Mirror(self._mirror.leaf_count, self._edition.id)
        anew.refresh(self._store)
        found = differences(self._mirror.view(), anew.view())
        said = [f"mirror: {name} of {len(ids)} incidents differs: {ids[:5]}" for name, ids in found.items()]
        if self._mirror.seq != anew.seq:
            said.append(f"mirror: it knows event {self._mirror.seq}, the store has {anew.seq}")
        if not self.restored:
            said.append(f"mirror: it never began from its file; last error: {error}")
        return said

    def _begin(self) -> None:
        self._mirror = Mirror(len(self._edition.system.leaves), self._edition.id)
        keeper = MirrorKeeper(self._store, self._mirror, self._file, every_s=_KEEP_EVERY_S)
        self.restored += self._file.path.exists()
        self._follower = MirrorFollower(self._store, self._mirror, lambda _: None, poll_s=0.5, keeper=keeper)
        self._follower.start()
