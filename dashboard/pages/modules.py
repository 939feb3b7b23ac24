"""The modules of the browser: their addresses, which change with any of them, and what a page loads beforehand."""

import posixpath
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Response

from dashboard.pages import plain

PREFIX: Final = "/browser"
FOLDER: Final = Path(__file__).parents[1] / "browser"
# What a module says it needs: `import … from "./name.js"`, `import "./name.js"`, `export … from "./name.js"`.
_IMPORT: Final = re.compile(r'^(?:import|export)\b[^;"]*?"(\.{1,2}/[^"]+)";', re.MULTILINE)


def mount_modules(server: FastAPI) -> None:
    """Answer for the modules on `server`; mount them before any page, whose catch-all would."""
    server.add_api_route(f"{PREFIX}/{{version}}/{{name:path}}", module, methods=["GET"], include_in_schema=False)


def module(version: str, name: str) -> Response:
    """Give a module; a page of another version gets today's, but not for ever."""
    return plain.file_answer(files(), name, page="browser", current=version == _version())


def address(name: str) -> str:
    """Address of a module, by its path in the folder."""
    return f"{PREFIX}/{_version()}/{name}"


def preloads(entry: str) -> str:
    """Links for the head of a page that let the browser fetch a module, and all that it needs, at once."""
    return "\n".join(f'<link rel="modulepreload" href="{address(name)}">' for name in needed_by(entry))


@lru_cache
def needed_by(entry: str) -> tuple[str, ...]:
    """Give a module and all that it imports, directly or not, in the order of being named."""
    found = {entry: None}
    waiting = [entry]
    while waiting:
        for name in imports_of(waiting.pop()):
            if name not in found:
                found[name] = None
                waiting.append(name)
    return tuple(found)


def imports_of(name: str) -> tuple[str, ...]:
    """Give the modules that a module imports itself, by their paths in the folder."""
    code = files()[name][0].decode("utf-8")
    return tuple(posixpath.normpath(posixpath.join(posixpath.dirname(name), found)) for found in _IMPORT.findall(code))


@lru_cache(maxsize=1)
def files() -> plain.Files:
    """Give content and media type of every module, by its path in the folder."""
    paths = sorted(FOLDER.rglob("*.js"))
    return {path.relative_to(FOLDER).as_posix(): (path.read_bytes(), plain.SCRIPT) for path in paths}


@lru_cache(maxsize=1)
def _version() -> str:
    return plain.version_of(files())
