"""What the demo city would have reported while the software was off, written through the desk's bulk path."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from data.demo.history import generate_history
from data.demo.plan import PREFIX
from data.scope import Scope

if TYPE_CHECKING:
    from data.demo.city import DemoCity
    from data.incidents.desk import IncidentDesk
    from data.store.connection import Store

PAGE, PAGES = 500, 20


def catch_up(
    desk: "IncidentDesk",
    store: "Store",  # noqa: ARG001  # the desk is the door; callers have both at hand
    city: "DemoCity",
    *,
    until: datetime,
    days: float = 90,
    per_day: float = 2000.0,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Load the demo's incidents from the newest one that is stored up to `until`; at most `days` of them.

    A load that broke off is continued: what is stored is passed over. Incidents that were open when the software
    went off stay as they are; the live traffic takes their steps.

    Parameters
    ----------
    desk
        Where incidents come in.
    store
        The store the desk stands on.
    city, until, days, per_day
        See `generate_history`.
    progress
        Called after each batch with the number of its incidents.

    Returns
    -------
    The number of incidents added.
    """
    since = until - timedelta(days=days)
    newest = newest_reported_at(desk, len(city.system.leaves))
    if newest is not None:
        # Several may be reported in one second, and the load may have stopped between them.
        since = max(since, newest - timedelta(seconds=1))
    history = generate_history(city, until=until, since=since, per_day=per_day)
    return desk.load_history(history, actor="demo", progress=progress)


def newest_reported_at(desk: "IncidentDesk", leaf_count: int) -> datetime | None:
    """When the newest stored incident of the demo was reported; None where none is found among the newest of all."""
    before_id = None
    for _ in range(PAGES):
        page = desk.newest(Scope.city(leaf_count), limit=PAGE, before_id=before_id)
        for state in page:
            if state.source_id.startswith(PREFIX):
                return state.reported_at
        if len(page) < PAGE:
            return None
        before_id = page[-1].id
    return None
