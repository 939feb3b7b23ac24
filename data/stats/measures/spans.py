"""Spans of time a frame looks at. They end after the moment's second, which belongs to them."""

from datetime import datetime, timedelta

_SECOND = timedelta(seconds=1)


def last_days(moment: datetime, days: int) -> tuple[datetime, datetime]:
    """The `days` times 24 hours up to the moment."""
    until = moment.replace(microsecond=0) + _SECOND
    return until - timedelta(days=days), until


def since_to(start: datetime, moment: datetime) -> tuple[datetime, datetime]:
    """From `start` to the moment."""
    return start, moment.replace(microsecond=0) + _SECOND
