"""SQL of merged incidents: what was merged into one, and where one that was merged ended."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.incidents import log
from data.incidents.model import State
from data.incidents.regrid import states_in
from data.store.openers import System

if TYPE_CHECKING:
    from data.store.connection import Store

# Nobody reads more; a chain of merges that is longer is none that people made.
MOST_MERGED = 200
_LONGEST_CHAIN = 50


def read_merged(store: "Store", incident_id: int, edition_id: int) -> list[State]:
    """Read the incidents that were merged into this one, the newest merge first, as they look in an edition.

    Raises
    ------
    DatabaseUnavailable, DatabaseBusy
        From the store.
    """
    with store.transaction(System("merged incidents")) as cursor:
        found = log.merged_into(cursor, incident_id, MOST_MERGED)
    return states_in(store, edition_id, found)


def read_targets(store: "Store", state: State, edition_id: int) -> Sequence[State]:
    """Read what an incident was merged into, what that was merged into in turn, and so on; empty where it was not.

    Raises
    ------
    DatabaseUnavailable, DatabaseBusy
        From the store.
    """
    chain: list[State] = []
    passed = {state.id}
    with store.transaction(System("merged incidents")) as cursor:
        following = state.merged_into
        while following is not None and following not in passed and len(chain) < _LONGEST_CHAIN:
            passed.add(following)
            found = log.read_state(cursor, following)
            if found is None:
                break
            chain.append(found)
            following = found.merged_into
    return states_in(store, edition_id, chain)
