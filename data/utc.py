"""Moments as texts in UTC, counted in microseconds."""

import re
from datetime import UTC, datetime
from functools import lru_cache

# What says nothing may stand beyond the microseconds: zeros.
_FINER = re.compile(r"(?<=[.,]\d{6})\d*[1-9]\d*", re.ASCII)


def finer_than_kept(text: str) -> str:
    """Say what to do about a written time that says more than microseconds; "" for one that does not.

    Every reader of Python cuts such a time without a word. `text` is short: a time, not a document.
    """
    if not _FINER.search(text):
        return ""
    return f"is written finer than in microseconds: write {_FINER.sub('', text)}"


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds, e.g. ``2026-11-22T07:36:19.000000+00:00``; `moment` is aware."""
    return _utc_text(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


# Writing a time costs more than hashing an event, and each is written up to five times. Only times in UTC may share
# an entry: in a zone with summer time, two moments of the night it ends compare as equal.
@lru_cache(maxsize=65_536)
def _utc_text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
