"""What a user can set or run is in the README, and what the README names exists."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import app

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def _commands(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[str]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield " ".join(words)
    for action in below:
        for name, one in action.choices.items():
            yield from _commands(one, (*words, name))


def test_every_setting_is_in_the_readme() -> None:
    source = (ROOT / "data" / "settings.py").read_text("utf-8")
    names = set(re.findall(r'"((?:GRID_[A-Z_]+)|PORT|HOST)"', source))
    assert len(names) >= 9
    names -= {"GRID_REQUIRE_ALL"}  # of the tests: CONTRIBUTING.md
    assert {name for name in names if f"`{name}`" not in README} == set()


def test_every_setting_in_the_readme_exists() -> None:
    source = (ROOT / "data" / "settings.py").read_text("utf-8")
    named = set(re.findall(r"`(GRID_[A-Z_]+)`", README))
    assert {name for name in named if f'"{name}"' not in source} == set()


def test_every_command_is_in_the_readme() -> None:
    commands = set(_commands(app.build_parser()))
    assert {"run", "grids check", "incidents import"} <= commands
    assert {command for command in commands if f"python app.py {command}" not in README} == set()


def test_every_make_target_in_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", README)) - targets == set()


def test_every_linked_file_is_there() -> None:
    linked = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]
    assert [target for target in linked if not (ROOT / target).exists()] == []
