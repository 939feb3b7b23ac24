"""Positions of devices on duty: kept for some days, asked by spans of time, removed for good."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Final

from data.store.driver import execute_values, sql
from data.store.openers import System

if TYPE_CHECKING:
    from data.store.connection import Store

_PAGE_ROWS: Final = 1_000
# Rows removed in one transaction: so few that nobody waits for it.
STEP_ROWS: Final = 10_000
# Widths of the slots that positions are thinned to, in seconds: people read round ones.
_SLOTS_S: Final = (10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400)

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a device was, and the duty of the person who carried it.

    Attributes
    ----------
    at
        Aware.
    device
        Its code.
    lon, lat
        WGS 84 degrees.
    person
        Id in the roster.
    post, grid, unit
        The duty that was held then; of grid (id) and unit (code) one is "".
    """

    at: datetime
    device: str
    lon: float
    lat: float
    person: str
    post: str
    grid: str
    unit: str


@dataclass(frozen=True, slots=True)
class Thinned:
    """Positions of a span, of each device the last one in each slot of time.

    Attributes
    ----------
    slot_s
        Width of the slots; they begin at whole multiples of it since 1970, so that a place once shown stays as the
        moment moves on.
    positions
        By device, then by time.
    """

    slot_s: int
    positions: list[Position]


_COLUMNS: Final = tuple(one.name for one in fields(Position))


def _names(table: str | None = None) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(*filter(None, (table, name))) for name in _COLUMNS)


def save_positions(store: "Store", positions: Sequence[Position]) -> int:
    """Keep positions in one transaction; returns how many were new.

    Of a device there is one position at a time: another one of the same moment changes nothing.
    """
    if not positions:
        return 0
    # In one order, so that of two who send the same at once none waits for the other in a ring.
    ordered = sorted(positions, key=lambda one: (one.at, one.device))
    rows = [tuple(getattr(one, name) for name in _COLUMNS) for one in ordered]
    with store.transaction(System("positions")) as cursor:
        insert = sql.SQL("INSERT INTO device_position ({}) VALUES %s ON CONFLICT DO NOTHING RETURNING 1").format(
            _names()
        )
        return len(execute_values(cursor, insert.as_string(cursor), rows, page_size=_PAGE_ROWS, fetch=True))


def read_positions(
    store: "Store",
    since: datetime,
    until: datetime,
    *,
    box: Box | None = None,
    most_per_device: int = 120,
    most: int = 20_000,
) -> Thinned:
    """Positions after `since`, up to and with `until`, thinned evenly over time to a bounded number.

    Parameters
    ----------
    since, until
        Aware.
    box
        Only those of devices that were in ``(west, south, east, north)`` meanwhile, wherever else they were: who reads
        them can tell whether a way led out and back. None is all devices.
    most_per_device, most
        So many at most of one device, and of all together as long as there are no more devices than that.
    """
    where: sql.Composable = sql.SQL("at > %s AND at <= %s")
    values: list[object] = [since, until]
    with store.transaction(System("positions")) as cursor:
        # Distinct by a hash: `count(DISTINCT …)` would sort all rows.
        distinct = sql.SQL("SELECT count(*) FROM (SELECT DISTINCT device FROM device_position WHERE {}) AS seen")
        if box is None:
            cursor.execute(distinct.format(where), values)
            (devices,) = cursor.fetchone() or (0,)
        else:
            boxed = sql.SQL("{} AND lon BETWEEN %s AND %s AND lat BETWEEN %s AND %s").format(where)
            seen = sql.SQL("SELECT DISTINCT device FROM device_position WHERE {}").format(boxed)
            cursor.execute(seen, [*values, box[0], box[2], box[1], box[3]])
            codes = [code for (code,) in cursor.fetchall()]
            devices = len(codes)
            where += sql.SQL(" AND device = ANY(%s)")
            values.append(codes)
        slot_s = slot_of((until - since).total_seconds(), devices, most_per_device, most)
        if not devices:
            return Thinned(slot_s, [])
        # The newest of each slot by a hash, then one by one by their key: to sort or join all rows takes several times
        # as long, and without the limit a join is what the planner chooses.
        cursor.execute(
            sql.SQL(
                """
                SELECT {columns} FROM (
                    SELECT device, max(at) AS at FROM device_position WHERE {where}
                    GROUP BY device, floor(date_part('epoch', at) / %s)
                ) AS newest, LATERAL (
                    SELECT * FROM device_position AS one
                    WHERE one.at = newest.at AND one.device = newest.device LIMIT 1
                ) AS found
                ORDER BY found.device, found.at
                """
            ).format(columns=_names("found"), where=where),
            [*values, slot_s],
        )
        return Thinned(slot_s, [Position(*row) for row in cursor.fetchall()])


def slot_of(span_s: float, devices: int, most_per_device: int = 120, most: int = 20_000) -> int:
    """The narrowest slot, in seconds, by which a span of so many devices stays within both bounds."""
    for slot_s in _SLOTS_S:
        # A span that begins within a slot touches one more.
        slots = math.ceil(span_s / slot_s) + 1
        if slots <= most_per_device and slots * devices <= most:
            return slot_s
    return _SLOTS_S[-1]


def forget_positions(store: "Store", before: datetime, limit: int = STEP_ROWS) -> int:
    """Remove positions from before a moment, the oldest first, at most `limit`; returns how many went."""
    with store.transaction(System("positions")) as cursor:
        cursor.execute(
            """
            DELETE FROM device_position WHERE (at, device) IN (
                SELECT at, device FROM device_position WHERE at < %s ORDER BY at, device LIMIT %s
            )
            """,
            (before, limit),
        )
        return cursor.rowcount


def forget_positions_of(store: "Store", *, device: str | None = None, person: str | None = None) -> int:
    """Remove every position of a device or of a person; returns how many went."""
    with store.transaction(System("positions")) as cursor:
        cursor.execute("DELETE FROM device_position WHERE device = %s OR person = %s", (device, person))
        return cursor.rowcount
