"""Moments as whole seconds since 2000-01-01T00:00:00Z, the way the mirror keeps them."""

from datetime import UTC, datetime, tzinfo

from data.errors import QueryInvalid
from data.incidents.columns import MISSING, TIME_ORIGIN_S

__all__ = ["MISSING", "from_seconds", "to_seconds"]


def to_seconds(moment: datetime) -> int:
    """Seconds of an aware datetime, cut to the whole second and to what four bytes hold.

    Raises
    ------
    QueryInvalid
        If the moment has no offset from UTC: the same wall clock is another moment elsewhere.
    """
    if moment.tzinfo is None:
        raise QueryInvalid(
            f"the moment {moment.isoformat()} has no offset from UTC: give one, such as {moment.isoformat()}+08:00",
            moment=moment.isoformat(),
        )
    return max(-MISSING, min(MISSING - 1, int(moment.timestamp() // 1) - TIME_ORIGIN_S))


def from_seconds(seconds: int, zone: tzinfo = UTC) -> datetime:
    """The moment as an aware datetime in `zone`."""
    return datetime.fromtimestamp(seconds + TIME_ORIGIN_S, zone)
