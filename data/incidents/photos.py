"""The photo door: a photo and the event that says so are kept in one transaction, or neither is."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from data.access.actor import Actor
from data.access.scope import Scope
from data.errors import IncidentUnknown, PhotoInvalid
from data.incidents import photo_table
from data.incidents.model import State, Step
from data.incidents.photo_bytes import read_photo
from data.incidents.photo_table import StoredPhoto
from data.store.openers import System

if TYPE_CHECKING:
    from data.incidents.desk import IncidentDesk
    from data.store.connection import Store
    from data.store.driver import Cursor

PhotoFindingKind = Literal["missing", "added", "altered"]

MAX_PHOTOS = 30
_AUDIT_TIMEOUT_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of a photo: the event that attached it, and whether it was this time."""

    sha256: str
    n: int
    created: bool


@dataclass(frozen=True, slots=True)
class PhotoFinding:
    """A photo and its event that do not fit together.

    Attributes
    ----------
    kind
        "missing": the event's photo is gone. "added": a photo no event tells of. "altered": the bytes are not those of
        the event, or of their own checksum.
    incident_id, n
        Which incident, and which of its events.
    message
        What was found, in a sentence.
    """

    kind: PhotoFindingKind
    incident_id: int
    n: int
    message: str


class _KnownAlready(Exception):
    """Another one attached the same photo between our look and our turn: takes the event back."""


def attach(
    desk: "IncidentDesk",
    store: "Store",
    incident_id: int,
    body: bytes,
    media_type: str,
    *,
    scope: Scope,
    actor: Actor,
    now: datetime | None = None,
) -> Attached:
    """Attach a photo to an incident; the same one twice is one.

    Parameters
    ----------
    desk, store
        Where incidents are moved on, and the store beneath it.
    incident_id
        Which incident.
    body, media_type
        The file and what its sender says it is; see `photo_bytes.read_photo` for what is left out of it.
    scope
        What its sender may see and do.
    actor
        The actor of `scope`, for the log.
    now
        The moment; the clock's by default.

    Raises
    ------
    PhotoInvalid
        It is no photo that is kept, or the incident has `MAX_PHOTOS` already.
    IncidentUnknown, StepIllegal, StepForbidden
        As of any step.
    """
    photo = read_photo(body, media_type)
    moment = datetime.now(UTC) if now is None else now
    reach = _reach(desk, incident_id, scope)
    known = _known(store, incident_id, photo.sha256)
    if known is not None:
        return known
    said = {"sha256": photo.sha256, "media_type": photo.media_type, "size": len(photo.content)}

    def keep(cursor: "Cursor", state: State) -> None:
        if state.photos > MAX_PHOTOS:
            raise PhotoInvalid(
                f"incident {incident_id} has {MAX_PHOTOS} photos already: more are not kept",
                reason="too_many", media_type=media_type, size=len(body),
            )  # fmt: skip
        by = desk.actor_in_log(actor)
        row = StoredPhoto(
            incident_id, photo.sha256, state.n, photo.media_type, photo.content, moment, by.name, by.id
        )  # fmt: skip
        if not photo_table.insert_photo(cursor, row):
            raise _KnownAlready

    try:
        state = desk.take(incident_id, Step("attached", moment, actor, said), reach, moment, also=keep)
    except _KnownAlready:
        known = _known(store, incident_id, photo.sha256)
        if known is None:
            raise _unknown(incident_id, photo.sha256) from None
        return known
    return Attached(photo.sha256, state.n, created=True)


def photo_of(desk: "IncidentDesk", store: "Store", incident_id: int, sha256: str, *, scope: Scope) -> StoredPhoto:
    """Read a photo of an incident; IncidentUnknown if there is no such one within the scope."""
    _reach(desk, incident_id, scope)
    with store.transaction(scope) as cursor:
        found = photo_table.read_photo(cursor, incident_id, sha256)
    if found is None:
        raise _unknown(incident_id, sha256)
    return found


def verify_photos(store: "Store") -> tuple[int, list[PhotoFinding]]:
    """Hold every photo against its own checksum and against the event that attached it.

    Returns
    -------
    How many photos there are, and what is wrong, by incident and event; empty where nothing is.
    """
    with store.transaction(System("photos"), timeout_s=_AUDIT_TIMEOUT_S) as cursor:
        count = photo_table.count_photos(cursor)
        found = photo_table.audit_photos(cursor)
    return count, [_finding(incident_id, n, kind) for incident_id, n, kind in found]


def _reach(desk: "IncidentDesk", incident_id: int, scope: Scope) -> Scope:
    """The scope in which its reporter, too, may add to a report: what is seen across the border lies in no own grid.

    Reporters are recognised by id. A report from before actors had ids names its reporter by a text only, which gives
    no right.
    """
    try:
        desk.get(incident_id, scope)
    except IncidentUnknown:
        wide = scope.everywhere()
        if not scope.person or desk.events(incident_id, wide)[0].actor_id != desk.actor_in_log(scope.actor()).id:
            raise
        return wide
    return scope


def _known(store: "Store", incident_id: int, sha256: str) -> Attached | None:
    with store.transaction(System("photos")) as cursor:
        n = photo_table.find_photo(cursor, incident_id, sha256)
    return None if n is None else Attached(sha256, n, created=False)


def _unknown(incident_id: int, sha256: str) -> IncidentUnknown:
    return IncidentUnknown(
        f"incident {incident_id} has no photo {sha256}: its events of kind 'attached' name those it has",
        incident_id=incident_id, sha256=sha256,
    )  # fmt: skip


def _finding(incident_id: int, n: int, kind: str) -> PhotoFinding:
    event = f"event {n} of incident {incident_id}"
    if kind == "missing":
        return PhotoFinding("missing", incident_id, n, f"the photo of {event} is gone")
    if kind == "added":
        return PhotoFinding("added", incident_id, n, f"there is a photo for {event}, which attached none")
    return PhotoFinding("altered", incident_id, n, f"the photo of {event} is not the one that was attached")
