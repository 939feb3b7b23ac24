"""Whether a person's whereabouts are anybody's business: only within the hours of a duty."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from data.calendar.duty_hours import DAY_MINUTES, DutyHours

if TYPE_CHECKING:
    from data.calendar.work_calendar import WorkCalendar
    from data.registers.directory import Directory
    from data.registers.roster import Duty

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tracking:
    """The rule by which positions are kept.

    Somebody whose duty has written hours is on duty within these. A duty without hours makes its holder responsible at
    any time, which is no reason to be followed at any time: it counts in office hours.

    Attributes
    ----------
    directory
        The registers in force.
    calendar
        The city's office hours and working days.
    """

    directory: "Directory"
    calendar: "WorkCalendar"

    def duty_at(self, person: str, moment: datetime) -> "Duty | None":
        """The duty somebody is on at a moment (aware); one with written hours first. None: off duty, or unknown."""
        duties = self.directory.duties_of(person, moment)
        if not duties:
            return None
        local = moment.astimezone(self.directory.zone)
        minute = local.weekday() * DAY_MINUTES + local.hour * 60 + local.minute
        for duty in duties:
            if duty.hours.strip() and DutyHours.parse(duty.hours).holds(minute):
                return duty
        unwritten = [duty for duty in duties if not duty.hours.strip()]
        return unwritten[0] if unwritten and self._office_open(local.replace(second=0, microsecond=0)) else None

    def _office_open(self, minute: datetime) -> bool:
        return self.calendar.hours_between(minute, minute + _MINUTE) > 0
