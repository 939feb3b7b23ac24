"""What a user can set or run is in the README, and what the README names exists."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import app
from data.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def _commands(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[str]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield " ".join(words)
    for action in below:
        for name, one in action.choices.items():
            yield from _commands(one, (*words, name))


def test_the_table_of_settings_is_what_is_declared() -> None:
    head = "| variable | default | meaning |\n|---|---|---|\n"
    table = README.partition(head)[2].partition("\n\n")[0].splitlines()
    assert len(SETTINGS) > 20
    assert table == [setting.row for setting in SETTINGS.values()], "copy the rows of data.settings.SETTINGS"


def test_every_setting_that_a_document_names_exists() -> None:
    variables = {setting.variable for setting in SETTINGS.values()} | {"GRID_REQUIRE_ALL"}  # the latter: of the tests
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for document in documents:
        named = set(re.findall(r"\bGRID_[A-Z]+(?:_[A-Z]+)*\b", document.read_text("utf-8")))
        assert named - variables == set(), document.name


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
