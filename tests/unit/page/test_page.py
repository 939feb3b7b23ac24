"""The page as the server gives it: languages, themes, preferences, nothing from other hosts."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dashboard.components.live_picture import SCRIPT
from dashboard.pages import modules
from dashboard.pages.overview.page import mount_page
from dashboard.pages.picture_page import MAP_KPI, PANEL_KPIS
from data.settings import Settings
from data.stats.measures.kpis import KPI_BY_KEY

TEST_IDS = {
    "breadcrumb",
    "newest",
    "stale",
    "map",
    "league",
    "alerts",
    "means",
    "kpi-chooser",
    "level-chooser",
    "today",
    "levels",
}


def page_server(**settings: Any) -> FastAPI:
    server = FastAPI()
    mount_page(server, SimpleNamespace(settings=Settings(home=Path("/nonexistent"), **settings)))
    return server


class Visitor:
    """A client of one server in this process; no cookie is kept, no redirect followed."""

    def __init__(self, server: FastAPI) -> None:
        self._server = server

    def get(self, address: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._server)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.get(address, headers=headers)

        return asyncio.run(ask())


@pytest.fixture
def client() -> Visitor:
    return Visitor(page_server())


def walk(component: Any) -> Iterator[dict[str, Any]]:
    if isinstance(component, list):
        for one in component:
            yield from walk(one)
    elif isinstance(component, dict) and "props" in component:
        yield component
        yield from walk(component["props"].get("children"))


def layout(client: Visitor, **cookies: str) -> list[dict[str, Any]]:
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return list(walk(client.get("/_dash-layout", headers={"cookie": header} if header else {}).json()))


def config(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return next(part["props"]["config"] for part in parts if part["type"] == "LivePicture")


def test_has_every_hook(client: Visitor) -> None:
    assert {part["props"].get("data-testid") for part in layout(client)} >= TEST_IDS


def test_language_is_chinese_unless_chosen(client: Visitor) -> None:
    assert config(layout(client))["language"] == "zh"
    assert config(layout(client, lang="en"))["language"] == "en"
    assert config(layout(client, lang="klingon"))["language"] == "zh"
    assert config(layout(client, lang="en"))["texts"]["today.title"] == "Today"


def test_two_visitors_do_not_see_each_other(client: Visitor) -> None:
    first, other, again = layout(client), layout(client, lang="en", theme="light"), layout(client)
    assert first == again
    assert config(other)["palette"]["ink"] != config(first)["palette"]["ink"]


def test_language_of_the_city_is_a_setting() -> None:
    client = Visitor(page_server(language="en", timezone="America/New_York"))
    assert config(layout(client))["language"] == "en"
    assert config(layout(client))["timezone"] == "America/New_York"
    assert '<html lang="en"' in client.get("/").text


def test_index_speaks_the_visitors_language_and_asks_nobody(client: Visitor) -> None:
    page = client.get("/", headers={"cookie": "theme=light"}).text
    assert '<html lang="zh-CN" data-theme="light">' in page
    loaded = re.findall(r'(?:<script[^>]*\ssrc|<link[^>]*\shref)="([^"]+)"', page)
    assert loaded
    assert [address for address in loaded if not address.startswith("/")] == []
    assert sum(address.startswith("/browser/") for address in loaded) >= 30
    assert [address for address in loaded if address.startswith("/assets/") and ".js" in address] == []


def test_link_sets_the_preference_and_keeps_the_view(client: Visitor) -> None:
    answer = client.get("/?lang=en&within=1:01&level=3")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?within=1%3A01&level=3"
    assert "lang=en" in answer.headers["set-cookie"]
    assert client.get("/?theme=light").headers["location"] == "/"


def test_nonsense_sets_nothing(client: Visitor) -> None:
    answer = client.get("/?lang=%0d%0aSet-Cookie:x")
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


def test_two_pages_in_one_process_do_not_mix() -> None:
    first, second = Visitor(page_server()), Visitor(page_server(language="en"))
    assert config(layout(first))["language"] == "zh"
    assert config(layout(second))["language"] == "en"


def test_no_python_runs_per_frame(client: Visitor) -> None:
    for page in ("/", "/wall/"):
        assert client.get(f"{page}_dash-dependencies").json() == []


@pytest.mark.parametrize(("page", "entry"), [("/", "overview.js"), ("/wall/", "wall/start.js")])
def test_the_picture_is_one_component_around_the_page(client: Visitor, page: str, entry: str) -> None:
    outermost = client.get(f"{page}_dash-layout").json()
    assert (outermost["namespace"], outermost["type"]) == ("gridCenter", "LivePicture")
    assert outermost["props"]["config"]["entry"] == modules.address(entry)
    served = client.get(page).text
    # The script that knows it comes before the one that lays the page out.
    assert served.index(f'src="{modules.address(SCRIPT)}"') < served.index("build/dash_renderer.")


@pytest.mark.parametrize("page", ["/", "/wall/"])
def test_every_panel_has_its_function_and_its_place(client: Visitor, page: str) -> None:
    folder = Path(__file__).parents[3] / "dashboard"
    scripts = [*folder.glob("browser/panels/*.js"), *folder.glob("browser/wall/*.js")]
    code = "".join(path.read_text(encoding="utf-8") for path in scripts)
    components = list(walk(client.get(f"{page}_dash-layout").json()))
    told, ids = config(components), {part["props"].get("id") for part in components}
    assert set(told["panels"]) >= {"headline", "today", "newest"}
    for name, element in [*((one, one) for one in told["panels"]), *told["map_parts"].items()]:
        assert f"export function {name}(" in code, name
        assert element in ids


def test_kpis_of_the_page_exist() -> None:
    assert set(PANEL_KPIS) | {MAP_KPI} <= set(KPI_BY_KEY)
    assert KPI_BY_KEY[MAP_KPI].colours_map


def test_page_stays_out_of_the_api_document(client: Visitor) -> None:
    assert json.loads(client.get("/openapi.json").text)["paths"] == {}


def test_what_a_graph_loads_later_is_there(client: Visitor) -> None:
    answer = client.get("/_dash-component-suites/plotly/package_data/plotly.min.js")
    assert answer.status_code == 200
    # text/ or application/, by the machine's table of types.
    assert "/javascript" in answer.headers["content-type"]
