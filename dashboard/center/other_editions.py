"""Numbers on the grids of another edition than the one in force: of then, or of what is to come."""

import threading

from data.access.scope import Scope
from data.city.editions import Edition, edition_named
from data.errors import QueryInvalid
from data.stats.mirror.mirror import Mirror, MirrorView
from data.store.connection import Store


class OtherEditions:
    """Editions by name, each with a mirror that is filled, and brought up to the log, when it is asked for.

    Parameters
    ----------
    store
        Where editions and incidents are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked_one_at_a_time = threading.Lock()
        self._kept: dict[str, tuple[Edition, Mirror]] = {}

    def ask(self, name: str) -> tuple[Edition, MirrorView]:
        """Edition of that name, and all incidents with their leaves in it.

        Raises
        ------
        EditionUnknown
            There is none of that name; the error lists those there are.
        DatabaseUnavailable, DatabaseBusy
            From the store.
        """
        with self._asked_one_at_a_time:
            if name not in self._kept:
                edition = edition_named(self._store, name)
                self._kept[name] = edition, Mirror(len(edition.system.leaves), edition.id)
            edition, mirror = self._kept[name]
            mirror.refresh(self._store)
            return edition, mirror.view()


def require_whole_city(scope: Scope, edition: Edition) -> None:
    """Refuse who sees only part of the city: that part has no counterpart on other grids.

    Raises
    ------
    QueryInvalid
        The scope is not the whole city.
    """
    if not scope.whole(len(edition.system.leaves)):
        raise QueryInvalid("numbers on another edition are for who may see the whole city: leave out `edition`")


def whole_of(edition: Edition, scope: Scope) -> Scope:
    """The whole city on another edition, in the same role."""
    return Scope.city(len(edition.system.leaves), scope.role)
