"""What the phone asks for: the page and its files. Plain HTML, without Dash and without anything from elsewhere."""

from functools import lru_cache
from pathlib import Path
from string import Template

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from dashboard.api.scope import Asked
from dashboard.components.screen import Screen
from dashboard.pages import modules, plain

router = APIRouter(include_in_schema=False)

PAGE = "/remote"
_HERE = Path(__file__).parent
# The module that the page begins with.
ENTRY = "remote/page.js"
# What of the catalogue the page may say.
_SECTIONS = ("remote", "wall", "page", "error")


@router.get(PAGE)
def page(request: Request, services: Asked) -> Response:
    """Give the page in the viewer's language and theme, with its texts in both languages."""
    screen = Screen.of(request.cookies, services.settings.language)
    config = {"language": screen.language, **plain.paper_line(services), "texts": plain.texts_of(_SECTIONS)}
    content = Template((_HERE / "page.html").read_text(encoding="utf-8")).substitute(
        lang="zh-CN" if screen.language == "zh" else "en",
        theme=screen.theme,
        ink=screen.palette.ink,
        title=screen.text("remote.title"),
        skip=screen.text("page.skip"),
        noscript=screen.text("remote.noscript"),
        version=_version(),
        preloads=modules.preloads(ENTRY),
        entry=modules.address(ENTRY),
        config=plain.as_data(config),
    )
    return Response(content, media_type="text/html", headers={**plain.ASK_AGAIN, "Vary": "Cookie"})


@router.get(f"{PAGE}/")
def page_with_slash() -> Response:
    """Lead to the one address of the page."""
    return RedirectResponse(PAGE, status_code=308)


@router.get(f"{PAGE}/static/{{version}}/{{name}}")
def static(version: str, name: str) -> Response:
    """Give a file of the page; a page of another version gets today's, but not for ever."""
    return plain.file_answer(_files(), name, page="remote", current=version == _version())


@lru_cache(maxsize=1)
def _files() -> plain.Files:
    return plain.read_files(_HERE / "static")


@lru_cache(maxsize=1)
def _version() -> str:
    return plain.version_of(_files())
