"""What psycopg2 says went wrong, in our own errors."""

import psycopg2

from data.errors import CommandCenterError, DatabaseBusy, DatabaseUnavailable, StorageFull

_BUSY = {
    "57014": "a statement ran past its time budget: ask for less at once, or raise GRID_STATEMENT_TIMEOUT_S",
    "55P03": "a lock did not become free in time: try again",
    "40P01": "two transactions waited for each other, and this one was ended: try again",
    "40001": "another transaction changed the same rows first: try again",
    "53300": "the database server takes no more connections: raise its max_connections or lower GRID_POOL_SIZE",
}
# Classes of SQLSTATE: connection, resources, operator intervention, system error, and a server turned read-only.
_GONE = ("08", "53", "57P", "58", "25006", "XX")
_DISK_FULL = "53100"
_FULL = ("too many clients", "remaining connection slots", "too many connections")


def translated(error: psycopg2.Error, connection_closed: bool) -> CommandCenterError | None:
    """Our error for a psycopg2 error; None where the statement itself is wrong (a defect, or a broken constraint)."""
    state = error.pgcode or ""
    said = str(error).strip()
    if state == _DISK_FULL:
        return StorageFull(f"the database's disk is full: {said}; make room", sqlstate=state, reason=said)
    if state in _BUSY:
        return DatabaseBusy(f"the database is busy: {_BUSY[state]}", sqlstate=state, reason=said)
    stateless = isinstance(error, psycopg2.OperationalError) and not state
    if connection_closed or state.startswith(_GONE) or stateless:
        return DatabaseUnavailable(f"the database does not answer: {said}", sqlstate=state, reason=said)
    return None


def refused(error: psycopg2.OperationalError, target: str) -> CommandCenterError:
    """Our error for a connection that could not be made; `target` says where to, without secrets."""
    said = str(error).strip()
    if any(words in said for words in _FULL):
        return DatabaseBusy(f"the database is busy: {_BUSY['53300']}", sqlstate="53300", reason=said)
    return DatabaseUnavailable(
        f"no connection to {target}: {said}; is the server up, and GRID_DATABASE_URL right?", target=target, reason=said
    )
