"""The demo city's incidents: shares, rhythm, lawfulness, and that nothing depends on who asks when."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.demo.arrivals import Arrivals
from data.demo.city import DemoCity
from data.demo.history import generate_history
from data.demo.plan import PREFIX, Subject
from data.demo.rhythm import minute_rates, spike_of
from data.demo.steps import Planner, plan_steps
from data.incidents.folding import Draft
from data.incidents.lifecycle import check_report, check_step
from data.incidents.model import Event, Report, Step
from geo.crs import to_wgs84
from geo.index import GridIndex

ZONE = ZoneInfo("Asia/Shanghai")
UNTIL = datetime(2026, 11, 22, 19, 30, tzinfo=ZONE)
DAYS = 14

Incident = tuple[Report, list[Step]]


@pytest.fixture(scope="module")
def history(city: DemoCity) -> list[Incident]:
    return [one for batch in generate_history(city, until=UNTIL, days=DAYS) for one in batch]


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
    times = [report.reported_at for report, _ in history]
    assert times == sorted(times)
    assert UNTIL - timedelta(days=DAYS) < times[0]
    assert times[-1] <= UNTIL
    assert max(step.at for _, steps in history for step in steps) <= UNTIL
    ids = [report.source_id for report, _ in history]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith(PREFIX) for one in ids)
    assert len(history) == pytest.approx(2000 * DAYS, rel=0.1)


def test_batches_are_full_and_never_empty(city: DemoCity) -> None:
    sizes = [len(batch) for batch in generate_history(city, until=UNTIL, days=2, batch=1000)]
    assert set(sizes[:-1]) == {1000}
    assert 0 < sizes[-1] <= 1000
    assert list(generate_history(city, until=UNTIL, days=2, per_day=0)) == []
    assert list(generate_history(city, until=UNTIL, since=UNTIL)) == []


def test_every_step_is_lawful(city: DemoCity, history: list[Incident]) -> None:
    for number, (report, steps) in enumerate(history[::7]):
        check_report(report, now=UNTIL)
        draft = _opened(number, report)
        for n, step in enumerate(steps, start=1):
            check_step(draft, step, now=UNTIL, depth=city.system.depth)
            draft.take(Event(n, number, n, step.kind, step.at, step.at, step.actor, step.detail, b"", b""))
        assert [step.at for step in steps] == sorted(step.at for step in steps)


def _opened(number: int, report: Report) -> Draft:
    draft = Draft()
    draft.__dict__.update(_blank(number, report))
    return draft


def _blank(number: int, report: Report) -> dict[str, object]:
    unsaid = dict.fromkeys(
        ("verified_at", "filed_at", "dispatched_at", "claimed_at", "handled_at", "checked_at", "closed_at",
         "voided_at", "due_claim_at", "due_at", "means", "level")
    )  # fmt: skip
    counts = dict.fromkeys(("escalations", "returns", "reworks", "extensions"), 0)
    return {
        **unsaid, **counts, "id": number, "stage": "reported", "reported_at": report.reported_at, "suspended": False,
        "self_handled": False, "handler": "", "seq": 0, "n": 0, "hash": b"",
    }  # fmt: skip


def test_shares_are_the_published_ones(history: list[Incident]) -> None:
    closed = [steps[-1].detail for _, steps in history if steps and steps[-1].kind == "closed"]
    means = Counter(one["means"] for one in closed)
    for name, share in {"service": 0.70, "management": 0.20, "enforcement": 0.10}.items():
        assert means[name] / len(closed) == pytest.approx(share, abs=0.02)
    levels = Counter(one["level"] for one in closed)
    for level, share in {3: 0.62, 2: 0.21, 1: 0.13, 0: 0.04}.items():
        assert levels[level] / len(closed) == pytest.approx(share, abs=0.02)
    kinds = Counter(step.kind for _, steps in history for step in steps)
    for kind in ("self_handled", "escalated", "returned", "reworked", "extended"):
        assert kinds[kind] > 20, kind
    sources = Counter(report.source for report, _ in history)
    assert sources["grid"] > len(history) / 2
    assert set(sources) == {"grid", "hotline", "video", "opinion", "visits", "disputes"}


def test_towns_differ_and_some_are_late(city: DemoCity, history: list[Incident], leaves: np.ndarray) -> None:
    codes = city.system.leaves["code"].to_numpy()
    service, due, late = Counter(), Counter(), Counter()
    closed = Counter()
    for (_, steps), leaf in zip(history, leaves, strict=True):
        if leaf < 0 or not steps or steps[-1].kind != "closed":
            continue
        town = codes[leaf][:9]
        closed[town] += 1
        service[town] += steps[-1].detail["means"] == "service"
        deadline = [step.detail["due_at"] for step in steps if "due_at" in step.detail]
        if deadline:
            due[town] += 1
            late[town] += steps[-1].at > datetime.fromisoformat(deadline[-1])
    shares = [service[town] / closed[town] for town in closed]
    assert len(closed) == 17
    assert max(shares) - min(shares) > 0.08
    on_time = {town: 1 - late[town] / due[town] for town in due}
    assert min(on_time, key=on_time.__getitem__) == "320281400"
    assert on_time["320281400"] < 0.93
    assert sum(rate > 0.97 for rate in on_time.values()) >= 10


@pytest.mark.parametrize("back_h", [0, 10, 34, 58, 82])
def test_open_and_overdue_at_a_moment(history: list[Incident], back_h: int) -> None:
    moment = UNTIL - timedelta(hours=back_h)
    open_now = [(r, s) for r, s in history if r.reported_at <= moment and not (s and _closed_by(s, moment))]
    overdue = [1 for _, steps in open_now if _due(steps, moment) < moment]
    assert 350 <= len(open_now) <= 950
    assert 8 <= len(overdue) <= 80


def _closed_by(steps: list[Step], moment: datetime) -> bool:
    return steps[-1].kind == "closed" and steps[-1].at <= moment


def _due(steps: list[Step], moment: datetime) -> datetime:
    said = [step.detail["due_at"] for step in steps if step.at <= moment and "due_at" in step.detail]
    return datetime.fromisoformat(said[-1]) if said else moment + timedelta(days=1)


def test_places(city: DemoCity, history: list[Incident], leaves: np.ndarray) -> None:
    codes = city.system.leaves["code"].to_numpy()
    villages = set(city.system.levels[1]["code"])
    without = [report for report, _ in history if report.lon is None]
    assert len(without) / len(history) == pytest.approx(0.03, abs=0.006)
    kinds = Counter("leaf" if r.grid_code in set(codes) else "village" if r.grid_code in villages else r.grid_code
                    for r in without)  # fmt: skip
    assert set(kinds) == {"leaf", "village", None}
    outside = sum(leaf < 0 and r.lon is not None for (r, _), leaf in zip(history, leaves, strict=True))
    assert 10 < outside < len(history) * 0.005
    assert {r.coordinate_system for r, _ in history if r.source == "hotline" and r.lon is not None} == {"gcj02"}
    assert {r.coordinate_system for r, _ in history if r.source == "grid"} == {"wgs84"}
    # The generator knows in which leaf it put a point; the index must find the same.
    meant = [one.leaf for day in Arrivals(city, 2000.0).between(UNTIL - timedelta(days=DAYS), UNTIL) for one in day]
    placed = np.array([r.lon is not None for r, _ in history])
    assert (np.array(meant)[placed] == leaves[placed]).all()


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
    again = [one for batch in generate_history(city, until=UNTIL, days=1, batch=333) for one in batch]
    assert again == history[-len(again) :]
    earlier = UNTIL - timedelta(hours=6)
    past = [one for batch in generate_history(city, until=earlier, days=0.5) for one in batch]
    whole = {report.source_id: (report, steps) for report, steps in history}
    for report, steps in past:
        assert whole[report.source_id] == (report, whole[report.source_id][1])
        assert steps == [step for step in whole[report.source_id][1] if step.at <= earlier]


def test_a_plan_is_found_again_from_what_the_api_shows(
    city: DemoCity, history: list[Incident], leaves: np.ndarray
) -> None:
    planner, codes = Planner(city), city.system.leaves["code"].to_numpy()
    for (report, steps), leaf in list(zip(history, leaves, strict=True))[-400::5]:
        code = codes[leaf] if leaf >= 0 else report.grid_code if report.grid_code in set(codes) else None
        document = {
            "source": report.source,
            "source_id": report.source_id,
            "category": report.category,
            "reported_at": report.reported_at.astimezone(ZoneInfo("UTC")).isoformat(),
            "grid": None if code is None else f"3:{code}",
            "grid_code_given": report.grid_code,
        }
        whole = plan_steps(planner, Subject.of_document(document))
        assert steps == whole[: len(steps)]
        assert whole[-1].kind == "closed"
        assert all(step.at > UNTIL for step in whole[len(steps) :])
