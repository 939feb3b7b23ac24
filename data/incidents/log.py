"""SQL of the event log and of the states.

Every function takes the cursor of a running transaction (`Store.transaction()`), commits nothing and rolls nothing
back. Who writes the log calls `lock` first: sequence numbers then become visible in the order they were drawn, and a
follower that asks "what came after N" never misses one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from io import StringIO
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from data.incidents.chain import detail_json
from data.incidents.fields import DEFAULTS, STATE_COLUMNS
from data.incidents.model import Event, State
from data.store.copying import copy_text
from data.store.driver import Cursor, sql
from data.words import PlacedBy

if TYPE_CHECKING:
    from data.incidents.folding import Draft

CHANNEL = "incident_log"
REBUILT = "rebuilt"
# Any constant will do, as long as nobody else in this database takes it: "grid log" in ASCII.
_LOCK_KEY = 0x67726964206C6F67
_WALK_ROWS = 5_000

EVENT_COLUMNS: tuple[str, ...] = tuple(spec.name for spec in fields(Event))
_STATE_HASH = STATE_COLUMNS.index("hash")
_state_values = attrgetter(*STATE_COLUMNS)
_event_values = attrgetter(*EVENT_COLUMNS)
_DETAIL = EVENT_COLUMNS.index("detail")


@dataclass(frozen=True, slots=True)
class EarlierReport:
    """An incident that a source has reported before."""

    id: int
    leaf: int
    leaf_code: str | None
    placed_by: PlacedBy | None


@dataclass(frozen=True, slots=True)
class Begun:
    """What a step starts from: its sequence number, whether its key was carried before, and the incident's state."""

    next_seq: int
    carried_key: bool
    state: State


def lock(cursor: Cursor) -> None:
    """Become the only writer of the log until the transaction ends; waits for the writer before."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK_KEY,))


def next_ids(cursor: Cursor, count: int) -> list[int]:
    """Draw ids for `count` new incidents, ascending; empty for 0."""
    return _draw(cursor, "incident_id_seq", count)


def next_seqs(cursor: Cursor, count: int) -> list[int]:
    """Draw `count` sequence numbers of the log, ascending; empty for 0. The caller holds `lock`."""
    return _draw(cursor, "event_seq", count)


def append(cursor: Cursor, events: Sequence[Event]) -> None:
    """Append events to the log; their sequence numbers were drawn by `next_seqs`."""
    columns = list(zip(*map(_event_values, events), strict=True))
    if columns:
        columns[_DETAIL] = tuple(map(detail_json, columns[_DETAIL]))
    _copy(cursor, "event", EVENT_COLUMNS, columns)


def insert_states(cursor: Cursor, states: "Iterable[State | Draft]", table: str = "incident") -> None:
    """Add the states of new incidents; `table` may name another one with the same columns and their defaults."""
    columns = dict(zip(STATE_COLUMNS, zip(*map(_state_values, states), strict=True), strict=False))
    said = {name: values for name, values in columns.items() if not _all_default(name, values)}
    _copy(cursor, table, tuple(said), list(said.values()))


def begin_step(cursor: Cursor, incident_id: int, key: str | None) -> Begun | None:
    """Become the only writer of the log, and read what a step on one incident needs; None if there is none.

    One round trip of two statements: the second begins, and so sees the database, when the lock is got. The incident's
    row stays locked until the transaction ends.
    """
    if key is None:
        cursor.execute(_BEGIN_STEP.text(cursor), (_LOCK_KEY, incident_id))
    else:
        cursor.execute(_BEGIN_STEP_WITH_KEY.text(cursor), (_LOCK_KEY, incident_id, key, incident_id))
    row = cursor.fetchone()
    return None if row is None else Begun(row[0], row[1], state_of(row[2:]))


def write_step(cursor: Cursor, before: State, event: Event, after: State) -> None:
    """Append one event, bring its incident's state up to it, and tell the followers, in one round trip."""
    event_values = list(_event_values(event))
    event_values[_DETAIL] = detail_json(event.detail)
    update, update_values = _update(cursor, before, after)
    cursor.execute(
        f"{_INSERT_EVENT.text(cursor)}; {update}; {_NOTIFY}",
        [*event_values, *update_values, CHANNEL, str(event.seq)],
    )


def update_state(cursor: Cursor, before: State, after: State) -> None:
    """Write what has changed in the state of a known incident."""
    cursor.execute(*_update(cursor, before, after))


def read_state(cursor: Cursor, incident_id: int) -> State | None:
    """Read the state of one incident; None if there is none."""
    cursor.execute(_READ_STATE.text(cursor), (incident_id,))
    row = cursor.fetchone()
    return None if row is None else state_of(row)


def existing(cursor: Cursor, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], EarlierReport]:
    """Find the incidents of these (source, source_id) pairs, however many, in one query; unknown pairs are absent."""
    pairs = list(keys)
    if not pairs:
        return {}
    sources, source_ids = zip(*pairs, strict=True)
    cursor.execute(
        "SELECT source, source_id, id, leaf, leaf_code, placed_by "
        "FROM unnest(%s::text[], %s::text[]) AS key (source, source_id) JOIN incident USING (source, source_id)",
        (list(sources), list(source_ids)),
    )
    return {(source, source_id): EarlierReport(*found) for source, source_id, *found in cursor.fetchall()}


def read_events(cursor: Cursor, incident_id: int) -> list[Event]:
    """All events of one incident, in order; empty if there is none."""
    query = sql.SQL("SELECT {} FROM event WHERE incident_id = %s ORDER BY n").format(_names(EVENT_COLUMNS))
    cursor.execute(query, (incident_id,))
    return [_event(row) for row in cursor.fetchall()]


def walk_events(cursor: Cursor) -> Iterator[Event]:
    """All events by (incident_id, n, seq), fetched a few thousand at a time through a server-side cursor."""
    query = sql.SQL("SELECT {} FROM event ORDER BY incident_id, n, seq").format(_names(EVENT_COLUMNS))
    return map(_event, _walk(cursor, "event_walk", query))


def walk_states(cursor: Cursor) -> Iterator[State]:
    """All states by id, fetched a few thousand at a time through a server-side cursor."""
    query = sql.SQL("SELECT {} FROM incident ORDER BY id").format(_names(STATE_COLUMNS))
    return map(state_of, _walk(cursor, "state_walk", query))


def merged_into(cursor: Cursor, incident_id: int, limit: int) -> list[State]:
    """Incidents that were merged into this one, the newest merge first; at most `limit`."""
    query = sql.SQL("SELECT {} FROM incident WHERE merged_into = %s ORDER BY voided_at DESC NULLS LAST, id LIMIT %s")
    cursor.execute(query.format(_names(STATE_COLUMNS)), (incident_id, limit))
    return [state_of(row) for row in cursor.fetchall()]


def open_states(cursor: Cursor) -> list[State]:
    """Lock and read the states of all incidents that are neither closed nor voided, by id; empty where none is open."""
    query = sql.SQL("SELECT {} FROM incident WHERE stage NOT IN ('closed', 'voided') ORDER BY id FOR UPDATE")
    cursor.execute(query.format(_names(STATE_COLUMNS)))
    return [state_of(row) for row in cursor.fetchall()]


def has_other_editions(cursor: Cursor, edition_id: int) -> bool:
    """Whether incidents may have been placed in another edition than this one."""
    cursor.execute("SELECT EXISTS (SELECT FROM edition WHERE id <> %s)", (edition_id,))
    row = cursor.fetchone()
    return row is not None and bool(row[0])


def state_columns() -> sql.Composed:
    """The columns of a state, in the order in which `state_of` takes them."""
    return _names(STATE_COLUMNS)


def notify(cursor: Cursor, seq: int) -> None:
    """Tell the followers, when the transaction commits, that the log has grown up to `seq`."""
    cursor.execute(_NOTIFY, (CHANNEL, str(seq)))


def begin_snapshot(cursor: Cursor) -> None:
    """Let the rest of the transaction see one moment of the database; must be its first statement."""
    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def begin_rebuild(cursor: Cursor) -> None:
    """Keep writers away until the transaction ends, and prepare the empty table ``rebuilt``."""
    lock(cursor)
    cursor.execute("LOCK TABLE incident IN SHARE ROW EXCLUSIVE MODE")
    cursor.execute("CREATE TEMPORARY TABLE rebuilt (LIKE incident INCLUDING DEFAULTS) ON COMMIT DROP")


def compare_rebuilt(cursor: Cursor) -> list[tuple[int, str]]:
    """Compare ``rebuilt`` with the states, byte for byte: (id, "missing" | "added" | "different") of each that differs.

    "missing" has no row in the state table, "added" has one that the log does not know.
    """
    query = sql.SQL(
        "SELECT coalesce(kept.id, rebuilt.id), "
        "CASE WHEN kept.id IS NULL THEN 'missing' WHEN rebuilt.id IS NULL THEN 'added' ELSE 'different' END "
        "FROM incident AS kept FULL JOIN rebuilt ON kept.id = rebuilt.id "
        # The image of a record is its stored bytes: this tells 0.0 from -0.0 as well.
        "WHERE kept.id IS NULL OR rebuilt.id IS NULL OR record_image_ne(ROW({}), ROW({})) ORDER BY 1"
    ).format(_names(STATE_COLUMNS, "kept"), _names(STATE_COLUMNS, "rebuilt"))
    cursor.execute(query)
    return cursor.fetchall()


def adopt_rebuilt(cursor: Cursor, ids: Sequence[int]) -> None:
    """Put the ``rebuilt`` rows of these incidents in the place of their states; those not in it lose their state."""
    cursor.execute("DELETE FROM incident WHERE id = ANY(%s)", (list(ids),))
    query = sql.SQL("INSERT INTO incident ({0}) SELECT {0} FROM rebuilt WHERE id = ANY(%s)")
    cursor.execute(query.format(_names(STATE_COLUMNS)), (list(ids),))


def _draw(cursor: Cursor, sequence: str, count: int) -> list[int]:
    cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", (sequence, count))
    return sorted(number for (number,) in cursor.fetchall())


def _walk(cursor: Cursor, name: str, query: sql.Composable) -> Iterator[tuple[Any, ...]]:
    with cursor.connection.cursor(name=name) as walker:
        walker.itersize = _WALK_ROWS
        walker.execute(query)
        yield from walker


def state_of(row: tuple[Any, ...]) -> State:
    """A state from a row of `state_columns`."""
    values = list(row)
    values[_STATE_HASH] = bytes(values[_STATE_HASH])
    return State(*values)


def _event(row: tuple[Any, ...]) -> Event:
    values = list(row)
    values[-2:] = bytes(values[-2]), bytes(values[-1])
    return Event(*values)


def _names(columns: Sequence[str], table: str | None = None) -> sql.Composed:
    qualified = [sql.Identifier(name) if table is None else sql.Identifier(table, name) for name in columns]
    return sql.SQL(", ").join(qualified)


def _all_default(name: str, values: Sequence[Any]) -> bool:
    """Whether the table itself gives a new row all of these values, so that they need not be sent."""
    return name in DEFAULTS and values.count(DEFAULTS[name]) == len(values)


def _copy(cursor: Cursor, table: str, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
    # COPY takes no bound values: its own text format, with its own escapes, is what keeps data data.
    text = copy_text(columns)
    if text:
        query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _names(names))
        cursor.copy_expert(query, StringIO(text))


def _update(cursor: Cursor, before: State, after: State) -> tuple[str, list[Any]]:
    pairs = zip(STATE_COLUMNS, _state_values(before), _state_values(after), strict=True)
    changed = {name: new for name, old, new in pairs if new != old}
    names = tuple(changed)
    statement = _updates.get(names)
    if statement is None:
        query = sql.SQL("UPDATE incident SET ({}) = ROW ({}) WHERE id = %s")
        placeholders = sql.SQL(", ").join([sql.Placeholder()] * len(names))
        statement = _updates[names] = _Statement(query.format(_names(names), placeholders))
    return statement.text(cursor), [*changed.values(), after.id]


class _Statement:
    """A statement that is composed once: composing takes longer than the server takes to run it."""

    def __init__(self, composed: sql.Composable) -> None:
        self._composed = composed
        self._text: str | None = None

    def text(self, cursor: Cursor) -> str:
        """The statement; any connection quotes the same names alike."""
        if self._text is None:
            self._text = self._composed.as_string(cursor)
        return self._text


_NOTIFY = "SELECT pg_notify(%s, %s)"
_READ_STATE = _Statement(sql.SQL("SELECT {} FROM incident WHERE id = %s").format(_names(STATE_COLUMNS)))
_INSERT_EVENT = _Statement(
    sql.SQL("INSERT INTO event ({}) VALUES ({})").format(
        _names(EVENT_COLUMNS), sql.SQL(", ").join([sql.Placeholder()] * len(EVENT_COLUMNS))
    )
)
_BEGIN = sql.SQL(
    "SELECT pg_advisory_xact_lock(%s); SELECT nextval('event_seq'), {}, {} FROM incident WHERE id = %s FOR UPDATE"
)
_CARRIED = sql.SQL("EXISTS (SELECT FROM event WHERE incident_id = %s AND detail ->> 'key' = %s)")
_BEGIN_STEP = _Statement(_BEGIN.format(sql.SQL("false"), _names(STATE_COLUMNS)))
_BEGIN_STEP_WITH_KEY = _Statement(_BEGIN.format(_CARRIED, _names(STATE_COLUMNS)))
# By the columns that change: as many as there are kinds of steps, more or less.
_updates: dict[tuple[str, ...], _Statement] = {}
