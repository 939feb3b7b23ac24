"""LISTEN on both servers."""

import threading
import time

import psycopg2
import pytest

from data.errors import DatabaseUnavailable
from data.store.connection import Store
from data.store.openers import System


def _notify(store: Store, *payloads: str) -> None:
    with store.transaction(System("test")) as cursor:
        for payload in payloads:
            cursor.execute("SELECT pg_notify('news', %s)", (payload,))


def test_it_listens_from_the_call_on_and_times_out_with_none(store: Store) -> None:
    news = store.listen("news", 0.05)
    _notify(store, "1")
    assert next(payload for payload in news if payload is not None) == "1"
    assert next(news) is None
    _notify(store, "2")
    assert next(payload for payload in news if payload is not None) == "2"


def test_notifications_that_came_together_are_one(store: Store) -> None:
    news = store.listen("news", 10)
    _notify(store, "1", "2", "3")
    _notify(store, "4")
    last = ""
    while last != "4":
        payload = next(news)
        assert payload is not None
        assert payload in ("3", "4")
        assert payload > last
        last = payload


def test_an_undone_transaction_notifies_nobody(store: Store) -> None:
    news = store.listen("news", 0.2)

    def notify_and_fail() -> None:
        with store.transaction(System("test")) as cursor:
            cursor.execute("NOTIFY news, 'x'")
            raise LookupError

    with pytest.raises(LookupError):
        notify_and_fail()
    assert next(news) is None


def test_an_empty_payload_is_not_a_timeout(store: Store) -> None:
    news = store.listen("news", 10)
    _notify(store, "")
    assert next(news) == ""


def test_a_broken_connection_is_an_error_and_listening_again_works(store: Store) -> None:
    news = store.listen("news", 10)
    session = psycopg2.connect(store.url)
    with session.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        assert cursor.fetchall() == [(True,)]
    session.close()
    with pytest.raises(DatabaseUnavailable):
        next(news)
    again = store.listen("news", 10)
    _notify(store, "1")
    assert next(again) == "1"


def test_closing_the_store_ends_a_listener_at_once(store: Store) -> None:
    heard: list[str | None] = []
    news = store.listen("news", 60)
    follower = threading.Thread(target=lambda: heard.extend(news))
    follower.start()
    began = time.monotonic()
    store.close()
    follower.join(timeout=30)
    assert not follower.is_alive()
    assert time.monotonic() - began < 20
    assert heard == []


def test_listening_ends_at_once_and_transactions_go_on(store: Store) -> None:
    news = store.listen("news", 60)
    begin_s = time.monotonic()
    threading.Timer(0.1, store.end_listening).start()
    assert list(news) == []
    assert time.monotonic() - begin_s < 30
    with pytest.raises(DatabaseUnavailable):
        store.listen("news", 60)
    store.end_listening()
    with store.transaction(System("test")) as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_the_name_of_a_channel_is_only_a_name(embedded_store: Store) -> None:
    odd = 'a"; DROP TABLE category; --'
    news = embedded_store.listen(odd, 10)
    with embedded_store.transaction(System("test")) as cursor:
        cursor.execute("SELECT pg_notify(%s, 'x')", (odd,))
    assert next(news) == "x"
