"""environment.yml says the same as pyproject.toml, under the names and pins of conda-forge."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CONDA_NAME = {"psycopg2-binary": "psycopg2", "h3": "h3-py", "tzdata": "python-tzdata"}
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
