"""Keys of screens on both servers."""

from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from data.access.screens import add_screen, hash_of, keys_in_force, list_screens, revoke_screen
from data.errors import SettingInvalid
from data.store.connection import Store
from data.store.openers import System

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_a_key_is_known_by_its_hash_and_kept_nowhere(store: Store) -> None:
    key = add_screen(store, "hall-east", "1:T1")
    assert len(key) >= 43  # 256 bits, 6 a letter
    assert key.replace("-", "").replace("_", "").isalnum()
    (found,) = keys_in_force(store, {}).values()
    assert keys_in_force(store, {})[hash_of(key)] == found
    assert (found.name, found.within, found.last_seen_at, found.revoked_at) == ("hall-east", "1:T1", None, None)
    with store.transaction(System("test")) as cursor:
        cursor.execute("SELECT count(*) FROM screen_key WHERE position(%s IN screen_key::text) > 0", (key,))
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT hash FROM screen_key")
        assert [bytes(row[0]) for row in cursor.fetchall()] == [hash_of(key)]


def test_keys_differ(store: Store) -> None:
    keys = {add_screen(store, f"wall {n}") for n in range(20)}
    assert len(keys) == 20
    assert {hash_of(key) for key in keys} == set(keys_in_force(store, {}))


def test_a_revoked_key_is_not_in_force_and_its_name_is_free_again(store: Store) -> None:
    old = add_screen(store, "hall")
    with pytest.raises(SettingInvalid, match="'hall' has a key in force"):
        add_screen(store, "hall")
    revoked = revoke_screen(store, "hall")
    assert revoked.revoked_at is not None
    assert keys_in_force(store, {}) == {}
    new = add_screen(store, "hall")
    assert list(keys_in_force(store, {})) == [hash_of(new)]
    assert old != new
    listed = list_screens(store)
    assert [one.revoked_at is None for one in listed] == [True, False]
    assert listed[1].id == revoked.id
    with pytest.raises(SettingInvalid, match="'nowhere' has a key in force"):
        revoke_screen(store, "nowhere")
    revoke_screen(store, "hall")
    with pytest.raises(SettingInvalid):
        revoke_screen(store, "hall")


def test_when_a_screen_was_seen_never_goes_back(store: Store) -> None:
    key = add_screen(store, "hall")
    key_id = keys_in_force(store, {})[hash_of(key)].id
    for at, kept in ((NOW, NOW), (NOW - timedelta(hours=1), NOW), (NOW + timedelta(hours=1), NOW + timedelta(hours=1))):
        assert keys_in_force(store, {key_id: at, 10**6: at})[hash_of(key)].last_seen_at == kept


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "a\nb", "x" * 101, "\ud83d"])
def test_names_that_cannot_be(store: Store, name: str) -> None:
    with pytest.raises(SettingInvalid, match="cannot be called"):
        add_screen(store, name)
    with pytest.raises(SettingInvalid):
        revoke_screen(store, name)
    assert list_screens(store) == []


def test_a_hash_is_a_whole_one(store: Store) -> None:
    with pytest.raises(psycopg2.errors.CheckViolation), store.transaction(System("test")) as cursor:
        cursor.execute("INSERT INTO screen_key (name, hash) VALUES ('x', %s)", (b"short",))
