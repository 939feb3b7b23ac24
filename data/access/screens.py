"""Keys of screens: made, listed, revoked, and looked up by their hash. The key itself is kept nowhere."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from data.errors import SettingInvalid
from data.store.driver import UniqueViolation, sql
from data.store.openers import System

if TYPE_CHECKING:
    from data.store.connection import Store

# 256 bits: nobody finds one by trying, so its hash needs neither salt nor slowness.
_KEY_BYTES: Final = 32
_NAME_LENGTH: Final = 100
_COLUMNS: Final = ("id", "name", "within", "created_at", "last_seen_at", "revoked_at")
_COLUMN_LIST: Final = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))


@dataclass(frozen=True, slots=True)
class ScreenKey:
    """A key as it is kept, without the key.

    Attributes
    ----------
    id
        Stays with it; a name may come again after it was revoked.
    name
        Of the screen.
    within
        Id of the grid it is limited to; None = the whole city.
    created_at, last_seen_at, revoked_at
        Aware; None where it was not yet seen, or is in force.
    """

    id: int
    name: str
    within: str | None
    created_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None


def hash_of(key: str) -> bytes:
    """SHA-256 of a key, by which it is known."""
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def add_screen(store: "Store", name: str, within: str | None = None) -> str:
    """Make a key for a screen and return it, for the only time; it fits into an address as it is.

    Parameters
    ----------
    within
        Id of the grid it is limited to, which the caller has looked up; None = the whole city.

    Raises
    ------
    SettingInvalid
        The name cannot be, or a screen of this name has a key in force.
    """
    if not _can_be(name):
        raise SettingInvalid(
            f"a screen cannot be called {name[:_NAME_LENGTH]!r}: give it a name of 1 to {_NAME_LENGTH} letters",
            name="NAME", value=name[:_NAME_LENGTH],
        )  # fmt: skip
    key = secrets.token_urlsafe(_KEY_BYTES)
    try:
        with store.transaction(System("keys of screens")) as cursor_:
            cursor_.execute(
                "INSERT INTO screen_key (name, hash, within) VALUES (%s, %s, %s)", (name, hash_of(key), within)
            )
    except UniqueViolation as error:
        raise SettingInvalid(
            f"the screen {name!r} has a key in force: choose another name, or revoke that key first with "
            f"`python app.py screens revoke {name}`",
            name="NAME", value=name,
        ) from error  # fmt: skip
    return key


def list_screens(store: "Store") -> list[ScreenKey]:
    """Every key there ever was: those in force first, by name; then the revoked, the latest first."""
    with store.transaction(System("keys of screens")) as cursor_:
        cursor_.execute(
            sql.SQL("SELECT {} FROM screen_key ORDER BY revoked_at DESC NULLS FIRST, name, id").format(_COLUMN_LIST)
        )
        return [ScreenKey(*row) for row in cursor_.fetchall()]


def revoke_screen(store: "Store", name: str) -> ScreenKey:
    """Take the key of a screen out of force, and return it as it is then.

    Raises
    ------
    SettingInvalid
        No screen of this name has a key in force.
    """
    revoked = sql.SQL("UPDATE screen_key SET revoked_at = now() WHERE name = %s AND revoked_at IS NULL RETURNING {}")
    row = None
    if _can_be(name):
        with store.transaction(System("keys of screens")) as cursor_:
            cursor_.execute(revoked.format(_COLUMN_LIST), (name,))
            row = cursor_.fetchone()
    if row is None:
        raise SettingInvalid(
            f"no screen {name[:_NAME_LENGTH]!r} has a key in force: `python app.py screens list` shows those that have",
            name="NAME", value=name[:_NAME_LENGTH],
        )  # fmt: skip
    return ScreenKey(*row)


def keys_in_force(store: "Store", seen: Mapping[int, datetime]) -> dict[bytes, ScreenKey]:
    """Write down when screens were seen, and return the keys in force by their hash.

    Parameters
    ----------
    seen
        Moments, aware, by the id of the key; an earlier one than is kept changes nothing.

    Raises
    ------
    DatabaseUnavailable, DatabaseBusy
        From the store.
    """
    with store.transaction(System("keys of screens")) as cursor_:
        for key_id, at in sorted(seen.items()):
            cursor_.execute(
                "UPDATE screen_key SET last_seen_at = %s WHERE id = %s AND (last_seen_at IS NULL OR last_seen_at < %s)",
                (at, key_id, at),
            )
        cursor_.execute(sql.SQL("SELECT hash, {} FROM screen_key WHERE revoked_at IS NULL").format(_COLUMN_LIST))
        return {bytes(hash_): ScreenKey(*row) for hash_, *row in cursor_.fetchall()}


def _can_be(name: str) -> bool:
    # What can be printed can be kept, too: no NUL, no half of a surrogate pair.
    return bool(name.strip()) and len(name) <= _NAME_LENGTH and name.isprintable()
