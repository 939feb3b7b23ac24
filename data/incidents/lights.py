"""The light of an incident, defined once: for Python and one incident, NumPy and millions, the database and its rows.

`is_red` and `is_yellow` are written over `Terms`: of terms that are numbers, arrays or SQL they make a truth value, an
array or SQL. All times are seconds, and whole ones wherever screens show lights.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

if TYPE_CHECKING:
    from data.incidents.folding import Draft
    from data.incidents.model import State

Colour = Literal["none", "yellow", "red"]

# Behind all times: stands for one that is not known.
_FAR: Final = 1e15


class Terms(Protocol):
    """What a light depends on.

    Attributes
    ----------
    now
        The moment.
    runs
        Whether a clock runs: the incident has not ended, and is not suspended unless that stops nothing.
    said
        Whether the log says the clock; in logs of before clocks were kept the deadline stands for it.
    clock_due, clock_yellow
        The clock's end, and where its yellow part begins.
    due, dispatched, reported
        Deadline, dispatch and report.
    share
        Of the time from the dispatch, or from the report where there was none by the moment, how much is yellow where
        the log does not say it.
    """

    @property
    def now(self) -> Any: ...  # noqa: D102
    @property
    def runs(self) -> Any: ...  # noqa: D102
    @property
    def said(self) -> Any: ...  # noqa: D102
    @property
    def clock_due(self) -> Any: ...  # noqa: D102
    @property
    def clock_yellow(self) -> Any: ...  # noqa: D102
    @property
    def due(self) -> Any: ...  # noqa: D102
    @property
    def dispatched(self) -> Any: ...  # noqa: D102
    @property
    def reported(self) -> Any: ...  # noqa: D102
    @property
    def share(self) -> Any: ...  # noqa: D102

    def known(self, time: Any) -> Any:
        """Whether a time is known."""

    def either(self, condition: Any, yes: Any, no: Any) -> Any:
        """One value where a condition holds, another where it does not."""

    def ceil(self, number: Any) -> Any:
        """The next whole number."""


def end(of: Terms) -> Any:
    """Where the clock ends."""
    return of.either(of.said, of.clock_due, of.due)


def yellow_begins(of: Terms) -> Any:
    """From which second on the clock is yellow; behind its end where it never is."""
    start = of.either(of.dispatched <= of.now, of.dispatched, of.reported)
    # The first second in which less than the share is left.
    unsaid = of.due - of.ceil((of.due - start) * of.share) + 1
    return of.either(of.said, of.clock_yellow, unsaid)


def is_red(of: Terms) -> Any:
    """Past its end."""
    return of.runs & of.known(end(of)) & (end(of) < of.now)


def is_yellow(of: Terms) -> Any:
    """In its yellow part, and not past its end."""
    return of.runs & of.known(end(of)) & (end(of) >= of.now) & (yellow_begins(of) <= of.now)


@dataclass(frozen=True, slots=True)
class Moments:
    """The terms of one incident, as seconds since 1970."""

    now: float
    runs: bool = True
    said: bool = True
    clock_due: float = _FAR
    clock_yellow: float = _FAR
    due: float = _FAR
    dispatched: float = _FAR
    reported: float = _FAR
    share: float = 0.0

    def known(self, time: float) -> bool:
        """Whether a time is known."""
        return time < _FAR

    def either(self, condition: bool, yes: float, no: float) -> float:
        """One value where a condition holds, another where it does not."""
        return yes if condition else no

    def ceil(self, number: float) -> float:
        """The next whole number."""
        return math.ceil(number)


def light_colour(moment: datetime, due: datetime | None, yellow: datetime | None, *, stopped: bool) -> Colour:
    """The light from two times: none if `stopped` or without a clock, red after `due`, yellow from `yellow` on."""
    of = Moments(moment.timestamp(), not stopped, clock_due=_seconds(due), clock_yellow=_seconds(yellow))
    return "red" if is_red(of) else "yellow" if is_yellow(of) else "none"


def end_of_clock(state: "State | Draft") -> datetime | None:
    """End of the clock that runs, or stands still: as the log says it, in logs of before it did the deadline."""
    return state.due_at if state.clock_due_at is None else state.clock_due_at


def second_of(moment: datetime | None) -> float:
    """The whole second of a time; far behind all others where it is not known."""
    return _FAR if moment is None else math.floor(moment.timestamp())


def _seconds(moment: datetime | None) -> float:
    return _FAR if moment is None else moment.timestamp()


@dataclass(frozen=True, slots=True)
class SqlTerm:
    """A piece of SQL that is calculated with; a comparison with NULL is false."""

    text: str

    def _with(self, sign: str, other: object) -> "SqlTerm":
        return SqlTerm(f"({self.text} {sign} {other.text if isinstance(other, SqlTerm) else other})")

    def _holds(self, sign: str, other: object) -> "SqlTerm":
        return SqlTerm(f"coalesce({self._with(sign, other).text}, false)")

    def __lt__(self, other: object) -> "SqlTerm":
        return self._holds("<", other)

    def __le__(self, other: object) -> "SqlTerm":
        return self._holds("<=", other)

    def __ge__(self, other: object) -> "SqlTerm":
        return self._holds(">=", other)

    def __and__(self, other: object) -> "SqlTerm":
        return self._with("AND", other)

    def __add__(self, other: object) -> "SqlTerm":
        return self._with("+", other)

    def __sub__(self, other: object) -> "SqlTerm":
        return self._with("-", other)

    def __mul__(self, other: object) -> "SqlTerm":
        return self._with("*", other)


_SECOND: Final = "floor(date_part('epoch', {}))"


@dataclass(frozen=True, slots=True)
class SqlTerms:
    """The terms of a row of `incident` that has not ended.

    `%(now)s`, `%(suspended_runs)s` and `%(unsaid_share)s` are given with the statement.
    """

    now: SqlTerm = SqlTerm("date_part('epoch', %(now)s)")
    runs: SqlTerm = SqlTerm("(NOT suspended OR %(suspended_runs)s)")
    said: SqlTerm = SqlTerm("(clock_due_at IS NOT NULL)")
    clock_due: SqlTerm = SqlTerm(_SECOND.format("clock_due_at"))
    clock_yellow: SqlTerm = SqlTerm(_SECOND.format("clock_yellow_at"))
    due: SqlTerm = SqlTerm(_SECOND.format("due_at"))
    dispatched: SqlTerm = SqlTerm(_SECOND.format("dispatched_at"))
    reported: SqlTerm = SqlTerm(_SECOND.format("reported_at"))
    share: SqlTerm = SqlTerm("%(unsaid_share)s::float8")

    def known(self, time: SqlTerm) -> SqlTerm:
        """Whether a time is known."""
        return SqlTerm(f"({time.text} IS NOT NULL)")

    def either(self, condition: SqlTerm, yes: SqlTerm, no: SqlTerm) -> SqlTerm:
        """One value where a condition holds, another where it does not."""
        return SqlTerm(f"(CASE WHEN {condition.text} THEN {yes.text} ELSE {no.text} END)")

    def ceil(self, number: SqlTerm) -> SqlTerm:
        """The next whole number."""
        return SqlTerm(f"ceil({number.text})")


RED_IN_SQL: Final[str] = is_red(SqlTerms()).text
YELLOW_IN_SQL: Final[str] = is_yellow(SqlTerms()).text


def changes_of(due: datetime | None, yellow: datetime | None, *, stopped: bool) -> list[tuple[datetime, Colour]]:
    """From which second on the light of a clock is which, until its steps go on; empty where it stays out."""
    if stopped or due is None:
        return []
    zone = due.tzinfo
    ends = datetime.fromtimestamp(second_of(due) + 1, zone)
    begins = None if yellow is None else datetime.fromtimestamp(second_of(yellow), zone)
    found: list[tuple[datetime, Colour]] = [(ends, "red")]
    if begins is not None and begins < ends:
        found.insert(0, (begins, "yellow"))
    return found
