"""Transactions on both servers: all or nothing, bounded waits, our own errors, and a server that comes and goes."""

import math
import threading
import time
from collections.abc import Callable

import psycopg2
import pytest

from data.access.scope import Holder, Scope
from data.errors import DatabaseBusy, DatabaseUnavailable, SettingInvalid
from data.store.connection import Store
from data.store.openers import Opener, System


def _count(store: Store) -> int:
    with store.transaction(System("test")) as cursor:
        cursor.execute("SELECT count(*) FROM category")
        return int(cursor.fetchone()[0])


def _execute(store: Store, statement: str, timeout_s: float | None = None) -> object:
    with store.transaction(System("test"), timeout_s) as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None


INSERT = "INSERT INTO category VALUES ('1', 'a', 'b', '')"


def test_what_a_transaction_wrote_is_there_afterwards(store: Store) -> None:
    _execute(store, INSERT)
    assert _count(store) == 1


@pytest.mark.parametrize("kind", [LookupError, KeyboardInterrupt, GeneratorExit])
def test_an_exception_undoes_the_whole_transaction_and_passes_through(
    embedded_store: Store, kind: type[BaseException]
) -> None:
    def write_and_fail() -> None:
        with embedded_store.transaction(System("test")) as cursor:
            cursor.execute(INSERT)
            raise kind("mine")

    with pytest.raises(kind, match="mine"):
        write_and_fail()
    assert _count(embedded_store) == 0


def test_a_broken_constraint_stays_what_it_is(store: Store) -> None:
    with pytest.raises(psycopg2.errors.UniqueViolation) as caught:
        _execute(store, INSERT + ", ('1', 'a', 'b', '')")
    assert caught.value.__cause__ is None
    assert _count(store) == 0


def test_a_swallowed_error_does_not_pass_for_a_commit(store: Store) -> None:
    def swallow() -> None:
        with store.transaction(System("test")) as cursor:
            cursor.execute(INSERT)
            try:
                cursor.execute("SELECT 1/0")
            except psycopg2.errors.DivisionByZero:
                return

    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        swallow()
    assert _count(store) == 0


def test_sessions_use_utc_and_a_readable_name(store: Store) -> None:
    query = "SELECT current_setting('TimeZone'), current_setting('application_name')"
    assert _execute(store, query) == ("UTC", "grid-command-center")


def test_a_statement_has_a_time_budget(database_url: str) -> None:
    with Store.connect(database_url, statement_timeout_s=0.05, migrate=False) as store:
        with pytest.raises(DatabaseBusy, match="time budget") as caught:
            _execute(store, "SELECT pg_sleep(20)")
        assert caught.value.values["sqlstate"] == "57014"
        assert isinstance(caught.value.__cause__, psycopg2.errors.QueryCanceled)
        # A budget of its own holds for one transaction only.
        _execute(store, "SELECT pg_sleep(0.1)", timeout_s=30)
        _execute(store, "SELECT pg_sleep(0.1)", timeout_s=math.inf)
        with pytest.raises(DatabaseBusy):
            _execute(store, "SELECT pg_sleep(20)")


def test_a_budget_is_rounded_up_never_to_none(embedded_store: Store) -> None:
    assert _execute(embedded_store, "SHOW statement_timeout", timeout_s=1e-9) == ("1ms",)
    assert _execute(embedded_store, "SHOW statement_timeout") == ("30s",)


def test_an_exhausted_pool_waits_and_then_says_busy(database_url: str) -> None:
    with Store.connect(database_url, pool_size=2, wait_s=0.2, migrate=False) as store:
        with store.transaction(System("test")), store.transaction(System("test")):
            began = time.monotonic()
            with pytest.raises(DatabaseBusy, match="stayed in use") as caught, store.transaction(System("test")):
                pass
            assert 0.2 <= time.monotonic() - began < 5
            assert caught.value.values == {"pool_size": 2, "waited_s": 0.2}
        assert _count(store) == 0


def test_a_thread_gets_the_connection_another_gives_back(embedded_url: str) -> None:
    with Store.connect(embedded_url, pool_size=2, wait_s=60, migrate=False) as store:
        _execute(store, "CREATE TABLE seen (n integer)")
        threads = [
            threading.Thread(target=_execute, args=(store, f"INSERT INTO seen SELECT {n} FROM pg_sleep(0.02)"))
            for n in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert _execute(store, "SELECT count(DISTINCT n) FROM seen") == (20,)
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        assert _execute(store, query)[0] <= 2


def _kill_others(url: str) -> None:
    """End every other session of the database, as a restart of the server does."""
    session = psycopg2.connect(url)
    try:
        with session.cursor() as cursor:
            # Waits until they are gone.
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    finally:
        session.close()


def test_idle_connections_that_broke_are_replaced_unseen(store: Store) -> None:
    with store.transaction(System("test")), store.transaction(System("test")), store.transaction(System("test")):
        pass
    _kill_others(store.url)
    for _ in range(4):
        assert _count(store) == 0


def test_a_connection_that_breaks_at_work_is_an_error_once(store: Store) -> None:
    def break_in_the_middle() -> None:
        with store.transaction(System("test")) as cursor:
            cursor.execute(INSERT)
            _kill_others(store.url)
            cursor.execute("SELECT 1")

    for _ in range(10):  # more often than the pool is large: no place in it may be lost
        with pytest.raises(DatabaseUnavailable):
            break_in_the_middle()
    assert _count(store) == 0


def test_a_connection_that_breaks_before_the_commit_is_an_error(store: Store) -> None:
    def break_at_the_end() -> None:
        with store.transaction(System("test")) as cursor:
            cursor.execute(INSERT)
            _kill_others(store.url)

    with pytest.raises(DatabaseUnavailable):
        break_at_the_end()
    assert _count(store) == 0


def test_transactions_that_wait_for_each_other_end_as_busy(store: Store) -> None:
    _execute(store, INSERT + ", ('2', 'a', 'b', '')")
    both_hold = threading.Barrier(2)
    errors: list[DatabaseBusy] = []

    def run(first: str, second: str) -> None:
        try:
            with store.transaction(System("test")) as cursor:
                cursor.execute("UPDATE category SET name_zh = 'x' WHERE code = %s", (first,))
                both_hold.wait()
                cursor.execute("UPDATE category SET name_zh = 'x' WHERE code = %s", (second,))
        except DatabaseBusy as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in ("12", "21")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [error.values["sqlstate"] for error in errors] == ["40P01"]


def test_too_many_connections_are_busy(embedded_url: str) -> None:
    with Store.connect(embedded_url, migrate=False) as store:
        _execute(store, "CREATE ROLE narrow LOGIN CONNECTION LIMIT 1 IN ROLE pg_read_all_data")
        try:
            narrow = embedded_url.replace("//grid@", "//narrow@")
            with (
                Store.connect(narrow, migrate=False) as limited,
                limited.transaction(System("test")),
                pytest.raises(DatabaseBusy, match="max_connections"),
                limited.transaction(System("test")),
            ):
                pass
        finally:
            _execute(store, "DROP ROLE narrow")


@pytest.mark.parametrize(
    "act",
    [lambda store: store.transaction(System("test")).__enter__(), lambda store: store.listen("x", 1)],
    ids=["use", "listen"],
)
def test_a_closed_store_says_so(embedded_store: Store, act: Callable[[Store], object]) -> None:
    embedded_store.close()
    embedded_store.close()
    with pytest.raises(DatabaseUnavailable, match="closed"):
        act(embedded_store)


def test_closing_ends_all_connections_also_those_in_use(embedded_url: str) -> None:
    store = Store.connect(embedded_url, migrate=False)
    with store.transaction(System("test")) as cursor:
        store.close()
        cursor.execute(INSERT)
        in_use = cursor.connection
    assert in_use.closed
    with Store.connect(embedded_url, migrate=False) as other:
        assert _count(other) == 1
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        deadline = time.monotonic() + 10
        while _execute(other, query) != (1,):
            assert time.monotonic() < deadline
    assert store.url == embedded_url


def test_a_server_that_is_not_there_is_unavailable_and_the_password_stays_secret() -> None:
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1") as caught:
        Store.connect("postgresql://grid:hunter2@127.0.0.1:1/grid")
    assert "hunter2" not in str(caught.value) + repr(caught.value.values)


def test_a_url_that_cannot_be_read_is_not_repeated() -> None:
    with pytest.raises(SettingInvalid) as caught:
        Store.connect("postgresql://grid:hunter2@[::1/grid")
    assert "hunter2" not in str(caught.value) + repr(caught.value.values)


def test_repr_tells_where_without_secrets(embedded_url: str) -> None:
    url = embedded_url.replace("//grid@", "//grid:hunter2@")
    with Store.connect(url, migrate=False) as store:
        assert "hunter2" not in repr(store)
        assert psycopg2.extensions.parse_dsn(url)["dbname"] in repr(store)
        assert store.url == url


def test_what_a_transaction_is_opened_for_is_known_before_its_first_statement(
    embedded_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[str] = []

    def note(cursor: object, opener: Opener) -> None:
        known.append(opener.opener)

    monkeypatch.setattr(embedded_store, "on_begin", note)
    scope = Scope.city(8, "leader", Holder.person("P7", "人7"))
    for opener in (System("test"), scope, scope.narrowed(0, 2), Scope()):
        with embedded_store.transaction(opener) as cursor:
            cursor.execute("SELECT 1")
    assert known == ["system: test", "person:P7", "person:P7", "nobody"]


def test_a_hook_that_fails_undoes_the_transaction(embedded_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(cursor: object, opener: Opener) -> None:
        raise LookupError("mine")

    monkeypatch.setattr(embedded_store, "on_begin", refuse)
    with pytest.raises(LookupError, match="mine"), embedded_store.transaction(System("test")):
        pytest.fail("the block ran")
    monkeypatch.undo()
    assert _count(embedded_store) == 0
