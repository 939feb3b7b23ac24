"""SQL of `IncidentQuery`: everything it says is a condition, and every order has an index that a page is read from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data.incidents import log, search_table
from data.incidents.model import State
from data.incidents.query import After, IncidentQuery, Sort, TimeOf
from data.store.driver import Cursor, sql
from data.words import OPEN_STAGES

_TIMES: Final[Mapping[TimeOf, str]] = {"reported": "reported_at", "closed": "closed_at", "due": "due_at"}
# In the words of the partial indexes, or PostgreSQL does not take them.
_OPEN: Final = "stage NOT IN ('closed', 'voided')"
_VOIDED: Final = "stage = 'voided'"


@dataclass(frozen=True, slots=True)
class _Order:
    """An order: its column, the way it goes, and what must hold for its index to be taken."""

    column: str
    descending: bool
    holds: str = ""

    @property
    def by(self) -> sql.SQL:
        way = " DESC" if self.descending else ""
        return sql.SQL(f"{self.column}{way}, id{way}" if self.column != "seq" else f"seq{way}")


_ORDERS: Final[Mapping[Sort, _Order]] = {
    "reported": _Order("reported_at", descending=True),
    "closed": _Order("closed_at", descending=True, holds="closed_at IS NOT NULL"),
    "due": _Order("due_at", descending=False, holds=f"due_at IS NOT NULL AND {_OPEN}"),
    "changed": _Order("seq", descending=True),
}


def read_page(cursor: Cursor, query: IncidentQuery, limit: int) -> list[State]:
    """The first `limit` incidents of a query, in its order; empty where there are none.

    Raises
    ------
    DatabaseBusy
        It took longer than a statement may.
    """
    statement, values = page_statement(query, limit)
    cursor.execute(statement, values)
    return [log.state_of(row) for row in cursor.fetchall()]


def page_statement(query: IncidentQuery, limit: int) -> tuple[sql.Composed, dict[str, Any]]:
    """The statement of a page and its values."""
    conditions, values = _conditions(query)
    statement = sql.SQL("SELECT {} FROM incident WHERE {} ORDER BY {} LIMIT %(limit)s").format(
        log.state_columns(), sql.SQL(" AND ").join(conditions), _ORDERS[query.sort].by
    )
    return statement, {**values, "limit": limit}


def after_id(cursor: Cursor, incident_id: int, sort: Sort) -> After | None:
    """Where a page begins that follows an incident; None where there is none, or it has no place in the order.

    Looked up first: only with its values bound does a page begin where it begins in the index.
    """
    column = sql.Identifier(_ORDERS[sort].column)
    cursor.execute(sql.SQL("SELECT {} FROM incident WHERE id = %s").format(column), (incident_id,))
    row = cursor.fetchone()
    return None if row is None or row[0] is None else After(row[0], incident_id)


def after_state(state: State, sort: Sort) -> After:
    """Where the page begins that follows one which ends with this incident, read in the same order."""
    return After(getattr(state, _ORDERS[sort].column), state.id)


def _conditions(query: IncidentQuery) -> tuple[list[sql.Composable], dict[str, Any]]:
    inside: sql.Composable = query.scope.where(sql.Identifier("leaf"))
    values: dict[str, Any] = {}
    if query.edition_id is not None:
        inside = sql.SQL("(edition_id <> %(edition)s OR {})").format(inside)
        values["edition"] = query.edition_id
    texts: list[str] = []
    for condition, given in (*_equalities(query), *_places_and_times(query), *_order(query)):
        texts.append(condition)
        values |= given
    return [inside, *map(sql.SQL, texts)], values


def _equalities(query: IncidentQuery) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in ("source", "source_id", "unit", "responsible"):
        if (asked := getattr(query, name)) is not None:
            yield f"{name} = %({name})s", {name: asked}
            if name in ("unit", "responsible"):
                yield f"{name} <> ''", {}
    for column, several in (("id", query.ids), ("stage", query.stages), ("category", query.categories),
                            ("means", query.means)):  # fmt: skip
        if several is not None and len(several) == 1:
            # Of one value an index also gives the order.
            yield f"{column} = %(one_{column})s", {f"one_{column}": several[0]}
        elif several is not None:
            yield f"{column} = ANY(%(any_{column})s)", {f"any_{column}": list(several)}
    if query.open_only or (query.stages is not None and set(query.stages) <= set(OPEN_STAGES)):
        yield _OPEN, {}
    elif query.stages is not None and set(query.stages) == {"voided"}:
        yield _VOIDED, {}


def _places_and_times(query: IncidentQuery) -> Iterator[tuple[str, dict[str, Any]]]:
    if query.span is not None:
        column = _TIMES[query.span.of]
        yield f"{column} IS NOT NULL", {}
        for sign, name in ((">=", "since"), ("<", "until")):
            if (bound := getattr(query.span, name)) is not None:
                yield f"{column} {sign} %({name})s", {name: bound}
    if query.due_before is not None:
        yield "due_at < %(due_before)s", {"due_before": query.due_before}
    if query.box is not None:
        yield (
            "lon BETWEEN %(west)s AND %(east)s AND lat BETWEEN %(south)s AND %(north)s",
            {name: getattr(query.box, name) for name in ("west", "south", "east", "north")},
        )
    if query.text is not None and query.text.words:
        yield f"({search_table.match(query.text, here='leaf')})", search_table.values(query.text)


def _order(query: IncidentQuery) -> Iterator[tuple[str, dict[str, Any]]]:
    order = _ORDERS[query.sort]
    if order.holds:
        yield order.holds, {}
    if query.after is not None:
        sign = "<" if order.descending else ">"
        given = {"after_at": query.after.at, "after_id": query.after.id}
        yield (f"seq {sign} %(after_at)s" if order.column == "seq"
               else f"({order.column}, id) {sign} (%(after_at)s, %(after_id)s)"), given  # fmt: skip
