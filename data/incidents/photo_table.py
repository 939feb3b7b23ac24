"""SQL of the photos of incidents."""

from dataclasses import dataclass
from datetime import datetime

from data.store.driver import Cursor

# The bytes of many photos are hashed in one statement.
_AUDIT = """
    SELECT coalesce(photo.incident_id, event.incident_id), coalesce(photo.n, event.n),
           CASE WHEN photo.n IS NULL THEN 'missing' WHEN event.n IS NULL THEN 'added' ELSE 'altered' END
    FROM photo FULL JOIN (SELECT * FROM event WHERE kind = 'attached') AS event
      ON event.incident_id = photo.incident_id AND event.n = photo.n
    WHERE photo.n IS NULL OR event.n IS NULL
       OR sha256(photo.content) <> photo.sha256
       OR encode(photo.sha256, 'hex') IS DISTINCT FROM event.detail ->> 'sha256'
       OR photo.media_type IS DISTINCT FROM event.detail ->> 'media_type'
       OR octet_length(photo.content)::text IS DISTINCT FROM event.detail ->> 'size'
    ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A photo in the store; `n` is the number of the event that attached it, `sha256` hexadecimal.

    `actor` and `actor_id` are as in that event.
    """

    incident_id: int
    sha256: str
    n: int
    media_type: str
    content: bytes
    added_at: datetime
    actor: str
    actor_id: str | None


def insert_photo(cursor: Cursor, photo: StoredPhoto) -> bool:
    """Keep a photo; whether it was not there already."""
    cursor.execute(
        "INSERT INTO photo (incident_id, sha256, n, media_type, size, content, added_at, actor, actor_id) "
        "VALUES (%s, decode(%s, 'hex'), %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (incident_id, sha256) DO NOTHING",
        (
            photo.incident_id, photo.sha256, photo.n, photo.media_type, len(photo.content), photo.content,
            photo.added_at, photo.actor, photo.actor_id,
        ),
    )  # fmt: skip
    return cursor.rowcount == 1


def find_photo(cursor: Cursor, incident_id: int, sha256: str) -> int | None:
    """Number of the event that attached this photo to this incident; None if none did."""
    cursor.execute("SELECT n FROM photo WHERE incident_id = %s AND sha256 = decode(%s, 'hex')", (incident_id, sha256))
    row = cursor.fetchone()
    return None if row is None else int(row[0])


def read_photo(cursor: Cursor, incident_id: int, sha256: str) -> StoredPhoto | None:
    """One photo of an incident; None if it has no such one."""
    cursor.execute(
        "SELECT n, media_type, content, added_at, actor, actor_id FROM photo "
        "WHERE incident_id = %s AND sha256 = decode(%s, 'hex')",
        (incident_id, sha256),
    )
    row = cursor.fetchone()
    if row is None:
        return None
    n, media_type, content, *added = row
    return StoredPhoto(incident_id, sha256, n, media_type, bytes(content), *added)


def count_photos(cursor: Cursor) -> int:
    """How many photos are kept."""
    cursor.execute("SELECT count(*) FROM photo")
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def audit_photos(cursor: Cursor) -> list[tuple[int, int, str]]:
    """Photos that are not what their event says: (incident, number of the event, "missing" | "added" | "altered")."""
    cursor.execute(_AUDIT)
    return [(int(incident_id), int(n), str(kind)) for incident_id, n, kind in cursor.fetchall()]
