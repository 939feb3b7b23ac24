"""What the timing of incidents depends on, and the plans it gives: arrays over incidents."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.demo.draws import Floats, Keys, uniform
from data.demo.office import TimeAxis, field_axis, office_axis

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CALENDAR = "jiangyin"
MINUTE, HOUR, DAY = 60, 3600, 86_400
# Of steps at the same second the one that stands first here comes first.
SLOTS = (
    "self_handled", "verified", "voided", "merged", "located", "filed", "misdispatched", "appealed_first",
    "decided_first", "returned", "escalated_1", "escalated_2", "dispatched", "claimed", "suspended", "resumed",
    "extended", "urged", "handled", "reworked", "appealed_rework", "decided_rework", "handled_again", "checked",
    "closed",
)  # fmt: skip
NEVER = np.int64(2**62)


@dataclass(frozen=True)
class DemoClock:
    """The two kinds of working time, and the zone days are counted in."""

    office: TimeAxis
    field: TimeAxis
    zone: ZoneInfo

    @classmethod
    def around(cls, moments: Ints, zone: ZoneInfo) -> "DemoClock":
        """A clock from a year before the first of the moments to a year after the last."""
        ends = (int(moments.min()), int(moments.max())) if len(moments) else (0, 0)
        first, last = (datetime.fromtimestamp(at, zone).year for at in ends)
        return cls(office_axis(CALENDAR, first - 1, last + 1), field_axis(zone, first - 1, last + 1), zone)

    def local_day(self, at: Ints) -> Ints:
        """Ordinals of the local days of moments."""
        # The zone's offset is asked once per day present, not once per moment.
        utc_day, position = np.unique(at // DAY, return_inverse=True)
        offsets = [_offset_s(int(day) * DAY, self.zone) for day in utc_day]
        shift = np.array(offsets, dtype=np.int64)[position]
        return (at + shift) // DAY + datetime(1970, 1, 1).toordinal()  # noqa: DTZ001  # a day, not a moment

    def closing(self, at: Ints, days: Ints) -> Ints:
        """Close of office hours on the `days`-th working day after moments, as a limit in days ends."""
        return self.office.add_days(self.local_day(at), days)

    def days_between(self, at: Ints, until: Ints) -> Ints:
        """Working days after the day of moments, up to the day of others."""
        return self.office.days_up_to(self.local_day(until)) - self.office.days_up_to(self.local_day(at))


@dataclass(frozen=True)
class Case:
    """What the timing of `n` incidents depends on; every array has shape ``(n,)``.

    Attributes
    ----------
    key
        Random key.
    reported
        Second since 1970.
    means, level
        Position in MEANS, and level of resolution.
    held
        Level of the grid that has it in hand once its place is known.
    alone
        Handled on the spot by who found it.
    sent_up
        Found by a grid worker, who climbs level by level.
    climbs
        Goes to a unit that it only reaches by being sent up.
    late
        Handled after its deadline.
    copy
        A second order about what was reported before.
    outside
        Its coordinates lie outside the city.
    placing
        Its place is to be found by hand.
    due_seconds, due_days
        Office time to handle; one of them is 0.
    claim_seconds
        Office time to claim.
    """

    key: Keys
    reported: Ints
    means: Ints
    level: Ints
    held: Ints
    alone: Bools
    sent_up: Bools
    climbs: Bools
    late: Bools
    copy: Bools
    outside: Bools
    placing: Bools
    due_seconds: Ints
    due_days: Ints
    claim_seconds: Ints

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
    case
        What they were made of.
    first_climb
        Shape ``(n,)``: level the first escalation leads to; the last one leads to the level of resolution.
    extra_days
        Shape ``(n,)``: working days an extension gives.
    leaf
        Shape ``(n,)``: ordinal of the leaf it lies in, or will be placed in; -1 = in none.
    area
        Id of the upper grid that holds what is in no leaf; None elsewhere, or where it is not known.
    draw
        Shape ``(n,)``: random bits for texts and people.
    """

    times: Ints
    case: Case
    first_climb: Ints
    extra_days: Ints
    leaf: Ints
    area: list[str | None]
    draw: Keys


def _offset_s(second: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
