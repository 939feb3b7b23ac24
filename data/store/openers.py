"""In whose name a transaction runs: for somebody's scope, or for the system itself, which then says why."""

from dataclasses import dataclass
from typing import Protocol


class Opener(Protocol):
    """What a transaction is opened for; a scope is one, see `data.access.scope`."""

    @property
    def opener(self) -> str:
        """The name to be written down, such as ``person:P0007``."""


@dataclass(frozen=True, slots=True)
class System:
    """The system's own work, which no scope bounds.

    Attributes
    ----------
    reason
        What it does, in a few words.
    """

    reason: str

    @property
    def opener(self) -> str:
        """As of `Opener`."""
        return f"system: {self.reason}"
