"""The documents name rooms and files that exist, and files stay small enough to be read in one sitting."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
MOST_LINES = 400
# Files that are longer, and why.
LONG = {
    "layers/vendor/leaflet/leaflet.css": "of others, kept as it came",
    "dashboard/assets/panels.css": "every panel of every page once: a panel's rules are found by its name",
    "dashboard/pages/field/static/field.css": "one page that shares no sheet, in the order of the page",
    "dashboard/pages/wall/assets/wall.css": "four scenes at five sizes, which depend on each other's order",
    "data/incidents/desk.py": "to be cut along its subjects",
}


def _section(title: str) -> str:
    after = ARCHITECTURE.split(f"\n## {title}\n", 1)[1]
    return after.split("\n## ", 1)[0]


def _files(section: str, folder: Path) -> list[Path]:
    """The files of the first column; a bare name stands beside the one named before it."""
    found: list[Path] = []
    for row in re.findall(r"^\| (`[^|]+) \|", _section(section), re.MULTILINE):
        beside = folder
        for name in re.findall(r"`([^`]+)`", row):
            path = (folder if "/" in name else beside) / name
            beside = path.parent
            found.append(path)
    return found


@pytest.mark.parametrize(("section", "folder"), [("geo", "geo"), ("data", "data"), ("layers and dashboard", "")])
def test_the_files_of_the_architecture_exist(section: str, folder: str) -> None:
    named = _files(section, ROOT / folder)
    assert len(named) > 10
    assert [str(path.relative_to(ROOT)) for path in named if not path.exists()] == []


def test_modules_in_documents_exist() -> None:
    gone = []
    for document in DOCUMENTS:
        for name in re.findall(r"`((?:geo|data|dashboard)(?:\.[a-z_0-9]+)+)", document.read_text("utf-8")):
            parts = name.split(".")
            # The last word may be a function of the module before it.
            if not any(_is_module(".".join(parts[:end])) for end in (len(parts), len(parts) - 1) if end > 1):
                gone.append(f"{document.name}: {name}")
    assert gone == []


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def test_files_are_short_or_have_a_reason() -> None:
    folders = ("geo", "data", "layers", "dashboard")
    files = [ROOT / "app.py", *(path for folder in folders for path in (ROOT / folder).rglob("*"))]
    long = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.suffix in (".py", ".js", ".css") and len(path.read_text("utf-8").splitlines()) > MOST_LINES
    }
    assert long - set(LONG) == set()
