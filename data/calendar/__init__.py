"""Working time: calendars, office hours, limits and the deadlines they give."""
