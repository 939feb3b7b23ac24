"""Which release runs: a mark that changes with every change of the code."""

import hashlib
import tomllib
from functools import lru_cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_SOURCES = ("dashboard", "layers", "data", "geo")
_SOURCE_TYPES = (".py", ".toml", ".js", ".css", ".sql")


@lru_cache(maxsize=1)
def release() -> str:
    """Version of the project, and a mark that changes with every change of its code."""
    digest = hashlib.sha256()
    for folder in _SOURCES:
        for path in sorted((_ROOT / folder).rglob("*")):
            if path.suffix in _SOURCE_TYPES:
                digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['version']}+{digest.hexdigest()[:8]}"
