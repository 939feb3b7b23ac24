"""The measures and KPIs once more: plain Python over `State` objects, written from the definitions, one by one."""

import statistics
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.incidents.columns import COUNTER_COLUMNS, FLAG_COLUMNS, MISSING, SATISFACTIONS, TIME_COLUMNS
from data.incidents.model import State
from data.words import MEANS, STAGES

ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)


def columns_of(states: Iterable[State]) -> dict[str, NDArray[Any]]:
    """States the way the store hands them out."""
    rows = sorted(states, key=lambda state: state.seq)

    def code(words: tuple[str, ...], word: str | None) -> int:
        return -1 if word is None else words.index(word)

    def seconds(time: datetime | None) -> int:
        return MISSING if time is None else (time - ORIGIN) // timedelta(seconds=1)

    return {
        "id": np.array([state.id for state in rows], dtype=np.int64),
        "seq": np.array([state.seq for state in rows], dtype=np.int64),
        "leaf": np.array([state.leaf for state in rows], dtype=np.int32),
        "category": np.array([state.category for state in rows], dtype=object),
        "source": np.array([state.source for state in rows], dtype=object),
        "unit": np.array([state.unit for state in rows], dtype=object),
        "stage": np.array([code(STAGES, state.stage) for state in rows], dtype=np.int8),
        "means": np.array([code(MEANS, state.means) for state in rows], dtype=np.int8),
        "level": np.array([-1 if state.level is None else state.level for state in rows], dtype=np.int8),
        "satisfaction": np.array([code(SATISFACTIONS, state.satisfaction) for state in rows], dtype=np.int8),
        "merged": np.array([state.merged_into is not None for state in rows], dtype=bool),
        "lon": np.array([np.nan if state.lon is None else state.lon for state in rows], dtype=np.float64),
        "lat": np.array([np.nan if state.lat is None else state.lat for state in rows], dtype=np.float64),
        **{name: np.array([getattr(state, name) for state in rows], dtype=np.int32) for name in COUNTER_COLUMNS},
        **{name: np.array([getattr(state, name) for state in rows], dtype=bool) for name in FLAG_COLUMNS},
        **{name: np.array([seconds(getattr(state, name)) for state in rows], dtype=np.int32) for name in TIME_COLUMNS},
    }


class Look:
    """One incident, looked at from a moment."""

    def __init__(
        self,
        state: State,
        *,
        moment: datetime,
        since: datetime,
        until: datetime,
        yellow_share: float = 0.2,
        suspended_is_due: bool = False,
        self_handled_is_sent_up: bool = False,
        neutral_is_satisfied: bool = False,
        dispatch_within_s: int = 7200,
    ) -> None:
        self.state, self.moment, self.since, self.until = state, moment, since, until
        self.yellow_share = yellow_share
        self.self_handled_is_sent_up = self_handled_is_sent_up
        self.contented = ("satisfied", "neutral") if neutral_is_satisfied else ("satisfied",)
        self.dispatch_within = timedelta(seconds=dispatch_within_s)
        self.stopped = state.suspended and not suspended_is_due

    def by(self, time: datetime | None) -> bool:
        return time is not None and time <= self.moment

    def placed(self, time: datetime | None) -> bool:
        return time is not None and time <= self.moment and self.since <= time < self.until

    def past(self, deadline: datetime | None) -> bool:
        return deadline is not None and deadline < self.moment


def measures(state: State, **asked: Any) -> set[str]:
    """Names of the measures that count this incident."""
    look = Look(state, **asked)
    held = {
        **_by_report(look),
        **_by_step(look),
        **_by_filing(look),
        **_by_closing(look),
        **_by_deadline(look),
        **_stocks(look),
    }
    return {name for name, holds in held.items() if holds}


def _by_report(look: Look) -> dict[str, bool]:
    state = look.state
    if not look.placed(state.reported_at):
        return {}
    return {
        "reported": True,
        "reported_unlocated": state.leaf == -1,
        "valid": not look.by(state.voided_at),
        "valid_closed": look.by(state.closed_at),
        "sent_up": look.self_handled_is_sent_up
        or not (state.self_handled and look.by(state.handled_at) and not look.by(state.filed_at)),
        "sent_up_filed": look.by(state.filed_at),
    }


def _by_step(look: Look) -> dict[str, bool]:
    steps = ("verified", "filed", "dispatched", "claimed", "handled", "checked", "voided", "closed")
    found = {step: look.placed(getattr(look.state, f"{step}_at")) for step in steps}
    return {**found, "dispatched_handled": found["dispatched"] and look.by(look.state.handled_at)}


def _by_filing(look: Look) -> dict[str, bool]:
    state, found = look.state, {}
    if state.filed_at is None or not look.placed(state.filed_at):
        return {}
    dispatched = look.by(state.dispatched_at)
    if dispatched or state.returns:
        found["filed_sent_out"] = True
        found["filed_sent_out_right"] = not state.returns
    ends = state.filed_at + look.dispatch_within
    waits = not dispatched and not (state.self_handled and look.by(state.handled_at))
    if not look.by(state.voided_at) and (dispatched or (waits and ends < look.moment)):
        found["dispatch_due"] = True
        found["dispatched_on_time"] = dispatched and state.dispatched_at is not None and state.dispatched_at <= ends
    return found


def _by_closing(look: Look) -> dict[str, bool]:
    state = look.state
    if state.closed_at is None or not look.placed(state.closed_at):
        return {}
    return {
        str(state.means): True,
        f"closed_level_{state.level}": True,
        **{f"closed_within_level_{level}": True for level in range(1, (state.level or 0) + 1)},
        "closed_on_time": state.due_at is not None and state.closed_at <= state.due_at,
        "rated": state.satisfaction is not None,
        "satisfied": state.satisfaction in look.contented,
        "self_handled": state.self_handled,
        "reworked": state.reworks > 0,
        "returned": state.returns > 0,
        "extended": state.extensions > 0,
        "escalated": state.escalations > 0,
    }


def _by_deadline(look: Look) -> dict[str, bool]:
    state, found = look.state, {}
    due, claim_due = state.due_at, state.due_claim_at
    closed, voided = look.by(state.closed_at), look.by(state.voided_at)
    if due is not None and look.placed(due) and look.past(due) and not voided and (closed or not look.stopped):
        found["due"] = True
        found["due_closed"] = closed
        found["due_closed_on_time"] = state.closed_at is not None and state.closed_at <= due
        found["due_handled_on_time"] = state.handled_at is not None and state.handled_at <= due
        found["due_pending"] = not look.by(state.handled_at)
    if claim_due is not None and look.placed(claim_due) and look.past(claim_due) and not voided:
        found["claim_due"] = True
        found["claimed_on_time"] = state.claimed_at is not None and state.claimed_at <= claim_due
    return found


def _stocks(look: Look) -> dict[str, bool]:
    state = look.state
    if not look.by(state.reported_at) or look.by(state.closed_at) or look.by(state.voided_at):
        return {}
    red = yellow = False
    times = [getattr(state, f"{stage}_at", None) for stage in STAGES[1:]]
    unmoved = all(time is None or time <= look.moment for time in times)
    if look.stopped:
        pass
    elif unmoved and state.clock_due_at is not None:
        red = state.clock_due_at < look.moment
        yellow = not red and state.clock_yellow_at is not None and state.clock_yellow_at <= look.moment
    elif state.due_at is not None:
        start = state.dispatched_at if look.by(state.dispatched_at) else state.reported_at
        assert start is not None
        left, whole = (state.due_at - look.moment).total_seconds(), (state.due_at - start).total_seconds()
        red, yellow = left < 0, 0 <= left < look.yellow_share * whole
    handled = look.by(state.handled_at)
    return {
        "open": True,
        "pending": not handled,
        "unlocated": state.leaf == -1,
        "suspended": state.suspended,
        "overdue": red,
        "overdue_pending": red and not handled,
        "yellow": yellow,
    }


RATES = {
    "filing_rate": ("sent_up_filed", "sent_up"),
    "closing_rate": ("valid_closed", "valid"),
    "due_closing_rate": ("due_closed", "due"),
    "on_time_closing_rate": ("due_closed_on_time", "due"),
    "handling_rate": ("dispatched_handled", "dispatched"),
    "on_time_handling_rate": ("due_handled_on_time", "due"),
    "overdue_pending_rate": ("due_pending", "due"),
    "on_time_share_of_closed": ("closed_on_time", "closed"),
    "accurate_dispatch_rate": ("filed_sent_out_right", "filed_sent_out"),
    "on_time_dispatch_rate": ("dispatched_on_time", "dispatch_due"),
    "claim_on_time_rate": ("claimed_on_time", "claim_due"),
    "self_handling_rate": ("self_handled", "closed"),
    "rework_rate": ("reworked", "closed"),
    "return_rate": ("returned", "closed"),
    "extension_rate": ("extended", "closed"),
    "escalation_rate": ("escalated", "closed"),
    "satisfaction_rate": ("satisfied", "rated"),
    "service_share": ("service", "closed"),
    "management_share": ("management", "closed"),
    "enforcement_share": ("enforcement", "closed"),
}


def kpis(
    states: list[State], *, area_km2: float, population: float | None, depth: int = 3, **asked: Any
) -> dict[str, tuple[float | None, int]]:
    """Value and numerator of every KPI over these incidents; None for no data."""
    held = [measures(state, **asked) for state in states]

    def n(name: str) -> int:
        return sum(name in one for one in held)

    found: dict[str, tuple[float | None, int]] = {
        key: (float(n(key)), n(key)) for key in ("reported", "filed", "closed", "open", "overdue", "unlocated")
    }
    levels = {f"within_level_{level}": (f"closed_within_level_{level}", "closed") for level in range(1, depth + 1)}
    for key, (numerator, denominator) in (RATES | levels).items():
        value = float(Fraction(n(numerator), n(denominator))) if n(denominator) else None
        found[key] = (value, n(numerator))
    found["open_per_km2"] = (n("open") / area_km2, n("open"))
    found["reported_per_km2"] = (n("reported") / area_km2, n("reported"))
    found["open_per_10k"] = (n("open") / (population / 10_000) if population else None, n("open"))
    found["reported_per_10k"] = (n("reported") / (population / 10_000) if population else None, n("reported"))
    for key, step, start, end, percent in (
        ("median_hours_to_claim", "claimed", "dispatched_at", "claimed_at", 50),
        ("p90_hours_to_claim", "claimed", "dispatched_at", "claimed_at", 90),
        ("p90_hours_to_handle", "handled", "reported_at", "handled_at", 90),
        ("median_hours_to_handle", "handled", "reported_at", "handled_at", 50),
        ("median_hours_to_close", "closed", "reported_at", "closed_at", 50),
        ("p90_hours_to_close", "closed", "reported_at", "closed_at", 90),
    ):
        hours = [
            (getattr(state, end) - getattr(state, start)).total_seconds() / 3600
            for state, one in zip(states, held, strict=True)
            if step in one and getattr(state, start) is not None and getattr(state, start) <= getattr(state, end)
        ]
        found[key] = (_quantile(hours, percent), len(hours))
    return found


def _quantile(values: list[float], percent: int) -> float | None:
    if len(values) < 2:
        return values[0] if values else None
    if percent == 50:
        return statistics.median(values)
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
