"""The files of the phone page, read once per process, and the version that follows from them."""

import json
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any

from dashboard.api.steps import steps_document
from dashboard.center.services import Services
from dashboard.components.screen import Screen
from dashboard.pages import modules, plain

_HERE = Path(__file__).parent
# The module that the page begins with; with what it imports, it is all that the service worker imports, too.
ENTRY = "field/app.js"
# What of the catalogue the page may say.
SECTIONS = ("field", "page", "stage", "source", "error", "desk_step", "desk_done", "desk_post")


@lru_cache(maxsize=1)
def static() -> plain.Files:
    """Every file but the modules, by name: content and media type."""
    return plain.read_files(_HERE / "static")


@lru_cache(maxsize=1)
def version() -> str:
    """A mark that changes with any file, text or step: a phone that has another one fetches all anew."""
    steps = steps_document().model_dump_json()
    others = (
        modules.address(ENTRY),
        _template("page.html"),
        _template("sw.js"),
        json.dumps(_texts(), sort_keys=True),
        steps,
    )
    return plain.version_of(static(), others)


def address(name: str) -> str:
    """Where a file of this version is."""
    return f"/field/static/{version()}/{name}"


def page(screen: Screen, services: Services) -> str:
    """The page's HTML; its texts stand in it as data, so that no script stands in it."""
    config: dict[str, Any] = {
        "language": screen.language,
        "theme": screen.theme,
        **plain.paper_line(services),
        "texts": _texts(),
    }
    return Template(_template("page.html")).substitute(
        lang="zh-CN" if screen.language == "zh" else "en",
        theme=screen.theme,
        ink=screen.palette.ink,
        title=screen.text("field.title"),
        noscript=screen.text("field.noscript"),
        version=version(),
        preloads=modules.preloads(ENTRY),
        entry=modules.address(ENTRY),
        config=plain.as_data(config),
    )


def service_worker() -> str:
    """The service worker of this version, with the list of what it keeps."""
    kept = [address(name) for name in sorted(static())] + [modules.address(name) for name in modules.needed_by(ENTRY)]
    code = _template("sw.js").replace("/browser/__MODULES__/", modules.address(""))
    return code.replace("__VERSION__", version()).replace("__FILES__", json.dumps(kept))


def _template(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _texts() -> plain.Texts:
    return plain.texts_of(SECTIONS)
