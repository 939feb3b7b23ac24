"""Attention measured: injected surges found, how late, and false alarms per day, on the demo city's history.

`python -m benchmarks attention`; ATTENTION_DAYS sets on how many days it looks, ATTENTION_STEP_MIN how often,
ATTENTION_PER_DAY how many reports the city has.
"""

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import Table, seconds_text
from data.attention import Alert, attention
from data.attention.nest import Nest
from data.attention.past_reports import PastReports
from data.attention.surges import surges
from data.demo.arrivals import Arrivals
from data.demo.city import DemoCity, build_city
from data.demo.rhythm import spike_of
from data.stats.mirror.mirror import DTYPES, MISSING, TIME_COLUMNS, MirrorView
from data.stats.mirror.seconds import to_seconds
from data.stats.picture.usual import CityClock, comparable_days
from geo.crs import to_wgs84

ZONE: Final = ZoneInfo("Asia/Shanghai")
UNTIL: Final = datetime(2026, 11, 20, tzinfo=ZONE)
HISTORY_DAYS: Final = 60
PER_DAY: Final = int(os.environ.get("ATTENTION_PER_DAY", "1000"))
DAYS: Final = int(os.environ.get("ATTENTION_DAYS", "3"))
# Without surges, for alarms without a cause.
QUIET_DAYS: Final = int(os.environ.get("ATTENTION_QUIET_DAYS", "10"))
STEP_MIN: Final = int(os.environ.get("ATTENTION_STEP_MIN", "20"))
# Found after its end does not help, but for the last look that still sees it whole.
_GRACE_MIN: Final = 60
_HOURS: Final = (9, 14)
_AT_ONCE: Final = 3
_BUSIEST: Final = 10


@dataclass
class Spike:
    """A surge that was put in: extra reports of a category in a grid, from a second on, for some hours."""

    grid: int
    category: int
    since_s: int
    hours: int
    factor: float
    extra: int
    usual: float
    found_s: int | None = None


@dataclass
class Outcome:
    """What one run over the days came to."""

    spikes: list[Spike]
    looks: int = 0
    spent_s: float = 0.0
    alarms: dict[str, list[Alert]] = field(default_factory=dict)
    own: set[date] = field(default_factory=set)


@dataclass(frozen=True)
class Reports:
    """Reports as arrays; `category` counts in the list of the city."""

    time_s: NDArray[np.int64]
    leaf: NDArray[np.int64]
    category: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def view(self, city: DemoCity, extra: "Reports | None" = None) -> MirrorView:
        """The mirror they make, with others added."""
        parts = [self] if extra is None else [self, extra]
        joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in self.__annotations__}
        order = np.argsort(joined["time_s"], kind="stable")
        columns: dict[str, NDArray[Any]] = {name: np.zeros(len(order), dtype) for name, dtype in DTYPES.items()}
        for name in TIME_COLUMNS:
            columns[name] = np.full(len(order), MISSING, np.int32)
        columns["id"] = np.arange(1, len(order) + 1, dtype=np.int32)
        columns["reported_at"] = joined["time_s"][order].astype(np.int32)
        for name in ("leaf", "category", "lon", "lat"):
            columns[name] = joined[name][order].astype(DTYPES[name])
        codes = tuple(one.code for one in city.categories)
        return MirrorView(
            len(order), len(city.system.leaves), columns, {"category": codes, "source": ("grid",), "unit": ("",)}
        )


def history(city: DemoCity) -> Reports:
    """The demo's own reports of the last days; its own spikes are in them."""
    number = {one.code: at for at, one in enumerate(city.categories)}
    arrivals = [
        one for day in Arrivals(city, PER_DAY).between(UNTIL - timedelta(days=HISTORY_DAYS), UNTIL) for one in day
    ]
    lon = np.array([np.nan if one.report.lon is None else one.report.lon for one in arrivals])
    lat = np.array([np.nan if one.report.lat is None else one.report.lat for one in arrivals])
    there = np.isfinite(lon)
    chinese = np.array([one.report.coordinate_system == "gcj02" for one in arrivals]) & there
    lon[chinese], lat[chinese] = to_wgs84(lon[chinese], lat[chinese], source="gcj02")
    return Reports(
        np.array([to_seconds(one.report.reported_at) for one in arrivals]), np.array([one.leaf for one in arrivals]),
        np.array([number[one.report.category] for one in arrivals]), lon, lat,
    )  # fmt: skip


def spikes_of(nest: Nest, reports: Reports, level: int, factor: float, extra: int, seed: int) -> list[Spike]:
    """Some spikes a day, several at each hour, of pairs drawn by how often they are reported."""
    rng = np.random.default_rng(seed)
    width = int(reports.category.max()) + 1
    leaves = int(nest.hi[0])
    cells = np.bincount((reports.leaf + 1) * width + reports.category, minlength=(leaves + 1) * width)
    counts = nest.sums(cells.reshape(leaves + 1, width))[:, :-1] * (nest.level == level)[:, None]
    if factor:
        # Where nothing is usual there is nothing to multiply.
        counts = np.where(counts >= np.sort(counts.ravel())[-_BUSIEST], counts, 0)
    spikes = []
    for back in range(1, DAYS + 1):
        for hour in _HOURS:
            for _ in range(_AT_ONCE):
                grid, category = divmod(int(rng.choice(counts.size, p=counts.ravel() / counts.sum())), width)
                since_s = to_seconds(UNTIL - timedelta(days=back) + timedelta(hours=hour))
                hours = int(rng.integers(1, 4))
                city_now = np.count_nonzero(_in_same_hours(reports, since_s, hours)) / 8
                usual = city_now * counts[grid, category] / len(reports.time_s)
                more = extra or int(rng.poisson((factor - 1) * usual))
                spikes.append(Spike(grid, category, since_s, hours, factor, more, usual))
    return spikes


def _in_same_hours(reports: Reports, since_s: int, hours: int) -> NDArray[np.bool_]:
    found = np.zeros(len(reports.time_s), dtype=bool)
    for week in range(1, 9):
        begin = since_s - week * 7 * 86_400
        found |= (reports.time_s >= begin) & (reports.time_s < begin + hours * 3600)
    return found


def injected(nest: Nest, spikes: list[Spike], seed: int) -> Reports:
    """Their reports, evenly at random over their time and the leaves of their grid."""
    rng = np.random.default_rng(seed)
    time_s = [rng.integers(one.since_s, one.since_s + one.hours * 3600, one.extra) for one in spikes]
    leaf = [rng.integers(nest.lo[one.grid], nest.hi[one.grid], one.extra) for one in spikes]
    category = [np.full(one.extra, one.category) for one in spikes]
    none = np.full(sum(one.extra for one in spikes), np.nan)
    return Reports(np.concatenate(time_s), np.concatenate(leaf), np.concatenate(category), none, none)


def watch(city: DemoCity, nest: Nest, view: MirrorView, spikes: list[Spike]) -> Outcome:
    """Look every few minutes, as the watcher would, and sort what it finds.

    With spikes, only at the hours of the day they can be found in, and for surges only.
    """
    outcome = Outcome(spikes)
    position = {place: at for at, place in enumerate(nest.ids)}
    last: dict[str, datetime] = {}
    moment = UNTIL - timedelta(days=DAYS if spikes else QUIET_DAYS)
    while moment < UNTIL:
        if spikes and not _HOURS[0] <= moment.hour <= _HOURS[-1] + 4:
            moment += timedelta(minutes=STEP_MIN)
            continue
        begin = time.perf_counter()
        found = _surges(nest, view, moment) if spikes else attention(view, city.system, moment=moment, zone=ZONE)
        outcome.spent_s += time.perf_counter() - begin
        outcome.looks += 1
        for alert in found:
            if _is_injected(outcome, nest, view, alert, position[alert.grid], moment):
                continue
            if (day := _own_spike(city, alert, moment)) is not None:
                outcome.own.add(day)
                continue
            # One that was there less than half an hour ago is the same alarm.
            if moment - last.get(alert.matter, datetime.min.replace(tzinfo=UTC)) > timedelta(minutes=30):
                outcome.alarms.setdefault(alert.kind, []).append(alert)
            last[alert.matter] = moment
        moment += timedelta(minutes=STEP_MIN)
    return outcome


def _surges(nest: Nest, view: MirrorView, moment: datetime) -> list[Alert]:
    clock = CityClock(moment, ZONE)
    return surges(nest, PastReports.of(view, clock), clock, comparable_days(view, clock))


def _is_injected(outcome: Outcome, nest: Nest, view: MirrorView, alert: Alert, grid: int, moment: datetime) -> bool:
    if alert.kind != "surge":
        return False
    now_s, hit = to_seconds(moment), False
    since_s = to_seconds(alert.since)
    for spike in outcome.spikes:
        nested = nest.inside(grid, spike.grid) or nest.inside(spike.grid, grid)
        same = alert.category is None or alert.category == view.categories[spike.category]
        end_s = spike.since_s + spike.hours * 3600
        if not spike.extra or not nested or not same or now_s < spike.since_s or since_s > end_s:
            continue
        hit = True
        # The city as a whole is above the usual: that is no finding of this spike.
        if grid and alert.category is not None and spike.found_s is None and now_s <= end_s + _GRACE_MIN * 60:
            spike.found_s = now_s
    return hit


def _own_spike(city: DemoCity, alert: Alert, moment: datetime) -> date | None:
    """The day of the spike of the demo city's own that it is about: this day or the last; None for neither."""
    towns = city.system.levels[0]
    for day in (moment.date(), moment.date() - timedelta(days=1)):
        spike = spike_of(day, len(towns), city.seed)
        lo, hi = int(towns["lo"].iloc[spike.town]), int(towns["hi"].iloc[spike.town])
        nested = (lo <= alert.lo and alert.hi <= hi) or (alert.lo <= lo and hi <= alert.hi)
        if alert.kind == "surge" and nested and alert.category in (None, spike.category):
            return day
    return None


def run() -> list[Table]:
    """All tables of this benchmark."""
    city = build_city()
    nest = Nest.of(city.system)
    reports = history(city)
    quiet = watch(city, nest, reports.view(city), [])
    rows = []
    for level, name in ((1, "town"), (2, "village")):
        for factor, extra in ((2.0, 0), (3.0, 0), (5.0, 0), (0.0, 5), (0.0, 10)):
            spikes = spikes_of(nest, reports, level, factor, extra, seed=level * 100 + int(factor) + extra)
            outcome = watch(city, nest, reports.view(city, injected(nest, spikes, seed=5)), spikes)
            rows.append([name, f"× {factor:.0f}" if factor else f"+ {extra}", *_found(outcome)])
    surges_a_row = DAYS * len(_HOURS) * _AT_ONCE
    about = (
        f"{PER_DAY:,} reports a day for {HISTORY_DAYS} days, {len(nest):,} grids, {len(city.categories)} categories;"
        f" an evaluation every {STEP_MIN} minutes of the last {DAYS} days. Each row has {surges_a_row} surges of one"
        " category in one grid for one to three hours, of pairs drawn in proportion to their reports, those"
        f" with a factor among the {_BUSIEST} busiest. The delay is from the first minute of the surge to the"
        " evaluation that finds it, including the wait for that evaluation."
    )
    columns = [
        "grid",
        "surge",
        "usual in its hours",
        "reports added",
        "found",
        "of those with 5 or more",
        "median delay",
    ]
    return [Table("Attention: surges found", about, columns, rows), _quiet_table(quiet)]


def _found(outcome: Outcome) -> list[str]:
    spikes = outcome.spikes
    enough = [one for one in spikes if one.extra >= 5]
    delays = [(one.found_s - one.since_s) / 60 for one in spikes if one.found_s is not None]
    return [
        f"{np.mean([one.usual for one in spikes]):.2f}",
        f"{np.mean([one.extra for one in spikes]):.1f}",
        _share([one.found_s is not None for one in spikes]),
        _share([one.found_s is not None for one in enough]),
        f"{np.median(delays):.0f} min" if delays else "none found",
    ]


def _share(hits: list[bool]) -> str:
    return f"{sum(hits)} of {len(hits)}"


def _quiet_table(outcome: Outcome) -> Table:
    found = {kind: outcome.alarms.get(kind, []) for kind in ("surge", "silent", "repeat")}
    rows = [[kind, str(len(alerts)), f"{len(alerts) / QUIET_DAYS:.2f}"] for kind, alerts in found.items()]
    notes = [
        f"The demo city contains one spike a day: {len(outcome.own)} of {QUIET_DAYS + 1} found.",
        f"One evaluation takes {seconds_text(outcome.spent_s / outcome.looks)}.",
        *(f"{_told(alert)}" for kind in sorted(outcome.alarms) for alert in outcome.alarms[kind][:5]),
    ]
    about = (
        f"Without added surges; an evaluation every {STEP_MIN} minutes of the last {QUIET_DAYS} days. An alarm that"
        " returns after more than half an hour counts again."
    )
    return Table("Attention: alarms without a cause", about, ["kind", "alarms", "per day"], rows, notes)


def _told(alert: Alert) -> str:
    at = f"{alert.since:%m-%d %H:%M}"
    where = f"{alert.grid or 'city'} {alert.category or 'all'}"
    return f"{alert.kind} {where} since {at}: {alert.count}, usual {alert.expected}"
