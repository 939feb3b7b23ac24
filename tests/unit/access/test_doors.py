"""Rights are asked through the doors of `data.access` only: what the source may not do elsewhere."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Display names of people and other actors: for readers, never to tell one from another.
NAMES_SHOWN = {"actor", "acknowledged_by", "imported_by", "responsible_name"}
NAMED = {"actor", "holder", "person", "assignee", "who", "heir"}
# What a scope is made of; other things have names of their own.
INSIDES = {"grants", "spans", "parts"}
SCOPES = {"scope", "seen", "inside", "held", "asked", "wanted"}


def sources(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith("data/access/"):
                yield name, ast.parse(path.read_text())


def named(node: ast.expr) -> str:
    """The last name of an expression: ``scope`` of ``asked.scope``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def reads_of_slices(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and named(node.value) in SCOPES and node.attr in {"lo", "hi", *INSIDES}:
            yield node.lineno


def is_role(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in {"role", "roles"}


def comparisons_of_roles(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(is_role(one) for one in (node.left, *node.comparators)):
            yield node.lineno


def is_display_name(node: ast.expr) -> bool:
    """``event.actor``, ``document["actor"]``, ``actor.name``, ``scope.holder.name``: what is shown of somebody."""
    if isinstance(node, ast.Attribute):
        return node.attr in NAMES_SHOWN or (node.attr == "name" and named(node.value) in NAMED)
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value in NAMES_SHOWN
    return isinstance(node, ast.Name) and node.id in NAMES_SHOWN


def comparisons_of_names(tree: ast.Module) -> Iterator[int]:
    """Where one of these is compared with another text; whether it is the same object does not count."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = (node.left, *node.comparators)
            of_objects = all(isinstance(one, ast.Is | ast.IsNot) for one in node.ops)
            if not of_objects and any(is_display_name(side) for side in sides):
                yield node.lineno


def makers_of_administrators(tree: ast.Module) -> Iterator[str]:
    """Functions that give the rights of an administrator, be it by saying nothing."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if named(node.func.value) == "Scope" and node.func.attr in {"city", "of"}:
                roles = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "role")]
                if not roles or (isinstance(roles[0], ast.Constant) and roles[0].value == "administrator"):
                    yield function.name


def test_nobody_else_reads_the_slices_of_a_scope() -> None:
    found = [f"{name}:{line}" for name, tree in sources("data", "dashboard", "layers", "benchmarks")
             for line in reads_of_slices(tree)]  # fmt: skip
    assert found == []


def test_no_right_is_decided_by_comparing_roles() -> None:
    found = [f"{name}:{line}" for name, tree in sources("data", "dashboard") for line in comparisons_of_roles(tree)]
    assert found == []


def test_no_right_is_decided_by_comparing_display_names() -> None:
    found = [f"{name}:{line}" for name, tree in sources("data", "dashboard") for line in comparisons_of_names(tree)]
    assert found == []


def makers_of_ids(tree: ast.Module) -> Iterator[int]:
    """Ids of actors that are put together by hand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and named(node.func) == "Actor":
            yield node.lineno


def test_ids_of_actors_are_made_in_one_place() -> None:
    found = {name for name, tree in sources("data", "dashboard") for _ in makers_of_ids(tree)}
    # The log's own copy of an actor, with pseudonyms in it.
    assert found == {"data/incidents/masking.py"}


def test_a_request_without_an_identity_gets_rights_in_one_place() -> None:
    found = [(name, function) for name, tree in sources("data", "dashboard")
             for function in makers_of_administrators(tree)]  # fmt: skip
    assert found == [("dashboard/api/scope.py", "_scope_of_nobody")]


def nameless_transactions(tree: ast.Module) -> Iterator[int]:
    """Transactions that are opened neither for a scope nor for the system, with a reason."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "transaction":
            opener = node.args[0] if node.args else None
            reasoned = isinstance(opener, ast.Call) and named(opener.func) == "System" and bool(opener.args)
            if not reasoned and (opener is None or named(opener) not in {"scope", "opener"}):
                yield node.lineno


def test_every_transaction_is_for_a_scope_or_names_itself_as_the_systems() -> None:
    found = [f"{name}:{line}" for name, tree in sources("data", "dashboard", "benchmarks", "layers")
             for line in nameless_transactions(tree)]  # fmt: skip
    assert found == []


@pytest.mark.parametrize(
    ("code", "look"),
    [
        ("def f():\n    return asked.scope.lo", reads_of_slices),
        ("def f():\n    return scope.grants", reads_of_slices),
        ('def f():\n    return scope.role == "screen"', comparisons_of_roles),
        ("def f():\n    return role in rule.roles", comparisons_of_roles),
        ("def f():\n    return event.actor == desk.name", comparisons_of_names),
        ("def f():\n    return mine != events[0].actor", comparisons_of_names),
        ('def f():\n    return event["actor"] == "x"', comparisons_of_names),
        ("def f():\n    return scope.holder.name in names", comparisons_of_names),
        ("def f():\n    return step.actor.name == other", comparisons_of_names),
        ('Actor("person:1", "x")', makers_of_ids),
        ("store.transaction()", nameless_transactions),
        ("store.transaction(System())", nameless_transactions),
        ("store.transaction(30.0)", nameless_transactions),
        ("store.transaction(timeout_s=30.0)", nameless_transactions),
        ("def f():\n    return Scope.city(9)", makers_of_administrators),
        ('def f():\n    return Scope.city(9, role="administrator")', makers_of_administrators),
    ],
)
def test_the_looks_see(code: str, look) -> None:
    assert list(look(ast.parse(code)))
