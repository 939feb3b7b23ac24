"""Alerts: kept from their first sight to their last, and acknowledged by a person."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from data.access.actor import Actor
from data.errors import AlertAcknowledged, AlertUnknown
from data.privacy.personal_data import masked
from data.privacy.tables import pseudonyms_of
from data.store.driver import Json, sql
from data.store.openers import System

if TYPE_CHECKING:
    from data.store.connection import Store
    from data.store.driver import Cursor

# Keeps two processes that watch the same city from writing one matter down twice.
_LOCK: Final = 0x616C657274
_COLUMNS: Final = (
    "key", "matter", "kind", "edition_id", "first_seen", "last_seen", "content", "acknowledged_at", "acknowledged_by",
    "acknowledged_by_id", "note",
)  # fmt: skip
_SELECT: Final = sql.SQL("SELECT {} FROM alert").format(sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)))


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found at a moment: its matter, kind and content (JSON-able)."""

    matter: str
    kind: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert as it is kept.

    Attributes
    ----------
    key
        Stays the same while the matter lasts.
    matter
        What it is about; comes again with another key when the matter comes again.
    first_seen, last_seen
        Aware: the first and last look that found it.
    content
        As of the last look.
    acknowledged_at, acknowledged_by, acknowledged_by_id, note
        When, by whom (display name and id) and with which words somebody took note; None while nobody has. The id is
        also None for notes from before actors had ids.
    """

    key: str
    matter: str
    kind: str
    edition_id: int
    first_seen: datetime
    last_seen: datetime
    content: dict[str, Any]
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_by_id: str | None
    note: str | None


# For each of the found, the position of the running alert that it goes on with; None begins a new one.
Continuing = Callable[[Sequence[KeptAlert], Sequence[Seen]], Sequence[int | None]]


def keep_alerts(
    store: "Store", edition_id: int, found: Sequence[Seen], moment: datetime, quiet: timedelta, continuing: Continuing
) -> int:
    """Write down what one look found; what was found before and is not yet gone goes on under its key.

    The same look once more changes nothing, and an older one does not turn back what a newer one said.

    Parameters
    ----------
    moment
        Of the look, aware.
    quiet
        An alert that was not seen for longer has ended.
    continuing
        Tells which of the running alerts each finding goes on with, no two with the same.

    Returns
    -------
    How many began.

    Raises
    ------
    DatabaseUnavailable, DatabaseBusy
        From the store; nothing is written then.
    """
    with store.transaction(System("alerts")) as cursor_:
        cursor_.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        cursor_.execute(
            _SELECT + sql.SQL(" WHERE edition_id = %s AND last_seen >= %s ORDER BY first_seen, key"),
            (edition_id, moment - quiet),
        )
        running = [KeptAlert(*row) for row in cursor_.fetchall()]
        begun = 0
        for seen, before in zip(found, continuing(running, found), strict=True):
            if before is None:
                begun += _begin(cursor_, edition_id, seen, moment)
            else:
                _go_on(cursor_, running[before], seen, moment)
        return begun


def read_alerts(store: "Store", since: datetime, limit: int) -> list[KeptAlert]:
    """Alerts that were seen at `since` or later, the newest to begin first, at most `limit`."""
    with store.transaction(System("alerts")) as cursor_:
        cursor_.execute(
            _SELECT + sql.SQL(" WHERE last_seen >= %s ORDER BY first_seen DESC, key LIMIT %s"), (since, limit)
        )
        return [KeptAlert(*row) for row in cursor_.fetchall()]


def read_alert(store: "Store", key: str) -> KeptAlert:
    """One alert.

    Raises
    ------
    AlertUnknown
        There is none with this key.
    """
    with store.transaction(System("alerts")) as cursor_:
        return _one(cursor_, key)


def acknowledge(store: "Store", key: str, by: Actor, note: str, at: datetime) -> KeptAlert:
    """Note that somebody has seen an alert; who was first stands, and the alert is returned as it is then.

    Numbers and names of persons in the note are masked, as they are in the log. Once it is acknowledged, the same note
    (a request sent again) or none changes nothing.

    Raises
    ------
    AlertUnknown
        There is none with this key.
    AlertAcknowledged
        It was acknowledged before, and this note says something else: an alert keeps one.
    """
    names, note = pseudonyms_of(store), masked(note)
    with store.transaction(System("alerts")) as cursor_:
        cursor_.execute(
            "UPDATE alert SET acknowledged_at = %s, acknowledged_by = %s, acknowledged_by_id = %s, note = %s "
            "WHERE key = %s AND acknowledged_at IS NULL",
            (at, names.of(by.name), names.of(by.id), note, key),
        )
        was_first = cursor_.rowcount == 1
        kept = _one(cursor_, key)
    if not was_first and note.strip() and note != kept.note:
        raise AlertAcknowledged(
            f"the alert was acknowledged before, by {kept.acknowledged_by}, and keeps one note: {note[:100]!r} was not "
            "added; note it on an incident",
            key=key, by=kept.acknowledged_by, by_id=kept.acknowledged_by_id, at=kept.acknowledged_at, note=kept.note,
            refused=note,
        )  # fmt: skip
    return kept


def _one(cursor_: "Cursor", key: str) -> KeptAlert:
    cursor_.execute(_SELECT + sql.SQL(" WHERE key = %s"), (key,))
    row = cursor_.fetchone()
    if row is None:
        raise AlertUnknown(f"there is no alert {key[:100]!r}: GET /api/v1/alerts lists them", key=key[:100])
    return KeptAlert(*row)


def _begin(cursor_: "Cursor", edition_id: int, seen: Seen, moment: datetime) -> int:
    name = f"{edition_id} {seen.matter} {moment.timestamp():.6f}"
    key = hashlib.sha256(name.encode()).hexdigest()[:20]
    cursor_.execute(
        "INSERT INTO alert (key, matter, kind, edition_id, first_seen, last_seen, content) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING",
        (key, seen.matter, seen.kind, edition_id, moment, moment, Json(dict(seen.content))),
    )
    return int(cursor_.rowcount)


def _go_on(cursor_: "Cursor", before: KeptAlert, seen: Seen, moment: datetime) -> None:
    cursor_.execute(
        "UPDATE alert SET matter = %s, last_seen = %s, content = %s WHERE key = %s AND last_seen < %s",
        (seen.matter, moment, Json(dict(seen.content)), before.key, moment),
    )
