"""A thread that follows a channel of the store, for as long as the server runs."""

from abc import abstractmethod
from typing import Final

from data.background import BackgroundThread
from data.errors import CommandCenterError

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_ENDS_WITHIN_S: Final = 10.0


class StoreFollower(BackgroundThread):
    """Goes on after an error of the database, and after a pause; any other error ends the thread.

    Parameters
    ----------
    name
        Of the thread.
    poll_s
        Longest time in seconds between two looks at the store; also the longest time `stop` waits for.

    Attributes
    ----------
    last_error
        What went wrong since all was well; None when all is well.
    """

    def __init__(self, name: str, poll_s: float) -> None:
        super().__init__(name, ends_within_s=_ENDS_WITHIN_S + poll_s)
        self._poll_s = poll_s
        self.last_error: BaseException | None = None

    @abstractmethod
    def _follow(self) -> None:
        """Follow until `_stopping` is set, or until listening ends by itself; clear `last_error` when all is well."""

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            try:
                self._follow()
                pause_s = _FIRST_PAUSE_S
            except CommandCenterError as error:
                # Each error in a row is waited out longer.
                pause_s = _FIRST_PAUSE_S if self.last_error is None else min(2 * pause_s, _LONGEST_PAUSE_S)
                self.last_error = error
            except BaseException as error:
                self.last_error = error
                raise
            # A listener that ends by itself is asked again, without haste.
            self._stopping.wait(pause_s)
