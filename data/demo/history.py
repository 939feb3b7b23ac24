"""The demo city's past: whole incidents, each a report and the steps taken on it so far."""

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import TypeAlias

from data.demo.arrivals import Arrival, Arrivals
from data.demo.city import DemoCity
from data.demo.plan import Subject, original_of
from data.demo.steps import Planner
from data.incidents.model import Report, Step

BATCH = 5000
Incident: TypeAlias = tuple[Report, list[Step]]


def generate_history(
    city: DemoCity,
    *,
    until: datetime,
    days: float = 90,
    per_day: float = 2000.0,
    since: datetime | None = None,
    copies_since: datetime | None = None,
    batch: int = BATCH,
) -> Generator[list[Incident], None, None]:
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
    copies_since
        Reports of what was reported before are given from this earlier moment on: a load that broke off may have
        stored the one and not the other.
    batch
        Incidents in each yielded list but the last.

    Yields
    ------
    list of (Report, list of Step)
        In order of report, but that no list holds an incident and another that is merged into it; no empty list.
        A "merged" says as `into` the source id of the other one.
    """
    planner = Planner(city)
    start = until - timedelta(days=days) if since is None else since
    earlier = start if copies_since is None else min(copies_since, start)
    waiting: list[Arrival] = []
    for of_day in Arrivals(city, per_day).between(earlier, until):
        waiting += [one for one in of_day if one.report.reported_at > start or original_of(one.report.source_id)]
        while len(waiting) >= batch:
            chosen, waiting = _cut(waiting, batch)
            yield _with_steps(planner, chosen, until)
    while waiting:
        chosen, waiting = _cut(waiting, batch)
        yield _with_steps(planner, chosen, until)


def _cut(waiting: list[Arrival], batch: int) -> tuple[list[Arrival], list[Arrival]]:
    """The first `batch`, without those that repeat another one of them, and all that is left."""
    chosen: list[Arrival] = []
    put_off: list[Arrival] = []
    ids: set[str] = set()
    upto = 0
    for upto, one in enumerate(waiting, start=1):  # noqa: B007  # how far it came is used below
        if original_of(one.report.source_id) in ids:
            put_off.append(one)
            continue
        ids.add(one.report.source_id)
        chosen.append(one)
        if len(chosen) == batch:
            break
    return chosen, put_off + waiting[upto:]


def _with_steps(planner: Planner, arrivals: list[Arrival], until: datetime) -> list[Incident]:
    codes = planner.city.system.leaves["code"].tolist()
    subjects = [Subject.of_report(one.report, None if one.leaf < 0 else codes[one.leaf]) for one in arrivals]
    steps = planner.steps(subjects, until)
    return [(one.report, taken) for one, taken in zip(arrivals, steps, strict=True)]
