"""What rooms make of the services when it is first asked for, and then share."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from dashboard.center.services import Services

Made = TypeVar("Made")


class MadeOnce(Generic[Made]):
    """One of its kind for each `Services`, which hold it: it goes with them.

    Parameters
    ----------
    make
        Makes it; what it raises is raised by `of`, and it is tried again the next time.
    """

    def __init__(self, make: Callable[[Services], Made]) -> None:
        self._make = make
        self._making = threading.Lock()

    def of(self, services: Services) -> Made:
        """The one of these services; threads may ask at once."""
        with self._making:
            if self not in services.made:
                services.made[self] = self._make(services)
            found: Made = services.made[self]
            return found
