"""When the steps of planned incidents are taken: office hours for departments, long days for grid workers."""

from dataclasses import replace

import numpy as np

from data.demo import byways
from data.demo.cases import HOUR, MINUTE, NEVER, SLOTS, Bools, Case, DemoClock, Ints
from data.demo.draws import Floats

Times = dict[str, Ints]
EXTENDED = 0.04
# Waits longer than usual at the center, or at whom it was sent to: work that is left for whoever sits at the desk.
SLOW_CENTER, SLOW_AFTER_RETURN, SLOW_CLAIM = 0.05, 0.5, 0.055
# The last of these slots a case is in when it ends early.
_ENDS_EARLY = ("voided", "merged")
_BEFORE_THE_END = ("verified", *_ENDS_EARLY)


def timetable(clock: DemoClock, case: Case) -> tuple[Ints, Ints, Ints]:
    """Plan cases, element by element, so that company does not matter.

    Returns
    -------
    times, first_climb, extra_days
        See `Plans`.
    """
    times = np.full((len(SLOTS), len(case.key)), NEVER)
    at: Times = dict(zip(SLOTS, times, strict=True))
    sent = ~case.alone
    first_climb = _to_center(clock, case, at, sent)
    planned = at["dispatched"]
    at["dispatched"] = np.where(sent, planned, case.reported)
    extra_days = _handle(clock, case, at)
    for slot in SLOTS[SLOTS.index("dispatched") :]:
        at[slot] = np.where(sent, at[slot], NEVER)
    _alone(case, at)
    ended = np.minimum(at["voided"], at["merged"]) < NEVER
    for slot in SLOTS:
        if slot not in _BEFORE_THE_END:
            at[slot] = np.where(ended, NEVER, at[slot])
    return np.array([at[slot] for slot in SLOTS]), first_climb, extra_days


def _to_center(clock: DemoClock, case: Case, at: Times, sent: Bools) -> Ints:
    """From the report to the dispatch: verified, placed, filed, now and then sent to the wrong one first, sent up.

    Gives the level the first escalation leads to.
    """
    verified = case.reported + case.minutes(10, 1, 16)
    at["verified"] = np.where(sent, verified, NEVER)
    byways.ended_early(clock, case, at, verified, sent)
    known = byways.placed(clock, case, at, verified, sent)
    filed = known + case.minutes(11, 1, 10)
    at["filed"] = np.where(sent, filed, NEVER)
    last, returned = byways.sent_astray(clock, case, at, filed, sent)
    slow = case.share(43) < np.where(returned, SLOW_AFTER_RETURN, SLOW_CENTER)
    last = np.where(slow, clock.office.add(last, case.minutes(42, 30, 330)), last)
    # Who has no need to send it up does so now and then: the center sees from the words how far it must go.
    above = case.held - case.level
    skipped = case.share(15) < np.where(case.sent_up, 0.25, 0.7)
    climbs = np.where(case.climbs, np.maximum(above - skipped, 1), above - skipped) * (above > 0)
    first = last + case.minutes(16, 1, 12)
    second = first + case.minutes(17, 5, 70)
    up_1, up_2 = sent & (climbs >= 1), sent & (climbs >= 2)
    last = np.where(up_2, second, np.where(up_1, first, last))
    at["escalated_1"], at["escalated_2"] = np.where(up_1, first, NEVER), np.where(up_2, second, NEVER)
    at["dispatched"] = last + case.minutes(18, 2, 20)
    return np.where(up_2, case.held - 1, case.level)


def _due(clock: DemoClock, case: Case, dispatched: Ints) -> Ints:
    by_days = clock.closing(dispatched, np.maximum(case.due_days, 1))
    return np.where(case.due_days > 0, by_days, clock.office.add(dispatched, case.due_seconds))


def _handle(clock: DemoClock, case: Case, at: Times) -> Ints:
    """From the dispatch to the end; gives the working days of the extension."""
    dispatched, near = at["dispatched"], case.level == 3
    due = _due(clock, case, dispatched)
    claimed = at["claimed"] = _claimed(clock, case, dispatched, due)
    longer = (case.level <= 1) & (case.due_days >= 2) & ~case.late & (case.share(22) < EXTENDED)
    left = clock.office.position(due) - clock.office.position(claimed)
    extended = clock.office.add(claimed, ((0.4 + 0.5 * case.share(23)) * left).astype(np.int64))
    extra_days = 1 + (case.share(24) * 3).astype(np.int64)
    at["extended"] = np.where(longer, extended, NEVER)
    start, end = np.where(longer, extended, claimed), np.where(longer, clock.closing(due, extra_days), due)
    start, end = byways.suspended(clock, replace(case, late=case.late | longer), at, start, end)
    reworked = case.share(25) < byways.REWORKED
    handled, window = _handled(clock, case, start, end, np.where(reworked, 0.3, 0.6))
    at["handled"] = handled
    byways.urged(clock, case, at, start, end)
    last = np.where(reworked, byways.reworked(clock, case, at, window, reworked), handled)
    pause = np.where(near, case.minutes(34, 4, 50), case.minutes(35, 8, 120))
    checked = at["checked"] = clock.field.add(last, np.minimum(pause, (0.2 * window).astype(np.int64) + MINUTE))
    at["closed"] = checked + np.minimum(case.minutes(36, 1, 25), (0.08 * window).astype(np.int64) + MINUTE)
    return extra_days


def _claimed(clock: DemoClock, case: Case, dispatched: Ints, due: Ints) -> Ints:
    """When the unit takes it up: within its time but for a few, who are reminded by a red light."""
    room = clock.office.position(due) - clock.office.position(dispatched)
    most = np.minimum((0.35 * room).astype(np.int64), (0.9 * case.claim_seconds).astype(np.int64))
    pause = np.minimum(np.where(case.level == 3, case.minutes(20, 3, 45), case.minutes(21, 5, 170)), most)
    # Villages and towns have somebody on duty at the weekend; the city's departments do not.
    soon = np.where(case.level >= 1, clock.field.add(dispatched, pause), clock.office.add(dispatched, pause))
    slow = (case.due_days > 0) & ~case.late & (case.share(46) < SLOW_CLAIM)
    waited = (case.claim_seconds * (0.9 + 1.1 * case.share(47))).astype(np.int64)
    return np.where(slow, clock.office.add(dispatched, np.minimum(waited, (0.6 * room).astype(np.int64))), soon)


def _handled(clock: DemoClock, case: Case, start: Ints, end: Ints, most: Floats) -> tuple[Ints, Ints]:
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


def _alone(case: Case, at: Times) -> None:
    """Handled on the spot: no dispatch, a check of the pictures, and closed."""
    handled = case.reported + case.minutes(40, 2, 45)
    checked = handled + case.minutes(41, 1, 40)
    at["self_handled"] = np.where(case.alone, handled, NEVER)
    at["checked"] = np.where(case.alone, checked, at["checked"])
    at["closed"] = np.where(case.alone, checked + case.minutes(48, 1, 12), at["closed"])
