"""Other ways to count all counters per leaf over a span, each from a history in columns.

Each is a context: entering loads the history, and gives the function that counts: from span and moment, in the mirror's
seconds, to an array of counts, shape ``(counters, leaves + 1)``, the first of each being leaf -1. A rival that is not
installed raises `RivalMissing`.
"""

import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from benchmarks.rivals import _module, _postgis_programs
from data.incidents.columns import TIME_COLUMNS
from data.stats.mirror.mirror import FLAGS, MISSING

Columns = Mapping[str, NDArray[Any]]
Count = Callable[[int, int, int], NDArray[np.int64]]

# Only what the counters look at: the narrower the table, the better for the rivals.
TIMES: Final = tuple(name for name in TIME_COLUMNS if not name.startswith(("clock", "due_claim", "last", "recorded")))
_SMALL: Final = ("means", "level", "flags")
_CHUNK_ROWS: Final = 2_000_000


def _in(column: str) -> str:
    return f"{column} >= {{since}} AND {column} < {{until}} AND {column} <= {{moment}}"


def _closed(also: str) -> str:
    return f"{_in('closed_at')} AND {also}"


def _flag(name: str) -> str:
    return f"(flags & {FLAGS[name]}) <> 0"


_VALID: Final = "(voided_at IS NULL OR voided_at > {moment})"
_IS_CLOSED: Final = "closed_at <= {moment}"
_DUE: Final = (
    f"{_in('due_at')} AND due_at < {{moment}} AND {_VALID} AND ({_IS_CLOSED} OR (flags & {FLAGS['suspended']}) = 0)"
)
_OPEN: Final = "reported_at <= {moment} AND (closed_at IS NULL OR closed_at > {moment}) AND " + _VALID

# The same definitions as `data/stats/measures/measures.py`, by the same names.
COUNTERS: Final = {
    "reported": _in("reported_at"),
    "reported_unlocated": f"{_in('reported_at')} AND leaf < 0",
    "valid": f"{_in('reported_at')} AND {_VALID}",
    "valid_closed": f"{_in('reported_at')} AND {_IS_CLOSED}",
    "sent_up_filed": f"{_in('reported_at')} AND filed_at <= {{moment}}",
    **{step: _in(f"{step}_at") for step in ("verified", "filed", "dispatched", "claimed", "handled", "checked")},
    "dispatched_handled": f"{_in('dispatched_at')} AND handled_at <= {{moment}}",
    "voided": _in("voided_at"),
    "closed": _in("closed_at"),
    **{means: _closed(f"means = {code}") for code, means in enumerate(("service", "management", "enforcement"))},
    **{f"closed_level_{level}": _closed(f"level = {level}") for level in range(4)},
    "closed_on_time": _closed("closed_at <= due_at"),
    **{name: _closed(_flag(name)) for name in ("self_handled", "reworked", "returned", "extended", "escalated")},
    "due": _DUE,
    "due_closed": f"{_DUE} AND {_IS_CLOSED}",
    "due_closed_on_time": f"{_DUE} AND closed_at <= due_at",
    "due_handled_on_time": f"{_DUE} AND handled_at <= due_at",
    "open": _OPEN,
    "pending": f"{_OPEN} AND (handled_at IS NULL OR handled_at > {{moment}})",
    "unlocated": f"{_OPEN} AND leaf < 0",
}  # fmt: skip


def question(since_s: int, until_s: int, moment_s: int) -> str:
    """One statement for all counters of all leaves."""
    counted = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in COUNTERS.values())
    text = f"SELECT leaf, {counted} FROM incident GROUP BY leaf"  # noqa: S608  # of our own words only
    return text.format(since=since_s, until=until_s, moment=moment_s)


def _cells(answer: NDArray[np.int64], leaf_count: int) -> NDArray[np.int64]:
    cells = np.zeros((len(COUNTERS), leaf_count + 1), dtype=np.int64)
    cells[:, answer[:, 0] + 1] = answer[:, 1:].T
    return cells


def _chunks(columns: Columns) -> Iterator[pa.Table]:
    """The history as tables of some rows each, with nulls where the mirror has `MISSING`."""
    for start in range(0, len(columns["leaf"]), _CHUNK_ROWS):
        rows = slice(start, start + _CHUNK_ROWS)
        arrays = {"leaf": pa.array(columns["leaf"][rows])}
        arrays |= {name: pa.array(columns[name][rows].astype(np.int16)) for name in _SMALL}
        arrays |= {name: pa.array(columns[name][rows], mask=columns[name][rows] == MISSING) for name in TIMES}
        yield pa.table(arrays)


@contextmanager
def duckdb(columns: Columns, leaf_count: int) -> Iterator[Count]:
    """DuckDB, a table in memory."""
    connection = _module("duckdb").connect()
    connection.execute(f"SET threads = {os.cpu_count()}")
    for at, chunk in enumerate(_chunks(columns)):
        connection.register("chunk", chunk)
        connection.execute("CREATE TABLE incident AS FROM chunk" if at == 0 else "INSERT INTO incident FROM chunk")
        connection.unregister("chunk")

    def count(since_s: int, until_s: int, moment_s: int) -> NDArray[np.int64]:
        found = connection.execute(question(since_s, until_s, moment_s)).fetchnumpy()
        return _cells(np.stack([np.asarray(column) for column in found.values()], axis=1), leaf_count)

    try:
        yield count
    finally:
        connection.close()


@contextmanager
def postgresql(columns: Columns, leaf_count: int) -> Iterator[Count]:
    """PostgreSQL on a server of its own: a table of nothing but these columns, vacuumed, read by all processors.

    Over four years no index leaves anything out; with compiled expressions or without, whichever is faster.
    """
    psycopg2 = _module("psycopg2")
    from data.store.embedded import postmaster
    from data.store.embedded.embedded import EmbeddedServer

    home = Path(tempfile.mkdtemp(prefix="grid-bench-", dir="/tmp"))  # the server's user must reach it
    home.chmod(0o755)
    workers = str(os.cpu_count())
    options = {
        "shared_buffers": "2GB", "work_mem": "256MB", "fsync": "off", "max_wal_size": "8GB",
        "max_parallel_workers_per_gather": workers, "max_parallel_workers": workers,
        "min_parallel_table_scan_size": "0", "parallel_setup_cost": "0", "parallel_tuple_cost": "0",
    }  # fmt: skip
    server = EmbeddedServer.open(home, options, _postgis_programs())
    connection = psycopg2.connect(server.cluster.url("postgres"))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            _load(cursor, columns)
            yield _postgresql_count(cursor, leaf_count)
    finally:
        connection.close()
        postmaster.stop(server.cluster.data)
        server.close()
        shutil.rmtree(home)


def _load(cursor: Any, columns: Columns) -> None:
    fields = ["leaf int", *(f"{name} smallint" for name in _SMALL), *(f"{name} int" for name in TIMES)]
    cursor.execute(f"CREATE UNLOGGED TABLE incident ({', '.join(fields)})")
    for chunk in _chunks(columns):
        text = io.BytesIO()
        csv.write_csv(chunk, text, csv.WriteOptions(include_header=False))
        text.seek(0)
        cursor.copy_expert("COPY incident FROM STDIN (FORMAT csv)", text)
    cursor.execute("VACUUM (FREEZE, ANALYZE) incident")


def _postgresql_count(cursor: Any, leaf_count: int) -> Count:
    modes = {"on": float("inf"), "off": float("inf")}

    def count(since_s: int, until_s: int, moment_s: int) -> NDArray[np.int64]:
        # Both ways are tried once, in the run that warms up; then the faster one is taken.
        untried = [mode for mode, took in modes.items() if took == float("inf")]
        for mode in untried or [min(modes, key=modes.__getitem__)]:
            cursor.execute(f"SET jit = {mode}")
            start = time.perf_counter()
            cursor.execute(question(since_s, until_s, moment_s))
            answer = pd.DataFrame(cursor.fetchall()).to_numpy(np.int64)
            modes[mode] = time.perf_counter() - start
        return _cells(answer, leaf_count)

    return count


RIVALS: Final[dict[str, tuple[Callable[[Columns, int], Any], int]]] = {
    # The most incidents each is asked to hold: with more, loading alone takes too long or too much memory.
    "DuckDB": (duckdb, 100_000_000),
    "PostgreSQL": (postgresql, 10_000_000),
}
