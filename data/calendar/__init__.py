"""Working time: calendars, office hours, limits and the deadlines they give."""

from data.calendar.work_calendar import WorkCalendar

__all__ = ["WorkCalendar"]
