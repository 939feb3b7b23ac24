"""What the demo city would have reported while the software was off, written through the desk's bulk path."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from data.access.actor import Actor
from data.access.scope import Scope
from data.demo.ahead import generate_ahead
from data.demo.arrivals import REPEATED_WITHIN_S
from data.demo.history import generate_history
from data.demo.plan import PREFIX
from data.demo.steps import into_number
from data.incidents import log
from data.store.openers import System

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.demo.city import DemoCity
    from data.demo.history import Incident
    from data.incidents.desk import IncidentDesk
    from data.incidents.model import Report, Step
    from data.store.connection import Store

PAGE, PAGES = 500, 20
# Above so many incidents a second process is worth its start.
MUCH = 8_000
REPEATS = timedelta(seconds=REPEATED_WITHIN_S[1])


def catch_up(
    desk: "IncidentDesk",
    store: "Store",
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
    since = earlier = until - timedelta(days=days)
    newest = newest_reported_at(desk, len(city.system.leaves))
    if newest is not None:
        # Several may be reported in one second, and the load may have stopped between them.
        since = max(since, newest - timedelta(seconds=1))
        earlier = since - REPEATS
    much = (until - since).total_seconds() / 86_400 * per_day > MUCH
    make = generate_ahead if much else generate_history
    history = make(city=city, until=until, since=since, copies_since=earlier, per_day=per_day)
    try:
        return desk.load_history(_with_numbers(store, history), actor=Actor.system("demo"), progress=progress)
    finally:
        history.close()


def _with_numbers(store: "Store", history: "Iterator[list[Incident]]") -> "Iterator[list[Incident]]":
    """The history with the number of the other incident where one is merged: by now the other one is stored."""
    for batch in history:
        wanted = {
            (report.source, str(step.detail["into"]))
            for report, steps in batch
            for step in steps
            if step.kind == "merged"
        }
        if wanted:
            with store.transaction(System("demo")) as cursor:
                known = log.existing(cursor, wanted)
            numbers = {key: one.id for key, one in known.items()}
            batch = [(report, _numbered(report, steps, numbers)) for report, steps in batch]  # noqa: PLW2901
        yield batch


def _numbered(report: "Report", steps: "list[Step]", numbers: "Mapping[tuple[str, str], int]") -> "list[Step]":
    return [
        into_number(step, numbers.get((report.source, step.detail["into"]))) if step.kind == "merged" else step
        for step in steps
    ]


def newest_reported_at(desk: "IncidentDesk", leaf_count: int) -> datetime | None:
    """When the newest stored incident of the demo was reported; None where none is found among the newest of all."""
    before_id = None
    for _ in range(PAGES):
        page = desk.newest(Scope.city(leaf_count, "screen"), limit=PAGE, before_id=before_id)
        for state in page:
            if state.source_id.startswith(PREFIX):
                return state.reported_at
        if len(page) < PAGE:
            return None
        before_id = page[-1].id
    return None
