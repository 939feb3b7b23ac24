"""The log, asked about the past: what incidents had gone through by a moment, and which moved in a span.

A moment is told by one of two clocks. ``"now"``: as we know today, an event counts once it had happened (`at`); one
that was told after a later one counts with that one. ``"then"``: as it was known, an event counts once the log had
learned of it (`recorded_at`); one that stands before such an event in its incident was known too, whatever it says.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from data.incidents.columns import MISSING, READ_TIMEOUT_S, TIME_ORIGIN_S
from data.incidents.fields import GIVEN, Field, Form
from data.incidents.log import EVENT_COLUMNS
from data.incidents.model import Event, State
from data.store.driver import sql
from data.store.openers import System

if TYPE_CHECKING:
    from data.store.connection import Store

Knowledge = Literal["now", "then"]

# Ids in one statement: a million would be a text of ten megabytes.
_MOST_IDS: Final = 20_000
_CLOCKS: Final[dict[Knowledge, sql.Identifier]] = {"now": sql.Identifier("at"), "then": sql.Identifier("recorded_at")}


def lives(store: "Store", ids: Sequence[int], before: datetime, known: Knowledge, last_seq: int) -> list[list[Event]]:
    """What each incident had gone through before a moment.

    Parameters
    ----------
    ids
        Which incidents, in ascending order.
    before
        Events from this moment on do not count, by the clock of `known`, nor does what follows them.
    last_seq
        The log as far as this event; what came later is not looked at.

    Returns
    -------
    The events of each incident that had any, in their order; the incidents by id. Empty where there are none.

    Raises
    ------
    DatabaseUnavailable, DatabaseBusy
        From the store.
    """
    found: list[list[Event]] = []
    values = {"before": before, "last_seq": last_seq}
    with store.transaction(System("the past for the mirror"), timeout_s=READ_TIMEOUT_S) as cursor:
        for first in range(0, len(ids), _MOST_IDS):
            cursor.execute(_LIVES[known], values | {"ids": [int(one) for one in ids[first : first + _MOST_IDS]]})
            events = map(_event, cursor.fetchall())
            found += (_unbroken(life) for _, life in groupby(events, attrgetter("incident_id")))
    return [life for life in found if life]


def moved(store: "Store", since: datetime, until: datetime, known: Knowledge, last_seq: int) -> list[int]:
    """Ids of the incidents of which something counts from ``[since, until)`` on, ascending; empty for none.

    The log is looked at as far as `last_seq`, as in `lives`.
    """
    query = sql.SQL(
        "SELECT DISTINCT incident_id FROM event WHERE {0} >= %s AND {0} < %s AND seq <= %s ORDER BY incident_id"
    ).format(_CLOCKS[known])
    with store.transaction(System("the past for the mirror"), timeout_s=READ_TIMEOUT_S) as cursor:
        cursor.execute(query, (since, until, last_seq))
        return [incident_id for (incident_id,) in cursor.fetchall()]


def was_told_more(store: "Store", after_seq: int, last_seq: int, before: datetime, known: Knowledge) -> bool:
    """Whether events with ``after_seq < seq <= last_seq`` say anything about the time before a moment."""
    query = sql.SQL("SELECT EXISTS (SELECT FROM event WHERE seq > %s AND seq <= %s AND {} < %s)")
    with store.transaction(System("the past for the mirror"), timeout_s=READ_TIMEOUT_S) as cursor:
        cursor.execute(query.format(_CLOCKS[known]), (after_seq, last_seq, before))
        return bool((cursor.fetchone() or (False,))[0])


def moments(life: Sequence[Event], known: Knowledge) -> list[datetime]:
    """The moment from which on each event of one incident counts; never falling."""
    if known == "now":
        return list(accumulate((event.at for event in life), max))
    return list(accumulate((event.recorded_at for event in reversed(life)), min))[::-1]


def state_columns(states: Iterable[State]) -> dict[str, NDArray[Any]]:
    """States as `columns.incident_columns` would give them, in the order they come; empty arrays for none."""
    rows = list(states)

    return {field.given_as: _column(field, [getattr(state, field.name) for state in rows]) for field in GIVEN}


def _column(field: Field, values: list[Any]) -> NDArray[Any]:
    """The values of a field in its form."""
    match field.column.form:
        case "word":
            positions = {None: -1} | {word: at for at, word in enumerate(field.column.words)}
            return np.array([positions[value] for value in values], dtype=np.int8)
        case "time":
            return _seconds(values)
        case "presence":
            return np.array([value is not None for value in values], dtype=np.bool_)
        case "whole":
            numbers = [-1 if value is None else value for value in values]
            return np.array(numbers, dtype=_WHOLE[field.column.sql])
    return np.array(values, dtype=_DTYPES[field.column.form or "text"])


_WHOLE: Final[Mapping[str, type]] = {"bigint": np.int64, "integer": np.int32, "smallint": np.int8}
_DTYPES: Final[Mapping[Form, type]] = {"text": object, "degrees": np.float64, "count": np.int32, "flag": np.bool_}


def _seconds(times: Sequence[datetime | None]) -> NDArray[np.int32]:
    """Whole seconds of the mirror; what four bytes do not hold is far, and never missing."""
    seconds = [
        MISSING if time is None else max(-MISSING, min(MISSING - 1, int(time.timestamp() // 1) - TIME_ORIGIN_S))
        for time in times
    ]
    return np.array(seconds, dtype=np.int32)


def _unbroken(life: Iterable[Event]) -> list[Event]:
    """The events up to the first one that is left out."""
    return [event for at, event in enumerate(life) if event.n == at]


def _event(row: tuple[Any, ...]) -> Event:
    values = list(row)
    values[-2:] = bytes(row[-2]), bytes(row[-1])
    return Event(*values)


_TOLD: Final = sql.SQL(", ").join(sql.Identifier("told", name) for name in EVENT_COLUMNS)
_LIVES: Final[dict[Knowledge, sql.Composed]] = {
    # What happened before, and was told after something that happened later, leaves a gap in front of it.
    "now": sql.SQL(
        "SELECT {} FROM event AS told WHERE incident_id = ANY(%(ids)s) AND at < %(before)s AND seq <= %(last_seq)s "
        "ORDER BY incident_id, n"
    ).format(_TOLD),
    "then": sql.SQL(
        "SELECT {} FROM unnest(%(ids)s::bigint[]) AS wanted (id) CROSS JOIN LATERAL (SELECT max(n) AS n FROM event "
        "WHERE incident_id = wanted.id AND recorded_at < %(before)s AND seq <= %(last_seq)s) AS known "
        "JOIN event AS told ON told.incident_id = wanted.id AND told.n <= known.n ORDER BY told.incident_id, told.n"
    ).format(_TOLD),
}
