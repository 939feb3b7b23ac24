"""The states of incidents as NumPy columns, in bulk: what the mirror is filled from."""

import io
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from data.incidents import log, regrid
from data.incidents.fields import (
    COUNTER_COLUMNS,
    FLAG_COLUMNS,
    GIVEN,
    SATISFACTIONS,
    TEXT_COLUMNS,
    TIME_COLUMNS,
    Field,
    Form,
)
from data.incidents.regridding import Regridder
from data.store.driver import sql
from data.store.openers import System

if TYPE_CHECKING:
    from data.store.connection import Store

__all__ = [
    "COUNTER_COLUMNS", "FLAG_COLUMNS", "MISSING", "READ_TIMEOUT_S", "SATISFACTIONS", "TEXT_COLUMNS", "TIME_COLUMNS",
    "TIME_ORIGIN_S", "event_hash", "incident_columns", "incident_positions",
]  # fmt: skip

# Times are whole seconds since this moment, so that four bytes reach from 1931 to 2068.
TIME_ORIGIN_S: Final = 946_684_800  # 2000-01-01T00:00:00Z
MISSING: Final = int(np.iinfo(np.int32).max)

READ_TIMEOUT_S: Final = 600.0
# A quoted text may be longer than the reader's usual block; a row must fit in one.
_BLOCK_BYTES: Final = 1 << 25
# Stands for "no stored leaf in the asked edition" until the rows leave this module.
_PENDING: Final = -2
# A few that came in through an older edition are nothing to warn of.
_MANY: Final = 1_000
# What an unfinished regrid has stored does not count.
_LEAF_IN: Final = sql.SQL(
    "CASE WHEN edition_id = {edition} THEN leaf ELSE coalesce((SELECT assignment.leaf FROM assignment "
    "WHERE assignment.incident_id = incident.id AND assignment.edition_id = {edition} "
    "AND EXISTS (SELECT FROM regrid WHERE regrid.edition_id = {edition})), {pending}) END"
)

_log = logging.getLogger(__name__)


def incident_columns(
    store: "Store", after_seq: int = 0, edition_id: int | None = None, limit: int | None = None
) -> tuple[int, dict[str, NDArray[Any]]]:
    """Read the incidents whose last event came after `after_seq`, as columns, in the order of that event.

    One statement reads one snapshot. Writers draw sequence numbers under one lock and hold it until they have
    committed, so a snapshot that shows event N shows every event before N: asking again with the returned number
    misses nothing.

    Parameters
    ----------
    store
        Where the incidents are kept.
    after_seq
        Sequence number up to which the caller has everything; 0 reads all.
    edition_id
        Edition of the grid system the leaf ordinals belong to. An incident that was placed in another edition has the
        leaf that `regrid` stored for it in this one, or, where there is none yet, the same leaf, found here and now.
        None leaves the ordinals as they are stored, whatever their edition.
    limit
        Most rows to read, the oldest changes first; None reads all. The rest is read by asking again.

    Returns
    -------
    last_seq
        Highest sequence number among the rows; `after_seq` where there are none.
    columns
        Arrays of equal length, one for each of `fields.GIVEN`: whole numbers of their SQL type's width (`level` int8;
        -1 = none); texts object (str); words int8 (positions in `STAGES`, `MEANS`, `SATISFACTIONS`; -1 = none); degrees
        float64 (NaN = none); counts int32; flags and presences bool; every time int32 in seconds since
        2000-01-01T00:00:00Z, cut to whole seconds, `MISSING` where it has none. Empty arrays where nothing came after
        `after_seq`.

    Raises
    ------
    DatabaseUnavailable, DatabaseBusy
        From the store.
    NoEdition
        There is no edition `edition_id`, and incidents of others ask for their leaf in it.
    """
    buffer = io.BytesIO()
    placements = None
    with store.transaction(System("columns for the mirror"), timeout_s=READ_TIMEOUT_S) as cursor:
        log.begin_snapshot(cursor)
        cursor.copy_expert(_query(after_seq, edition_id, limit), buffer)
        if buffer.tell() == 0:
            return after_seq, _columns(_SCHEMA.empty_table())
        buffer.seek(0)
        columns = _columns(_parsed(buffer))
        last_seq = int(columns["seq"][-1])
        if edition_id is not None and (columns["leaf"] == _PENDING).any():
            placements = regrid.placements_between(cursor, edition_id, after_seq, last_seq)
    if edition_id is not None and placements is not None:
        _settle(columns, placements, regrid.regridder_of(store, edition_id), edition_id)
    return last_seq, columns


def event_hash(store: "Store", seq: int) -> bytes | None:
    """Hash of the event of this number, which tells one log from another; None where there is no such event."""
    with store.transaction(System("columns for the mirror")) as cursor:
        cursor.execute("SELECT hash FROM event WHERE seq = %s", (seq,))
        row = cursor.fetchone()
    return None if row is None else bytes(row[0])


def incident_positions(store: "Store") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """WGS 84 longitudes and latitudes, degrees, of all incidents that have a position, in no order; empty for none."""
    buffer = io.BytesIO()
    with store.transaction(System("columns for the mirror"), timeout_s=READ_TIMEOUT_S) as cursor:
        cursor.copy_expert("COPY (SELECT lon, lat FROM incident WHERE lon IS NOT NULL) TO STDOUT (FORMAT csv)", buffer)
    if buffer.tell() == 0:
        return np.empty(0), np.empty(0)
    buffer.seek(0)
    kinds = {"lon": pa.float64(), "lat": pa.float64()}
    table = csv.read_csv(
        buffer, csv.ReadOptions(column_names=list(kinds)), convert_options=csv.ConvertOptions(column_types=kinds)
    )
    return table["lon"].to_numpy(), table["lat"].to_numpy()


def _settle(columns: dict[str, NDArray[Any]], placements: pd.DataFrame, regridder: Regridder, edition_id: int) -> None:
    """Give the rows without a stored leaf in the edition the one that `regrid` would store."""
    rows = np.flatnonzero(columns["leaf"] == _PENDING)
    by_id = rows[np.argsort(columns["id"][rows])]
    wanted = placements[np.isin(placements["id"].to_numpy(), columns["id"][rows])]
    leaf = columns["leaf"].copy()
    leaf[by_id] = regridder.place(wanted).leaf  # both by id
    columns["leaf"] = leaf
    if len(rows) >= _MANY:
        _log.warning(
            "%d incidents of other editions have no stored leaf in edition %d: their leaves were computed on the way, "
            "which is right but takes time at every start; run `python app.py regrid`", len(rows), edition_id,
        )  # fmt: skip


_WHOLE: Final = {"bigint": pa.int64(), "integer": pa.int32(), "smallint": pa.int8()}
_ARROW: Final[Mapping[Form, Any]] = {
    "degrees": pa.float64(), "word": pa.int8(), "text": pa.dictionary(pa.int32(), pa.string()), "time": pa.int64(),
    "count": pa.int32(), "flag": pa.bool_(), "presence": pa.bool_(),
}  # fmt: skip
_SCHEMA: Final = pa.schema(
    [(field.given_as, _ARROW.get(field.column.form or "whole") or _WHOLE[field.column.sql]) for field in GIVEN]
)


def _query(after_seq: int, edition_id: int | None, limit: int | None) -> sql.Composed:
    """COPY takes no bound values, so they are quoted by the driver."""
    leaf = sql.SQL("leaf") if edition_id is None else _LEAF_IN.format(
        edition=sql.Literal(edition_id), pending=sql.Literal(_PENDING)
    )  # fmt: skip
    chosen = [leaf if field.name == "leaf" else _selected(field) for field in GIVEN]
    rows = sql.SQL("SELECT {} FROM incident WHERE seq > {} ORDER BY seq").format(
        sql.SQL(", ").join(chosen), sql.Literal(after_seq)
    )
    if limit is not None:
        rows = sql.SQL("{} LIMIT {}").format(rows, sql.Literal(limit))
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(rows)


def _selected(field: Field) -> sql.Composable:
    """The field in its form."""
    name = sql.Identifier(field.name)
    match field.column.form:
        case "word":
            return _code(field.name, field.column.words)
        case "time":
            return _seconds(field.name)
        case "whole" if field.nullable:
            return sql.SQL("coalesce({}, -1)").format(name)
        case "flag":
            return sql.SQL("{}::int").format(name)
        case "presence":
            return sql.SQL("({} IS NOT NULL)::int").format(name)
    return name


def _code(column: str, words: tuple[str, ...]) -> sql.Composed:
    """Position of the word in the declared list, -1 for none."""
    return sql.SQL("coalesce(array_position(ARRAY[{}]::text[], {}) - 1, -1)").format(
        sql.SQL(", ").join(map(sql.Literal, words)), sql.Identifier(column)
    )


def _seconds(column: str) -> sql.Composed:
    """`date_part` computes in doubles and is several times faster than `extract`, which computes in numerics."""
    return sql.SQL("coalesce(floor(date_part('epoch', {}) - {})::bigint, {})").format(
        sql.Identifier(column), sql.Literal(TIME_ORIGIN_S), sql.Literal(MISSING)
    )


def _parsed(buffer: io.BytesIO) -> pa.Table:
    return csv.read_csv(
        buffer,
        read_options=csv.ReadOptions(column_names=_SCHEMA.names, block_size=_BLOCK_BYTES),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=_SCHEMA),
    )


def _columns(table: pa.Table) -> dict[str, NDArray[Any]]:
    columns = {name: table.column(name).to_numpy() for name in table.column_names if name not in TEXT_COLUMNS}
    for name in TIME_COLUMNS:
        # The limits keep their meaning: far past and far future, never "missing".
        times = columns[name]
        columns[name] = np.where(times == MISSING, MISSING, times.clip(-MISSING, MISSING - 1)).astype(np.int32)
    for name in TEXT_COLUMNS:
        columns[name] = _texts(table.column(name))
    return columns


def _texts(column: pa.ChunkedArray) -> NDArray[Any]:
    whole = column.unify_dictionaries().combine_chunks()
    words = np.array([*whole.dictionary.to_pylist(), ""], dtype=object)
    return np.asarray(words[whole.indices.to_numpy()])
