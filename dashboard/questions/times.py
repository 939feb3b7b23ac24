"""The times a question may say: a moment that has come, and a span of whole seconds.

The mirror counts in whole seconds. A span cut within a second would be another one for the numbers than for the lists
that read the store, so it is refused; a moment means the second it lies in, with all that happened in it.
"""

from datetime import datetime, timedelta, tzinfo

from data.errors import QueryInvalid

# Clocks of two machines are never quite alike: a moment ahead by no more than this is the present.
CLOCK_DIFFERENCE = timedelta(seconds=10)
SECOND = timedelta(seconds=1)
_YEARS = (1900, 2200)


def aware(moment: datetime, zone: tzinfo) -> datetime:
    """Make a time of a question aware: one without an offset is the city's local time.

    Raises
    ------
    QueryInvalid
        It lies so far away that no span can be reckoned from it, or clocks show it twice or never.
    """
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise QueryInvalid(
            f"{moment.isoformat()} lies outside the years {_YEARS[0]} to {_YEARS[1]}", moment=moment.isoformat()
        )
    if moment.utcoffset() is not None:
        return moment
    local = moment.replace(tzinfo=zone)
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        raise QueryInvalid(
            f"{moment.isoformat()} is shown by clocks twice or never that day: give the offset from UTC",
            moment=moment.isoformat(),
        )
    return local


def moment_asked(moment: datetime | None, now: datetime) -> datetime:
    """Return the whole second that a question means; `now` where it says none, or one ahead by a clock's difference.

    Parameters
    ----------
    moment
        As the question says it; without an offset it is local time.
    now
        The clock, in the city's zone.

    Raises
    ------
    QueryInvalid
        It has not come yet, or lies too far away.
    """
    present = now.replace(microsecond=0)
    if moment is None:
        return present
    asked = aware(moment, _zone(now)).replace(microsecond=0)
    if asked > now + CLOCK_DIFFERENCE:
        raise QueryInvalid(
            f"the moment {asked.isoformat()} lies in the future: it is {present.isoformat()}",
            field="moment", value=asked.isoformat(), now=present.isoformat(),
        )  # fmt: skip
    return min(asked, present)


def bound_asked(name: str, bound: datetime | None, zone: tzinfo) -> datetime | None:
    """Return the begin or the end of a span, aware; None where the question says none.

    Raises
    ------
    QueryInvalid
        It lies within a second, or too far away.
    """
    if bound is None:
        return None
    if bound.microsecond:
        whole = bound.replace(microsecond=0).isoformat()
        raise QueryInvalid(
            f"{name} is {bound.isoformat()}: a span is counted in whole seconds; write {whole}",
            field=name, value=bound.isoformat(),
        )  # fmt: skip
    return aware(bound, zone)


def check_span(since: datetime | None, until: datetime | None, moment: datetime) -> None:
    """Refuse a span that holds nothing by its own words; a missing bound is no bound.

    Parameters
    ----------
    moment
        When it is asked about: what lies after it is not known.

    Raises
    ------
    QueryInvalid
        It ends before it begins, or where it begins; or it begins after the moment.
    """
    if since is not None and until is not None and until <= since:
        raise QueryInvalid(
            f"the span is empty: it ends ({until.isoformat()}) before it begins ({since.isoformat()}), or there; "
            "until is not included",
            since=since.isoformat(), until=until.isoformat(),
        )  # fmt: skip
    if since is not None and since > moment + CLOCK_DIFFERENCE:
        raise QueryInvalid(
            f"the span begins at {since.isoformat()}, later than the moment that is asked about "
            f"({moment.isoformat()}): nothing of it is known",
            since=since.isoformat(), moment=moment.isoformat(),
        )  # fmt: skip


def span_asked(
    since: datetime | None, until: datetime | None, moment: datetime, usual: timedelta
) -> tuple[datetime, datetime]:
    """Return the span ``[since, until)`` of a question about numbers.

    Parameters
    ----------
    moment
        A whole second, aware; where the question says no end, the span ends with it.
    usual
        How long the span is where the question says no begin.

    Raises
    ------
    QueryInvalid
        See `bound_asked` and `check_span`.
    """
    zone = _zone(moment)
    end = bound_asked("until", until, zone) or moment + SECOND
    begin = bound_asked("since", since, zone) or end - usual
    check_span(begin, end, moment)
    return begin, end


def _zone(clock: datetime) -> tzinfo:
    assert clock.tzinfo is not None  # noqa: S101 - a clock is aware; tells mypy so
    return clock.tzinfo
