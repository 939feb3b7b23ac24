"""Transactions on both servers."""

import psycopg2
import pytest

from data.store.connection import Store


def _count(store: Store) -> int:
    with store.transaction() as cursor:
        cursor.execute("SELECT count(*) FROM category")
        return int(cursor.fetchone()[0])


def _insert(cursor: object, code: str) -> None:
    cursor.execute("INSERT INTO category VALUES (%s, 'a', 'b', '')", (code,))


def test_what_a_transaction_wrote_is_there_afterwards(store: Store) -> None:
    with store.transaction() as cursor:
        _insert(cursor, "1")
    assert _count(store) == 1


def test_an_exception_undoes_the_whole_transaction_and_passes_through(store: Store) -> None:
    def write_and_fail() -> None:
        with store.transaction() as cursor:
            _insert(cursor, "1")
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        write_and_fail()
    assert _count(store) == 0


def test_a_broken_constraint_stays_what_it_is(store: Store) -> None:
    with pytest.raises(psycopg2.errors.UniqueViolation), store.transaction() as cursor:
        cursor.execute("INSERT INTO category VALUES ('1', 'a', 'b', ''), ('1', 'a', 'b', '')")
    assert _count(store) == 0
