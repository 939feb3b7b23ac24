"""The files of the phone page, read once per process, and the version that follows from them."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any

from dashboard.components.screen import Screen
from dashboard.texts import LANGUAGES, catalogue

_HERE = Path(__file__).parent
_TOKENS = _HERE.parents[1] / "assets" / "tokens.css"
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
# What of the catalogue the page may say.
SECTIONS = ("field", "page", "stage", "source", "error", "desk_step", "desk_done", "desk_post")


@lru_cache(maxsize=1)
def static() -> dict[str, tuple[bytes, str]]:
    """Every file by name: content and media type."""
    paths = [_TOKENS, *sorted((_HERE / "static").iterdir())]
    return {path.name: (path.read_bytes(), _MEDIA_TYPES[path.suffix]) for path in paths}


@lru_cache(maxsize=1)
def version() -> str:
    """A mark that changes with any file and any text of the page: a phone that has another one fetches all anew."""
    digest = hashlib.sha256()
    for name, (content, _) in sorted(static().items()):
        digest.update(name.encode() + b"\0" + content + b"\0")
    for name in ("page.html", "sw.js"):
        digest.update(_template(name).encode() + b"\0")
    digest.update(json.dumps(_texts(), sort_keys=True).encode())
    return digest.hexdigest()[:12]


def address(name: str) -> str:
    """Where a file of this version is."""
    return f"/field/static/{version()}/{name}"


def page(screen: Screen, timezone: str) -> str:
    """The page's HTML; its texts stand in it as data, so that no script stands in it."""
    config: dict[str, Any] = {
        "language": screen.language,
        "theme": screen.theme,
        "timezone": timezone,
        "texts": _texts(),
    }
    return Template(_template("page.html")).substitute(
        lang="zh-CN" if screen.language == "zh" else "en",
        theme=screen.theme,
        ink=screen.palette.ink,
        title=screen.text("field.title"),
        noscript=screen.text("field.noscript"),
        version=version(),
        # Within a script element only this could end the data.
        config=json.dumps(config, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    )


def service_worker() -> str:
    """The service worker of this version, with the list of what it keeps."""
    kept = [address(name) for name in sorted(static())]
    return _template("sw.js").replace("__VERSION__", version()).replace("__FILES__", json.dumps(kept))


def _template(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, str]]:
    return {
        language: {key: said for key, said in catalogue(language).items() if key.partition(".")[0] in SECTIONS}
        for language in LANGUAGES
    }
