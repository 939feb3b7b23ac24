"""The phone page as the server gives it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI

from dashboard.api.security import SecurityHeaders, permissions_policy
from dashboard.pages import field, modules
from dashboard.pages.field import files
from dashboard.words.texts import catalogue
from data.settings import Settings
from tests.fake_services import FakeServices

STATIC = Path(field.__file__).parent / "static"


@pytest.fixture(scope="module")
def server() -> FastAPI:
    api = FastAPI()
    api.state.services = FakeServices(settings=Settings(home=Path("/nonexistent")), has_edition=False)
    api.include_router(field.router)
    modules.mount_modules(api)
    api.add_middleware(SecurityHeaders, api=api)
    return api


def get(server: FastAPI, address: str, **cookies: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=server), base_url="http://here", cookies=cookies
        ) as client:
            return await client.get(address)

    return anyio.run(ask)


class Scripts(HTMLParser):
    """Every script of a page: its attributes and what stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str | None], str]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag == "script"
        if self._open:
            self.found.append((dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self._open:
            attributes, text = self.found[-1]
            self.found[-1] = (attributes, text + data)


def scripts(page: str) -> list[tuple[dict[str, str | None], str]]:
    parser = Scripts()
    parser.feed(page)
    return parser.found


def config(page: str) -> dict[str, Any]:
    return dict(json.loads(next(text for attributes, text in scripts(page) if attributes.get("id") == "config")))


def test_no_script_stands_in_the_page(server: FastAPI) -> None:
    answer = get(server, "/field")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    found = scripts(answer.text)
    assert len(found) == 2
    for attributes, text in found:
        assert attributes.get("type") == "application/json" or (attributes.get("src") and not text.strip())
    assert not re.search(r"\son\w+=", answer.text)
    assert "http" not in re.sub(r"(?s)<script.*?</script>", "", answer.text)


def test_the_page_knows_all_its_texts_in_both_languages(server: FastAPI) -> None:
    page = get(server, "/field").text
    assert '<html lang="zh-CN" data-theme="dark">' in page
    texts = config(page)["texts"]
    assert texts["zh"]["field.tab_report"] == catalogue("zh")["field.tab_report"]
    asked = set()
    sections = re.compile(r'"((?:field|page|stage|source|error|desk_step|desk_done|desk_post)\.\w+)"')
    for script in modules.needed_by(files.ENTRY):
        asked |= set(sections.findall(modules.files()[script][0].decode("utf-8")))
    assert len(asked) > 60
    assert asked - set(texts["en"]) == set()


def test_the_page_follows_the_viewers_preferences(server: FastAPI) -> None:
    page = get(server, "/field", lang="en", theme="light").text
    assert '<html lang="en" data-theme="light">' in page
    assert (config(page)["language"], config(page)["theme"]) == ("en", "light")
    assert get(server, "/field/").headers["location"] == "/field"


def test_a_text_cannot_end_the_data_it_stands_in(monkeypatch: pytest.MonkeyPatch, server: FastAPI) -> None:
    monkeypatch.setattr(files, "_texts", lambda: {"zh": {"field.x": "</script><script>alert(1)</script>"}, "en": {}})
    page = get(server, "/field").text
    assert len(scripts(page)) == 2
    assert config(page)["texts"]["zh"]["field.x"] == "</script><script>alert(1)</script>"


def test_only_this_page_may_ask_for_camera_and_position(server: FastAPI) -> None:
    said = get(server, "/field").headers["permissions-policy"]
    assert said == "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"
    assert get(server, "/nowhere").headers["permissions-policy"] == permissions_policy()
    assert "self" not in permissions_policy()


def test_the_service_worker_keeps_every_file_of_its_version(server: FastAPI) -> None:
    answer = get(server, "/field/sw.js")
    assert answer.headers["service-worker-allowed"] == "/field"
    assert answer.headers["cache-control"] == "no-cache"
    assert "__" not in answer.text
    kept = json.loads(re.search(r"FILES = (\[.*?\]);", answer.text).group(1))  # type: ignore[union-attr]
    assert {address.rsplit("/", 1)[1] for address in kept} == {
        "tokens.css",
        "skip.css",
        "plain.css",
        *(path.name for path in STATIC.iterdir()),
        *(name.rpartition("/")[2] for name in modules.needed_by(files.ENTRY)),
    }
    for address in kept:
        found = get(server, address)
        assert (found.status_code, found.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    # Everything the page asks for, and everything its modules import, is among them.
    wanted = re.findall(r'(?:src|href)="(/(?:field/static|browser)/[^"]+)"', get(server, "/field").text)
    assert len(wanted) > 20
    assert set(wanted) - set(kept) == set()
    imported = re.findall(r'from "(/[^"]+)"', answer.text)
    assert len(imported) == 2
    assert set(imported) - set(kept) == set()


def test_what_the_service_worker_shares_touches_no_page(server: FastAPI) -> None:
    shared = {name for one in ("field/outbox.js", "field/sender.js") for name in modules.needed_by(one)}
    field_own = {"clock.js", "sender.js", "locks.js", "net.js", "outbox.js", "vault.js"}
    assert shared == {"lib/ask.js", *(f"field/{name}" for name in field_own)}
    for one in shared:
        assert not re.search(r"\b(document|window|localStorage)\b", modules.files()[one][0].decode("utf-8")), one


def test_an_older_version_gets_todays_file_but_not_for_ever(server: FastAPI) -> None:
    answer = get(server, "/field/static/0123456789ab/field.css")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert get(server, f"/field/static/{files.version()}/routes.py").status_code == 404
    assert get(server, f"/field/static/{files.version()}/..%2froutes.py").status_code == 404


def test_the_manifest_speaks_the_viewers_language(server: FastAPI) -> None:
    manifest = get(server, "/field/manifest.webmanifest", lang="en").json()
    assert (manifest["lang"], manifest["start_url"], manifest["scope"]) == ("en", "/field", "/field")
    assert manifest["short_name"] == catalogue("en")["field.title"]
    assert get(server, manifest["icons"][0]["src"]).headers["content-type"] == "image/svg+xml"
