"""The demo city's past: whole incidents, each a report and the steps taken on it so far."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from data.demo.arrivals import Arrival, Arrivals
from data.demo.city import DemoCity
from data.demo.plan import Subject
from data.demo.steps import Planner
from data.incidents.model import Report, Step

BATCH = 5000


def generate_history(
    city: DemoCity,
    *,
    until: datetime,
    days: float = 90,
    per_day: float = 2000.0,
    since: datetime | None = None,
    batch: int = BATCH,
) -> Iterator[list[tuple[Report, list[Step]]]]:
    """Incidents reported in a span of time, with the steps taken on them by its end.

    Parameters
    ----------
    city
        The demo city; its seed decides everything.
    until
        End of the span, aware; nothing in the history is later.
    days
        Length of the span, unless `since` is given.
    per_day
        Incidents on a usual day; 0 gives none.
    since
        Start of the span, itself not included.
    batch
        Incidents in each yielded list but the last.

    Yields
    ------
    list of (Report, list of Step)
        In order of report; no empty list.
    """
    planner = Planner(city)
    start = until - timedelta(days=days) if since is None else since
    waiting: list[Arrival] = []
    for of_day in Arrivals(city, per_day).between(start, until):
        waiting += of_day
        while len(waiting) >= batch:
            yield _with_steps(planner, waiting[:batch], until)
            waiting = waiting[batch:]
    if waiting:
        yield _with_steps(planner, waiting, until)


def _with_steps(planner: Planner, arrivals: list[Arrival], until: datetime) -> list[tuple[Report, list[Step]]]:
    codes = planner.city.system.leaves["code"].tolist()
    subjects = [Subject.of_report(one.report, None if one.leaf < 0 else codes[one.leaf]) for one in arrivals]
    steps = planner.steps(subjects, until)
    return [(one.report, taken) for one, taken in zip(arrivals, steps, strict=True)]
