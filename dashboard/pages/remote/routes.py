"""What the phone asks for: the page and its files. Plain HTML, without Dash and without anything from elsewhere."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from string import Template

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from dashboard.api.scope import Asked
from dashboard.components.screen import Screen
from dashboard.preferences import preferred_language, preferred_theme
from dashboard.texts import LANGUAGES, catalogue

router = APIRouter(include_in_schema=False)

PAGE = "/remote"
_HERE = Path(__file__).parent
_TOKENS = _HERE.parents[1] / "assets" / "tokens.css"
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
# What of the catalogue the page may say.
_SECTIONS = ("remote", "wall", "page", "error")
_ASK_AGAIN = {"Cache-Control": "no-cache"}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.get(PAGE)
def page(request: Request, services: Asked) -> Response:
    """Give the page in the viewer's language and theme, with its texts in both languages."""
    screen = Screen(preferred_language(request.cookies, services.settings.language), preferred_theme(request.cookies))
    config = {"language": screen.language, "texts": _texts()}
    content = Template((_HERE / "page.html").read_text(encoding="utf-8")).substitute(
        lang="zh-CN" if screen.language == "zh" else "en",
        theme=screen.theme,
        ink=screen.palette.ink,
        title=screen.text("remote.title"),
        skip=screen.text("page.skip"),
        noscript=screen.text("remote.noscript"),
        version=_version(),
        # Within a script element only this could end the data.
        config=json.dumps(config, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    )
    return Response(content, media_type="text/html", headers={**_ASK_AGAIN, "Vary": "Cookie"})


@router.get(f"{PAGE}/")
def page_with_slash() -> Response:
    """Lead to the one address of the page."""
    return RedirectResponse(PAGE, status_code=308)


@router.get(f"{PAGE}/static/{{version}}/{{name}}")
def static(version: str, name: str) -> Response:
    """Give a file of the page; a page of another version gets today's, but not for ever."""
    content, media_type = _files().get(name, (None, ""))
    if content is None:
        raise HTTPException(404, f"the remote page has no file {name[:100]!r}")
    return Response(content, media_type=media_type, headers=_FOR_EVER if version == _version() else _ASK_AGAIN)


@lru_cache(maxsize=1)
def _files() -> dict[str, tuple[bytes, str]]:
    """Every file by name: content and media type."""
    paths = [_TOKENS, *sorted((_HERE / "static").iterdir())]
    return {path.name: (path.read_bytes(), _MEDIA_TYPES[path.suffix]) for path in paths}


@lru_cache(maxsize=1)
def _version() -> str:
    """A mark that changes with any file of the page."""
    digest = hashlib.sha256()
    for name, (content, _) in sorted(_files().items()):
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()[:12]


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, str]]:
    return {
        language: {key: said for key, said in catalogue(language).items() if key.partition(".")[0] in _SECTIONS}
        for language in LANGUAGES
    }
