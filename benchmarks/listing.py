"""How soon the first row of a page comes, among ten million incidents: any page, any filter of list and export."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.tables import Table
from data.access.scope import Scope
from data.city.editions import save_edition
from data.demo.city import build_city
from data.incidents.query import After, IncidentQuery, Sort, Span
from data.incidents.query_table import page_statement
from data.settings import Settings
from data.store.connection import Store
from data.store.driver import Cursor
from data.store.openers import System
from geo import GridSystem

ROWS = int(os.environ.get("BENCH_LISTED", "10000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PAGE = 100
# The newest of the invented incidents; one a second before it.
NEWEST = datetime(2026, 11, 20, tzinfo=UTC)

# One incident a second: of 2,000, four are open and 80 voided; every 50th is in no grid; one source has one of 100,000.
_FILL = """
INSERT INTO incident (
    id, source, source_id, category, title, address, stage, reported_at, lon, lat, coordinate_system, edition_id, leaf,
    leaf_code, seq, n, hash, last_at, recorded_at, closed_at, voided_at, due_at, means, level, unit, responsible
)
SELECT i, CASE WHEN i %% %(rare)s = 0 THEN 'rare' WHEN i %% 5 < 3 THEN 'hotline' ELSE 'video' END, 'L-' || i,
    'c' || i %% 40, '', '', stage, at, CASE WHEN leaf >= 0 THEN 120 + leaf * 1e-4 END,
    CASE WHEN leaf >= 0 THEN 31.8 + i %% 1000 * 1e-4 END, 'wgs84', %(edition)s, leaf, CASE WHEN leaf >= 0 THEN 'x' END,
    i, 7, ''::bytea, at, at, CASE WHEN stage = 'closed' THEN at + i %% 86400 * interval '1 second' END,
    CASE WHEN stage = 'voided' THEN at END, at + (3 + i %% 7) * interval '1 day',
    CASE WHEN stage = 'closed' THEN (ARRAY['service', 'management', 'enforcement'])[1 + i %% 3] END,
    CASE WHEN stage = 'closed' THEN 2 END, 'unit-' || i %% %(units)s, 'P' || i %% %(units)s
FROM (
    SELECT i, %(newest)s - (%(rows)s - i) * interval '1 second' AS at,
        CASE WHEN i %% 50 = 0 THEN -1 ELSE (i * 7919 %% %(leaves)s)::integer END AS leaf,
        CASE WHEN i %% 2000 < 4 THEN (ARRAY['reported', 'filed', 'dispatched', 'claimed'])[1 + i %% 4]
             WHEN i %% 2000 < 84 THEN 'voided' ELSE 'closed' END AS stage
    FROM generate_series(1, %(rows)s) AS one (i)
) AS made
"""


def fill(cursor: Cursor, rows: int, edition_id: int, leaves: int, *, rare: int = 100_000, units: int = 400) -> None:
    """Invent incidents, without a log behind them: one of `rare` is of a rare source."""
    given = {"rows": rows, "edition": edition_id, "leaves": leaves, "rare": rare, "units": units, "newest": NEWEST}
    cursor.execute(_FILL, given)


def questions(scope: Scope, narrow: Scope, rows: int) -> Iterator[tuple[str, IncidentQuery]]:
    """Filters and pages of list and export."""
    old = NEWEST - timedelta(seconds=rows * 0.8)
    yield "first page", IncidentQuery(scope)
    yield "a page of long ago", IncidentQuery(scope, after=After(old, rows))
    yield "a span of long ago", IncidentQuery(scope, span=Span("reported", old, old + timedelta(days=1)))
    yield "a rare source", IncidentQuery(scope, source="rare")
    yield "one id of a source", IncidentQuery(scope, source="hotline", source_id="L-6")
    yield "what is open", IncidentQuery(scope, open_only=True)
    yield "one open stage", IncidentQuery(scope, stages=("claimed",))
    yield "a stage that ended", IncidentQuery(scope, stages=("voided",))
    yield "a category", IncidentQuery(scope, categories=("c7",))
    yield "a unit", IncidentQuery(scope, unit="unit-7")
    yield "a person", IncidentQuery(scope, responsible="P7")
    yield "one leaf", IncidentQuery(narrow)
    yield "what is open in one leaf", IncidentQuery(narrow, open_only=True)
    sorts: tuple[Sort, ...] = ("closed", "due", "changed")
    for sort in sorts:
        yield f"by {sort}", IncidentQuery(scope, sort=sort)


def run() -> list[Table]:
    """Fill a store that is thrown away, and time every question."""
    city = build_city()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as home:
        Path(home).chmod(0o755)  # the server's user must reach it
        rows = _measured(Path(home), city.system)
    about = f"Pages of {PAGE}, median of {ROUNDS}; the statements of the product, in one transaction each."
    columns, told = ("page", "ms to the first row"), [(name, f"{ms:,.1f}") for name, ms in rows]
    return [Table(f"A page among {ROWS:,} incidents", about, columns, told)]


def _measured(home: Path, system: GridSystem) -> list[tuple[str, float]]:
    leaves = len(system.leaves)
    with Store.open(Settings(home=home), migrate=True) as store:
        edition_id = save_edition(store, system, city="小城", name="2026", holds_from=date(2020, 1, 1))
        with store.transaction(System("benchmark"), timeout_s=7200) as cursor:
            fill(cursor, ROWS, edition_id, leaves)
        with store.transaction(System("benchmark"), timeout_s=7200) as cursor:
            cursor.execute("ANALYZE incident")
        asked = questions(Scope.city(leaves, "screen"), Scope.of([(7, 8)], "screen"), ROWS)
        return [(name, _first_row_ms(store, query)) for name, query in asked]


def _first_row_ms(store: Store, query: IncidentQuery) -> float:
    """The median of some rounds; the first, which warms up, does not count."""
    took: list[float] = []
    statement, values = page_statement(query, PAGE)
    for _ in range(ROUNDS + 1):
        with store.transaction(query.scope) as cursor:
            began = time.perf_counter()
            cursor.execute(statement, values)
            cursor.fetchone()
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[1:])
