"""What the pages without Dash have in common: their files, the version that follows from them, and their texts."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import Response
from starlette.exceptions import HTTPException

from dashboard.center.services import Services
from dashboard.words.texts import LANGUAGES, catalogue

ASK_AGAIN: Final = {"Cache-Control": "no-cache"}
_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_HERE: Final = Path(__file__).parent
_ASSETS: Final = _HERE.parents[1] / "assets"
SCRIPT: Final = "text/javascript"
_MEDIA_TYPES: Final = {".js": SCRIPT, ".css": "text/css", ".svg": "image/svg+xml"}
# Content and media type by name.
Files = Mapping[str, tuple[bytes, str]]
Texts = Mapping[str, Mapping[str, str]]


def read_files(folder: Path) -> Files:
    """Read the files of a page, and those that every page has."""
    shared = (_ASSETS / "tokens.css", _ASSETS / "skip.css")
    paths = [*shared, *sorted((_HERE / "static").iterdir()), *sorted(folder.iterdir())]
    return {path.name: (path.read_bytes(), _MEDIA_TYPES[path.suffix]) for path in paths}


def version_of(files: Files, others: Iterable[str] = ()) -> str:
    """Give a mark that changes with any of the files, and with any other text that a page is made of."""
    digest = hashlib.sha256()
    for name, (content, _) in sorted(files.items()):
        digest.update(name.encode() + b"\0" + content + b"\0")
    for other in others:
        digest.update(other.encode() + b"\0")
    return digest.hexdigest()[:12]


def texts_of(sections: Iterable[str]) -> Texts:
    """Give the sections of the catalogue that a page needs, in every language."""
    wanted = frozenset(sections)
    return {
        language: {key: said for key, said in catalogue(language).items() if key.partition(".")[0] in wanted}
        for language in LANGUAGES
    }


def paper_line(services: Services) -> dict[str, Any]:
    """Give what the line of a sheet of paper needs: the city's zone, and whether its data are a demonstration."""
    return {"timezone": services.settings.timezone, "demo": services.has_edition and services.edition.demo}


def as_data(config: Mapping[str, Any]) -> str:
    """Write JSON for a script element: nothing in it can end the element."""
    return json.dumps(config, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def file_answer(files: Files, name: str, *, page: str, current: bool) -> Response:
    """Answer with a file; a page of another version gets the current file, but not for ever.

    Raises
    ------
    HTTPException
        404: the page has no file of this name.
    """
    content, media_type = files.get(name, (None, ""))
    if content is None:
        raise HTTPException(404, f"the {page} page has no file {name[:100]!r}")
    return Response(content, media_type=media_type, headers=_FOR_EVER if current else ASK_AGAIN)
