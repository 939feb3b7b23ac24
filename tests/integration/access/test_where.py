"""What a scope lets through in SQL is what it lets through in memory."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.access.scope import Right, Scope
from data.store.connection import Store
from data.store.driver import sql
from data.store.openers import System
from tests.unit.access.test_scope import GRANTS, LEAVES, scope_of


@given(GRANTS, st.sampled_from(Right))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sql_and_memory_see_the_same_leaves(embedded_store: Store, raw: list, right: Right) -> None:
    scope = scope_of(raw)
    query = sql.SQL("SELECT leaf FROM generate_series(-1, {}) AS one (leaf) WHERE {} ORDER BY leaf").format(
        sql.Literal(LEAVES), scope.where(sql.Identifier("leaf"), right)
    )
    with embedded_store.transaction(System("test")) as cursor:
        cursor.execute(query)
        found = [leaf for (leaf,) in cursor.fetchall()]
    assert found == [leaf for leaf in range(-1, LEAVES + 1) if scope.sees(leaf, right)]


def test_a_scope_without_grants_sees_nothing(embedded_store: Store) -> None:
    query = sql.SQL("SELECT count(*) FROM generate_series(-1, 9) AS one (leaf) WHERE {}").format(
        Scope().where(sql.Identifier("leaf"))
    )
    with embedded_store.transaction(System("test")) as cursor:
        cursor.execute(query)
        assert cursor.fetchone() == (0,)
