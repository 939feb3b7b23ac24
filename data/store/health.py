"""Whether the database takes writes: one small record in its log, and nothing in any table."""

from typing import Final

from data.errors import DatabaseUnavailable
from data.store.connection import Store
from data.store.openers import System

_PATIENCE_S: Final = 5.0


def check_writable(store: Store) -> None:
    """Write and commit a record that no table keeps.

    It passes the database's own log to the disk, as every report must. Where the database's user may not do that,
    a transaction is numbered instead, whose end is written there too.

    Raises
    ------
    DatabaseUnavailable, DatabaseBusy, StorageFull
        The database does not answer, is read-only, or its disk is full.
    """
    with store.transaction(System("whether the database takes writes"), _PATIENCE_S) as cursor:
        cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean")
        if cursor.fetchone() == (True,):
            raise DatabaseUnavailable(
                "the database is read-only: it is a standby, or default_transaction_read_only is on", read_only=True
            )
        cursor.execute(
            "SELECT bool_and(has_function_privilege(oid, 'EXECUTE')) FROM pg_proc "
            "WHERE proname = 'pg_logical_emit_message'"
        )
        may_emit = cursor.fetchone() == (True,)
        cursor.execute(
            "SELECT pg_logical_emit_message(true, 'grid_ready', ''::text)"
            if may_emit
            else "SELECT pg_current_xact_id()"
        )
