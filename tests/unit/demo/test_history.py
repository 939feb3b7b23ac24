"""The demo city's incidents: shares, rhythm, lawfulness, and that nothing depends on who asks when."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.access.actor import Actor
from data.calendar.limits import Limit, Limits
from data.calendar.work_calendar import WorkCalendar
from data.demo.ahead import PlanningBroke, generate_ahead
from data.demo.arrivals import Arrivals
from data.demo.city import DemoCity
from data.demo.history import generate_history
from data.demo.plan import PREFIX, Subject, original_of
from data.demo.rhythm import minute_rates, spike_of
from data.demo.steps import Planner, into_number, plan_steps
from data.incidents.clocks import Clocks
from data.incidents.lifecycle import check_report
from data.incidents.model import Event, Report, State, Step
from data.incidents.opening import Opening
from geo.crs import to_wgs84
from geo.index import GridIndex

ZONE = ZoneInfo("Asia/Shanghai")
UNTIL = datetime(2026, 11, 22, 19, 30, tzinfo=ZONE)
DAYS = 10
PER_DAY = 1000.0

UNUSUAL = {
    "located", "merged", "voided", "returned", "reworked", "extended", "suspended", "resumed", "urged", "appealed",
    "appeal_decided",
}  # fmt: skip
# Of all incidents, at least and at most.
SHARES = {
    "self_handled": (0.25, 0.45), "escalated": (0.3, 0.6), "returned": (0.008, 0.03), "reworked": (0.008, 0.03),
    "merged": (0.004, 0.02), "voided": (0.004, 0.02), "located": (0.008, 0.03), "suspended": (0.003, 0.02),
    "urged": (0.005, 0.03), "appealed": (0.003, 0.02),
}  # fmt: skip
KINDS_OF_LEVEL = {
    0: ("center", "city_team", "department"), 1: ("town_team", "squad", "station"), 2: ("squad",), 3: (),
}  # fmt: skip

Incident = tuple[Report, list[Step]]


@pytest.fixture(scope="module")
def history(city: DemoCity) -> list[Incident]:
    return [one for batch in generate_history(city, until=UNTIL, days=DAYS, per_day=PER_DAY) for one in batch]


@pytest.fixture(scope="module")
def leaves(city: DemoCity, history: list[Incident]) -> np.ndarray:
    """The leaf each report's coordinates lie in, found independently by the index; -1 = none."""
    found = np.full(len(history), -1)
    index = GridIndex(city.system)
    for name in ("wgs84", "gcj02"):
        own = np.array([i for i, (r, _) in enumerate(history) if r.lon is not None and r.coordinate_system == name])
        lon, lat = (np.array([getattr(history[i][0], axis) for i in own]) for axis in ("lon", "lat"))
        found[own] = index.assign(*to_wgs84(lon, lat, source=name))
    return found


def test_order_span_and_identity(history: list[Incident]) -> None:
    # Only what repeats another one may come later than its time, in the list after the other's.
    times = [report.reported_at for report, _ in history if original_of(report.source_id) is None]
    assert times == sorted(times)
    assert UNTIL - timedelta(days=DAYS) < times[0]
    assert times[-1] <= UNTIL
    assert max(step.at for _, steps in history for step in steps) <= UNTIL
    ids = [report.source_id for report, _ in history]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith(PREFIX) for one in ids)
    assert len(history) == pytest.approx(PER_DAY * DAYS, rel=0.1)


def test_batches_are_full_and_never_empty(city: DemoCity) -> None:
    sizes = [len(batch) for batch in generate_history(city, until=UNTIL, days=1, per_day=PER_DAY, batch=200)]
    # What repeats something in the last list has one more list for itself.
    assert set(sizes[:-2]) == {200}
    assert all(0 < size <= 200 for size in sizes)
    assert list(generate_history(city, until=UNTIL, days=2, per_day=0)) == []
    assert list(generate_history(city, until=UNTIL, since=UNTIL)) == []


@pytest.fixture(scope="module")
def opening(planner: Planner) -> Opening:
    """What the desk adds to a step, with the city's registers, calendar and limits, and without a database."""
    system, calendar = planner.city.system, WorkCalendar.load("jiangyin")
    clocks = Clocks(calendar, Limits.load("jiangyin"))
    return Opening(system, 1, GridIndex(system), clocks, planner.handling.directory, ZONE)


def test_every_step_is_lawful(opening: Opening, history: list[Incident]) -> None:
    own = history[::23]
    unusual = [one for one in history if {step.kind for step in one[1]} & UNUSUAL]
    own += unusual[:: max(1, len(unusual) // 400)]
    held: Counter[int] = Counter()
    for number, (report, steps) in enumerate(own, start=1):
        check_report(report, now=UNTIL)
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        numbered = [into_number(step, 10**6) if step.kind == "merged" else step for step in steps]
        events, state = opening.history(
            number, range(1, len(steps) + 2), report, opening.place([report])[0], numbered,
            actor=Actor.nobody("demo"), now=UNTIL, live=False,
        )  # fmt: skip
        _check_outcome(opening, state, events)
        held[state.level if state.stage == "closed" else -1] += 1
    assert set(held) == {-1, 0, 1, 2, 3}


def _check_outcome(opening: Opening, state: State, events: Sequence[Event]) -> None:
    """People of the roster act; a unit of its level handles what closes on it; an open one is somebody's."""
    persons = opening.directory.persons
    for event in events[1:]:
        kind, _, person = (event.actor_id or "").partition(":")
        assert (kind, event.actor) == ("person", f"{persons[person].name} {person}")
    assert state.responsible in persons
    if state.stage == "closed" and not state.self_handled:
        kind = opening.directory.unit(state.unit).kind
        if kind == "grid":
            assert state.unit.startswith(f"grid:{state.level}:")
        else:
            assert kind in KINDS_OF_LEVEL[state.level]
    dispatches = [event.detail for event in events if event.kind == "dispatched"]
    assert all(not one["override"] or one["reason"] for one in dispatches)


def test_shares_are_the_published_ones(history: list[Incident]) -> None:
    closed = [steps[-1].detail for _, steps in history if steps and steps[-1].kind == "closed"]
    means = Counter(one["means"] for one in closed)
    for name, share in {"service": 0.70, "management": 0.20, "enforcement": 0.10}.items():
        assert means[name] / len(closed) == pytest.approx(share, abs=0.02)
    levels = Counter(one["level"] for one in closed)
    for level, share in {3: 0.62, 2: 0.21, 1: 0.13, 0: 0.04}.items():
        assert levels[level] / len(closed) == pytest.approx(share, abs=0.02)
    kinds = Counter(step.kind for _, steps in history for step in steps)
    for kind in ("self_handled", "escalated", *UNUSUAL):
        assert kinds[kind] > 10, kind
    for kind, share in SHARES.items():
        assert share[0] < kinds[kind] / len(history) < share[1], kind
    sources = Counter(report.source for report, _ in history)
    assert sources["grid"] > len(history) / 2
    assert set(sources) == {"grid", "hotline", "video", "opinion", "visits", "disputes"}


def test_towns_differ_and_some_are_late(city: DemoCity, history: list[Incident], leaves: np.ndarray) -> None:
    codes = city.system.leaves["code"].to_numpy()
    service, due, late = Counter(), Counter(), Counter()
    closed = Counter()
    calendar, limits = WorkCalendar.load("jiangyin"), Limits.load("jiangyin")
    for (report, steps), leaf in zip(history, leaves, strict=True):
        if leaf < 0 or not steps or steps[-1].kind != "closed":
            continue
        town = codes[leaf][:9]
        closed[town] += 1
        service[town] += steps[-1].detail["means"] == "service"
        deadline = _deadline(steps, limits.of(report.category).finish or Limit(5, "d"), calendar)
        if deadline is not None:
            due[town] += 1
            late[town] += steps[-1].at > deadline
    shares = [service[town] / closed[town] for town in closed]
    assert len(closed) == 17
    assert max(shares) - min(shares) > 0.08
    on_time = {town: 1 - late[town] / due[town] for town in due}
    assert min(on_time, key=on_time.__getitem__) == "320281400"
    assert on_time["320281400"] < 0.955
    assert sum(rate > 0.97 for rate in on_time.values()) >= 10


def _deadline(steps: list[Step], limit: Limit, calendar: WorkCalendar, upto: datetime = UNTIL) -> datetime | None:
    """The end of the last dispatch's time, moved by an extension; None before a dispatch, or if it stood still."""
    due = None
    for step in steps:
        if step.at > upto or step.kind == "suspended":
            break
        if step.kind == "dispatched":
            due = limit.due(calendar, step.at)
        elif step.kind == "extended":
            assert due is not None
            due = calendar.add_days(due, step.detail["days"])
    return due


@pytest.mark.parametrize("back_h", [0, 10, 34, 58, 82])
def test_open_and_overdue_at_a_moment(history: list[Incident], back_h: int) -> None:
    moment = UNTIL - timedelta(hours=back_h)
    open_now = [(r, s) for r, s in history if r.reported_at <= moment and not (s and _closed_by(s, moment))]
    calendar, limits = WorkCalendar.load("jiangyin"), Limits.load("jiangyin")
    dues = [_deadline(s, limits.of(r.category).finish or Limit(5, "d"), calendar, moment) for r, s in open_now]
    assert 350 <= len(open_now) <= 1300
    assert 8 <= sum(due is not None and due < moment for due in dues) <= 100


def _closed_by(steps: list[Step], moment: datetime) -> bool:
    return steps[-1].kind in ("closed", "voided", "merged") and steps[-1].at <= moment


def test_places(city: DemoCity, history: list[Incident], leaves: np.ndarray) -> None:
    codes = city.system.leaves["code"].to_numpy()
    villages = set(city.system.levels[1]["code"])
    without = [report for report, _ in history if report.lon is None]
    assert len(without) / len(history) == pytest.approx(0.035, abs=0.008)
    hotline = [report for report, _ in history if report.source == "hotline"]
    assert sum(report.lon is None for report in hotline) / len(hotline) == pytest.approx(0.10, abs=0.02)
    kinds = Counter("leaf" if r.grid_code in set(codes) else "village" if r.grid_code in villages else r.grid_code
                    for r in without)  # fmt: skip
    assert set(kinds) == {"leaf", "village", None}
    outside = sum(leaf < 0 and r.lon is not None for (r, _), leaf in zip(history, leaves, strict=True))
    assert 10 < outside < len(history) * 0.005
    assert {r.coordinate_system for r, _ in history if r.source == "hotline" and r.lon is not None} == {"gcj02"}
    assert {r.coordinate_system for r, _ in history if r.source == "grid"} == {"wgs84"}
    # The generator knows in which leaf it put a point; the index must find the same.
    days = Arrivals(city, PER_DAY).between(UNTIL - timedelta(days=DAYS), UNTIL)
    meant = {one.report.source_id: one.leaf for day in days for one in day}
    assert len(meant) == len(history)
    assert all(meant[r.source_id] == leaf for (r, _), leaf in zip(history, leaves, strict=True) if r.lon is not None)


def test_repeats_are_merged_into_what_came_before(history: list[Incident]) -> None:
    at = {report.source_id: number for number, (report, _) in enumerate(history)}
    repeats = [(number, r, s) for number, (r, s) in enumerate(history) if original_of(r.source_id)]
    assert len(repeats) > 50
    for number, report, steps in repeats:
        original = original_of(report.source_id)
        assert original is not None
        if original not in at:
            continue
        first, own = history[at[original]]
        assert at[original] < number
        assert first.source == report.source == "hotline"
        assert (first.category, first.lon, first.lat) == (report.category, report.lon, report.lat)
        assert first.reported_at < report.reported_at
        assert [step.kind for step in steps] in ([], ["verified"], ["verified", "merged"])
        assert all(step.detail.get("into") == original for step in steps if step.kind == "merged")
        assert not any(step.kind == "merged" for step in own)


def test_no_list_holds_an_incident_and_its_repeat(city: DemoCity) -> None:
    found = 0
    for batch in generate_history(city, until=UNTIL, days=1, per_day=PER_DAY, batch=250):
        ids = {report.source_id for report, _ in batch}
        assert not ids & {original_of(one) for one in ids}
        found += sum(original_of(one) is not None for one in ids)
    assert found > 2


def test_repeats_are_given_from_earlier_on_if_asked(city: DemoCity) -> None:
    since, earlier = UNTIL - timedelta(hours=4), UNTIL - timedelta(hours=30)
    usual = [r for batch in generate_history(city, until=UNTIL, since=since, per_day=PER_DAY) for r, _ in batch]
    more = [
        report
        for batch in generate_history(city, until=UNTIL, since=since, copies_since=earlier, per_day=PER_DAY)
        for report, _ in batch
    ]
    assert {r.source_id for r in usual} < {r.source_id for r in more}
    before = [report for report in more if report.reported_at <= since]
    assert before
    assert all(original_of(report.source_id) and report.reported_at > earlier for report in before)


def test_planning_ahead_is_the_same_history(city: DemoCity) -> None:
    wanted = {"city": city, "until": UNTIL, "days": 0.2, "per_day": PER_DAY, "batch": 100}
    assert list(generate_ahead(**wanted)) == list(generate_history(**wanted))


def test_planning_ahead_ends_when_nobody_wants_more(city: DemoCity) -> None:
    ahead = generate_ahead(city=city, until=UNTIL, days=3, per_day=PER_DAY, batch=50)
    assert len(next(ahead)) == 50
    process = ahead.gi_frame.f_locals["process"]
    assert process.poll() is None
    ahead.close()
    assert process.poll() is not None


def test_planning_that_breaks_is_said(city: DemoCity) -> None:
    ahead = generate_ahead(city=city, until=UNTIL, days=90, per_day=PER_DAY, batch=50)
    next(ahead)
    process = ahead.gi_frame.f_locals["process"]
    process.kill()
    with pytest.raises(PlanningBroke, match="status -9"):
        list(ahead)


def test_rhythm(history: list[Incident]) -> None:
    hours = np.bincount([report.reported_at.hour for report, _ in history], minlength=24) / len(history)
    assert hours[9] > 4 * hours[3]
    assert hours[12] < hours[10]
    assert hours[15] > hours[21]
    rates = minute_rates(UNTIL.date(), 2000.0, 1)
    assert rates.shape == (1440,)
    assert (rates > 0).all()
    assert 0.8 * 2000 < rates.sum() < 1.1 * 2000


def test_the_spike_of_the_day_stands_out(city: DemoCity, history: list[Incident], leaves: np.ndarray) -> None:
    codes, towns = city.system.leaves["code"].to_numpy(), city.system.levels[0]["code"].to_numpy()
    seen = 0
    for back in range(1, DAYS):
        day = (UNTIL - timedelta(days=back)).date()
        spike = spike_of(day, len(towns), city.seed)
        assert 0 <= spike.first < spike.last < 1440
        of_day = Counter()
        for (report, _), leaf in zip(history, leaves, strict=True):
            if leaf >= 0 and report.category == spike.category and codes[leaf][:9] == towns[spike.town]:
                of_day[report.reported_at.date()] += 1
        usual = np.median([of_day[(UNTIL - timedelta(days=n)).date()] for n in range(DAYS)])
        seen += of_day[day] > 3 * max(usual, 1)
    assert seen >= DAYS * 2 // 3


def test_it_is_the_same_however_it_is_asked(city: DemoCity, history: list[Incident]) -> None:
    again = [one for batch in generate_history(city, until=UNTIL, days=1, per_day=PER_DAY, batch=333) for one in batch]
    whole = {report.source_id: (report, steps) for report, steps in history}
    assert len(again) > 800
    assert all(whole[report.source_id] == (report, steps) for report, steps in again)
    earlier = UNTIL - timedelta(hours=6)
    past = [one for batch in generate_history(city, until=earlier, days=0.5, per_day=PER_DAY) for one in batch]
    for report, steps in past:
        assert whole[report.source_id] == (report, whole[report.source_id][1])
        assert steps == [step for step in whole[report.source_id][1] if step.at <= earlier]


def test_a_plan_is_found_again_from_what_the_api_shows(
    city: DemoCity, planner: Planner, history: list[Incident], leaves: np.ndarray
) -> None:
    codes = city.system.leaves["code"].to_numpy()
    for (report, steps), leaf in list(zip(history, leaves, strict=True))[-400::5]:
        code = codes[leaf] if leaf >= 0 else report.grid_code if report.grid_code in set(codes) else None
        document = {
            "source": report.source,
            "source_id": report.source_id,
            "category": report.category,
            "reported_at": report.reported_at.astimezone(ZoneInfo("UTC")).isoformat(),
            "grid": None if code is None else f"3:{code}",
            "grid_code_given": report.grid_code,
            "placed_by": None,
            "lon_given": report.lon,
        }
        whole = plan_steps(planner, Subject.of_document(document))
        assert steps == whole[: len(steps)]
        assert whole[-1].kind in ("closed", "voided", "merged")
        assert all(step.at > UNTIL for step in whole[len(steps) :])
