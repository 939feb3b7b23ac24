"""When the steps of planned incidents are taken: office hours for departments, long days for grid workers."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.demo.draws import Floats, Keys, mixed, uniform
from data.demo.office import TimeAxis, field_axis, office_axis

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CALENDAR = "jiangyin"
MINUTE, HOUR = 60, 3600
CLAIM_SECONDS = 4 * HOUR
RETURNED, REWORKED, EXTENDED = 0.045, 0.03, 0.04

SLOTS = (
    "self_handled", "verified", "filed", "misdispatched", "returned", "escalated_1", "escalated_2", "dispatched",
    "claimed", "extended", "handled", "reworked", "handled_again", "checked", "closed",
)  # fmt: skip
NEVER = np.int64(2**62)


@dataclass(frozen=True)
class Clock:
    """The two kinds of working time, and the zone days are counted in."""

    office: TimeAxis
    field: TimeAxis
    zone: ZoneInfo

    @classmethod
    def around(cls, moments: Ints, zone: ZoneInfo) -> "Clock":
        """A clock from a year before the first of the moments to a year after the last."""
        ends = (int(moments.min()), int(moments.max())) if len(moments) else (0, 0)
        first, last = (datetime.fromtimestamp(at, zone).year for at in ends)
        return cls(office_axis(CALENDAR, first - 1, last + 1), field_axis(zone, first - 1, last + 1), zone)

    def local_day(self, at: Ints) -> Ints:
        """Ordinals of the local days of moments."""
        # The zone's offset is asked once per day present, not once per moment.
        utc_day, position = np.unique(at // 86_400, return_inverse=True)
        offsets = [_offset_s(int(day) * 86_400, self.zone) for day in utc_day]
        shift = np.array(offsets, dtype=np.int64)[position]
        return (at + shift) // 86_400 + datetime(1970, 1, 1).toordinal()  # noqa: DTZ001  # a day, not a moment


@dataclass(frozen=True)
class Case:
    """What the timing of `n` incidents depends on; every array has shape ``(n,)``.

    Attributes
    ----------
    key
        Random key.
    reported
        Second since 1970.
    level
        Level of resolution.
    alone
        Handled on the spot by who found it.
    sent_up
        Found by a grid worker, so each level above the grid is an escalation.
    late
        Handled after its deadline.
    due_seconds, due_days
        Office time to handle; one of them is 0.
    """

    key: Keys
    reported: Ints
    level: Ints
    alone: Bools
    sent_up: Bools
    late: Bools
    due_seconds: Ints
    due_days: Ints

    def share(self, number: int) -> Floats:
        """The `number`-th draw of each incident."""
        return uniform(self.key, number)

    def minutes(self, number: int, low: float, high: float) -> Ints:
        """Between `low` and `high` minutes, short ones more often, in seconds."""
        draw = self.share(number)
        return np.asarray((low + (high - low) * draw * draw) * MINUTE).astype(np.int64)


@dataclass(frozen=True)
class Plans:
    """Plans of `n` incidents.

    Attributes
    ----------
    times
        Shape ``(len(SLOTS), n)``: second since 1970 of each step, NEVER where it is not taken.
    due_claim, due, due_extended
        Shape ``(n,)``: deadlines of the dispatch and of the extension.
    due_claim_first, due_first
        Shape ``(n,)``: deadlines of the dispatch that is returned.
    means, level
        Shape ``(n,)``: position in MEANS, and level of resolution.
    draw
        Shape ``(n,)``: random bits for texts.
    """

    times: Ints
    due_claim: Ints
    due: Ints
    due_extended: Ints
    due_claim_first: Ints
    due_first: Ints
    means: Ints
    level: Ints
    draw: Keys


def timetable(clock: Clock, case: Case, means: Ints) -> Plans:
    """The plans of cases; element by element, so that company does not matter."""
    times = np.full((len(SLOTS), len(case.key)), NEVER)
    at = dict(zip(SLOTS, times, strict=True))
    sent = ~case.alone
    _to_center(clock, case, at, sent)
    dispatched = at["dispatched"] = np.where(sent, at["dispatched"], case.reported)
    due_claim, due = _deadlines(clock, case, dispatched)
    first = np.where(at["misdispatched"] < NEVER, at["misdispatched"], case.reported)
    due_claim_first, due_first = _deadlines(clock, case, first)
    due_extended = _handle(clock, case, at, due)
    for slot in ("dispatched", "claimed", "extended", "handled", "reworked", "handled_again", "checked", "closed"):
        at[slot] = np.where(sent, at[slot], NEVER)
    _alone(case, at)
    return Plans(
        np.array([at[slot] for slot in SLOTS]),
        due_claim, due, due_extended, due_claim_first, due_first, means, case.level, mixed(case.key, 60),
    )  # fmt: skip


def _to_center(clock: Clock, case: Case, at: dict[str, Ints], sent: Bools) -> None:
    """From the report to the dispatch: verified, filed, sent up, and now and then sent to the wrong one first."""
    verified = case.reported + case.minutes(10, 1, 16)
    filed = verified + case.minutes(11, 1, 10)
    wrong = sent & (case.level <= 2) & (case.share(12) < RETURNED)
    misdispatched = filed + case.minutes(13, 2, 15)
    returned = clock.office.add(misdispatched, case.minutes(14, 10, 120))
    last = np.where(wrong, returned, filed)
    climbs = 3 - case.level - (case.share(15) < np.where(case.sent_up, 0.25, 0.7))
    first = last + case.minutes(16, 1, 12)
    second = first + case.minutes(17, 5, 70)
    up_1, up_2 = sent & (climbs >= 1), sent & (climbs >= 2)
    last = np.where(up_2, second, np.where(up_1, first, last))
    at["verified"], at["filed"] = np.where(sent, verified, NEVER), np.where(sent, filed, NEVER)
    at["misdispatched"], at["returned"] = np.where(wrong, misdispatched, NEVER), np.where(wrong, returned, NEVER)
    at["escalated_1"], at["escalated_2"] = np.where(up_1, first, NEVER), np.where(up_2, second, NEVER)
    at["dispatched"] = last + case.minutes(18, 2, 20)


def _deadlines(clock: Clock, case: Case, dispatched: Ints) -> tuple[Ints, Ints]:
    claim = clock.office.add(dispatched, np.full_like(dispatched, CLAIM_SECONDS))
    by_days = clock.office.add_days(clock.local_day(dispatched), np.maximum(case.due_days, 1))
    return claim, np.where(case.due_days > 0, by_days, clock.office.add(dispatched, case.due_seconds))


def _handle(clock: Clock, case: Case, at: dict[str, Ints], due: Ints) -> Ints:
    """From the dispatch to the end; gives the deadline of the extension."""
    dispatched, near = at["dispatched"], case.level == 3
    room = clock.office.position(due) - clock.office.position(dispatched)
    quick = np.minimum(case.minutes(20, 3, 45), (0.35 * room).astype(np.int64))
    slow = np.minimum(case.minutes(21, 5, 170), (0.35 * room).astype(np.int64))
    pause = np.where(near, quick, slow)
    # Villages and towns have somebody on duty at the weekend; the city's departments do not.
    claimed = np.where(case.level >= 1, clock.field.add(dispatched, pause), clock.office.add(dispatched, pause))
    longer = (case.level <= 1) & (case.due_days >= 2) & ~case.late & (case.share(22) < EXTENDED)
    left = clock.office.position(due) - clock.office.position(claimed)
    extended = clock.office.add(claimed, ((0.4 + 0.5 * case.share(23)) * left).astype(np.int64))
    due_extended = clock.office.add_days(clock.local_day(due), 1 + (case.share(24) * 3).astype(np.int64))
    start, end = np.where(longer, extended, claimed), np.where(longer, due_extended, due)
    reworked = case.share(25) < REWORKED
    handled, window = _handled(clock, case, start, end, np.where(reworked, 0.3, 0.6))
    at["claimed"], at["extended"] = claimed, np.where(longer, extended, NEVER)
    at["handled"] = handled
    again = clock.office.add(handled, np.minimum(case.minutes(32, 10, 90), (0.1 * window).astype(np.int64) + MINUTE))
    redone = clock.office.add(again, np.minimum(case.minutes(33, 15, 300), (0.2 * window).astype(np.int64) + MINUTE))
    at["reworked"] = np.where(reworked, again, NEVER)
    at["handled_again"] = np.where(reworked, redone, NEVER)
    last = np.where(reworked, redone, handled)
    pause = np.where(near, case.minutes(34, 4, 50), case.minutes(35, 8, 120))
    checked = clock.field.add(last, np.minimum(pause, (0.2 * window).astype(np.int64) + MINUTE))
    at["checked"] = checked
    at["closed"] = checked + np.minimum(case.minutes(36, 1, 25), (0.08 * window).astype(np.int64) + MINUTE)
    return due_extended


def _handled(clock: Clock, case: Case, start: Ints, end: Ints, most: Floats) -> tuple[Ints, Ints]:
    """When the work is done, and how much working time lay between its start and the deadline (one hour if late)."""
    near = case.level >= 1
    left = np.where(
        near,
        clock.field.position(end) - clock.field.position(start),
        clock.office.position(end) - clock.office.position(start),
    )
    # Grids and villages do not sit on a thing because it may take days.
    limit = np.array([40, 26, 9, 5])[case.level] * HOUR
    draw = case.share(30)
    part = np.minimum(left, limit)
    spent = (part * (0.05 + (most - 0.05) * draw * draw)).astype(np.int64)
    in_time = np.where(near, clock.field.add(start, spent), clock.office.add(start, spent))
    over = (20 * MINUTE + 12 * HOUR * case.share(31) ** 2).astype(np.int64)
    too_late = clock.office.add(np.maximum(end, start), over)
    # The time left for checking is counted in office hours, of which there are fewer.
    window = clock.office.position(end) - clock.office.position(start)
    return np.where(case.late, too_late, in_time), np.where(case.late, HOUR, window)


def _alone(case: Case, at: dict[str, Ints]) -> None:
    """Handled on the spot: no dispatch, a check of the pictures, and closed."""
    handled = case.reported + case.minutes(40, 2, 45)
    checked = handled + case.minutes(41, 1, 40)
    at["self_handled"] = np.where(case.alone, handled, NEVER)
    at["checked"] = np.where(case.alone, checked, at["checked"])
    at["closed"] = np.where(case.alone, checked + case.minutes(42, 1, 12), at["closed"])


def _offset_s(second: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
