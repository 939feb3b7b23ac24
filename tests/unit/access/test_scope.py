"""Scopes of several grants: every door says what a slow reading of the slices says, leaf by leaf."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.access.rights import ROLES, Hands, Right, Role, roles_with
from data.access.scope import Grant, Holder, Scope
from data.access.spans import Spans

LEAVES = 12
RAW = st.lists(st.tuples(st.integers(-2, LEAVES), st.integers(-2, LEAVES)), max_size=4)
GRANTS = st.lists(st.tuples(RAW, st.booleans(), st.sampled_from(get_args(Role))), max_size=3)


def scope_of(raw: list[tuple[list[tuple[int, int]], bool, Role]]) -> Scope:
    return Scope(
        tuple(Grant(Spans.of(parts, unlocated=unlocated), ROLES[role], "duty") for parts, unlocated, role in raw),
        Holder.person("P1"),
    )


def held(raw: list[tuple[list[tuple[int, int]], bool, Role]], leaf: int, right: Right) -> bool:
    """The slow reading: it shares no code with spans."""
    for parts, unlocated, role in raw:
        inside = unlocated if leaf < 0 else any(lo <= leaf < hi for lo, hi in parts)
        if inside and right in dict(ROLES[role].rights):
            return True
    return False


@given(GRANTS, st.sampled_from(Right))
def test_every_door_says_the_same(raw: list[tuple[list[tuple[int, int]], bool, Role]], right: Right) -> None:
    scope, every = scope_of(raw), range(-1, LEAVES)
    slow = [held(raw, leaf, right) for leaf in every]
    assert [scope.sees(leaf, right) for leaf in every] == slow
    assert scope.mask(np.array(every), right).tolist() == slow
    grids = [(lo, hi) for lo in range(LEAVES) for hi in range(lo + 1, LEAVES + 1)]
    whole = [all(slow[lo + 1 : hi + 1]) for lo, hi in grids]
    assert [scope.covers(lo, hi, right) for lo, hi in grids] == whole
    assert scope.covering(*np.array(grids).T, right).tolist() == whole
    assert scope.whole(LEAVES, right) == all(slow)


@given(GRANTS, st.integers(0, LEAVES), st.integers(0, LEAVES))
def test_what_is_narrowed_and_what_is_nobodys(
    raw: list[tuple[list[tuple[int, int]], bool, Role]], lo: int, hi: int
) -> None:
    scope = scope_of(raw)
    seen = [scope.sees(leaf) for leaf in range(LEAVES)]
    narrowed = scope.narrowed(lo, hi)
    assert [narrowed.sees(leaf) for leaf in range(-1, LEAVES)] == [
        False, *(one and lo <= leaf < hi for leaf, one in enumerate(seen))
    ]  # fmt: skip
    assert narrowed.is_empty == (not any(seen[lo:hi]))
    nobody = scope.anonymous
    assert [nobody.sees(leaf) for leaf in range(LEAVES)] == seen
    assert (nobody.person, nobody.role) == ("", "screen")
    # One key for all who see the same, however the leaves came together.
    again = Scope.of([(leaf, leaf + 1) for leaf in range(LEAVES) if seen[leaf]], "leader", unlocated=scope.sees(-1))
    assert {again.anonymous} == {nobody}


@given(GRANTS)
def test_what_loops_and_maps_are_given(raw: list[tuple[list[tuple[int, int]], bool, Role]]) -> None:
    scope = scope_of(raw)
    lo, hi, unlocated, inside = scope.leaf_test(LEAVES)
    found = [
        ((lo <= leaf < hi) or (unlocated and leaf < 0)) and (len(inside) == 0 or bool(inside[leaf]))
        for leaf in range(-1, LEAVES)
    ]
    assert found == [scope.sees(leaf) for leaf in range(-1, LEAVES)]
    parts = scope.parts_of([(2, 5), (5, 9)])
    assert all(low < high for low, high in parts)
    assert [leaf for low, high in parts for leaf in range(low, high)] == [n for n in range(2, 9) if scope.sees(n)]


def test_one_slice_keeps_the_plain_loop() -> None:
    assert len(Scope.of([(2, 5), (5, 7)], "screen").leaf_test(LEAVES).inside) == 0
    assert len(Scope.of([(2, 5), (6, 7)], "screen").leaf_test(LEAVES).inside) == LEAVES + 1


@pytest.mark.parametrize(("leaf", "area", "found"), [
    (3, None, {"grid_worker"}), (8, None, {"supervisor"}), (5, None, set()), (-1, None, {"leader"}),
    (-1, (2, 4), {"grid_worker", "leader"}), (-1, (2, 6), {"leader"}), (3, (6, 9), {"grid_worker"}),
])  # fmt: skip
def test_the_rights_where_an_incident_lies(leaf: int, area: tuple[int, int] | None, found: set[str]) -> None:
    scope = scope_of([([(2, 4)], False, "grid_worker"), ([(7, 9)], False, "supervisor"), ([], True, "leader")])
    assert {grant.rights.role for grant in scope.at(leaf, area).grants} == found


def test_the_widest_role_is_shown_and_decides_nothing() -> None:
    scope = scope_of([([(0, 1)], False, "supervisor"), ([(4, 5)], False, "grid_worker")])
    assert scope.role == "grid_worker"
    assert (scope.sees(4, Right.CHECK), scope.sees(0, Right.CHECK)) == (False, True)
    assert (Scope().role, Scope().is_empty) == ("screen", True)


def test_nobody_is_responsible_for_what_nobody_is() -> None:
    handler = Scope.city(LEAVES, "handler").at(0)
    assert not handler.may(Right.HANDLE, responsible="", unit="")


def test_roles_are_read_from_the_table() -> None:
    assert roles_with(Right.LOOK) == tuple(ROLES)
    assert roles_with(Right.DISPATCH) == ("dispatcher", "administrator")
    assert set(roles_with(Right.CHECK)) == {"supervisor", "dispatcher", "administrator"}
    for right in Right:
        assert ROLES["administrator"].hands(right) is Hands.ANY
    assert {right for right in Right if ROLES["screen"].hands(right)} == {Right.LOOK}
