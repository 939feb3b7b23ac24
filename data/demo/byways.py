"""What happens beside the path, and how often: placed by hand, void, merged, returned, appealed, suspended, urged."""

import numpy as np

from data.demo.cases import DAY, MINUTE, NEVER, Bools, Case, DemoClock, Ints

Times = dict[str, Ints]

RETURNED, REWORKED, SUSPENDED = 0.045, 0.03, 0.035
VOID, VOID_OUTSIDE = 0.013, 0.6
# Of what was sent to the wrong one, and of reworks: share that is appealed against.
APPEALED_FIRST, APPEALED_REWORK = 0.2, 0.3
URGED_LATE, URGED = 0.55, 0.015
# Placing by hand, and finding out that two orders are one, takes a while where nobody is free.
SLOW_PLACING, SLOW_MERGING = 0.35, 0.3


def ended_early(clock: DemoClock, case: Case, at: Times, verified: Ints, sent: Bools) -> None:
    """Not so, not here, or reported before: it ends without being dispatched."""
    merged = verified + case.minutes(60, 2, 30)
    slow = case.share(61) < SLOW_MERGING
    merged = np.where(slow, clock.office.add(merged, case.minutes(62, 20, 240)), merged)
    at["merged"] = np.where(case.copy & sent, merged, NEVER)
    void = sent & ~case.copy & (case.share(63) < np.where(case.outside, VOID_OUTSIDE, VOID))
    at["voided"] = np.where(void, verified + case.minutes(64, 3, 40), NEVER)


def placed(clock: DemoClock, case: Case, at: Times, verified: Ints, sent: Bools) -> Ints:
    """Where the place is not known, a dispatcher finds it; gives when it is known, or is left unknown."""
    found = verified + case.minutes(65, 2, 14)
    slow = case.share(66) < SLOW_PLACING
    found = np.where(slow, clock.office.add(found, case.minutes(67, 20, 240)), found)
    at["located"] = np.where(sent & case.placing, found, NEVER)
    return np.where(case.placing, found, verified)


def sent_astray(clock: DemoClock, case: Case, at: Times, filed: Ints, sent: Bools) -> tuple[Ints, Bools]:
    """The grid gets first what only a level above can solve, and returns it; some must appeal before they may.

    Gives when the center has it in hand, and which came back.
    """
    wrong = sent & (case.level <= 2) & (case.held == 3) & (case.share(12) < RETURNED)
    appeals = wrong & (case.share(50) < APPEALED_FIRST)
    dispatched = filed + case.minutes(13, 2, 15)
    appealed = clock.office.add(dispatched, case.minutes(51, 10, 60))
    decided = clock.office.add(appealed, case.minutes(52, 20, 150))
    returned = np.where(appeals, decided, dispatched)
    returned = clock.office.add(returned, case.minutes(14, 10, 120))
    at["misdispatched"], at["returned"] = np.where(wrong, dispatched, NEVER), np.where(wrong, returned, NEVER)
    at["appealed_first"] = np.where(appeals, appealed, NEVER)
    at["decided_first"] = np.where(appeals, decided, NEVER)
    return np.where(wrong, returned, filed), wrong


def suspended(clock: DemoClock, case: Case, at: Times, start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Stands still for some days, and its deadline moves by what was left; gives start and deadline afterwards."""
    stopped = clock.office.add(start, case.minutes(53, 20, 200))
    left_days = clock.days_between(stopped, end)
    rests = (case.due_days >= 2) & ~case.late & (left_days >= 1) & (case.share(54) < SUSPENDED)
    away = DAY * (1 + (case.share(55) * 4).astype(np.int64))
    resumed = clock.office.add(stopped + away, case.minutes(56, 5, 120))
    at["suspended"], at["resumed"] = np.where(rests, stopped, NEVER), np.where(rests, resumed, NEVER)
    moved = clock.closing(resumed, np.maximum(left_days, 1))
    return np.where(rests, resumed, start), np.where(rests, moved, end)


def urged(clock: DemoClock, case: Case, at: Times, start: Ints, end: Ints) -> None:
    """What is late is urged, and now and then what somebody waits for."""
    handled = at["handled"]
    overdue = clock.office.add(np.maximum(end, start), case.minutes(57, 5, 100))
    waiting = start + ((handled - start) * (0.3 + 0.5 * case.share(58))).astype(np.int64)
    at_s = np.where(case.late, overdue, waiting)
    urges = (case.share(59) < np.where(case.late, URGED_LATE, URGED)) & (at_s > start) & (at_s < handled)
    at["urged"] = np.where(urges, at_s, NEVER)


def reworked(clock: DemoClock, case: Case, at: Times, window: Ints, which: Bools) -> Ints:
    """Sent back after the check, appealed against by some in vain, and done again; gives when."""
    again = np.minimum(case.minutes(32, 10, 90), (0.1 * window).astype(np.int64) + MINUTE)
    again = clock.office.add(at["handled"], again)
    redone = np.minimum(case.minutes(33, 15, 300), (0.2 * window).astype(np.int64) + MINUTE)
    appeals = which & (case.share(49) < APPEALED_REWORK)
    appealed, decided = (clock.office.add(again, (part * redone).astype(np.int64)) for part in (0.25, 0.5))
    at["reworked"] = np.where(which, again, NEVER)
    at["appealed_rework"], at["decided_rework"] = np.where(appeals, appealed, NEVER), np.where(appeals, decided, NEVER)
    at["handled_again"] = np.where(which, clock.office.add(again, redone), NEVER)
    return at["handled_again"]
