"""SQL of the command desk: the queues over the open incidents, and what lies near one of them.

The queues look at open incidents only, through the partial index `incident_open`: a few thousand among millions. A
search looks at ended ones as well, see `searching`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from data.access.scope import Scope
from data.incidents import log, search_table
from data.incidents.duplicates import Vicinity
from data.incidents.fields import STATE_COLUMNS
from data.incidents.lights import RED_IN_SQL, YELLOW_IN_SQL
from data.incidents.model import State
from data.incidents.queue import QUEUES, Queue, QueueQuestion
from data.incidents.regrid import states_in
from data.incidents.search import Search
from data.privacy.tables import pseudonyms_of
from data.store.driver import Cursor, sql
from data.store.openers import System

if TYPE_CHECKING:
    from data.store.connection import Store

# More candidates than this within a few hundred metres and days say nothing to a reader.
_MOST_NEAR = 2_000
# So many ended incidents of other editions are looked up in this one, far more than a page holds.
_MOST_MOVED = 2_000
_HASH = STATE_COLUMNS.index("hash")

# End of the clock that runs. Logs of before clocks were kept have a deadline only.
_END = "coalesce(clock_due_at, due_at)"
# What belongs to a queue; `here` is the leaf in the edition asked for.
_MEMBERS: Mapping[Queue, str] = {
    "all": "true",
    "mine": "(responsible = %(person)s AND responsible <> '' OR unit = ANY(%(units)s) AND unit <> '')",
    "unclaimed": "stage = 'dispatched'",
    "yellow": YELLOW_IN_SQL,
    "red": RED_IN_SQL,
    "unlocated": "here = -1",
    "returned": "(stage = 'filed' AND returns > 0 OR stage = 'claimed' AND reworks > 0)",
}
# What burns first: the longest past its end, then what has least time left; what was urged before its equals.
_BURNS = "suspended, light, calm, due NULLS LAST, id"
# One statement is one snapshot: rows, counts and sequence number cannot disagree. The open incidents are walked through
# once, narrow; only those of the page are fetched whole.
_QUEUE = """
WITH {identified} living AS MATERIALIZED (
    SELECT id, suspended, {end} AS due, urges = 0 AS calm,
           CASE WHEN {red} THEN 0 WHEN {yellow} THEN 1 ELSE 2 END AS light, {members}, {member} AS member,
           {matched} AS matched, {exact} AS exact
    FROM (SELECT incident.*, {here} AS here FROM incident {moved} WHERE stage NOT IN ('closed', 'voided')) AS incident
    WHERE {inside}
), {ended} tally AS (
    SELECT {counts}, count(*) FILTER (WHERE member AND matched) AS total,
           count(*) FILTER (WHERE matched AND NOT member) AS elsewhere FROM living
), page AS (
    SELECT id, row_number() OVER (ORDER BY {order}) AS place FROM ({found}) AS found
    ORDER BY place LIMIT %(limit)s OFFSET %(offset)s
)
SELECT (SELECT coalesce(max(seq), 0) FROM incident), tally.*, {ended_count}, {columns}
FROM tally LEFT JOIN page ON true LEFT JOIN incident ON incident.id = page.id ORDER BY page.place
"""
_INSIDE = sql.SQL("({seen} OR here = -1 AND area = ANY(%(areas)s))")
_ENDED = """ended AS MATERIALIZED (
    SELECT id, reported_at, id IN (SELECT id FROM identified) AS exact
    FROM (
        SELECT incident.*, {here} AS here FROM incident {moved}
        WHERE stage IN ('closed', 'voided') AND ({since} OR id IN (SELECT id FROM identified))
    ) AS incident
    WHERE {inside} AND ({match} OR id IN (SELECT id FROM identified))
),"""
_OPEN_FOUND = (
    "SELECT id, exact, false AS ended, suspended, light, calm, due, NULL::timestamptz AS reported_at "
    "FROM living WHERE member AND matched"
)
_ENDED_FOUND = " UNION ALL SELECT id, exact, true, false, 3, true, NULL, reported_at FROM ended"
_IDENTIFIED = f"identified AS MATERIALIZED ({search_table.BY_IDENTITY}),"
_NAMED = "id IN (SELECT id FROM identified)"
_ELSEWHERE = """
SELECT {columns} FROM incident
WHERE edition_id <> %(edition)s AND stage IN ('closed', 'voided') AND ({match} AND {since} OR id IN ({identified}))
ORDER BY reported_at DESC, id DESC LIMIT %(most)s
"""
# The one that was named, then what is open as it burns, then what has ended, the newest first.
_FOUND_ORDER = f"NOT exact, ended, {_BURNS.removesuffix(', id')}, reported_at DESC, id"


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of a queue, and the sizes of all queues, at one moment of the log.

    Attributes
    ----------
    seq
        The last event of the log at that moment; 0 in an empty one.
    counts
        Open incidents of each queue, whatever was looked for.
    total
        Rows of the queue asked for, on all pages.
    states
        The page, what burns first at its head, as the incidents look in the edition asked for.
    elsewhere
        Incidents that the search finds outside the queue asked for, ended ones among them.
    ended
        Incidents among `total` or `elsewhere` that are closed or voided.
    ended_since
        Ended incidents reported before this were found by their number alone; None where all of them were looked at.
    """

    seq: int
    counts: Mapping[Queue, int]
    total: int
    states: Sequence[State]
    elsewhere: int = 0
    ended: int = 0
    ended_since: datetime | None = None


def _as_in_log(store: "Store", question: QueueQuestion) -> QueueQuestion:
    """The question with ids of sources also as the log has them, where numbers of persons are replaced."""
    search = question.search
    if search is None:
        return question
    names = pseudonyms_of(store)
    in_log = tuple(names.of(identity) for identity in search.identities)
    return replace(question, search=replace(search, identities=tuple(dict.fromkeys((*search.identities, *in_log)))))


def read_queue(store: "Store", question: QueueQuestion) -> QueuePage:
    """Read one page of a queue and count all queues, from one snapshot.

    Raises
    ------
    DatabaseUnavailable, DatabaseBusy
        From the store.
    """
    question = _as_in_log(store, question)
    moved = _moved_leaves(store, question.edition_id)
    since = None
    with store.transaction(question.scope) as cursor:
        if question.search is not None:
            since = search_table.horizon(cursor, search_table.LOOK_BACK)
            ended_moved, since = _ended_leaves(store, cursor, question, since)
            moved = moved | ended_moved
        cursor.execute(_query(question, moved, since), _values(question, moved, since))
        rows = cursor.fetchall()
    # Without a page there is one row all the same: that of the counts.
    told = len(QUEUES) + 4
    seq, *counts, total, elsewhere, ended = rows[0][:told]
    pages = [row[told:] for row in rows]
    states = states_in(store, question.edition_id, [_state(row) for row in pages if row[0] is not None])
    if question.queue == "all":
        total += ended
    else:
        elsewhere += ended
    # Without a search, what waits in other queues is no answer left out.
    elsewhere = 0 if question.search is None else elsewhere
    return QueuePage(
        int(seq), dict(zip(QUEUES, counts, strict=True)), int(total), states, int(elsewhere), int(ended), since
    )


def read_near(store: "Store", vicinity: Vicinity, scope: Scope, areas: Sequence[str]) -> list[State]:
    """Candidates near an incident, as they look in the edition, within a scope; in no particular order.

    Raises
    ------
    DatabaseUnavailable, DatabaseBusy
        From the store.
    """
    found: dict[int, State] = {}
    with store.transaction(scope) as cursor:
        others = vicinity.bounds is not None and log.has_other_editions(cursor, vicinity.edition_id)
        for clause, values in _vicinities(vicinity, others):
            query = sql.SQL("SELECT {} FROM incident WHERE {} LIMIT %(most)s").format(_columns(), sql.SQL(clause))
            cursor.execute(query, {**values, "most": _MOST_NEAR})
            found |= {state.id: state for state in map(_state, cursor.fetchall())}
    shown = states_in(store, vicinity.edition_id, list(found.values()))
    return [state for state in shown if scope.sees(state.leaf) or (state.leaf < 0 and state.area in areas)]


def _vicinities(vicinity: Vicinity, others: bool) -> list[tuple[str, dict[str, Any]]]:
    """Conditions of the queries, each fit for one index, and their values."""
    span = {"since": vicinity.since, "until": vicinity.until, "edition": vicinity.edition_id}
    reported = "reported_at BETWEEN %(since)s AND %(until)s"
    asked: list[tuple[str, dict[str, Any]]] = []
    if vicinity.leaves:
        clause = f"edition_id = %(edition)s AND leaf = ANY(%(leaves)s) AND {reported}"
        asked.append((clause, {**span, "leaves": list(vicinity.leaves)}))
    if vicinity.category and vicinity.address:
        clause = f"category = %(category)s AND address = %(address)s AND {reported}"
        asked.append((clause, {**span, "category": vicinity.category, "address": vicinity.address}))
    if others and vicinity.bounds is not None:
        clause = (
            f"edition_id <> %(edition)s AND {reported} "
            "AND lon BETWEEN %(west)s AND %(east)s AND lat BETWEEN %(south)s AND %(north)s"
        )
        asked.append((clause, {**span, **dict(zip(("west", "south", "east", "north"), vicinity.bounds, strict=True))}))
    return asked


def _query(question: QueueQuestion, moved: Mapping[int, int], since: datetime | None) -> sql.Composed:
    here, joined = "leaf", ""
    if moved:
        here = "CASE WHEN edition_id = %(edition)s THEN leaf ELSE coalesce(moved.new_leaf, -1) END"
        joined = (
            "LEFT JOIN unnest(%(moved)s::bigint[], %(leaves)s::integer[]) AS moved (moved_id, new_leaf) "
            "ON moved_id = id"
        )
    parts = {
        "red": RED_IN_SQL, "yellow": YELLOW_IN_SQL, "end": _END, "here": here, "moved": joined,
        "members": ", ".join(f"{condition} AS in_{queue}" for queue, condition in _MEMBERS.items()),
        "member": _MEMBERS[question.queue],
        "counts": ", ".join(f"count(*) FILTER (WHERE in_{queue}) AS {queue}_count" for queue in QUEUES),
        "identified": "", "matched": "true", "exact": "false", "ended": "", "ended_count": "0", "found": _OPEN_FOUND,
        "order": _BURNS,
    }  # fmt: skip
    if question.search is not None:
        parts |= _search_parts(question.search, here, joined, since)
        if question.queue == "all":
            parts["found"] += _ENDED_FOUND
    inside = _INSIDE.format(seen=question.scope.where(sql.Identifier("here")))
    composed: dict[str, sql.Composable] = {name: sql.SQL(text) for name, text in parts.items()}
    composed["ended"] = sql.SQL(parts["ended"]).format(inside=inside)
    return sql.SQL(_QUEUE).format(columns=_columns(), inside=inside, **composed)


def _search_parts(search: Search, here: str, joined: str, since: datetime | None) -> dict[str, str]:
    match = search_table.match(search)
    ended = _ENDED.format(
        here=here, moved=joined, inside="{inside}", match=match,
        since="true" if since is None else "reported_at >= %(since)s",
    )  # fmt: skip
    return {
        "identified": _IDENTIFIED,
        "matched": f"({match} OR {_NAMED})",
        "exact": _NAMED,
        "ended": ended,
        "ended_count": "(SELECT count(*) FROM ended)",
        "order": _FOUND_ORDER,
    }


def _values(question: QueueQuestion, moved: Mapping[int, int], since: datetime | None) -> dict[str, Any]:
    scope = question.scope
    return {
        "areas": list(question.areas),
        "edition": question.edition_id, "now": question.now.replace(microsecond=0),
        "person": scope.person, "units": list(scope.units), "unsaid_share": question.unsaid_share,
        "suspended_runs": question.suspended_runs,
        "limit": question.limit, "offset": question.offset, "moved": list(moved), "leaves": list(moved.values()),
        "since": since, **({} if question.search is None else search_table.values(question.search)),
    }  # fmt: skip


def _ended_leaves(
    store: "Store", cursor: Cursor, question: QueueQuestion, since: datetime | None
) -> tuple[dict[int, int], datetime | None]:
    """Leaves, in this edition, of the ended incidents of other ones that the search finds, and how far back it looks.

    Where there are very many, it looks no farther back than these are found.
    """
    if question.search is None or not log.has_other_editions(cursor, question.edition_id):
        return {}, since
    parts = {
        # Their leaves are not known yet: names of grids find none of them, their texts do.
        "match": search_table.match(question.search, here="-2"),
        "since": "true" if since is None else "reported_at >= %(since)s",
        "identified": search_table.BY_IDENTITY,
    }
    query = sql.SQL(_ELSEWHERE).format(columns=_columns(), **{name: sql.SQL(text) for name, text in parts.items()})
    given = {
        "edition": question.edition_id,
        "since": since,
        "most": _MOST_MOVED,
        **search_table.values(question.search),
    }
    cursor.execute(query, given)
    found = [_state(row) for row in cursor.fetchall()]
    leaves = {state.id: state.leaf for state in states_in(store, question.edition_id, found)}
    return leaves, found[-1].reported_at if len(found) == _MOST_MOVED else since


# Leaves, in an edition, of open incidents that were placed in another one, each as of a sequence number of the log.
_moved: WeakKeyDictionary["Store", dict[int, dict[int, tuple[int, int]]]] = WeakKeyDictionary()


def _moved_leaves(store: "Store", edition_id: int) -> dict[int, int]:
    """Leaves, in this edition, of the open incidents that were placed in another one; empty where there is no other."""
    with store.transaction(System("editions of open incidents")) as cursor:
        if not log.has_other_editions(cursor, edition_id):
            return {}
        cursor.execute(
            "SELECT id, seq FROM incident WHERE stage NOT IN ('closed', 'voided') AND edition_id <> %s", (edition_id,)
        )
        seqs: dict[int, int] = dict(cursor.fetchall())
        before = _moved.setdefault(store, {}).get(edition_id, {})
        known = {
            incident_id: before[incident_id]
            for incident_id, seq in seqs.items()
            if before.get(incident_id, (0, 0))[0] == seq
        }
        query = sql.SQL("SELECT {} FROM incident WHERE id = ANY(%s)").format(_columns())
        cursor.execute(query, (list(seqs.keys() - known.keys()),))
        unknown = [_state(row) for row in cursor.fetchall()]
    known |= {state.id: (state.seq, state.leaf) for state in states_in(store, edition_id, unknown)}
    _moved[store][edition_id] = known
    return {incident_id: leaf for incident_id, (_, leaf) in known.items()}


def _columns() -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier("incident", name) for name in STATE_COLUMNS)


def _state(row: tuple[Any, ...]) -> State:
    return State(**{**dict(zip(STATE_COLUMNS, row, strict=True)), "hash": bytes(row[_HASH])})
