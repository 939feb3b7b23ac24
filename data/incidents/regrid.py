"""Re-assigning all history onto an edition of the grid system, stored beside the states (see docs/adr/0005)."""

import io
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from data.city.editions import read_edition
from data.incidents import log
from data.incidents.model import State
from data.incidents.regridding import HOW, Regridded, Regridder
from data.store.driver import Cursor, sql
from data.store.openers import System
from geo.grids import GridSystem

if TYPE_CHECKING:
    from data.store.connection import Store

Progress = Callable[[int], None]

# Writers wait while a chunk is written: about a second for so many.
CHUNK_ROWS: Final = 200_000
_TIMEOUT_S: Final = 3_600.0
_BLOCK_BYTES: Final = 1 << 25
_TEXTS: Final = ("leaf_code", "placed_by", "grid_code_given")
_SCHEMA: Final = pa.schema(
    [
        ("id", pa.int64()),
        ("seq", pa.int64()),
        ("edition_id", pa.int32()),
        ("leaf", pa.int32()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        *((name, pa.dictionary(pa.int32(), pa.string())) for name in _TEXTS),
    ]
)
# Incidents of other editions without a leaf in this one.
_PENDING: Final = sql.SQL(
    "incident.edition_id <> {edition} AND NOT EXISTS (SELECT FROM assignment "
    "WHERE assignment.incident_id = incident.id AND assignment.edition_id = {edition})"
)


@dataclass(frozen=True, slots=True)
class RegridReport:
    """What `regrid` did.

    Attributes
    ----------
    edition_id
        Onto which edition.
    placed
        Incidents that got their leaf in this run; those an interrupted run had done are not among them.
    by_position, by_code, by_crosswalk, unlocated
        How; these add up to `placed`.
    incidents, total_unlocated
        All incidents of other editions, and those of them that lie in no grid of this one.
    compute_s
        Seconds spent on computing, without reading and writing.
    """

    edition_id: int
    placed: int
    by_position: int
    by_code: int
    by_crosswalk: int
    unlocated: int
    incidents: int
    total_unlocated: int
    compute_s: float


def pending_count(store: "Store", edition_id: int) -> int:
    """How many incidents of other editions have no stored leaf in this one; 0 after `regrid`."""
    with store.transaction(System("history onto an edition"), timeout_s=_TIMEOUT_S) as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM regrid WHERE edition_id = %s)", (edition_id,))
        (finished,) = cursor.fetchone() or (False,)
        condition = _pending(edition_id) if finished else sql.SQL("edition_id <> {}").format(sql.Literal(edition_id))
        cursor.execute(sql.SQL("SELECT count(*) FROM incident WHERE {}").format(condition))
        return int((cursor.fetchone() or (0,))[0])


def regrid(
    store: "Store", edition_id: int, progress: Progress | None = None, *, chunk_rows: int = CHUNK_ROWS
) -> RegridReport:
    """Give every incident its leaf in an edition, besides the leaf of the edition it was placed in.

    The states and the log stay as they are. Leaves are computed and stored in chunks that nobody reads yet; the last
    transaction adds what came in meanwhile and brings all of them in force at once. Interrupted, it leaves all numbers
    as they were, and goes on where it stopped when it is called again; called once more after that, it does nothing
    but add incidents that came since.

    Parameters
    ----------
    store
        The open store; others may read and write meanwhile.
    edition_id
        Onto which edition, whether it holds today or not.
    progress
        Called after each chunk with the number of its incidents.
    chunk_rows
        Incidents in one transaction.

    Raises
    ------
    NoEdition
        There is no such edition.
    DatabaseUnavailable, DatabaseBusy
        From the store; call again to go on.
    """
    regridder = regridder_of(store, edition_id)
    run = _Run(edition_id, regridder, chunk_rows)
    while True:
        seen_seq = _all_chunks(store, run, progress)
        # Counted before the log is held; what the last transaction adds is known.
        incidents, unlocated = _totals(store, edition_id)
        earlier = run.counts.copy()
        with store.transaction(System("history onto an edition"), timeout_s=_TIMEOUT_S) as cursor:
            log.lock(cursor)
            left = _read(cursor, edition_id, chunk_rows + 1, after_seq=seen_seq)
            if len(left) > chunk_rows:
                continue  # more came in than one transaction should hold the log for
            if not left.empty:
                _store_chunk(cursor, run, left, run.place(left))
            added = run.counts - earlier
            incidents, unlocated = incidents + added.total(), unlocated + added["unlocated"]
            _bring_in_force(cursor, edition_id, incidents, unlocated)
        counted = {name: run.counts[name] for name in HOW}
        return RegridReport(
            edition_id, sum(counted.values()), incidents=incidents, total_unlocated=unlocated,
            compute_s=run.compute_s, **counted,
        )  # fmt: skip


def check_regrid(store: "Store", edition_id: int) -> list[int]:
    """Ids of incidents whose stored leaf in an edition is not the one they should have; empty when all is well."""
    regridder = regridder_of(store, edition_id)
    differing: list[int] = []
    after = 0
    while True:
        with store.transaction(System("history onto an edition"), timeout_s=_TIMEOUT_S) as cursor:
            condition = sql.SQL(
                "assignment.edition_id = {0} AND incident.edition_id <> {0} AND incident.id > {1}"
            ).format(sql.Literal(edition_id), sql.Literal(after))
            stored = sql.SQL("incident JOIN assignment ON assignment.incident_id = incident.id")
            rows = _copied(cursor, _select(stored, condition, CHUNK_ROWS, more=("stored",)), more=("stored",))
        if rows.empty:
            return differing
        wrong = regridder.place(rows).leaf != rows["stored"].to_numpy()
        differing += rows["id"].to_numpy()[wrong].tolist()
        after = int(rows["id"].iloc[-1])


def regridder_of(store: "Store", edition_id: int) -> Regridder:
    """What places incidents in an edition; made once for each store, because editions never change.

    Raises
    ------
    NoEdition
        There is no such edition.
    """
    made = _regridders.setdefault(store, {})
    if edition_id not in made:
        system = read_edition(store, edition_id).system
        made[edition_id] = Regridder(system, partial(_system_of, store))
    return made[edition_id]


def states_in(store: "Store", edition_id: int, states: Sequence[State]) -> list[State]:
    """The states as they look in an edition: `edition_id`, `leaf` and `leaf_code` of it, all else as it is.

    For showing and for rights, never for writing: a state of the log is in the edition it was placed in. Computed, so
    that it does not matter whether `regrid` has run; the same leaves as everywhere else.

    Raises
    ------
    NoEdition
        There is no such edition, and a state of another one.
    """
    others = [state for state in states if state.edition_id != edition_id]
    if not others:
        return list(states)
    regridder = regridder_of(store, edition_id)
    rows = pd.DataFrame({name: [getattr(state, name) for state in others] for name in _SCHEMA.names})
    found = iter(regridder.place(rows.astype({"lon": float, "lat": float})).leaf.tolist())
    moved: list[State] = []
    for state in states:
        if state.edition_id != edition_id:
            leaf = next(found)
            code = None if leaf < 0 else regridder.leaf_codes[leaf]
            moved.append(replace(state, edition_id=edition_id, leaf=leaf, leaf_code=code))
        else:
            moved.append(state)
    return moved


def placements_between(cursor: Cursor, edition_id: int, after_seq: int, last_seq: int) -> pd.DataFrame:
    """Incidents of other editions with ``after_seq < seq <= last_seq``, as `Regridder.place` takes them."""
    condition = sql.SQL("incident.edition_id <> {} AND incident.seq > {} AND incident.seq <= {}").format(
        sql.Literal(edition_id), sql.Literal(after_seq), sql.Literal(last_seq)
    )
    return _copied(cursor, _select(sql.SQL("incident"), condition, None))


_regridders: WeakKeyDictionary["Store", dict[int, Regridder]] = WeakKeyDictionary()
_systems: WeakKeyDictionary["Store", dict[int, GridSystem]] = WeakKeyDictionary()


class _Run:
    """One run of `regrid`: what places, and what it has done so far."""

    def __init__(self, edition_id: int, regridder: Regridder, chunk_rows: int) -> None:
        self.edition_id = edition_id
        self.chunk_rows = chunk_rows
        self.compute_s = 0.0
        self.counts: Counter[str] = Counter()
        self._regridder = regridder

    def place(self, rows: pd.DataFrame) -> Regridded:
        began = time.perf_counter()
        placed = self._regridder.place(rows)
        self.compute_s += time.perf_counter() - began
        return placed


def _all_chunks(store: "Store", run: _Run, progress: Progress | None) -> int:
    """Store all that is pending; what is so afterwards comes after the returned sequence number of the log."""
    with store.transaction(System("history onto an edition")) as cursor:
        cursor.execute("SELECT coalesce(max(seq), 0) FROM incident")
        (seen_seq,) = cursor.fetchone() or (0,)
    after = 0
    while True:
        with store.transaction(System("history onto an edition"), timeout_s=_TIMEOUT_S) as cursor:
            rows = _read(cursor, run.edition_id, run.chunk_rows, after_id=after)
        if rows.empty:
            return int(seen_seq)
        placed = run.place(rows)
        with store.transaction(System("history onto an edition"), timeout_s=_TIMEOUT_S) as cursor:
            _store_chunk(cursor, run, rows, placed)
        after = int(rows["id"].iloc[-1])
        if progress is not None:
            progress(len(rows))


def _store_chunk(cursor: Cursor, run: _Run, rows: pd.DataFrame, placed: Regridded) -> None:
    """Store leaves of incidents that have not moved on since they were read; the others stay pending.

    Under the log's lock nobody can place an incident anew between this look at it and the commit.
    """
    cursor.execute(
        "CREATE TEMPORARY TABLE regridded (incident_id bigint, seq bigint, leaf integer, how smallint) ON COMMIT DROP"
    )
    table = pa.table([rows["id"], rows["seq"], placed.leaf, placed.how], names=["incident_id", "seq", "leaf", "how"])
    buffer = io.BytesIO()
    csv.write_csv(table, buffer, csv.WriteOptions(include_header=False))
    buffer.seek(0)
    cursor.copy_expert("COPY regridded FROM STDIN (FORMAT csv)", buffer)
    cursor.execute("ANALYZE regridded")
    log.lock(cursor)
    cursor.execute(
        """
        WITH stored AS (
            INSERT INTO assignment (incident_id, edition_id, leaf)
            SELECT incident.id, %(edition)s, regridded.leaf
            FROM regridded
            JOIN incident ON incident.id = regridded.incident_id AND incident.seq = regridded.seq
            WHERE incident.edition_id <> %(edition)s
            ORDER BY incident.id
            ON CONFLICT DO NOTHING
            RETURNING incident_id
        )
        SELECT how, count(*) FROM stored JOIN regridded USING (incident_id) GROUP BY how
        """,
        {"edition": run.edition_id},
    )
    run.counts.update({HOW[how]: count for how, count in cursor.fetchall()})


def _totals(store: "Store", edition_id: int) -> tuple[int, int]:
    with store.transaction(System("history onto an edition"), timeout_s=_TIMEOUT_S) as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE leaf < 0) FROM assignment WHERE edition_id = %s", (edition_id,)
        )
        incidents, unlocated = cursor.fetchone() or (0, 0)
    return int(incidents), int(unlocated)


def _bring_in_force(cursor: Cursor, edition_id: int, incidents: int, unlocated: int) -> None:
    cursor.execute(
        """
        INSERT INTO regrid (edition_id, incidents, unlocated) VALUES (%s, %s, %s)
        ON CONFLICT (edition_id) DO UPDATE
        SET finished_at = now(), incidents = excluded.incidents, unlocated = excluded.unlocated
        """,
        (edition_id, incidents, unlocated),
    )


def _pending(edition_id: int) -> sql.Composed:
    return _PENDING.format(edition=sql.Literal(edition_id))


def _read(
    cursor: Cursor, edition_id: int, limit: int, *, after_id: int = 0, after_seq: int | None = None
) -> pd.DataFrame:
    conditions = [_pending(edition_id), sql.SQL("incident.id > {}").format(sql.Literal(after_id))]
    if after_seq is not None:
        conditions.append(sql.SQL("incident.seq > {}").format(sql.Literal(after_seq)))
    return _copied(cursor, _select(sql.SQL("incident"), sql.SQL(" AND ").join(conditions), limit))


def _select(
    table: sql.Composable, condition: sql.Composable, limit: int | None, more: tuple[str, ...] = ()
) -> sql.Composed:
    columns = [sql.Identifier("incident", name) for name in _SCHEMA.names]
    columns += [sql.Identifier("assignment", "leaf") for _ in more]
    query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY incident.id").format(
        sql.SQL(", ").join(columns), table, condition
    )
    return query if limit is None else sql.SQL("{} LIMIT {}").format(query, sql.Literal(limit))


def _copied(cursor: Cursor, query: sql.Composable, more: tuple[str, ...] = ()) -> pd.DataFrame:
    """Rows of a query as a frame, texts as categories; NULL is NaN, the empty text is a text."""
    schema = pa.schema([*_SCHEMA, *((name, pa.int32()) for name in more)])
    buffer = io.BytesIO()
    cursor.copy_expert(sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(query), buffer)
    if buffer.tell() == 0:
        return pd.DataFrame(schema.empty_table().to_pandas())
    buffer.seek(0)
    table = csv.read_csv(
        buffer,
        read_options=csv.ReadOptions(column_names=schema.names, block_size=_BLOCK_BYTES),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    return pd.DataFrame(table.unify_dictionaries().to_pandas())


def _system_of(store: "Store", edition_id: int) -> GridSystem:
    made = _systems.setdefault(store, {})
    if edition_id not in made:
        made[edition_id] = read_edition(store, edition_id).system
    return made[edition_id]
