"""The desk as the server gives it: beside the overview, in its own scripts, with every text it needs."""

import asyncio
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dashboard.pages import modules
from dashboard.pages.desk.layout import ENTRY, QUEUES
from dashboard.pages.overview.page import mount_page
from dashboard.words.texts import entries
from data.incidents.rules import STEP_RULES
from data.registers.dispatch import DISPATCH_RULES
from data.settings import Settings

DASHBOARD = Path(__file__).parents[3] / "dashboard"
SCRIPTS = sorted(
    [*(DASHBOARD / "browser" / "desk").glob("*.js"), *(DASHBOARD / "pages" / "desk" / "assets").glob("*.js")]
)
# Photos come through a door of their own.
NOT_BY_HAND = {"attached"}


@pytest.fixture(scope="module")
def server() -> FastAPI:
    made = FastAPI()
    mount_page(made, SimpleNamespace(settings=Settings(home=Path("/nonexistent"))))
    return made


def get(server: FastAPI, address: str, **cookies: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=server)
        async with httpx.AsyncClient(transport=transport, base_url="http://here", cookies=cookies) as client:
            return await client.get(address)

    return asyncio.run(ask())


@pytest.mark.parametrize("address", ["/desk", "/desk/"])
def test_desk_speaks_the_viewers_language_and_asks_nobody(server: FastAPI, address: str) -> None:
    page = get(server, address, lang="en", theme="light").text
    assert '<html lang="en" data-theme="light">' in page
    assert "<title>Command desk</title>" in page
    loaded = re.findall(r'(?:<script[^>]*\ssrc|<link[^>]*\shref)="([^"]+)"', page)
    assert [one for one in loaded if not one.startswith("/")] == []
    shared = {one for one in loaded if one.startswith("/browser/")}
    assert shared == {modules.address(name) for name in modules.needed_by(ENTRY)}
    assert all(get(server, one).status_code == 200 for one in loaded if "/assets/" in one or "/browser/" in one)


def test_overview_loads_none_of_it(server: FastAPI) -> None:
    page = get(server, "/").text
    assert "/desk/assets/" not in page
    assert "<title>网格化指挥中心</title>" in page


def test_no_python_runs_but_for_the_layout(server: FastAPI) -> None:
    callbacks = get(server, "/desk/_dash-dependencies").json()
    assert [one["clientside_function"]["function_name"] for one in callbacks] == ["start"]


def test_link_sets_the_preference_and_keeps_the_incident(server: FastAPI) -> None:
    answer = get(server, "/desk?lang=en&queue=red&id=7")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk?queue=red&id=7")
    assert "lang=en" in answer.headers["set-cookie"]


def layout(server: FastAPI) -> Any:
    return get(server, "/desk/_dash-layout").json()


def ids(component: Any) -> set[str]:
    if isinstance(component, list):
        return {found for one in component for found in ids(one)}
    if not isinstance(component, dict):
        return set()
    props = component["props"]
    return ids(props.get("children")) | ({props["id"]} if "id" in props else set())


def test_every_place_the_scripts_fill_is_there(server: FastAPI) -> None:
    made_by_scripts = {"search", "persons"}
    code = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    wanted = set(re.findall(r'(?:byId|fill)\("([\w-]+)"', code))
    assert len(wanted) > 10
    assert wanted - ids(layout(server)) - made_by_scripts == set()


def test_every_step_has_its_key_and_its_words() -> None:
    code = (DASHBOARD / "browser" / "desk" / "letters.js").read_text(encoding="utf-8")
    keys = dict(re.findall(r'(\w+): "([\w.])"', code))
    assert set(keys) == set(STEP_RULES) - NOT_BY_HAND
    assert len(set(keys.values())) == len(keys)
    assert not set(keys.values()) & {"j", "k"}
    wanted = {f"desk_step.{kind}" for kind in keys} | {f"desk_done.{kind}" for kind in (*STEP_RULES, "reported")}
    wanted |= {f"desk_queue.{queue}" for queue in QUEUES} | {f"desk_empty.{queue}" for queue in QUEUES}
    assert wanted - set(entries()) == set()


def test_every_rule_of_dispatch_has_its_sentence() -> None:
    said = {key.partition(".")[2] for key in entries() if key.startswith("rule.")}
    assert said == set(DISPATCH_RULES)


def test_nothing_from_the_server_becomes_markup() -> None:
    assert len(SCRIPTS) > 20
    for path in SCRIPTS:
        code = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", code), path.name
