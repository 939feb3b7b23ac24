"""Moments as texts in UTC."""

from datetime import UTC, datetime
from functools import lru_cache


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds, e.g. ``2026-11-22T07:36:19.000000+00:00``; `moment` is aware."""
    return _utc_text(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


# Writing a time costs more than hashing an event, and each is written up to five times. Only times in UTC may share
# an entry: in a zone with summer time, two moments of the night it ends compare as equal.
@lru_cache(maxsize=65_536)
def _utc_text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
